//! The line in which a query is typed. The list narrows while one types.

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::dashboard::{Event, World};
use crate::query::{self, Query, QueryError};

use super::prompt::{Edit, Prompt};
use super::{Responder, ScreenReply, Wish};

/// The tab that has every message.
const ALL: usize = 0;

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct SearchPrompt {
    /// What is typed.
    pub prompt: Prompt,
    /// What is wrong with it.
    pub wrong: Option<QueryError>,
    /// The tab and the query that the list showed before.
    before: (usize, Query),
    /// What was typed before, the newest first.
    history: Vec<String>,
    /// Which of them stands in the line.
    recalled: Option<usize>,
    /// What may be meant by what is typed, which finds nothing.
    meant: Option<Query>,
}

impl SearchPrompt {
    /// The line with what is looked for now.
    pub(in crate::dashboard) fn of(tab: usize, before: &Query, history: &[String]) -> Self {
        let space = if before.terms.is_empty() { "" } else { " " };
        let prompt = Prompt::new(&format!("{before}{space}"));
        Self {
            prompt,
            wrong: None,
            before: (tab, before.clone()),
            history: history.to_vec(),
            recalled: None,
            meant: None,
        }
    }

    /// With what may be meant by what is looked for now.
    pub(in crate::dashboard) fn suggesting(self, meant: Option<Query>) -> Self {
        Self { meant, ..self }
    }

    /// What is typed, if it is a query.
    fn query(&self, world: &World) -> Result<Query, QueryError> {
        query::parse(self.prompt.text()).map(|query| query.understood(world.setup.understanding))
    }

    fn accept(&self) -> ScreenReply {
        match (self.wrong.is_some(), self.prompt.text().trim()) {
            (true, _) => ScreenReply::done(),
            (false, "") => ScreenReply::close(),
            (false, typed) => ScreenReply::close().and_wish(Wish::KeepSearch(typed.to_owned())),
        }
    }

    fn recall(&mut self, step: isize, world: &World) -> ScreenReply {
        let next = match self.recalled {
            None if step > 0 => Some(0),
            None => None,
            Some(index) => index.checked_add_signed(step),
        };
        let Some(query) = next.and_then(|index| self.history.get(index)) else { return ScreenReply::done() };
        self.prompt = Prompt::new(query);
        self.recalled = next;
        self.typed(world)
    }

    /// Narrows the list to what is typed, unless that is no query yet.
    fn typed(&mut self, world: &World) -> ScreenReply {
        self.meant = None;
        match self.query(world) {
            Ok(query) => {
                self.wrong = None;
                ScreenReply::wish(Wish::Find(query))
            }
            Err(wrong) => {
                self.wrong = Some(wrong);
                ScreenReply::done()
            }
        }
    }
}

impl Responder for SearchPrompt {
    /// Enter keeps what is found, Esc goes back to what was shown before, Tab looks for what is suggested or else in all messages, the
    /// arrows recall.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Enter, .. } => self.accept(),
            Key { code: KeyCode::Esc, .. } => {
                let (tab, query) = std::mem::take(&mut self.before);
                ScreenReply::close().and_wish(Wish::Find(query)).and_wish(Wish::ShowTab(tab))
            }
            Key { code: KeyCode::Tab, .. } => match self.meant.take() {
                Some(meant) => {
                    self.prompt = Prompt::new(&meant.to_string());
                    self.typed(world)
                }
                None => ScreenReply::wish(Wish::ShowTab(ALL)),
            },
            Key { code: KeyCode::Up, .. } => self.recall(1, world),
            Key { code: KeyCode::Down, .. } => self.recall(-1, world),
            _ => match self.prompt.key(key) {
                Edit::Text => {
                    self.recalled = None;
                    self.typed(world)
                }
                Edit::Cursor => ScreenReply::done(),
                Edit::None => ScreenReply::pass(),
            },
        }
    }

    fn paste(&mut self, text: &str, world: &World) -> ScreenReply {
        self.prompt.paste(text);
        self.typed(world)
    }

    fn choose(&mut self, action: Action, _world: &World) -> ScreenReply {
        // The selected message was clicked.
        if action == Action::Read { self.accept() } else { ScreenReply::pass() }
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        if let Event::Suggested(of, meant) = event
            && self.query(world).is_ok_and(|typed| typed == *of)
        {
            self.meant.clone_from(meant);
        }
        ScreenReply::done()
    }
}
