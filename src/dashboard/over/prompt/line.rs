//! A line in which one thing is typed, and what Enter does with it.

use crate::controls::key::{Key, KeyCode};
use crate::controls::tab::TabChange;
use crate::dashboard::orders::Trial;
use crate::dashboard::over::question::Question;
use crate::dashboard::over::{Responder, ScreenReply, Wish};
use crate::dashboard::{Effect, Tone, World};
use crate::language::steps;
use crate::query::{self, Query};
use crate::record::target::BookmarkPlace;

use super::Prompt;

/// What stands where a public URL is typed: Weibo calls most by TLS.
const SCHEME: &str = "https://";

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct LinePrompt {
    /// What is typed.
    pub prompt: Prompt,
    /// What for.
    pub purpose: LinePurpose,
}

/// What a line is typed for.
#[derive(Debug, Clone)]
pub enum LinePurpose {
    /// The name of a new tab that shows this.
    NewTab(Query),
    /// Another name of a tab that shows this.
    RenameTab(Query),
    /// From when on the target of this name is to have the messages.
    MoveBookmark(String),
    /// The public URL that Weibo's handshake is tried with.
    TryUrl,
}

impl LinePrompt {
    /// A line with nothing typed but what most begin with.
    pub(in crate::dashboard) fn of(purpose: LinePurpose) -> Self {
        let typed = if matches!(purpose, LinePurpose::TryUrl) { SCHEME } else { "" };
        Self { prompt: Prompt::new(typed), purpose }
    }

    /// The line for another name of a tab.
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
                    let (target, place) = (target.clone(), BookmarkPlace::Before(query));
                    ScreenReply::close().and_wish(Wish::Ask(Question::MoveBookmark { target, place, leap: None }))
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
    /// Enter does what the line is for, Esc closes.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key.code {
            KeyCode::Esc => ScreenReply::close(),
            KeyCode::Enter => self.enter(world),
            _ => self.prompt.key(key).into(),
        }
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        match self.purpose {
            // A whole address takes the place of the scheme that stands there.
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
