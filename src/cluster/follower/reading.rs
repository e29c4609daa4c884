//! Reads events from the stream for the archive.

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{self, MessagesError};
use async_nats::jetstream::message::StreamMessage;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::task::JoinHandle;

use crate::archive::{StreamBatch, StreamNews};
use crate::cluster::stream::{MARKS, MESSAGES};
use crate::cluster::{envelope, event};
use crate::reason::{Fault, Reason, cluster};
use crate::record::policy::Policy;

/// The maximum number of events, and of their bytes, that are read and applied together.
pub(super) const APPLIED: usize = 500;
pub(super) const APPLIED_BYTES: usize = 4 << 20;
/// While at least this many events are pending, they are gathered up to this number, or this many bytes, and
/// written in long turns, which a caller that waits for an answer cuts short: this way a page with several
/// messages is written once.
const GATHERED: usize = 8_000;
const GATHERED_BYTES: usize = 16 << 20;
/// Number of threads that decode events while others are read.
const READERS: usize = 4;
/// The maximum length of an event of weibox: the longest callback that can be configured, and its headers.
const LONGEST: usize = (16 << 20) + (64 << 10);

/// A batch that the archive is applying.
pub(super) type Applying = JoinHandle<Result<(), crate::archive::Error>>;
/// A batch that is being decoded, with the places of events that are not of weibox.
pub(super) type Decoding = JoinHandle<(StreamBatch, Vec<(u64, Reason)>)>;

/// The state of reading from a consumer.
pub(super) struct Reading {
    pub(super) events: pull::Stream,
    /// The consumer's number of the next event.
    pub(super) next: u64,
    /// The place of the last event that was read.
    pub(super) cursor: u64,
    pub(super) pending: u64,
    /// The place at which everything has been read that was there at first.
    pub(super) settles_at: Option<u64>,
    /// The batches that are being decoded, in order.
    pub(super) decoding: FuturesOrdered<Decoding>,
    pub(super) ready: Vec<StreamBatch>,
    /// Number of events in these two.
    pub(super) n_events: usize,
    pub(super) n_bytes: usize,
    /// The place of the last event that is being applied, and how many come after it.
    pub(super) applying: Option<(u64, u64, Applying)>,
}

impl Reading {
    /// Starts reading from a consumer that begins after `cursor`.
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

    /// Returns an event and those that already wait behind it, up to the size of a batch.
    pub(super) fn batch(&mut self, first: Result<Message, MessagesError>) -> Result<Vec<Message>, Fault> {
        let mut batch = vec![first.map_err(broke_off)?];
        let mut n_bytes = 0;
        while batch.len() < APPLIED && n_bytes < APPLIED_BYTES {
            let Some(Some(event)) = self.events.next().now_or_never() else { break };
            let event = event.map_err(broke_off)?;
            n_bytes += event.payload.len();
            batch.push(event);
        }
        Ok(batch)
    }

    /// Returns whether far more events are pending than are gathered.
    pub(super) const fn is_behind(&self) -> bool {
        self.pending >= GATHERED as u64
    }

    const fn is_full(&self) -> bool {
        self.n_events >= GATHERED || self.n_bytes >= GATHERED_BYTES
    }

    /// Returns whether to read more now: while far behind, up to the limit of a long turn; else the next turn
    /// while the one before is written.
    pub(super) fn has_room(&self) -> bool {
        if self.is_behind() { !self.is_full() && self.decoding.len() < READERS } else { self.n_events == 0 }
    }

    /// Returns whether to write the batches that are ready, once the turn before is written.
    pub(super) fn is_due(&self) -> bool {
        self.decoding.is_empty() && !self.ready.is_empty() && (self.is_full() || !self.is_behind())
    }
}

/// Returns the fault of a stream that could not be read any further.
#[expect(clippy::needless_pass_by_value, reason = "errors are mapped")]
pub(super) fn broke_off(error: impl ToString) -> Fault {
    cluster::FOLLOWING_BROKE_OFF.with(error.to_string()).into()
}

/// Position of an event.
pub(super) struct EventPlace {
    pub(super) of_stream: u64,
    pub(super) of_consumer: u64,
    /// Time at which the stream took it, in nanoseconds.
    pub(super) taken: i128,
    /// Number of events after it.
    pub(super) pending: u64,
}

pub(super) fn places(batch: &[Message]) -> Result<Vec<EventPlace>, Fault> {
    let place = |event: &Message| {
        let info = event.info().map_err(broke_off)?;
        Ok(EventPlace {
            of_stream: info.stream_sequence,
            of_consumer: info.consumer_sequence,
            taken: info.published.unix_timestamp_nanos(),
            pending: info.pending,
        })
    };
    batch.iter().map(place).collect()
}

/// Converts a stored event to the form in which a consumer delivers it.
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

/// Decodes an event; fails with the reason when it is not one of weibox.
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
