//! Mends the archive of a running listener. A suspected archive is examined beside the writer; a damaged one is
//! saved as at a start, in a turn of the writer. Until then callers wait, or get a 503 and ask again; nothing
//! new is written to the damaged archive.

use std::io;
use std::path::Path;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::sync::mpsc::WeakSender;
use tokio::sync::watch;

use crate::reason::Reason;
use crate::record::Seq;

use crate::archive::connection::{self, FileIdentity, checkpoint};
use crate::archive::write::WriterCommand;
use crate::archive::{Error, Lock};

use super::{self as salvage, PlainFile, Salvaged, moved};

/// The pause between two rescues: each copies the whole archive, and a disk that damages one after the other
/// would soon be full of copies.
const SAVED_AGAIN: Duration = Duration::from_mins(10);
/// The pause after a failed rescue, or a failed attempt to keep an archive that is not in its place, before the
/// next attempt.
const LEFT_AGAIN: Duration = Duration::from_secs(30);
/// How long the archive's file must have been absent before it is put back: whoever moves it away to restore a backup
/// puts another file there.
const ABSENT: Duration = Duration::from_secs(5);
/// The pause after a failed attempt to open the new archive: an attempt costs little, and callers wait.
const OPEN_AGAIN: Duration = Duration::from_secs(2);
/// The pause after a look that found no damage: each look reads the whole archive.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The result of mending a damaged archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// It is being saved.
    Found,
    /// A new archive with everything that could be read is in its place.
    Saved(Salvaged),
    /// Its log was removed while it was open; the contents of the log are kept.
    LogRemoved,
    /// Its file was removed or replaced while it was open, and all of it is being copied.
    Moved,
    /// Its file was removed or replaced while it was open, and it could not be copied; that is tried again.
    NotKept(Reason),
    /// Its file was removed while it was open, and is in its place again.
    FileRemoved,
    /// Another file replaced it while it was open. Nothing is written before the next start, which adds the replaced
    /// archive to the other file.
    Replaced,
    /// The archive that another file had replaced was added to that file.
    Added(Salvaged),
    /// The archive that another file had replaced could not be added to that file; the next start tries it again.
    NotAdded(Reason),
    /// It could not be put aside and is where it was; the rescue is tried again.
    Left(Reason),
    /// It was put aside, and the new archive could not be opened; that is tried again.
    Unopened(Reason),
}

/// Mends an archive before anybody opens it: one that is damaged, and one that was replaced while it was open. Returns
/// what happened.
///
/// # Errors
///
/// As [`salvage()`](super::salvage()).
pub fn mend_at_start(data_dir: &Path, lock: &Lock, now: DateTime<Utc>) -> Result<Vec<Damage>, Error> {
    let salvaged = salvage::salvage(data_dir, lock, now)?.map(Damage::Saved);
    let added = moved::replaced_in(data_dir).into_iter().map(|replaced| {
        // The archive in its place is sound, and callbacks are not to wait for the other.
        moved::add_replaced(data_dir, &replaced, lock).map_or_else(
            |error| {
                tracing::error!(%error, replaced = %replaced.display(), "an archive that was replaced was not added");
                Damage::NotAdded(error.reason())
            },
            Damage::Added,
        )
    });
    Ok(salvaged.into_iter().chain(added).collect())
}

/// The lock that permits replacing the archive, and the clock.
pub(in crate::archive) type Right = (Lock, fn() -> DateTime<Utc>);

/// Examines and replaces the archive.
pub(in crate::archive) struct Mender {
    told: watch::Sender<Option<Damage>>,
    /// `None` in a process that does not listen.
    right: Option<Right>,
    state: State,
    place: Place,
    /// Whether a copy of the archive is in the directory of replaced archives.
    has_copy: bool,
    /// Whether this is the last chance to keep the archive.
    is_closing: bool,
    /// Receives [`WriterCommand::Mend`] when a look is done.
    commands: WeakSender<WriterCommand>,
}

enum State {
    /// No look is running, and none begins before this time.
    Resting(PlainFile, Option<Instant>),
    /// A look runs beside the writer.
    Looking(mpsc::Receiver<Look>),
}

/// What is in the place of the archive's file, and what was done about it:
///
/// ```text
/// Own ── no file ──> Absent ── after a while ──> put back: Own, or Failed
///  └──── another ──> kept beside that file: Beside, or Failed
/// damaged ──> the new archive: Own, or Unopened ── after a while ──> Own, or Unopened
/// ```
///
/// Whatever comes into the place of what was found begins anew; the archive's own file ends it.
enum Place {
    /// The archive's own file.
    Own,
    /// No file since this time.
    Absent(Instant),
    /// This file, which replaced it; a copy of the archive is beside it.
    Beside(FileIdentity),
    /// This file or none; at this time the archive could not be kept.
    Failed(Option<FileIdentity>, Instant),
    /// The new archive, or nothing until the swap is finished; at this time it could not be opened.
    Unopened(Box<Salvaged>, Instant),
}

