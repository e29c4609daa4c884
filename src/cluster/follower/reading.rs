//! Events on their way from the stream to the archive.

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{self, MessagesError};
use async_nats::jetstream::message::StreamMessage;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::task::JoinHandle;

use crate::archive::StreamNews;
use crate::cluster::stream::{MARKS, MESSAGES};
use crate::cluster::{Error, envelope, event};
use crate::reason::{Reason, cluster};
use crate::record::policy::Policy;

/// So many are applied at once, of at most so many bytes. While they are, answers to Weibo wait.
pub(super) const APPLIED: usize = 500;
pub(super) const APPLIED_BYTES: usize = 4 << 20;
/// No event of weibox is longer: the longest callback that can be set, and its headers.
const LONGEST: usize = (16 << 20) + (64 << 10);

/// Something that is on its way into the archive.
pub(super) type Applying = JoinHandle<Result<(), crate::archive::Error>>;

/// What is read from a consumer.
pub(super) struct Reading {
    pub(super) events: pull::Stream,
    /// The number of its next event.
    pub(super) next: u64,
    /// The place of the last event that was read.
    pub(super) cursor: u64,
    /// Where everything is read that was there at first.
    pub(super) settles_at: Option<u64>,
    /// The last events, and how many come after them.
    pub(super) applying: Option<(u64, Applying)>,
}

impl Reading {
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
}

/// Where an event stands.
pub(super) struct EventPlace {
    pub(super) of_stream: u64,
    pub(super) of_consumer: u64,
    /// When the stream took it, in nanoseconds.
    pub(super) taken: String,
    /// How many come after it.
    pub(super) pending: u64,
}

pub(super) fn places(batch: &[Message]) -> Result<Vec<EventPlace>, Error> {
    let place = |event: &Message| {
        let info = event.info().map_err(|error| Error::Following(error.to_string()))?;
        Ok(EventPlace {
            of_stream: info.stream_sequence,
            of_consumer: info.consumer_sequence,
            taken: info.published.unix_timestamp_nanos().to_string(),
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
