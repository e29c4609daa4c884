//! The data derived from the messages is compared with them, rebuilt where it is wrong, and used meanwhile.

use std::path::Path;

use rusqlite::Connection;
use weibox::archive::{Archive, Reader};
use weibox::query::{folding, parse};
use weibox::record::Seq;
use weibox::record::page::Request;

use super::{body, check, check_index, entries, import, indexed, now};
use crate::support::Home;

/// Damage to all data derived from the messages.
const HARM: [&str; 9] = [
    "DELETE FROM postings WHERE id >> 52 = (SELECT max(id >> 52) FROM postings)",
    "INSERT OR REPLACE INTO postings SELECT id - id % 2 + (id + 1) % 2, entries FROM postings WHERE id % 4096 < 2",
    "UPDATE spans SET n = n + 3 WHERE block = 1",
    "UPDATE spans SET n = -1 WHERE block = 1",
    // The sum stays right.
    "UPDATE spans SET n = n - 1 + 2 * block WHERE block < 2",
    "UPDATE spans SET earliest = earliest + 1 WHERE kind = 'text'",
    "DELETE FROM places WHERE seq % 3 = 0",
    "UPDATE counts SET n = 5 WHERE kind = 'unread'",
    "UPDATE senders SET last_seq = last_seq - 1",
];

fn execute(path: &Path, sql: &str) {
    Connection::open(path.join("weibox.db")).unwrap().execute_batch(sql).unwrap();
}

/// Returns the version of the folding of the whole index.
fn version(path: &Path) -> u64 {
    let connection = Connection::open(path.join("weibox.db")).unwrap();
    connection.query_row("SELECT n FROM counts WHERE kind = 'folding'", [], |row| row.get(0)).unwrap()
}

fn found(path: &Path, query: &str) -> Vec<Seq> {
    let reader = Reader::open(path).unwrap();
    let found = reader.find_between(&parse(query).unwrap(), 0, Seq::MAX >> 1, now()).unwrap();
    found.into_iter().map(|record| record.seq).collect()
}

/// Returns the progress of the rebuild that a page reports.
fn indexed_again(path: &Path) -> Option<u8> {
    let request = Request { limit: 1, ..Request::default() };
    Reader::open(path).unwrap().page(&request, now()).unwrap().archive.indexed_again
}

#[test]
fn whatever_is_wrong_is_told_by_doctor_and_made_again_by_reindex() {
    let home = Home::new();
    let path = &home.data_dir();
    import(path, 0..9_000);
    let doctor = || {
        let output = home.output(&["doctor", "--deep"], &[]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(doctor().contains("matches the messages; 3 blocks"), "{}", doctor());
    for harm in HARM {
        execute(path, harm);
        let check = Reader::open(path).unwrap().check_index(|_, _| ()).unwrap();
        assert!(!check.is_right(), "{harm}");
        let told = doctor();
        assert!(told.contains("differs from the messages") && told.contains("> `weibox reindex` rebuilds"), "{told}");
        let made = home.output(&["reindex"], &[]);
        assert_eq!(String::from_utf8(made.stderr).unwrap(), "9000 messages indexed again\n", "{harm}");
        check_index(path);
    }
    check(&mut Reader::open(path).unwrap(), "made again");
    // There is no listener to continue the rebuild.
    execute(path, "UPDATE counts SET n = 0 WHERE kind IN ('folding', 'rebuilding')");
    for (query, told) in [("退货", "older messages: 0 % indexed\n"), ("from:107", "")] {
        let found = home.output(&["export", "--query", query], &[]);
        assert_eq!(String::from_utf8(found.stderr).unwrap(), told, "{query}");
        assert!(!found.stdout.is_empty());
    }
    assert!(doctor().contains("0 % rebuilt; a running weibox continues it"), "{}", doctor());
}

#[test]
fn numbers_may_have_a_gap_of_any_length() {
    let home = Home::new();
    let path = &home.data_dir();
    import(path, 0..4_200);
    execute(path, "UPDATE messages SET seq = seq + (1 << 52) WHERE seq > 10");
    execute(path, "UPDATE sqlite_sequence SET seq = (1 << 52) + 4200 WHERE name = 'messages'");
    let made = home.output(&["reindex"], &[]);
    assert_eq!(String::from_utf8(made.stderr).unwrap(), "4200 messages indexed again\n");
    check_index(path);
    assert_eq!(home.records().last().unwrap().seq, (1 << 52) + 4200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_another_folding_is_made_again_in_the_background_and_used_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path();
    import(path, 0..9_000);
    let expected = (found(path, "退货"), found(path, "，"), found(path, "-，"), found(path, "from:107 -，"));
    assert!(!expected.1.is_empty() && !expected.3.is_empty());
    // As if it had been built before symbols were indexed.
    let comma = u64::from(',').wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    execute(
        path,
        &format!("DELETE FROM postings WHERE id >> 52 = {comma}; UPDATE counts SET n = 0 WHERE kind = 'folding'"),
    );
    for harm in HARM.iter().skip(2) {
        execute(path, harm);
    }
    // Sounds were not indexed either; only messages that are not indexed yet are found by them.
    execute(path, "DELETE FROM postings WHERE id >> 52 > 320");
    let last_indexed = indexed(path);
    assert!(found(path, "thuo").into_iter().all(|seq| seq >= last_indexed));
    let all = || (found(path, "退货"), found(path, "，"), found(path, "-，"), found(path, "from:107 -，"));
    assert_eq!(all(), expected, "before it is made again");
    assert_eq!(indexed_again(path), Some(0));
    // A rebuild that is interrupted continues at the next start.
    while version(path) != folding::VERSION {
        let archive = Archive::open(path).unwrap();
        assert_eq!(all(), expected, "meanwhile");
        archive.close().await.unwrap();
    }
    assert_eq!(all(), expected, "afterwards");
    assert_eq!(indexed_again(path), None);
    assert_eq!(found(path, "thuo"), expected.0, "by its pinyin");
    check_index(path);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_too_many_words_are_found_though_their_block_has_no_room_for_them() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path();
    let long = |number: u64| {
        let words = (0..20_000).map(|word| format!("w{number}x{word}")).collect::<Vec<_>>().join(" ");
        body(number).replace(r#""text":""#, &format!(r#""text":"{words} "#))
    };
    // Message 3 is longer than any indexed one, and a block has no room for all of the others.
    let bodies: Vec<String> = (0..4_100)
        .map(|number| match number {
            3 => long(3),
            50..150 => body(number).replace(r#""text":""#, &format!(r#""text":"{} "#, "x ".repeat(12_000))),
            4_000 => body(4_000).replace(r#""text":""#, r#""text":"late "#),
            number => body(number),
        })
        .collect();
    let mut import = weibox::archive::Import::open(path).unwrap();
    import.write(&entries(bodies.iter())).unwrap();
    import.finish().unwrap();
    assert_eq!(indexed(path), 4_096);
    check_index(path);
    let connection = Connection::open(path.join("weibox.db")).unwrap();
    let largest: usize =
        connection.query_row("SELECT max(length(entries)) FROM postings", [], |row| row.get(0)).unwrap();
    assert!(largest < 8 << 20, "{largest}");
    let n_found = |query: &str| found(path, query).len();
    assert_eq!((n_found("w3x19999"), n_found("\"w3x1 w3x2\""), n_found("\"w3x2 w3x1\"")), (1, 1, 0));
    assert_eq!((n_found("\"x x x\""), n_found("-x"), n_found("late")), (100, 4_000, 1));
    check(&mut Reader::open(path).unwrap(), "with long messages");
}
