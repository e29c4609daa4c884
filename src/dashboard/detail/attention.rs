//! What follows from a message being looked at: it is read after a moment, and its attachment is downloaded if the policy
//! says so.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dashboard::Effect;
use crate::record::page::{Mark, Selection};
use crate::record::policy::Policy;
use crate::record::{Record, Seq};
use crate::weibo::UserId;

/// A message whose detail was shown for this long has been read.
const READ_AFTER: TimeDelta = TimeDelta::seconds(1);
/// Whoever passes by on the way to another message rests on it for less than this.
const LOOKED_AT: TimeDelta = TimeDelta::milliseconds(500);

/// Which message is looked at, and what was done about it.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct Attention {
    /// The message whose detail is on the screen.
    shown: Option<ShownMessage>,
    /// The message that is being marked as read.
    reading: Option<Seq>,
    /// The message that was marked as unread on purpose; it is not read by staying on the screen.
    kept_unread: Option<Seq>,
    /// The message whose attachment was ordered last because it was looked at.
    prefetched: Option<Seq>,
    /// Whether the message comes and goes by itself, because the list follows the newest.
    is_followed: bool,
    /// Whether what is loaded now was asked for by the user.
    is_asked_for: bool,
    /// The sender whom somebody else answers; the next wish to answer them, too, is meant.
    pub(in crate::dashboard) warned_of: Option<UserId>,
    /// Whether the terminal said that the user looks elsewhere.
    is_elsewhere: bool,
}

/// The message whose detail is on the screen.
#[derive(Debug, Clone, Copy)]
struct ShownMessage {
    seq: Seq,
    since: DateTime<Utc>,
    /// Whether the user had it shown, or did something since.
    is_attended: bool,
}

impl Attention {
    /// The user did something.
    pub(in crate::dashboard) fn touch(&mut self) {
        self.is_asked_for = true;
        self.shown = self.shown.map(|shown| ShownMessage { is_attended: true, ..shown });
    }

    /// The archive changed, so that what is loaded now may show another message.
    pub(in crate::dashboard) fn disturb(&mut self) {
        self.is_asked_for = false;
    }

    /// The terminal got the focus, or lost it. Who comes back has a whole moment again.
    pub(in crate::dashboard) fn focus(&mut self, has_focus: bool, now: DateTime<Utc>) {
        self.is_elsewhere = !has_focus;
        self.shown = self.shown.map(|shown| ShownMessage { since: now, ..shown });
    }

    /// Takes note of the message whose detail is on the screen, and whether that follows the newest.
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

    /// The message on the screen was marked as unread, or read, on purpose.
    pub(in crate::dashboard) fn keep_unread(&mut self, is_unread: bool) {
        self.kept_unread = self.seq().filter(|_| is_unread);
    }

    /// What was to be marked is marked.
    pub(in crate::dashboard) fn marked(&mut self) {
        self.reading = None;
    }

    /// The file of this message was removed, and is not fetched again for being looked at.
    pub(in crate::dashboard) fn removed(&mut self, seq: Option<Seq>) {
        self.prefetched = seq;
    }

    /// When the message counts as read; `None` when it is already, must not, or when nobody is there to read it.
    pub(in crate::dashboard) fn read_at(&self, record: &Record) -> Option<DateTime<Utc>> {
        let ShownMessage { since, is_attended, .. } =
            self.shown.filter(|shown| shown.seq == record.seq && !record.marks.is_read)?;
        let is_read = is_attended && !self.is_followed && !self.is_elsewhere;
        (is_read && ![self.kept_unread, self.reading].contains(&Some(record.seq))).then_some(since + READ_AFTER)
    }

    /// When the attachment is to be downloaded; `None` when it is not, or was asked for before. What failed or was cancelled
    /// waits for the user.
    pub(in crate::dashboard) fn prefetch_at(&self, record: &Record, policy: &Policy) -> Option<DateTime<Utc>> {
        let since = self.shown.filter(|shown| shown.seq == record.seq)?.since;
        let is_new = record.medium.is_none() && self.prefetched != Some(record.seq);
        (is_new && policy.wants_shown(record)).then_some(since + LOOKED_AT)
    }

    /// What is due for the message now.
    pub(in crate::dashboard) fn due(&mut self, record: &Record, policy: &Policy, now: DateTime<Utc>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.read_at(record).is_some_and(|at| at <= now) {
            self.reading = Some(record.seq);
            effects.push(Effect::Mark(Selection::Seqs(vec![record.seq]), Mark::Read));
        }
        if self.prefetch_at(record, policy).is_some_and(|at| at <= now) {
            self.prefetched = Some(record.seq);
            effects.push(Effect::Prefetch(record.seq));
        }
        effects
    }
}
