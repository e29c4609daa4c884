//! The list: one row per message, with columns from the table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::controls::action::Action;
use crate::controls::layout::{Layout, Shape};
use crate::controls::tab::TabTitle;
use crate::dashboard::detail::answers;
use crate::dashboard::list::checklist::ChecklistStep;
use crate::dashboard::list::columns::{self, CellContext, Column, REST, RowRoom};
use crate::dashboard::list::grid::TileGrid;
use crate::dashboard::list::thread::ListRow;
use crate::dashboard::sorting::SortKey;
use crate::dashboard::{Cell, State, Tone};
use crate::language::{Language, list, steps, words};
use crate::record::Record;
use crate::record::outgoing::{Outgoing, SendState};
use crate::record::policy::Auto;
use crate::text;
use crate::weibo::reply;

use super::over::search;
use super::parts;

mod grid;

/// The width of the marks before every row, which make colour unnecessary: `▌` for the selected message or `+` for a
/// picked one; `x` for a failed reply, `●` for an unread one, or the state of its reply; `*` for a starred one, or the mark of a made-up,
/// unsigned or muted one.
const GUTTER: u16 = 3;
/// The width of a step's title in the checklist.
const TITLE: usize = 18;

/// Draws the titles and the rows, or what to do if there are none.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = parts::rect(layout.list);
    if area.is_empty() {
        return;
    }
    let language = state.world().language();
    let inbox = &state.list().inbox;
    if layout.shape == Shape::Wide {
        let title = inbox.tabs().get(inbox.shown()).map(|tab| text::line(tab.title.of(language)));
        let title = title.map(|title| format!(" {title} ")).unwrap_or_default();
        let place = inbox.place().filter(|_| !state.world().has_checklist);
        let place = place.map(|place| format!(" {place}/{} ", inbox.total())).unwrap_or_default();
        parts::draw_titles(frame, if layout.titles.height > 0 { layout.titles } else { layout.list }, &title, &place);
    }
    if state.world().has_checklist {
        parts::draw_lines(frame, parts::padded(area), first_run(state, area));
        return;
    }
    let (records, selected) = inbox.visible();
    if records.is_empty() {
        parts::draw_lines(frame, parts::padded(area), nothing(state, area.width.saturating_sub(2)));
    }
    if let Some(grid) = TileGrid::shown(state.world()) {
        grid::draw(state, frame, grid);
        return;
    }
    let room = RowRoom::of(layout);
    let rows = cells(state, &records, room);
    let widths = widths(area.width, room, &rows, Some(language).filter(|_| layout.titles.height > 0));
    if layout.titles.height > 0 {
        let titles =
            columns::TABLE.iter().zip(&widths).map(|(column, width)| cell_text(column.title.of(language), *width));
        let gutter = " ".repeat(usize::from(GUTTER));
        let line = Line::styled(format!("{gutter}{}", titles.collect::<String>()), parts::style(Tone::Dim));
        frame.render_widget(line, parts::rect(layout.titles));
    }
    for (list_row, y) in state.list().rows(state.world()).into_iter().zip(area.y..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        let index = match list_row {
            ListRow::Message(index) => index,
            ListRow::Ours(outgoing) => {
                let (tone, how) = answers::state(outgoing, language);
                draw_answer(frame, place, tone, &format!("{} ({how})", answers::text_of(outgoing, state.world())));
                continue;
            }
            ListRow::Automatic(body) => {
                let words = reply::describe(body).unwrap_or_else(|| body.to_owned());
                draw_answer(frame, place, Tone::Dim, &words);
                continue;
            }
        };
        let (Some(record), Some(cells)) = (records.get(index), rows.get(index)) else { continue };
        let mut line = row(state, record, cells, &widths, selected == Some(index));
        if inbox.is_kept(record.seq) {
            line = line.patch_style(parts::style(Tone::Dim));
        }
        parts::draw_row(frame, line, place, selected == Some(index));
    }
}

/// Draws a reply below its message, aligned with the first column of the message's row.
fn draw_answer(frame: &mut Frame<'_>, area: Rect, tone: Tone, words: &str) {
    let words = text::cut(&text::line(words), usize::from(area.width.saturating_sub(GUTTER + 2))).into_owned();
    let line = Line::styled(format!("{}→ {words}", " ".repeat(usize::from(GUTTER))), parts::style(tone));
    frame.render_widget(line, area);
}

