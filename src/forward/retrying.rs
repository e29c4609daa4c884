//! Takes back messages that were set aside, in batches, while there is room in memory.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::courier::Courier;
use super::lanes::Parcel;
use crate::archive::{Archive, Error, RETRIED_AT_ONCE, Reader};
use crate::record::Seq;

/// Progress of taking back messages.
#[derive(Default)]
pub(super) struct Retrying {
    /// The last message that was taken back, and the time at which the retry began: messages that were tried
    /// after it stay set aside. `None` when no retry is running.
    after: Option<(Seq, DateTime<Utc>)>,
    taking: Option<BoxFuture<'static, Result<Vec<Parcel>, Error>>>,
}

impl Retrying {
    /// Starts to retry everything that is set aside at `now`.
    pub(super) const fn begin(&mut self, now: DateTime<Utc>) {
        self.after = Some((0, now));
    }

    /// Whether a batch is being taken back, so that the count of messages set aside may be off.
    pub(super) const fn is_taking(&self) -> bool {
        self.taking.is_some()
    }

    /// Starts to take the next batch, unless one is being taken.
    pub(super) fn go_on(&mut self, courier: &Courier) {
        if let Some((after, until)) = self.after.filter(|_| self.taking.is_none()) {
            let (archive, target) = (courier.archive.clone(), courier.target.name.clone());
            self.taking = Some(take(archive, target, after, until).boxed());
        }
    }

    /// Waits for the batch that is being taken and returns it; never returns while there is none.
    pub(super) async fn taken(&mut self) -> Vec<Parcel> {
        let taken = match &mut self.taking {
            Some(taking) => taking.await,
            None => std::future::pending().await,
        };
        self.taking = None;
        let parcels = taken.unwrap_or_else(|error| {
            tracing::error!(%error, "what was set aside could not be taken back");
            Vec::new()
        });
        let last = parcels.last().map(|parcel| parcel.record.seq);
        self.after =
            self.after.and_then(|(_, until)| Some((last.filter(|_| parcels.len() == RETRIED_AT_ONCE)?, until)));
        parcels
    }
}

/// Changes the next batch from set aside to waiting, on disk as well, and reads its messages.
async fn take(archive: Archive, target: String, after: Seq, until: DateTime<Utc>) -> Result<Vec<Parcel>, Error> {
    let aside = archive.retry_aside(&target, after, until).await?;
    let read = move |reader: &mut Reader| {
        let parcel = |(seq, attempts): (Seq, u32)| {
            let record = reader.record(seq).transpose()?;
            Some(record.map(|record| Parcel::new(Arc::new(record), attempts)))
        };
        aside.into_iter().filter_map(parcel).collect()
    };
    archive.read(read).await
}
