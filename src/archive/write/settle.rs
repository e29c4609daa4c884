//! Stores the stages of media.

use crate::archive::{Archive, Error, row};
use crate::record::media::Stage;
use crate::weibo::FileId;

impl Archive {
    /// Records the stage of a medium, even if it was never requested.
    pub async fn settle(&self, fid: FileId, stage: Stage) -> Result<(), Error> {
        self.write(move |turn| row::settle(turn.transaction, fid, &stage)).await
    }
}
