//! The changes that the writer makes: one file per subject, with the SQL in the method of [`Archive`] that
//! requests it, or beside that method. A new subject needs a file here and a line below.
//!
//! [`Archive`]: super::Archive

#![expect(clippy::missing_errors_doc, reason = "the archive says once for all changes how they fail")]

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use tokio::sync::mpsc::WeakSender;
use tokio::sync::oneshot;

use crate::record::{Record, Seq};

use super::Error;
use super::connection::FileIdentity;
use super::connection::statements::Statements;
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
mod forwarded;
mod insert;
mod label;
mod log;
mod mark;
mod mute;
mod outbox;
mod profile;
mod prune;
mod replicate;
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
pub(super) use mark::Marking;
pub(super) use mute::mute;
pub use prune::{PruneBatch, Pruned};
pub use replicate::{CopyNews, MessageNews, StreamBatch, StreamNews};
pub use target::RETRIED_AT_ONCE;

/// A change to the archive.
pub(super) trait Write: Send + 'static {
    /// Its result, which the caller gets when the change is on disk.
    type Answer: Send + 'static;

    /// Makes the change. It is repeated alone if another change of its turn fails.
    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Self::Answer>;

    /// Returns whether nobody waits for it, so that it comes after the changes that somebody waits for.
    fn is_patient(&self) -> bool {
        false
    }

    /// Publishes what is new, once the change is on disk and before anybody gets an answer.
    fn publish(self, _answer: &Self::Answer, _news: &mut TurnNews)
    where
        Self: Sized,
    {
    }
}

/// Most changes publish nothing: a closure that writes them is enough.
impl<T: Send + 'static, F: Fn(&Turn<'_>) -> rusqlite::Result<T> + Send + 'static> Write for F {
    type Answer = T;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<T> {
        self(turn)
    }
}

/// One transaction of the writer, for all waiting changes.
pub(super) struct Turn<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    /// The messages that are not in the search index yet.
    pub(super) unindexed: &'a Unindexed,
    /// Identity of the archive's file.
    pub(super) file: Option<FileIdentity>,
    /// Name of this node in a cluster; `None` without a cluster.
    pub(super) node: Option<&'a str>,
    /// Changes to counts and spans, which are stored at the end of the turn.
    pub(super) changes: RefCell<SpanChanges>,
}

impl Statements for Turn<'_> {
    fn connection(&self) -> &Connection {
        self.transaction
    }
}

/// The new messages of a turn, for followers.
#[derive(Default)]
pub(super) struct TurnNews {
    pub(super) entries: SearchEntries,
    /// The records of the messages, if somebody follows.
    pub(super) messages: Vec<Fresh>,
    pub(super) is_followed: bool,
}

impl TurnNews {
    fn add(&mut self, seq: Seq, entry: Arc<SearchEntry>, record: impl FnOnce() -> Record) {
        if self.is_followed {
            self.messages.push((Arc::new(record()), Arc::clone(&entry)));
        }
        self.entries.push((seq, entry));
    }

    /// Returns the highest number of a new message; 0 if there is none.
    pub(super) fn highest(&self) -> Seq {
        self.entries.iter().map(|(seq, _)| *seq).max().unwrap_or_default()
    }
}

/// An entry of the writer's queue.
pub(super) enum WriterCommand {
    Write(Box<dyn Pending>),
    /// A reader found the archive damaged, or the check of a suspected archive has ended.
    Mend,
    /// One of the archive's files is no longer in its place.
    Look,
    /// The sender asks whether the writer still takes its turns.
    Beat(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// Reports an error of a reader to the writer if it means damage: the archive is then checked and, if damaged,
/// salvaged. Does not wait.
pub(super) fn suspect(error: &Error, commands: &WeakSender<WriterCommand>) {
    if error.is_damaged() {
        // If the queue is full, the changes in it find the damage as well.
        let _full = commands.upgrade().map(|commands| commands.try_send(WriterCommand::Mend));
    }
}

/// A change of any type that waits for its turn, together with the channel for its answer.
pub(super) trait Pending: Send {
    /// As [`Write::is_patient`].
    fn is_patient(&self) -> bool;

    /// Makes the change, and keeps its result until the turn is on disk.
    fn write(&mut self, turn: &Turn<'_>) -> rusqlite::Result<()>;

    /// Publishes what is new.
    fn publish(&mut self, news: &mut TurnNews);

    /// Sends the answer. A caller that stopped waiting has already been told so; the change is kept all the
    /// same.
    fn answer(self: Box<Self>, written: Result<(), Error>);
}

/// Prepares a change for the queue; its answer comes through the receiver.
pub(super) fn pending<W: Write>(write: W) -> (WriterCommand, oneshot::Receiver<Result<W::Answer, Error>>) {
    let (answer_tx, answer_rx) = oneshot::channel();
    (WriterCommand::Write(Box::new(Asked { write: Some(write), answer: None, answer_tx })), answer_rx)
}

struct Asked<W: Write> {
    /// The change, until it is published.
    write: Option<W>,
    /// Its answer, once it was written.
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
        // Without an answer the caller finds the channel closed.
        let _gone = answer.map(|answer| answer_tx.send(answer));
    }
}
