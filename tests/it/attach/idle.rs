//! Idle processes do nothing: no thread of an idle listener or its dashboard wakes up to poll.

use std::fs;
use std::time::Duration;

use super::screens::screen;
use crate::support::{Home, Serve, message, wait_for};

/// The time of observation: long enough to see a thread that wakes every second or more often.
const WHILE: Duration = Duration::from_secs(3);

/// Returns the number of voluntary context switches of a process.
fn sleeps(process: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let of_thread = |thread: fs::DirEntry| {
        // A thread may end meanwhile.
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    threads.filter_map(|thread| of_thread(thread.unwrap())).sum()
}

#[test]
fn an_idle_listener_sleeps_and_its_dashboard_wakes_for_its_clock_alone() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let pty = screen(&home, &["attach"]);
    pty.wait_for_text("weibox attached");
    assert_eq!(serve.post(message("the last for a while")).status, 200);
    pty.wait_for_text("the last for a while");
    let processes = [serve.running.id(), pty.id()];
    wait_for("sleep", || {
        let before = processes.map(sleeps);
        std::thread::sleep(WHILE);
        let after = processes.map(sleeps);
        after[0].saturating_sub(before[0]) <= 3 && after[1].saturating_sub(before[1]) <= 12
    });
}
