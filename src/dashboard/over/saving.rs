//! The prompt for the path to which a file or messages are saved, with completion.

use std::path::PathBuf;

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::{SaveAnswer, SaveOrder, SaveSource};
use crate::dashboard::{Effect, Event, State, Tone, World};
use crate::language::words;
use crate::record::Record;
use crate::record::page::{Selection, Total};
use crate::weibo::Kind;
use crate::weibo::created_at::china;

use super::prompt::{Edit, Prompt};
use super::question::Question;
use super::{Over, Responder, ScreenReply};

/// The prompt while it is open.
#[derive(Debug, Clone)]
pub struct SavePrompt {
    /// The text input.
    pub prompt: Prompt,
    /// The completions, after Tab.
    pub found: Vec<String>,
    /// The source of the data to save.
    pub from: SaveSource,
    /// The number of messages, if messages are saved.
    pub n_messages: Total,
    /// Whether the file is being written.
    is_busy: bool,
}

impl SavePrompt {
    /// Returns the prompt with a path for a message's saved file. A voice gets the path of a WAV file, which other
    /// programs can play.
    pub(in crate::dashboard) fn of(record: &Record, world: &World) -> Option<Self> {
        let is_voice = record.message.kind() == Kind::Voice;
        let from = world.media_path(record.saved_file()?);
        let name = from.file_name().map(PathBuf::from).unwrap_or_default();
        let name = if is_voice { name.with_extension("wav") } else { name };
        Some(Self::with(&name.display().to_string(), SaveSource::Medium { path: from, is_voice }, world))
    }

    /// Returns the prompt with a path for messages, with the time in its file name.
    pub(in crate::dashboard) fn of_messages(selection: Selection, n_messages: Total, world: &World) -> Self {
        let name = world.now.with_timezone(&china()).format("weibox-%Y%m%d-%H%M%S.jsonl").to_string();
        Self { n_messages, ..Self::with(&name, SaveSource::Messages(selection), world) }
    }

    fn with(name: &str, from: SaveSource, world: &World) -> Self {
        let prompt = Prompt::new(&format!("{}{name}", world.setup.files.save_dir));
        Self { prompt, found: Vec::new(), from, n_messages: Total::default(), is_busy: false }
    }

    /// Returns the last component of each completion; directories have a slash.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.found
            .iter()
            .map(|path| path.trim_end_matches('/').rfind('/').and_then(|at| path.get(at + 1..)).unwrap_or(path))
    }

    /// Extends the typed text to the longest common start of the completions.
    fn complete(&mut self, typed: &str, found: &[String], world: &World) -> ScreenReply {
        if self.prompt.text() != typed {
            return ScreenReply::done();
        }
        let Some(first) = found.first() else {
            return ScreenReply::say(world, Tone::Warning, words::NOTHING_COMPLETES, &[]);
        };
        let common = found.iter().fold(first.clone(), |common, other| common_start(&common, other));
        self.found = if found.len() > 1 { found.to_vec() } else { Vec::new() };
        // Completions may spell the start differently; never replace the text with a shorter one.
        if common.len() > typed.len() {
            self.prompt = Prompt::new(&common);
        }
        ScreenReply::done()
    }
}

impl Responder for SavePrompt {
    /// Handles a key: Enter saves, Tab completes, Esc closes.
    fn type_key(&mut self, key: Key, _world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => ScreenReply::close(),
            Key { code: KeyCode::Enter, .. } if self.is_busy => ScreenReply::done(),
            Key { code: KeyCode::Enter, .. } => {
                self.is_busy = true;
                let to = self.prompt.text().trim().to_owned();
                let order = SaveOrder { from: self.from.clone(), to, may_replace: false };
                ScreenReply::effect(Effect::Save(order))
            }
            Key { code: KeyCode::Tab, .. } => ScreenReply::effect(Effect::Complete(self.prompt.text().to_owned())),
            _ => match self.prompt.key(key) {
                Edit::Text | Edit::Cursor => {
                    self.found.clear();
                    ScreenReply::done()
                }
                Edit::None => ScreenReply::pass(),
            },
        }
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        self.prompt.paste(text);
        ScreenReply::done()
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        match event {
            Event::Saving(SaveAnswer::Completed { typed, found }) => self.complete(typed, found, world),
            Event::Saving(SaveAnswer::Taken(_) | SaveAnswer::Saved(_)) => {
                self.is_busy = false;
                ScreenReply::done()
            }
            _ => ScreenReply::done(),
        }
    }
}

impl State {
    /// Handles the answer to a request to save or complete.
    pub(in crate::dashboard) fn take_saved(&mut self, answer: SaveAnswer) {
        match answer {
            // Ask only while the prompt is open.
            SaveAnswer::Taken(order) if matches!(self.stack.last(), Some(Over::SavePrompt(_))) => {
                self.stack.push(Question::Replace(order).into());
            }
            SaveAnswer::Completed { .. } | SaveAnswer::Taken(_) => {}
            SaveAnswer::Saved(Err(reason)) => self.tell(&reason),
            SaveAnswer::Saved(Ok(path)) => {
                self.stack.retain(|over| !matches!(over, Over::SavePrompt(_)));
                let path = path.to_string_lossy().into_owned();
                let scp = self.world.setup.files.host.as_ref().map(|host| host.scp(&path));
                match scp {
                    None => self.say(Tone::Good, words::SAVED_AS, &[&path]),
                    Some(scp) => {
                        let key = self.world.key(Action::CopyMenu);
                        self.say(Tone::Good, words::SAVED_AS_OVER_SSH, &[&path, &key, &scp]);
                    }
                }
                self.detail.saved_last = Some(path);
            }
        }
    }
}

fn common_start(one: &str, other: &str) -> String {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).map(|(char, _)| char).collect()
}
