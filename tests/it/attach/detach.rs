//! The listener continues in the background, by a key or when the terminal has gone, and no caller is refused
//! meanwhile.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::fs::OFlags;
use weibox::archive::Lock;

use super::screens::screen_with;
use super::{Peer, socket};
use crate::pty::Pty;
use crate::support::{Connection, Home, SECRET, message, target, wait_for};
use crate::systemd::{Seen, call};

/// The variable with the number of times that the listener goes into the background under load.
const ROUNDS: &str = "WEIBOX_TEST_DETACHES";
/// The number without the variable.
const USUAL: usize = 2;
/// The number of concurrent callers.
const CALLERS: usize = 8;
/// The maximum time of an answer, which is only checked when the variable is set.
const SLOWEST: Duration = Duration::from_secs(2);

/// A process that is no child of this one; it is killed when this is dropped.
struct Background(String);

impl Background {
    /// Returns the process that holds the archive, once it listens and its predecessor is done.
    fn of(home: &Home) -> Self {
        // The message that nothing continues in the background has the same words.
        let listens = |line: &str| line.ends_with(": listening in the background");
        wait_for("the process in the background", || home.log().lines().any(listens));
        let holder = Lock::holder(&home.data_dir()).unwrap();
        assert!(holder.ends_with("(weibox serve)"), "{holder}");
        Self(holder.split(' ').nth(1).unwrap().to_owned())
    }

    fn signal(&self, name: &str) {
        // The process may have ended.
        drop(Command::new("kill").args([&format!("-{name}"), &self.0]).stderr(Stdio::null()).status());
    }

    /// Stops the process and waits for its end.
    fn stop(&self, home: &Home) {
        self.signal("TERM");
        wait_for("its end", || Lock::holder(&home.data_dir()).is_none());
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.signal("KILL");
    }
}

/// Starts `weibox` on a terminal; returns the terminal and the address of the listener.
pub(super) fn listening(home: &Home, variables: &[(&str, &str)]) -> (Pty, SocketAddr) {
    let variables = [&[("WEIBOX_APP_SECRET", SECRET)], variables].concat();
    let pty = screen_with(home, &["--listen", "127.0.0.1:0"], &variables);
    let address = pty.address();
    (pty, address)
}

fn post(address: SocketAddr, words: &str) -> u16 {
    let mut connection = Connection::to(address).unwrap();
    connection.call("POST", &target(SECRET), message(words).as_bytes()).unwrap().status
}

/// Runs one round: callers before, during and after the listener goes into the background. Returns what they saw.
fn round(home: &Home, leave: impl Fn(&mut Pty)) -> Vec<Seen> {
    let (mut pty, address) = listening(home, &[]);
    let (is_over, n_answered, results) = (AtomicBool::new(false), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let background = std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (is_over, n_answered, results) = (&is_over, &n_answered, &results);
            scope.spawn(move || {
                let result = call(address, &format!("caller {caller}"), is_over, n_answered);
                results.lock().unwrap().push(result);
            });
        }
        let more = || {
            let before = n_answered.load(Ordering::Relaxed);
            wait_for("answers", || n_answered.load(Ordering::Relaxed) >= before + 10 * CALLERS);
        };
        more();
        leave(&mut pty);
        let background = Background::of(home);
        assert_eq!(pty.wait().exit_code(), 0);
        more();
        is_over.store(true, Ordering::Relaxed);
        wait_for("the callers", || results.lock().unwrap().len() == CALLERS);
        background
    });
    let pty = screen_with(home, &[], &[]);
    pty.wait_for_text("weibox attached");
    pty.wait_for_text("came while you were away");
    background.stop(home);
    results.into_inner().unwrap()
}

