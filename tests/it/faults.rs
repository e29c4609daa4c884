//! A disk that fails below the archive: nothing is acknowledged before it is on disk, the user is told in words,
//! and weibox recovers by itself when the fault is over. Also a clock that jumps, which must not lose anything
//! either.
//!
//! Disk and clock are simulated by a library that is loaded before libc (`faults/disk.c`), so that the real
//! binary and the real SQLite see the fault where a real disk would cause it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use portable_pty::CommandBuilder;

use crate::pace::Pace;
use crate::pty::Pty;
use crate::support::{Connection, Home, Serve, message, wait_for};

mod clock;
mod limit;
mod panic;
mod reading;
mod removed;
mod room;
mod sockets;
mod telling;

/// Weibo hangs up after five seconds; an answer must arrive before.
const ANSWER: Duration = Duration::from_millis(4_900);

/// Returns the library, which is compiled once.
fn library() -> &'static str {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    let path = LIBRARY.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faults/disk.c");
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("disk-{}.so", std::process::id()));
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&path).arg(source).status();
        assert!(compiled.unwrap().success());
        path
    });
    path.to_str().unwrap()
}

/// A home whose disk fails on request.
struct Disk {
    home: Home,
    control: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let home = Home::new();
        let control = home.data_dir().with_extension("fault");
        Self { home, control }
    }

    /// Returns the environment of the process.
    fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("LD_PRELOAD", library().to_owned()),
            ("WEIBOX_FAULT_DIR", self.home.data_dir().to_str().unwrap().to_owned()),
            ("WEIBOX_FAULT_FILE", self.control.to_str().unwrap().to_owned()),
        ]
    }

    fn serve(&self) -> Serve {
        let variables = self.variables();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Serve::start(&self.home, &[], &variables)
    }

    /// Makes the disk fail like this from now on; `""` for no failure.
    fn fails(&self, how: &str) {
        let next = self.control.with_extension("next");
        fs::write(&next, how).unwrap();
        // Atomic, because the library may be reading it.
        fs::rename(&next, &self.control).unwrap();
    }

    fn log(&self) -> String {
        let directory = self.home.data_dir().join("log");
        let files = fs::read_dir(directory).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    /// Checks that exactly these messages are stored, each once.
    fn assert_kept(&self, answered: &[String]) {
        let mut kept: BTreeMap<String, u64> = BTreeMap::new();
        for record in self.home.records() {
            *kept.entry(record.message.text).or_default() += 1;
        }
        assert_eq!(kept.keys().collect::<Vec<_>>(), answered.iter().collect::<Vec<_>>());
        assert!(kept.values().all(|times| *times == 1), "{kept:?}");
    }
}

/// Posts the message repeatedly, as Weibo does, until it is stored.
fn insist(serve: &Serve, words: &str) {
    wait_for(&format!("`{words}` to be kept"), || serve.post(message(words)).status == 200);
}

#[test]
fn what_a_failing_disk_does_not_take_is_not_acknowledged_and_taken_afterwards() {
    for (how, in_log) in [
        ("full", "database or disk is full"),
        ("write", "disk I/O error"),
        ("sync", "disk I/O error"),
        ("readonly", "disk I/O error"),
    ] {
        let disk = Disk::new();
        let mut serve = disk.serve();
        assert_eq!(serve.post(message("1 before")).status, 200);
        disk.fails(how);
        for _ in 0..3 {
            let pace = Pace::of(serve.running.id());
            assert_eq!(serve.post(message("2 during")).status, 503, "{how}");
            pace.assert_within(ANSWER, how);
        }
        disk.fails("");
        insist(&serve, "2 during");
        assert_eq!(serve.post(message("3 after")).status, 200, "{how}");
        serve.stop();
        let log = disk.log();
        assert!(log.contains(in_log), "{how}: {log}");
        disk.assert_kept(&["1 before", "2 during", "3 after"].map(str::to_owned));
    }
}

