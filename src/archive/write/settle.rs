//! Saying how far a medium is.

use crate::archive::{Archive, Error, row};
use crate::record::media::Stage;
use crate::weibo::FileId;

impl Archive {
    /// Records how far a medium is, one that nobody asked for included.
    pub async fn settle(&self, fid: FileId, stage: Stage) -> Result<(), Error> {
        self.write(move |turn| row::settle(turn.transaction, fid, &stage)).await
    }
}
