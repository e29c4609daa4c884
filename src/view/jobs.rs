//! The downloads, on the whole screen: a line a file.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::dashboard::State;
use crate::dashboard::cell::Tone;
use crate::language::words;
use crate::record::media::Job;
use crate::text;

/// The widths of state, file id and size; what is known of a file has the rest.
pub(super) const WIDTHS: [usize; 3] = [10, 16, 20];

/// What is known of a file needs so much.
const LEAST: usize = 20;

/// Draws the downloads.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>) {
    let language = state.looks().language;
    let title = format!("{}  {}", words::DOWNLOADS.of(language), super::downloads::summary(state).text);
    let inside = super::padded(super::draw_screen(state, frame, &title, &super::hints(state, frame, "")));
    if inside.is_empty() {
        return;
    }
    let reason = super::downloads::reason(state);
    let skipped = u16::from(reason.is_some());
    if let Some(reason) = reason {
        frame.render_widget(Line::from(super::span(&reason)), Rect { height: 1, ..inside });
    }
    let rows = Rect { y: inside.y + skipped, height: inside.height.saturating_sub(skipped), ..inside };
    let Some((jobs, selected)) = state.jobs().jobs() else { return };
    if jobs.is_empty() && !rows.is_empty() {
        frame.render_widget(Line::styled(super::downloads::how(state), super::style(Tone::Dim)), rows);
    }
    let first = selected.saturating_sub(usize::from(rows.height).saturating_sub(1));
    for ((index, job), y) in jobs.iter().enumerate().skip(first).zip(rows.y..rows.bottom()) {
        let line = row(state, job, usize::from(rows.width));
        super::draw_row(frame, line, Rect { y, height: 1, ..rows }, index == selected);
    }
}

fn row(state: &State, job: &Job, width: usize) -> Line<'static> {
    let [first, second, third] = WIDTHS;
    let rest = width.saturating_sub(first + second + third + 4);
    if rest < LEAST {
        return super::downloads::row(state, job, width);
    }
    let [how, far, known] = state.job(job);
    let cell = |words: &str, width: usize, tone| {
        Span::styled(format!("{} ", text::pad(&text::line(words), width)), super::style(tone))
    };
    Line::from(vec![
        cell(&how.text, first, how.tone),
        cell(&job.fid.to_string(), second, Tone::Plain),
        cell(&far.text, third, far.tone),
        cell(&known.text, rest, known.tone),
    ])
}