#[test]
fn short_writes_are_finished() {
    let disk = Disk::new();
    let serve = disk.serve();
    disk.fails("short");
    let words = ["1", "2", "3"].map(str::to_owned);
    for words in &words {
        assert_eq!(serve.post(message(words)).status, 200);
    }
    serve.running.signal("KILL");
    drop(serve);
    disk.assert_kept(&words);
}

#[test]
fn a_disk_that_fails_now_and_then_loses_nothing_even_when_weibox_is_killed() {
    let disk = Disk::new();
    let mut answered = Vec::new();
    for round in 0..12 {
        let serve = disk.serve();
        for number in 0..24 {
            disk.fails(["", "sync", "", "write", "full", "short"][(round + number) % 6]);
            let words = format!("round {round:02} number {number:02}");
            if serve.post(message(&words)).status == 200 {
                answered.push(words);
            }
        }
        serve.running.signal("KILL");
        disk.fails("");
    }
    assert!(answered.len() > 24, "{answered:?}");
    let kept: Vec<_> = disk.home.records().into_iter().map(|record| record.message.text).collect();
    for words in &answered {
        assert_eq!(kept.iter().filter(|other| *other == words).count(), 1, "`{words}` in {kept:?}");
    }
}

#[test]
fn a_stuck_disk_is_waited_for_or_given_up_in_time() {
    let disk = Disk::new();
    let serve = disk.serve();
    disk.fails("stuck 3000");
    let pace = Pace::of(serve.running.id());
    let status = serve.post(message("slow")).status;
    assert!(matches!(status, 200 | 503), "{status}");
    pace.assert_within(ANSWER, "an answer");
    disk.fails("");
    insist(&serve, "slow");
    assert_eq!(disk.home.records().len(), 1);
}

#[test]
fn a_disk_that_is_stuck_for_longer_than_weibo_waits_gives_503() {
    let disk = Disk::new();
    let serve = disk.serve();
    disk.fails("stuck 7000");
    let pace = Pace::of(serve.running.id());
    assert_eq!(serve.post(message("late")).status, 503);
    pace.assert_within(ANSWER, "an answer");
    disk.fails("");
    insist(&serve, "late");
    assert_eq!(disk.home.records().len(), 1, "the late one and its repeat are one");
}

/// Starts the dashboard on such a disk; returns it and the address of the listener.
fn dashboard(disk: &Disk, arguments: &[&str]) -> (Pty, SocketAddr) {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(arguments);
    start(command, disk)
}

