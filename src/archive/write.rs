//! What the writer can be asked for: one file a write, its SQL in the method of [`Archive`] that asks for it, or beside it. A new write
//! is a file here and its line below.
//!
//! [`Archive`]: super::Archive

#![expect(clippy::missing_errors_doc, reason = "the archive says once for all changes how they fail")]

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{Params, Transaction};
use tokio::sync::oneshot;

use crate::record::{Record, Seq};

use super::Error;
use super::connection::FileIdentity;
use super::index::{SearchEntries, SearchEntry, Unindexed};
use super::recent::Fresh;
use super::spans::SpanChanges;

mod block_part;
mod bookmark;
mod compose;
mod confirm;
mod copies;
mod deed;
mod discard;
mod draft;
mod forwarded;
mod insert;
mod label;
mod log;
mod mark;
mod mute;
mod outbox;
mod person;
mod profile;
mod prune;
mod replicate;
mod settle;
mod stream;
mod target;
mod tell;
mod trial;
mod want;

pub(super) use block_part::StoreBlockPart;
pub use deed::DeedNews;
pub use forwarded::ForwardedBatch;
pub(super) use label::give as give_label;
pub use log::REQUESTS_KEPT;
pub(super) use mute::mute;
pub use prune::{PruneBatch, Pruned};
pub use replicate::{CopyNews, MessageNews, StreamBatch, StreamNews};
pub use target::RETRIED_AT_ONCE;

/// A change to the archive.
pub(super) trait Write: Send + 'static {
    /// What it came to. Whoever asked gets it when it is on disk.
    type Answer: Send + 'static;

    /// Makes the change. It is done again, alone, if another change of its turn fails.
    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Self::Answer>;

    /// Whether nobody is kept waiting by it, so that it comes after what somebody waits for.
    fn is_patient(&self) -> bool {
        false
    }

    /// Says what is new, once it is on disk and before anybody gets an answer.
    fn publish(self, _answer: &Self::Answer, _news: &mut TurnNews)
    where
        Self: Sized,
    {
    }
}

/// Most changes are no more than what they write.
impl<T: Send + 'static, F: Fn(&Turn<'_>) -> rusqlite::Result<T> + Send + 'static> Write for F {
    type Answer = T;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<T> {
        self(turn)
    }
}

/// One transaction of the writer, for all the changes that waited.
pub(super) struct Turn<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    /// The messages that are found without the search index.
    pub(super) unindexed: &'a Unindexed,
    /// The archive's file.
    pub(super) file: Option<FileIdentity>,
    /// What this node of a cluster is called; `None` without one.
    pub(super) node: Option<&'a str>,
    /// What its end adds to counts and spans.
    pub(super) changes: RefCell<SpanChanges>,
}

impl Turn<'_> {
    /// Changes rows, and returns how many.
    fn execute(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.transaction.prepare_cached(sql)?.execute(values)
    }
}

/// What a turn brought, for those who follow.
#[derive(Default)]
pub(super) struct TurnNews {
    pub(super) entries: SearchEntries,
    /// The messages themselves, if somebody follows.
    pub(super) messages: Vec<Fresh>,
    pub(super) is_followed: bool,
}

impl TurnNews {
    /// Adds a new message.
    fn add(&mut self, seq: Seq, entry: Arc<SearchEntry>, record: impl FnOnce() -> Record) {
        if self.is_followed {
            self.messages.push((Arc::new(record()), Arc::clone(&entry)));
        }
        self.entries.push((seq, entry));
    }

    /// The highest number of a new message; 0 when there is none.
    pub(super) fn highest(&self) -> Seq {
        self.entries.iter().map(|(seq, _)| *seq).max().unwrap_or_default()
    }
}

/// What stands in the writer's queue.
pub(super) enum WriterCommand {
    Write(Box<dyn Pending>),
    /// Somebody who reads found the archive damaged, or it has been looked at.
    Mend,
    /// One of the archive's files is not in its place any more.
    Look,
    /// Somebody wants to know whether the writer still takes its turns.
    Beat(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// A change that waits for its turn, whatever it is, together with whoever waits for its answer.
pub(super) trait Pending: Send {
    /// As [`Write::is_patient`].
    fn is_patient(&self) -> bool;

    /// Makes the change, and keeps what it came to until the turn is on disk.
    fn write(&mut self, turn: &Turn<'_>) -> rusqlite::Result<()>;

    /// Says what is new.
    fn publish(&mut self, news: &mut TurnNews);

    /// Gives the answer. Who stopped waiting has been told so already; what was written is kept all the same.
    fn answer(self: Box<Self>, written: Result<(), Error>);
}

/// Makes a change ready for the queue; the answer comes through the receiver.
pub(super) fn pending<W: Write>(write: W) -> (WriterCommand, oneshot::Receiver<Result<W::Answer, Error>>) {
    let (answer_tx, answer_rx) = oneshot::channel();
    (WriterCommand::Write(Box::new(Asked { write: Some(write), answer: None, answer_tx })), answer_rx)
}

struct Asked<W: Write> {
    /// There until it is published.
    write: Option<W>,
    /// There when it was written.
    answer: Option<W::Answer>,
    answer_tx: oneshot::Sender<Result<W::Answer, Error>>,
}

impl<W: Write> Pending for Asked<W> {
    fn is_patient(&self) -> bool {
        self.write.as_ref().is_some_and(W::is_patient)
    }

    fn write(&mut self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        self.answer = self.write.as_ref().map(|write| write.write(turn)).transpose()?;
        Ok(())
    }

    fn publish(&mut self, news: &mut TurnNews) {
        if let (Some(write), Some(answer)) = (self.write.take(), &self.answer) {
            write.publish(answer, news);
        }
    }

    fn answer(self: Box<Self>, written: Result<(), Error>) {
        let Self { answer, answer_tx, .. } = *self;
        let answer = written.map(|()| answer).transpose();
        // Without an answer whoever asked finds the channel closed.
        let _gone = answer.map(|answer| answer_tx.send(answer));
    }
}
