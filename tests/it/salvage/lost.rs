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
fn a_kill_while_the_new_archive_takes_its_place_leaves_one_damaged_one_with_its_number_of_lost_messages() {
    for n_moved in 1..4 {
        let home = Home::new();
        let (data_dir, saved) = (home.data_dir(), home.data_dir().join("saved"));
        let mut serve = Serve::unsigned(&home);
        assert_eq!(serve.post(message("saved")).status, 200);
        serve.stop();
        let aside = data_dir.join("damaged-20260102T030405");
        for directory in [&saved, &aside] {
            fs::create_dir(directory).unwrap();
        }
        fs::rename(data_dir.join("weibox.db"), saved.join("weibox.db")).unwrap();
        fs::write(saved.join("lost"), "7").unwrap();
        fs::write(data_dir.join("weibox.db.damaged"), "damaged-20260102T030405").unwrap();
        let files = ["weibox.db", "weibox.db-wal"];
        for (index, name) in files.into_iter().enumerate() {
            let directory = if index < n_moved { &aside } else { &data_dir };
            fs::write(directory.join(name), "of the damaged one").unwrap();
        }
        if n_moved > 2 {
            fs::rename(saved.join("lost"), aside.join("lost")).unwrap();
        }
        let mut serve = Serve::unsigned(&home);
        assert_eq!(home.records().len(), 1);
        let (code, text) = status(&home);
        let words = format!("7 messages of the damaged archive in {} could not be saved", aside.display());
        assert!(code == Some(1) && text.contains(&words), "{n_moved}: {text}");
        assert!(files.iter().all(|name| fs::read(aside.join(name)).unwrap() == b"of the damaged one"));
        let asides = fs::read_dir(&data_dir)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("damaged-"));
        assert_eq!((asides.count(), saved.exists()), (1, false));
        serve.stop();
    }
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
