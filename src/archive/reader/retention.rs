//! What retention may remove, a batch at a time. A batch is so small that an answer to Weibo does not wait long for it.
//!
//! Messages go first, and media rows go when no message refers to them any more. A process that is killed in between leaves
//! rows that the next look finds again, so that nothing has to be remembered. When to look and how files are removed is
//! decided elsewhere.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::record::Seq;
use crate::weibo::FileId;

use super::Reader;
use crate::archive::PruneBatch;
use crate::archive::spans::start;
use crate::archive::{Error, row};

/// A medium on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Which medium it is.
    pub fid: FileId,
    /// Its name in the media directory; `None` when it was never finished.
    pub file: Option<String>,
    /// Its length; 0 when it was never finished.
    pub bytes: u64,
}

/// How much goes, or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removal {
    /// The number of messages.
    pub messages: u64,
    /// The number of files.
    pub files: u64,
    /// The bytes in those files.
    pub bytes: u64,
}

/// How much room is taken, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiskUsage {
    /// By the archive's file, without the pages that are free.
    pub archive: u64,
    /// By the media.
    pub media: u64,
}

impl Reader {
    /// Messages without a star that were received before a time, at most [`PruneBatch::LIMIT`]: those of the block with the
    /// oldest one first, in each the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], as all methods here.
    pub fn oldest(&self, before: DateTime<Utc>) -> Result<Vec<Seq>, Error> {
        let before = before.timestamp_millis();
        let transaction = self.connection.unchecked_transaction()?;
        let mut blocks = transaction.prepare_cached(
            "SELECT block FROM spans WHERE n > 0 AND earliest < ?1 GROUP BY block ORDER BY min(earliest)",
        )?;
        let mut messages = transaction.prepare_cached(
            "SELECT seq FROM messages WHERE seq >= ?1 AND seq < ?2 AND received_at < ?3 AND is_starred = 0
             ORDER BY received_at, seq LIMIT ?4",
        )?;
        let mut found = Vec::new();
        let mut blocks = blocks.query([before])?;
        while let Some(row) = blocks.next()?.filter(|_| found.len() < PruneBatch::LIMIT) {
            let block: Seq = row.get(0)?;
            let room = PruneBatch::LIMIT - found.len();
            let seqs = messages
                .query_map(params![start(block), start(block + 1), before, room], |row| row.get::<_, Seq>(0))?;
            found.extend(seqs.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// What goes if all messages go that were received before a time, with the files that only they refer to.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn n_before(&self, before: DateTime<Utc>) -> Result<Removal, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT (SELECT coalesce(sum(n), 0) FROM spans WHERE latest < ?1 AND kind <> 'unread')
                  + (SELECT count(*) FROM spans CROSS JOIN messages
                     ON seq BETWEEN block << 12 AND (block << 12) + 4095 AND messages.kind = spans.kind
                     WHERE earliest < ?1 AND latest >= ?1 AND received_at < ?1)
                  - (SELECT count(*) FROM messages WHERE is_starred = 1 AND received_at < ?1),
                    count(*), coalesce(sum(bytes), 0)
             FROM media WHERE file IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM messages WHERE messages.fid = media.fid AND (received_at >= ?1 OR is_starred = 1))",
        )?;
        let total = statement.query_row([before.timestamp_millis()], |row| {
            Ok(Removal { messages: row.get(0)?, files: row.get(1)?, bytes: row.get(2)? })
        })?;
        Ok(total)
    }

    /// Media to which no message refers, at most [`PruneBatch::LIMIT`].
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn unused_media(&self) -> Result<Vec<StoredFile>, Error> {
        self.media(
            "SELECT fid, file, bytes FROM media
             WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.fid = media.fid) LIMIT ?1",
        )
    }

    /// Media on disk, those of the oldest messages first, none of a starred message, at most [`PruneBatch::LIMIT`].
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn oldest_media(&self) -> Result<Vec<StoredFile>, Error> {
        self.media(
            "SELECT media.fid, file, bytes FROM media JOIN messages ON messages.fid = media.fid
             WHERE state = 'done' GROUP BY media.fid HAVING max(is_starred) = 0 ORDER BY max(received_at) LIMIT ?1",
        )
    }

    fn media(&self, sql: &str) -> Result<Vec<StoredFile>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([PruneBatch::LIMIT], |row| {
            let bytes: Option<u64> = row.get(2)?;
            Ok(StoredFile { fid: row::file_id(row.get(0)?), file: row.get(1)?, bytes: bytes.unwrap_or_default() })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How much room is taken on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn usage(&self) -> Result<DiskUsage, Error> {
        let pragma = |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
        let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
        let mut media = self.connection.prepare_cached("SELECT coalesce(sum(bytes), 0) FROM media")?;
        Ok(DiskUsage { archive: pages * pragma("page_size")?, media: media.query_row([], |row| row.get(0))? })
    }
}
