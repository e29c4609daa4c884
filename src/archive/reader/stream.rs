//! Reads the position in the stream, and the messages and deeds that are still to be published to it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::Error;
use crate::archive::connection::statements::Statements as _;
use crate::archive::row::{COLUMNS, SOURCE, record};
use crate::record::cluster::Deed;
use crate::record::{Record, Seq};
use crate::weibo::identity::Identity;

use super::Reader;

mod known;

/// The position up to which a stream was followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamPosition {
    /// Creation time of the stream, which distinguishes it from another stream of the same name.
    pub created: String,
    /// Position of the last applied event in the stream.
    pub cursor: u64,
    /// Time at which the stream took that event, by the stream's clock.
    pub taken: String,
    /// Whether all messages that this stream lacked when following it began were queued for it.
    pub is_settled: bool,
}

/// A message that the stream does not know completely.
#[derive(Debug, Clone)]
pub struct Untold {
    /// The message.
    pub record: Record,
    /// The identity of the message.
    pub identity: Identity,
    /// The nodes that received the message, and how often. An empty name stands for unknown nodes.
    pub copies: Vec<(String, u64)>,
    /// Whether the stream has the message itself.
    pub is_there: bool,
}

/// A deed of this node that the stream does not know yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntoldDeed {
    /// The number of the deed; later ones have higher numbers.
    pub number: i64,
    /// The epoch of the stream to which the deed is published.
    pub epoch: i64,
    /// A message that the stream must have first; the deed concerns no newer one.
    pub seq: Option<Seq>,
    /// The account of the deed; empty if it does not matter.
    pub account: String,
    /// The deed; `None` if a later version of weibox wrote it.
    pub deed: Option<Deed>,
}

impl Reader {
    /// Returns the position in the stream; `None` if no stream was ever followed.
    pub fn stream_position(&self) -> Result<Option<StreamPosition>, Error> {
        let sql = "SELECT created, cursor, taken, settled FROM stream";
        Ok(self.connection.find(sql, [], |row| {
            let (created, cursor, taken, is_settled) = row.try_into()?;
            Ok(StreamPosition { created, cursor, taken, is_settled })
        })?)
    }

    /// Returns the number of messages and deeds that are still to be published to the stream.
    pub fn n_untold(&self) -> Result<u64, Error> {
        // Until the stream is settled, it may have the deeds that an older stream had; they are not counted.
        let sql = "SELECT (SELECT count(*) FROM untold) + (SELECT count(*) FROM deeds
            WHERE epoch < coalesce((SELECT CASE settled WHEN 1 THEN epoch ELSE 1 END FROM stream), 1))";
        Ok(self.connection.value(sql, [])?)
    }

    /// Returns the messages after a number that are to be published to the stream now, at most `limit`.
    pub fn untold(&self, after: Seq, now: DateTime<Utc>, limit: usize) -> Result<Vec<Untold>, Error> {
        let sql = format!(
            "SELECT {COLUMNS}, identity FROM {SOURCE}
             JOIN untold ON untold.seq = messages.seq
             WHERE untold.seq > ?1 AND due <= ?2 ORDER BY untold.seq LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement
            .query_map(params![after, now.timestamp_millis(), limit], |row| Ok((record(row)?, row.get("identity")?)))?;
        let found = rows.collect::<rusqlite::Result<Vec<(Record, _)>>>()?;
        let sql = "SELECT node, n, abs(epoch) = (SELECT epoch FROM stream) FROM copies WHERE seq = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut untold = Vec::with_capacity(found.len());
        for (record, identity) in found {
            let rows = statement.query_map([record.seq], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?, row.get::<_, Option<bool>>(2)?))
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let is_there = rows.iter().any(|(_, _, is_told)| *is_told == Some(true));
            let mut copies: Vec<_> = rows.into_iter().map(|(node, n, _)| (node, n)).collect();
            let n_named: u64 = copies.iter().filter(|(node, _)| !node.is_empty()).map(|(_, n)| n).sum();
            if record.deliveries > n_named && copies.iter().all(|(node, n)| !node.is_empty() || *n < record.deliveries)
            {
                copies.retain(|(node, _)| !node.is_empty());
                copies.push((String::new(), record.deliveries));
            }
            untold.push(Untold { record, identity, copies, is_there });
        }
        Ok(untold)
    }

    /// Returns the deeds of this node after a number that are to be published, in order and at most `limit`;
    /// none until the stream is settled.
    pub fn untold_deeds(&self, after: i64, limit: usize) -> Result<Vec<UntoldDeed>, Error> {
        // The index skips published deeds, of which there may be many.
        let sql = "SELECT number, (SELECT epoch FROM stream), seq, account, deed FROM deeds INDEXED BY deeds_by_epoch
            WHERE epoch < (SELECT epoch FROM stream WHERE settled = 1) AND number > ?1 ORDER BY number LIMIT ?2";
        self.all(sql, params![after, limit], |row| {
            let deed = Deed::from_json(row.get_ref(4)?.as_str()?);
            Ok(UntoldDeed { number: row.get(0)?, epoch: row.get(1)?, seq: row.get(2)?, account: row.get(3)?, deed })
        })
    }

    /// Returns the first message that the stream does not have, except for those in `but_for`; `None` if it has
    /// all.
    pub fn first_unknown(&self, but_for: &BTreeSet<Seq>) -> Result<Option<Seq>, Error> {
        let sql = "SELECT seq FROM untold WHERE NOT EXISTS
                (SELECT 1 FROM copies WHERE copies.seq = untold.seq AND abs(epoch) = (SELECT epoch FROM stream))
            ORDER BY seq";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            if !but_for.contains(&seq) {
                return Ok(Some(seq));
            }
        }
        Ok(None)
    }
}
