//! The line in which it is typed from when on a target is to have the messages.

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::World;
use crate::dashboard::over::prompt::Prompt;
use crate::dashboard::over::question::Question;
use crate::dashboard::over::{ASKS, Responder, ScreenReply, Traits, Wish};
use crate::query::{self, Query};
use crate::reason::Reason;
use crate::record::target::BookmarkPlace;

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct DatePrompt {
    /// What is typed.
    pub prompt: Prompt,
    /// The name of the target.
    pub target: String,
}

impl DatePrompt {
    /// The line for a target, with nothing typed.
    pub(in crate::dashboard) fn of(target: String) -> Self {
        Self { prompt: Prompt::default(), target }
    }

    /// What finds the messages from then on, and what is wrong with what was typed.
    fn query(&self) -> Result<Query, Reason> {
        let typed = self.prompt.text().trim().replace(' ', "T");
        query::parse(&format!("since:{typed}")).map_err(|wrong| wrong.reason.clone())
    }
}

impl Responder for DatePrompt {
    /// Enter asks, Esc closes.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => ScreenReply::close(),
            Key { code: KeyCode::Enter, .. } => match self.query() {
                Ok(query) => {
                    let (target, place) = (self.target.clone(), BookmarkPlace::Before(query));
                    let question = Question::MoveBookmark { target, place, leap: None };
                    ScreenReply::close().and_wish(Wish::Ask(question))
                }
                Err(reason) => ScreenReply::warn(reason.of(world.language())),
            },
            _ => self.prompt.key(key).into(),
        }
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        self.prompt.paste(text);
        ScreenReply::done()
    }

    fn traits(&self) -> &'static Traits {
        &ASKS
    }
}
