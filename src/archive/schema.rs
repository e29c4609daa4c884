//! The tables, and how an older archive becomes one of this version.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::index::unindexed::Unindexed;
use super::index::{blocks as index, places};
use super::{Error, checkpoint};

/// The archive's file in the data directory.
pub(super) const FILE: &str = "weibox.db";

/// How long a statement waits for another process, such as `weibox download` beside `weibox`, to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The steps from an empty file to this version; `user_version` says how many are done. Append only: an archive out
/// there has done the first ones and will never do them again, so a change to them reaches nobody.
///
/// * `messages.identity` tells repeats; it is the only index that every message is in. `kind` is [`Kind::name`](crate::weibo::Kind::name),
///   `received_at` Unix milliseconds. What the bytes say is read from `raw` again.
/// * `counts` and `spans` are kept, because counting millions of rows takes too long to show. [`index`] writes them, and a
///   trigger takes away what goes.
/// * `counts` also says how many messages ever came from others than weibox itself; what goes leaves that number alone.
/// * `postings` and `senders` follow block by block, up to the message that `counts` calls `indexed`; some rows of the next
///   block may be there. What has gone stays in the postings until its whole block goes.
/// * `spans` says how many messages of a kind a block of 4,096 numbers has, how many of all are unread, and when they were
///   received. Through it kinds, unread messages and times are found, for which an index would cost every message a write.
/// * `messages_by_fid` is for retention: which files nothing refers to.
/// * `places` has the positions, in whatever datum they were sent.
/// * `account` is whom a message came for, and whose token fetches a medium; empty where there was only one account.
/// * `reason` is in English, for people who look; `reason_json` has its code and its values, or nothing where an older weibox wrote.
/// * `media.next_try_at` is when it was asked for and later when it may be tried again, so that one order serves both.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE messages (
        seq         INTEGER PRIMARY KEY AUTOINCREMENT,
        identity    BLOB NOT NULL UNIQUE,
        kind        TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        verified    INTEGER NOT NULL,
        deliveries  INTEGER NOT NULL DEFAULT 1,
        fid         INTEGER,
        reply       TEXT,
        raw         BLOB NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_kind ON messages (kind, seq);

    CREATE TABLE counts (
        kind TEXT PRIMARY KEY,
        n    INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO counts VALUES
        ('text', 0), ('position', 0), ('voice', 0), ('image', 0),
        ('event', 0), ('mention', 0), ('unknown', 0), ('unreadable', 0);
    CREATE TRIGGER count_message AFTER INSERT ON messages BEGIN
        UPDATE counts SET n = n + 1 WHERE kind = NEW.kind;
    END;

    CREATE TABLE media (
        fid         INTEGER PRIMARY KEY,
        state       TEXT NOT NULL CHECK (state IN ('queued', 'done', 'failed')),
        attempts    INTEGER NOT NULL DEFAULT 0,
        next_try_at INTEGER NOT NULL DEFAULT 0,
        reason      TEXT,
        file        TEXT,
        bytes       INTEGER
    ) STRICT;
    CREATE INDEX media_due ON media (next_try_at) WHERE state = 'queued';

    CREATE TABLE calls (
        seq    INTEGER PRIMARY KEY AUTOINCREMENT,
        at     INTEGER NOT NULL,
        remote TEXT NOT NULL,
        method TEXT NOT NULL,
        path   TEXT NOT NULL,
        status INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
",
    "
    ALTER TABLE messages ADD COLUMN is_read INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE messages ADD COLUMN is_starred INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX messages_unread ON messages (seq) WHERE is_read = 0;
    CREATE INDEX messages_starred ON messages (seq) WHERE is_starred = 1;
    CREATE INDEX messages_by_age ON messages (received_at);
    CREATE INDEX messages_by_fid ON messages (fid) WHERE fid IS NOT NULL;
    CREATE INDEX media_by_state ON media (state);

    CREATE VIRTUAL TABLE search USING fts5 (
        text, facts, content = '', contentless_delete = 1, prefix = '1', tokenize = 'unicode61 remove_diacritics 2'
    );
    INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);
    CREATE TABLE spans (
        kind     TEXT NOT NULL,
        block    INTEGER NOT NULL,
        n        INTEGER NOT NULL,
        earliest INTEGER NOT NULL,
        latest   INTEGER NOT NULL,
        PRIMARY KEY (kind, block)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE senders (
        receiver INTEGER NOT NULL,
        sender   INTEGER NOT NULL,
        last_at  INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        PRIMARY KEY (receiver, sender)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX senders_by_time ON senders (last_at);

    DROP TRIGGER count_message;
    UPDATE counts SET n = 0;
    INSERT INTO counts VALUES ('unread', 0);
    CREATE TRIGGER forget_message AFTER DELETE ON messages BEGIN
        DELETE FROM search WHERE rowid = OLD.seq;
        UPDATE counts SET n = n - 1 WHERE kind = OLD.kind OR (kind = 'unread' AND OLD.is_read = 0);
        UPDATE spans SET n = n - 1 WHERE kind = OLD.kind AND block = OLD.seq >> 12;
        DELETE FROM senders WHERE last_seq = OLD.seq;
    END;
    CREATE TRIGGER mark_message AFTER UPDATE OF is_read ON messages WHEN OLD.is_read <> NEW.is_read BEGIN
        UPDATE counts SET n = n + OLD.is_read - NEW.is_read WHERE kind = 'unread';
    END;
",
    "
    CREATE TABLE places (
        seq       INTEGER PRIMARY KEY,
        latitude  REAL NOT NULL,
        longitude REAL NOT NULL
    ) STRICT;
    CREATE TRIGGER forget_place AFTER DELETE ON messages WHEN OLD.kind = 'position' BEGIN
        DELETE FROM places WHERE seq = OLD.seq;
    END;
",
    "
    ALTER TABLE messages ADD COLUMN account TEXT NOT NULL DEFAULT '';
    ALTER TABLE media ADD COLUMN account TEXT NOT NULL DEFAULT '';
",
    "
    DROP TABLE search;
    CREATE TABLE postings (
        id      INTEGER PRIMARY KEY,
        entries BLOB NOT NULL
    ) STRICT;
    INSERT INTO counts VALUES ('indexed', 0);
    DELETE FROM senders;

    DROP TRIGGER forget_message;
    CREATE TRIGGER forget_message AFTER DELETE ON messages BEGIN
        UPDATE counts SET n = n - 1 WHERE kind = OLD.kind OR (kind = 'unread' AND OLD.is_read = 0);
        UPDATE spans SET n = n - 1 WHERE kind = OLD.kind AND block = OLD.seq >> 12;
    END;
",
    "
    ALTER TABLE media ADD COLUMN sha256 TEXT;
",
    "
    DROP INDEX messages_by_kind;
    DROP INDEX messages_by_age;
    DROP INDEX messages_unread;
    INSERT INTO spans SELECT 'unread', seq >> 12, count(*), min(received_at), max(received_at)
        FROM messages WHERE is_read = 0 GROUP BY seq >> 12;

    DROP TRIGGER forget_message;
    CREATE TRIGGER forget_message AFTER DELETE ON messages BEGIN
        UPDATE counts SET n = n - 1 WHERE kind = OLD.kind OR (kind = 'unread' AND OLD.is_read = 0);
        UPDATE spans SET n = n - 1
            WHERE kind IN (OLD.kind, CASE WHEN OLD.is_read = 0 THEN 'unread' END) AND block = OLD.seq >> 12;
    END;
    DROP TRIGGER mark_message;
    CREATE TRIGGER mark_message AFTER UPDATE OF is_read ON messages WHEN OLD.is_read <> NEW.is_read BEGIN
        UPDATE counts SET n = n + OLD.is_read - NEW.is_read WHERE kind = 'unread';
        INSERT INTO spans
            VALUES ('unread', NEW.seq >> 12, OLD.is_read - NEW.is_read, NEW.received_at, NEW.received_at)
            ON CONFLICT (kind, block) DO UPDATE SET n = n + excluded.n,
                earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest);
    END;
",
    "
    INSERT INTO counts VALUES ('real', EXISTS (SELECT 1 FROM messages));
",
    "
    ALTER TABLE media ADD COLUMN reason_json TEXT;
    ALTER TABLE calls ADD COLUMN reason_json TEXT;
",
];

/// The version that brought the counts of what is there already.
const COUNTED: usize = 2;
/// The version whose positions have to be noted in the table that it brought.
const PLACED: usize = 3;
/// The version that brought the search index of what is there already.
const INDEXED: usize = 5;
/// The write-ahead log is folded into the file every so many pages, 16 MB. The default of 4 MB writes the pages that change
/// all the time four times as often.
pub(super) const CHECKPOINT_PAGES: u32 = 4_000;
/// Room for the pages that the writer changes, in KiB with a minus, as SQLite counts it: the ends of all indices and the
/// senders of a large account. With the default of 2 MB they are read again and again.
const CACHE: i32 = -(8 << 10);
/// So many statements are kept ready; the writer has some thirty.
const STATEMENTS: usize = 64;

/// Opens the archive for writing, makes it if it is not there (mode 0600, which SQLite gives its companions too), and
/// brings it to this version.
pub(super) fn open(directory: &Path) -> Result<Connection, Error> {
    let path = directory.join(FILE);
    let failed = |source| Error::Open { path: path.clone(), source };
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| Error::Directory { path: path.clone(), source })?;
    let mut connection = Connection::open(&path).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    places::teach(&connection).map_err(failed)?;
    let found = version(&connection).map_err(failed)?;
    if found == 0 {
        // Possible before the first table only. Space that retention frees is given back page by page, not all at once.
        connection.pragma_update(None, "auto_vacuum", "incremental").map_err(failed)?;
    }
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    // An acknowledged message must survive a power cut; group commit pays for it.
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    checkpoint::start(&mut connection, &path, CHECKPOINT_PAGES).map_err(failed)?;
    connection.pragma_update(None, "cache_size", CACHE).map_err(failed)?;
    let pending = MIGRATIONS.get(found..).ok_or_else(|| later(&path, found))?;
    if !pending.is_empty() {
        let transaction = connection.transaction().map_err(failed)?;
        for step in pending {
            transaction.execute_batch(step).map_err(failed)?;
        }
        if found < COUNTED {
            index::count_all(&transaction).map_err(failed)?;
        }
        if found < INDEXED {
            index::catch_up(&transaction, &Unindexed::default()).map_err(failed)?;
        }
        if found < PLACED {
            places::insert_all(&transaction).map_err(failed)?;
        }
        transaction.pragma_update(None, "user_version", MIGRATIONS.len()).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(connection)
}

/// Opens an archive of this version for reading only.
pub(super) fn open_read_only(directory: &Path) -> Result<Connection, Error> {
    let path = directory.join(FILE);
    if !path.exists() {
        return Err(Error::Missing { path: directory.to_owned() });
    }
    let failed = |source| Error::Open { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    places::teach(&connection).map_err(failed)?;
    let known = MIGRATIONS.len();
    match version(&connection).map_err(failed)? {
        found if found > known => Err(later(&path, found)),
        found if found < known => Err(Error::Outdated { path, found, known }),
        _ => Ok(connection),
    }
}

/// Device and number of a file.
pub(super) type FileIdentity = (u64, u64);

/// Those of the archive's file; `None` when there is none. Another file may take its place: see `mender`.
pub(super) fn file_of(directory: &Path) -> Option<FileIdentity> {
    let metadata = std::fs::metadata(directory.join(FILE)).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn later(path: &Path, found: usize) -> Error {
    Error::Version { path: path.to_owned(), found, known: MIGRATIONS.len() }
}