/// The file that was examined, and the result of the look.
type Look = (PlainFile, io::Result<bool>);

impl State {
    fn rest(plain: PlainFile, pause: Duration) -> Self {
        Self::Resting(plain, Instant::now().checked_add(pause))
    }
}

/// Outcome of a suspicion.
pub(in crate::archive) enum Mended {
    /// A look is running or has just ended, or this process may not replace the archive.
    NotYet,
    Sound,
    /// A new archive is in its place; this is the connection to it.
    Replaced(Connection),
    /// It is damaged and could not be replaced.
    Damaged,
}

impl Mender {
    pub(in crate::archive) fn new(right: Option<Right>, commands: WeakSender<WriterCommand>) -> Self {
        let state = State::Resting(PlainFile::default(), None);
        let told = watch::Sender::new(None);
        Self { told, right, state, place: Place::Own, has_copy: false, is_closing: false, commands }
    }

    /// Returns a watch on the repair of a damaged archive; `None` until damage is found.
    pub(in crate::archive) fn told(&self) -> watch::Receiver<Option<Damage>> {
        self.told.subscribe()
    }

    /// Discards the result of the last look and of one that is running.
    pub(in crate::archive) fn forget(&mut self) {
        self.state = State::rest(PlainFile::default(), LOOK_AGAIN);
    }

    /// Publishes what happened to the archive.
    pub(in crate::archive) fn tell(&self, damage: Damage) {
        self.told.send_replace(Some(damage));
    }

    /// Lets the next attempt to keep the archive wait for nothing: the system deletes a file that has no name once it
    /// is closed.
    pub(in crate::archive) const fn close(&mut self) {
        self.is_closing = true;
    }

    /// Keeps an archive whose file is not in its place: puts it back once it has been absent for a while and returns
    /// a new connection to it, or keeps it beside the file that replaced it. After a failure it waits before the next
    /// attempt.
    pub(in crate::archive) fn keep(
        &mut self,
        open: &Connection,
        directory: &Path,
        opened: [Option<FileIdentity>; 3],
    ) -> Option<Connection> {
        self.right.as_ref()?;
        let found = connection::file_of(directory);
        if !self.is_due(found) {
            return None;
        }
        if let Place::Unopened(salvaged, _) = &self.place {
            let salvaged = Salvaged::clone(salvaged);
            return self.open_new(directory, salvaged);
        }
        self.tell(Damage::Moved);
        let Some(other) = found else {
            let back = moved::put_back(open, directory).map_err(|error| self.put_off(found, &error)).ok()?;
            tracing::error!("the archive's file was removed while it was open; it is in its place again");
            self.is_back(directory);
            self.tell(Damage::FileRemoved);
            return Some(back);
        };
        let kept = moved::keep_beside(open, directory, opened, self.has_copy);
        kept.map_err(|error| self.put_off(found, &error)).ok()?;
        tracing::error!("the archive's file was replaced while it was open; the next start adds it to the other");
        (self.place, self.has_copy) = (Place::Beside(other), true);
        self.tell(Damage::Replaced);
        None
    }

    /// Keeps the archive later, because that failed.
    fn put_off(&mut self, found: Option<FileIdentity>, error: &Error) {
        tracing::error!(%error, "the archive's file is not in its place, and could not be kept elsewhere yet");
        self.place = Place::Failed(found, Instant::now());
        self.tell(Damage::NotKept(error.reason()));
        self.look_after(LEFT_AGAIN);
    }

    /// Returns whether the archive must be kept now, given what was found in the place of its file.
    fn is_due(&mut self, found: Option<FileIdentity>) -> bool {
        let has_passed = |pause, since: &Instant| self.is_closing || since.elapsed() >= pause;
        match (&self.place, found) {
            (Place::Unopened(_, at), _) => has_passed(OPEN_AGAIN, at),
            (Place::Beside(other), Some(found)) if *other == found => false,
            (Place::Failed(of, at), _) if *of == found => has_passed(LEFT_AGAIN, at),
            (Place::Absent(since), None) => has_passed(ABSENT, since),
            (_, Some(_)) => true,
            (_, None) => {
                self.place = Place::Absent(Instant::now());
                self.look_after(ABSENT);
                self.is_closing
            }
        }
    }

    /// Sends [`WriterCommand::Look`] after a pause, because nobody may write until then.
    fn look_after(&self, pause: Duration) {
        let commands = self.commands.clone();
        let waiting = thread::Builder::new().name("archive-again".to_owned()).spawn(move || {
            thread::sleep(pause);
            // When the queue is full, the writes in it look as well.
            let _full = commands.upgrade().map(|commands| commands.try_send(WriterCommand::Look));
        });
        if let Err(error) = waiting {
            tracing::error!(%error, "there is no thread to wait for the archive's file");
        }
    }

