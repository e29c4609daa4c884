//! A voice in the detail: what it is, how loud it is over time, and the play head.

use std::time::Duration;

use crate::dashboard::cell::{Cell, Tone};
use crate::dashboard::voice::Head;
use crate::dashboard::{Action, State};
use crate::media::voice::{End, Summary, bars};
use crate::record::Record;
use crate::text;

use super::{Sheet, keys};

/// What the terminal can draw bars with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symbols {
    /// Block elements.
    #[default]
    Blocks,
    /// `.:|`, where the character set has nothing else.
    Ascii,
}

/// What bars are drawn with, from silent to loudest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same in ASCII.
const ASCII: [char; 3] = ['.', ':', '|'];

/// Adds the voice of a saved file.
pub(super) fn add(page: &mut Sheet, state: &State, record: &Record) {
    match state.voice(record) {
        None => page.field("voice", Tone::Dim, "decoding"),
        Some(Err(reason)) => page.field("voice", Tone::Bad, reason),
        Some(Ok(summary)) => {
            page.field("voice", Tone::Strong, &about(summary));
            if let Some(words) = ending(summary) {
                page.field("", Tone::Warning, &words);
            }
        }
    }
    let known = state.voice(record).and_then(|known| known.as_ref().ok());
    draw(page, state, known, state.head(record));
}

/// Minutes and seconds: `0:07`.
#[must_use]
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `0:07 · AMR-NB 12.2 kbit/s · 8 kHz mono`.
fn about(summary: &Summary) -> String {
    let channels = match summary.channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        many => format!("{many} channels"),
    };
    let rate = f64::from(summary.rate) / 1000.0;
    format!("{} · {} · {rate} kHz {channels}", clock(summary.duration), summary.codec)
}

/// What to say about the end, if it is not the file's.
fn ending(summary: &Summary) -> Option<String> {
    match &summary.end {
        End::Whole => None,
        End::TooLong => Some(format!("longer than {}, the rest is left out", clock(summary.duration))),
        End::Broken { at, reason } => {
            Some(format!("broken at {}.{} s: {reason}", at.as_secs(), at.subsec_millis() / 100))
        }
    }
}

/// The loudness over the whole width, and below it the play head. Three rows whatever is known, so that nothing jumps.
fn draw(page: &mut Sheet, state: &State, known: Option<&Summary>, head: Option<Head>) {
    let duration = known.map(|known| known.duration).unwrap_or_default();
    let times = [head.map(|head| head.at).unwrap_or_default(), duration].map(clock);
    let play = keys(Action::Play);
    let words = match head {
        Some(Head { is_playing: true, .. }) => format!("playing {} of {}, {play} pauses, ← → seek", times[0], times[1]),
        Some(Head { is_playing: false, .. }) => format!("paused {} of {}, {play} goes on", times[0], times[1]),
        None if state.setup().is_mute => format!("loudness (no sound over SSH, {} saves a WAV)", keys(Action::SaveWav)),
        None => format!("loudness ({play} plays, {} saves a WAV)", keys(Action::SaveWav)),
    };
    page.lines.push(vec![Cell::new(Tone::Dim, text::cut(&words, page.width))]);
    let (glyphs, [line, mark]): (&[char], _) = match state.setup().symbols {
        Symbols::Blocks => (&BLOCKS, ["─", "▲"]),
        Symbols::Ascii => (&ASCII, ["-", "^"]),
    };
    let top = u16::try_from(glyphs.len() - 1).unwrap_or_default();
    let shape = known.map(|known| known.shape.as_slice()).unwrap_or_default();
    let wave: Vec<char> = bars(shape, page.width, top)
        .into_iter()
        .map(|level| glyphs.get(usize::from(level)).copied().unwrap_or(' '))
        .collect();
    let played = head.map_or(0, |head| column(head.at, duration, wave.len()));
    let (before, after) = wave.split_at_checked(played).unwrap_or((&wave, &[]));
    page.lines.push(vec![
        Cell::new(Tone::Accent, before.iter().collect::<String>()),
        Cell::new(Tone::Plain, after.iter().collect::<String>()),
    ]);
    let at = head.map(|_| played.min(page.width.saturating_sub(1)));
    let before = at.map_or_else(String::new, |at| format!("{}{mark}", line.repeat(at)));
    let rest = line.repeat(page.width - at.map_or(0, |at| at + 1));
    page.lines.push(vec![Cell::new(Tone::Accent, before), Cell::new(Tone::Dim, rest)]);
}

/// The column of a time.
fn column(at: Duration, duration: Duration, columns: usize) -> usize {
    let share = at.as_micros() * columns as u128 / duration.as_micros().max(1);
    usize::try_from(share).unwrap_or(columns).min(columns)
}
