//! Applies the events of the stream to this archive, in their order.
//!
//! The cursor is stored only in the archive, in the same transaction as the events that were applied. A
//! consumer that the servers remember left holes, because they redeliver events out of order. So each consumer
//! here begins behind the cursor, keeps nothing, and is replaced as soon as an event is missing or the servers
//! are silent.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{self, Config, MessagesError};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Info, Stream};
use async_nats::jetstream::{Context, Message};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use tokio::task::JoinError;
use tokio::time::timeout;

use super::Node;
use super::board::TroubleKind;
use super::stream::{created, info};
use crate::archive::{DeedNews, StreamBatch, StreamNews, StreamPosition};
use crate::reason::{Fault, Reason, cluster};
use crate::record::cluster::Deed;
use crate::record::people::SenderClaim;

use reading::{APPLIED, APPLIED_BYTES, Applying, Decoding, EventPlace, Reading, as_sent, broke_off, places, read};

mod reading;

/// Interval of the servers' heartbeats, and time after which events are requested again.
const HEARTBEAT: Duration = Duration::from_millis(500);
const EXPIRES: Duration = Duration::from_secs(3);
/// The servers forget a consumer that requests nothing for this long.
const INACTIVE: Duration = Duration::from_secs(10);
/// The maximum number of events in one request.
const ASKED_FOR: usize = 2_000;
/// All subjects of the stream.
const EVERYTHING: &str = "weibox.>";
/// Time for other nodes to publish the messages that they have.
const OTHERS: TimeDelta = TimeDelta::seconds(10);

/// Follows the stream.
pub(super) struct StreamFollower {
    pub(super) node: Arc<Node>,
    pub(super) stream: Stream,
    pub(super) streams: Context,
}

impl StreamFollower {
    /// Checks whether this is the stream that was followed before. No deed is published before that: it has to
    /// come behind the events of an older stream.
    pub(super) async fn recognise(&self) -> Result<(), Fault> {
        self.position(&info(&self.stream, &self.node.settings).await?).await.map(drop)
    }

    /// Follows the stream until an error occurs, and returns it.
    pub(super) async fn run(&self) -> Fault {
        loop {
            if let Err(error) = self.follow().await {
                self.catch_up().await;
                return error;
            }
        }
    }

    /// Applies the events after the cursor that the connected server has, while no server sends them: an
    /// election among the servers takes up to ten seconds.
    pub(super) async fn catch_up(&self) {
        if let Err(error) = self.get_next().await {
            tracing::debug!(%error, "what the stream has could not be had one by one either");
        }
    }

    async fn get_next(&self) -> Result<(), Fault> {
        let Some(StreamPosition { cursor: after, .. }) = self.known_position().await? else { return Ok(()) };
        let mut cursor = after;
        let (mut batch, mut places, mut n_bytes) = (Vec::new(), Vec::new(), 0);
        while batch.len() < APPLIED && n_bytes < APPLIED_BYTES {
            let Some(event) = self.next_after(cursor).await else { break };
            cursor = event.sequence;
            n_bytes += event.payload.len();
            let taken = event.time.unix_timestamp_nanos();
            places.push(EventPlace { of_stream: cursor, of_consumer: 0, taken, pending: 0 });
            batch.push(Message { message: as_sent(event), context: self.streams.clone() });
        }
        if places.is_empty() {
            return Ok(());
        }
        let decoded = self.decode(batch, places, after).await;
        let batch = self.take_strange(decoded)?;
        self.apply(vec![batch]).await.unwrap_or(Err(crate::archive::Error::BrokeOff))?;
        self.node.board.change(|status| (status.cursor, status.last) = (cursor, status.last.max(cursor)));
        Ok(())
    }

