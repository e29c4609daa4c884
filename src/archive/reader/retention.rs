//! Finds what retention may remove, one batch at a time. A batch is small enough not to delay an answer to Weibo
//! for long.
//!
//! Messages are removed first, and media rows when no message refers to them any more. If a process is killed in
//! between, the next run finds the remaining rows, so no state has to be kept. Other modules decide when to run
//! and how to remove files.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::params;
use serde_json::json;

use crate::record::Seq;
use crate::weibo::{FileId, wire};

use super::Reader;
use crate::archive::PruneBatch;
use crate::archive::connection::statements::Statements as _;
use crate::archive::spans::CLOCK;
use crate::archive::spans::start;
use crate::archive::{Error, row};

/// A medium on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The id of the medium.
    pub fid: FileId,
    /// The name of its file in the media directory; `None` when it was never finished.
    pub file: Option<String>,
    /// Its length in bytes; 0 when it was never finished.
    pub bytes: u64,
}

/// Evidence of the current time besides the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Witnesses {
    /// The latest time at which one of the newest messages was sent, by Weibo's clock.
    pub sent_at: Option<DateTime<Utc>>,
    /// Whether that message was signed.
    pub is_signed: bool,
    /// The last time for which the local clock was confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Whether there are no messages.
    pub is_empty: bool,
}

/// The number of newest messages whose send times are considered.
const NEWEST: usize = 64;

/// The amount of removed data, or of data to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removal {
    /// The number of messages.
    pub messages: u64,
    /// The number of files.
    pub files: u64,
    /// The total size of these files in bytes.
    pub bytes: u64,
}

/// The disk space in use, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiskUsage {
    /// The archive's file, without free pages.
    pub archive: u64,
    /// The media.
    pub media: u64,
}

