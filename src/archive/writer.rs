//! The thread that owns the writing connection. It never reads on behalf of others.

use std::cell::RefCell;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{mpsc, watch};

use crate::record::Seq;

use super::connection::turnstile::{self, Turnstile};
use super::connection::{self, FileIdentity};
use super::error::is_damage;
use super::index::Unindexed;
use super::indexer::Indexer;
use super::recent::Recent;
use super::salvage::mender::{Damage, Mended, Mender};
use super::spans::{self, SpanChanges};
use super::write::{Pending, Turn, TurnNews, WriterCommand};
use super::{Committed, Error, TurnTimes};

use queue::{TakenWrites, WriterQueue};

mod queue;

/// The pauses before each retry of a turn that met damage.
const MOMENTS: [Duration; 3] = [Duration::from_millis(10), Duration::from_millis(20), Duration::from_millis(40)];

/// Writes to the archive and publishes what was committed.
pub(super) struct Writer {
    connection: Connection,
    bell: watch::Sender<Committed>,
    times: watch::Sender<TurnTimes>,
    unindexed: Arc<Unindexed>,
    recent: Arc<Recent>,
    indexer: Indexer,
    mender: Mender,
    directory: PathBuf,
    /// The archive's files as they were when it was opened.
    files: [Option<FileIdentity>; 3],
    /// Queue of the processes that write beside a listener; `None` in the listener.
    turnstile: Option<Arc<Turnstile>>,
    /// Why the last turn failed; `None` when it succeeded.
    failure: Option<String>,
    /// Name of this node of a cluster; not set without one.
    node: Arc<OnceLock<String>>,
}

impl Writer {
    /// Creates the writer of the archive in a directory, and its bell.
    pub(super) fn new(
        connection: Connection,
        (unindexed, recent, node): (Arc<Unindexed>, Arc<Recent>, Arc<OnceLock<String>>),
        indexer: Indexer,
        mender: Mender,
        directory: PathBuf,
    ) -> Result<(Self, watch::Receiver<Committed>), Error> {
        let seq = spans::last(&connection)?;
        let (bell, committed) = watch::channel(Committed { seq, ..Committed::default() });
        let files = connection::files_of(&directory);
        let turnstile = (!mender.has_right()).then(|| Turnstile::open(&directory));
        let failure = None;
        let times = watch::Sender::default();
        let writer = Self {
            connection,
            bell,
            times,
            unindexed,
            recent,
            indexer,
            mender,
            directory,
            files,
            turnstile,
            failure,
            node,
        };
        Ok((writer, committed))
    }

    pub(super) fn times(&self) -> watch::Receiver<TurnTimes> {
        self.times.subscribe()
    }

    /// Starts the thread, which ends with [`WriterCommand::Close`] or when all senders are gone. A panic
    /// aborts the turn in which it happens, whose changes get no answer. The thread drops the `leash` when it
    /// ends, which tells others of the end.
    pub(super) fn start(self, commands: mpsc::Receiver<WriterCommand>, leash: UnixStream) -> Result<(), Error> {
        let run = move || {
            self.run(commands);
            drop(leash);
        };
        let spawned = thread::Builder::new().name("archive".to_owned()).spawn(run);
        spawned.map(drop).map_err(|source| Error::Thread { source })
    }

    fn run(mut self, commands: mpsc::Receiver<WriterCommand>) {
        // A listener in another process cannot cut a turn of this one short.
        let longest = if self.turnstile.is_some() { turnstile::TURN } else { queue::LONGEST };
        let (mut queue, mut closed) = (WriterQueue::new(commands, longest), None);
        while let Some(TakenWrites { writes, is_damaged, is_moved, beats, closed: asked }) = queue.take() {
            let pass = self.turnstile.as_ref().filter(|_| !writes.is_empty()).map(Turnstile::enter);
            // The connection is sound afterwards: unwinding rolls the transaction back.
            let done = catch_unwind(AssertUnwindSafe(|| {
                if is_moved {
                    // The outcome is published, and the next turn tries again.
                    drop(self.keep_in_place());
                }
                let (is_turn, began_at) = (!writes.is_empty(), Instant::now());
                let left = self.take_turn(writes, Some(&mut queue));
                if is_turn {
                    self.times.send_modify(|times| times.turns.note(began_at.elapsed()));
                }
                if is_damaged || !left.is_empty() {
                    self.mend(left, is_damaged);
                }
            }));
            if done.is_err() {
                self.forget_found();
                tracing::error!("the archive's writer broke off; it goes on with the next turn");
            }
            drop(pass);
            for beat in beats {
                // The caller may have dropped its receiver.
                let _gone = beat.send(());
            }
            if asked.is_some() {
                closed = asked;
                break;
            }
        }
        drop(queue);
        // The log of an archive that is not in its place must stay: the system deletes the file into which it would
        // be folded.
        self.mender.close();
        let is_in_place = self.keep_in_place().is_ok();
        let Self { connection, indexer, mender, .. } = self;
        indexer.finish();
        if is_in_place {
            // Failing to fold the log loses nothing: the next start does it.
            drop(connection.pragma_update(None, "wal_checkpoint", "truncate"));
        }
        drop((connection, mender));
        // The caller may have dropped its receiver.
        let _gone = closed.map(|closed| closed.send(()));
    }

