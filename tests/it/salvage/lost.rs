//! Damage is recognised wherever it is met. Messages that could not be saved are counted and reported until the user
//! has seen to them.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use weibox::archive::Reader;

use super::{MESSAGES, archive, assert_true};
use crate::support::{Home, Serve, message};

/// Runs `weibox status`; returns its exit code and its text.
fn status(home: &Home) -> (Option<i32>, String) {
    let output = home.output(&["status"], &[]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn messages_of_which_nothing_is_left_are_counted_and_reported_until_the_damaged_archive_is_moved_away() {
    let (home, file, before) = archive();
    let n_pages = fs::metadata(&file).unwrap().len() / 4096;
    let spoilt = fs::OpenOptions::new().write(true).open(&file).unwrap();
    spoilt.write_all_at(&vec![0; 40 * 4096], n_pages / 3 * 4096).unwrap();
    let mut serve = Serve::unsigned(&home);
    let said = serve.running.told("the archive was damaged. Saved from it: ");
    let n_lost = MESSAGES - assert_true(&home.records(), &before);
    assert!(n_lost > 0 && said.contains(&format!(" Missing: {n_lost} message")), "{n_lost}: {said}");
    let (_, aside) = said.split_once("The damaged one is in ").unwrap();
    let words = format!("{n_lost} messages of the damaged archive in {aside} could not be saved");
    let (code, text) = status(&home);
    assert!(code == Some(1) && text.contains(&words), "{words}: {text}");
    let health = home.output(&["status", "--health"], &[]);
    assert!(health.status.success(), "messages are kept: {health:?}");
    let doctor = home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]);
    let text = String::from_utf8(doctor.stdout).unwrap();
    let words = format!("✗ put aside     {n_lost} messages of the damaged archive in");
    assert!(doctor.status.code() == Some(1) && text.contains(&words), "{text}");
    serve.stop();

    let mut serve = Serve::unsigned(&home);
    assert_eq!(status(&home).0, Some(1), "after a restart as well");
    fs::rename(Path::new(aside), home.path("seen")).unwrap();
    let (code, text) = status(&home);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(serve.post(message("afterwards")).status, 200);
    serve.stop();
}

#[test]
fn whatever_a_half_empty_page_makes_of_a_message_is_recognised_as_damage() {
    let (home, file, _) = archive();
    let whole = fs::read(&file).unwrap();
    let mut n_failures = 0;
    // A page of rows of a table has the type 13.
    for page in (0..whole.len() / 4096).filter(|page| whole[page * 4096] == 13) {
        let spoilt = fs::OpenOptions::new().write(true).open(&file).unwrap();
        spoilt.write_all_at(&[0; 2048], page as u64 * 4096 + 2048).unwrap();
        let read = Reader::open(&home.data_dir()).and_then(|reader| reader.after(0, usize::MAX >> 1));
        if let Err(error) = read {
            assert!(error.is_damaged(), "{page}: {error}");
            n_failures += 1;
        }
        spoilt.write_all_at(&whole[page * 4096..][..4096], page as u64 * 4096).unwrap();
    }
    assert!(n_failures > 10, "{n_failures}");
}
