//! The downloads: the running ones with their progress, then the others.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::controls::action::Action;
use crate::controls::layout::{Layout, Shape};
use crate::dashboard::world::mask;
use crate::dashboard::{Cell, State, Tone, World};
use crate::language::{accounts, words};
use crate::record::media::{Job, MediumOrigin, Progress, Queue, Stage};
use crate::text;

use super::parts;

/// The width of a download's state.
pub(super) const STATE: usize = 9;
/// The width of the sender, or of the file's number if its message is gone.
pub(super) const SENDER: usize = 10;

/// Draws a panel, or a single line if a panel has no room.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = parts::rect(layout.downloads);
    if area.is_empty() {
        return;
    }
    let world = state.world();
    let language = world.language();
    let summary = summary(world);
    let width = usize::from(area.width);
    let bars = world.downloads.board.running.iter().map(|progress| bar(world, progress, width));
    if layout.shape == Shape::Wide {
        parts::draw_titles(
            frame,
            layout.downloads.unpadded(),
            &format!(" {}  {} ", words::DOWNLOADS.of(language), summary.text),
            "",
        );
        let head = reason(world).into_iter().chain(bars).map(|cell| Line::from(parts::span(&cell)));
        let is_bare = world.downloads.listed().is_none_or(<[_]>::is_empty);
        let how = if is_bare { parts::wrapped(&how(world), Tone::Dim, area.width) } else { Vec::new() };
        let settled = settled(world).map(|job| row(world, job, width));
        parts::draw_lines(frame, area, head.chain(settled).chain(how));
        return;
    }
    let first = reason(world).or_else(|| bars.into_iter().next()).unwrap_or_default();
    let pieces = vec![(1, Cell::new(Tone::Dim, words::DOWNLOADS.of(language))), (0, summary), (2, first)];
    frame.render_widget(Line::from(parts::fit(&pieces, width)), area);
}

/// Returns the hint that says how to download a file, for an empty list.
pub(super) fn how(world: &World) -> String {
    let [one, all] = [Action::Download, Action::DownloadAll].map(|action| world.key(action));
    words::NO_JOBS.with(world.language(), &[&one, &all])
}

/// The minimum width of a line with the time; narrower lines omit it to leave room for the rest.
const WITH_TIME: usize = 40;

/// Returns the files that are not being downloaded now: they wait, failed for good, or are on disk.
fn settled(world: &World) -> impl Iterator<Item = &Job> {
    let running = &world.downloads.board.running;
    let jobs = world.downloads.listed().unwrap_or_default();
    jobs.iter().filter(move |job| running.iter().all(|progress| progress.fid != job.fid))
}

/// Returns a short line for a file: state, kind, sender, time, and the most telling detail:
/// `saved     I 2489518277 12:03  134 KB`.
pub(super) fn row(world: &World, job: &Job, width: usize) -> Line<'static> {
    let [how, far, known] = cells(world, job);
    let last = if far.text.is_empty() { known } else { far };
    let how = Cell::new(how.tone, text::pad(&how.text, STATE));
    let kind = Cell::new(Tone::Accent, kind(job));
    let time = if width < WITH_TIME { String::new() } else { format!(" {:<5} ", sent_at(world, job)) };
    let origin = Cell::new(Tone::Plain, [sender(world, job), time].concat());
    let left = [how, kind, origin];
    let taken: usize = left.iter().map(|cell| text::width(&cell.text) + 1).sum();
    let last = Cell::new(last.tone, text::pad(&text::line(&last.text), width.saturating_sub(taken)));
    let spans = left.iter().flat_map(|cell| [parts::span(cell), Span::raw(" ")]);
    Line::from(spans.chain([parts::span(&last)]).collect::<Vec<_>>())
}

/// Returns the state, the progress and the details of a file, masked if private data is hidden.
pub(super) fn cells(world: &World, job: &Job) -> [Cell; 3] {
    let [how, far, known] = world.downloads.job(job, world.now, world.language());
    let is_path = matches!(job.stage, Stage::Done { .. });
    // The path may contain the sender's id.
    let known = if is_path && world.looks.is_masked { Cell::new(known.tone, mask::number(&known.text)) } else { known };
    [how, far, known]
}

/// Returns the letter for the kind of message that the file came with, as in the list.
pub(super) fn kind(job: &Job) -> &'static str {
    job.origin.as_ref().map_or(" ", |origin| origin.kind.letter())
}

/// Returns the sender of a file, or the file's number if its message is gone.
pub(super) fn sender(world: &World, job: &Job) -> String {
    let sender = job.origin.as_ref().filter(|origin| origin.sender_id.is_some());
    let name = sender.map(|origin| world.short_name(origin.sender_id, origin.name.as_deref()));
    text::pad(&name.unwrap_or_else(|| job.fid.to_string()), SENDER)
}

/// Returns the time at which a file was sent: `12:03` for today, `11-23` for another day.
fn sent_at(world: &World, job: &Job) -> String {
    let Some(MediumOrigin { sent_at, .. }) = &job.origin else { return String::new() };
    let is_today = world.now.with_timezone(sent_at.offset()).date_naive() == sent_at.date_naive();
    sent_at.format(if is_today { "%H:%M" } else { "%m-%d" }).to_string()
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

/// Returns the reason why the queue has stopped.
pub(super) fn reason(world: &World) -> Option<Cell> {
    let language = world.language();
    match &world.downloads.board.queue {
        Queue::Open => None,
        Queue::NoToken if world.downloads.board.queued == 0 => None,
        Queue::NoToken => Some(match world.account_without_token() {
            Some(account) => world.say(Tone::Warning, accounts::WAITS_FOR_TOKEN, &[&account]),
            None => world.say(Tone::Warning, words::WAITING_FOR_TOKEN, &[]),
        }),
        Queue::TokenRefused(reason) => {
            Some(Cell::new(Tone::Bad, words::TOKEN_REFUSED_BECAUSE.with(language, &[&reason.of(language)])))
        }
        Queue::Paused { reason, until } => {
            let until = until.with_timezone(&crate::weibo::created_at::china()).format("%H:%M");
            Some(Cell::new(Tone::Warning, words::PAUSED_UNTIL.with(language, &[&until, &reason.of(language)])))
        }
    }
}

/// Returns a line with a progress bar: `I 2489518277 ██████······ 63%  134 KB`.
fn bar(world: &World, progress: &Progress, width: usize) -> Cell {
    let percent = progress.total.filter(|total| *total > 0).map(|total| (progress.received * 100 / total).min(100));
    let right = match percent {
        Some(percent) => format!("{percent:>3}%  {}", text::size(progress.received)),
        None => text::size(progress.received),
    };
    let job = world.downloads.job_of(progress.fid);
    let left = job.map_or_else(|| progress.fid.to_string(), |job| format!("{} {}", kind(job), sender(world, job)));
    let room = width.saturating_sub(text::width(&left) + right.len() + 2).min(30);
    let n_full = room * usize::try_from(percent.unwrap_or_default()).unwrap_or_default() / 100;
    let full = "█".repeat(n_full);
    let rest = "·".repeat(room - n_full);
    Cell::new(Tone::Accent, format!("{left} {full}{rest} {right}"))
}
