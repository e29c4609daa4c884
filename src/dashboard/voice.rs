//! Voices: which are to be decoded, what is known of them, and which is being played, up to where.
//!
//! The sound itself never comes here, only its [`Summary`].

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::language::words;
use crate::media::voice::Summary;
use crate::reason::Reason;
use crate::record::Record;
use crate::record::media::Stage;
use crate::weibo::Kind;

use super::cell::Tone;
use super::{Effect, State};
use crate::controls::key::{Key, KeyCode};

/// Summaries of so many voices are kept, the latest; each takes about 2 KB.
const KEPT: usize = 256;
/// So far an arrow key moves the play head.
const SEEK: Duration = Duration::from_secs(2);
/// The play head is drawn so often while it moves: about a column of a short voice.
const STEP: TimeDelta = TimeDelta::milliseconds(100);

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A file was decoded, or why it cannot be.
    Decoded {
        /// The file's name.
        file: String,
        /// What is in it.
        summary: Result<Summary, Reason>,
    },
    /// A player runs.
    Started {
        /// The number of the order.
        run: u64,
    },
    /// The player came to the end by itself, or could not play.
    Ended {
        /// The number of the order.
        run: u64,
        /// Why it could not.
        result: Result<(), Reason>,
    },
}

/// What is to be done with a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Decode a file instead of the one before, then [`News::Decoded`].
    Decode {
        /// The file's name, for the answer.
        file: String,
        /// Where it is.
        path: PathBuf,
    },
    /// End the player and start one here, then [`News::Started`] and [`News::Ended`].
    Play {
        /// The number of this order, for the answers.
        run: u64,
        /// Where the file is.
        path: PathBuf,
        /// The play head.
        from: Duration,
    },
    /// End the player; no news comes of it.
    Stop,
}

/// What is known of voices.
#[derive(Debug, Clone, Default)]
pub(super) struct Voices {
    /// By file name, the latest last.
    known: VecDeque<(String, Result<Summary, Reason>)>,
    decoding: Option<String>,
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
pub struct Head {
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

impl Voices {
    fn summary(&self, file: &str) -> Option<&Result<Summary, Reason>> {
        self.known.iter().rev().find(|(known, _)| known == file).map(|(_, summary)| summary)
    }

    /// When the play head has moved on.
    pub(super) fn next_tick(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moves = matches!(self.held.as_ref()?.motion, Motion::Since(_));
        moves.then_some(now + STEP)
    }

    fn learn(&mut self, file: String, summary: Result<Summary, Reason>) {
        if self.decoding.as_ref() == Some(&file) {
            self.decoding = None;
        }
        self.known.retain(|(known, _)| *known != file);
        self.known.push_back((file, summary));
        if self.known.len() > KEPT {
            self.known.pop_front();
        }
    }
}

/// The file of a voice that is saved.
fn saved(record: &Record) -> Option<&str> {
    match &record.medium {
        Some(Stage::Done { file, .. }) if record.message.kind() == Kind::Voice => Some(file),
        Some(Stage::Done { .. } | Stage::Queued { .. } | Stage::Failed { .. }) | None => None,
    }
}

impl State {
    /// What is known of the voice in a file, or why it cannot be decoded; `None` while nobody looked.
    #[must_use]
    pub fn voice(&self, record: &Record) -> Option<&Result<Summary, Reason>> {
        self.voices.summary(saved(record)?)
    }

    /// Where the play head is in a voice that is played or paused.
    #[must_use]
    pub fn head(&self, record: &Record) -> Option<Head> {
        let file = saved(record)?;
        let held = self.voices.held.as_ref().filter(|held| held.file == file)?;
        Some(Head { at: self.reached(held), is_playing: held.is_playing() })
    }

