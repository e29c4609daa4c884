//! What the stream has, applied to this archive in its order.
//!
//! How far it is stands in the archive, in the same transaction as what was applied, and nowhere else: a consumer that the servers
//! remember left holes, because what they send again comes out of order. So each one here begins behind the cursor, keeps
//! nothing, and is given up for another as soon as a message is missing or the servers are silent.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{self, Config};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Info, Stream};
use async_nats::jetstream::{Context, Message};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::timeout;

use super::board::{NodeBoard, TroubleKind};
use super::stream::{created, info};
use super::{ClusterSettings, Error};
use crate::archive::{Archive, DeedNews, StreamBatch, StreamNews, StreamPosition};
use crate::reason::{Reason, cluster};
use crate::record::cluster::Deed;
use crate::record::people::SenderClaim;
use crate::record::policy::Policy;

use reading::{APPLIED, APPLIED_BYTES, Applying, EventPlace, Reading, as_sent, places, read};

mod reading;

/// The servers say that often that they are there, and are asked again after the longer one.
const HEARTBEAT: Duration = Duration::from_millis(500);
const EXPIRES: Duration = Duration::from_secs(3);
/// The servers forget a consumer that nobody asks for so long.
const INACTIVE: Duration = Duration::from_secs(10);
/// So many events are asked for at once.
const ASKED_FOR: usize = 2_000;
/// All subjects of the stream.
const EVERYTHING: &str = "weibox.>";
/// What others had they are given this time to tell themselves.
const OTHERS: TimeDelta = TimeDelta::seconds(10);

/// Follows the stream.
pub(super) struct StreamFollower {
    pub(super) archive: Archive,
    pub(super) settings: ClusterSettings,
    pub(super) policy: Policy,
    pub(super) board: Arc<NodeBoard>,
    pub(super) now: fn() -> DateTime<Utc>,
    pub(super) stream: Stream,
    pub(super) streams: Context,
}

impl StreamFollower {
    /// Finds out whether it is the stream that was followed. Before that nothing is told of what was done: it has to come behind what
    /// an older stream had.
    pub(super) async fn recognise(&self) -> Result<(), Error> {
        self.position(&info(&self.stream, &self.settings).await?).await.map(drop)
    }

    /// Follows until something is wrong, which is returned.
    pub(super) async fn run(&self) -> Error {
        loop {
            match self.follow().await {
                Ok(()) => {}
                Err(error) => {
                    self.catch_up().await;
                    return error;
                }
            }
        }
    }

    /// Applies what the server that we are connected to has after the cursor, while nobody sends it: an election among the servers
    /// takes up to ten seconds.
    pub(super) async fn catch_up(&self) {
        if let Err(error) = self.get_next().await {
            tracing::debug!(%error, "what the stream has could not be had one by one either");
        }
    }

    async fn get_next(&self) -> Result<(), Error> {
        let Some(StreamPosition { mut cursor, .. }) = self.known_position().await? else { return Ok(()) };
        let (mut batch, mut places, mut n_bytes) = (Vec::new(), Vec::new(), 0);
        while batch.len() < APPLIED && n_bytes < APPLIED_BYTES {
            let Some(event) = self.next_after(cursor).await else { break };
            cursor = event.sequence;
            n_bytes += event.payload.len();
            let taken = event.time.unix_timestamp_nanos().to_string();
            places.push(EventPlace { of_stream: cursor, of_consumer: 0, taken, pending: 0 });
            batch.push(Message { message: as_sent(event), context: self.streams.clone() });
        }
        let Some(taken) = places.last().map(|last| last.taken.clone()) else { return Ok(()) };
        let news = self.read(batch, places).await?;
        self.apply(news, cursor, taken).await.unwrap_or(Err(crate::archive::Error::BrokeOff))?;
        self.board.change(|status| (status.cursor, status.last) = (cursor, status.last.max(cursor)));
        Ok(())
    }