impl Reader {
    /// Returns messages without a star that were received before a time, at most [`PruneBatch::LIMIT`]: blocks
    /// in the order of their oldest message, and in each block the oldest messages first. The age of a message
    /// has two witnesses: a message that Weibo says was sent later than our clock said when it arrived is as
    /// old as Weibo says, unless that is later than `now`.
    pub fn oldest(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<Seq>, Error> {
        let [before, now] = [before, now].map(|time| time.timestamp_millis());
        let transaction = self.connection.unchecked_transaction()?;
        let mut blocks = transaction.prepare_cached(
            "SELECT block FROM spans WHERE n > 0 AND earliest < ?1 GROUP BY block ORDER BY min(earliest)",
        )?;
        let mut messages = transaction.prepare_cached(
            "SELECT seq FROM messages WHERE seq >= ?1 AND seq < ?2 AND received_at < ?3 AND is_starred = 0
             AND aged_at(received_at, raw, ?5) < ?3
             ORDER BY received_at, seq LIMIT ?4",
        )?;
        let mut found = Vec::new();
        let mut blocks = blocks.query([before])?;
        while let Some(row) = blocks.next()?.filter(|_| found.len() < PruneBatch::LIMIT) {
            let block: Seq = row.get(0)?;
            let room = PruneBatch::LIMIT - found.len();
            let seqs = messages
                .query_map(params![start(block), start(block + 1), before, room, now], |row| row.get::<_, Seq>(0))?;
            found.extend(seqs.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// Returns messages that the user deleted and that are due for removal at `now`, at most `limit`.
    pub fn discarded(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Seq>, Error> {
        let sql = "SELECT seq FROM removals WHERE at <= ?1 LIMIT ?2";
        self.all(sql, params![now.timestamp_millis(), limit], |row| row.get(0))
    }

    /// Returns the time at which the next deleted message is due for removal; `None` if there is none.
    pub fn next_removal(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let at: Option<i64> = self.connection.value("SELECT min(at) FROM removals", [])?;
        Ok(at.map(row::time))
    }

    /// Returns messages that weibox made up itself, at most `limit`.
    pub fn samples(&self, limit: usize) -> Result<Vec<Seq>, Error> {
        self.all("SELECT seq FROM messages WHERE is_sample = 1 ORDER BY seq LIMIT ?1", [limit], |row| row.get(0))
    }

    /// Returns the amount of data that is removed with all messages from before a time, including the files
    /// that only those refer to. Several media may share a file.
    pub fn n_before(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Removal, Error> {
        let sql = "SELECT (SELECT coalesce(sum(n), 0) FROM spans WHERE latest < ?1 AND kind <> 'unread')
                  + (SELECT count(*) FROM spans CROSS JOIN messages
                     ON seq BETWEEN block << 12 AND (block << 12) + 4095 AND messages.kind = spans.kind
                     WHERE earliest < ?1 AND latest >= ?1 AND received_at < ?1)
                  - (SELECT count(*) FROM messages
                     WHERE received_at < ?1 AND (is_starred = 1 OR aged_at(received_at, raw, ?2) >= ?1)),
                    count(*), coalesce(sum(bytes), 0)
             FROM (SELECT max(bytes) AS bytes FROM media WHERE file IS NOT NULL GROUP BY file HAVING max(EXISTS
                 (SELECT 1 FROM messages WHERE messages.fid = media.fid
                  AND (received_at >= ?1 OR is_starred = 1 OR aged_at(received_at, raw, ?2) >= ?1))) = 0)";
        Ok(self.connection.one(sql, [before, now].map(|time| time.timestamp_millis()), |row| {
            Ok(Removal { messages: row.get(0)?, files: row.get(1)?, bytes: row.get(2)? })
        })?)
    }

    /// Returns the latest times known from sources other than the current clock: Weibo's, from the newest
    /// messages, of which only signed ones count if there are any; and the last time for which the clock was
    /// confirmed.
    pub fn witnesses(&self) -> Result<Witnesses, Error> {
        let newest = "SELECT verified, raw FROM messages ORDER BY seq DESC LIMIT ?1";
        let sent: Vec<_> = self.all(newest, [NEWEST], |row| {
            let (verified, raw): (bool, Vec<u8>) = (row.get(0)?, row.get(1)?);
            Ok((verified, wire::parse(&raw).sent_at))
        })?;
        let by_weibo =
            |is_signed: bool| sent.iter().filter(|sent| sent.0 || !is_signed).filter_map(|sent| sent.1).max();
        let signed_at = by_weibo(true);
        let sent_at = signed_at.or_else(|| by_weibo(false)).map(|time| time.to_utc());
        let confirmed = "SELECT n FROM counts WHERE kind = ?1";
        let confirmed_at = self.connection.find(confirmed, [CLOCK], |row| row.get(0))?.map(row::time);
        Ok(Witnesses { sent_at, is_signed: signed_at.is_some(), confirmed_at, is_empty: sent.is_empty() })
    }

    /// Returns media to which no message refers, at most [`PruneBatch::LIMIT`].
    pub fn unused_media(&self) -> Result<Vec<StoredFile>, Error> {
        self.media(
            "SELECT fid, file, bytes FROM media
             WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.fid = media.fid) LIMIT ?1",
        )
    }

    /// Returns those of the file names that media outside `gone` have.
    pub fn names_beside(&self, gone: &[FileId], names: &[String]) -> Result<BTreeSet<String>, Error> {
        let gone: Vec<i64> = gone.iter().map(|fid| fid.0.cast_signed()).collect();
        let sql = "SELECT file FROM media WHERE file IN (SELECT value FROM json_each(?1))
            AND fid NOT IN (SELECT value FROM json_each(?2))";
        self.all(sql, [json!(names).to_string(), json!(gone).to_string()], |row| row.get(0))
    }

    /// Returns media on disk, at most [`PruneBatch::LIMIT`]: those of the oldest file first, and none of a file that
    /// a starred message has. A file is as old as its newest message, because several media may share it.
    pub fn oldest_media(&self) -> Result<Vec<StoredFile>, Error> {
        self.media(
            "SELECT fid, file, bytes FROM
                (SELECT media.fid, file, bytes, max(max(received_at)) OVER of_file AS newest,
                        max(max(is_starred)) OVER of_file AS is_kept
                 FROM media JOIN messages ON messages.fid = media.fid
                 WHERE state = 'done' GROUP BY media.fid WINDOW of_file AS (PARTITION BY file))
             WHERE is_kept = 0 ORDER BY newest, file LIMIT ?1",
        )
    }

    fn media(&self, sql: &str) -> Result<Vec<StoredFile>, Error> {
        self.all(sql, [PruneBatch::LIMIT], |row| {
            let bytes: Option<u64> = row.get(2)?;
            Ok(StoredFile { fid: row::file_id(row.get(0)?), file: row.get(1)?, bytes: bytes.unwrap_or_default() })
        })
    }

    /// Returns the disk space in use.
    pub fn usage(&self) -> Result<DiskUsage, Error> {
        let pragma = |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
        let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
        // Several media may share a file.
        let media = "SELECT coalesce(sum(bytes), 0) FROM (SELECT max(bytes) AS bytes FROM media GROUP BY file)";
        Ok(DiskUsage { archive: pages * pragma("page_size")?, media: self.connection.value(media, [])? })
    }
}