/// Starts a command whose last arguments are weibox's; returns its terminal and the address of the listener.
fn start(mut command: CommandBuilder, disk: &Disk) -> (Pty, SocketAddr) {
    command.args(["--listen", "127.0.0.1:0", "--data-dir", disk.home.data_dir().to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", disk.home.path(""));
    command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    command.env("WEIBOX_ACCESS_TOKEN", "2.00test-token");
    for (name, value) in disk.variables() {
        command.env(name, value);
    }
    let pty = Pty::spawn(command, 120, 36);
    let address = pty.address();
    (pty, address)
}

fn post(address: SocketAddr, body: &str) -> u16 {
    Connection::to(address).unwrap().call("POST", "/weibo", body.as_bytes()).unwrap().status
}

#[test]
fn the_screen_says_what_is_wrong_with_the_disk_and_that_it_passed() {
    let disk = Disk::new();
    let (mut pty, address) = dashboard(&disk, &[]);
    let post = |words: &str| post(address, &message(words));
    assert_eq!(post("first of all"), 200);
    pty.wait_for_text("first of all");
    for (how, words) in [("full", "ARCHIVE FULL"), ("sync", "ARCHIVE FAILING")] {
        disk.fails(how);
        assert_eq!(post("in trouble"), 503);
        pty.wait_for_text(words);
    }
    disk.fails("");
    wait_for("the archive to go on", || post("in trouble") == 200);
    pty.wait_for_text("in trouble");
    pty.wait_for(|screen| !screen.contents().contains("ARCHIVE"), crate::pty::PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn a_clock_that_jumps_loses_nothing_and_repeats_stay_repeats() {
    const YEAR: i64 = 365 * 86_400;
    const JUMPS: [i64; 5] = [-3_600, 7_200, 20 * YEAR, -20 * YEAR, 0];
    let disk = Disk::new();
    disk.home.configure("retention.max_age = '90d'");
    let mut serve = disk.serve();
    let mut sent = vec!["0 at first".to_owned()];
    let first = message("0 at first");
    assert_eq!(serve.post(first.clone()).status, 200);
    for ahead in JUMPS {
        disk.fails(&format!("clock {ahead}"));
        let words = format!("{} with the clock at {ahead}", sent.len());
        let body = message(&words);
        for _ in 0..2 {
            assert_eq!(serve.post(body.clone()).status, 200, "{words}");
        }
        assert_eq!(serve.post(first.clone()).status, 200, "{words}");
        sent.push(words);
    }
    serve.stop();
    let records = disk.home.records();
    // In the order of arrival, whatever the clock said.
    assert_eq!(records.iter().map(|record| record.message.text.clone()).collect::<Vec<_>>(), sent);
    let deliveries: Vec<_> = records.iter().map(|record| record.deliveries).collect();
    assert_eq!(deliveries, [6, 2, 2, 2, 2, 2]);
    for (record, ahead) in records.iter().skip(1).zip(JUMPS) {
        let seen = record.received_at - records[0].received_at;
        assert!((seen.num_seconds() - ahead).abs() < 600, "the jump of {ahead} s was not seen: {seen}");
    }
}

#[test]
fn an_archive_that_another_process_has_locked_is_waited_for_and_then_used_again() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("1 before")).status, 200);
    let other = rusqlite::Connection::open(home.data_dir().join("weibox.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pace = Pace::of(serve.running.id());
    assert_eq!(serve.post(message("2 during")).status, 503);
    pace.assert_within(ANSWER, "an answer");
    other.execute_batch("ROLLBACK").unwrap();
    insist(&serve, "2 during");
    let kept: Vec<_> = home.records().into_iter().map(|record| record.message.text).collect();
    assert_eq!(kept, ["1 before", "2 during"]);
}

#[test]
fn nothing_is_acknowledged_into_an_archive_that_is_not_in_its_place() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("1 before")).status, 200);
    let away = home.path("away");
    fs::rename(home.data_dir(), &away).unwrap();
    assert_eq!(serve.post(message("2 during")).status, 503);
    // Another file in its place is not the open one.
    fs::create_dir(home.data_dir()).unwrap();
    fs::write(home.data_dir().join("weibox.db"), "").unwrap();
    assert_eq!(serve.post(message("2 during")).status, 503);
    fs::remove_dir_all(home.data_dir()).unwrap();
    fs::rename(&away, home.data_dir()).unwrap();
    insist(&serve, "2 during");
    let kept: Vec<_> = home.records().into_iter().map(|record| record.message.text).collect();
    assert_eq!(kept, ["1 before", "2 during"]);
}

#[test]
fn a_torn_end_of_the_log_loses_nothing_that_was_whole() {
    let home = Home::new();
    let wal = home.data_dir().join("weibox.db-wal");
    for round in 0..8_usize {
        let serve = Serve::unsigned(&home);
        for number in 0..5 {
            assert_eq!(serve.post(message(&format!("{round} {number}"))).status, 200);
        }
        serve.running.signal("KILL");
        drop(serve);
        // What a power cut leaves of an unfinished write: part of a frame, of zeros, or of something older.
        let mut bytes = fs::read(&wal).unwrap();
        let torn: Vec<u8> = bytes.iter().take(100 + 600 * round).copied().collect();
        bytes.extend(if round % 2 == 0 { torn } else { vec![0; 100 + 600 * round] });
        fs::write(&wal, &bytes).unwrap();
    }
    let serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("last")).status, 200);
    assert_eq!(home.records().len(), 41);
}