    /// Catches up while `work` waits for a leader of the servers.
    pub(super) async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(HEARTBEAT / 2, &mut work).await {
                return done;
            }
            self.catch_up().await;
        }
    }

    /// Returns the next event from the connected server, or else from the leader.
    async fn next_after(&self, cursor: u64) -> Option<StreamMessage> {
        let next = self.stream.direct_get_next_for_subject(EVERYTHING, Some(cursor + 1));
        if let Ok(Ok(event)) = timeout(HEARTBEAT, next).await {
            return Some(event);
        }
        if !self.node.board.is_behind(cursor) {
            return None;
        }
        timeout(HEARTBEAT, self.stream.get_raw_message(cursor + 1)).await.ok()?.ok()
    }

    async fn known_position(&self) -> Result<Option<StreamPosition>, Fault> {
        Ok(self.node.archive.read(|reader| reader.stream_position()).await?)
    }

    /// Returns the cursor at which a consumer begins, the position at which everything that was there at first
    /// has been read, and the consumer's events.
    async fn begin(&self) -> Result<(u64, Option<u64>, pull::Stream), Fault> {
        let info = info(&self.stream, &self.node.settings).await?;
        let position = self.position(&info).await?;
        let cursor = position.cursor;
        self.node.board.change(|status| (status.cursor, status.last) = (cursor, info.state.last_sequence));
        self.node.board.see_end(info.state.last_sequence);
        let mut settles_at = (!position.is_settled).then_some(info.state.last_sequence);
        if settles_at.is_some_and(|place| cursor >= place) {
            self.settle().await?;
            settles_at = None;
        }
        Ok((cursor, settles_at, self.consume(cursor).await?))
    }

    /// Follows the stream from the cursor of the archive, until events are missing.
    async fn follow(&self) -> Result<(), Fault> {
        let (cursor, settles_at, events) = self.meanwhile(self.begin()).await?;
        // Some events may have been applied in the meantime.
        let known = self.known_position().await?.map_or(0, |known| known.cursor);
        let mut reading = Reading::new(events, cursor.max(known), settles_at);
        let followed = self.read_on(&mut reading).await;
        self.finish(&mut reading).await?;
        followed
    }

    /// Reads and applies events. Reads the next ones while the previous ones are written.
    async fn read_on(&self, reading: &mut Reading) -> Result<(), Fault> {
        loop {
            if reading.applying.is_none() && reading.is_due() {
                self.begin_to_apply(reading);
            }
            let has_room = reading.has_room();
            let Reading { events, decoding, applying, .. } = &mut *reading;
            let applied = async {
                match applying {
                    Some((.., applying)) => applying.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                applied = applied => self.note_applied(reading, applied).await?,
                Some(decoded) = decoding.next() => reading.ready.push(self.take_strange(decoded)?),
                first = timeout(HEARTBEAT, events.next()), if has_room => match first {
                    Ok(Some(first)) => {
                        if !self.begin_to_read(reading, first)? {
                            return Ok(());
                        }
                    }
                    Ok(None) => return Err(broke_off("the end")),
                    // No more events come for now.
                    Err(_elapsed) if !self.node.board.is_behind(reading.cursor) => reading.pending = 0,
                    Err(_elapsed) => {
                        // The server that sends has not caught up.
                        self.finish(reading).await?;
                        self.catch_up().await;
                        return Ok(());
                    }
                },
            }
        }
    }

    /// Takes an event and those that wait behind it, and decodes them on a blocking thread; returns whether
    /// none is missing.
    fn begin_to_read(&self, reading: &mut Reading, first: Result<Message, MessagesError>) -> Result<bool, Fault> {
        let mut batch = reading.batch(first)?;
        let mut places = places(&batch)?;
        let (next, cursor) = (reading.next, reading.cursor);
        if places.iter().map(|place| place.of_consumer).ne(next..next + places.len() as u64) {
            tracing::info!(cursor, "events of the stream are missing: it is asked again from the cursor on");
            return Ok(false);
        }
        reading.next += places.len() as u64;
        let n_known = places.iter().take_while(|place| place.of_stream <= cursor).count();
        drop((batch.drain(..n_known), places.drain(..n_known)));
        let Some(last) = places.last() else { return Ok(true) };
        self.count_missed(cursor, places.first());
        (reading.cursor, reading.pending) = (last.of_stream, last.pending);
        reading.n_events += batch.len();
        reading.n_bytes += batch.iter().map(|event| event.payload.len()).sum::<usize>();
        reading.decoding.push_back(self.decode(batch, places, cursor));
        Ok(true)
    }

    /// Begins to apply the batches that are ready.
    fn begin_to_apply(&self, reading: &mut Reading) {
        (reading.n_events, reading.n_bytes) = (0, 0);
        let mut ready = std::mem::take(&mut reading.ready);
        // All batches or none are patient; otherwise the last ones would overtake the others in the writer's
        // queue.
        let is_patient = ready.len() > 1;
        for batch in &mut ready {
            batch.is_patient = is_patient;
        }
        reading.applying = Some((reading.cursor, reading.pending, self.apply(ready)));
    }

    /// Records the cursor of the archive after events were applied.
    async fn note_applied(
        &self,
        reading: &mut Reading,
        applied: Result<Result<(), crate::archive::Error>, JoinError>,
    ) -> Result<(), Fault> {
        let Some((cursor, pending, _)) = reading.applying.take() else { return Ok(()) };
        applied.unwrap_or(Err(crate::archive::Error::BrokeOff))?;
        self.node.board.change(|status| (status.cursor, status.last) = (cursor, cursor + pending));
        if reading.settles_at.is_some_and(|place| cursor >= place) {
            self.settle().await?;
            reading.settles_at = None;
        }
        Ok(())
    }

    /// Waits until all events that were read are in the archive.
    async fn finish(&self, reading: &mut Reading) -> Result<(), Fault> {
        while let Some(decoded) = reading.decoding.next().await {
            reading.ready.push(self.take_strange(decoded)?);
        }
        while reading.applying.is_some() || !reading.ready.is_empty() {
            if reading.applying.is_none() {
                self.begin_to_apply(reading);
            }
            let Some((.., applying)) = &mut reading.applying else { continue };
            let applied = applying.await;
            self.note_applied(reading, applied).await?;
        }
        Ok(())
    }

    /// Returns the position to continue from. A different stream, or one that no longer matches what was read
    /// from it, is read from its beginning.
    async fn position(&self, info: &Info) -> Result<StreamPosition, Fault> {
        let known = self.known_position().await?;
        let created = created(info);
        if let Some(known) = known {
            if known.created == created && self.is_as_read(&known, info).await? {
                return Ok(known);
            }
            tracing::error!("{}", Reason::from(cluster::STREAM_LOST));
        }
        self.node.archive.begin_stream(created.clone(), (self.node.now)()).await?;
        Ok(StreamPosition { created, ..StreamPosition::default() })
    }

    /// Returns whether the event at the cursor is the one that was applied. Servers that lost power may have
    /// lost the end of a stream and stored another event there since.
    async fn is_as_read(&self, known: &StreamPosition, info: &Info) -> Result<bool, Fault> {
        if info.state.last_sequence < known.cursor {
            return Ok(false);
        }
        if known.cursor == 0 || known.cursor < info.state.first_sequence {
            return Ok(true);
        }
        match self.stream.get_raw_message(known.cursor).await {
            Ok(event) => Ok(event.time.unix_timestamp_nanos().to_string() == known.taken),
            // The event may just have expired.
            Err(error) if error.kind() == async_nats::jetstream::stream::LastRawMessageErrorKind::NoMessageFound => {
                Ok(true)
            }
            Err(error) => Err(broke_off(error)),
        }
    }

    /// Queues the messages that the stream lacks, once all its events were read.
    async fn settle(&self) -> Result<(), Fault> {
        let now = (self.node.now)();
        self.node.archive.tell_missing(now - self.node.settings.keep, now + OTHERS).await?;
        self.node.board.nudge.notify_one();
        Ok(())
    }

    async fn consume(&self, cursor: u64) -> Result<pull::Stream, Fault> {
        let config = Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: cursor + 1 },
            ack_policy: AckPolicy::None,
            replay_policy: ReplayPolicy::Instant,
            inactive_threshold: INACTIVE,
            num_replicas: 1,
            memory_storage: true,
            ..Config::default()
        };
        let consumer = self.stream.create_consumer(config).await.map_err(broke_off)?;
        let events = consumer.stream().max_messages_per_batch(ASKED_FOR).heartbeat(HEARTBEAT).expires(EXPIRES);
        events.messages().await.map_err(broke_off)
    }

    /// Counts the events that expired before they were read here.
    fn count_missed(&self, cursor: u64, first: Option<&EventPlace>) {
        let missed = first.map_or(0, |first| first.of_stream.saturating_sub(cursor + 1));
        // A new node has missed nothing.
        if missed > 0 && cursor > 0 {
            self.node.board.change(|status| status.missed += missed);
            let n_missed = self.node.board.status().borrow().missed;
            self.node.board.trouble(TroubleKind::Missed, Some(cluster::EVENTS_MISSED.with(n_missed)));
        }
    }

    /// Applies batches of events in their order, and moves the cursor behind them.
    fn apply(&self, batches: Vec<StreamBatch>) -> Applying {
        let (archive, board) = (self.node.archive.clone(), Arc::clone(&self.node.board));
        tokio::spawn(async move {
            let mut under_way = Vec::with_capacity(batches.len());
            for batch in batches {
                under_way.push((claims(&batch.news), archive.apply(batch).await?));
            }
            for (claims, applied) in under_way {
                applied.await?;
                for (node, number, claims) in claims {
                    board.claim(node, number, claims);
                }
            }
            Ok(())
        })
    }

    /// Decodes events behind a position, on a blocking thread.
    fn decode(&self, batch: Vec<Message>, places: Vec<EventPlace>, after: u64) -> Decoding {
        let (policy, since) = (self.node.policy.clone(), (self.node.now)() - self.node.settings.keep);
        tokio::task::spawn_blocking(move || {
            let (mut news, mut strange) = (Vec::with_capacity(batch.len()), Vec::new());
            for (event, place) in batch.iter().zip(&places) {
                match read(event, &policy, place.of_stream) {
                    Ok(told) => news.extend(told),
                    Err(reason) => strange.push((place.of_stream, reason)),
                }
            }
            let (cursor, taken) =
                places.last().map_or((after, String::new()), |last| (last.of_stream, last.taken.to_string()));
            (StreamBatch { news, after, cursor, taken, since, is_patient: false }, strange)
        })
    }

    /// Returns the decoded events without those that did not come from weibox, which are reported.
    fn take_strange(
        &self,
        decoded: Result<(StreamBatch, Vec<(u64, Reason)>), JoinError>,
    ) -> Result<StreamBatch, Fault> {
        let (batch, strange) = decoded.map_err(|_reported| crate::archive::Error::BrokeOff)?;
        if let Some((place, reason)) = strange.last() {
            self.node.board.change(|status| status.strange += strange.len() as u64);
            let n_strange = self.node.board.status().borrow().strange;
            let reason = cluster::STRANGE_EVENT.with(n_strange).with(*place).with(reason.clone());
            self.node.board.trouble(TroubleKind::Strange, Some(reason));
        }
        Ok(batch)
    }
}

/// Returns the claims among the events.
fn claims(news: &[StreamNews]) -> Vec<(String, i64, Vec<SenderClaim>)> {
    let claims = news.iter().filter_map(|news| {
        let StreamNews::Done(DeedNews { node, number, deed: Deed::Claims { claims }, .. }) = news else { return None };
        Some((node.clone(), *number, claims.clone()))
    });
    claims.collect()
}
