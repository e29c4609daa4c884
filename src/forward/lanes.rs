//! Decides which message is sent next: the messages of one sender in order, all senders in parallel. Pure:
//! the time is passed in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::origin::CallbackOrigin;
use crate::record::people::SenderClaim;
use crate::record::{Record, Seq};
use crate::weibo::UserId;

/// Key of a lane: the messages of one sender to one account stay in order. Messages without a sender share a
/// lane.
type Key = (String, Option<UserId>);

/// A message on its way to a target.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) record: Arc<Record>,
    /// Number of attempts so far.
    pub(super) attempts: u32,
    /// Callback that brought it; `None` when it is no longer kept.
    pub(super) origin: Option<Arc<CallbackOrigin>>,
    /// Whether the target has had it before, and gets it again because the user wants that.
    pub(super) is_replay: bool,
}

impl Parcel {
    /// Creates a parcel without a callback.
    pub(super) const fn new(record: Arc<Record>, attempts: u32) -> Self {
        Self { record, attempts, origin: None, is_replay: false }
    }

    /// Stops the callback from waiting for the target's answer.
    pub(super) fn give_up(&self) {
        self.origin.iter().for_each(|origin| origin.give_up());
    }

    fn key(&self) -> Key {
        (self.record.account.clone(), self.record.message.sender_id)
    }
}

/// A sender's messages, the next one first.
#[derive(Default)]
struct Lane {
    parcels: VecDeque<Parcel>,
    /// Time at which the first may be sent; `None` while it is in flight.
    due: Option<DateTime<Utc>>,
}

/// All messages in memory that are still to be sent to a target.
#[derive(Default)]
pub(super) struct Lanes {
    by_sender: HashMap<Key, Lane>,
    /// The lanes whose first message is not in flight, by the time at which it is due.
    waiting: BTreeSet<(DateTime<Utc>, Seq, Key)>,
    /// The messages here, in flight or not, and when each was received.
    unsettled: BTreeMap<Seq, DateTime<Utc>>,
    /// The claimed senders whose messages wait, and the times at which these would be due without the claim.
    held: HashMap<Key, DateTime<Utc>>,
    /// The last time at which all waiting messages were made due.
    hurried_at: Option<DateTime<Utc>>,
}

impl Lanes {
    /// Returns the number of messages here.
    pub(super) fn len(&self) -> usize {
        self.unsettled.len()
    }

    /// Queues a message behind those of its sender, to be sent not before `due`. Returns whether it has to
    /// wait longer than that for its sender.
    pub(super) fn push(&mut self, parcel: Parcel, due: DateTime<Utc>) -> bool {
        let (key, seq) = (parcel.key(), parcel.record.seq);
        if self.unsettled.contains_key(&seq) {
            return false;
        }
        self.unsettled.insert(seq, parcel.record.received_at);
        let lane = self.by_sender.entry(key.clone()).or_default();
        if lane.parcels.is_empty() {
            lane.due = Some(due);
            self.waiting.insert((due, seq, key));
        }
        lane.parcels.push_back(parcel);
        lane.due.is_some_and(|first| first > due)
    }

    /// Takes the next message that may be sent; it counts as in flight from now on. The one that has been due
    /// the longest comes first.
    pub(super) fn next(&mut self, now: DateTime<Utc>) -> Option<Parcel> {
        if self.next_due()? > now {
            return None;
        }
        let (_, _, key) = self.waiting.pop_first()?;
        let lane = self.by_sender.get_mut(&key)?;
        lane.due = None;
        lane.parcels.front().cloned()
    }

