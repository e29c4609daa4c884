//! The archive's file, its log or the log's map is removed or replaced while weibox runs: everything acknowledged
//! survives a kill or a stop, and weibox goes on if it can.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Connection, Home, Serve, message, wait_for};

/// The number of concurrent callers.
const CALLERS: usize = 4;
/// The number of messages before the files are removed, and again afterwards.
const MESSAGES: usize = 150;

/// Posts messages until told to stop or the server is gone, and records the acknowledged ones.
fn call(serve: &Serve, name: &str, is_over: &AtomicBool, answered: &Mutex<Vec<String>>) {
    let mut connection = Connection::to(serve.address).unwrap();
    for number in 0.. {
        let words = format!("{name} number {number}");
        match connection.call("POST", "/weibo", message(&words).as_bytes()) {
            Ok(answer) if answer.status == 200 => answered.lock().unwrap().push(words),
            Ok(_) | Err(_) if is_over.load(Ordering::Relaxed) => return,
            // After a 503 the connection is closed.
            Ok(_) | Err(_) => match Connection::to(serve.address) {
                Ok(again) => connection = again,
                Err(_) => return,
            },
        }
    }
}

fn remove(home: &Home, files: &[&str]) {
    for file in files {
        fs::remove_file(home.data_dir().join(file)).unwrap();
    }
}

fn assert_none_lost(home: &Home, answered: &[String]) {
    let kept: BTreeSet<String> = home.records().into_iter().map(|record| record.message.text).collect();
    let lost: Vec<_> = answered.iter().filter(|words| !kept.contains(*words)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged are lost, as {:?}", lost.len(), answered.len(), lost.first());
}

#[test]
fn a_log_that_is_removed_under_load_takes_nothing_acknowledged_along() {
    for files in [["weibox.db-wal"].as_slice(), &["weibox.db-shm"], &["weibox.db-wal", "weibox.db-shm"]] {
        let home = Home::new();
        let serve = Serve::unsigned(&home);
        let (is_over, answered) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let n_answered = || answered.lock().unwrap().len();
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (serve, answered, is_over) = (&serve, &answered, &is_over);
                scope.spawn(move || call(serve, &format!("caller {caller}"), is_over, answered));
            }
            wait_for("messages", || n_answered() > MESSAGES);
            remove(&home, files);
            let before = n_answered();
            wait_for("messages after the files have gone", || n_answered() > before + MESSAGES);
            // Other readers get everything meanwhile.
            let exported = home.output(&["export"], &[]);
            assert!(exported.status.success(), "{files:?}: {exported:?}");
            is_over.store(true, Ordering::Relaxed);
            serve.running.signal("KILL");
        });
        drop(serve);
        let answered = answered.into_inner().unwrap();
        let mut serve = Serve::unsigned(&home);
        assert_none_lost(&home, &answered);
        assert_eq!(serve.post(message("afterwards")).status, 200);
        serve.stop();
        assert!(!home.kept().iter().any(|path| path.to_str().unwrap().contains("damaged")), "{files:?}");
    }
}

#[test]
fn a_log_that_is_removed_while_nobody_calls_is_seen_and_told() {
    for files in [["weibox.db-wal"].as_slice(), &["weibox.db-shm"]] {
        let home = Home::new();
        let serve = Serve::unsigned(&home);
        let answered: Vec<_> = (0..50).map(|number| number.to_string()).collect();
        for words in &answered {
            assert_eq!(serve.post(message(words)).status, 200);
        }
        remove(&home, files);
        wait_for("it to be told", || {
            serve.running.stderr().iter().any(|line| line.contains("the archive's log was removed"))
        });
        wait_for("the log to say so", || home.log().contains("the archive's log was removed while it was open"));
        serve.running.signal("KILL");
        drop(serve);
        let mut serve = Serve::unsigned(&home);
        assert_none_lost(&home, &answered);
        serve.stop();
    }
}

/// Posts messages that must be kept; returns their words.
fn keep(serve: &Serve, round: usize) -> Vec<String> {
    let answered: Vec<_> = (0..20).map(|number| format!("round {round} number {number}")).collect();
    for words in &answered {
        assert_eq!(serve.post(message(words)).status, 200);
    }
    answered
}