fn goes_on_under_load(leave: impl Fn(&mut Pty)) {
    let asked = std::env::vars().find(|(name, _)| name == ROUNDS);
    let asked: Option<usize> = asked.map(|(_, rounds)| rounds.parse().unwrap());
    let (mut n_kept, mut slowest, mut n_unanswered) = (0, Duration::ZERO, 0);
    for _ in 0..asked.unwrap_or(USUAL) {
        let home = Home::new();
        let seen = round(&home, &leave);
        let mut answered: Vec<&String> = seen.iter().flat_map(|seen| &seen.answered).collect();
        let records = home.records();
        let mut kept: Vec<&String> = records.iter().map(|record| &record.message.text).collect();
        answered.sort();
        kept.sort();
        assert!(kept == answered, "{} were answered, and {} are kept", answered.len(), kept.len());
        n_kept += kept.len();
        slowest = seen.iter().map(|seen| seen.slowest).fold(slowest, Duration::max);
        n_unanswered += seen.iter().map(|seen| seen.n_unanswered).sum::<usize>();
    }
    let told = format!("{n_kept} callbacks, {n_unanswered} of them asked again, slowest {slowest:?}\n");
    std::io::stdout().write_all(told.as_bytes()).unwrap();
    // A machine with other work may take longer.
    assert!(asked.is_none() || (n_unanswered == 0 && slowest <= SLOWEST), "{n_unanswered} unanswered, {slowest:?}");
}

#[test]
fn by_a_key_the_listener_goes_into_the_background_and_nobody_is_refused() {
    goes_on_under_load(|pty| pty.send("Q"));
}

#[test]
fn when_the_terminal_has_gone_the_listener_goes_into_the_background_and_nobody_is_refused() {
    goes_on_under_load(|pty| pty.kill("HUP"));
}

#[test]
fn who_detaches_is_told_where_it_goes_on_and_the_next_weibox_is_back_on_its_screen() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    assert_eq!(post(address, "before"), 200);
    pty.wait_for_text("before");
    let mut attached = Peer::attach(&socket(&home), 1);
    pty.send("Q");
    assert!(attached.farewell().contains("goes on listening in the background"));
    assert_eq!(pty.wait().exit_code(), 0);
    let background = Background::of(&home);
    let told = pty.screen_text().replace('\n', "");
    let expected = format!("listening on http://{address}/weibo in the background, process {}", background.0);
    assert!(told.contains(&expected), "{told}");
    let again = format!("`weibox --data-dir {}` shows it again", home.data_dir().display());
    assert!(told.contains(&again), "{told}");
    pty.assert_whole();
    // A repeat uses up a number, and no message has it.
    assert_eq!(["before", "meanwhile"].map(|words| post(address, words)), [200, 200]);
    let mut pty = screen_with(&home, &[], &[]);
    pty.wait_for_text("1 came while you were away");
    pty.wait_for_text("meanwhile");
    pty.send("Q");
    pty.wait_for_text("only the weibox that listens can go into the background");
    pty.send("q");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(post(address, "after"), 200);
    background.stop(&home);
}

#[test]
fn flags_and_a_secret_that_was_typed_reach_the_background() {
    let home = Home::new();
    let mut pty = screen_with(&home, &["--path", "/callback", "--listen", "127.0.0.1:0"], &[]);
    pty.wait_for_text("[ ] App secret");
    pty.send("\u{1b}s");
    pty.wait_for_text("Enter saves it");
    pty.send(SECRET);
    pty.wait_for_text(&format!("{} characters, hidden", SECRET.len()));
    pty.send("\r");
    pty.wait_for_text("[✓] App secret");
    let address = pty.address();
    pty.wait_for_text(&format!("{address}/callback"));
    pty.send("Q");
    assert_eq!(pty.wait().exit_code(), 0);
    let background = Background::of(&home);
    let arguments = fs::read_to_string(format!("/proc/{}/cmdline", background.0)).unwrap();
    assert!(!arguments.contains(SECRET), "{arguments}");
    let status = |target: &str| {
        Connection::to(address).unwrap().call("POST", target, message("hello").as_bytes()).unwrap().status
    };
    assert_eq!(status(&target(SECRET).replace("/weibo", "/callback")), 200);
    assert_eq!(status("/callback"), 403);
}

#[test]
fn with_stop_a_terminal_that_has_gone_ends_the_listener() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[("WEIBOX_ON_HANGUP", "stop")]);
    pty.kill("HUP");
    assert_eq!(pty.wait().exit_code(), 0);
    assert!(pty.screen_text().contains("the listener has stopped"), "{}", pty.screen_text());
    assert!(Connection::to(address).is_err());
    assert_eq!(Lock::holder(&home.data_dir()), None);
}

#[test]
fn quitting_says_what_stops_and_what_would_not() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    pty.wait_for_text("q quit, stops listening");
    pty.send("q");
    assert_eq!(pty.wait().exit_code(), 0);
    let told = pty.screen_text().replace('\n', "");
    assert!(told.contains("the listener has stopped; with Q instead it goes on in the background"), "{told}");
    assert!(Connection::to(address).is_err());
}

