//! A line of text input with a purpose, which Enter carries out.

use crate::controls::key::{Key, KeyCode};
use crate::controls::tab::TabChange;
use crate::dashboard::orders::Trial;
use crate::dashboard::over::{Responder, ScreenReply, Wish};
use crate::dashboard::{Effect, Tone, World};
use crate::language::steps;
use crate::query::{self, Query};
use crate::record::target::BookmarkPlace;

use super::Prompt;

/// The initial text of a public URL: Weibo calls most of them over TLS.
const SCHEME: &str = "https://";

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct LinePrompt {
    /// The text input.
    pub prompt: Prompt,
    /// What the text is for.
    pub purpose: LinePurpose,
}

/// What the text of a line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinePurpose {
    /// The name of a new tab with this query.
    NewTab(Query),
    /// The new name of the tab with this query.
    RenameTab(Query),
    /// The date from which the target of this name is to get messages.
    MoveBookmark(String),
    /// The public URL to try Weibo's handshake with.
    TryUrl,
}

impl LinePrompt {
    /// Creates a line with the usual start of its text.
    pub(in crate::dashboard) fn of(purpose: LinePurpose) -> Self {
        let typed = if matches!(purpose, LinePurpose::TryUrl) { SCHEME } else { "" };
        Self { prompt: Prompt::new(typed), purpose }
    }

    /// Creates the line that renames a tab.
    pub(in crate::dashboard) fn of_tab(name: &str, query: &Query) -> Self {
        Self { prompt: Prompt::new(name), purpose: LinePurpose::RenameTab(query.clone()) }
    }

    fn enter(&self, world: &World) -> ScreenReply {
        let typed = self.prompt.text().trim();
        match &self.purpose {
            LinePurpose::NewTab(_) | LinePurpose::RenameTab(_) if typed.is_empty() => ScreenReply::done(),
            LinePurpose::NewTab(_) => change_tab(TabChange::Add(typed.to_owned())),
            LinePurpose::RenameTab(_) => change_tab(TabChange::Rename(typed.to_owned())),
            LinePurpose::MoveBookmark(target) => match query::parse(&format!("since:{}", typed.replace(' ', "T"))) {
                Ok(query) => {
                    let place = BookmarkPlace::Before(query);
                    ScreenReply::close().and_wish(Wish::MoveBookmark(target.clone(), place))
                }
                Err(wrong) => ScreenReply::warn(wrong.reason.of(world.language())),
            },
            LinePurpose::TryUrl => {
                let trial = Trial::PublicUrl(typed.to_owned());
                let trying = ScreenReply::close().and([Effect::Try(trial, world.language())]);
                trying.and_say(world, Tone::Dim, steps::TRYING, &[])
            }
        }
    }
}

fn change_tab(change: TabChange) -> ScreenReply {
    ScreenReply::close().and_wish(Wish::ChangeTab(change))
}

impl Responder for LinePrompt {
    /// Handles a key: Enter does what the line is for, Esc closes.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key.code {
            KeyCode::Esc => ScreenReply::close(),
            KeyCode::Enter => self.enter(world),
            _ => self.prompt.key(key).into(),
        }
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        match self.purpose {
            // A pasted URL with a scheme replaces the scheme that is already there.
            LinePurpose::TryUrl if self.prompt.text() == SCHEME && text.contains("://") => {
                self.prompt = Prompt::new(text.trim());
            }
            LinePurpose::TryUrl => self.prompt.paste(text.trim()),
            LinePurpose::NewTab(_) | LinePurpose::RenameTab(_) | LinePurpose::MoveBookmark(_) => {
                self.prompt.paste(text);
            }
        }
        ScreenReply::done()
    }
}
