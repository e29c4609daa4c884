//! Damaged archives: the next start puts them aside, saves what can be read, and says exactly what that was.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use weibox::record::Record;
use weibox::record::media::Stage;
use weibox::record::page::{Mark, Selection};
use weibox::weibo::FileId;

use crate::support::{Home, Serve, message, wait_for};

/// So many messages are in the archive that is damaged.
const MESSAGES: usize = 400;

/// An archive with messages of every length, some of them longer than a page, and marks; its file, and what is in it.
fn archive() -> (Home, PathBuf, BTreeMap<String, Record>) {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    for number in 0..MESSAGES {
        let words = format!("{number:03} {}", "字".repeat(number * number / 60));
        assert_eq!(serve.post(message(&words)).status, 200);
    }
    assert_eq!(serve.post(message("000 ")).status, 200);
    serve.stop();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = weibox::archive::Archive::open(&home.data_dir()).unwrap();
        let now = weibox::run::clock::now();
        archive.mark(Selection::Seqs(vec![3, 5]), Mark::Starred, now).await.unwrap();
        archive.mark(Selection::Seqs(vec![4, 5]), Mark::Read, now).await.unwrap();
        archive.settle(FileId(7), medium()).await.unwrap();
        archive.settle(FileId(8), Stage::Failed { reason: "it is gone".to_owned() }).await.unwrap();
        archive.close().await.unwrap();
    });
    let records = home.records().into_iter().map(|record| (record.message.text.clone(), record)).collect();
    let file = home.data_dir().join("weibox.db");
    (home, file, records)
}

/// What is known of a file in it.
fn medium() -> Stage {
    Stage::Done { file: "2026/7.jpg".to_owned(), bytes: 9, sha256: Some("0f".repeat(32)) }
}

/// Starts on the archive as it is now; returns what it said, and what it has.
fn start(home: &Home) -> (String, Vec<Record>) {
    let mut serve = Serve::unsigned(home);
    assert_eq!(serve.post(message("afterwards")).status, 200, "it takes messages again");
    let records = home.records();
    wait_for("the index", || !home.output(&["export", "--query", "afterwards"], &[]).stdout.is_empty());
    serve.stop();
    (serve.running.stderr().join("\n"), records)
}

/// What was saved is what was there, byte by byte, in its order, with its marks.
fn assert_true(saved: &[Record], before: &BTreeMap<String, Record>) -> usize {
    let known: Vec<&Record> = saved.iter().filter(|record| record.message.text != "afterwards").collect();
    for record in &known {
        let original = &before[&record.message.text];
        assert_eq!((&record.raw, record.deliveries), (&original.raw, original.deliveries));
        assert_eq!((record.is_read, record.is_starred), (original.is_read, original.is_starred), "{record:?}");
        assert_eq!((record.seq, record.received_at), (original.seq, original.received_at));
    }
    known.len()
}

#[test]
fn without_its_first_page_an_archive_is_saved_whole() {
    for damaged in [100, 4096] {
        let (home, file, before) = archive();
        let mut bytes = fs::read(&file).unwrap();
        bytes[..damaged].fill(0);
        fs::write(&file, &bytes).unwrap();
        let (said, saved) = start(&home);
        assert_eq!(assert_true(&saved, &before), MESSAGES);
        assert!(said.contains("the archive was damaged. Saved from it: 400 messages, 2 files"), "{said}");
        assert_eq!(home.reader().stage(FileId(7)).unwrap(), Some(medium()));
        let (_, aside) = said.split_once("The damaged one is in ").unwrap();
        let aside = PathBuf::from(aside.lines().next().unwrap()).join("weibox.db");
        assert_eq!(fs::read(aside).unwrap(), bytes, "the damaged one is kept as it was");
        let (said, again) = start(&home);
        assert!(!said.contains("damaged"), "{said}");
        assert_eq!(assert_true(&again, &before), MESSAGES);
    }
}

#[test]
fn of_a_cut_and_of_a_holed_archive_is_saved_what_is_left() {
    let (home, file, before) = archive();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() * 2 / 3]).unwrap();
    let (said, saved) = start(&home);
    let n_saved = assert_true(&saved, &before);
    assert!((MESSAGES / 3..MESSAGES).contains(&n_saved), "{n_saved}: {said}");
    assert!(said.contains(&format!("Saved from it: {n_saved} messages")), "{said}");

    let (home, file, before) = archive();
    let mut bytes = fs::read(&file).unwrap();
    for hole in (5000..bytes.len() - 40).step_by(60_000) {
        bytes[hole..hole + 40].fill(0x5a);
    }
    fs::write(&file, &bytes).unwrap();
    let (said, saved) = start(&home);
    let n_saved = assert_true(&saved, &before);
    assert!((MESSAGES / 2..=MESSAGES).contains(&n_saved), "{n_saved}: {said}");
    assert!(said.contains(&format!("Saved from it: {n_saved} messages")), "{said}");
}

#[test]
fn what_only_the_log_had_is_saved_as_well() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    for number in 0..20 {
        assert_eq!(serve.post(message(&format!("{number}"))).status, 200);
    }
    serve.running.signal("KILL");
    drop(serve);
    fs::write(home.data_dir().join("weibox.db"), "").unwrap();
    let (said, saved) = start(&home);
    assert_eq!(saved.len(), 21, "{said}");
}

#[test]
fn damage_that_is_found_on_the_way_is_not_acknowledged_over_and_is_saved_by_the_next_start() {
    let (home, file, before) = archive();
    let serve = Serve::unsigned(&home);
    // Under the running process: everything but the first pages, so that the next write meets it.
    let length = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    let noise: Vec<u8> = (0..length - 8192).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
    std::os::unix::fs::FileExt::write_all_at(&fs::OpenOptions::new().write(true).open(&file).unwrap(), &noise, 8192)
        .unwrap();
    let mut answered = Vec::new();
    for number in 0..50 {
        let words = format!("late {number}");
        if serve.post(message(&words)).status == 200 {
            answered.push(words);
        }
    }
    serve.running.signal("KILL");
    drop(serve);
    let (said, saved) = start(&home);
    assert!(said.contains("the archive was damaged"), "{said}");
    for words in answered {
        assert!(saved.iter().any(|record| record.message.text == words), "`{words}` was answered and is lost");
    }
    assert!(saved.iter().all(|record| {
        let text = &record.message.text;
        text.starts_with("late") || text == "afterwards" || before.contains_key(text)
    }));
}

#[test]
fn another_command_says_what_to_do_about_a_damaged_archive() {
    let (home, file, _) = archive();
    fs::write(&file, "this is no archive at all, and was one").unwrap();
    let told = home.output(&["export"], &[]);
    let words = String::from_utf8(told.stderr).unwrap();
    assert_eq!(told.status.code(), Some(1));
    assert!(words.contains("hint: start `weibox` again: it puts the archive aside"), "{words}");
}
