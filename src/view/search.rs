//! The line in which a query is typed, in the place of the tabs.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::State;
use crate::dashboard::cell::Tone;
use crate::dashboard::finding::Search;
use crate::language::words;
use crate::text;
use crate::weibo::Kind;

/// What stands before what is typed.
pub(super) const SIGN: &str = " / ";

/// How many there are of how many.
pub(super) fn found(state: &State) -> Span<'static> {
    let inbox = state.inbox();
    let all = inbox.counts().sum(&Kind::ALL);
    let words = words::SEARCH_FOUND.with(state.looks().language, &[&inbox.total(), &all]);
    Span::styled(words, super::style(Tone::Accent))
}

/// Draws the line: what is typed, what is wrong with it in another colour and underlined, and how much was found.
pub(super) fn draw(state: &State, search: &Search, frame: &mut Frame<'_>, area: Rect) {
    let found = found(state);
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    let room = usize::from(area.width).saturating_sub(text::width(SIGN) + found.width() + 3);
    frame.render_widget(Line::from(found).right_aligned(), right);
    let wrong = search.wrong.as_ref().map(|wrong| wrong.at.clone());
    let style = |at| {
        let is_wrong = wrong.as_ref().is_some_and(|wrong| wrong.contains(&at));
        if is_wrong { super::style(Tone::Bad).underlined() } else { super::style(Tone::Plain) }
    };
    let (typed, cursor) = super::typed(&search.prompt, room, style);
    let mut spans = vec![Span::styled(SIGN, super::style(Tone::Accent))];
    spans.extend(typed);
    frame.render_widget(Line::from(spans), Rect { width: right.width, ..area });
    let x = u16::try_from(text::width(SIGN)).unwrap_or(u16::MAX).saturating_add(cursor);
    frame.set_cursor_position(Position { x: area.x.saturating_add(x).min(area.right().saturating_sub(1)), y: area.y });
}
