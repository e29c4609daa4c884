//! The two lines at the top: the state of the listener, and the messages that are shown.

use chrono::TimeDelta;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::controls::action::Action;
use crate::controls::layout::Shape;
use crate::dashboard::{Cell, Life, Standing, State, Tone};
use crate::language::{Language, attach, words};
use crate::record::media::Queue;
use crate::text;
use crate::weibo::Kind;

use super::over::search;
use super::parts;

/// The bars of the sparkline by height.
const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the first line. If it is too narrow, the least important pieces are left out first, and problems last.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let setup = &state.world().setup;
    let traffic = &state.world().traffic;
    let language = state.world().language();
    let when_any = |n: u64, tone, words: crate::language::Words| {
        if n > 0 { Cell::new(tone, words.with(language, &[&n])) } else { Cell::default() }
    };
    let when_line = |cell: Cell| if state.world().layout().shape == Shape::Line { cell } else { Cell::default() };
    let (standing, is_read_only) = match setup.standing {
        Standing::Listening => ("", false),
        Standing::Demo => (words::DEMO.of(language), false),
        Standing::Attached { is_read_only, .. } => (attach::ATTACHED.of(language), is_read_only),
    };
    let read_only = if is_read_only { attach::ATTACHED_READ_ONLY.of(language) } else { "" };
    let name = format!("weibox {standing}").trim_end().to_owned();
    let n_messages = state.list().inbox.page().counts.sum(&Kind::ALL);
    let (life, width) = (life(state), usize::from(area.width));
    let cluster = cluster(state, &life, width);
    let pieces = vec![
        (10, Cell::new(Tone::Strong, name)),
        (2, Cell::new(Tone::Warning, read_only)),
        (0, life),
        (7, Cell::new(Tone::Plain, setup.address())),
        (5, when_line(when_any(state.list().inbox.n_new(), Tone::Accent, words::N_NEW))),
        (11, sparkline(state)),
        (8, Cell::new(Tone::Plain, words::A_MINUTE.with(language, &[&state.world().rate.last_minute()]))),
        (9, signature(state)),
        (12, Cell::new(Tone::Plain, words::MESSAGES.with(language, &[&n_messages]))),
        (5, when_any(state.list().inbox.page().unread, Tone::Accent, words::UNREAD)),
        (13, when_any(traffic.repeated, Tone::Dim, words::REPEATED)),
        (4, refused(state)),
        (1, when_any(traffic.busy, Tone::Bad, words::NOT_KEPT)),
        (3, state.world().target_trouble()),
        (3, state.world().channel_trouble()),
        cluster,
        (6, downloads(state)),
    ];
    frame.render_widget(Line::from(parts::fit(&pieces, width)), area);
}

/// Returns the overall state as a word with a dot.
fn life(state: &State) -> Cell {
    let language = state.world().language();
    let (tone, words) = match state.world().life() {
        Life::Unserved => (Tone::Bad, attach::NOT_LISTENING.of(language).to_owned()),
        Life::ArchiveFull => (Tone::Bad, words::ARCHIVE_FULL.of(language).to_owned()),
        Life::ArchiveDamaged => (Tone::Bad, words::ARCHIVE_DAMAGED.of(language).to_owned()),
        Life::ArchiveFailing => (Tone::Bad, words::ARCHIVE_FAILING.of(language).to_owned()),
        Life::Frozen => {
            let key = state.world().key(Action::Freeze);
            (Tone::Accent, words::FROZEN.with(language, &[&key]))
        }
        Life::NoSecret => (Tone::Warning, words::NO_SECRET.of(language).to_owned()),
        Life::TokenRefused => (Tone::Bad, words::TOKEN_REFUSED.of(language).to_owned()),
        Life::Unreachable => (Tone::Bad, words::UNREACHABLE.of(language).to_owned()),
        Life::Quiet(passed) => (Tone::Dim, last_call(passed, language)),
        Life::Stopped(passed) => (Tone::Warning, last_call(passed, language)),
        Life::Live => (Tone::Good, words::LIVE.of(language).to_owned()),
    };
    Cell::new(tone, format!("● {words}"))
}

/// Returns the words for the time since the last callback.
fn last_call(passed: TimeDelta, language: Language) -> String {
    match passed.num_hours() {
        0 => words::LAST_CALL_MINUTES.with(language, &[&passed.num_minutes()]),
        hours => words::LAST_CALL_HOURS.with(language, &[&hours]),
    }
}

