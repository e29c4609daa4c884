//! Memory is bounded: `serve`, `export` and the dashboard stay below 256 MB while hostile messages arrive, are
//! indexed, and are searched, and when weibox restarts.
//!
//! Each runs in a cgroup of that size if this process may create one, as root in `.ci/run`. Otherwise the test
//! says so and only checks the peak that the kernel reports for each process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use crate::index::check_index;
use crate::pty::Pty;
use crate::support::{Connection, Home, SECRET, Serve, message, target, wait_for};

/// The variable with the limit in MB.
const MEMORY: &str = "WEIBOX_TEST_MEMORY";
/// The limit without the variable.
const USUAL: u64 = 256;

/// Returns the limit in bytes.
fn limit() -> u64 {
    let asked = std::env::vars().find(|(name, _)| name == MEMORY);
    asked.map_or(USUAL, |(_, megabytes)| megabytes.parse().unwrap()) << 20
}

/// A cgroup of processes with a memory limit; none if that is not allowed.
struct Cgroup(Option<PathBuf>);

impl Cgroup {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know what could not be tried")]
    fn of(limit: u64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("weibox-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Version 2 of cgroups, then version 1.
        for (mount, file) in [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")] {
            let path = Path::new(mount).join(&name);
            if fs::create_dir(&path).is_err() {
                continue;
            }
            // A directory without files from the kernel is no cgroup: if version 1 is mounted, the path of
            // version 2 may be an ordinary directory, in which our file would limit nothing.
            let limit_in = path.join(file);
            if limit_in.exists() && fs::write(limit_in, limit.to_string()).is_ok() {
                return Self(Some(path));
            }
            drop(fs::remove_dir(&path));
        }
        eprintln!("no cgroup can be made here, so that only the peak of memory is compared");
        Self(None)
    }

    /// Returns the same command within the cgroup.
    fn limit(&self, command: &Command) -> Command {
        let mut limited = match &self.0 {
            Some(path) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(path.join("cgroup.procs"));
                shell.arg(command.get_program());
                shell
            }
            None => Command::new(command.get_program()),
        };
        limited.args(command.get_args()).env_clear().stdin(Stdio::null());
        limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        limited
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // A process that has just ended may still be in it. At worst an empty directory remains.
        let Some(path) = &self.0 else { return };
        for _ in 0..200 {
            if fs::remove_dir(path).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Returns the peak memory of a process.
fn peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().unwrap() << 10)
}

#[track_caller]
fn assert_bounded(what: &str, peak: u64) {
    assert_within(what, peak, limit());
}

#[track_caller]
fn assert_within(what: &str, peak: u64, limit: u64) {
    assert!(peak < limit, "{what} took {} MB of {}", peak >> 20, limit >> 20);
}

fn serve(home: &Home, cgroup: &Cgroup) -> Serve {
    let mut command = cgroup.limit(&home.weibox(&["serve", "--listen", "127.0.0.1:0"]));
    command.env("WEIBOX_APP_SECRET", SECRET);
    Serve::into_pipe(&mut command, File::create("/dev/null").unwrap(), SECRET)
}

/// Posts all bodies over some connections until each is stored.
fn post(serve: &Serve, n_connections: usize, bodies: &[String]) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..n_connections {
            scope.spawn(|| {
                let mut connection = Connection::to(serve.address).unwrap();
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Long bodies share limited room, and Weibo retries.
                    wait_for("an answer", || {
                        let answer = connection.call("POST", &target(SECRET), body.as_bytes());
                        let is_kept = answer.as_ref().is_ok_and(|answer| answer.status == 200);
                        if answer.is_err() {
                            connection = Connection::to(serve.address).unwrap();
                        }
                        is_kept
                    });
                }
            });
        }
    });
}

