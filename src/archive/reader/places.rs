//! Reads the places of the positions that a query finds.

use chrono::{DateTime, Utc};

use crate::archive::Error;
use crate::archive::index::{ScannedRows, SearchPlan, SeqRange};
use crate::place::Point;
use crate::query::Query;
use crate::record::Seq;
use crate::record::place::Spot;
use crate::weibo::Kind;

use super::Reader;

impl Reader {
    /// Returns the places of the positions that a query finds, the newest first, at most `limit`; the query's
    /// times count from `now`.
    pub fn places(&mut self, query: &Query, limit: usize, now: DateTime<Utc>) -> Result<Vec<Spot>, Error> {
        /// The coordinates are null for a message without a place.
        const COLUMNS: &str = "messages.seq, (SELECT latitude FROM places AS place WHERE place.seq = messages.seq),
            (SELECT longitude FROM places AS place WHERE place.seq = messages.seq)";
        let query = query.and(&Query::of_kinds(&[Kind::Position]));
        let transaction = self.connection.transaction()?;
        let plan = SearchPlan::with(&transaction, &self.unindexed, &query, now, ScannedRows::Places)?;
        let read = |row: &rusqlite::Row<'_>| {
            let (seq, latitude, longitude): (_, Option<f64>, Option<f64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let point = latitude.zip(longitude).and_then(|(latitude, longitude)| Point::new(latitude, longitude));
            Ok(point.map(|point| Spot { seq, point }))
        };
        let spots = plan.rows(COLUMNS, SeqRange::Before(Seq::MAX >> 1), limit, read)?;
        Ok(spots.into_iter().flatten().collect())
    }
}
