//! Saying how far a medium is.

use crate::archive::{Archive, Error, row};
use crate::record::media::Stage;
use crate::weibo::FileId;

use super::{Turn, Write};

impl Archive {
    /// Records how far a medium is, one that nobody asked for included.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn settle(&self, fid: FileId, stage: Stage) -> Result<(), Error> {
        self.ask(Settle { fid, stage }).await
    }
}

/// A medium and how far it is.
struct Settle {
    fid: FileId,
    stage: Stage,
}

impl Write for Settle {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        row::settle(turn.transaction, self.fid, &self.stage)
    }
}
