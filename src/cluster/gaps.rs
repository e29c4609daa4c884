//! Searches for gaps: messages that another node has and this archive never had, because they had left the
//! stream before they were read here, or because this archive was damaged. Nodes tell each other how much they
//! know. Where that differs they ask each other: which days, which hours, which messages. A node that has what
//! another lacks publishes it to the stream once more.
//!
//! A message that was deleted here counts as known, so it does not come back, and messages that retention
//! removed are not requested again. The archive remembers a limited number of deleted messages; no older ones
//! are requested either.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::Subscriber;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::Node;
use super::board::TroubleKind;
use super::link::StreamLink;
use crate::archive::{Error, Reader};
use crate::reason::cluster;
use crate::record::cluster::ClusterStanding;
use crate::weibo::identity::{Identity, MessageId};

use answers::{GapQuestion, Identities, SUMS};
use blocks::{BlockSum, Blocks, DAY, END};

mod answers;
mod blocks;

/// Interval at which a node tells how much it knows.
const BEAT: Duration = Duration::from_secs(1);
/// A node that was not heard for this long is gone.
const SILENCE: Duration = Duration::from_secs(5);
/// A difference that lasts this long is examined.
const STEADY: Duration = Duration::from_secs(3);
/// Pause before asking a node again that had nothing to offer.
const AGAIN: Duration = Duration::from_mins(1);
/// Time that a late message may take. The previous hour is not settled until then.
const LATE: TimeDelta = TimeDelta::minutes(1);
/// The maximum lag behind the stream. A node that is further behind reads the stream first.
const BEHIND: u64 = 1_000;
/// The maximum number of deleted messages that are remembered, which take some 40 MB, and the interval at which
/// older ones are forgotten.
const REMEMBERED: usize = 1_000_000;
const FORGETTING: Duration = Duration::from_mins(10);
/// The maximum number of settled differences in memory.
const SETTLED: usize = 100_000;
/// The maximum time for requested messages to come through the stream; after it they are left for later.
const COMING: Duration = Duration::from_secs(10);

/// A node's summary of what it knows.
#[derive(Debug, Serialize, Deserialize)]
struct Knowledge {
    instance: u64,
    /// The hour before which the sum ends.
    until: u64,
    sum: BlockSum,
}

/// Another node.
struct Colleague {
    heard_at: Instant,
    until: u64,
    sum: BlockSum,
    /// The sums that were compared last, ours and theirs, and the time since when they are unchanged.
    compared: (BlockSum, BlockSum),
    since: Instant,
    again_at: Instant,
}

/// Differing hours or days for which the other node had nothing to offer: instance of the node, first hour and
/// number of hours, and both sums.
type Settled = HashMap<(u64, u64, u64), (BlockSum, BlockSum)>;

/// Searches for messages that other nodes have, and answers their questions.
#[derive(Clone)]
pub(super) struct GapSearch {
    pub(super) node: Arc<Node>,
    pub(super) instance: u64,
    pub(super) link: StreamLink,
}

/// The data of this node, for the search and for answers.
struct Own {
    reader: Reader,
    blocks: Blocks,
    /// Messages that were deleted before this hour may be forgotten.
    forgotten: u64,
}

impl GapSearch {
    /// Searches and answers until it is dropped.
    pub(super) async fn run(self) {
        loop {
            let archive = self.node.archive.clone();
            let reader = tokio::task::spawn_blocking(move || archive.reader()).await;
            let reader = reader.unwrap_or(Err(Error::BrokeOff));
            let heard = self.link.client.subscribe(self.subject()).await;
            let asked = self.link.client.subscribe(self.subject_of(self.instance)).await;
            if let (Ok(reader), Ok(heard), Ok(asked)) = (reader, heard, asked) {
                let own = Arc::new(Mutex::new(Own { reader, blocks: Blocks::new(), forgotten: 0 }));
                tokio::join!(self.search(&own, heard), self.answer_all(&own, asked));
            }
            tracing::error!("gaps are not looked for");
            sleep(AGAIN).await;
        }
    }

    fn subject(&self) -> String {
        format!("weibox.gaps.{}", self.node.settings.stream)
    }

    fn subject_of(&self, instance: u64) -> String {
        format!("weibox.gaps.{}.{instance:x}", self.node.settings.stream)
    }

