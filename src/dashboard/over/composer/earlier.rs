//! The replies to a sender that exist while another one is written: those that failed or still wait, and those that
//! others gave meanwhile.

use std::collections::BTreeMap;

use crate::record::Seq;
use crate::record::outgoing::{Composed, Draft, Outgoing, OutgoingId, SendState, session_of};
use crate::record::people::SenderClaim;

/// The replies to a sender, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct EarlierReplies {
    /// The replies, oldest first.
    all: Vec<Outgoing>,
    /// The last reply that the user was told of; `None` until the replies are loaded.
    told: Option<OutgoingId>,
    /// Whether the text came too late for the outbox, so that the user is told of the reply before it once it is loaded.
    is_late: bool,
    /// Who wrote, by the session of the composer, which is the beginning of the reply's key.
    users: BTreeMap<String, String>,
}

impl EarlierReplies {
    /// Returns the replies, oldest first.
    pub(super) fn all(&self) -> &[Outgoing] {
        &self.all
    }

    /// Records the current replies. The user is told of those that come after the first call, and of all from the first
    /// one to the message that takes only one.
    pub(super) fn learn(&mut self, all: &[Outgoing], answered_once: Option<Seq>) {
        self.all = all.to_vec();
        let is_only = |reply: &&Outgoing| is_to(reply, answered_once) && reply.state != SendState::Refused;
        let before = self.all.iter().find(is_only).map_or_else(|| self.newest(), |only| only.id - 1);
        self.told = self.told.or(Some(before));
    }

    /// Records who is writing. A claim ends with the reply, which does not say who wrote it.
    pub(super) fn learn_users(&mut self, claims: &[SenderClaim]) {
        self.users.extend(claims.iter().map(|claim| (claim.session.clone(), claim.user.clone())));
    }

    /// Returns the last reply that the user was told of.
    pub(super) const fn told(&self) -> Option<OutgoingId> {
        self.told
    }

    /// Records that the text came too late for the outbox.
    pub(super) const fn be_late(&mut self) {
        self.is_late = true;
    }

    /// Returns whether the user is still to be told of the reply before a text that came too late.
    pub(super) const fn is_late(&self) -> bool {
        self.is_late
    }

    fn newest(&self) -> OutgoingId {
        self.all.last().map_or(0, |newest| newest.id)
    }

    /// Returns the newest reply of the account that the user was not told of and that was not written in the composer
    /// with this session, with the name of its author if it is known; one to the message that takes only one comes
    /// first. From then on the user counts as told.
    pub(super) fn tell_news(
        &mut self,
        account: &str,
        session: &str,
        answered_once: Option<Seq>,
    ) -> Option<(&Outgoing, Option<&str>)> {
        let told = self.told.replace(self.newest())?;
        let is_news = |reply: &&Outgoing| {
            let Composed { account: of, key, .. } = &reply.composed;
            reply.id > told && of == account && session_of(key) != Some(session) && reply.state != SendState::Refused
        };
        let mut news = self.all.iter().rev().filter(is_news);
        let reply = news.clone().find(|reply| is_to(reply, answered_once)).or_else(|| news.next())?;
        self.is_late = false;
        let user = session_of(&reply.composed.key).and_then(|session| self.users.get(session));
        Some((reply, user.map(String::as_str)))
    }

    /// Returns the last reply to a message as a draft if the sender did not get it, or perhaps did not; it can be
    /// edited and sent again.
    pub(super) fn failed(&self, seq: Seq) -> Draft {
        let failed = |last: &&Outgoing| matches!(last.state, SendState::Refused | SendState::Unknown);
        let draft = |last: &Outgoing| Draft { form: last.composed.form, text: last.composed.text.clone() };
        self.last_to(seq).filter(failed).map(draft).unwrap_or_default()
    }

    /// Returns the last reply to a message if it was not sent yet.
    pub(super) fn waiting(&self, seq: Seq) -> Option<&Outgoing> {
        self.last_to(seq).filter(|last| last.state == SendState::Waiting)
    }

    fn last_to(&self, seq: Seq) -> Option<&Outgoing> {
        self.all.iter().rev().find(|reply| reply.composed.seq == Some(seq))
    }

    /// Returns the newest reply with the same content.
    pub(super) fn same_as(&self, composed: &Composed) -> Option<&Outgoing> {
        let is_same = |other: &Composed| (other.form, &other.text) == (composed.form, &composed.text);
        self.all.iter().rev().find(|reply| is_same(&reply.composed))
    }
}

/// Returns whether a reply answers this message.
pub(super) fn is_to(reply: &Outgoing, seq: Option<Seq>) -> bool {
    seq.is_some() && reply.composed.seq == seq
}
