//! Writing a part of the search index.

use crate::archive::connection::FileIdentity;
use crate::archive::index::BlockPart;

use super::{Turn, Write};

/// A part of a block that was made from the archive's file `file`.
pub(in crate::archive) struct StoreBlockPart {
    pub(in crate::archive) part: BlockPart,
    pub(in crate::archive) file: Option<FileIdentity>,
}

impl Write for StoreBlockPart {
    /// Whether it belongs to the file there is. After a damage another one may have taken its place.
    type Answer = bool;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<bool> {
        let is_current = self.file == turn.file;
        if is_current {
            self.part.store(turn.transaction)?;
        }
        Ok(is_current)
    }

    /// What it has is found without it.
    fn is_patient(&self) -> bool {
        true
    }
}
