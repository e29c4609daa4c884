//! The end of following, and the messages that arrived since.

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
    /// The message that a reply is being written to, if the list followed before.
    pub(super) answered: Option<Seq>,
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

    /// Selects the message that a reply is being written to. Following, if the list does, goes on after that.
    pub(in crate::dashboard) fn hold(&mut self, seq: Seq) -> Option<Request> {
        let was_following = self.is_following;
        let request = self.go_to(seq);
        self.paused.answered = was_following.then_some(seq);
        request
    }

    /// Forgets that following was to go on after a reply.
    pub(in crate::dashboard) const fn stay(&mut self) {
        self.paused.answered = None;
    }

    /// Follows again after a reply, unless the list did not follow before or the user has selected another message.
    pub(in crate::dashboard) fn let_go(&mut self) -> Option<Request> {
        let answered = self.paused.answered.take()?;
        if self.is_following || self.selected != Some(answered) {
            return None;
        }
        self.toggle_follow()
    }

    /// Records the newest message of the list, if the page begins with it.
    pub(super) fn note_newest(&mut self) {
        let newest = self.page.records.first().filter(|_| self.is_by_time() && self.page.newer.n == 0);
        self.paused.newest = newest.map(|record| record.seq).or(self.paused.newest);
    }
}
