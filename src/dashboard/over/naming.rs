//! What the user gives names to: the line in which the name of a tab is typed, the form for a sender, and labels.

use crate::controls::key::{Key, KeyCode};
use crate::controls::tab::TabChange;
use crate::dashboard::World;
use crate::query::Query;

use super::prompt::Prompt;
use super::{ASKS, Responder, ScreenInput, ScreenReply, Traits, Wish};

mod labels;
mod profile;

pub use labels::{Bearers, LabelPicker, LabelRow};
pub use profile::ProfileForm;

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct NamePrompt {
    /// What is typed.
    pub prompt: Prompt,
    /// What the tab shows.
    pub query: Query,
    /// Whether the tab is new.
    is_new: bool,
}

impl NamePrompt {
    /// The line for a new tab.
    pub(in crate::dashboard) fn of_new(query: &Query) -> Self {
        Self { prompt: Prompt::default(), query: query.clone(), is_new: true }
    }

    /// The line for another name of a tab.
    pub(in crate::dashboard) fn of(name: &str, query: &Query) -> Self {
        Self { prompt: Prompt::new(name), query: query.clone(), is_new: false }
    }

    /// Enter saves, Esc closes.
    fn key(&mut self, key: Key) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => ScreenReply::close(),
            Key { code: KeyCode::Enter, .. } => match self.prompt.text().trim() {
                "" => ScreenReply::done(),
                name if self.is_new => ScreenReply::close().and_wish(Wish::ChangeTab(TabChange::Add(name.to_owned()))),
                name => ScreenReply::close().and_wish(Wish::ChangeTab(TabChange::Rename(name.to_owned()))),
            },
            _ => self.prompt.key(key).into(),
        }
    }
}

impl Responder for NamePrompt {
    fn act(&mut self, input: ScreenInput<'_>, _world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => self.key(key),
            ScreenInput::Text(text) => {
                self.prompt.paste(text);
                ScreenReply::done()
            }
            _ => ScreenReply::pass(),
        }
    }

    fn traits(&self) -> &'static Traits {
        &ASKS
    }
}
