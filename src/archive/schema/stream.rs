//! Tables for the stream of a cluster.

/// The step that introduced these tables.
pub(super) const TABLES: &str = "
    CREATE TABLE stream (
        id      INTEGER PRIMARY KEY CHECK (id = 1),
        created TEXT NOT NULL,
        epoch   INTEGER NOT NULL,
        cursor  INTEGER NOT NULL,
        taken   TEXT NOT NULL,
        settled INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE copies (
        seq   INTEGER NOT NULL,
        node  TEXT NOT NULL,
        n     INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (seq, node)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE untold (
        seq INTEGER PRIMARY KEY,
        due INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE untold_marks (
        id   INTEGER PRIMARY KEY AUTOINCREMENT,
        seq  INTEGER NOT NULL,
        mark TEXT NOT NULL
    ) STRICT;
    CREATE TABLE gone (
        identity BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER forget_copies AFTER DELETE ON messages WHEN EXISTS (SELECT 1 FROM stream) BEGIN
        DELETE FROM copies WHERE seq = OLD.seq;
        DELETE FROM untold WHERE seq = OLD.seq;
        DELETE FROM untold_marks WHERE seq = OLD.seq;
        INSERT OR IGNORE INTO gone VALUES (OLD.identity);
    END;
";

/// The step that stores all deeds of this node, where only marks were stored before.
pub(super) const DEEDS: &str = "
    CREATE TABLE deeds (
        number INTEGER PRIMARY KEY,
        seq    INTEGER,
        account TEXT NOT NULL,
        deed   TEXT NOT NULL,
        epoch  INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX deeds_by_epoch ON deeds (epoch, number);
    CREATE TABLE heard (
        node   TEXT PRIMARY KEY,
        epoch  INTEGER NOT NULL,
        number INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO deeds
        SELECT id, seq, account, json_object('mark', json_object('mark', mark, 'ids', json_array(lower(hex(identity))))), 0
        FROM untold_marks JOIN messages USING (seq);
    DROP TABLE untold_marks;
    DROP TRIGGER forget_copies;
    CREATE TRIGGER forget_copies AFTER DELETE ON messages WHEN EXISTS (SELECT 1 FROM stream) BEGIN
        DELETE FROM copies WHERE seq = OLD.seq;
        DELETE FROM untold WHERE seq = OLD.seq;
        INSERT OR IGNORE INTO gone VALUES (OLD.identity);
    END;
";