    /// Withdraws what was told and removes the copy, because the archive's file is in its place again.
    pub(in crate::archive) fn is_back(&mut self, directory: &Path) {
        if matches!(std::mem::replace(&mut self.place, Place::Own), Place::Own) {
            return;
        }
        let is_of_place = |told: &mut Damage| matches!(told, Damage::Moved | Damage::NotKept(_) | Damage::Replaced);
        self.told.send_if_modified(|told| told.take_if(is_of_place).is_some());
        if std::mem::take(&mut self.has_copy) {
            moved::forget(directory);
        }
    }

    /// Returns whether this process listens, and so may replace the archive.
    pub(in crate::archive) const fn has_right(&self) -> bool {
        self.right.is_some()
    }

    /// Returns whether a look is running or the pause after the last one has not passed.
    pub(in crate::archive) fn is_alert(&self) -> bool {
        match &self.state {
            State::Resting(_, until) => until.is_some_and(|until| Instant::now() < until),
            State::Looking(_) => true,
        }
    }

    /// Starts a look at a suspected archive. Once that is done, [`WriterCommand::Mend`] calls this again: it
    /// puts a damaged archive aside and returns a connection to the new one, whose numbers continue after
    /// `highest`.
    pub(in crate::archive) fn mend(&mut self, suspected: &mut Connection, directory: &Path, highest: Seq) -> Mended {
        let Some((_, now)) = &self.right else {
            // Best effort: the next start looks closer.
            drop(salvage::distrust(directory));
            return Mended::NotYet;
        };
        let now = *now;
        match &mut self.state {
            State::Resting(_, Some(until)) if Instant::now() < *until => {}
            State::Resting(plain, _) => {
                let plain = std::mem::take(plain);
                self.look(plain, directory);
            }
            State::Looking(found) => match found.try_recv() {
                Ok((plain, found)) => return self.conclude(plain, found, suspected, directory, (now(), highest)),
                Err(TryRecvError::Empty) => {}
                // The thread panicked.
                Err(TryRecvError::Disconnected) => self.state = State::rest(PlainFile::default(), LOOK_AGAIN),
            },
        }
        Mended::NotYet
    }

    fn look(&mut self, mut plain: PlainFile, directory: &Path) {
        tracing::warn!("a read of the archive failed or found damage; all of it is looked at");
        let (directory, commands) = (directory.to_owned(), self.commands.clone());
        let (found_tx, found_rx) = mpsc::sync_channel(1);
        let looking = thread::Builder::new().name("archive-look".to_owned()).spawn(move || {
            let found = salvage::is_damaged(&mut plain, &directory);
            let _closed = found_tx.send((plain, found));
            // When the queue is full, the writes in it will suspect the archive as well.
            let _full = commands.upgrade().map(|commands| commands.try_send(WriterCommand::Mend));
        });
        match looking {
            Ok(_detached) => self.state = State::Looking(found_rx),
            Err(error) => tracing::error!(%error, "there is no thread to look at the archive"),
        }
    }