#[test]
fn a_demo_stays_in_the_foreground() {
    let home = Home::new();
    let mut pty = screen_with(&home, &["demo"], &[]);
    pty.wait_for_text("video");
    pty.send("Q");
    pty.wait_for_text("a demo stays in the foreground");
}

#[test]
fn where_nobody_can_take_over_the_listener_goes_on_where_it_is() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    home.configure("lisen = 1");
    pty.send("Q");
    pty.wait_for_text("nobody goes on listening in the background: ");
    assert_eq!(post(address, "on the screen"), 200);
    pty.wait_for_text("on the screen");
    pty.kill("HUP");
    wait_for("the log", || home.log().contains("it goes on in the process whose terminal has gone"));
    assert_eq!(post(address, "without a screen"), 200);
    pty.kill("HUP");
    assert_eq!(post(address, "and again"), 200);
    pty.kill("TERM");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(home.records().len(), 3);
}

/// Makes every successor fail at the last moment, as long as the returned socket is open.
pub(super) fn without_successor(home: &Home) -> TcpListener {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    home.configure(&format!("[metrics]\nlisten = '{}'", taken.local_addr().unwrap()));
    taken
}

#[test]
fn a_successor_that_fails_at_the_last_moment_gives_the_listener_back() {
    let home = Home::new();
    let (mut pty, address) = listening(&home, &[]);
    let _taken = without_successor(&home);
    pty.send("Q");
    pty.wait_for_text("nobody goes on listening in the background: cannot");
    assert_eq!(post(address, "all the same"), 200);
    pty.wait_for_text("all the same");
    pty.kill("HUP");
    wait_for("the log", || home.log().contains("it goes on in the process whose terminal has gone"));
    assert_eq!(post(address, "and without a screen"), 200);
    let background = Background::of(&home);
    assert_eq!(background.0, pty.id().to_string());
    background.stop(&home);
    assert_eq!(home.records().len(), 2);
}

#[test]
fn who_asks_it_to_stop_while_it_is_handed_over_is_not_missed() {
    let home = Home::new();
    let (mut pty, _address) = listening(&home, &[]);
    // The successor waits for its settings.
    let config = home.path(".config/weibox/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(&config).status().unwrap().success());
    pty.kill("HUP");
    wait_for("the log", || home.log().contains("the terminal has gone"));
    pty.kill("TERM");
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    wait_for("the successor to read", || {
        let pipe = fs::OpenOptions::new().write(true).custom_flags(nonblocking).open(&config);
        pipe.is_ok_and(|mut pipe| pipe.write_all(b"lisen = 1").is_ok())
    });
    assert_eq!(pty.wait().exit_code(), 0);
    assert!(home.log().contains("it goes on in the process whose terminal has gone"), "{}", home.log());
    assert_eq!(Lock::holder(&home.data_dir()), None);
}

/// Holds the data directory for the process that vanishes with its pseudo-terminal.
const VANISHES: &str = "WEIBOX_TEST_VANISHES";

/// Does nothing unless [`a_terminal_that_vanishes_leaves_the_listener_in_another_process`] starts it. Then it
/// starts weibox on a pseudo-terminal and exits, which leaves weibox without one.
#[test]
fn vanishing_child() {
    if let Some((_, data_dir)) = std::env::vars_os().find(|(name, _)| name == VANISHES) {
        let home = Home::new();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
        command.args(["--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()]);
        command.env_clear();
        command.env("HOME", home.path(""));
        let pty = Pty::spawn(command, 80, 24);
        pty.wait_for_text("q quit");
        // Not dropped, which would kill weibox: the exit of this process takes the terminal away.
        std::mem::forget(pty);
    }
}

#[test]
fn a_terminal_that_vanishes_leaves_the_listener_in_another_process() {
    let home = Home::new();
    let vanished = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "attach::detach::vanishing_child", "--nocapture"])
        .env(VANISHES, home.data_dir())
        .status()
        .unwrap();
    assert!(vanished.success());
    let background = Background::of(&home);
    assert!(home.log().contains("the terminal has gone") && !home.log().contains("panicked"), "{}", home.log());
    background.stop(&home);
}
