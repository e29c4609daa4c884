//! Following: its end, the messages that arrived since, and its return.

use crate::record::Seq;
use crate::record::page::{Anchor, Request};

use super::Inbox;

/// What the tab held when following ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paused {
    /// The number of messages; `None` until the first page of a new query arrives.
    pub(super) n: Option<u64>,
    /// The newest message, as far as it is known.
    pub(super) newest: Option<Seq>,
    /// The message that a reply is being written to or whose picture covers the screen, if the list followed before.
    pub(super) held: Option<Seq>,
}

impl Inbox {
    /// Returns the number of messages that arrived in this tab since following stopped.
    pub fn n_new(&self) -> u64 {
        let before = self.paused.n.filter(|_| !self.is_following);
        before.map_or(0, |before| self.total().n.saturating_sub(before))
    }

    /// Returns the newest message from before those that arrived since following stopped; `None` if there are no new
    /// ones.
    pub fn last_before_new(&self) -> Option<Seq> {
        self.paused.newest.filter(|_| self.n_new() > 0)
    }

    /// Ends following.
    pub(super) fn pause(&mut self) {
        if self.is_following {
            self.is_following = false;
            self.paused.n = Some(self.total().n);
            self.note_newest();
        }
        if let Some(selected) = self.selected {
            self.anchor = Anchor::Around(selected);
        }
    }

    /// Starts or stops following the newest message, or the most urgent one.
    pub fn toggle_follow(&mut self) -> Option<Request> {
        if self.is_following {
            self.pause();
            return None;
        }
        self.follow();
        self.load()
    }

    fn follow(&mut self) {
        self.is_following = true;
        self.stand_by_time();
        self.anchor = self.first();
    }

    /// Selects the message that a reply is being written to or whose picture is to cover the screen. Following, if the
    /// list does, goes on after that.
    pub(in crate::dashboard) fn hold(&mut self, seq: Seq) -> Option<Request> {
        let was_following = self.is_following;
        let request = self.go_to(seq);
        self.paused.held = was_following.then_some(seq);
        request
    }

    /// Forgets that following was to go on.
    pub(in crate::dashboard) const fn stay(&mut self) {
        self.paused.held = None;
    }

    /// Follows again, unless the list did not follow before or the user has selected another message. A frozen list
    /// gets no new page before it goes on.
    pub(in crate::dashboard) fn let_go(&mut self, is_frozen: bool) -> Option<Request> {
        let held = self.paused.held.take()?;
        if self.is_following || self.selected != Some(held) {
            return None;
        }
        self.follow();
        if is_frozen { None } else { self.load() }
    }

    /// Records the newest message of the list, if the page begins with it.
    pub(super) fn note_newest(&mut self) {
        let newest = self.page.records.first().filter(|_| self.is_by_time() && self.page.newer.n == 0);
        self.paused.newest = newest.map(|record| record.seq).or(self.paused.newest);
    }
}
