//! Looking for gaps: messages that another node has and this archive never had, because they were gone from the stream before they were
//! read here, or because this archive was damaged. Nodes say how much they know, and where that differs they ask each other: which
//! days, which hours, which messages. Who has what another lacks tells the stream once more.
//!
//! What was deleted here counts as known, so it does not come back, and what retention removed is not asked for again. Of what was
//! deleted the archive remembers so much; what is older is not asked for either.

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
use super::envelope::{Identity, hex, identity_of};
use super::link::StreamLink;
use crate::archive::{Error, Reader};
use crate::reason::cluster;
use crate::record::cluster::ClusterStanding;

use answers::{GapQuestion, SUMS};
use blocks::{BlockSum, Blocks, DAY, END};

mod answers;
mod blocks;

/// How often a node says how much it knows.
const BEAT: Duration = Duration::from_secs(1);
/// A node that was not heard for so long is not there.
const SILENCE: Duration = Duration::from_secs(5);
/// What is different for so long is looked at.
const STEADY: Duration = Duration::from_secs(3);
/// A node of which nothing was to be had is asked again after this.
const AGAIN: Duration = Duration::from_mins(1);
/// So late messages still come; the hour before is not settled until then.
const LATE: TimeDelta = TimeDelta::minutes(1);
/// A node that is further behind the stream reads that first.
const BEHIND: u64 = 1_000;
/// So many deleted messages are remembered, which take some 40 MB, and so often the older ones are forgotten.
const REMEMBERED: usize = 1_000_000;
const FORGETTING: Duration = Duration::from_mins(10);
/// So much of what is settled is remembered.
const SETTLED: usize = 100_000;
/// What was asked for comes through the stream within this time, or is left for later.
const COMING: Duration = Duration::from_secs(10);

/// What a node says of what it knows.
#[derive(Debug, Serialize, Deserialize)]
struct Knowledge {
    instance: u64,
    /// It is about the hours before this one.
    until: u64,
    sum: BlockSum,
}

/// Another node.
struct Colleague {
    heard_at: Instant,
    until: u64,
    sum: BlockSum,
    /// What was compared last, of ours and of theirs, and since when that is so.
    compared: (BlockSum, BlockSum),
    since: Instant,
    again_at: Instant,
}

/// Hours, or days, that differ and of which nothing was to be had: node, first hour and number of hours, and both sums.
type Settled = HashMap<(u64, u64, u64), (BlockSum, BlockSum)>;

/// Looks for what others have, and answers those that do.
#[derive(Clone)]
pub(super) struct GapSearch {
    pub(super) node: Arc<Node>,
    pub(super) instance: u64,
    pub(super) link: StreamLink,
}

/// What is read here, by those who look and by those who answer.
struct Own {
    reader: Reader,
    blocks: Blocks,
    /// Of what was deleted before this hour not everything is remembered.
    forgotten: u64,
}

impl GapSearch {
    /// Looks and answers until it is dropped.
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
                // Before anything is asked for.
                biased;
                _ = forgetting.tick() => {
                    if let Err(error) = self.forget(own).await {
                        tracing::error!(%error, "what was deleted long ago is not forgotten");
                    }
                }
                // Nobody is silent who spoke while another one was asked.
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

    /// Adds up what is new here; returns whether that was possible.
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
        // Plain data has a form in JSON.
        self.link.say(self.subject(), serde_json::to_vec(&said).unwrap_or_default()).await;
    }

    /// Looks where another node knows something else.
    async fn compare(&self, own: &Arc<Mutex<Own>>, colleagues: &mut BTreeMap<u64, Colleague>, settled: &mut Settled) {
        for (instance, colleague) in colleagues {
            let until = colleague.until;
            let sum =
                with(own, move |Own { blocks, .. }| Ok((blocks.settled() >= until).then(|| blocks.sum(0..until))));
            let Ok(Some(sum)) = sum.await else { continue };
            if sum == colleague.sum {
                self.is_filled();
                continue;
            }
            if !colleague.is_due(sum) {
                continue;
            }
            let looked = self.look(own, *instance, until, settled).await;
            tracing::debug!(?looked, "another node was asked what it has");
            if looked == Some(0) {
                self.is_filled();
            }
            let is_more = looked.is_some_and(|n| n > 0);
            colleague.again_at = Instant::now() + if is_more { STEADY } else { AGAIN };
        }
    }

    /// Nothing is missing that a node has.
    fn is_filled(&self) {
        self.node.board.change(|status| status.gaps = 0);
        self.node.board.trouble(TroubleKind::Gaps, None);
        self.node.board.trouble(TroubleKind::Missed, None);
    }

    /// Asks a node for what is missing here; returns how much that was, and nothing if it was not to be had.
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

    /// The steps of some hours of which a node knows something else, and both sums of each; without those that are settled, and those that
    /// are too old to be kept here.
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

    /// Has a node tell what it has of an hour and is missing here; returns how much that was, and nothing if it did not come.
    async fn fill(&self, own: &Arc<Mutex<Own>>, of: u64, hour: u64) -> Option<usize> {
        let (mut n, mut after) = (0, None);
        loop {
            let theirs: Vec<String> = self.ask(of, &GapQuestion::Identities { after, hour }).await?;
            let Some(last) = theirs.last() else { return Some(n) };
            after = Some(last.clone());
            let theirs = theirs.iter().map(|id| identity_of(id)).collect::<Option<Vec<Identity>>>()?;
            let missing = unknown(own, theirs).await?;
            if missing.is_empty() {
                continue;
            }
            n += missing.len();
            self.miss(missing.len());
            let ids = missing.iter().map(hex).collect();
            let _: u64 = self.ask(of, &GapQuestion::Tell(ids)).await?;
            self.wait_for(own, missing).await?;
        }
    }

    fn miss(&self, n: usize) {
        self.node.board.change(|status| status.gaps = n as u64);
        self.node.board.trouble(TroubleKind::Gaps, (n > 0).then(|| cluster::GAPS.with(n)));
    }

    /// Waits until messages are here; nothing, if none of them came in a while.
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

    /// Asks a node; nothing when it does not answer.
    async fn ask<T: DeserializeOwned>(&self, instance: u64, question: &GapQuestion) -> Option<T> {
        // Plain data has a form in JSON.
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

    /// Whether what differs does so for a while, and was not looked at just now.
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

/// Reads beside the runtime.
async fn with<T: Send + 'static>(
    own: &Arc<Mutex<Own>>,
    work: impl FnOnce(&mut Own) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let own = Arc::clone(own);
    tokio::task::spawn_blocking(move || work(&mut own.lock().unwrap_or_else(PoisonError::into_inner)))
        .await
        .unwrap_or(Err(Error::BrokeOff))
}
