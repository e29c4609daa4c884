//! The line in which a query is typed, in the place of the tabs.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::over::search::SearchPrompt;
use crate::dashboard::{State, Tone};
use crate::language::words;
use crate::text;
use crate::view::parts;
use crate::view::typed::typed;
use crate::weibo::Kind;

/// What stands before what is typed.
pub(in crate::view) const SIGN: &str = " / ";

/// How many messages are found of how many.
pub(in crate::view) fn found(state: &State) -> Span<'static> {
    let inbox = &state.list().inbox;
    let all = inbox.counts().sum(&Kind::ALL);
    let words = words::SEARCH_FOUND.with(state.world().language(), &[&inbox.total(), &all]);
    Span::styled(words, parts::style(Tone::Accent))
}

/// Draws the line: what is typed, what is wrong with it in another colour and underlined, and how much was found.
pub(super) fn draw(search: &SearchPrompt, state: &State, frame: &mut Frame<'_>, area: Rect) {
    parts::clear(frame, area);
    let found = found(state);
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    let room = usize::from(area.width).saturating_sub(text::width(SIGN) + found.width() + 3);
    frame.render_widget(Line::from(found).right_aligned(), right);
    let wrong = search.wrong.as_ref().map(|wrong| wrong.at.clone());
    let style = |at| {
        let is_wrong = wrong.as_ref().is_some_and(|wrong| wrong.contains(&at));
        if is_wrong { parts::style(Tone::Bad).underlined() } else { parts::style(Tone::Plain) }
    };
    let (typed, cursor) = typed(&search.prompt, room, style);
    let mut spans = vec![Span::styled(SIGN, parts::style(Tone::Accent))];
    spans.extend(typed);
    frame.render_widget(Line::from(spans), Rect { width: right.width, ..area });
    let x = u16::try_from(text::width(SIGN)).unwrap_or(u16::MAX).saturating_add(cursor);
    frame.set_cursor_position(Position { x: area.x.saturating_add(x).min(area.right().saturating_sub(1)), y: area.y });
}