    async fn search(&self, own: &Arc<Mutex<Own>>, mut heard: Subscriber) {
        let (mut colleagues, mut settled) = (BTreeMap::new(), Settled::new());
        let (mut beats, mut forgetting) = (interval(BEAT), interval(FORGETTING));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // This comes before any question.
                biased;
                _ = forgetting.tick() => {
                    if let Err(error) = self.forget(own).await {
                        tracing::error!(%error, "what was deleted long ago is not forgotten");
                    }
                }
                // Beats that came while another node was asked must count before silent nodes are dropped.
                said = heard.next() => {
                    let Some(said) = said else { return };
                    let Ok(said) = serde_json::from_slice::<Knowledge>(&said.payload) else { continue };
                    if said.instance != self.instance {
                        let now = Instant::now();
                        let colleague = colleagues.entry(said.instance).or_insert_with(|| Colleague::new(now));
                        (colleague.heard_at, colleague.until, colleague.sum) = (now, said.until, said.sum);
                    }
                }
                _ = beats.tick() => {
                    if self.is_up_to_date() && self.refresh(own).await {
                        self.say(own).await;
                        colleagues.retain(|_, colleague: &mut Colleague| colleague.heard_at.elapsed() < SILENCE);
                        self.compare(own, &mut colleagues, &mut settled).await;
                    }
                }
            }
        }
    }

    fn is_up_to_date(&self) -> bool {
        let status = self.node.board.status();
        let status = status.borrow();
        status.standing == ClusterStanding::Whole && status.last <= status.cursor + BEHIND
    }

    /// Forgets which messages were deleted long ago.
    async fn forget(&self, own: &Arc<Mutex<Own>>) -> Result<(), Error> {
        let before = with(own, |own| {
            let before = own.reader.forgettable(REMEMBERED)?;
            own.forgotten = before.map_or(0, |before| blocks::hour_of(&before) + 1);
            Ok(before)
        });
        match before.await? {
            Some(before) => self.node.archive.forget_deleted(before).await,
            None => Ok(()),
        }
    }

    /// Updates the sums of this archive; returns whether that was possible.
    async fn refresh(&self, own: &Arc<Mutex<Own>>) -> bool {
        let open = hour_of((self.node.now)() - LATE);
        let refreshed = with(own, move |Own { reader, blocks, .. }| {
            if reader.refresh() {
                *blocks = Blocks::new();
            }
            blocks.refresh(reader, open)
        });
        let refreshed = refreshed.await;
        if let Err(error) = &refreshed {
            tracing::error!(%error, "gaps cannot be looked for");
        }
        refreshed.is_ok()
    }

    async fn say(&self, own: &Arc<Mutex<Own>>) {
        let known = with(own, |Own { blocks, .. }| Ok((blocks.settled(), blocks.sum(0..blocks.settled())))).await;
        let Ok((until, sum)) = known else { return };
        let said = Knowledge { instance: self.instance, until, sum };
        // Plain data always serialises to JSON.
        self.link.say(self.subject(), serde_json::to_vec(&said).unwrap_or_default()).await;
    }

    /// Compares the sums of other nodes with ours, and examines differences.
    async fn compare(&self, own: &Arc<Mutex<Own>>, colleagues: &mut BTreeMap<u64, Colleague>, settled: &mut Settled) {
        for (instance, colleague) in colleagues {
            let until = colleague.until;
            let sum =
                with(own, move |Own { blocks, .. }| Ok((blocks.settled() >= until).then(|| blocks.sum(0..until))));
            let Ok(Some(sum)) = sum.await else { continue };
            if sum == colleague.sum {
                self.note_filled();
                continue;
            }
            if !colleague.is_due(sum) {
                continue;
            }
            let looked = self.look(own, *instance, until, settled).await;
            tracing::debug!(?looked, "another node was asked what it has");
            if looked == Some(0) {
                self.note_filled();
            }
            let is_more = looked.is_some_and(|n| n > 0);
            colleague.again_at = Instant::now() + if is_more { STEADY } else { AGAIN };
        }
    }

    /// Records that no message of another node is missing.
    fn note_filled(&self) {
        self.miss(0);
        self.node.board.trouble(TroubleKind::Missed, None);
    }

    /// Asks a node for the messages that are missing here; returns their number, or `None` if they could not be
    /// obtained.
    async fn look(&self, own: &Arc<Mutex<Own>>, of: u64, until: u64, settled: &mut Settled) -> Option<usize> {
        if settled.len() > SETTLED {
            settled.clear();
        }
        let mut n = 0;
        for (day, sums) in self.differing(own, of, (0, until, DAY), settled).await? {
            let mut n_of_day = 0;
            let hours = (day, until.min(day.saturating_add(DAY)), 1);
            for (hour, sums) in self.differing(own, of, hours, settled).await? {
                let n_of_hour = self.fill(own, of, hour).await?;
                n_of_day += n_of_hour;
                if n_of_hour == 0 {
                    settled.insert((of, hour, 1), sums);
                }
            }
            n += n_of_day;
            if n_of_day == 0 {
                settled.insert((of, day, DAY), sums);
            }
        }
        Some(n)
    }

    /// Returns the steps of a range of hours whose sums differ on a node, with both sums of each, except for
    /// settled ones and those too old to be kept here.
    async fn differing(
        &self,
        own: &Arc<Mutex<Own>>,
        of: u64,
        (mut from, until, step): (u64, u64, u64),
        settled: &Settled,
    ) -> Option<Vec<(u64, (BlockSum, BlockSum))>> {
        let oldest = self.node.settings.max_age.map_or(0, |max_age| hour_of((self.node.now)() - max_age));
        let mut differing = Vec::new();
        loop {
            let theirs: BTreeMap<u64, BlockSum> = self.ask(of, &GapQuestion::Sums { from, until, step }).await?;
            let ours = with(own, move |own| Ok((own.blocks.sums(from..until, step, usize::MAX), own.forgotten)));
            let (ours, forgotten) = ours.await.ok()?;
            for (first, sum) in &theirs {
                let sums = (ours.get(first).copied().unwrap_or_default(), *sum);
                let is_wanted = *first == 0 || first.saturating_add(step) > oldest.max(forgotten);
                if sums.0 != sums.1 && is_wanted && settled.get(&(of, *first, step)) != Some(&sums) {
                    differing.push((*first, sums));
                }
            }
            match theirs.last_key_value() {
                Some((last, _)) if theirs.len() >= SUMS => from = last.saturating_add(step),
                _ => return Some(differing),
            }
        }
    }

    /// Has a node publish the messages of an hour that are missing here; returns their number, or `None` if
    /// they did not come.
    async fn fill(&self, own: &Arc<Mutex<Own>>, of: u64, hour: u64) -> Option<usize> {
        let (mut n, mut after) = (0, None);
        loop {
            let Identities(theirs) = self.ask(of, &GapQuestion::Identities { after, hour }).await?;
            let Some(last) = theirs.last() else { return Some(n) };
            after = Some(*last);
            let missing = unknown(own, theirs.iter().map(|id| id.0).collect()).await?;
            if missing.is_empty() {
                continue;
            }
            n += missing.len();
            self.miss(missing.len());
            let ids = Identities(missing.iter().copied().map(MessageId).collect());
            let _: u64 = self.ask(of, &GapQuestion::Tell(ids)).await?;
            self.wait_for(own, missing).await?;
        }
    }

    fn miss(&self, n: usize) {
        self.node.board.change(|status| status.gaps = n as u64);
        self.node.board.trouble(TroubleKind::Gaps, (n > 0).then(|| cluster::GAPS.with(n)));
    }

    /// Waits until messages are here; returns `None` if none of them came in time.
    async fn wait_for(&self, own: &Arc<Mutex<Own>>, mut missing: Vec<Identity>) -> Option<()> {
        let (began_at, n_asked) = (Instant::now(), missing.len());
        while began_at.elapsed() < COMING {
            missing = unknown(own, missing).await?;
            self.miss(missing.len());
            if missing.is_empty() {
                break;
            }
            sleep(BEAT / 5).await;
        }
        (missing.len() < n_asked).then_some(())
    }

    /// Asks a node; returns `None` if it does not answer.
    async fn ask<T: DeserializeOwned>(&self, instance: u64, question: &GapQuestion) -> Option<T> {
        // Plain data always serialises to JSON.
        let question = serde_json::to_vec(question).unwrap_or_default();
        let answer = self.link.client.request(self.subject_of(instance), question.into()).await.ok()?;
        serde_json::from_slice(&answer.payload).ok()
    }
}