/// Returns the lines of this width that replace the rows if there are none.
fn nothing(state: &State, width: u16) -> Vec<Line<'static>> {
    let (language, inbox) = (state.world().language(), &state.list().inbox);
    let title = inbox.tabs().get(inbox.shown()).map(|tab| text::line(tab.title.of(language))).unwrap_or_default();
    let mut said = match search::offer(state) {
        Some(offer) => {
            vec![(Tone::Dim, list::NOTHING_MATCHES_HERE.with(language, &[&title])), (Tone::Accent, offer)]
        }
        None if state.list().is_narrowed() => vec![(Tone::Dim, list::NOTHING_MATCHES.of(language).to_owned())],
        None => {
            let words = match inbox.tabs().get(inbox.shown()).map(|tab| &tab.title) {
                Some(TabTitle::Ours(words::DUE_TAB)) => list::NOBODY_IS_DUE,
                Some(TabTitle::Ours(words::WAITING_TAB)) => list::NOBODY_WAITS,
                _ if inbox.query().kinds().is_some() => list::NONE_OF_THIS_KIND,
                _ => list::NONE_HERE,
            };
            vec![(Tone::Dim, words.of(language).to_owned())]
        }
    };
    said.extend(search::indexed_again(state).map(|words| (Tone::Dim, words)));
    said.extend(search::suggestion(state).map(|words| (Tone::Accent, words)));
    let lines = said.iter().flat_map(|(tone, words)| parts::wrapped(words, *tone, width));
    std::iter::once(Line::default()).chain(lines).collect()
}

fn cells(state: &State, records: &[&Record], room: RowRoom) -> Vec<Vec<Cell>> {
    let world = state.world();
    let is_by_time = state.list().inbox.order().by == SortKey::Time;
    let above = std::iter::once(None).chain(records.iter().map(|record| Some(*record).filter(|_| is_by_time)));
    let of = |(record, above): (&&Record, Option<&Record>)| {
        let begins_day = columns::begins_day(record, above, world.now);
        let claimed_by = world.claimed_by(record);
        let claimed_by = claimed_by.as_deref();
        let context = CellContext { world, room, begins_day, claimed_by };
        let record = world.shown(record);
        columns::TABLE.iter().map(|column| (column.cell)(&record, context)).collect()
    };
    records.iter().zip(above).map(of).collect()
}

fn row(state: &State, record: &Record, cells: &[Cell], widths: &[u16], is_selected: bool) -> Line<'static> {
    let mut spans =
        gutter(record, state.list().inbox.replies_to(record.seq), is_selected, state.list().is_picked(record.seq));
    for ((Column { is_searched, .. }, cell), width) in columns::TABLE.iter().zip(cells).zip(widths) {
        let words = cell_text(&text::line(&cell.text), *width);
        if *is_searched {
            spans.extend(parts::marked(&words, parts::style(cell.tone), state.list().inbox.filter()));
        } else {
            spans.push(Span::styled(words, parts::style(cell.tone)));
        }
    }
    Line::from(spans)
}

/// Returns the marks before a message, in three cells.
fn gutter(record: &Record, replies: &[Outgoing], is_selected: bool, is_picked: bool) -> Vec<Span<'static>> {
    let first = match (is_picked, is_selected) {
        (true, _) => Span::styled("+", parts::style(Tone::Accent)),
        (false, true) => Span::raw("▌"),
        (false, false) => Span::raw(" "),
    };
    let unread = match (record.marks.is_read, replies.last().map(|last| last.state)) {
        (_, Some(SendState::Refused | SendState::Unknown)) => Span::styled("x", parts::style(Tone::Bad)),
        (false, _) => Span::styled("●", parts::style(Tone::Accent)),
        (true, None) => Span::raw(" "),
        (true, Some(SendState::Sent)) => Span::styled("→", parts::style(Tone::Good)),
        (true, Some(SendState::Waiting | SendState::Sending)) => Span::styled("…", parts::style(Tone::Warning)),
    };
    let last = match (record.marks.is_starred, record.verified) {
        (false, _) if record.message.is_sample() => Span::styled("s", parts::style(Tone::Dim)),
        (true, _) => Span::styled("*", parts::style(Tone::Warning)),
        (false, false) => Span::styled("!", parts::style(Tone::Warning)),
        (false, true) if record.sender.is_muted => Span::styled("m", parts::style(Tone::Dim)),
        (false, true) => Span::raw(" "),
    };
    vec![first, unread, last]
}

/// Returns the text of a cell, padded to its width, with a space behind it; empty if the column is left out.
fn cell_text(text: &str, width: u16) -> String {
    if width == 0 { String::new() } else { format!("{} ", text::pad(text, usize::from(width))) }
}