    /// Catches up while something takes its time that needs the servers to have a leader.
    pub(super) async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(HEARTBEAT / 2, &mut work).await {
                return done;
            }
            self.catch_up().await;
        }
    }

    /// The next event, from the server that we are connected to, or else from the one that leads.
    async fn next_after(&self, cursor: u64) -> Option<StreamMessage> {
        let next = self.stream.direct_get_next_for_subject(EVERYTHING, Some(cursor + 1));
        if let Ok(Ok(event)) = timeout(HEARTBEAT, next).await {
            return Some(event);
        }
        if !self.board.is_behind(cursor) {
            return None;
        }
        timeout(HEARTBEAT, self.stream.get_raw_message(cursor + 1)).await.ok()?.ok()
    }

    async fn known_position(&self) -> Result<Option<StreamPosition>, Error> {
        let archive = self.archive.clone();
        let read = tokio::task::spawn_blocking(move || archive.reader()?.stream_position());
        Ok(read.await.unwrap_or(Err(crate::archive::Error::BrokeOff))?)
    }

    /// Where a consumer begins, where everything is read that was there at first, and what it brings.
    async fn begin(&self) -> Result<(u64, Option<u64>, pull::Stream), Error> {
        let info = info(&self.stream, &self.settings).await?;
        let position = self.position(&info).await?;
        let cursor = position.cursor;
        self.board.change(|status| (status.cursor, status.last) = (cursor, info.state.last_sequence));
        self.board.see_end(info.state.last_sequence);
        let mut settles_at = (!position.is_settled).then_some(info.state.last_sequence);
        if settles_at.is_some_and(|place| cursor >= place) {
            self.settle().await?;
            settles_at = None;
        }
        Ok((cursor, settles_at, self.consume(cursor).await?))
    }

    /// Follows from where the archive is, until events are missing.
    async fn follow(&self) -> Result<(), Error> {
        let (cursor, settles_at, events) = self.meanwhile(self.begin()).await?;
        // Meanwhile some may have been applied.
        let known = self.known_position().await?.map_or(0, |known| known.cursor);
        let mut reading = Reading { events, next: 1, cursor: cursor.max(known), settles_at, applying: None };
        let followed = self.read_on(&mut reading).await;
        self.finish(&mut reading).await?;
        followed
    }

    /// Reads and applies, the next events while the ones before are written.
    async fn read_on(&self, reading: &mut Reading) -> Result<(), Error> {
        loop {
            let first = if let Some(first) = reading.events.next().now_or_never() {
                first
            } else {
                self.finish(reading).await?;
                let Ok(first) = timeout(HEARTBEAT, reading.events.next()).await else {
                    if !self.board.is_behind(reading.cursor) {
                        continue;
                    }
                    // The server that sends has not caught up itself.
                    self.catch_up().await;
                    return Ok(());
                };
                first
            };
            let Some(first) = first else { return Err(Error::Following("the end".to_owned())) };
            let mut batch = reading.batch(first)?;
            let mut places = places(&batch)?;
            let (next, cursor) = (reading.next, reading.cursor);
            if places.iter().map(|place| place.of_consumer).ne(next..next + places.len() as u64) {
                tracing::info!(cursor, "events of the stream are missing: it is asked again from the cursor on");
                return Ok(());
            }
            reading.next += places.len() as u64;
            let n_known = places.iter().take_while(|place| place.of_stream <= cursor).count();
            drop((batch.drain(..n_known), places.drain(..n_known)));
            let Some(last) = places.last() else { continue };
            self.count_missed(cursor, places.first());
            let (place, taken, pending) = (last.of_stream, last.taken.clone(), last.pending);
            let news = self.read(batch, places).await?;
            self.finish(reading).await?;
            reading.cursor = place;
            reading.applying = Some((pending, self.apply(news, place, taken)));
        }
    }

    /// Waits until what is on its way into the archive is there.
    async fn finish(&self, reading: &mut Reading) -> Result<(), Error> {
        let Some((pending, applying)) = reading.applying.take() else { return Ok(()) };
        applying.await.unwrap_or(Err(crate::archive::Error::BrokeOff))?;
        let cursor = reading.cursor;
        self.board.change(|status| (status.cursor, status.last) = (cursor, cursor + pending));
        if reading.settles_at.is_some_and(|place| cursor >= place) {
            self.settle().await?;
            reading.settles_at = None;
        }
        Ok(())
    }

    /// Where to go on. A stream that is another one, or that is not any more what was read of it, is read from its beginning.
    async fn position(&self, info: &Info) -> Result<StreamPosition, Error> {
        let known = self.known_position().await?;
        let created = created(info);
        if let Some(known) = known {
            if known.created == created && self.is_as_read(&known, info).await? {
                return Ok(known);
            }
            tracing::error!("{}", Reason::from(cluster::STREAM_LOST));
        }
        self.archive.begin_stream(created.clone(), (self.now)()).await?;
        Ok(StreamPosition { created, ..StreamPosition::default() })
    }

    /// Whether the event at the cursor is the one that was applied: servers that lost power may have lost the end of a stream, and
    /// have another one there since.
    async fn is_as_read(&self, known: &StreamPosition, info: &Info) -> Result<bool, Error> {
        if info.state.last_sequence < known.cursor {
            return Ok(false);
        }
        if known.cursor == 0 || known.cursor < info.state.first_sequence {
            return Ok(true);
        }
        match self.stream.get_raw_message(known.cursor).await {
            Ok(event) => Ok(event.time.unix_timestamp_nanos().to_string() == known.taken),
            // It may have grown too old just now.
            Err(error) if error.kind() == async_nats::jetstream::stream::LastRawMessageErrorKind::NoMessageFound => {
                Ok(true)
            }
            Err(error) => Err(Error::Following(error.to_string())),
        }
    }

    /// Has the stream told what it lacks, once everything that it has was read.
    async fn settle(&self) -> Result<(), Error> {
        let now = (self.now)();
        self.archive.tell_missing(now - self.settings.keep, now + OTHERS).await?;
        self.board.nudge.notify_one();
        Ok(())
    }

    async fn consume(&self, cursor: u64) -> Result<pull::Stream, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Following(error.to_string());
        let config = Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: cursor + 1 },
            ack_policy: AckPolicy::None,
            replay_policy: ReplayPolicy::Instant,
            inactive_threshold: INACTIVE,
            num_replicas: 1,
            memory_storage: true,
            ..Config::default()
        };
        let consumer = self.stream.create_consumer(config).await.map_err(|error| failed(&error))?;
        let events = consumer.stream().max_messages_per_batch(ASKED_FOR).heartbeat(HEARTBEAT).expires(EXPIRES);
        events.messages().await.map_err(|error| failed(&error))
    }

    /// Counts what grew too old before it was read here.
    fn count_missed(&self, cursor: u64, first: Option<&EventPlace>) {
        let missed = first.map_or(0, |first| first.of_stream.saturating_sub(cursor + 1));
        // A node that is new has missed nothing.
        if missed > 0 && cursor > 0 {
            self.board.change(|status| status.missed += missed);
            let n_missed = self.board.status().borrow().missed;
            self.board.trouble(TroubleKind::Missed, Some(cluster::EVENTS_MISSED.with(n_missed)));
        }
    }

    /// Applies what events say, and moves the cursor behind them.
    fn apply(&self, news: Vec<StreamNews>, cursor: u64, taken: String) -> Applying {
        let (archive, board, since) =
            (self.archive.clone(), Arc::clone(&self.board), (self.now)() - self.settings.keep);
        tokio::spawn(async move {
            let claims = claims(&news);
            archive.apply(StreamBatch { news, cursor, taken, since }).await?;
            for (node, number, claims) in claims {
                board.claim(node, number, claims);
            }
            Ok(())
        })
    }

    /// What the events say. What is none of weibox is left out, and told.
    async fn read(&self, batch: Vec<Message>, places: Vec<EventPlace>) -> Result<Vec<StreamNews>, Error> {
        let policy = self.policy.clone();
        let work = move || {
            let (mut news, mut strange) = (Vec::with_capacity(batch.len()), Vec::new());
            for (event, place) in batch.iter().zip(places) {
                match read(event, &policy, place.of_stream) {
                    Ok(told) => news.extend(told),
                    Err(reason) => strange.push((place.of_stream, reason)),
                }
            }
            (news, strange)
        };
        let (news, strange) =
            tokio::task::spawn_blocking(work).await.map_err(|_reported| crate::archive::Error::BrokeOff)?;
        if let Some((place, reason)) = strange.last() {
            self.board.change(|status| status.strange += strange.len() as u64);
            let n_strange = self.board.status().borrow().strange;
            let reason = cluster::STRANGE_EVENT.with(n_strange).with(*place).with(reason.clone());
            self.board.trouble(TroubleKind::Strange, Some(reason));
        }
        Ok(news)
    }
}

/// The claims that are told.
fn claims(news: &[StreamNews]) -> Vec<(String, i64, Vec<SenderClaim>)> {
    let claims = news.iter().filter_map(|news| {
        let StreamNews::Done(DeedNews { node, number, deed: Deed::Claims { claims }, .. }) = news else { return None };
        Some((node.clone(), *number, claims.clone()))
    });
    claims.collect()
}
