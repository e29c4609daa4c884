//! The tables, and the migration of an older archive to this version.

use rusqlite::{Connection, TransactionBehavior};

use super::index::{self, Unindexed};

mod stream;

/// The steps from an empty file to this version; `user_version` is the number of completed steps. Append
/// only: existing archives have completed the first steps and never run them again, so a change to them would
/// not reach those archives.
///
/// * `messages.identity` detects repeats; its index is the only one that holds every message. `kind` is
///   [`Kind::name`](crate::weibo::Kind::name), `received_at` Unix milliseconds. Everything else is parsed
///   from `raw` again.
/// * `counts` and `spans` are stored, because counting millions of rows takes too long to show.
///   [`spans`](super::spans) writes them, and a trigger subtracts deleted messages.
/// * `counts` also holds how many messages ever came that weibox did not send itself; deletions do not change
///   that number.
/// * `postings` and `senders` are filled block by block, up to the message in the `counts` row `indexed`;
///   some rows of the next block may exist. A deleted message stays in the postings until its whole block is
///   deleted.
/// * Derived rows that this version makes differently from the one before, or that are damaged, are rebuilt
///   block by block: the `counts` row `folding` holds the version that the whole index has, and `rebuilt` how
///   far a rebuild has come ([`index`]).
/// * `spans` holds for each block of 4,096 numbers how many messages of a kind it has, how many are unread,
///   and when they were received. It finds kinds, unread messages and times, for which an index would cost
///   every message a write.
/// * `messages_by_fid` is for retention: it finds the files that no message refers to.
/// * `places` holds the positions, in the datum they were sent in.
/// * `account` is the account that a message came for, and whose token fetches a medium; empty where there
///   was only one account.
/// * `charset` is the declared encoding of a message's bytes; empty for UTF-8.
/// * `is_sample` marks messages that weibox made up itself, which it recognizes by the id of the receiver in
///   the bytes (9007199254740991).
/// * `reason` is in English, for people who look; `reason_json` holds its code and its values, or nothing
///   where an older weibox wrote the row.
/// * `bookmarks` holds the last message up to which each follower has everything. The rows of a damaged archive
///   are recognised by their shape (`salvage`): only for that have `removals` and `muted` their `what`.
/// * `forwarded` holds the state of a message at a target; without a row the target's bookmark decides. From
///   a damaged archive the rows that wait or were set aside are saved, so that a target is sent again the
///   messages that it got ahead of those.
/// * `removals` holds the messages that the user deleted and may still restore: they are deleted at the time
///   `at`, in Unix milliseconds. Until then no query finds them ([`removals`](super::reader)).
/// * `outbox` holds the ordered replies, which are stored before they are sent, and `drafts` unfinished
///   replies by sender. The outcome of a reply that is `sending` as weibox starts is unknown. `key`
///   recognizes an order that arrives twice. From a damaged archive the outcome of waiting replies is unknown
///   as well: the user is asked before they are sent again.
/// * `targets` holds which targets are paused, and when the bookmark of one was moved by hand: earlier
///   states of messages no longer count for that target.
/// * `people` holds Weibo's data about senders and the time of the request; a sender without a row was
///   never requested.
/// * `profiles` holds the user's names for senders and notes about them, and `labels` the labels of messages
///   (`seq`) and of senders (`fan`).
/// * `muted` holds the senders that the user muted.
/// * The next six tables are empty without a cluster. `stream` holds the position of this node in the
///   stream: `created` distinguishes one stream from another, `epoch` grows each time that the stream is
///   followed from its beginning, `cursor` is the place of the last event, `taken` the time at which the
///   stream took it, and `settled` whether everything that the stream lacked has since been queued for it.
///   `copies` holds how many times each node had a message, and the place and epoch of the stream that say
///   so; a node without a name is one that is no longer known. `untold` holds the messages that the stream
///   does not have completely yet, and the time from which this node publishes each, in Unix milliseconds.
///   `deeds` holds everything else that was done here, to be published to the stream: `number` grows and
///   is Unix microseconds or slightly more, `seq` is a message that the stream must have first, and
///   `epoch` is that of the stream from which the deed has come back. `heard` holds the last number that
///   has come from each node, with the epoch of that node. `gone` holds deleted messages, so that the
///   stream does not bring them back. A damaged archive loses these rows, and reads the stream from its
///   beginning.
/// * `media.next_try_at` is the time at which a medium was requested, and later the time from which it may
///   be tried again, so that one order serves both.
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
    "
    CREATE TABLE bookmarks (
        id   INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        seq  INTEGER NOT NULL
    ) STRICT;
",
    "
    ALTER TABLE messages ADD COLUMN charset TEXT NOT NULL DEFAULT '';
    ALTER TABLE calls ADD COLUMN head TEXT NOT NULL DEFAULT '';
",
    "
    INSERT INTO counts VALUES ('folding', 0), ('rebuilding', 0), ('rebuilt', 0);
",
    "
    ALTER TABLE messages ADD COLUMN is_sample INTEGER NOT NULL DEFAULT 0;
    UPDATE messages SET is_sample = 1
        WHERE instr(raw, x'39303037313939323534373430393931') > 0
          AND (seq > (SELECT n FROM counts WHERE kind = 'indexed')
               OR EXISTS (SELECT 1 FROM senders WHERE receiver = 9007199254740991));
    CREATE INDEX messages_samples ON messages (seq) WHERE is_sample = 1;
