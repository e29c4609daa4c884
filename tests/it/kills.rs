//! Killed at random moments under load, repeatedly: every message answered with 200 is archived, and none is
//! duplicated.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::ErrorKind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::index::check_index;
use crate::support::{Connection, Home, SECRET, Serve, message, target, wait_for};

/// The variable with the number of kills; if set, `weibox doctor --deep` checks the archive after each.
const KILLS: &str = "WEIBOX_TEST_KILLS";
/// The number without the variable.
const USUAL: usize = 200;
/// The number of kills per archive, which is read completely after each.
const AT_ONCE: usize = 100;
/// The output of the doctor for a sound archive.
const SOUND: &str = "✓ search index";
/// The number of concurrent callers.
const CALLERS: usize = 6;
/// The maximum time from the first answer to the kill, in microseconds: some hundred messages.
const LATEST: u64 = 25_000;

fn asked() -> Option<usize> {
    let asked = std::env::vars().find(|(name, _)| name == KILLS);
    asked.map(|(_, times)| times.parse().unwrap())
}

/// Posts messages over one connection until it breaks; every third is sent twice, like Weibo's repeats. Records
/// each answer before sending the next message.
fn call(serve: &Serve, name: &str, answered: &Mutex<Vec<String>>, n_answered: &AtomicUsize) {
    let Ok(mut connection) = Connection::to(serve.address) else { return };
    for number in 0.. {
        let words = format!("{name} number {number}");
        let body = message(&words);
        let mut n_left = if number % 3 == 0 { 2 } else { 1 };
        while n_left > 0 {
            match connection.call("POST", &target(SECRET), body.as_bytes()) {
                // The archive of a busy machine may take too long, and Weibo retries.
                Ok(answer) if answer.status == 503 => {
                    let Ok(again) = Connection::to(serve.address) else { return };
                    connection = again;
                }
                Ok(answer) => {
                    assert_eq!(answer.status, 200, "{words}: {answer:?}");
                    n_left -= 1;
                }
                Err(error) => {
                    assert_ne!(
                        error.kind(),
                        ErrorKind::WouldBlock,
                        "{words} was not answered though nobody was killed"
                    );
                    return;
                }
            }
        }
        answered.lock().unwrap().push(words);
        n_answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn nothing_acknowledged_is_lost_by_a_kill_and_nothing_is_twice() {
    let mut left = asked().unwrap_or(USUAL);
    while left > 0 {
        let kills = left.min(AT_ONCE);
        kill(kills);
        left -= kills;
    }
}

/// Kills it this often, in one archive.
fn kill(kills: usize) {
    let home = Home::new();
    let random = RandomState::new();
    let answered = Mutex::new(Vec::new());
    for round in 0..kills {
        let serve = Serve::signed(&home);
        let n_answered = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (serve, answered, n_answered) = (&serve, &answered, &n_answered);
                scope.spawn(move || call(serve, &format!("round {round} caller {caller}"), answered, n_answered));
            }
            wait_for("an answer", || n_answered.load(Ordering::Relaxed) > 0);
            std::thread::sleep(Duration::from_micros(random.hash_one(round) % LATEST));
            serve.running.signal("KILL");
        });
        check_index(&home.data_dir());
        if asked().is_some() {
            let told = String::from_utf8(home.output(&["doctor", "--deep"], &[]).stdout).unwrap();
            assert!(told.contains(SOUND), "round {round}: {told}");
        }
    }
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    for record in home.records() {
        *kept.entry(record.message.text).or_default() += 1;
    }
    let answered = answered.into_inner().unwrap();
    assert!(answered.len() >= kills, "each round had an answer");
    assert!(kept.values().all(|times| *times == 1), "twice: {kept:?}");
    for words in &answered {
        assert!(kept.contains_key(words), "`{words}` was answered and is lost");
    }
    // Only each caller's last message may or may not have arrived.
    assert!(kept.len() <= answered.len() + kills * CALLERS);
    let found = home.output(&["export", "--query", "round number"], &[]);
    assert_eq!(found.stdout.split(|byte| *byte == b'\n').count() - 1, kept.len(), "all of it is found as well");
}
