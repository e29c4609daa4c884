//! A damaged archive that is found while somebody listens for it: saved as at a start, in the turn of the writer that found
//! it. Callers wait meanwhile, or are told 503 and ask again; nothing new is written to the damaged one.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::reason::Reason;
use crate::record::Seq;

use super::salvage::{self, Salvaged};
use super::{Lock, checkpoint, schema};

/// After one, whatever came of it, so long until the next: each copies the whole archive, and a disk that damages one after
/// the other would soon be full of them.
const AGAIN: Duration = Duration::from_mins(10);

/// What became of a damaged archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// It is being saved.
    Found,
    /// What could be read of it is in a new one, which is in its place.
    Saved(Salvaged),
    /// It could not be put aside and is where it was; it is tried again.
    Left(Reason),
}

/// The right to replace the archive, and the clock.
pub(super) type Right = (Lock, fn() -> DateTime<Utc>);

/// Who mends the archive.
pub(super) struct Mender {
    told: watch::Sender<Option<Damage>>,
    /// `None` for those who do not listen.
    right: Option<Right>,
    tried_at: Option<Instant>,
}

impl Mender {
    pub(super) fn new(right: Option<Right>) -> Self {
        Self { told: watch::Sender::new(None), right, tried_at: None }
    }

    /// What becomes of a damaged archive, once there is one.
    pub(super) fn told(&self) -> watch::Receiver<Option<Damage>> {
        self.told.subscribe()
    }

    /// Puts a damaged archive aside and returns a connection to the new one, whose numbers go on after `highest`; `None` when
    /// that is not ours to do, was done just now, or cannot be done.
    pub(super) fn mend(&mut self, damaged: &mut Connection, directory: &Path, highest: Seq) -> Option<Connection> {
        let Some((_, now)) = &self.right else {
            // Best effort: the next start looks closer.
            drop(salvage::distrust(directory));
            return None;
        };
        if self.tried_at.is_some_and(|tried_at| tried_at.elapsed() < AGAIN) {
            return None;
        }
        tracing::error!("the archive is damaged; what can be read of it is being saved");
        self.told.send_replace(Some(Damage::Found));
        // Whoever folds its log may open the new one's.
        checkpoint::stop(damaged);
        // Until it is out of the way, no other process may add what would not be seen. Damage may forbid that to all.
        drop(damaged.execute_batch("BEGIN IMMEDIATE"));
        let saved = salvage::replace(directory, now(), highest);
        let saved = saved.and_then(|salvaged| Ok((salvaged, schema::open(directory)?)));
        drop(damaged.execute_batch("ROLLBACK"));
        self.tried_at = Some(Instant::now());
        match saved {
            Ok((salvaged, connection)) => {
                let Salvaged { aside, messages, media, broken, pages } = &salvaged;
                let aside = aside.display();
                tracing::error!(messages, media, broken, pages, %aside, "a damaged archive was saved");
                self.told.send_replace(Some(Damage::Saved(salvaged)));
                Some(connection)
            }
            Err(error) => {
                tracing::error!(%error, "the damaged archive could not be saved");
                // It is written on until the next try.
                drop(checkpoint::start(damaged, &directory.join(schema::FILE), schema::CHECKPOINT_PAGES));
                self.told.send_replace(Some(Damage::Left(error.reason())));
                None
            }
        }
    }
}
