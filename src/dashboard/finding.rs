//! Looking for messages: the line in which a query is typed, its history, and the way from hit to hit.

use crate::query::{self, Query, Term, Test, Wrong};

use super::order::{By, Order};
use super::prompt::{Edit, Prompt};
use super::{Effect, State, load};
use crate::controls::key::{Key, KeyCode};

/// So many queries are remembered.
const REMEMBERED: usize = 100;

/// The line in which a query is typed. The list narrows while one types.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is typed.
    pub prompt: Prompt,
    /// What is wrong with it.
    pub wrong: Option<Wrong>,
    /// What the list showed before.
    before: Query,
    /// Which remembered query stands in the line, the newest being 0.
    recalled: Option<usize>,
}

impl State {
    /// Opens the line, with what is looked for now.
    pub(super) fn open_search(&mut self) -> Vec<Effect> {
        let before = self.inbox.filter().clone();
        let space = if before.terms.is_empty() { "" } else { " " };
        let prompt = Prompt::new(&format!("{before}{space}"));
        self.search = Some(Search { prompt, before, ..Search::default() });
        Vec::new()
    }

    /// Takes a key while the line is open: Enter keeps what is found, Esc goes back to what was shown before.
    pub(super) fn search_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(search) = &mut self.search else { return Vec::new() };
        match key {
            Key { code: KeyCode::Enter, .. } if search.wrong.is_none() => {
                let typed = search.prompt.text().trim().to_owned();
                self.search = None;
                if typed.is_empty() {
                    return Vec::new();
                }
                self.last_search = self.inbox.filter().clone();
                self.history.retain(|other| *other != typed);
                self.history.insert(0, typed);
                self.history.truncate(REMEMBERED);
                vec![Effect::Remember(self.history.clone())]
            }
            Key { code: KeyCode::Enter, .. } => Vec::new(),
            Key { code: KeyCode::Esc, .. } => {
                let before = std::mem::take(&mut search.before);
                self.search = None;
                self.look_for(before)
            }
            Key { code: KeyCode::Up, .. } => self.recall(1),
            Key { code: KeyCode::Down, .. } => self.recall(-1),
            _ => {
                match search.prompt.key(key) {
                    Edit::Text => {
                        search.recalled = None;
                        return self.typed();
                    }
                    Edit::Cursor => {}
                    Edit::None => self.no_such_key(key),
                }
                Vec::new()
            }
        }
    }

    /// Takes pasted text while the line is open.
    pub(super) fn search_paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(search) = &mut self.search {
            search.prompt.paste(text);
        }
        self.typed()
    }

    fn recall(&mut self, step: isize) -> Vec<Effect> {
        let Some(search) = &mut self.search else { return Vec::new() };
        let next = match search.recalled {
            None if step > 0 => Some(0),
            None => None,
            Some(index) => index.checked_add_signed(step),
        };
        let Some(query) = next.and_then(|index| self.history.get(index)) else { return Vec::new() };
        search.recalled = next;
        search.prompt = Prompt::new(query);
        self.typed()
    }

    /// Narrows the list to what is typed, unless that is no query yet.
    fn typed(&mut self) -> Vec<Effect> {
        let Some(search) = &mut self.search else { return Vec::new() };
        match query::parse(search.prompt.text()) {
            Ok(query) => {
                search.wrong = None;
                self.look_for(query.assuming(self.setup.datum))
            }
            Err(wrong) => {
                search.wrong = Some(wrong);
                Vec::new()
            }
        }
    }

    /// Shows what a query finds in the tab.
    pub(super) fn look_for(&mut self, query: Query) -> Vec<Effect> {
        self.scroll = 0;
        load(self.inbox.look_for(query))
    }

    /// Shows everything from the selected sender, the oldest on top.
    pub(super) fn conversation(&mut self) -> Vec<Effect> {
        let sender = self.inbox.selected().and_then(|record| record.message.sender_id);
        let Some(sender) = sender else { return Vec::new() };
        let query = Query { terms: vec![Term { is_not: false, test: Test::From(sender) }] };
        self.last_search = query.clone();
        let mut sorted = load(self.inbox.sort(Order { by: By::Time, is_reversed: true }));
        sorted.extend(self.look_for(query));
        sorted
    }

    /// Whether nothing was looked for, so that there is no hit to go to.
    pub(super) fn has_no_hits(&self) -> bool {
        !self.is_narrowed() && self.last_search.terms.is_empty()
    }

    /// Goes to the next hit of the last search, older or newer. In a list that shows only hits that is the next row.
    pub(super) fn hit(&mut self, is_older: bool) -> Vec<Effect> {
        if self.is_narrowed() {
            return self.step(if is_older == self.inbox.is_ascending() { -1 } else { 1 });
        }
        let Some(record) = self.inbox.selected() else { return Vec::new() };
        vec![Effect::Find { query: self.inbox.query().and(&self.last_search), from: record.seq, is_older }]
    }
}