/// Returns the output of a command and its peak memory.
fn run(home: &Home, args: &[&str], limit: u64) -> (Vec<u8>, u64) {
    let cgroup = Cgroup::of(limit);
    let output = home.path("output");
    let mut child = cgroup.limit(&home.weibox(args)).stdout(File::create(&output).unwrap()).spawn().unwrap();
    let mut most = 0;
    loop {
        // The peak of an ended process is no longer available.
        most = most.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{args:?}: {status}");
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    (fs::read(output).unwrap(), most)
}

/// Starts the dashboard on the archive, searches for words if given, and stops it; returns its peak memory.
fn look(home: &Home, words: Option<&str>, limit: u64) -> u64 {
    let cgroup = Cgroup::of(limit);
    let limited = cgroup.limit(&home.weibox(&["--listen", "127.0.0.1:0"]));
    let mut pty = Pty::start(&limited, 100, 30);
    pty.wait_for_text("2489518277");
    pty.send("jkGg");
    if let Some(words) = words {
        pty.send(&format!("/{words}\r"));
        pty.wait_for_text(" 1/1 ");
    }
    let most = peak(pty.id()).unwrap();
    pty.send("\x1bq");
    most
}

/// Returns the number of exported lines, after checking the memory.
fn export(home: &Home, args: &[&str]) -> usize {
    let (exported, most) = run(home, &[&["export"], args].concat(), limit());
    assert_bounded("export", most);
    exported.split(|byte| *byte == b'\n').count() - 1
}

#[test]
fn thirty_bodies_of_a_megabyte_at_once_take_no_more_than_their_room() {
    let home = Home::new();
    let cgroup = Cgroup::of(limit());
    let mut running = serve(&home, &cgroup);
    let bodies: Vec<String> = (0..30)
        .map(|number| match number % 3 {
            0 => message("x")
                .replace("\"x\"", &format!("\"data {number}\""))
                .replace("\"data\":{}", &format!("\"data\":[{}1]", "{\"\":1},".repeat(149_000))),
            1 => message(
                &(0..)
                    .map(|word| format!("w{number}x{word} "))
                    .scan(0, |n, word| {
                        *n += word.len();
                        (*n < 1_040_000).then_some(word)
                    })
                    .collect::<String>(),
            ),
            _ => message(&format!("退货{number} {}", "几点了".repeat(115_000))),
        })
        .collect();
    post(&running, 30, &bodies);
    assert_bounded("serve, at arrival", peak(running.running.id()).unwrap());
    running.stop();
    drop((running, cgroup));
    assert_eq!((export(&home, &[]), export(&home, &["--query", "w7x90"])), (30, 1));
    assert_bounded("the dashboard", look(&home, Some("w7x90"), limit()));
    check_index(&home.data_dir());
}

#[test]
fn a_block_of_unique_words_takes_no_more_than_its_room() {
    let home = Home::new();
    let cgroup = Cgroup::of(limit());
    let mut running = serve(&home, &cgroup);
    let words = |number: usize| (0..1_400).map(|word| format!("w{number}x{word:06x}")).collect::<Vec<_>>().join(" ");
    let bodies: Vec<String> = (0..4_200).map(|number| message(&words(number))).collect();
    assert!(bodies[1_000].len() > 14_000);
    post(&running, 8, &bodies);
    let indexed = || {
        let connection = rusqlite::Connection::open(home.data_dir().join("weibox.db")).unwrap();
        connection.query_row("SELECT n FROM counts WHERE kind = 'indexed'", [], |row| row.get::<_, u64>(0)).unwrap()
    };
    wait_for("the index", || indexed() == 4_096);
    assert_bounded("serve, at indexing", peak(running.running.id()).unwrap());
    running.stop();
    let mut running = serve(&home, &Cgroup(None));
    assert_bounded("serve, at start", peak(running.running.id()).unwrap());
    running.stop();
    drop((running, cgroup));
    assert_eq!(export(&home, &["--query", "w4000x0004d2"]), 1);
    assert_bounded("the dashboard", look(&home, None, limit()));
}

#[test]
fn what_is_ordinary_takes_less_than_half_of_that() {
    let (home, half) = (Home::new(), limit() / 2);
    let cgroup = Cgroup::of(half);
    let mut running = serve(&home, &cgroup);
    // More than a block of the index.
    let said = |number: usize| format!("收到货少了一件，订单尾号 {number}，麻烦看一下，谢谢！");
    let bodies: Vec<String> = (0..4_500).map(|number| message(&said(number))).collect();
    post(&running, 8, &bodies);
    assert_within("serve", peak(running.running.id()).unwrap(), half);
    running.stop();
    drop((running, cgroup));
    let (exported, most) = run(&home, &["export"], half);
    assert_eq!(exported.split(|byte| *byte == b'\n').count() - 1, bodies.len());
    assert_within("export", most, half);
    assert_within("the dashboard", look(&home, Some("4321"), half), half);
}