    fn conclude(
        &mut self,
        mut plain: PlainFile,
        found: io::Result<bool>,
        suspected: &mut Connection,
        directory: &Path,
        (now, highest): (DateTime<Utc>, Seq),
    ) -> Mended {
        match found {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!("the archive is not damaged: its disk could not be read for a moment");
                salvage::trust(directory);
                self.state = State::rest(plain, LOOK_AGAIN);
                return Mended::Sound;
            }
            Err(error) => {
                tracing::error!(%error, "the archive cannot be read, so that nobody knows whether it is damaged");
                self.state = State::rest(plain, LOOK_AGAIN);
                return Mended::NotYet;
            }
        }
        tracing::error!("the archive is damaged; what can be read of it is being saved");
        self.tell(Damage::Found);
        // The thread that folds its log might open the log of the new archive.
        checkpoint::stop(suspected);
        // Until the old archive is out of the way, no other process may add messages, which would be lost.
        // Damage may prevent this lock.
        drop(suspected.execute_batch("BEGIN IMMEDIATE"));
        let damaged = connection::file_of(directory);
        let swapped = salvage::rescue(&mut plain, directory, now, highest).and_then(|salvaged| {
            salvage::unless_aside(salvage::change(directory, &salvaged.aside), directory, damaged).map(|()| salvaged)
        });
        drop(suspected.execute_batch("ROLLBACK"));
        match swapped {
            Ok(salvaged) => {
                self.state = State::rest(plain, SAVED_AGAIN);
                self.open_new(directory, salvaged).map_or(Mended::Damaged, Mended::Replaced)
            }
            Err(error) => {
                tracing::error!(%error, "the damaged archive could not be saved");
                // The damaged archive is written to until the next attempt.
                drop(checkpoint::start(suspected, &directory.join(connection::FILE), connection::CHECKPOINT_PAGES));
                self.tell(Damage::Left(error.reason()));
                self.state = State::rest(plain, LEFT_AGAIN);
                Mended::Damaged
            }
        }
    }

    /// Opens the new archive in the place of a damaged one, and finishes the swap first if that was not possible. A
    /// failure is told, and [`Mender::keep`] tries again.
    fn open_new(&mut self, directory: &Path, salvaged: Salvaged) -> Option<Connection> {
        let aside = &salvaged.aside;
        let placed = if salvage::is_interrupted(directory) { salvage::change(directory, aside) } else { Ok(()) };
        match placed.and_then(|()| connection::open(directory)) {
            Ok(connection) => {
                let Salvaged { messages, media, lost, pages, .. } = &salvaged;
                let aside = aside.display();
                tracing::error!(messages, media, lost, pages, %aside, "a damaged archive was saved");
                self.place = Place::Own;
                self.tell(Damage::Saved(salvaged));
                Some(connection)
            }
            Err(error) => {
                tracing::error!(%error, "a damaged archive was saved, and the new one could not be opened yet");
                self.place = Place::Unopened(Box::new(salvaged), Instant::now());
                self.tell(Damage::Unopened(error.reason()));
                self.look_after(OPEN_AGAIN);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_new_archive_that_cannot_be_opened_at_once_is_opened_later_and_that_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let lock = Lock::acquire(path, "test").unwrap();
        let mut damaged = connection::open(path).unwrap();
        let opened = connection::files_of(path);
        let (commands, mut received) = tokio::sync::mpsc::channel(1);
        let mut mender = Mender::new(Some((lock, || DateTime::UNIX_EPOCH)), commands.downgrade());
        // SQLite does not open an archive with a journal that it cannot read.
        let journal = path.join("weibox.db-journal");
        fs::create_dir(&journal).unwrap();
        let when = (DateTime::UNIX_EPOCH, 7);
        let outcome = mender.conclude(PlainFile::default(), Ok(true), &mut damaged, path, when);
        assert!(matches!(outcome, Mended::Damaged));
        let told = mender.told();
        assert!(matches!(&*told.borrow(), Some(Damage::Unopened(_))), "{:?}", told.borrow());
        assert!(mender.keep(&damaged, path, opened).is_none(), "a moment passes");
        // Nothing else makes the writer try again.
        assert!(matches!(received.blocking_recv(), Some(WriterCommand::Look)));
        assert!(mender.keep(&damaged, path, opened).is_none());
        assert!(matches!(&*told.borrow(), Some(Damage::Unopened(_))), "{:?}", told.borrow());
        fs::remove_dir(&journal).unwrap();
        assert!(matches!(received.blocking_recv(), Some(WriterCommand::Look)));
        let new = mender.keep(&damaged, path, opened).unwrap();
        let highest: i64 = new.query_row("SELECT seq FROM sqlite_sequence", [], |row| row.get(0)).unwrap();
        assert_eq!(highest, 7);
        let Some(Damage::Saved(Salvaged { aside, .. })) = &*told.borrow() else { panic!("{:?}", told.borrow()) };
        assert!(aside.join(connection::FILE).exists());
        assert!(matches!(mender.place, Place::Own));
    }

    #[test]
    fn a_change_that_fails_once_the_damaged_archive_is_aside_is_finished_later() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let lock = Lock::acquire(path, "test").unwrap();
        drop(connection::open(path).unwrap());
        let (commands, _received) = tokio::sync::mpsc::channel(1);
        let mut mender = Mender::new(Some((lock, || DateTime::UNIX_EPOCH)), commands.downgrade());
        let damaged = connection::file_of(path);
        let salvaged = salvage::rescue(&mut PlainFile::default(), path, DateTime::UNIX_EPOCH, 7).unwrap();
        assert!(
            salvage::unless_aside(Err(Error::Closed), path, damaged).is_err(),
            "the damaged archive is in its place"
        );
        fs::create_dir(&salvaged.aside).unwrap();
        fs::rename(path.join(connection::FILE), salvaged.aside.join(connection::FILE)).unwrap();
        assert!(salvage::unless_aside(Err(Error::Closed), path, damaged).is_ok());
        let new = mender.open_new(path, salvaged).unwrap();
        let highest: i64 = new.query_row("SELECT seq FROM sqlite_sequence", [], |row| row.get(0)).unwrap();
        assert_eq!(highest, 7);
        assert!(matches!(&*mender.told().borrow(), Some(Damage::Saved(_))));
    }
}
