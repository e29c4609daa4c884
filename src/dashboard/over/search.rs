//! The prompt for a query. The list narrows with each key.

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::dashboard::list::inbox::Inbox;
use crate::dashboard::sorting::SortKey;
use crate::dashboard::{Event, World};
use crate::query::{self, Query, QueryError};
use crate::record::Seq;

use super::prompt::{Edit, Prompt};
use super::{Responder, ScreenReply, Wish};

/// The index of the tab with every message.
const ALL: usize = 0;

/// The prompt while it is open.
#[derive(Debug, Clone)]
pub struct SearchPrompt {
    /// The text input.
    pub prompt: Prompt,
    /// The error in the typed query.
    pub wrong: Option<QueryError>,
    /// The tab and the query that the list showed before.
    before: (usize, Query),
    /// The message that was selected, unless the list followed or was in another order than by time.
    at: Option<Seq>,
    /// The earlier queries, newest first.
    history: Vec<String>,
    /// The index of the earlier query that is in the prompt.
    recalled: Option<usize>,
    /// The text that was typed before an earlier query replaced it.
    typed: String,
    /// The suggestion for a query that finds nothing.
    meant: Option<Query>,
}

impl SearchPrompt {
    /// Returns the prompt with the current query of the list.
    pub(in crate::dashboard) fn of(inbox: &Inbox, history: &[String]) -> Self {
        let (tab, before) = (inbox.shown(), inbox.filter());
        let space = if before.terms.is_empty() { "" } else { " " };
        let stays = !inbox.is_following() && inbox.order().by == SortKey::Time;
        let prompt = Prompt::new(&format!("{before}{space}"));
        Self {
            prompt,
            wrong: None,
            before: (tab, before.clone()),
            at: inbox.selected().map(|record| record.seq).filter(|_| stays),
            history: history.to_vec(),
            recalled: None,
            typed: String::new(),
            meant: None,
        }
    }

    /// Adds the suggestion for the current query.
    pub(in crate::dashboard) fn suggesting(self, meant: Option<Query>) -> Self {
        Self { meant, ..self }
    }

    /// Parses the typed text as a query.
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
        // The typed text counts as the newest query, before those of the history.
        let place = self.recalled.map_or(0, |index| index + 1);
        let Some(next) = place.checked_add_signed(step) else { return ScreenReply::done() };
        let recalled = next.checked_sub(1);
        let Some(text) = recalled.map_or(Some(&self.typed), |index| self.history.get(index)) else {
            return ScreenReply::done();
        };
        let text = Prompt::new(text);
        let left = std::mem::replace(&mut self.prompt, text);
        if self.recalled.is_none() {
            left.text().clone_into(&mut self.typed);
        }
        self.recalled = recalled;
        self.typed(world)
    }

    /// Narrows the list to the typed text, unless that is not a valid query yet.
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
    /// Handles a key: Enter keeps the hits, Esc restores the earlier view, Tab searches for the suggestion or else in
    /// all messages, and the arrows recall earlier queries.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Enter, .. } => self.accept(),
            Key { code: KeyCode::Esc, .. } => {
                let (tab, query) = std::mem::take(&mut self.before);
                let find = match self.at {
                    Some(seq) => Wish::FindAround(query, seq),
                    None => Wish::Find(query),
                };
                ScreenReply::close().and_wish(find).and_wish(Wish::ShowTab(tab))
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
        // The action comes from a click on the selected message.
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
