//! A voice in the detail: its description, its loudness over time, and the play head.

use std::time::Duration;

use crate::controls::action::Action;
use crate::dashboard::{Cell, Tone};
use crate::language::{Language, words};
use crate::media::voice::{End, VoiceSummary, bars};
use crate::text;

use super::lines::PageBuilder;
use super::playback::PlayHead;
use super::source::PageSource;

/// The characters of the bars, from silent to loudest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Adds the voice of a saved file.
pub(super) fn add(page: &mut PageBuilder, source: &PageSource<'_>) {
    let language = page.language;
    let known = match source.world.downloads.voices.of(source.record) {
        None => {
            page.field(words::VOICE, Tone::Dim, words::DECODING.of(language));
            None
        }
        Some(Err(reason)) => {
            page.field(words::VOICE, Tone::Bad, &reason.of(language));
            None
        }
        Some(Ok(summary)) => {
            page.field(words::VOICE, Tone::Strong, &about(summary, language));
            if let Some(words) = ending(summary, language) {
                page.below(Tone::Warning, &words);
            }
            Some(summary)
        }
    };
    draw(page, source, known);
}

/// Formats `0:07 · AMR-NB 12.2 kbit/s · 8 kHz mono`.
fn about(summary: &VoiceSummary, language: Language) -> String {
    let channels = match summary.channels {
        1 => words::MONO.of(language).to_owned(),
        2 => words::STEREO.of(language).to_owned(),
        many => words::CHANNELS.with(language, &[&many]),
    };
    let rate = f64::from(summary.rate) / 1000.0;
    format!("{} · {} · {rate} kHz {channels}", text::clock(summary.duration), summary.codec)
}

/// Describes the end of the voice, unless it is the end of the file.
fn ending(summary: &VoiceSummary, language: Language) -> Option<String> {
    match &summary.end {
        End::Whole => None,
        End::TooLong => Some(words::TOO_LONG.with(language, &[&text::clock(summary.duration)])),
        End::Broken { at, reason } => {
            let seconds = format!("{}.{}", at.as_secs(), at.subsec_millis() / 100);
            Some(words::BROKEN_AT.with(language, &[&seconds, &reason.of(language)]))
        }
    }
}

/// Adds the loudness over the whole width, with the play head below it. It always takes three rows, so that nothing
/// jumps.
fn draw(page: &mut PageBuilder, source: &PageSource<'_>, known: Option<&VoiceSummary>) {
    let head = source.play_head;
    let duration = known.map(|known| known.duration).unwrap_or_default();
    let words = caption(source, duration);
    page.lines.push(vec![Cell::new(Tone::Dim, text::cut(&words, page.width))]);
    let shape = known.map(|known| known.shape.as_slice()).unwrap_or_default();
    let top = u16::try_from(BARS.len() - 1).unwrap_or_default();
    let glyph = |level: u16| BARS.get(usize::from(level)).copied().unwrap_or(' ');
    let wave: Vec<char> = bars(shape, page.width, top).into_iter().map(glyph).collect();
    let played = head.map_or(0, |head| column(head.at, duration, wave.len()));
    let (before, after) = wave.split_at_checked(played).unwrap_or((&wave, &[]));
    page.lines.push(vec![
        Cell::new(Tone::Accent, before.iter().collect::<String>()),
        Cell::new(Tone::Plain, after.iter().collect::<String>()),
    ]);
    let at = head.map(|_| played.min(page.width.saturating_sub(1)));
    let before = at.map_or_else(String::new, |at| format!("{}▲", "─".repeat(at)));
    let rest = "─".repeat(page.width - at.map_or(0, |at| at + 1));
    page.lines.push(vec![Cell::new(Tone::Accent, before), Cell::new(Tone::Dim, rest)]);
}

/// Describes the bars and the play head, and names the keys.
fn caption(source: &PageSource<'_>, duration: Duration) -> String {
    let (language, head) = (source.world.language(), source.play_head);
    let [play, save] = [Action::Play, Action::SaveAs].map(|action| source.world.key(action));
    let [at, end] = [head.map(|head| head.at).unwrap_or_default(), duration].map(text::clock);
    match head {
        Some(PlayHead { is_playing: true, .. }) => words::PLAYING.with(language, &[&at, &end, &play]),
        Some(PlayHead { is_playing: false, .. }) => words::PAUSED_AT.with(language, &[&at, &end, &play]),
        None if source.world.setup.is_mute => words::LOUDNESS_ONLY.with(language, &[&save]),
        None => words::LOUDNESS.with(language, &[&play, &save]),
    }
}

fn column(at: Duration, duration: Duration, columns: usize) -> usize {
    let share = at.as_micros() * columns as u128 / duration.as_micros().max(1);
    usize::try_from(share).unwrap_or(columns).min(columns)
}
