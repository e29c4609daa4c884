//! The two lines at the bottom: the last notice, and the keys that are available now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::controls::action::{self, Action, Footer};
use crate::controls::layout::Shape;
use crate::dashboard::over::Over;
use crate::dashboard::over::composer::key_line;
use crate::dashboard::over::search::SearchPrompt;
use crate::dashboard::{Cell, Standing, State, Tone};
use crate::language::{Words, attach, list, words};
use crate::text;

use super::{detail, parts};

/// The number of columns from which there is room for longer words.
const WIDE: u16 = 100;

/// Draws the last notice, over several lines if there is room.
pub(super) fn draw_status(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if let Some(search) = state.search() {
        let said = match (wrong(search, state), state.notice()) {
            (_, Some(notice)) => notice.clone(),
            (Some(wrong), None) => wrong,
            (None, None) => Cell::new(Tone::Dim, list::SEARCH_HELP.of(state.world().language())),
        };
        let n_lines = if is_long(&said, area) { 1 + state.world().layout().footer.height } else { 1 };
        draw_said(&said, frame, Rect { height: area.height.max(n_lines), ..area }.intersection(frame.area()));
        return;
    }
    let is_line = state.world().layout().shape == Shape::Line;
    let without =
        if is_line { Cell::new(Tone::Dim, words::ENLARGE.of(state.world().language())) } else { Cell::default() };
    let notice = state.notice().cloned().unwrap_or(without);
    let width = text::width(&text::line(&notice.text));
    let place = place(state).filter(|place| width + place.width() + 4 <= usize::from(area.width));
    let layout = state.world().layout();
    if notice.text.is_empty() && layout.footer.height == 0 {
        let taken = place.as_ref().map_or(0, |place| u16::try_from(place.width() + 2).unwrap_or(u16::MAX));
        draw(state, frame, Rect { width: area.width.saturating_sub(taken), ..area });
    } else {
        draw_said(&notice, frame, area);
    }
    if let Some(place) = place {
        let beside = Rect { width: area.width.saturating_sub(1), ..area };
        frame.render_widget(Line::from(place).right_aligned(), beside);
    }
}

/// Returns the error in the typed query.
fn wrong(search: &SearchPrompt, state: &State) -> Option<Cell> {
    let language = state.world().language();
    let wrong = search.wrong.as_ref()?;
    Some(Cell::new(Tone::Bad, wrong.reason.clone().with_hint(Some(wrong.hint.clone())).of(language)))
}

/// Returns whether an error needs the line of the keys as well.
fn is_long(said: &Cell, area: Rect) -> bool {
    said.tone == Tone::Bad && text::width(&text::line(&said.text)) > usize::from(parts::padded(area).width)
}

fn draw_said(said: &Cell, frame: &mut Frame<'_>, area: Rect) {
    let area = parts::padded(area);
    let width = usize::from(area.width);
    let words = text::line(&said.text);
    let words = if area.height > 1 { words } else { text::cut(&words, width) };
    parts::draw_lines(frame, area, parts::wrapped(&words, said.tone, area.width));
}

/// Returns the position of the cursor in the list, for layouts whose list has no frame to show it, and before it the
/// part of the message that is shown, for those whose detail has none.
fn place(state: &State) -> Option<Span<'static>> {
    let inbox = &state.list().inbox;
    let shape = state.world().layout().shape;
    let place =
        inbox.place().filter(|_| matches!(shape, Shape::Standard | Shape::Narrow) && !state.world().has_checklist)?;
    let part = if shape == Shape::Narrow { detail::part(state) } else { Vec::new() };
    let place = part.into_iter().chain([format!("{place}/{}", inbox.total())]).collect::<Vec<_>>().join("  ");
    Some(Span::styled(place, parts::style(Tone::Dim)))
}

/// Draws the keys that are available now. The keys for going back, help and quitting are the last to be left out.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let language = state.world().language();
    if let Some(search) = state.search() {
        let is_taken =
            state.notice().cloned().or_else(|| wrong(search, state)).is_some_and(|said| is_long(&said, area));
        if !is_taken {
            let keys = list::SEARCH_KEYS.of(language);
            frame.render_widget(Line::styled(format!(" {keys}"), parts::style(Tone::Dim)), area);
        }
        return;
    }
    if let Some(Over::Composer(_)) = state.stack().last() {
        let keys = key_line(language, usize::from(area.width).saturating_sub(1)).unwrap_or_default();
        frame.render_widget(Line::styled(format!(" {keys}"), parts::style(Tone::Dim)), area);
        return;
    }
    if state.is_asking() {
        // The question shows its own keys.
        return;
    }
    let hints = state.hints();
    let rows = action::TABLE.iter().filter(|row| state.can(row.action));
    let of_list = rows.clone().filter(|_| hints.is_empty()).filter_map(|row| match row.footer {
        Footer::Shown(words) => Some((row.action, words)),
        Footer::Never | Footer::Last(_) => None,
    });
    // While there is something to close first, it is not left by the key, which does what the key for going back does.
    let last = rows.filter(|row| row.action != Action::Close || !state.is_closed_first());
    let last = last.filter_map(|row| match row.footer {
        Footer::Last(words) if row.action != Action::Back || state.has_layer() => Some(((row.action, words), 0)),
        Footer::Never | Footer::Shown(_) | Footer::Last(_) => None,
    });
    let first = hints.iter().copied().chain(of_list).zip(1..);
    let pieces = first.chain(last).map(|((action, hint), rank)| {
        let key = state.world().key(action);
        let close = (action == Action::Close).then(|| quit(state, area.width));
        let here = close.or_else(|| (action == Action::Read).then(|| read(state))).flatten();
        let hint = here.unwrap_or(hint);
        (rank, Cell::new(Tone::Plain, format!("{key} {}", hint.of(language))))
    });
    let spans = parts::fit(&pieces.collect::<Vec<_>>(), usize::from(area.width));
    frame.render_widget(Line::from(spans).style(parts::style(Tone::Dim)), area);
}

/// Returns what the key that opens a message does once it is open: it shows the picture, or closes the message.
fn read(state: &State) -> Option<Words> {
    let is_reading = state.world().is_reading() && state.stack().is_empty();
    let has_picture = state.list().selected().is_some_and(|record| state.world().has_picture(record));
    is_reading.then_some(if has_picture { words::HINT_PICTURE } else { words::HINT_CLOSE })
}

/// Says what happens to the listener when the user quits, if there is room.
fn quit(state: &State, width: u16) -> Option<Words> {
    match state.world().setup.standing {
        Standing::Listening => Some(attach::QUIT_STOPS).filter(|_| width >= WIDE),
        Standing::Attached { .. } => Some(attach::QUIT_LEAVES),
        Standing::Demo => None,
    }
}
