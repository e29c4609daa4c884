//! Playback of a voice: which one is played, the position, and the keys that control it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::{VoiceAnswer, VoiceOrder};
use crate::dashboard::over::ScreenReply;
use crate::dashboard::world::voices::saved_voice;
use crate::dashboard::{Effect, Tone, World};
use crate::language::words;
use crate::reason::Reason;
use crate::record::Record;

/// How far an arrow key moves the play head.
const SEEK: Duration = Duration::from_secs(2);
/// The interval at which a moving play head is drawn: about one column of a short voice.
const STEP: TimeDelta = TimeDelta::milliseconds(100);

/// The voice that is playing or paused, if any.
#[derive(Debug, Clone, Default)]
pub(super) struct Playback {
    /// The number of the last order to play.
    run: u64,
    held: Option<Held>,
}

/// A voice that is playing or paused.
#[derive(Debug, Clone)]
struct Held {
    file: String,
    /// Position at which it was started or paused.
    from: Duration,
    motion: Motion,
}

#[derive(Debug, Clone, Copy)]
enum Motion {
    Starting,
    Since(DateTime<Utc>),
    Paused,
}

/// The play head of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayHead {
    /// Time from the beginning.
    pub at: Duration,
    /// Whether it moves or is about to move.
    pub is_playing: bool,
}

impl Held {
    fn is_playing(&self) -> bool {
        !matches!(self.motion, Motion::Paused)
    }
}

impl Playback {
    /// Returns the time of the next redraw of the play head.
    pub(super) fn next_tick(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moves = matches!(self.held.as_ref()?.motion, Motion::Since(_));
        moves.then_some(now + STEP)
    }

    /// Returns the play head of a voice that is playing or paused.
    pub(super) fn head(&self, record: &Record, world: &World) -> Option<PlayHead> {
        let file = saved_voice(record)?;
        let held = self.held.as_ref().filter(|held| held.file == file)?;
        Some(PlayHead { at: reached(held, world), is_playing: held.is_playing() })
    }

    /// Plays a voice from where it was paused, or pauses a playing one.
    pub(super) fn play_or_pause(&mut self, record: &Record, world: &World) -> ScreenReply {
        let Some(file) = saved_voice(record).map(str::to_owned) else { return ScreenReply::done() };
        if let Some(Err(reason)) = world.downloads.voices.summary(&file) {
            return ScreenReply::say(world, Tone::Bad, words::CANNOT_PLAY, &[&reason.of(world.language())]);
        }
        let held = self.held.take().filter(|held| held.file == file);
        let from = held.as_ref().map(|held| reached(held, world)).unwrap_or_default();
        if held.is_some_and(|held| held.is_playing()) {
            self.held = Some(Held { file, from, motion: Motion::Paused });
            return ScreenReply::effect(Effect::Voice(VoiceOrder::Stop));
        }
        self.play(file, from, world)
    }

    /// Moves the play head of a voice that is playing or paused, if the key does that.
    pub(super) fn seek(&mut self, key: Key, record: &Record, world: &World) -> ScreenReply {
        let held = self.held.as_ref().filter(|held| saved_voice(record) == Some(&held.file));
        let Some(held) = held else { return ScreenReply::pass() };
        let at = reached(held, world);
        let to = if key == Key::plain(KeyCode::Left) {
            at.saturating_sub(SEEK)
        } else if key == Key::plain(KeyCode::Right) {
            at + SEEK
        } else {
            return ScreenReply::pass();
        };
        let file = held.file.clone();
        if held.is_playing() {
            return self.play(file, to, world);
        }
        let from = within(&file, to, world);
        self.held = Some(Held { file, from, motion: Motion::Paused });
        ScreenReply::done()
    }

    /// Handles the answer to an order, and returns the reason if a voice could not be played. Ignores answers about a
    /// player that was stopped since.
    pub(super) fn take(&mut self, answer: &VoiceAnswer, now: DateTime<Utc>) -> Option<Reason> {
        match answer {
            VoiceAnswer::Started { run } if *run == self.run => {
                if let Some(held) = self.held.as_mut().filter(|held| held.is_playing()) {
                    held.motion = Motion::Since(now);
                }
                None
            }
            VoiceAnswer::Ended { run, result } if *run == self.run => {
                self.held = None;
                result.clone().err()
            }
            VoiceAnswer::Decoded { .. } | VoiceAnswer::Started { .. } | VoiceAnswer::Ended { .. } => None,
        }
    }

    fn play(&mut self, file: String, from: Duration, world: &World) -> ScreenReply {
        let from = within(&file, from, world);
        self.run += 1;
        let order = VoiceOrder::Play { run: self.run, path: world.media_path(&file), from };
        self.held = Some(Held { file, from, motion: Motion::Starting });
        ScreenReply::effect(Effect::Voice(order))
    }
}

/// Returns the length of a voice that is decoded.
fn length(file: &str, world: &World) -> Option<Duration> {
    Some(world.downloads.voices.summary(file)?.as_ref().ok()?.duration)
}

/// Returns the position to play from. A position beyond the end becomes the beginning, as in other players.
fn within(file: &str, from: Duration, world: &World) -> Duration {
    if length(file, world).is_some_and(|end| from >= end) { Duration::ZERO } else { from }
}

/// Returns the current position of a voice.
fn reached(held: &Held, world: &World) -> Duration {
    let played = match held.motion {
        Motion::Since(since) => (world.now - since).to_std().unwrap_or_default(),
        Motion::Starting | Motion::Paused => Duration::ZERO,
    };
    (held.from + played).min(length(&held.file, world).unwrap_or(Duration::MAX))
}
