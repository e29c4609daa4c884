//! A question before something is done to many things at once, or cannot be undone. It lies over everything and takes every key.

use crate::language::words;
use crate::record::media::{Job, Stage, Weight};
use crate::record::page::Selection;
use crate::text;

use super::cell::{Cell, Tone};
use super::saving::Order;
use super::{Effect, State};
use crate::controls::key::{Key, KeyCode};

/// What is asked, with what it takes to do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Whether to download the files of many messages.
    Download {
        /// Whose files.
        selection: Selection,
        /// How far they are.
        weight: Weight,
    },
    /// Whether to remove a saved file.
    Remove(Job),
    /// Whether to write a file where another one is.
    Replace(Order),
}

impl State {
    /// The question that waits for an answer, and what there is to know about it, line by line; `None` when there is none.
    #[must_use]
    pub fn question(&self) -> Option<Vec<Cell>> {
        let language = self.language();
        Some(match self.question.as_ref()? {
            Question::Download { weight: Weight { new, coming, saved, saved_bytes }, .. } => {
                let files = if *new == 1 { words::ONE_FILE } else { words::FILES }.with(language, &[new]);
                let plain = |text| Cell::new(Tone::Plain, text);
                let mut lines = vec![Cell::new(Tone::Strong, words::ASK_DOWNLOAD.with(language, &[&files]))];
                lines.push(plain(words::ASK_NO_SIZE.of(language).to_owned()));
                if *saved > 0 {
                    lines.push(plain(words::ASK_SAVED.with(language, &[saved, &text::size(*saved_bytes)])));
                }
                if *coming > 0 {
                    lines.push(plain(words::ASK_COMING.with(language, &[coming])));
                }
                lines
            }
            Question::Remove(Job { stage, fid, .. }) => {
                let (file, bytes) = match stage {
                    Stage::Done { file, bytes, .. } => (file.clone(), *bytes),
                    Stage::Queued { .. } | Stage::Failed { .. } => (fid.to_string(), 0),
                };
                vec![
                    Cell::new(Tone::Strong, words::ASK_REMOVE.with(language, &[&file, &text::size(bytes)])),
                    Cell::new(Tone::Plain, words::ASK_REMOVE_STAYS.of(language)),
                ]
            }
            Question::Replace(order) => {
                vec![Cell::new(Tone::Strong, words::ASK_REPLACE.with(language, &[&order.to]))]
            }
        })
    }

    /// Takes a key while a question waits: `y` and Enter do it, `n` and Esc do not, and all else says that it does nothing.
    pub(super) fn answer_key(&mut self, key: Key) -> Vec<Effect> {
        match key.folded() {
            Key { code: KeyCode::Char('y' | 'Y') | KeyCode::Enter, ctrl: false, alt: false } => {
                self.question.take().map(|question| self.answer_yes(question)).unwrap_or_default()
            }
            Key { code: KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc, ctrl: false, alt: false } => {
                self.question = None;
                self.say(Tone::Dim, words::NOT_DONE, &[]);
                Vec::new()
            }
            _ => {
                self.no_such_key(key);
                Vec::new()
            }
        }
    }

    fn answer_yes(&mut self, question: Question) -> Vec<Effect> {
        match question {
            Question::Download { selection, .. } => {
                self.picked.clear();
                vec![Effect::Download(selection)]
            }
            Question::Remove(job) => self.remove(job),
            Question::Replace(order) => vec![Effect::Save(Order { may_replace: true, ..order })],
        }
    }

    /// What to download: the picked messages' attachments, or all of the list. It is counted first.
    pub(super) fn download_all(&mut self) -> Vec<Effect> {
        self.say(Tone::Dim, words::COUNTING_FILES, &[]);
        let selection = if self.picked.is_empty() {
            Selection::Query(self.inbox.query())
        } else {
            Selection::Seqs(self.picked.iter().copied().collect())
        };
        vec![Effect::Weigh(selection)]
    }

    /// Asks whether to download what was counted, if there is anything to download.
    pub(super) fn weighed(&mut self, selection: Selection, weight: Weight) {
        if weight.new == 0 {
            self.say(Tone::Dim, words::NOTHING_TO_DOWNLOAD, &[]);
        } else {
            self.notice = None;
            self.question = Some(Question::Download { selection, weight });
        }
    }
}