#[test]
fn an_archive_whose_file_is_removed_is_put_back_and_loses_nothing_at_a_stop() {
    let home = Home::new();
    let mut answered = Vec::new();
    for round in 0..4 {
        let mut serve = Serve::unsigned(&home);
        answered.extend(keep(&serve, round));
        remove(&home, &["weibox.db"]);
        if round % 2 == 0 {
            let after = format!("after round {round}");
            wait_for("it to take messages", || serve.post(message(&after)).status == 200);
            answered.push(after);
            serve.running.told("the archive's file was removed while weibox ran");
        }
        serve.stop();
        assert_none_lost(&home, &answered);
        assert_eq!(home.records().len(), answered.len(), "each is there once");
        assert!(!home.kept().iter().any(|path| path.to_str().unwrap().contains("damaged")));
    }
}

#[test]
fn an_archive_whose_file_is_replaced_is_added_to_the_other_at_the_next_start() {
    let home = Home::new();
    let (file, backup) = (home.data_dir().join("weibox.db"), home.path("backup"));
    let mut answered = Vec::new();
    let mut serve = Serve::unsigned(&home);
    for round in 0..5 {
        answered.extend(keep(&serve, round));
        // What the file has now, or what it had one or two rounds ago.
        if round % 3 == 0 {
            fs::copy(&file, &backup).unwrap();
        }
        let copy = home.data_dir().join("copy");
        fs::copy(&backup, &copy).unwrap();
        fs::rename(&copy, &file).unwrap();
        if round > 1 {
            assert_eq!(serve.post(message("in vain")).status, 503);
            serve.running.told("the archive's file was replaced while weibox ran");
        }
        if round == 4 {
            serve.running.signal("KILL");
            drop(serve);
        } else {
            serve.stop();
        }
        serve = Serve::unsigned(&home);
        serve.running.told("Added from the archive before: ");
        assert_none_lost(&home, &answered);
        assert_eq!(home.records().len(), answered.len(), "each is there once");
        let doctor = home.output(&["doctor", "--deep", "--listen", "127.0.0.1:0"], &[]);
        assert!(doctor.status.success(), "{doctor:?}");
    }
    serve.stop();
}

#[test]
fn a_backup_in_the_place_of_an_archive_that_was_moved_away_is_not_overwritten() {
    let home = Home::new();
    let (file, backup) = (home.data_dir().join("weibox.db"), home.path("backup"));
    let mut serve = Serve::unsigned(&home);
    let mut answered = keep(&serve, 0);
    serve.stop();
    fs::copy(&file, &backup).unwrap();

    let mut serve = Serve::unsigned(&home);
    answered.extend(keep(&serve, 1));
    fs::rename(&file, home.path("old")).unwrap();
    fs::copy(&backup, &file).unwrap();
    serve.running.told("the archive's file was replaced while weibox ran");
    assert!(fs::read(&file).unwrap() == fs::read(&backup).unwrap());
    serve.stop();
    let mut serve = Serve::unsigned(&home);
    serve.running.told("Added from the archive before: ");
    assert_none_lost(&home, &answered);
    serve.stop();
}

#[test]
fn an_archive_that_is_put_back_after_it_was_replaced_is_not_added_again() {
    let home = Home::new();
    let (file, replaced) = (home.data_dir().join("weibox.db"), home.data_dir().join("replaced"));
    let mut serve = Serve::unsigned(&home);
    let answered = keep(&serve, 0);
    let copy = home.data_dir().join("copy");
    fs::copy(&file, &copy).unwrap();
    fs::rename(&copy, &file).unwrap();
    serve.running.told("the archive's file was replaced while weibox ran");
    wait_for("it to be kept", || replaced.join("weibox.db").exists());
    fs::remove_file(&file).unwrap();
    // Nobody calls.
    serve.running.told("the archive's file was removed while weibox ran");
    assert!(!replaced.exists());
    serve.stop();
    assert_none_lost(&home, &answered);
}

#[test]
fn a_replaced_archive_that_cannot_be_added_does_not_keep_weibox_from_starting() {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    let answered = keep(&serve, 0);
    serve.stop();
    // A directory cannot be read as a file.
    let replaced = home.data_dir().join("replaced");
    fs::create_dir_all(replaced.join("weibox.db")).unwrap();
    let mut serve = Serve::unsigned(&home);
    serve.running.told("the archive that was replaced while weibox ran could not be added");
    assert_eq!(serve.post(message("afterwards")).status, 200);
    let status = home.output(&["status"], &[]);
    let text = String::from_utf8(status.stdout).unwrap();
    assert!(status.status.code() == Some(1) && text.contains("has not been added yet"), "{text}");
    serve.stop();
    assert!(replaced.exists());
    assert_none_lost(&home, &answered);
}