    /// Returns the time at which the next message may be sent; `None` when none is waiting.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.waiting.first().map(|(due, ..)| *due)
    }

    /// Removes a message that was in flight: the next one of its sender may be sent.
    pub(super) fn settle(&mut self, parcel: &Parcel, now: DateTime<Utc>) {
        self.unsettled.remove(&parcel.record.seq);
        let key = parcel.key();
        let Some(lane) = self.by_sender.get_mut(&key) else { return };
        lane.parcels.pop_front();
        let Some(next) = lane.parcels.front() else {
            self.by_sender.remove(&key);
            return;
        };
        lane.due = Some(now);
        self.waiting.insert((now, next.record.seq, key));
    }

    /// Queues a message that was in flight for another attempt, not before `due`.
    pub(super) fn again(&mut self, parcel: Parcel, due: DateTime<Utc>) {
        let (key, seq) = (parcel.key(), parcel.record.seq);
        let Some(lane) = self.by_sender.get_mut(&key) else { return };
        if let Some(first) = lane.parcels.front_mut() {
            *first = parcel;
        }
        lane.due = Some(due);
        self.waiting.insert((due, seq, key));
    }

    /// Returns when a message is due that has waited since before the start and comes here only now: it may have
    /// missed that all were made due.
    pub(super) fn due(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        self.hurried_at.map_or(due, |at| due.min(at))
    }

    /// Makes all waiting messages due now, because the target works again, also those that come here later.
    pub(super) fn hurry(&mut self, now: DateTime<Utc>) {
        self.hurried_at = Some(now);
        self.held.values_mut().for_each(|due| *due = (*due).min(now));
        for (due, seq, key) in std::mem::take(&mut self.waiting) {
            let due = due.min(now);
            if let Some(lane) = self.by_sender.get_mut(&key) {
                lane.due = Some(due);
            }
            self.waiting.insert((due, seq, key));
        }
    }

    /// Holds back the messages of claimed senders until the claims end, and releases those whose claim has
    /// ended. Returns all messages of claimed senders, including those in flight.
    pub(super) fn hold(&mut self, claims: &[SenderClaim], now: DateTime<Utc>) -> impl Iterator<Item = &Parcel> {
        let stands = |claim: &&SenderClaim| claim.until > now;
        let claimed: HashMap<Key, DateTime<Utc>> =
            claims.iter().filter(stands).map(|claim| ((claim.account.clone(), Some(claim.fan)), claim.until)).collect();
        let over: Vec<Key> = self.held.keys().filter(|key| !claimed.contains_key(*key)).cloned().collect();
        for key in over {
            if let Some(due) = self.held.remove(&key) {
                self.postpone(&key, due);
            }
        }
        for (key, until) in &claimed {
            if let Some(due) = self.by_sender.get(key).and_then(|lane| lane.due).filter(|due| due < until) {
                self.held.entry(key.clone()).or_insert(due);
                self.postpone(key, *until);
            }
        }
        self.by_sender.iter().filter(move |(key, _)| claimed.contains_key(*key)).flat_map(|(_, lane)| &lane.parcels)
    }

    /// Changes the time at which the first message of a sender is due, unless it is in flight.
    fn postpone(&mut self, key: &Key, due: DateTime<Utc>) {
        let Some(lane) = self.by_sender.get_mut(key) else { return };
        if let (Some(before), Some(first)) = (lane.due, lane.parcels.front()) {
            lane.due = Some(due);
            self.waiting.remove(&(before, first.record.seq, key.clone()));
            self.waiting.insert((due, first.record.seq, key.clone()));
        }
    }

    /// Returns the highest seq between `settled` and `position` up to which all messages are settled.
    pub(super) fn settled_up_to(&self, settled: Seq, position: Seq) -> Seq {
        let first = self.unsettled.range(settled.saturating_add(1)..).next();
        first.map_or(position, |(first, _)| position.min(first.saturating_sub(1))).max(settled)
    }

    /// Returns the time at which the oldest message that is not held back was received.
    pub(super) fn waits_since(&self) -> Option<DateTime<Utc>> {
        let lanes = self.held.keys().filter_map(|key| self.by_sender.get(key));
        let held: HashSet<Seq> = lanes.flat_map(|lane| &lane.parcels).map(|parcel| parcel.record.seq).collect();
        self.unsettled.iter().find(|(seq, _)| !held.contains(*seq)).map(|(_, received_at)| *received_at)
    }

    /// Returns all messages here, in no order.
    pub(super) fn parcels(&self) -> impl Iterator<Item = &Parcel> {
        self.by_sender.values().flat_map(|lane| &lane.parcels)
    }

    /// Returns all messages of a message's sender, including that message.
    pub(super) fn beside(&self, parcel: &Parcel) -> impl Iterator<Item = &Parcel> {
        self.by_sender.get(&parcel.key()).into_iter().flat_map(|lane| &lane.parcels)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn parcel(seq: Seq, sender: u64) -> Parcel {
        let raw = format!(r#"{{"type":"text","sender_id":{sender},"receiver_id":1}}"#);
        Parcel::new(Arc::new(Record::new(seq, at(0), raw.into_bytes())), 0)
    }

    fn lanes(messages: &[(Seq, u64)]) -> Lanes {
        let mut lanes = Lanes::default();
        for (seq, sender) in messages {
            lanes.push(parcel(*seq, *sender), at(0));
        }
        lanes
    }

    fn all(lanes: &mut Lanes, now: DateTime<Utc>) -> Vec<Seq> {
        std::iter::from_fn(|| lanes.next(now)).map(|parcel| parcel.record.seq).collect()
    }

    #[test]
    fn senders_go_beside_each_other_and_a_senders_messages_one_by_one() {
        let mut lanes = lanes(&[(1, 7), (2, 7), (3, 8), (4, 7)]);
        assert_eq!(all(&mut lanes, at(0)), [1, 3]);
        lanes.settle(&parcel(1, 7), at(0));
        assert_eq!(all(&mut lanes, at(0)), [2]);
        assert_eq!(lanes.settled_up_to(0, 4), 1);
        lanes.settle(&parcel(3, 8), at(0));
        lanes.settle(&parcel(2, 7), at(0));
        assert_eq!(lanes.settled_up_to(0, 4), 3);
        assert_eq!(all(&mut lanes, at(0)), [4]);
        lanes.settle(&parcel(4, 7), at(0));
        assert_eq!((lanes.len(), lanes.settled_up_to(0, 9)), (0, 9));
    }

    #[test]
    fn a_message_that_failed_holds_its_sender_until_its_time_and_nobody_else() {
        let mut lanes = lanes(&[(1, 7), (2, 7), (3, 8)]);
        assert_eq!(all(&mut lanes, at(0)), [1, 3]);
        lanes.again(Parcel { attempts: 1, ..parcel(1, 7) }, at(5));
        lanes.settle(&parcel(3, 8), at(0));
        assert!(!lanes.push(parcel(4, 8), at(1)));
        assert!(lanes.push(parcel(5, 7), at(1)), "it waits for the first of its sender");
        assert_eq!(all(&mut lanes, at(4)), [4]);
        assert_eq!(lanes.beside(&parcel(1, 7)).map(|parcel| parcel.record.seq).collect::<Vec<_>>(), [1, 2, 5]);
        let first = lanes.next(at(5)).unwrap();
        assert_eq!((first.record.seq, first.attempts), (1, 1));
    }

    #[test]
    fn the_messages_of_a_claimed_sender_wait_and_go_in_order_when_the_claim_ends() {
        let claim = |until| SenderClaim {
            account: String::new(),
            fan: UserId(7),
            user: "wang".to_owned(),
            session: "s".to_owned(),
            until: at(until),
        };
        let mut lanes = lanes(&[(1, 7), (2, 7), (3, 8)]);
        let held: Vec<Seq> = lanes.hold(&[claim(600)], at(0)).map(|parcel| parcel.record.seq).collect();
        assert_eq!(held, [1, 2]);
        assert_eq!(all(&mut lanes, at(1)), [3]);
        assert_eq!(lanes.waits_since(), Some(at(0)), "that one");
        lanes.settle(&parcel(3, 8), at(1));
        assert_eq!((lanes.settled_up_to(0, 3), lanes.waits_since()), (0, None));
        // The claim is renewed, a target that works again changes nothing, and then the claim is given up.
        assert_eq!(lanes.hold(&[claim(1_200)], at(60)).count(), 2);
        lanes.hurry(at(61));
        assert_eq!(lanes.hold(&[claim(1_200)], at(61)).count(), 2);
        assert_eq!(lanes.next_due(), Some(at(1_200)));
        assert_eq!(lanes.hold(&[], at(62)).count(), 0);
        assert_eq!(all(&mut lanes, at(62)), [1]);
        // The message in flight ends; the next one of its sender waits.
        assert_eq!(lanes.hold(&[claim(1_200)], at(63)).count(), 2);
        lanes.settle(&parcel(1, 7), at(64));
        assert_eq!(lanes.hold(&[claim(1_200)], at(64)).count(), 1);
        assert_eq!(all(&mut lanes, at(65)), [0; 0]);
        // A claim that is not given up expires.
        assert_eq!(lanes.hold(&[claim(1_200)], at(1_200)).count(), 0);
        assert_eq!(all(&mut lanes, at(1_200)), [2]);
    }

    #[test]
    fn a_target_that_works_again_gets_at_once_what_waited() {
        let mut lanes = lanes(&[(1, 7)]);
        let first = lanes.next(at(0)).unwrap();
        lanes.again(first, at(21_600));
        assert!(lanes.next(at(9)).is_none());
        assert_eq!(lanes.due(at(21_600)), at(21_600));
        lanes.hurry(at(9));
        assert_eq!(all(&mut lanes, at(9)), [1]);
        assert_eq!((lanes.due(at(21_600)), lanes.due(at(3))), (at(9), at(3)), "of one that is read only now");
    }
}