/// Returns the widths of the columns, which share the given cells. A column is as wide as its cells and its title
/// need, up to its maximum width, and has width 0 if all its cells are empty.
fn widths(width: u16, room: RowRoom, rows: &[Vec<Cell>], titles: Option<Language>) -> Vec<u16> {
    let needed = |(index, column): (usize, &Column)| {
        let most = (column.width)(room, width);
        if most == REST {
            return REST;
        }
        let cells = rows.iter().filter_map(|cells| cells.get(index)).map(|cell| text::width(&cell.text)).max();
        let title = titles.map_or(0, |language| text::width(column.title.of(language)));
        let widest = cells.filter(|widest| *widest > 0).map_or(0, |widest| widest.max(title));
        u16::try_from(widest).unwrap_or(u16::MAX).min(most)
    };
    let needed: Vec<u16> = columns::TABLE.iter().enumerate().map(needed).collect();
    let spaces = u16::try_from(needed.iter().filter(|width| **width > 0).count()).unwrap_or_default();
    let fixed: u16 = needed.iter().filter(|width| **width != REST).sum();
    let rest = width.saturating_sub(GUTTER + fixed + spaces);
    needed.into_iter().map(|width| if width == REST { rest } else { width }).collect()
}

/// Returns the checklist of steps to the first message, and hints for the meantime. If not all lines fit, the
/// selected step is visible.
fn first_run(state: &State, area: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(area.width).saturating_sub(4), usize::from(area.height));
    let (language, checklist) = (state.world().language(), state.checklist());
    let title = format!(
        " {}",
        if state.list().inbox.page().archive.is_first_run { steps::WAITING } else { steps::TITLE }.of(language)
    );
    let mut lines = vec![Line::default(), Line::styled(title, parts::style(Tone::Strong)), Line::default()];
    let mut selected = 0..0;
    for (index, step) in checklist.steps(state.world()).into_iter().enumerate() {
        let is_selected = index == checklist.selected();
        let first = lines.len();
        lines.extend(step_lines(step, is_selected, width));
        if is_selected {
            selected = first..lines.len();
        }
    }
    let key = |action| state.world().key(action);
    lines.push(Line::default());
    let mut hints = match state.world().setup.standing.why_unchanged() {
        Some(words) => vec![words.of(language).to_owned()],
        None => vec![
            steps::DO.with(language, &[&key(Action::Read)]),
            steps::TRY.with(language, &[&key(Action::SaveAs), &key(Action::Simulate), &key(Action::Copy)]),
        ],
    };
    if state.world().setup.policy.auto == Auto::Off {
        hints.push(steps::AUTO.of(language).to_owned());
    }
    if checklist.can_put_away() {
        hints.push(steps::BACK.with(language, &[&key(Action::Back)]));
    }
    for hint in hints.iter().map(|hint| text::wrap(hint, width)) {
        // Part of a hint would mislead.
        if lines.len() + hint.len() <= height {
            lines.extend(hint.into_iter().map(|line| Line::raw(format!(" {line}"))));
        }
    }
    lines.drain(..selected.end.saturating_sub(height).min(selected.start));
    lines
}

/// Returns the lines of a step. The details are beside the title, or below it if too few cells would be left.
fn step_lines(step: ChecklistStep, is_selected: bool, width: usize) -> Vec<Line<'static>> {
    let ChecklistStep { is_done, title, fact, .. } = step;
    let (tone, mark) = match is_done {
        Some(true) => (Tone::Good, "[✓]"),
        Some(false) => (Tone::Warning, "[ ]"),
        None => (Tone::Dim, "[?]"),
    };
    let bar = if is_selected { "▌" } else { " " };
    let style = if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    let line = |mark: &'static str, title: &str, fact: String| {
        Line::from(vec![
            Span::raw(bar),
            Span::styled(mark, parts::style(tone)),
            Span::styled(format!(" {title} "), style),
            Span::raw(" "),
            Span::styled(fact, parts::style(Tone::Dim)),
        ])
    };
    let title = text::pad(&title, TITLE);
    let beside = width.saturating_sub(TITLE + 7);
    if beside < TITLE {
        let below = text::wrap(&fact, width.saturating_sub(7).max(1)).into_iter();
        return std::iter::once(line(mark, &title, String::new()))
            .chain(below.map(|fact| line("   ", "", fact)))
            .collect();
    }
    let marks = std::iter::once((mark, title)).chain(std::iter::repeat(("   ", " ".repeat(TITLE))));
    text::wrap(&fact, beside).into_iter().zip(marks).map(|(fact, (mark, title))| line(mark, &title, fact)).collect()
}
