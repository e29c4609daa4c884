//! Summaries of what this archive knows: a count and a hash for each hour. They are equal where two archives
//! know the same messages of the hour, in whatever order these came. A message belongs to the hour in which
//! it was sent, which its identity contains.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::archive::{Error, Reader};
use crate::record::Seq;
use crate::weibo::identity::Identity;

/// Seconds of an hour.
const HOUR: u64 = 3_600;
/// Hours of a day.
pub(super) const DAY: u64 = 24;
/// The end of all hours.
pub(super) const END: u64 = u64::MAX;
/// Number of identities that are read at once.
const READ: usize = 10_000;
/// After this time without new messages, everything that one node has is taken to be on the others as well.
const IDLE: Duration = Duration::from_secs(3);

/// The number of messages, and the sum of their digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct BlockSum {
    n: u64,
    hash: u64,
}

impl BlockSum {
    fn add(&mut self, other: Self) {
        self.n += other.n;
        self.hash = self.hash.wrapping_add(other.hash);
    }

    fn of(identity: &Identity) -> Self {
        let (_, digest) = identity.split_at(8);
        let hash = digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte));
        Self { n: 1, hash }
    }
}

/// The hours of an archive. Messages that do not say when they were sent are in the first one.
#[derive(Debug)]
pub(super) struct Blocks {
    hours: BTreeMap<u64, BlockSum>,
    /// Hours that have changed since they were summed.
    stale: BTreeSet<u64>,
    /// The last message that was looked at; `None` until everything is summed.
    seen: Option<Seq>,
    changed_at: Instant,
    /// Hours before this one are summed and do not change all the time.
    settled: u64,
}

/// Returns the hour of a message.
pub(super) fn hour_of(identity: &Identity) -> u64 {
    let (time, _) = identity.split_at(8);
    time.iter().fold(0, |time, byte| (time << 8) | u64::from(*byte)) / HOUR
}

/// Returns the prefix that precedes all identities of an hour.
pub(super) fn bound(hour: u64) -> [u8; 8] {
    hour.saturating_mul(HOUR).to_be_bytes()
}

impl Blocks {
    pub(super) fn new() -> Self {
        let (hours, stale) = (BTreeMap::new(), BTreeSet::new());
        Self { hours, stale, seen: None, changed_at: Instant::now(), settled: 0 }
    }

    /// Adds new messages to the sums; while messages come, leaves out the hours from `open` on.
    pub(super) fn refresh(&mut self, reader: &Reader, open: u64) -> Result<(), Error> {
        if let Some(seen) = self.seen {
            self.note_new(reader, seen)?;
        } else {
            let highest = reader.highest()?;
            each_known(reader, 0..END, |identity| {
                self.hours.entry(hour_of(identity)).or_default().add(BlockSum::of(identity));
            })?;
            (self.seen, self.changed_at) = (Some(highest), Instant::now());
        }
        let settled = if self.changed_at.elapsed() < IDLE { open } else { END };
        while let Some(hour) = self.stale.first().copied().filter(|hour| *hour < settled) {
            let mut sum = BlockSum::default();
            each_known(reader, hour..hour + 1, |identity| sum.add(BlockSum::of(identity)))?;
            self.hours.insert(hour, sum);
            self.stale.remove(&hour);
        }
        self.settled = settled;
        Ok(())
    }

    fn note_new(&mut self, reader: &Reader, mut seen: Seq) -> Result<(), Error> {
        loop {
            let new = reader.newly_known(seen, READ)?;
            let Some((last, _)) = new.last() else { return Ok(()) };
            seen = *last;
            self.stale.extend(new.iter().map(|(_, identity)| hour_of(identity)));
            (self.seen, self.changed_at) = (Some(seen), Instant::now());
        }
    }

    /// Returns the first hour that cannot be compared yet.
    pub(super) const fn settled(&self) -> u64 {
        self.settled
    }

    /// Returns the sum of a range of hours.
    pub(super) fn sum(&self, hours: Range<u64>) -> BlockSum {
        self.hours.range(hours).fold(BlockSum::default(), |mut sum, (_, hour)| {
            sum.add(*hour);
            sum
        })
    }

    /// Returns the sums of each `step` of these hours that has messages, by its first hour; at most `most`.
    pub(super) fn sums(&self, hours: Range<u64>, step: u64, most: usize) -> BTreeMap<u64, BlockSum> {
        let mut sums: BTreeMap<u64, BlockSum> = BTreeMap::new();
        if hours.is_empty() {
            return sums;
        }
        for (hour, sum) in self.hours.range(hours) {
            let first = hour - hour % step.max(1);
            if sums.len() == most && !sums.contains_key(&first) {
                break;
            }
            sums.entry(first).or_default().add(*sum);
        }
        sums
    }
}

fn each_known(reader: &Reader, hours: Range<u64>, mut each: impl FnMut(&Identity)) -> Result<(), Error> {
    let (mut after, before) = (bound(hours.start).to_vec(), bound(hours.end));
    loop {
        let some = reader.known(&after, &before, READ)?;
        let Some(last) = some.last() else { return Ok(()) };
        after = last.to_vec();
        some.iter().for_each(&mut each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(hour: u64, digest: u8) -> Identity {
        let mut identity = [digest; 24];
        let (time, _) = identity.split_at_mut(8);
        time.copy_from_slice(&(hour * HOUR + 59).to_be_bytes());
        identity
    }

    #[test]
    fn an_hour_is_the_same_in_whatever_order_its_messages_came() {
        let add = |digests: [u8; 3]| {
            let mut blocks = Blocks::new();
            for digest in digests {
                let identity = identity(7, digest);
                blocks.hours.entry(hour_of(&identity)).or_default().add(BlockSum::of(&identity));
            }
            blocks
        };
        let (one, other, third) = (add([1, 2, 250]), add([250, 1, 2]), add([250, 1, 3]));
        assert_eq!(one.sum(0..END), other.sum(7..8));
        assert_ne!(one.sum(0..END), third.sum(0..END));
        assert_eq!(one.sum(8..END), BlockSum::default());
    }

    #[test]
    fn days_are_added_up_of_their_hours() {
        let mut blocks = Blocks::new();
        for (hour, digest) in [(0, 1), (23, 2), (24, 3), (100, 4)] {
            blocks.hours.insert(hour, BlockSum::of(&identity(hour, digest)));
        }
        let counts = |hours, most| {
            let days = blocks.sums(hours, DAY, most);
            days.into_iter().map(|(first, sum)| (first, sum.n)).collect::<Vec<_>>()
        };
        assert_eq!(counts(0..END, 9), [(0, 2), (24, 1), (96, 1)]);
        assert_eq!(counts(23..100, 9), [(0, 1), (24, 1)]);
        assert_eq!(counts(0..END, 2), [(0, 2), (24, 1)]);
        assert_eq!(counts(5..5, 2), []);
    }

    #[test]
    fn identities_lie_between_the_bounds_of_their_hour() {
        let identity = identity(7, 0xff);
        assert!(bound(7).as_slice() < identity.as_slice() && identity.as_slice() < bound(8).as_slice());
        assert_eq!(hour_of(&identity), 7);
        assert_eq!(bound(END), [0xff; 8]);
    }
}
