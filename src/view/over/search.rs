//! The prompt for a query, in the place of the tabs.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::dashboard::over::search::SearchPrompt;
use crate::dashboard::{State, Tone};
use crate::language::list;
use crate::text;
use crate::view::parts;
use crate::view::typed::typed;

/// The sign before the typed text.
pub(in crate::view) const SIGN: &str = " / ";
/// The minimum number of cells for the typed text.
const TYPED: usize = 16;

/// Returns the number of messages of the tab that match. If there is room, adds the number among all messages with
/// the key that shows them, and how far an older archive is searchable.
pub(in crate::view) fn found(state: &State, room: usize) -> Span<'static> {
    let inbox = &state.list().inbox;
    let language = state.world().language();
    let found = match inbox.count(inbox.shown()) {
        Some(of) => list::FOUND_OF.with(language, &[&inbox.total(), &of]),
        None => list::FOUND.with(language, &[&inbox.total()]),
    };
    let mut said = found;
    for more in [offer(state), indexed_again(state)].into_iter().flatten() {
        let longer = format!("{said}  {more}");
        if text::width(&longer) <= room {
            said = longer;
        }
    }
    Span::styled(said, parts::style(Tone::Accent))
}

/// Returns how much of an archive of another version is indexed again, while the query has words. The rest is
/// searched with the old index.
pub(in crate::view) fn indexed_again(state: &State) -> Option<String> {
    let inbox = &state.list().inbox;
    let percent = inbox.page().archive.indexed_again.filter(|_| inbox.filter().has_words())?;
    Some(list::INDEXED_AGAIN.with(state.world().language(), &[&percent]))
}

/// Returns the number of messages that match among all messages with the key that shows them, or `None` if the tab
/// has them all.
pub(in crate::view) fn offer(state: &State) -> Option<String> {
    let n_in_all = state.list().inbox.n_in_all()?;
    Some(list::IN_ALL.with(state.world().language(), &[&n_in_all, &key(state, Action::Show(0))]))
}

/// Returns the suggestion for a query that found nothing, with the key that searches for it.
pub(in crate::view) fn suggestion(state: &State) -> Option<String> {
    let (meant, world) = (state.list().suggestion()?, state.world());
    let meant = world.shown_query(meant);
    Some(list::DID_YOU_MEAN.with(world.language(), &[&text::line(&meant), &key(state, Action::Suggestion)]))
}

/// Returns the key of an action: Tab while the query is typed.
fn key(state: &State, action: Action) -> String {
    if state.search().is_some() { Key::plain(KeyCode::Tab).to_string() } else { state.world().key(action) }
}

/// Returns the title of the tab that is searched.
fn tab(state: &State) -> Span<'static> {
    let inbox = &state.list().inbox;
    let tab = inbox.tabs().get(inbox.shown()).filter(|tab| !tab.query.terms.is_empty());
    let title = tab.map(|tab| format!("[{}]", text::line(tab.title.of(state.world().language())))).unwrap_or_default();
    Span::styled(title, parts::style(Tone::Strong))
}

/// Draws the prompt: the typed text, with an error underlined in another colour, and the number of hits.
pub(super) fn draw(search: &SearchPrompt, state: &State, frame: &mut Frame<'_>, area: Rect) {
    parts::clear(frame, area);
    let tab = tab(state);
    let width = usize::from(area.width);
    // The list still shows the last valid query.
    let found =
        if search.wrong.is_some() { Span::default() } else { found(state, width.saturating_sub(tab.width() + TYPED)) };
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    let before = tab.width() + text::width(SIGN);
    let room = width.saturating_sub(before + found.width() + 3);
    frame.render_widget(Line::from(found).right_aligned(), right);
    let wrong = search.wrong.as_ref().map(|wrong| wrong.at.clone());
    let style = |at| {
        let is_wrong = wrong.as_ref().is_some_and(|wrong| wrong.contains(&at));
        if is_wrong { parts::style(Tone::Bad).underlined() } else { parts::style(Tone::Plain) }
    };
    let (typed, cursor) = typed(&search.prompt, room, style);
    let mut spans = vec![tab, Span::styled(SIGN, parts::style(Tone::Accent))];
    spans.extend(typed);
    frame.render_widget(Line::from(spans), Rect { width: right.width, ..area });
    parts::place_cursor(frame, area, before + cursor);
}