    /// Runs a turn, extended by patient writes from the queue. If it fails, runs each of its writes in a turn
    /// of its own, so that one bad write does not fail the others. Returns the writes that met damage.
    fn take_turn(&mut self, mut turn: Vec<Box<dyn Pending>>, queue: Option<&mut WriterQueue>) -> Vec<Box<dyn Pending>> {
        if turn.is_empty() {
            return turn;
        }
        let committed = self.commit(&mut turn, queue);
        if committed.is_err() {
            self.forget_found();
        }
        match committed {
            Ok(()) => {
                self.tell(&mut turn);
                if self.failure.take().is_some() {
                    tracing::info!("the archive is written again");
                    self.ring_for_all();
                }
                for write in turn {
                    write.answer(Ok(()));
                }
                Vec::new()
            }
            Err(error) if turn.len() == 1 => {
                self.fail(&error);
                if is_damage(&error) {
                    return turn;
                }
                if let Some(write) = turn.pop() {
                    write.answer(Err(Error::Write(error)));
                }
                Vec::new()
            }
            Err(_) => turn.into_iter().flat_map(|write| self.take_turn(vec![write], None)).collect(),
        }
    }

    /// Runs and commits a turn, and adds to it the writes that it takes from the queue.
    fn commit(
        &mut self,
        turn: &mut Vec<Box<dyn Pending>>,
        mut queue: Option<&mut WriterQueue>,
    ) -> rusqlite::Result<()> {
        self.keep_in_place()?;
        let began_at = Instant::now();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes = RefCell::<SpanChanges>::default();
        let (unindexed, node) = (&*self.unindexed, self.node.get().map(String::as_str));
        let context = Turn { transaction: &transaction, unindexed, file: self.files[0], node, changes };
        turn.iter_mut().try_for_each(|write| write.write(&context))?;
        let is_urgent = turn.iter().any(|write| !write.is_patient());
        while let Some(mut write) = queue.as_mut().and_then(|queue| queue.one_more(is_urgent, began_at)) {
            let written = write.write(&context);
            turn.push(write);
            written?;
        }
        context.changes.into_inner().store(&transaction)?;
        let began_at = Instant::now();
        transaction.commit()?;
        self.times.send_modify(|times| times.commits.note(began_at.elapsed()));
        // The file may have been removed meanwhile.
        self.keep_in_place()
    }

    /// Makes sure that the archive's files are in their places: a file that was deleted or moved away accepts
    /// every write, which nobody would find. If only the log was removed, writes its contents into the file; a file
    /// that was removed is put back.
    fn keep_in_place(&mut self) -> rusqlite::Result<()> {
        let found = connection::files_of(&self.directory);
        if found == self.files {
            self.mender.is_back(&self.directory);
            return Ok(());
        }
        let gone = || rusqlite::Error::InvalidPath(self.directory.join(connection::FILE));
        if found[0] != self.files[0] {
            let Some(back) = self.mender.keep(&self.connection, &self.directory, self.files) else {
                return Err(gone());
            };
            self.reopened(back);
            return Ok(());
        }
        match connection::move_in(&mut self.connection, &self.directory, self.files) {
            Ok(connection) => self.reopened(connection),
            Err(error) => {
                tracing::error!(%error, "the archive's log was removed, and what it has could not be kept yet");
                return Err(gone());
            }
        }
        tracing::error!("the archive's log was removed while it was open; what it had is kept");
        self.mender.is_back(&self.directory);
        self.mender.tell(Damage::LogRemoved);
        Ok(())
    }

