//! What follows from a message being looked at: it is read after a moment, and its attachment is downloaded if the policy
//! says so.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dashboard::Effect;
use crate::record::page::{Mark, Selection};
use crate::record::policy::Policy;
use crate::record::{Record, Seq};

/// A message whose detail was shown for this long has been read.
const READ_AFTER: TimeDelta = TimeDelta::seconds(1);
/// Whoever passes by on the way to another message rests on it for less than this.
const LOOKED_AT: TimeDelta = TimeDelta::milliseconds(500);

/// Which message is looked at, and what was done about it.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct Attention {
    /// The message whose detail is on the screen, and since when.
    shown: Option<(Seq, DateTime<Utc>)>,
    /// The message that is being marked as read.
    reading: Option<Seq>,
    /// The message that was marked as unread on purpose; it is not read by staying on the screen.
    kept_unread: Option<Seq>,
    /// The message whose attachment was ordered last because it was looked at.
    prefetched: Option<Seq>,
}

impl Attention {
    /// Takes note of the message whose detail is on the screen.
    pub(in crate::dashboard) fn note(&mut self, shown: Option<Seq>, now: DateTime<Utc>) {
        if shown != self.shown.map(|(seq, _)| seq) {
            self.shown = shown.map(|seq| (seq, now));
            self.kept_unread = None;
        }
    }

    /// The message on the screen was marked as unread, or read, on purpose.
    pub(in crate::dashboard) fn keep_unread(&mut self, is_unread: bool) {
        self.kept_unread = self.shown.map(|(seq, _)| seq).filter(|_| is_unread);
    }

    /// What was to be marked is marked.
    pub(in crate::dashboard) fn marked(&mut self) {
        self.reading = None;
    }

    /// The file of this message was removed, and is not fetched again for being looked at.
    pub(in crate::dashboard) fn removed(&mut self, seq: Option<Seq>) {
        self.prefetched = seq;
    }

    /// When the message counts as read; `None` when it is already, or must not.
    #[must_use]
    pub(in crate::dashboard) fn read_at(&self, record: &Record) -> Option<DateTime<Utc>> {
        let (_, since) = self.shown.filter(|(seq, _)| *seq == record.seq && !record.is_read)?;
        (![self.kept_unread, self.reading].contains(&Some(record.seq))).then_some(since + READ_AFTER)
    }

    /// When the attachment is to be downloaded; `None` when it is not, or was asked for before. What failed or was cancelled
    /// waits for the user.
    #[must_use]
    pub(in crate::dashboard) fn prefetch_at(&self, record: &Record, policy: &Policy) -> Option<DateTime<Utc>> {
        let (_, since) = self.shown.filter(|(seq, _)| *seq == record.seq)?;
        let is_new = record.medium.is_none() && self.prefetched != Some(record.seq);
        (is_new && policy.wants_shown(&record.message)).then_some(since + LOOKED_AT)
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
