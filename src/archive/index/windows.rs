//! The time until which each sender can be answered (protocol §6). The table is updated together with the search
//! index; the effects of later messages are computed from their entries.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params};

use crate::record::{Record, Seq};
use crate::weibo::SAMPLE_RECEIVER;
use crate::weibo::window::{WINDOW, WindowEffect};

use super::entry::{Contact, SenderKey};
use super::unindexed::{SearchEntries, Unindexed};
use crate::archive::connection::statements::Statements as _;
use crate::archive::row::{message, time};

/// Time and number of the last message that opened a sender's window, unless a later one closed it.
pub(super) type Last = Option<(i64, Seq)>;

/// Applies a message to a window. Messages may come in any order.
fn follow(last: Last, contact: &Contact, seq: Seq) -> Last {
    match contact.effect {
        _ if last.is_some_and(|(at, _)| at > contact.sent_at) => last,
        WindowEffect::Opens => Some((contact.sent_at, seq)),
        WindowEffect::Closes => None,
        WindowEffect::None => last,
    }
}

fn contacts(entries: &SearchEntries) -> impl Iterator<Item = (Seq, &Contact)> {
    entries.iter().filter_map(|(seq, entry)| Some((*seq, entry.contact.as_ref()?)))
}

/// Applies messages to the windows before them.
pub(super) fn follow_all(lasts: &mut HashMap<SenderKey, Last>, entries: &SearchEntries) {
    for (seq, contact) in contacts(entries) {
        let last = lasts.entry(contact.pair).or_default();
        *last = follow(*last, contact, seq);
    }
}

/// Reads a window from the table.
pub(super) fn last(connection: &Connection, pair: SenderKey) -> rusqlite::Result<Last> {
    let sql = "SELECT last_at, last_seq FROM senders WHERE receiver = ?1 AND sender = ?2";
    connection.find(sql, pair, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The messages of one sender that may change its window, in order.
pub(super) type Change = (SenderKey, Vec<(Seq, Contact)>);

/// Groups the effects of messages by sender, in the order of the table, so that each of its pages is written
/// once.
pub(super) fn changes(entries: &SearchEntries) -> Vec<Change> {
    let mut by_pair: BTreeMap<SenderKey, Vec<(Seq, Contact)>> = BTreeMap::new();
    for (seq, contact) in contacts(entries) {
        by_pair.entry(contact.pair).or_default().push((seq, *contact));
    }
    by_pair.into_iter().collect()
}

/// Writes changes to the table. Writing them again has no effect unless later ones were written.
pub(super) fn store(connection: &Connection, changes: &[Change]) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO senders (receiver, sender, last_at, last_seq) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (receiver, sender) DO UPDATE SET last_at = ?3, last_seq = ?4 WHERE last_at <= ?3",
    )?;
    let mut forget =
        connection.prepare_cached("DELETE FROM senders WHERE receiver = ?1 AND sender = ?2 AND last_at <= ?3")?;
    for (pair, contacts) in changes {
        for (index, (seq, contact)) in contacts.iter().enumerate() {
            // Of consecutive messages with the same effect only the last one counts, unless they are out of
            // order.
            let next = contacts.get(index + 1).map(|(_, next)| next);
            if next.is_some_and(|next| next.effect == contact.effect && next.sent_at >= contact.sent_at) {
                continue;
            }
            match contact.effect {
                WindowEffect::Opens => put.execute(params![pair.0, pair.1, contact.sent_at, seq])?,
                WindowEffect::Closes => forget.execute(params![pair.0, pair.1, contact.sent_at])?,
                WindowEffect::None => 0,
            };
        }
    }
    Ok(())
}

/// Returns the windows whose last message disagrees with the table: another sender, another time, or a message
/// that opens no window. A removed message proves nothing.
pub(super) fn of_others(connection: &Connection) -> rusqlite::Result<Vec<(SenderKey, Seq)>> {
    let mut statement = connection.prepare_cached(
        "SELECT receiver, sender, last_at, last_seq, received_at, raw, charset
         FROM senders JOIN messages ON messages.seq = senders.last_seq",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (pair, at, seq): (SenderKey, i64, Seq) = ((row.get(0)?, row.get(1)?), row.get(2)?, row.get(3)?);
        let record = message(row, seq, [4, 5, 6])?;
        let contact = Contact::of(&record.message, record.received_at.timestamp_millis());
        let is_it =
            |contact: Contact| (contact.pair, contact.sent_at, contact.effect) == (pair, at, WindowEffect::Opens);
        if !contact.is_some_and(is_it) {
            found.push((pair, seq));
        }
    }
    Ok(found)
}

/// Sets in records when the windows of their senders close.
pub(in crate::archive) fn fill_windows(
    connection: &Connection,
    unindexed: &Unindexed,
    records: &mut [Record],
) -> rusqlite::Result<()> {
    let pair = |record: &Record| {
        let receiver = record.message.receiver_id.map_or(0, |id| id.0.cast_signed());
        record.message.sender_id.map(|id| (receiver, id.0.cast_signed()))
    };
    let mut lasts = HashMap::new();
    for pair in records.iter().filter_map(pair) {
        lasts.insert(pair, last(connection, pair)?);
    }
    for (seq, contact) in unindexed.contacts(connection, lasts.keys())? {
        lasts.entry(contact.pair).and_modify(|last| *last = follow(*last, &contact, seq));
    }
    for record in records {
        let last = pair(record).and_then(|pair| *lasts.get(&pair)?);
        record.sender.window_until = last.map(|(at, _)| time(at.saturating_add(WINDOW.num_milliseconds())));
    }
    Ok(())
}

/// Returns the last messages of senders whose windows close after `after` and up to `until` and who were not
/// answered since, in order. Nobody can answer a sample. Times are Unix milliseconds.
pub(super) fn closing(
    connection: &Connection,
    entries: &SearchEntries,
    after: i64,
    until: i64,
) -> rusqlite::Result<Vec<Seq>> {
    let [after, until] = [after, until].map(|at| at.saturating_sub(WINDOW.num_milliseconds()));
    let mut statement = connection.prepare_cached(
        "SELECT receiver, sender, last_at, last_seq FROM senders WHERE last_at > ?1 AND last_at <= ?2",
    )?;
    let rows = statement
        .query_map([after, until], |row| Ok(((row.get(0)?, row.get(1)?), Some((row.get(2)?, row.get(3)?)))))?;
    let mut lasts = rows.collect::<rusqlite::Result<HashMap<SenderKey, Last>>>()?;
    for (seq, contact) in contacts(entries) {
        // A sender missing here closes at another time; its window is looked up only if that can matter.
        let may_matter = (after + 1..=until).contains(&contact.sent_at);
        let known = match lasts.get(&contact.pair) {
            Some(last) => *last,
            None if may_matter => last(connection, contact.pair)?,
            None => continue,
        };
        lasts.insert(contact.pair, follow(known, contact, seq));
    }
    let lasts = lasts.into_iter().filter_map(|(pair, last)| Some((pair, last?)));
    let sample = SAMPLE_RECEIVER.0.cast_signed();
    let closing = lasts.filter(|(pair, (at, _))| *at > after && *at <= until && pair.0 != sample);
    let mut answered = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE fan = ?1 AND seq >= ?2 AND state IN ('waiting', 'sending', 'sent'))",
    )?;
    let mut seqs = Vec::new();
    for (pair, (_, seq)) in closing {
        let is_answered: bool = answered.query_row(params![pair.1, seq], |row| row.get(0))?;
        if !is_answered {
            seqs.push(seq);
        }
    }
    seqs.sort_unstable();
    Ok(seqs)
}
