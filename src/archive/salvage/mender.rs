//! An archive that is suspected while somebody listens for it: looked at beside the writer, and if it is damaged saved as at
//! a start, in a turn of the writer. Callers wait meanwhile, or are told 503 and ask again; nothing new is written to the
//! damaged one.

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

use crate::archive::Lock;
use crate::archive::connection::{self, checkpoint};
use crate::archive::write::WriterCommand;

use super::{self as salvage, PlainFile, Salvaged};

/// The pause after one was saved until the next: each copies the whole archive, and a disk that damages one after the other
/// would soon be full of them.
const SAVED_AGAIN: Duration = Duration::from_mins(10);
/// The pause after one could not be saved until the next try.
const LEFT_AGAIN: Duration = Duration::from_secs(30);
/// The pause after a look that found no damage until the next: it reads the whole archive.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What became of a damaged archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// It is being saved.
    Found,
    /// What could be read of it is in a new one, which is in its place.
    Saved(Salvaged),
    /// Its log was removed while it was open, and what that had is kept.
    LogRemoved,
    /// It could not be put aside and is where it was; it is tried again.
    Left(Reason),
}

/// The right to replace the archive, and the clock.
pub(in crate::archive) type Right = (Lock, fn() -> DateTime<Utc>);

/// Who mends the archive.
pub(in crate::archive) struct Mender {
    told: watch::Sender<Option<Damage>>,
    /// `None` for those who do not listen.
    right: Option<Right>,
    state: State,
    /// Where it says that a look is done.
    commands: WeakSender<WriterCommand>,
}

enum State {
    /// Nobody looks, and nobody does before then.
    Resting(PlainFile, Option<Instant>),
    /// Whether it is damaged, beside the writer.
    Looking(mpsc::Receiver<Look>),
}

/// What a look found, and the file that it looked at.
type Look = (PlainFile, io::Result<bool>);

impl State {
    fn rest(plain: PlainFile, pause: Duration) -> Self {
        Self::Resting(plain, Instant::now().checked_add(pause))
    }
}

/// What comes of a suspicion.
pub(in crate::archive) enum Mended {
    /// It is looked at, was looked at just now, or it is not ours to do.
    NotYet,
    /// There is no damage.
    Sound,
    /// A new one is in its place, to which this is the connection.
    Replaced(Connection),
    /// It is damaged and could not be replaced.
    Damaged,
}

impl Mender {
    pub(in crate::archive) fn new(right: Option<Right>, commands: WeakSender<WriterCommand>) -> Self {
        Self { told: watch::Sender::new(None), right, state: State::Resting(PlainFile::default(), None), commands }
    }

    /// What becomes of a damaged archive, once there is one.
    pub(in crate::archive) fn told(&self) -> watch::Receiver<Option<Damage>> {
        self.told.subscribe()
    }

    /// What a look has found or will find says nothing any more.
    pub(in crate::archive) fn forget(&mut self) {
        self.state = State::rest(PlainFile::default(), LOOK_AGAIN);
    }

    /// Says what became of the archive.
    pub(in crate::archive) fn tell(&self, damage: Damage) {
        self.told.send_replace(Some(damage));
    }

    /// Whether this process listens, and may replace the archive.
    pub(in crate::archive) const fn has_right(&self) -> bool {
        self.right.is_some()
    }

    /// Whether the archive was suspected just now already.
    pub(in crate::archive) fn is_alert(&self) -> bool {
        match &self.state {
            State::Resting(_, until) => until.is_some_and(|until| Instant::now() < until),
            State::Looking(_) => true,
        }
    }

    /// Has a suspected archive looked at, and says [`WriterCommand::Mend`] when that is done, for which this is called again. If it
    /// is damaged, puts it aside and returns a connection to the new one, whose numbers go on after `highest`.
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
                // It broke off by a fault of ours.
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
            // With a full queue, whoever waits in it asks as well.
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
        self.told.send_replace(Some(Damage::Found));
        // Whoever folds its log may open the new one's.
        checkpoint::stop(suspected);
        // Until it is out of the way, no other process may add what would not be seen. Damage may forbid that to all.
        drop(suspected.execute_batch("BEGIN IMMEDIATE"));
        let saved = salvage::replace(&mut plain, directory, now, highest);
        let saved = saved.and_then(|salvaged| Ok((salvaged, connection::open(directory)?)));
        drop(suspected.execute_batch("ROLLBACK"));
        match saved {
            Ok((salvaged, connection)) => {
                let Salvaged { aside, messages, media, broken, pages, .. } = &salvaged;
                let aside = aside.display();
                tracing::error!(messages, media, broken, pages, %aside, "a damaged archive was saved");
                self.told.send_replace(Some(Damage::Saved(salvaged)));
                self.state = State::rest(plain, SAVED_AGAIN);
                Mended::Replaced(connection)
            }
            Err(error) => {
                tracing::error!(%error, "the damaged archive could not be saved");
                // It is written on until the next try.
                drop(checkpoint::start(suspected, &directory.join(connection::FILE), connection::CHECKPOINT_PAGES));
                self.told.send_replace(Some(Damage::Left(error.reason())));
                self.state = State::rest(plain, LEFT_AGAIN);
                Mended::Damaged
            }
        }
    }
}