",
    "
    CREATE TABLE forwarded (
        seq         INTEGER NOT NULL,
        target      TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('waits', 'done', 'aside')),
        attempts    INTEGER NOT NULL,
        next_try_at INTEGER NOT NULL,
        tried_at    INTEGER NOT NULL,
        took        INTEGER NOT NULL,
        status      INTEGER,
        answer      TEXT,
        reason      TEXT,
        reason_json TEXT,
        PRIMARY KEY (seq, target)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX forwarded_open ON forwarded (target, seq) WHERE state <> 'done';
    CREATE TRIGGER forget_forwarded AFTER DELETE ON messages BEGIN
        DELETE FROM forwarded WHERE seq = OLD.seq;
    END;
",
    "
    CREATE TABLE removals (
        seq INTEGER PRIMARY KEY,
        at  INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER forget_removal AFTER DELETE ON messages BEGIN
        DELETE FROM removals WHERE seq = OLD.seq;
    END;
",
    "
    CREATE TABLE outbox (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        key         TEXT NOT NULL UNIQUE,
        account     TEXT NOT NULL,
        fan         INTEGER NOT NULL,
        seq         INTEGER,
        text        TEXT NOT NULL,
        state       TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'refused', 'unknown')),
        reason      TEXT,
        reason_json TEXT,
        made_at     INTEGER NOT NULL,
        changed_at  INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX outbox_by_fan ON outbox (fan, id);
    CREATE INDEX outbox_by_seq ON outbox (seq) WHERE seq IS NOT NULL;
    CREATE INDEX outbox_open ON outbox (id) WHERE state IN ('waiting', 'sending');
    CREATE TRIGGER forget_outgoing AFTER DELETE ON messages BEGIN
        DELETE FROM outbox WHERE seq = OLD.seq AND state NOT IN ('waiting', 'sending');
    END;
    CREATE TABLE drafts (
        account   TEXT NOT NULL,
        fan       INTEGER NOT NULL,
        text      TEXT NOT NULL,
        edited_at INTEGER NOT NULL,
        PRIMARY KEY (account, fan)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE targets (
        id          INTEGER PRIMARY KEY,
        target      TEXT NOT NULL UNIQUE,
        reason      TEXT,
        reason_json TEXT,
        moved_at    INTEGER NOT NULL,
        paused_at   INTEGER
    ) STRICT;
",
    "
    CREATE TABLE people (
        fan      INTEGER PRIMARY KEY,
        nickname TEXT NOT NULL,
        asked_at INTEGER NOT NULL
    ) STRICT;
",
    "
    ALTER TABLE forwarded ADD COLUMN differences TEXT;
",
    "
    CREATE TABLE profiles (
        fan       INTEGER PRIMARY KEY,
        name      TEXT NOT NULL,
        note      TEXT NOT NULL,
        edited_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE labels (
        id    INTEGER PRIMARY KEY,
        seq   INTEGER,
        fan   INTEGER,
        label TEXT NOT NULL,
        at    INTEGER NOT NULL,
        CHECK ((seq IS NULL) <> (fan IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX labels_of_messages ON labels (seq, label) WHERE seq IS NOT NULL;
    CREATE UNIQUE INDEX labels_of_senders ON labels (fan, label) WHERE fan IS NOT NULL;
    CREATE INDEX labels_by_label ON labels (label);
    CREATE TRIGGER forget_labels AFTER DELETE ON messages BEGIN
        DELETE FROM labels WHERE seq = OLD.seq;
    END;
",
    "
    ALTER TABLE outbox ADD COLUMN form TEXT NOT NULL DEFAULT 'text' CHECK (form IN ('text', 'position', 'articles'));
    ALTER TABLE drafts ADD COLUMN form TEXT NOT NULL DEFAULT 'text' CHECK (form IN ('text', 'position', 'articles'));
",
    stream::TABLES,
    "
    CREATE TABLE muted (
        fan      INTEGER PRIMARY KEY,
        muted_at INTEGER NOT NULL,
        what     TEXT NOT NULL DEFAULT 'muted' CHECK (what = 'muted')
    ) STRICT;
",
    stream::DEEDS,
    "ALTER TABLE removals ADD COLUMN what TEXT NOT NULL DEFAULT 'deleted' CHECK (what = 'deleted')",
];

/// The version by which there were counts, spans and places, which existing messages need.
const DERIVED: usize = 3;
/// The version that introduced the search index, which existing messages need.
const INDEXED: usize = 5;

/// The version of an archive that has completed all steps.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// Returns the number of completed steps of an archive; 0 for an empty file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Runs the steps that an archive lacks, all or none.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    if version(connection)? >= VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have run them meanwhile.
    let found = version(&transaction)?;
    let pending = MIGRATIONS.get(found..).unwrap_or_default();
    if pending.is_empty() {
        return Ok(());
    }
    pending.iter().try_for_each(|step| transaction.execute_batch(step))?;
    if found < DERIVED {
        index::derive_all(&transaction)?;
    }
    if found < INDEXED {
        index::catch_up(&transaction, &Unindexed::default())?;
    }
    index::skip_rebuild_if_new(&transaction)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
