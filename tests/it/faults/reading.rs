//! Reads that fail for a moment: a read error is not treated as damage, no file is set aside for it, and nothing
//! acknowledged is lost.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Disk;
use crate::support::{Connection, Serve, message};

/// The variable with the number of seconds during which reads of each file fail.
const SECONDS: &str = "WEIBOX_TEST_READ_ERRORS";
/// The number without the variable.
const USUAL: u64 = 2;
/// The number of concurrent callers.
const CALLERS: usize = 4;

/// Posts messages until told to stop, and records the acknowledged ones.
fn call(serve: &Serve, name: &str, is_over: &AtomicBool, answered: &Mutex<Vec<String>>) {
    let mut connection = Connection::to(serve.address).unwrap();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let words = format!("{name} number {number} {}", "字".repeat(number % 600));
        match connection.call("POST", "/weibo", message(&words).as_bytes()) {
            Ok(answer) if answer.status == 200 => answered.lock().unwrap().push(words),
            // After a 503 the connection is closed.
            Ok(_) | Err(_) => connection = Connection::to(serve.address).unwrap(),
        }
    }
}

/// Makes the reads of a file fail for moments at random times, with callers all the while; returns the
/// acknowledged messages.
fn fail_now_and_then(disk: &Disk, serve: &Serve, file: &str) -> Vec<String> {
    let seconds = std::env::vars().find(|(name, _)| name == SECONDS);
    let seconds = seconds.map_or(USUAL, |(_, seconds)| seconds.parse().unwrap());
    let (random, is_over, answered) = (RandomState::new(), AtomicBool::new(false), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (answered, is_over) = (&answered, &is_over);
            scope.spawn(move || call(serve, &format!("{file} caller {caller}"), is_over, answered));
        }
        let began = Instant::now();
        for moment in 0_u64.. {
            if began.elapsed() > Duration::from_secs(seconds) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10 + random.hash_one(moment) % 120));
            disk.fails(&format!("read {file}"));
            std::thread::sleep(Duration::from_millis(5 + random.hash_one(moment + 1) % 16));
            disk.fails("");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    answered.into_inner().unwrap()
}

/// Returns the files set aside as damaged.
fn aside(disk: &Disk) -> Vec<String> {
    let entries = fs::read_dir(disk.home.data_dir()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("damaged")).collect()
}

fn assert_none_lost(disk: &Disk, answered: &[String]) {
    let kept: BTreeSet<String> = disk.home.records().into_iter().map(|record| record.message.text).collect();
    let lost: Vec<_> = answered.iter().filter(|words| !kept.contains(*words)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged are lost, as {:?}", lost.len(), answered.len(), lost.first());
}

#[test]
fn a_moment_of_read_errors_is_no_damage_and_loses_nothing_acknowledged() {
    for file in ["weibox.db-wal", "weibox.db", "weibox.db-shm"] {
        let disk = Disk::new();
        let mut serve = disk.serve();
        let answered = fail_now_and_then(&disk, &serve, file);
        assert!(answered.len() > 20, "{file}: only {} were acknowledged", answered.len());
        assert_eq!(aside(&disk), [""; 0], "{file}: {:?}", serve.running.stderr());
        serve.stop();
        assert_none_lost(&disk, &answered);
        assert_eq!(aside(&disk), [""; 0], "{file}: {:?}", serve.running.stderr());
    }
}

#[test]
fn a_start_while_reads_fail_takes_nothing_for_damage() {
    for file in ["weibox.db-wal", "weibox.db", "weibox.db-shm"] {
        let disk = Disk::new();
        let serve = disk.serve();
        let answered: Vec<_> = (0..200).map(|number| format!("{number}")).collect();
        for words in &answered {
            assert_eq!(serve.post(message(words)).status, 200);
        }
        serve.running.signal("KILL");
        drop(serve);
        disk.fails(&format!("read {file}"));
        let variables = disk.variables();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = disk.home.output(&["serve", "--listen", "127.0.0.1:0"], &variables);
        let words = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{file}: {words}");
        assert!(words.contains("Input/output error") || words.contains("disk I/O error"), "{file}: {words}");
        assert_eq!(aside(&disk), [""; 0], "{file}: {words}");
        disk.fails("");
        let mut serve = disk.serve();
        assert_eq!(serve.post(message("afterwards")).status, 200);
        serve.stop();
        assert_none_lost(&disk, &answered);
        assert_eq!(aside(&disk), [""; 0], "{file}: {:?}", serve.running.stderr());
    }
}

#[test]
fn a_damaged_archive_is_not_saved_while_its_pages_cannot_be_read() {
    let disk = Disk::new();
    let mut serve = disk.serve();
    let answered: Vec<_> = (0..200).map(|number| format!("{number}")).collect();
    for words in &answered {
        assert_eq!(serve.post(message(words)).status, 200);
    }
    serve.stop();
    let file = disk.home.data_dir().join("weibox.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[..4096].fill(0);
    fs::write(&file, &bytes).unwrap();
    disk.fails("read weibox.db");
    let variables = disk.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = disk.home.output(&["serve", "--listen", "127.0.0.1:0"], &variables);
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && words.contains("Input/output error"), "{words}");
    assert_eq!((aside(&disk), fs::read(&file).unwrap()), (Vec::new(), bytes));
    disk.fails("");
    let mut serve = disk.serve();
    // It handles signals only a moment after it has reported that it listens.
    assert_eq!(serve.post(message("afterwards")).status, 200);
    serve.stop();
    assert_none_lost(&disk, &answered);
    assert_eq!(aside(&disk).len(), 1);
}
