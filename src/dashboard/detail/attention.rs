//! The effects of looking at a message: it is marked as read after a moment, and its attachment is downloaded if the
//! policy says so.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dashboard::Effect;
use crate::dashboard::orders::ArchiveChange;
use crate::record::page::{Mark, Selection};
use crate::record::policy::Policy;
use crate::record::{Record, Seq};
use crate::weibo::UserId;

/// The time for which the detail of a message must be shown before the message counts as read.
const READ_AFTER: TimeDelta = TimeDelta::seconds(1);
/// The time for which a message must be shown before its attachment is downloaded. A user who moves past it shows it
/// for less.
const LOOKED_AT: TimeDelta = TimeDelta::milliseconds(500);

/// The message that the user is looking at, and the effects so far.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct Attention {
    /// The message whose detail is on the screen.
    shown: Option<ShownMessage>,
    /// The message that is being marked as read.
    reading: Option<Seq>,
    /// The message that the user marked as unread; showing it does not mark it as read.
    kept_unread: Option<Seq>,
    /// The message whose attachment was last ordered because it was looked at.
    prefetched: Option<Seq>,
    /// Whether the shown message changes without the user because the list follows the newest one.
    is_followed: bool,
    /// Whether the next page is due to the user rather than to a change of the archive.
    is_asked_for: bool,
    /// The sender whom somebody else is answering; a second request to reply counts as confirmation.
    pub(in crate::dashboard) warned_of: Option<UserId>,
    /// Whether the terminal reported that it lost the focus.
    is_elsewhere: bool,
}

/// The message whose detail is on the screen.
#[derive(Debug, Clone, Copy)]
struct ShownMessage {
    seq: Seq,
    since: DateTime<Utc>,
    /// Whether the user chose it or has done something since.
    is_attended: bool,
}

impl Attention {
    /// Records that the user did something.
    pub(in crate::dashboard) fn touch(&mut self) {
        self.is_asked_for = true;
        self.shown = self.shown.map(|shown| ShownMessage { is_attended: true, ..shown });
    }

    /// Records that the archive changed, so that the next page may show another message.
    pub(in crate::dashboard) fn disturb(&mut self) {
        self.is_asked_for = false;
    }

    /// Records that the terminal got or lost the focus. The waiting times start again.
    pub(in crate::dashboard) fn focus(&mut self, has_focus: bool, now: DateTime<Utc>) {
        self.is_elsewhere = !has_focus;
        self.shown = self.shown.map(|shown| ShownMessage { since: now, ..shown });
    }

    /// Records the message whose detail is on the screen, and whether the list follows the newest.
    pub(in crate::dashboard) fn note(&mut self, shown: Option<Seq>, is_followed: bool, now: DateTime<Utc>) {
        if shown != self.seq() {
            self.shown = shown.map(|seq| ShownMessage { seq, since: now, is_attended: self.is_asked_for });
            self.kept_unread = None;
        }
        self.is_followed = is_followed;
    }

    fn seq(&self) -> Option<Seq> {
        self.shown.map(|shown| shown.seq)
    }

    /// Records that the user marked the message on the screen as unread or read.
    pub(in crate::dashboard) fn keep_unread(&mut self, is_unread: bool) {
        self.kept_unread = self.seq().filter(|_| is_unread);
    }

    /// Records that the message is marked.
    pub(in crate::dashboard) fn marked(&mut self) {
        self.reading = None;
    }

    /// Records that the file of this message was removed; looking at the message does not fetch it again.
    pub(in crate::dashboard) fn removed(&mut self, seq: Option<Seq>) {
        self.prefetched = seq;
    }

    /// Returns when the message counts as read; `None` when it already does, must not, or when nobody is
    /// looking.
    pub(in crate::dashboard) fn read_at(&self, record: &Record) -> Option<DateTime<Utc>> {
        let ShownMessage { since, is_attended, .. } =
            self.shown.filter(|shown| shown.seq == record.seq && !record.marks.is_read)?;
        let is_read = is_attended && !self.is_followed && !self.is_elsewhere;
        (is_read && ![self.kept_unread, self.reading].contains(&Some(record.seq))).then_some(since + READ_AFTER)
    }

    /// Returns when to download the attachment; `None` when it is not wanted, or was ordered before. A failed
    /// or cancelled download waits for the user.
    pub(in crate::dashboard) fn prefetch_at(&self, record: &Record, policy: &Policy) -> Option<DateTime<Utc>> {
        let since = self.shown.filter(|shown| shown.seq == record.seq)?.since;
        let is_new = record.medium.is_none() && self.prefetched != Some(record.seq);
        (is_new && policy.wants_shown(record)).then_some(since + LOOKED_AT)
    }

    /// Returns the effects that are due for the message now.
    pub(in crate::dashboard) fn due(&mut self, record: &Record, policy: &Policy, now: DateTime<Utc>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.read_at(record).is_some_and(|at| at <= now) {
            self.reading = Some(record.seq);
            effects.push(ArchiveChange::Mark(Selection::Seqs(vec![record.seq]), Mark::Read).into());
        }
        if self.prefetch_at(record, policy).is_some_and(|at| at <= now) {
            self.prefetched = Some(record.seq);
            effects.push(Effect::Prefetch(record.seq));
        }
        effects
    }
}