    /// Orders the decoding of the selected voice, and after it of the others on the screen, one at a time. The selected
    /// one does not wait for another.
    pub(super) fn decode_next(&mut self) -> Option<Effect> {
        let is_new = |file: &&str| self.voices.summary(file).is_none();
        let selected = self.inbox.selected().and_then(saved).filter(is_new);
        let file = match (&self.voices.decoding, selected) {
            (Some(decoding), Some(selected)) if decoding != selected => selected,
            (Some(_), _) => return None,
            (None, Some(selected)) => selected,
            (None, None) => self.inbox.visible().0.into_iter().filter_map(saved).find(is_new)?,
        };
        let file = file.to_owned();
        self.voices.decoding = Some(file.clone());
        Some(Effect::Voice(Order::Decode { path: self.media_path(&file), file }))
    }

    /// Plays the selected voice, from where it was paused; pauses it when it plays.
    pub(super) fn play_or_pause(&mut self) -> Vec<Effect> {
        let Some(file) = self.inbox.selected().and_then(saved).map(str::to_owned) else { return Vec::new() };
        if let Some(Err(reason)) = self.voices.summary(&file) {
            let reason = reason.of(self.language());
            self.say(Tone::Bad, words::CANNOT_PLAY, &[&reason]);
            return Vec::new();
        }
        let held = self.voices.held.take().filter(|held| held.file == file);
        let from = held.as_ref().map(|held| self.reached(held)).unwrap_or_default();
        if held.is_some_and(|held| held.is_playing()) {
            self.voices.held = Some(Held { file, from, motion: Motion::Paused });
            return vec![Effect::Voice(Order::Stop)];
        }
        self.play(file, from)
    }

    /// Moves the play head of the selected voice if it plays or is paused and this key does that; `None` otherwise.
    pub(super) fn seek(&mut self, key: Key) -> Option<Vec<Effect>> {
        let file = saved(self.inbox.selected()?)?.to_owned();
        let held = self.voices.held.as_ref().filter(|held| held.file == file)?;
        let at = self.reached(held);
        let to = if key == Key::plain(KeyCode::Left) {
            at.saturating_sub(SEEK)
        } else if key == Key::plain(KeyCode::Right) {
            at + SEEK
        } else {
            return None;
        };
        if held.is_playing() {
            return Some(self.play(file, to));
        }
        let from = self.within(&file, to);
        self.voices.held = Some(Held { file, from, motion: Motion::Paused });
        Some(Vec::new())
    }

    /// Takes what came of an order.
    pub(super) fn hear(&mut self, news: News) {
        let now = self.now;
        match news {
            News::Decoded { file, summary } => self.voices.learn(file, summary),
            News::Started { run } if run == self.voices.run => {
                if let Some(held) = self.voices.held.as_mut().filter(|held| held.is_playing()) {
                    held.motion = Motion::Since(now);
                }
            }
            News::Ended { run, result } if run == self.voices.run => {
                self.voices.held = None;
                if let Err(reason) = result {
                    self.tell(&reason);
                }
            }
            // Of a player that was ended meanwhile.
            News::Started { .. } | News::Ended { .. } => {}
        }
    }

    fn play(&mut self, file: String, from: Duration) -> Vec<Effect> {
        let from = self.within(&file, from);
        self.voices.run += 1;
        let order = Order::Play { run: self.voices.run, path: self.media_path(&file), from };
        self.voices.held = Some(Held { file, from, motion: Motion::Starting });
        vec![Effect::Voice(order)]
    }

    /// Where a voice begins that is to begin there. Beyond the end there is nothing to play: again from the beginning, as
    /// players do.
    fn within(&self, file: &str, from: Duration) -> Duration {
        let end = self.voices.summary(file).and_then(|summary| summary.as_ref().ok()).map(|summary| summary.duration);
        if end.is_some_and(|end| from >= end) { Duration::ZERO } else { from }
    }

    /// How far a voice is by now.
    fn reached(&self, held: &Held) -> Duration {
        let played = match held.motion {
            Motion::Since(since) => (self.now - since).to_std().unwrap_or_default(),
            Motion::Starting | Motion::Paused => Duration::ZERO,
        };
        let at = held.from + played;
        match self.voices.summary(&held.file) {
            Some(Ok(summary)) => at.min(summary.duration),
            Some(Err(_)) | None => at,
        }
    }
}
