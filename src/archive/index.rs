//! What is kept beside a message so that it is found: words, counts, spans of time, its place, and its sender's reply
//! window. Written in the transaction that keeps the message, so that what is shown can be found.

use rusqlite::{Connection, params};

use crate::place::Point;
use crate::query::words;
use crate::record::{Record, Seq, place};
use crate::weibo::{Content, Kind, Message, UserId, window};

use super::places;

/// So many messages make a block: few enough to count one by one, many enough that ten million make 2,442 blocks.
const BLOCK_BITS: u32 = 12;

/// The row of `counts` that holds how many messages are unread.
pub(super) const UNREAD: &str = "unread";

/// What the index needs to know of a message; computed where there is time for it, not in the writer's thread.
#[derive(Debug)]
pub(super) struct Note {
    kind: Kind,
    /// Unix milliseconds.
    received_at: i64,
    text: String,
    facts: String,
    point: Option<Point>,
    contact: Option<Contact>,
}

/// Who wrote, and what that does to the reply window.
#[derive(Debug)]
struct Contact {
    receiver: i64,
    sender: i64,
    /// Unix milliseconds.
    sent_at: i64,
    effect: window::Effect,
}

impl Note {
    /// The note of a message that was received then, for an account.
    pub(super) fn new(message: &Message, account: &str, received_at: i64, verified: bool) -> Self {
        let mut text = words::tokens(&message.text);
        if let Content::Event { subtype, key, .. } | Content::Mention { subtype, key } = &message.content {
            text.extend([Some(subtype), key.as_ref()].into_iter().flatten().flat_map(|words| words::tokens(words)));
        }
        let kind = message.kind();
        let mut facts = vec![kind.name().to_owned()];
        facts.extend(message.sender_id.map(sender_fact));
        facts.extend(message.attachment().map(|_| "file".to_owned()));
        facts.extend((!account.is_empty()).then(|| account_fact(account)));
        facts.extend((!verified).then(|| "unverified".to_owned()));
        let signed = |id: Option<UserId>| id.map_or(0, |UserId(id)| id.cast_signed());
        let contact = message.sender_id.map(|_| Contact {
            receiver: signed(message.receiver_id),
            sender: signed(message.sender_id),
            sent_at: message.sent_at.map_or(received_at, |sent_at| sent_at.timestamp_millis()),
            effect: window::effect(message),
        });
        Self { kind, received_at, text: text.join(" "), facts: facts.join(" "), point: place::point(message), contact }
    }
}

/// The word under which a sender's messages are found.
pub(super) fn sender_fact(sender: UserId) -> String {
    format!("u{sender}")
}

/// The word under which an account's messages are found: its bytes in hex, because a name may have several words in it.
pub(super) fn account_fact(account: &str) -> String {
    account.bytes().fold("a".to_owned(), |fact, byte| format!("{fact}{byte:02x}"))
}

/// The block of a message.
pub(super) const fn block(seq: Seq) -> Seq {
    seq >> BLOCK_BITS
}

/// The first message of a block.
pub(super) const fn start(block: Seq) -> Seq {
    block << BLOCK_BITS
}

/// Notes a message that was just kept.
pub(super) fn note(connection: &Connection, seq: Seq, message: &Note, is_unread: bool) -> rusqlite::Result<()> {
    let kind = message.kind.name();
    let run =
        |sql: &str, parameters: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(parameters).map(drop);
    run("INSERT INTO search (rowid, text, facts) VALUES (?1, ?2, ?3)", &[&seq, &message.text, &message.facts])?;
    run("UPDATE counts SET n = n + 1 WHERE kind = ?1", &[&kind])?;
    if is_unread {
        run("UPDATE counts SET n = n + 1 WHERE kind = ?1", &[&UNREAD])?;
    }
    run(
        "INSERT INTO spans (kind, block, n, earliest, latest) VALUES (?1, ?2, 1, ?3, ?3)
         ON CONFLICT (kind, block) DO UPDATE SET n = n + 1, earliest = min(earliest, ?3), latest = max(latest, ?3)",
        &[&kind, &block(seq), &message.received_at],
    )?;
    if let Some(point) = message.point {
        places::note(connection, seq, point)?;
    }
    let Some(Contact { receiver, sender, sent_at, effect }) = &message.contact else { return Ok(()) };
    match effect {
        window::Effect::Opens => run(
            "INSERT INTO senders (receiver, sender, last_at, last_seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (receiver, sender) DO UPDATE SET last_at = ?3, last_seq = ?4 WHERE last_at <= ?3",
            &[receiver, sender, sent_at, &seq],
        ),
        window::Effect::Closes => run(
            "DELETE FROM senders WHERE receiver = ?1 AND sender = ?2 AND last_at <= ?3",
            &[receiver, sender, sent_at],
        ),
        window::Effect::None => Ok(()),
    }
}

/// Notes every message of an archive that had no index, as read.
pub(super) fn note_all(connection: &Connection) -> rusqlite::Result<()> {
    let mut messages =
        connection.prepare("SELECT seq, received_at, verified, raw, account FROM messages ORDER BY seq")?;
    let mut rows = messages.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, received_at, verified) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let record = Record::new(seq, super::reader::time(received_at), row.get(3)?);
        let account: String = row.get(4)?;
        note(connection, seq, &Note::new(&record.message, &account, received_at, verified), false)?;
    }
    Ok(())
}

/// When the reply window of a record's sender closes: Unix milliseconds; `None` when it is not open.
pub(super) fn window_until(connection: &Connection, message: &Message) -> rusqlite::Result<Option<i64>> {
    let (Some(sender), receiver) = (message.sender_id, message.receiver_id) else { return Ok(None) };
    let mut statement = connection.prepare_cached("SELECT last_at FROM senders WHERE receiver = ?1 AND sender = ?2")?;
    let receiver = receiver.map_or(0, |id| id.0.cast_signed());
    let mut rows = statement.query(params![receiver, sender.0.cast_signed()])?;
    let last_at: Option<i64> = rows.next()?.map(|row| row.get(0)).transpose()?;
    Ok(last_at.map(|last_at| last_at + window::WINDOW.num_milliseconds()))
}