/// Returns the last ten minutes, one bar per minute; empty if nothing arrived.
fn sparkline(state: &State) -> Cell {
    let minutes = state.world().rate.minutes();
    let most = minutes.iter().copied().max().unwrap_or_default();
    if most == 0 {
        return Cell::default();
    }
    let height = |n: u64| usize::try_from(n * 7 / most).unwrap_or_default();
    let bars = minutes.iter().map(|n| BARS.get(height(*n)).copied().unwrap_or_default());
    Cell::new(Tone::Accent, bars.collect::<String>())
}

/// Returns the rank and the words of the cluster's state. A problem is left out late, and its words are short
/// enough to fit beside the overall state.
fn cluster(state: &State, life: &Cell, width: usize) -> (u8, Cell) {
    let cell = state.world().cluster_cell(width.saturating_sub(text::width(&life.text) + 3));
    (if cell.tone == Tone::Bad { 2 } else { 11 }, cell)
}

/// Returns the number of refused requests, with the key that shows the reasons.
fn refused(state: &State) -> Cell {
    let n_refused = state.world().traffic.refused;
    if n_refused == 0 {
        return Cell::default();
    }
    let key = state.world().key(Action::Requests);
    Cell::new(Tone::Bad, words::REFUSED.with(state.world().language(), &[&n_refused, &key]))
}

fn signature(state: &State) -> Cell {
    let language = state.world().language();
    match (state.world().setup.is_signed, state.world().traffic.signed) {
        (false, _) => Cell::new(Tone::Warning, words::NOT_SIGNED.of(language)),
        (true, 0) => Cell::new(Tone::Good, words::SIGNED.of(language)),
        (true, n) => Cell::new(Tone::Good, words::N_SIGNED.with(language, &[&n])),
    }
}

fn downloads(state: &State) -> Cell {
    let board = &state.world().downloads.board;
    let language = state.world().language();
    match &board.queue {
        Queue::NoToken if board.queued > 0 => Cell::new(Tone::Warning, words::NO_TOKEN.of(language)),
        Queue::Paused { .. } => Cell::new(Tone::Warning, words::DOWNLOADS_PAUSED.of(language)),
        Queue::Open | Queue::NoToken | Queue::TokenRefused(_) if board.queued > 0 => {
            let received: u64 = board.running.iter().map(|progress| progress.received).sum();
            let size = if received > 0 { format!(" {}", text::size(received)) } else { String::new() };
            Cell::new(Tone::Accent, format!("↓{}{size}", board.queued))
        }
        Queue::Open | Queue::NoToken | Queue::TokenRefused(_) => Cell::default(),
    }
}

/// Draws the tabs with their counts, or the query in one of them, and on the right whether the list follows.
pub(super) fn draw_tabs(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let follow = parts::span(&state.list().following(state.world()));
    let mut room = usize::from(area.width).saturating_sub(follow.width() + 2);
    let mut spans: Vec<Span<'static>> = Vec::new();
    for (tab, words) in state.list().tabs(room, state.world()) {
        if tab == state.list().inbox.shown() {
            // In little room it is the only one.
            let words = text::cut(words.trim(), room.saturating_sub(2));
            spans.push(Span::styled(format!("[{words}]"), Style::new().add_modifier(Modifier::BOLD)));
            continue;
        }
        let Some((key, title)) = words.trim().split_once(' ') else {
            spans.push(Span::styled(words, parts::style(Tone::Dim)));
            continue;
        };
        spans.extend([
            Span::raw(" "),
            Span::styled(key.to_owned(), parts::style(Tone::Dim)),
            Span::raw(format!(" {title} ")),
        ]);
    }
    let mut right = vec![follow];
    if state.list().is_narrowed() {
        let used = spans.iter().map(Span::width).sum::<usize>();
        let query = text::line(&state.world().shown_query(state.list().inbox.filter())).into_owned();
        let found =
            search::found(state, room.saturating_sub(used + text::width(search::SIGN) + text::width(&query) + 2));
        room = room.saturating_sub(found.width() + 2 + used + 3);
        spans.push(Span::styled(search::SIGN, parts::style(Tone::Accent)));
        spans.push(Span::raw(text::cut(&query, room).into_owned()));
        right.splice(0..0, [found, Span::raw("  ")]);
    }
    frame.render_widget(Line::from(spans), area);
    let beside = Rect { width: area.width.saturating_sub(1), ..area };
    frame.render_widget(Line::from(right).right_aligned(), beside);
}