impl Colleague {
    fn new(now: Instant) -> Self {
        let sum = BlockSum::default();
        Self { heard_at: now, until: END, sum, compared: (sum, sum), since: now, again_at: now }
    }

    /// Returns whether a difference has lasted for a while and was not examined just now.
    fn is_due(&mut self, ours: BlockSum) -> bool {
        let now = Instant::now();
        if self.compared != (ours, self.sum) {
            (self.compared, self.since) = ((ours, self.sum), now);
        }
        self.since.elapsed() >= STEADY && self.again_at <= now
    }
}

fn hour_of(time: DateTime<Utc>) -> u64 {
    u64::try_from(time.timestamp() / 3_600).unwrap_or_default()
}

async fn unknown(own: &Arc<Mutex<Own>>, identities: Vec<Identity>) -> Option<Vec<Identity>> {
    with(own, move |own| own.reader.unknown(identities)).await.ok()
}

/// Calls `work` on a blocking thread.
async fn with<T: Send + 'static>(
    own: &Arc<Mutex<Own>>,
    work: impl FnOnce(&mut Own) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let own = Arc::clone(own);
    tokio::task::spawn_blocking(move || work(&mut own.lock().unwrap_or_else(PoisonError::into_inner)))
        .await
        .unwrap_or(Err(Error::BrokeOff))
}