    /// Uses a new connection to the archive. Readers have the removed files open, and are notified.
    fn reopened(&mut self, connection: Connection) {
        self.forget_found();
        self.connection = connection;
        self.files = connection::files_of(&self.directory);
        self.ring_for_all();
    }

    /// Forgets the entries for messages outside the index after a turn was rolled back: they may include its
    /// own messages, whose numbers others get now. Those on disk are read again.
    fn forget_found(&self) {
        self.unindexed.forget_before(Seq::MAX);
    }

    /// Logs why a turn failed, unless the one before failed for the same reason, and frees disk space if it
    /// can.
    fn fail(&mut self, error: &rusqlite::Error) {
        let words = error.to_string();
        if self.failure.as_ref() != Some(&words) {
            tracing::error!(%error, "the archive could not be written");
            self.failure = Some(words);
        }
        let is_in_place = connection::file_of(&self.directory) == self.files[0];
        if is_in_place && error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
            // A log that is folded completely frees its space. Does not wait for its readers.
            drop(self.connection.busy_timeout(Duration::ZERO));
            drop(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(())));
            drop(connection::wait_patiently(&mut self.connection));
        }
    }

    /// Publishes the new messages and rings the bell, before any caller gets an answer.
    fn tell(&self, turn: &mut [Box<dyn Pending>]) {
        let mut news = TurnNews { is_followed: self.recent.is_wanted(), ..TurnNews::default() };
        for write in turn {
            write.publish(&mut news);
        }
        let highest = news.highest();
        self.unindexed.push(news.entries);
        self.recent.push(news.messages);
        self.ring(highest);
    }

    /// Rings the bell for messages up to this one.
    fn ring(&self, highest: Seq) {
        let before = self.bell.borrow().seq;
        self.bell.send_modify(|committed| {
            committed.seq = committed.seq.max(highest);
            committed.changes += 1;
        });
        if spans::has_filled(before, highest) {
            self.indexer.nudge();
        }
    }

    /// Rings the bell for all messages: a turn also fails if the file has gone after its commit, and what it had
    /// written is a repeat when it comes again.
    fn ring_for_all(&self) {
        // A failing read is met again by the readers.
        self.ring(spans::last(&self.connection).unwrap_or_default());
    }

    /// Retries the writes that met damage, because a disk may return what it failed to return a moment ago.
    /// Then the archive is examined, and replaced if it is damaged; writes that still cannot be done fail
    /// with the reason.
    fn mend(&mut self, mut left: Vec<Box<dyn Pending>>, is_asked: bool) {
        let files = self.files;
        if self.keep_in_place().is_err() || files != self.files {
            // Anything read without the log proves nothing.
            self.mender.forget();
            for write in left {
                write.answer(Err(Error::Suspected));
            }
            return;
        }
        for pause in if self.mender.is_alert() { [].as_slice() } else { &MOMENTS } {
            if !left.is_empty() {
                thread::sleep(*pause);
                left = self.take_turn(left, None);
            }
        }
        if !is_asked && left.is_empty() {
            return;
        }
        let highest = self.bell.borrow().seq;
        let outcome = self.mender.mend(&mut self.connection, &self.directory, highest);
        let error = if matches!(outcome, Mended::Damaged) { || Error::Damaged } else { || Error::Suspected };
        let is_over = matches!(outcome, Mended::Sound | Mended::Replaced(_));
        if let Mended::Replaced(new) = outcome {
            self.reopened(new);
        }
        if is_over {
            left = self.take_turn(left, None);
            // Readers that failed try again.
            self.bell.send_modify(|committed| committed.changes += 1);
        }
        for write in left {
            write.answer(Err(error()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::SyncSender;

    use chrono::DateTime;
    use tokio::sync::oneshot;

    use super::*;
    use crate::archive::index::SearchEntry;
    use crate::archive::row::NewRow;
    use crate::archive::write::{Write, pending};
    use crate::archive::{Arrival, Reader};
    use crate::query::parse;
    use crate::weibo::identity::identity;

    /// Panics in the middle of a transaction, if told to.
    struct Fragile {
        breaks: bool,
    }

    impl Write for Fragile {
        type Answer = ();

        fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
            if self.breaks {
                turn.transaction.execute("DELETE FROM counts", [])?;
                panic!("in the middle of a turn");
            }
            Ok(())
        }
    }

    /// Blocks until it is released.
    struct Stuck {
        begun: SyncSender<()>,
        released: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
        is_patient: bool,
    }

    /// The other end of a blocked write.
    struct Waiting {
        begun: std::sync::mpsc::Receiver<()>,
        release: SyncSender<()>,
        answer: oneshot::Receiver<Result<(), Error>>,
    }

    impl Stuck {
        fn ask(commands: &mpsc::Sender<WriterCommand>, is_patient: bool) -> Waiting {
            let (begun_tx, begun) = std::sync::mpsc::sync_channel(1);
            let (release, released) = std::sync::mpsc::sync_channel(1);
            let stuck = Self { begun: begun_tx, released: std::sync::Mutex::new(released), is_patient };
            let (command, answer) = pending(stuck);
            commands.blocking_send(command).ok().unwrap();
            Waiting { begun, release, answer }
        }
    }

    impl Write for Stuck {
        type Answer = ();

        fn write(&self, _turn: &Turn<'_>) -> rusqlite::Result<()> {
            self.begun.send(()).unwrap();
            self.released.lock().unwrap().recv().unwrap();
            Ok(())
        }

        fn is_patient(&self) -> bool {
            self.is_patient
        }
    }

    /// A message of a sender; its turn searches for messages, and fails if told to.
    struct Doubtful {
        sender: u64,
        fails: bool,
    }

    impl Doubtful {
        fn arrival(&self) -> Arrival {
            let raw = format!(r#"{{"type":"text","receiver_id":1,"sender_id":{},"text":"t"}}"#, self.sender);
            Arrival::new(raw, DateTime::UNIX_EPOCH)
        }
    }

    impl Write for Doubtful {
        type Answer = u64;

        fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<u64> {
            let arrival = self.arrival();
            let identity = identity(&arrival.message, &arrival.raw);
            assert!(NewRow::of(&arrival, &identity).insert(turn.transaction)?);
            let seq = turn.transaction.last_insert_rowid().cast_unsigned();
            turn.changes.borrow_mut().add(seq, arrival.message.kind(), 0, true);
            turn.unindexed.entries(turn.transaction)?;
            if self.fails { Err(rusqlite::Error::InvalidQuery) } else { Ok(seq) }
        }

        fn publish(self, seq: &u64, news: &mut TurnNews) {
            let entry = SearchEntry::new(&self.arrival().message, "", 0, true);
            news.entries.push((*seq, Arc::new(entry)));
        }
    }

    /// A message; the archive's file is moved away in its turn.
    struct Moved(std::path::PathBuf);

    impl Write for Moved {
        type Answer = ();

        fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
            let is_new = Doubtful { sender: 6, fails: false }.write(turn);
            std::fs::rename(self.0.join(connection::FILE), self.0.join("moved")).unwrap();
            is_new.map(drop)
        }
    }

    /// Starts a writer; returns the sender of its commands and its bell.
    fn started(directory: &std::path::Path) -> (mpsc::Sender<WriterCommand>, watch::Receiver<Committed>) {
        started_with(directory, Arc::default())
    }

    fn started_with(
        directory: &std::path::Path,
        unindexed: Arc<Unindexed>,
    ) -> (mpsc::Sender<WriterCommand>, watch::Receiver<Committed>) {
        let connection = connection::open(directory).unwrap();
        let (commands, received) = mpsc::channel(8);
        let indexer = Indexer::start(directory, Arc::clone(&unindexed), commands.downgrade()).unwrap();
        let mender = Mender::new(None, commands.downgrade());
        let memory = (unindexed, Arc::default(), Arc::default());
        let (writer, committed) = Writer::new(connection, memory, indexer, mender, directory.to_owned()).unwrap();
        writer.start(received, UnixStream::pair().unwrap().0).unwrap();
        (commands, committed)
    }

    #[test]
    fn a_writer_that_is_stuck_has_no_beat() {
        let directory = tempfile::tempdir().unwrap();
        let (commands, _committed) = started(directory.path());
        let beat = || {
            let (beat_tx, beat) = oneshot::channel();
            commands.blocking_send(WriterCommand::Beat(beat_tx)).ok().unwrap();
            beat
        };
        beat().blocking_recv().unwrap();
        let stuck = Stuck::ask(&commands, false);
        let mut starved = beat();
        // No outcome of the writer's turn may end the wait.
        thread::sleep(Duration::from_millis(50));
        assert!(starved.try_recv().is_err(), "its turn is not over");
        stuck.release.send(()).unwrap();
        stuck.answer.blocking_recv().unwrap().unwrap();
        starved.blocking_recv().unwrap();
    }

    #[test]
    fn what_can_wait_is_written_together_and_whoever_comes_is_answered_after_one_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let (commands, committed) = started(directory.path());
        let first = Stuck::ask(&commands, false);
        first.begun.recv().unwrap();
        let patient = [(); 8].map(|()| Stuck::ask(&commands, true));
        first.release.send(()).unwrap();
        first.answer.blocking_recv().unwrap().unwrap();
        assert_eq!(committed.borrow().changes, 1);

        // A write comes while the first patient one is running, and is answered together with the second one:
        // every turn takes one patient write, so that they do not wait for ever.
        patient[0].begun.recv().unwrap();
        let second = Stuck::ask(&commands, false);
        second.release.send(()).unwrap();
        patient[..2].iter().for_each(|one| one.release.send(()).unwrap());
        second.answer.blocking_recv().unwrap().unwrap();
        assert_eq!(committed.borrow().changes, 3);

        patient[2..].iter().for_each(|one| one.release.send(()).unwrap());
        for one in patient {
            one.answer.blocking_recv().unwrap().unwrap();
        }
        // In one turn, or in two if the machine is busy.
        assert!(committed.borrow().changes <= 5, "the rest goes together");
    }

    #[test]
    fn what_can_wait_is_done_before_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let (commands, _committed) = started(directory.path());
        let patient = [(); 4].map(|()| Stuck::ask(&commands, true));
        let (closed_tx, closed) = oneshot::channel();
        commands.blocking_send(WriterCommand::Close(closed_tx)).ok().unwrap();
        for one in &patient {
            one.release.send(()).unwrap();
        }
        for one in patient {
            one.answer.blocking_recv().unwrap().unwrap();
        }
        closed.blocking_recv().unwrap();
    }

    #[test]
    fn a_panic_costs_its_own_turn_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (commands, committed) = started(directory.path());
        let ask = |breaks| {
            let (command, answer) = pending(Fragile { breaks });
            commands.blocking_send(command).ok().unwrap();
            answer.blocking_recv()
        };
        assert!(ask(true).is_err(), "nobody is told that it was done");
        ask(false).unwrap().unwrap();
        assert_eq!(committed.borrow().changes, 1);
        let reader = Connection::open(directory.path().join(connection::FILE)).unwrap();
        let counts: u64 = reader.query_row("SELECT count(*) FROM counts", [], |row| row.get(0)).unwrap();
        assert!(counts > 0, "what the broken turn had done is undone");
        let (closed_tx, closed) = oneshot::channel();
        commands.blocking_send(WriterCommand::Close(closed_tx)).ok().unwrap();
        closed.blocking_recv().unwrap();
    }

    #[test]
    fn a_message_that_is_on_disk_although_its_caller_was_refused_is_announced() {
        let directory = tempfile::tempdir().unwrap();
        let (commands, committed) = started(directory.path());
        let (command, answer) = pending(Moved(directory.path().to_owned()));
        commands.blocking_send(command).ok().unwrap();
        answer.blocking_recv().unwrap().unwrap_err();
        std::fs::rename(directory.path().join("moved"), directory.path().join(connection::FILE)).unwrap();
        let (command, answer) = pending(|_: &Turn<'_>| Ok(()));
        commands.blocking_send(command).ok().unwrap();
        answer.blocking_recv().unwrap().unwrap();
        assert_eq!(committed.borrow().seq, 1);
    }

    #[test]
    fn what_a_turn_that_failed_had_kept_is_not_found_in_place_of_what_is_kept_then() {
        let directory = tempfile::tempdir().unwrap();
        let unindexed = Arc::<Unindexed>::default();
        let (commands, _committed) = started_with(directory.path(), Arc::clone(&unindexed));
        let ask = |sender, fails| {
            let (command, answer) = pending(Doubtful { sender, fails });
            commands.blocking_send(command).ok().unwrap();
            answer.blocking_recv().unwrap()
        };
        ask(6, false).unwrap();
        ask(7, true).unwrap_err();
        assert_eq!(ask(8, false).unwrap(), 2, "the number was free again");
        let reader = Reader::with(directory.path(), unindexed).unwrap();
        let found = |query| {
            let found = reader.find_between(&parse(query).unwrap(), 0, Seq::MAX >> 1, DateTime::UNIX_EPOCH).unwrap();
            found.iter().map(|record| record.seq).collect::<Vec<_>>()
        };
        assert_eq!(["from:6", "from:7", "from:8"].map(found), [vec![1], vec![], vec![2]]);
    }
}
