//! The full-screen list of downloads, one line per file.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::dashboard::over::downloads::DownloadList;
use crate::dashboard::{Cell, Tone, World};
use crate::language::words;
use crate::record::media::Job;
use crate::text;
use crate::view::downloads::{self as panel, SENDER, STATE};
use crate::view::parts::{self, Scene};

/// The width of the time at which a file was sent.
const TIME: usize = 11;
/// The width of the progress of a download: `134.2 KB / 10.0 MB`.
const FAR: usize = 18;
/// The minimum width of a file's details.
const LEAST: usize = 20;

pub(super) fn draw(list: &DownloadList, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let title = format!("{}  {}", words::DOWNLOADS.of(language), panel::summary(world).text);
    let inside = parts::padded(scene.draw_screen(frame, &title, ""));
    if inside.is_empty() {
        return;
    }
    let reason = panel::reason(world);
    let skipped = u16::from(reason.is_some());
    if let Some(reason) = reason {
        frame.render_widget(Line::from(parts::span(&reason)), Rect { height: 1, ..inside });
    }
    let rows = Rect { y: inside.y + skipped, height: inside.height.saturating_sub(skipped), ..inside };
    let Some(jobs) = world.downloads.listed() else { return };
    if jobs.is_empty() && !rows.is_empty() {
        parts::draw_lines(frame, rows, parts::wrapped(&panel::how(world), Tone::Dim, rows.width));
    }
    let lines = jobs.iter().map(|job| row(world, job, usize::from(rows.width)));
    parts::draw_rows(frame, rows, list.selected, lines);
}

fn row(world: &World, job: &Job, width: usize) -> Line<'static> {
    let rest = width.saturating_sub(STATE + TIME + 1 + SENDER + FAR + 5);
    if rest < LEAST {
        return panel::row(world, job, width);
    }
    let [how, far, known] = panel::cells(world, job);
    let known = if known.text.is_empty() { Cell::new(Tone::Dim, job.fid.to_string()) } else { known };
    let sent_at = job.origin.as_ref().map(|origin| origin.sent_at.format("%m-%d %H:%M").to_string());
    let cell = |words: &str, width: usize, tone| {
        Span::styled(format!("{} ", text::pad(&text::line(words), width)), parts::style(tone))
    };
    Line::from(vec![
        cell(&how.text, STATE, how.tone),
        cell(&sent_at.unwrap_or_default(), TIME, Tone::Dim),
        cell(panel::kind(job), 1, Tone::Accent),
        cell(&panel::sender(world, job), SENDER, Tone::Plain),
        cell(&far.text, FAR, far.tone),
        cell(&known.text, rest, known.tone),
    ])
}
