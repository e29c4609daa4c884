//! A wrong wall clock while messages are removed by age: every removal needs two witnesses of the time.

use std::fs::File;
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use weibox::run::clock;
use weibox::weibo::created_at;

use super::Disk;
use crate::support::{Home, SECRET, Serve, signed_query, wait_for};

/// A hundred days in seconds.
const DAYS_100: i64 = 100 * 86_400;

/// Returns a message that was sent this many days from now.
fn sent(words: &str, days: i64) -> String {
    let time = created_at::format((clock::now() + TimeDelta::days(days)).with_timezone(&created_at::china()));
    crate::support::message(words).replace("Mon Jul 16 18:09:20 +0800 2012", &time)
}

fn start(disk: &Disk) -> Serve {
    let variables = disk.variables();
    let mut variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.push(("WEIBOX_APP_SECRET", SECRET));
    Serve::start(&disk.home, &[], &variables)
}

/// Returns the texts of all stored messages.
fn kept(home: &Home) -> Vec<String> {
    home.records().into_iter().map(|record| record.message.text).collect()
}

/// Runs a command while the clock is wrong; returns its output and exit code.
fn run(disk: &Disk, args: &[&str]) -> (String, Option<i32>) {
    let variables = disk.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let output = disk.home.output(args, &variables);
    (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.code())
}

fn is_told(serve: &Serve, words: &str) -> usize {
    serve.running.stderr().iter().filter(|line| line.contains(words)).count()
}

#[test]
fn a_clock_that_is_ahead_at_the_start_removes_nothing_until_a_message_confirms_it() {
    const AHEAD: &str = "but nothing else says more than";
    let disk = Disk::new();
    disk.home.configure("retention.max_age = '90d'");
    let mut serve = start(&disk);
    let words = ["one", "two", "three"];
    for words in words {
        assert_eq!(serve.post(sent(words, 0)).status, 200);
    }
    serve.stop();
    disk.fails(&format!("clock {DAYS_100}"));
    for round in 0..3 {
        // As if the file system used the same clock.
        let later = SystemTime::from(clock::now()) + Duration::from_secs(u64::try_from(DAYS_100).unwrap());
        for name in ["weibox.db", "weibox.db-wal"].iter().filter(|_| round > 0) {
            let file = File::options().append(true).open(disk.home.data_dir().join(name));
            let _missing = file.map(|file| file.set_modified(later).unwrap());
        }
        let mut serve = start(&disk);
        wait_for("it to be told", || is_told(&serve, AHEAD) == 1);
        wait_for("the log", || disk.log().matches(AHEAD).count() > round);
        let (text, code) = run(&disk, &["doctor", "--listen", "127.0.0.1:0"]);
        assert!(code == Some(1) && text.contains(AHEAD), "{text}");
        let (text, code) = run(&disk, &["prune", "--older-than", "90d"]);
        assert!(code == Some(0) && text.contains(AHEAD) && text.contains("0 messages"), "{text}");
        serve.stop();
        assert_eq!(is_told(&serve, AHEAD), 1, "{:?}", serve.running.stderr());
        assert_eq!(kept(&disk.home), words);
    }
    // The hundred days have passed: Weibo's time agrees.
    let mut serve = start(&disk);
    assert_eq!(serve.post(sent("four", 100)).status, 200);
    wait_for("it to be over", || is_told(&serve, "the clock is confirmed") == 1);
    wait_for("the old ones to go", || kept(&disk.home) == ["four"]);
    serve.stop();
}

#[test]
fn what_was_received_while_the_clock_said_1970_ages_by_its_own_time() {
    let disk = Disk::new();
    disk.home.configure("retention.max_age = '90d'");
    let mut serve = start(&disk);
    assert_eq!(serve.post(sent("old", -200)).status, 200);
    serve.stop();
    disk.fails(&format!("clock -{}", clock::now().timestamp() - 100));
    let mut serve = start(&disk);
    assert_eq!(serve.post(sent("of today", 0)).status, 200);
    assert_eq!(serve.post(sent("too old", -190)).status, 200);
    let target = format!("/weibo?{}", signed_query(SECRET));
    assert_eq!(serve.connect().call("POST", &target, b"not to be read").unwrap().status, 200);
    wait_for("it to be told", || is_told(&serve, "but it was") == 1);
    serve.stop();
    disk.fails("");
    let mut serve = start(&disk);
    assert_eq!(serve.post(sent("the last", 0)).status, 200);
    wait_for("the old one to go", || !kept(&disk.home).contains(&"too old".to_owned()));
    let left = kept(&disk.home);
    // The first one was sent long ago and received today.
    assert_eq!(left, ["old", "of today", "", "the last"]);
    serve.stop();
}
