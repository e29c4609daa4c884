//! Events on their way from the stream to the archive.

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{self, MessagesError};
use async_nats::jetstream::message::StreamMessage;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::task::JoinHandle;

use crate::archive::{StreamBatch, StreamNews};
use crate::cluster::stream::{MARKS, MESSAGES};
use crate::cluster::{Error, envelope, event};
use crate::reason::{Reason, cluster};
use crate::record::policy::Policy;

/// So many are read and applied together, of at most so many bytes.
pub(super) const APPLIED: usize = 500;
pub(super) const APPLIED_BYTES: usize = 4 << 20;
/// With so many still to come, they are gathered until they are so many, or so many bytes, and written in long turns that somebody who
/// waits for an answer cuts short: a page that holds several is written once.
const GATHERED: usize = 8_000;
const GATHERED_BYTES: usize = 16 << 20;
/// So many threads read them meanwhile.
const READERS: usize = 4;
/// No event of weibox is longer: the longest callback that can be set, and its headers.
const LONGEST: usize = (16 << 20) + (64 << 10);

/// Something that is on its way into the archive.
pub(super) type Applying = JoinHandle<Result<(), crate::archive::Error>>;
/// What is made of events, with what is none of weibox, by its place.
pub(super) type Decoding = JoinHandle<(StreamBatch, Vec<(u64, Reason)>)>;

/// What is read from a consumer.
pub(super) struct Reading {
    pub(super) events: pull::Stream,
    /// The number of its next event.
    pub(super) next: u64,
    /// The place of the last event that was read, and how many come after it.
    pub(super) cursor: u64,
    pub(super) pending: u64,
    /// Where everything is read that was there at first.
    pub(super) settles_at: Option<u64>,
    /// What becomes of the events that were read last, in their order, and what became of those before.
    pub(super) decoding: FuturesOrdered<Decoding>,
    pub(super) ready: Vec<StreamBatch>,
    /// How many events these two are, and their bytes.
    pub(super) n_events: usize,
    pub(super) n_bytes: usize,
    /// The place of the last event that is being applied, and how many come after it.
    pub(super) applying: Option<(u64, u64, Applying)>,
}

impl Reading {
    /// What is read from a consumer that begins behind a place.
    pub(super) fn new(events: pull::Stream, cursor: u64, settles_at: Option<u64>) -> Self {
        Self {
            events,
            next: 1,
            cursor,
            pending: 0,
            settles_at,
            decoding: FuturesOrdered::new(),
            ready: Vec::new(),
            n_events: 0,
            n_bytes: 0,
            applying: None,
        }
    }

    /// An event and those that wait behind it, as many as are applied at once.
    pub(super) fn batch(&mut self, first: Result<Message, MessagesError>) -> Result<Vec<Message>, Error> {
        let failed = |error: MessagesError| Error::Following(error.to_string());
        let mut batch = vec![first.map_err(failed)?];
        let mut n_bytes = 0;
        while batch.len() < APPLIED && n_bytes < APPLIED_BYTES {
            let Some(Some(event)) = self.events.next().now_or_never() else { break };
            let event = event.map_err(failed)?;
            n_bytes += event.payload.len();
            batch.push(event);
        }
        Ok(batch)
    }

    /// Whether far more is to come than is gathered.
    pub(super) const fn is_behind(&self) -> bool {
        self.pending >= GATHERED as u64
    }

    const fn is_full(&self) -> bool {
        self.n_events >= GATHERED || self.n_bytes >= GATHERED_BYTES
    }

    /// Whether more is to be read now: as much as is gathered, or what becomes the next turn while the one before is written.
    pub(super) fn has_room(&self) -> bool {
        if self.is_behind() { !self.is_full() && self.decoding.len() < READERS } else { self.n_events == 0 }
    }

    /// Whether what is ready is to be written, once the one before is.
    pub(super) fn is_due(&self) -> bool {
        self.decoding.is_empty() && !self.ready.is_empty() && (self.is_full() || !self.is_behind())
    }
}

/// Where an event stands.
pub(super) struct EventPlace {
    pub(super) of_stream: u64,
    pub(super) of_consumer: u64,
    /// When the stream took it, in nanoseconds.
    pub(super) taken: i128,
    /// How many come after it.
    pub(super) pending: u64,
}

pub(super) fn places(batch: &[Message]) -> Result<Vec<EventPlace>, Error> {
    let place = |event: &Message| {
        let info = event.info().map_err(|error| Error::Following(error.to_string()))?;
        Ok(EventPlace {
            of_stream: info.stream_sequence,
            of_consumer: info.consumer_sequence,
            taken: info.published.unix_timestamp_nanos(),
            pending: info.pending,
        })
    };
    batch.iter().map(place).collect()
}

/// An event as a consumer would have brought it.
pub(super) fn as_sent(event: StreamMessage) -> async_nats::Message {
    let StreamMessage { subject, headers, payload, .. } = event;
    let length = payload.len();
    async_nats::Message {
        subject,
        reply: None,
        payload,
        headers: Some(headers),
        status: None,
        description: None,
        length,
    }
}

/// What an event says; why not, when it is none of weibox.
pub(super) fn read(event: &Message, policy: &Policy, place: u64) -> Result<Vec<StreamNews>, Reason> {
    if event.payload.len() > LONGEST {
        return Err(cluster::EVENT_TOO_LONG.with(event.payload.len()));
    }
    if event.subject.starts_with(MESSAGES) {
        let message = envelope::read(event.headers.as_ref(), &event.payload, policy, place)?;
        return Ok(vec![StreamNews::Message(Box::new(message))]);
    }
    if event.subject.starts_with(MARKS) {
        envelope::check_format(event.headers.as_ref())?;
        return event::read(&event.payload, place);
    }
    Err(cluster::NO_SUBJECT.with(event.subject.as_str()))
}
