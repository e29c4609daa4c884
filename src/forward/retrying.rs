//! What was set aside is taken back, as many messages at a time as there is room for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::courier::Courier;
use super::lanes::Parcel;
use crate::archive::{Archive, Error, RETRIED_AT_ONCE, Reader};
use crate::record::Seq;

/// How far it is.
#[derive(Default)]
pub(super) struct Retrying {
    /// The last message that was taken back, and what was tried since then is not; `None` when nothing is to be.
    after: Option<(Seq, DateTime<Utc>)>,
    taking: Option<BoxFuture<'static, Result<Vec<Parcel>, Error>>>,
}

impl Retrying {
    /// All that is set aside now.
    pub(super) const fn begin(&mut self, now: DateTime<Utc>) {
        self.after = Some((0, now));
    }

    /// Whether some are taken back that may not be counted yet.
    pub(super) const fn is_taking(&self) -> bool {
        self.taking.is_some()
    }

    /// Takes the next of them, unless that is being done.
    pub(super) fn go_on(&mut self, courier: &Courier) {
        if let Some((after, until)) = self.after.filter(|_| self.taking.is_none()) {
            let (archive, target) = (courier.archive.clone(), courier.target.name.clone());
            self.taking = Some(take(archive, target, after, until).boxed());
        }
    }

    /// What was taken; never, when nothing is.
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

/// From here on they wait, on disk as well.
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
