//! Saving a file elsewhere: the line in which its path is typed, what completes it, and what came of it.

use std::path::PathBuf;

use crate::language::words;
use crate::reason::Reason;
use crate::record::media::{self, Stage};
use crate::weibo::Kind;

use super::cell::Tone;
use super::confirm::Question;
use super::prompt::{Edit, Prompt};
use super::{Effect, Overlay, State};
use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};

/// What is to be written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The saved file.
    pub from: PathBuf,
    /// Where it goes, as it was typed: `~/` is the home directory.
    pub to: String,
    /// Whether it is a voice, which `.wav` behind its path has decoded.
    pub is_voice: bool,
    /// Whether what is there may go.
    pub may_replace: bool,
}

/// What came of a wish about the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// What begins as what was typed; directories end with a slash.
    Completed {
        /// What was typed.
        typed: String,
        /// What it can become, in order.
        found: Vec<String>,
    },
    /// Something is there already; nothing was written.
    Taken(Order),
    /// It is written, or why not.
    Saved(Result<PathBuf, Reason>),
}

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct Saving {
    /// What is typed.
    pub prompt: Prompt,
    /// What it can become, after Tab.
    pub found: Vec<String>,
    /// Whether the file is a voice.
    pub is_voice: bool,
    from: PathBuf,
    /// Whether it is being written now.
    is_busy: bool,
}

impl State {
    /// Opens the line with a path for the selected message's file: for a voice that of a WAV, which other programs can play.
    pub(super) fn save_as(&mut self) -> Vec<Effect> {
        let Some(record) = self.inbox.selected() else { return Vec::new() };
        let Some(Stage::Done { file, .. }) = &record.medium else { return Vec::new() };
        let is_voice = record.message.kind() == Kind::Voice;
        let from = media::path(&self.setup.media_dir, file);
        let name = from.file_name().map(PathBuf::from).unwrap_or_default();
        let name = if is_voice { name.with_extension("wav") } else { name };
        let prompt = Prompt::new(&format!("{}{}", self.setup.save_dir, name.display()));
        self.overlay = Some(Overlay::Saving(Saving { prompt, found: Vec::new(), is_voice, from, is_busy: false }));
        Vec::new()
    }

    /// Takes a key while the line is open: Enter saves, Tab completes, Esc closes.
    pub(super) fn saving_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Overlay::Saving(saving)) = &mut self.overlay else { return Vec::new() };
        match key {
            Key { code: KeyCode::Esc, .. } => self.overlay = None,
            Key { code: KeyCode::Enter, .. } if saving.is_busy => {}
            Key { code: KeyCode::Enter, .. } => {
                saving.is_busy = true;
                let to = saving.prompt.text().trim().to_owned();
                let order = Order { from: saving.from.clone(), to, is_voice: saving.is_voice, may_replace: false };
                return vec![Effect::Save(order)];
            }
            Key { code: KeyCode::Tab, .. } => return vec![Effect::Complete(saving.prompt.text().to_owned())],
            _ => match saving.prompt.key(key) {
                Edit::Text | Edit::Cursor => saving.found.clear(),
                Edit::None => self.no_such_key(key),
            },
        }
        Vec::new()
    }

    /// Takes what came of a wish.
    pub(super) fn saving_news(&mut self, news: News) {
        match news {
            News::Completed { typed, found } => self.completed(&typed, found),
            News::Taken(order) => {
                self.saving_ended();
                self.question = Some(Question::Replace(order));
            }
            News::Saved(Ok(path)) => {
                if matches!(self.overlay, Some(Overlay::Saving(_))) {
                    self.overlay = None;
                }
                let path = path.to_string_lossy().into_owned();
                match &self.setup.host {
                    None => self.say(Tone::Good, words::SAVED_AS, &[&path]),
                    Some(host) => {
                        let (scp, key) = (host.scp(&path), self.setup.keymap.first(Action::CopyMenu));
                        self.say(Tone::Good, words::SAVED_AS_OVER_SSH, &[&path, &key, &scp]);
                    }
                }
                self.saved_last = Some(path);
            }
            News::Saved(Err(reason)) => {
                self.saving_ended();
                self.tell(&reason);
            }
        }
    }

    fn saving_ended(&mut self) {
        if let Some(Overlay::Saving(saving)) = &mut self.overlay {
            saving.is_busy = false;
        }
    }

    /// Goes on with what was typed as far as everything found agrees.
    fn completed(&mut self, typed: &str, found: Vec<String>) {
        let Some(Overlay::Saving(saving)) = &mut self.overlay else { return };
        if saving.prompt.text() != typed {
            return;
        }
        let Some(first) = found.first() else {
            self.say(Tone::Warning, words::NOTHING_COMPLETES, &[]);
            return;
        };
        let common = found.iter().fold(first.clone(), |common, other| common_start(&common, other));
        saving.found = if found.len() > 1 { found } else { Vec::new() };
        // What was found may be written in another way at its start, never shorter.
        if common.len() > typed.len() {
            saving.prompt = Prompt::new(&common);
        }
    }
}

impl Saving {
    /// The last parts of what was found: directories with their slash.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.found
            .iter()
            .map(|path| path.trim_end_matches('/').rfind('/').and_then(|at| path.get(at + 1..)).unwrap_or(path))
    }
}

fn common_start(one: &str, other: &str) -> String {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).map(|(char, _)| char).collect()
}
