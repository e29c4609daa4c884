//! The search index follows the messages, and messages that it lacks are found as well: every answer equals that
//! of checking each message.

use std::path::Path;

use chrono::{DateTime, Utc};
use weibox::archive::{Archive, Arrival, Import, ImportEntry, PruneBatch, Reader};
use weibox::query::parse;
use weibox::record::page::{Anchor, Request};
use weibox::record::people::KnownSender;
use weibox::record::{Record, Seq, line};
use weibox::weibo::Kind;

use crate::support::wait_for;

mod mended;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap()
}

/// Returns messages of few words, so that every query finds some and not others.
fn body(number: u64) -> String {
    const WORDS: [&str; 7] = ["退货", "货到付款", "几点了", "refund", "refunds please", "退", "，"];
    let random = |salt: u64| {
        let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ salt).rotate_left(23);
        usize::try_from(mixed >> 1).unwrap()
    };
    let words: Vec<&str> = (0..random(7) as u64 % 4).map(|salt| WORDS[random(salt << 32) % WORDS.len()]).collect();
    let sender = 100 + random(3) % 40;
    let (kind, data) = match random(5) % 9 {
        0 => ("image", format!(r#"{{"tovfid":{number}}}"#)),
        1 => ("position", format!(r#"{{"longitude":"{}","latitude":"{}"}}"#, number % 180, number % 90)),
        _ => ("text", "{}".to_owned()),
    };
    let text = words.join(if random(9) % 2 == 0 { " " } else { "" });
    format!(
        r#"{{"type":"{kind}","receiver_id":1,"sender_id":{sender},"text":"{text}","data":{data},"number":{number},"created_at":"{number}"}}"#
    )
}

/// Returns whether a text has a word: Chinese anywhere, Latin at a word start.
fn has(text: &str, word: &str) -> bool {
    let is_latin = word.starts_with(|char: char| char.is_ascii());
    text.match_indices(word)
        .any(|(at, _)| !is_latin || !text.split_at(at).0.ends_with(|char: char| char.is_ascii_alphabetic()))
}

/// Returns whether an import muted the sender.
fn is_muted(record: &Record) -> bool {
    [107, 111].contains(&record.message.sender_id.unwrap().0)
}

/// A query and its meaning.
type Meaning = (&'static str, fn(&Record) -> bool);

/// Returns what [`entries`] says about the sender, and the labels of the message.
fn known(record: &Record) -> (KnownSender, Vec<String>) {
    let (sender, number) = (record.message.sender_id.unwrap().0, number(record));
    let of = |is_so, text: &str| if is_so { text.to_owned() } else { String::new() };
    let known = KnownSender {
        window_until: None,
        is_muted: is_muted(record),
        nickname: of((110..114).contains(&sender), "橙汁"),
        name: of(sender == 107, "小橙子"),
        note: of(sender == 113, "要 发票"),
        labels: if (120..123).contains(&sender) { vec!["VIP".to_owned()] } else { Vec::new() },
        draft: String::new(),
    };
    let labels = if number < 5_000 && number % 53 == 0 { vec!["退款".to_owned()] } else { Vec::new() };
    (known, labels)
}

fn number(record: &Record) -> u64 {
    record.message.created_at.parse().unwrap()
}

const QUERIES: [Meaning; 28] = [
    ("name:橙", |record| [107, 110, 111, 112, 113].contains(&record.message.sender_id.unwrap().0)),
    ("name:chengzhi，小橙", |record| [107, 110, 111, 112, 113].contains(&record.message.sender_id.unwrap().0)),
    ("note:发票,收据", |record| !known(record).0.note.is_empty()),
    ("label:退款,vip -退", |record| {
        known(record).1.len() + known(record).0.labels.len() > 0 && !has(&record.message.text, "退")
    }),
    ("-label:vip -note:要_发", |record| known(record).0.labels.is_empty() && known(record).0.note.is_empty()),
    ("退货", |record| has(&record.message.text, "退货")),
    ("货", |record| has(&record.message.text, "货")),
    ("货到付", |record| has(&record.message.text, "货到付")),
    ("refund", |record| has(&record.message.text, "refund")),
    ("\"refund\"", |record| {
        record.message.text.split(|char: char| !char.is_ascii_alphabetic()).any(|word| word == "refund")
    }),
    ("几点了 refund", |record| has(&record.message.text, "几点了") && has(&record.message.text, "refund")),
    ("py:tuihuo", |record| has(&record.message.text, "退货")),
    ("hdfk", |record| has(&record.message.text, "货到付款")),
    ("-退", |record| !has(&record.message.text, "退")),
    ("退 -货", |record| has(&record.message.text, "退") && !has(&record.message.text, "货")),
    ("退货|refund", |record| has(&record.message.text, "退货") || has(&record.message.text, "refund")),
    ("py:hdfk OR \"几点了\" | refund -退", |record| {
        let text = &record.message.text;
        ["货到付款", "几点了", "refund"].iter().any(|word| has(text, word)) && !has(text, "退")
    }),
    ("退 -thuo|hdfk", |record| {
        let text = &record.message.text;
        has(text, "退") && !has(text, "退货") && !has(text, "货到付款")
    }),
    ("，|refund has:file", |record| {
        let text = &record.message.text;
        (text.contains('，') || has(text, "refund")) && record.message.attachment().is_some()
    }),
    ("from:107,111", is_muted),
    ("退 -from:107,111", |record| has(&record.message.text, "退") && !is_muted(record)),
    ("from:107", |record| record.message.sender_id.unwrap().0 == 107),
    ("from:107 type:image", |record| {
        record.message.sender_id.unwrap().0 == 107 && record.message.kind() == Kind::Image
    }),
    ("退货 -has:file", |record| has(&record.message.text, "退货") && record.message.attachment().is_none()),
    ("is:muted", is_muted),
    ("-is:muted", |record| !is_muted(record)),
    ("退 is:muted", |record| has(&record.message.text, "退") && is_muted(record)),
    ("几 is:unverified", |record| has(&record.message.text, "几") && !record.verified),
];

/// Runs all queries and compares the results with those of checking every message.
fn check(reader: &mut Reader, when: &str) {
    let all = reader.after(0, usize::MAX >> 1).unwrap();
    for (query, meaning) in QUERIES {
        let expected: Vec<Seq> = all.iter().filter(|record| meaning(record)).map(|record| record.seq).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query} says nothing");
        let query = parse(query).unwrap();
        let found = reader.find_between(&query, 0, Seq::MAX >> 1, now()).unwrap();
        let found: Vec<Seq> = found.iter().map(|record| record.seq).collect();
        assert!(found == expected, "{query}, {when}: {} found of {}", found.len(), expected.len());
        let page = |reader: &mut Reader, anchor| {
            let page =
                reader.page(&Request { query: query.clone(), anchor, limit: 50, ..Request::default() }, now()).unwrap();
            (page.records.iter().map(|record| record.seq).collect::<Vec<_>>(), page.newer, page.total, page.has_older)
        };
        let newest: Vec<Seq> = expected.iter().rev().copied().take(50).collect();
        let (records, _, total, has_older) = page(reader, Anchor::Newest);
        assert_eq!((records, has_older), (newest, expected.len() > 50), "{query}, {when}");
        let counted = (expected.len() as u64).min(1000);
        assert_eq!((total.n, total.is_more), (counted, expected.len() > 1000), "{query}, {when}");
        let middle = expected.len() / 2;
        let (records, newer, ..) = page(reader, Anchor::Around(expected[middle]));
        let at = records.iter().position(|seq| *seq == expected[middle]).unwrap();
        let n_newer = expected.len() - 1 - middle - at;
        assert_eq!((newer.n, newer.is_more), ((n_newer as u64).min(1000), n_newer > 1000), "{query}, {when}");
        assert_eq!(
            reader.find(&query, expected[middle], true, now()).unwrap(),
            expected.get(middle.wrapping_sub(1)).copied()
        );
        assert_eq!(reader.find(&query, expected[middle], false, now()).unwrap(), expected.get(middle + 1).copied());
    }
}

fn import(home: &Path, numbers: std::ops::Range<u64>) {
    let mut import = Import::open(home).unwrap();
    import.write(&entries(numbers.map(body))).unwrap();
    import.finish().unwrap();
    check_index(home);
}

async fn receive(archive: &Archive, numbers: std::ops::Range<u64>) {
    let inserts = numbers.map(|number| {
        let (archive, raw) = (archive.clone(), body(number));
        tokio::spawn(async move {
            let arrival = Arrival { verified: number % 3 > 0, ..Arrival::new(raw, now()) };
            assert_eq!(archive.insert(arrival).await.unwrap().deliveries, 1);
        })
    });
    for insert in inserts.collect::<Vec<_>>() {
        insert.await.unwrap();
    }
}

/// Checks that all data derived from the messages agrees with them.
#[track_caller]
pub(crate) fn check_index(data_dir: &Path) {
    let check = Reader::open(data_dir).unwrap().check_index(|_, _| ()).unwrap();
    assert!(check.is_right() && check.indexed_again.is_none(), "{check:?}");
}

/// Returns the import entries of these bodies.
fn entries(bodies: impl Iterator<Item = impl AsRef<str>>) -> Vec<ImportEntry> {
    let entry = |mut record: Record| {
        (record.sender, record.marks.labels) = known(&record);
        ImportEntry::new(record)
    };
    bodies.map(|body| entry(line::read(body.as_ref().as_bytes(), now()).unwrap())).collect()
}

/// Returns the first number that is not indexed.
fn indexed(home: &Path) -> Seq {
    let connection = rusqlite::Connection::open(home.join("weibox.db")).unwrap();
    connection.query_row("SELECT n FROM counts WHERE kind = 'indexed'", [], |row| row.get(0)).unwrap()
}

#[test]
fn an_import_that_broke_off_is_indexed_by_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path();
    let mut import = Import::open(path).unwrap();
    import.write(&entries((0..5_000).map(body))).unwrap();
    assert_eq!(indexed(path), 0, "what a turn wrote is stored with the next");
    import.write(&entries((5_000..10_000).map(body))).unwrap();
    assert_eq!(indexed(path), 4_096);
    drop(import);
    check(&mut Reader::open(path).unwrap(), "broken off");
    let import = Import::open(path).unwrap();
    assert_eq!(indexed(path), 8_192);
    import.finish().unwrap();
    check(&mut Reader::open(path).unwrap(), "taken up again");
    check_index(path);
}

#[test]
fn an_import_of_what_is_partly_there_leaves_every_message_to_be_found() {
    let home = tempfile::tempdir().unwrap();
    import(home.path(), 0..3_000);
    // Known and new messages mixed, across the end of a block.
    import(home.path(), 1_500..5_500);
    import(home.path(), 5_000..9_000);
    check(&mut Reader::open(home.path()).unwrap(), "imported in part");
}

#[tokio::test(flavor = "multi_thread")]
async fn index_and_tail_find_what_looking_at_every_message_finds() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path();
    import(path, 0..5_000);
    assert_eq!(indexed(path), 4_096);
    check(&mut Reader::open(path).unwrap(), "imported");

    let archive = Archive::open(path).unwrap();
    let mut reader = archive.reader().unwrap();
    let mut stranger = Reader::open(path).unwrap();
    receive(&archive, 5_000..6_000).await;
    check(&mut reader, "within a block");
    import(path, 6_000..6_500);
    check(&mut reader, "with messages of another process");
    receive(&archive, 6_500..9_000).await;
    wait_for("the second block", || indexed(path) == 8_192);
    check(&mut reader, "after a second block");
    check(&mut stranger, "to another process");

    let messages: Vec<Seq> = (1..200).chain(4_000..4_200).chain(8_000..8_300).step_by(3).collect();
    for messages in messages.chunks(PruneBatch::LIMIT) {
        archive.prune(PruneBatch { messages: messages.to_vec(), media: Vec::new() }).await.unwrap();
    }
    check(&mut reader, "after some were removed");
    check(&mut stranger, "after some were removed, to another process");
    check_index(path);
    archive.close().await.unwrap();
    check(&mut Reader::open(path).unwrap(), "after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_before_the_index_is_written_misses_nothing() {
    // As if the process had ended between commits and indexing, or with a partly written block.
    for left in ["id < 0", "id >> 52 < 290"] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path();
        import(path, 0..9_000);
        let busiest = || Reader::open(path).unwrap().statistics(now()).unwrap().senders;
        let expected = busiest();
        let connection = rusqlite::Connection::open(path.join("weibox.db")).unwrap();
        let undo = format!("DELETE FROM postings WHERE NOT ({left}); UPDATE counts SET n = 0 WHERE kind = 'indexed'");
        connection.execute_batch(&undo).unwrap();
        drop(connection);
        check(&mut Reader::open(path).unwrap(), left);
        assert_eq!(busiest(), expected, "{left}");
        let archive = Archive::open(path).unwrap();
        wait_for("the index", || indexed(path) == 8_192);
        check(&mut archive.reader().unwrap(), "with it");
        assert_eq!(busiest(), expected, "{left}, with it");
        archive.close().await.unwrap();
        check_index(path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_of_removed_messages_goes_with_the_last_of_their_block() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path();
    import(path, 0..5_000);
    let rows = || {
        let connection = rusqlite::Connection::open(path.join("weibox.db")).unwrap();
        connection.query_row("SELECT count(*) FROM postings", [], |row| row.get::<_, u64>(0)).unwrap()
    };
    assert!(rows() > 0);
    let archive = Archive::open(path).unwrap();
    let messages: Vec<Seq> = (1..4_096).collect();
    let mut left = messages.as_slice();
    while !left.is_empty() {
        assert!(rows() > 0);
        let messages = left.iter().take(PruneBatch::LIMIT).copied().collect();
        // On a slow machine fewer are removed at once.
        let pruned = archive.prune(PruneBatch { messages, media: Vec::new() }).await.unwrap();
        left = &left[usize::try_from(pruned.messages).unwrap()..];
    }
    assert_eq!(rows(), 0);
    check(&mut archive.reader().unwrap(), "after a block was removed");
    check_index(path);
    archive.close().await.unwrap();
}
