//! The voice that is played: which one, up to where, and what the keys do to it.

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

/// An arrow key moves the play head by this much.
const SEEK: Duration = Duration::from_secs(2);
/// While it moves, the play head is drawn this often: about a column of a short voice.
const STEP: TimeDelta = TimeDelta::milliseconds(100);

/// The voice that is played or paused, if there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Playback {
    /// The number of the last order to play.
    run: u64,
    held: Option<Held>,
}

/// The voice that is played or paused.
#[derive(Debug, Clone)]
struct Held {
    file: String,
    /// Where it was started or paused.
    from: Duration,
    motion: Motion,
}

#[derive(Debug, Clone, Copy)]
enum Motion {
    Starting,
    Since(DateTime<Utc>),
    Paused,
}

/// Where the play head of a voice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayHead {
    /// From the beginning.
    pub at: Duration,
    /// Whether it moves, or is about to.
    pub is_playing: bool,
}

impl Held {
    fn is_playing(&self) -> bool {
        !matches!(self.motion, Motion::Paused)
    }
}

impl Playback {
    /// When the play head has moved on.
    pub(super) fn next_tick(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moves = matches!(self.held.as_ref()?.motion, Motion::Since(_));
        moves.then_some(now + STEP)
    }

    /// Where the play head is in a voice that is played or paused.
    pub(super) fn head(&self, record: &Record, world: &World) -> Option<PlayHead> {
        let file = saved_voice(record)?;
        let held = self.held.as_ref().filter(|held| held.file == file)?;
        Some(PlayHead { at: reached(held, world), is_playing: held.is_playing() })
    }

    /// Plays a voice, from where it was paused; pauses it when it plays.
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

    /// Moves the play head of a voice that plays or is paused, if the key does that.
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

    /// Takes what came of an order, and returns why a voice could not be played. What comes of a player that was ended
    /// meanwhile is no matter any more.
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

/// Where a voice begins that is to begin there. Beyond the end there is nothing to play: again from the beginning, as
/// players do.
fn within(file: &str, from: Duration, world: &World) -> Duration {
    let end =
        world.downloads.voices.summary(file).and_then(|summary| summary.as_ref().ok()).map(|summary| summary.duration);
    if end.is_some_and(|end| from >= end) { Duration::ZERO } else { from }
}

/// How far a voice is by now.
fn reached(held: &Held, world: &World) -> Duration {
    let played = match held.motion {
        Motion::Since(since) => (world.now - since).to_std().unwrap_or_default(),
        Motion::Starting | Motion::Paused => Duration::ZERO,
    };
    let at = held.from + played;
    match world.downloads.voices.summary(&held.file) {
        Some(Ok(summary)) => at.min(summary.duration),
        Some(Err(_)) | None => at,
    }
}
