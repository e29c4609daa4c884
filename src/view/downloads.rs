//! The downloads: what is being fetched, how far it is, and what waits.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::controls::action::Action;
use crate::controls::layout::{Layout, Shape};
use crate::dashboard::{Cell, State, Tone, World};
use crate::language::words;
use crate::record::media::{Job, Progress, Queue};
use crate::text;

use super::parts;

/// The widths of state, file id and size; what is known of a file has the rest.
pub(super) const WIDTHS: [usize; 3] = [10, 16, 20];

/// Draws a panel, or one line where there is no room for a panel.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = parts::rect(layout.downloads);
    if area.is_empty() {
        return;
    }
    let world = state.world();
    let language = world.language();
    let summary = summary(world);
    let width = usize::from(area.width);
    let bars = world.downloads.board.running.iter().map(|progress| bar(progress, width));
    if layout.shape == Shape::Wide {
        parts::draw_titles(
            frame,
            layout.downloads.unpadded(),
            &format!(" {}  {} ", words::DOWNLOADS.of(language), summary.text),
            "",
        );
        let head = reason(world).into_iter().chain(bars).map(|cell| Line::from(parts::span(&cell)));
        let is_bare = world.downloads.listed().is_none_or(<[_]>::is_empty);
        let how = if is_bare { text::wrap(&how(world), width) } else { Vec::new() };
        let how = how.into_iter().map(|line| Line::styled(line, parts::style(Tone::Dim)));
        let settled = settled(world).map(|job| row(world, job, width));
        for (line, y) in head.chain(settled).chain(how).zip(area.y..area.bottom()) {
            frame.render_widget(line, Rect { y, height: 1, ..area });
        }
        return;
    }
    let first = reason(world).or_else(|| bars.into_iter().next()).unwrap_or_default();
    let pieces = vec![(1, Cell::new(Tone::Dim, words::DOWNLOADS.of(language))), (0, summary), (2, first)];
    frame.render_widget(Line::from(parts::fit(&pieces, width)), area);
}

/// What downloads a file, where none is to be seen.
pub(super) fn how(world: &World) -> String {
    let [one, all] = [Action::Download, Action::DownloadAll].map(|action| world.key(action));
    words::NO_JOBS.with(world.language(), &[&one, &all])
}

/// What is not being fetched now: it waits, was given up, or is on disk.
fn settled(world: &World) -> impl Iterator<Item = &Job> {
    let running = &world.downloads.board.running;
    let jobs = world.downloads.listed().unwrap_or_default();
    jobs.iter().filter(move |job| running.iter().all(|progress| progress.fid != job.fid))
}

/// A line for a file where there is little room: state, file id, and what says most of it, `saved      821804469  134 KB`.
pub(super) fn row(world: &World, job: &Job, width: usize) -> Line<'static> {
    let [how, far, known] = world.downloads.job(job, world.now, world.language());
    let [first, ..] = WIDTHS;
    let last = if far.text.is_empty() { known } else { far };
    let left = format!("{} {:<10} ", text::pad(&how.text, first), job.fid.to_string());
    let rest = text::pad(&text::line(&last.text), width.saturating_sub(text::width(&left)));
    Line::from(vec![parts::span(&Cell::new(how.tone, left)), parts::span(&Cell::new(last.tone, rest))])
}

pub(super) fn summary(world: &World) -> Cell {
    let board = &world.downloads.board;
    let language = world.language();
    let counts = [(board.queued, words::N_QUEUED), (board.failed, words::N_FAILED), (board.done, words::N_SAVED)];
    let words: Vec<String> =
        counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, words)| words.with(language, &[&n])).collect();
    let tone = if board.failed > 0 { Tone::Warning } else { Tone::Plain };
    let none = || words::NO_DOWNLOADS.of(language).to_owned();
    Cell::new(tone, if words.is_empty() { none() } else { words.join(" · ") })
}

/// Why nothing moves, if something waits and nothing moves.
pub(super) fn reason(world: &World) -> Option<Cell> {
    let language = world.language();
    match &world.downloads.board.queue {
        Queue::Open => None,
        Queue::NoToken if world.downloads.board.queued == 0 => None,
        Queue::NoToken => Some(Cell::new(Tone::Warning, words::WAITING_FOR_TOKEN.of(language))),
        Queue::TokenRefused(reason) => {
            Some(Cell::new(Tone::Bad, words::TOKEN_REFUSED_BECAUSE.with(language, &[&reason.of(language)])))
        }
        Queue::Paused { reason, until } => {
            let until = until.with_timezone(&crate::weibo::created_at::china()).format("%H:%M");
            Some(Cell::new(Tone::Warning, words::PAUSED_UNTIL.with(language, &[&until, &reason.of(language)])))
        }
    }
}

/// `821804469 ██████······ 63%  134 KB`.
fn bar(progress: &Progress, width: usize) -> Cell {
    let percent = progress.total.filter(|total| *total > 0).map(|total| (progress.received * 100 / total).min(100));
    let right = match percent {
        Some(percent) => format!("{percent:>3}%  {}", text::size(progress.received)),
        None => text::size(progress.received),
    };
    let left = progress.fid.to_string();
    let room = width.saturating_sub(left.len() + right.len() + 2).min(30);
    let n_full = room * usize::try_from(percent.unwrap_or_default()).unwrap_or_default() / 100;
    let full = "█".repeat(n_full);
    let rest = "·".repeat(room - n_full);
    Cell::new(Tone::Accent, format!("{left} {full}{rest} {right}"))
}
