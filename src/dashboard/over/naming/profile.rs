//! The form for a sender's name and a note about them. A form that is emptied deletes both.

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::ArchiveChange;
use crate::dashboard::over::prompt::Prompt;
use crate::dashboard::over::{Responder, ScreenReply};
use crate::dashboard::{Event, State, Tone, World};
use crate::language::people as words;
use crate::record::Record;
use crate::record::people::{LONGEST_NAME, LONGEST_NOTE};
use crate::weibo::UserId;

use super::super::Over;

/// The form while it is open.
#[derive(Debug, Clone)]
pub struct ProfileForm {
    /// The sender.
    pub fan: UserId,
    /// The sender's nickname on Weibo, which is foreign text.
    pub nickname: String,
    /// The name that the user gives the sender.
    pub name: Prompt,
    /// The user's note about the sender.
    pub note: Prompt,
    /// Whether the sender has no name and no note yet.
    pub is_new: bool,
    /// Whether the note is being edited rather than the name.
    pub is_in_note: bool,
    /// Whether the form is being saved.
    is_busy: bool,
}

impl ProfileForm {
    /// Returns the form for the sender of a message.
    pub(in crate::dashboard) fn of(record: &Record) -> Option<Self> {
        Some(Self {
            fan: record.message.sender_id?,
            nickname: record.sender.nickname.clone(),
            name: Prompt::new(&record.sender.name),
            note: Prompt::new(&record.sender.note),
            is_new: record.sender.name.is_empty() && record.sender.note.is_empty(),
            is_in_note: false,
            is_busy: false,
        })
    }

    /// Returns the line that is being edited, and its maximum number of characters.
    pub const fn field(&self) -> (&Prompt, usize) {
        if self.is_in_note { (&self.note, LONGEST_NOTE) } else { (&self.name, LONGEST_NAME) }
    }

    /// Returns whether the form is being saved.
    pub(in crate::dashboard) const fn is_busy(&self) -> bool {
        self.is_busy
    }

    const fn prompt(&mut self) -> &mut Prompt {
        if self.is_in_note { &mut self.note } else { &mut self.name }
    }

    fn save(&mut self, world: &World) -> ScreenReply {
        if self.is_busy {
            return ScreenReply::done();
        }
        for (prompt, longest) in [(&self.name, LONGEST_NAME), (&self.note, LONGEST_NOTE)] {
            if prompt.text().trim().chars().count() > longest {
                return ScreenReply::say(world, Tone::Bad, words::TOO_LONG, &[&longest]);
            }
        }
        if let Some(words) = world.setup.standing.why_unchanged() {
            return ScreenReply::say(world, Tone::Warning, words, &[]);
        }
        self.is_busy = true;
        let [name, note] = [&self.name, &self.note].map(|prompt| prompt.text().trim().to_owned());
        ScreenReply::effect(ArchiveChange::Profile { fan: self.fan, name, note })
    }
}

impl Responder for ProfileForm {
    /// Handles a key: Enter saves, Esc closes, Tab and the arrows go to the other line.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key.code {
            KeyCode::Esc => ScreenReply::close(),
            KeyCode::Enter => self.save(world),
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Down | KeyCode::Up => {
                self.is_in_note = !self.is_in_note;
                ScreenReply::done()
            }
            _ => self.prompt().key(key).into(),
        }
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        self.prompt().paste(text);
        ScreenReply::done()
    }

    fn take(&mut self, event: &Event, _world: &World) -> ScreenReply {
        if matches!(event, Event::Failed(_)) {
            self.is_busy = false;
        }
        ScreenReply::done()
    }
}

impl State {
    /// Closes the form after it was saved.
    pub(in crate::dashboard) fn profile_kept(&mut self) {
        self.stack.retain(|over| !matches!(over, Over::ProfileForm(form) if form.is_busy));
        self.say(Tone::Good, words::PROFILE_KEPT, &[]);
    }
}
