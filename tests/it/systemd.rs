//! Running under systemd: a socket owned by the manager, notifications to it, and restarts under load.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Connection, DEADLINE, Home, Running, SECRET, Serve, message, target, wait_for};

/// The variable with the number of restarts.
const RESTARTS: &str = "WEIBOX_TEST_RESTARTS";
/// The number without the variable.
const USUAL: usize = 5;
/// The number of concurrent callers.
const CALLERS: usize = 8;
/// The maximum time of an answer, which is only checked when the variable is set.
const SLOWEST: Duration = Duration::from_secs(2);

/// Returns `weibox serve` with a socket that outlives it: as file 3, and named in the variables.
fn with_socket(home: &Home, socket: &TcpListener, args: &[&str]) -> Command {
    let weibox = home.weibox(&[&["serve"], args].concat());
    let mut command = Command::new("/bin/sh");
    // A variable has the id of the process that becomes weibox, which only that process knows.
    command.args(["-c", "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\""]);
    command.arg(weibox.get_program()).args(weibox.get_args()).env_clear();
    command.envs(weibox.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
    command
}

fn signed(home: &Home, socket: &TcpListener) -> Serve {
    let mut command = with_socket(home, socket, &[]);
    Serve::of(Running::start(command.env("WEIBOX_APP_SECRET", SECRET)), Some(SECRET))
}

fn bound() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A service manager that receives notifications.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    fn new(home: &Home) -> Self {
        let socket = UnixDatagram::bind(home.path("notify")).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Self { socket, heard: Vec::new() }
    }

    /// Waits for a line with this beginning, and returns it.
    fn hear(&mut self, beginning: &str) -> String {
        loop {
            let mut bytes = [0; 4096];
            let length = self.socket.recv(&mut bytes).unwrap_or_default();
            assert!(length > 0, "waited in vain for `{beginning}` after {:?}", self.heard);
            let lines: Vec<String> = String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned).collect();
            self.heard.extend(lines.iter().cloned());
            if let Some(line) = lines.into_iter().find(|line| line.starts_with(beginning)) {
                return line;
            }
        }
    }
}

#[test]
fn a_socket_that_is_passed_is_listened_on_and_outlives_a_restart() {
    let home = Home::new();
    let (socket, address) = bound();
    let mut serve = signed(&home, &socket);
    assert_eq!(serve.address, address);
    assert_eq!(serve.post(message("before")).status, 200);
    serve.stop();
    // Nothing answers now, but no caller is refused.
    let mut waiting = Connection::to(address).unwrap();
    let body = message("between");
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n", target(SECRET), body.len());
    waiting.send(head + &body).unwrap();
    let _serve = signed(&home, &socket);
    assert_eq!(waiting.answer().unwrap().status, 200);
    let kept: Vec<String> = home.records().into_iter().map(|record| record.message.text).collect();
    assert_eq!(kept, ["before", "between"]);
}

#[test]
fn a_socket_beyond_this_machine_needs_a_secret_as_an_address_does() {
    let home = Home::new();
    let socket = TcpListener::bind("0.0.0.0:0").unwrap();
    let mut refused = Running::start(&mut with_socket(&home, &socket, &["--listen", "127.0.0.1:0"]));
    assert_eq!(refused.wait().code(), Some(1));
    assert!(refused.stderr().join("\n").contains("without an app secret"), "{:?}", refused.stderr());
}

#[test]
fn what_is_no_socket_to_listen_on_is_named() {
    let home = Home::new();
    let (socket, _) = bound();
    let mut command = with_socket(&home, &socket, &[]);
    let mut refused = Running::start(command.stdin(Stdio::null()));
    assert_eq!(refused.wait().code(), Some(1));
    let told = refused.stderr().join("\n");
    assert!(told.contains("the socket that this process was started with is none to listen on"), "{told}");
}

#[test]
fn the_manager_is_told_when_it_listens_how_it_goes_and_when_it_ends() {
    let home = Home::new();
    let mut manager = Manager::new(&home);
    let notify = home.path("notify");
    let period = Duration::from_millis(300).as_micros().to_string();
    let variables =
        [("NOTIFY_SOCKET", notify.to_str().unwrap()), ("WATCHDOG_USEC", &period), ("WEIBOX_APP_SECRET", SECRET)];
    let mut serve = Serve::start(&home, &[], &variables);
    assert_eq!(manager.hear("READY=1"), "READY=1");
    assert!(manager.heard.contains(&"STATUS=listening, 0 msgs/min, 0 waiting".to_owned()), "{:?}", manager.heard);
    for _ in 0..3 {
        manager.hear("WATCHDOG=1");
    }
    let image = r#"{"type":"image","receiver_id":1,"sender_id":2,"created_at":"Mon Nov 23 12:00:00 +0800 2026","text":"","data":{"vfid":1,"tovfid":2}}"#;
    assert_eq!(serve.post(image).status, 200);
    assert!(manager.hear("STATUS=").starts_with("STATUS=listening, 1 msg/min"));
    serve.stop();
    manager.hear("STOPPING=1");
}

#[test]
fn the_self_test_finds_out_whether_weibo_can_reach_the_listener() {
    let home = Home::new();
    let (socket, address) = bound();
    home.configure(&format!("[watch]\nself_test = 'http://{address}/weibo'\nevery = 1"));
    let mut serve = signed(&home, &socket);
    wait_for("the handshake", || status(&home).contains("\"last_handshake_at\":\"2"));
    assert!(status(&home).contains("\"troubles\":[]"), "{}", status(&home));
    serve.stop();
    let (closed, nowhere) = bound();
    drop(closed);
    home.configure(&format!("[watch]\nself_test = 'http://{nowhere}/weibo'\nevery = 1"));
    let mut serve = signed(&home, &socket);
    serve.running.told("Weibo cannot reach weibox");
    assert!(status(&home).contains("\"last_handshake_at\":\"2"), "the process before had it: {}", status(&home));
    assert!(status(&home).contains("WAY_IN_BROKEN"), "{}", status(&home));
    assert!(home.log().contains("Weibo cannot reach weibox"));
}

fn status(home: &Home) -> String {
    String::from_utf8(home.output(&["status", "--json"], &[]).stdout).unwrap()
}

/// The results of a caller.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) answered: Vec<String>,
    pub(crate) slowest: Duration,
    /// Connections that ended without an answer, after which the caller retried, as Weibo does.
    pub(crate) n_unanswered: usize,
}

/// Posts messages, each over a new connection as Weibo does, until told to stop.
pub(crate) fn call(address: SocketAddr, name: &str, is_over: &AtomicBool, n_answered: &AtomicUsize) -> Seen {
    let mut seen = Seen::default();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let words = format!("{name} number {number}");
        let asked_at = Instant::now();
        let answer = (0..3).find_map(|_try| {
            let connected = Connection::to(address);
            assert!(connected.is_ok(), "{words} was refused");
            let answer = connected.unwrap().call("POST", &target(SECRET), message(&words).as_bytes());
            seen.n_unanswered += usize::from(answer.is_err());
            answer.ok()
        });
        assert_eq!(answer.map(|answer| answer.status), Some(200), "{words}");
        seen.slowest = seen.slowest.max(asked_at.elapsed());
        seen.answered.push(words);
        n_answered.fetch_add(1, Ordering::Relaxed);
    }
    seen
}

#[test]
fn restarts_under_load_refuse_nobody_and_lose_nothing() {
    let home = Home::new();
    let (socket, address) = bound();
    let asked = std::env::vars().find(|(name, _)| name == RESTARTS);
    let asked: Option<usize> = asked.map(|(_, times)| times.parse().unwrap());
    let restarts = asked.unwrap_or(USUAL);
    let (is_over, n_answered, results) = (AtomicBool::new(false), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        let mut serve = signed(&home, &socket);
        for caller in 0..CALLERS {
            let (is_over, n_answered, results) = (&is_over, &n_answered, &results);
            scope.spawn(move || {
                let result = call(address, &format!("caller {caller}"), is_over, n_answered);
                results.lock().unwrap().push(result);
            });
        }
        for _ in 0..restarts {
            let before = n_answered.load(Ordering::Relaxed);
            wait_for("answers", || n_answered.load(Ordering::Relaxed) >= before + 10 * CALLERS);
            serve.stop();
            serve = signed(&home, &socket);
        }
        is_over.store(true, Ordering::Relaxed);
        wait_for("the callers", || results.lock().unwrap().len() == CALLERS);
    });
    let results = results.into_inner().unwrap();
    let mut answered: Vec<&String> = results.iter().flat_map(|seen| &seen.answered).collect();
    let slowest = results.iter().map(|seen| seen.slowest).max().unwrap();
    let n_unanswered: usize = results.iter().map(|seen| seen.n_unanswered).sum();
    let records = home.records();
    let mut kept: Vec<&String> = records.iter().map(|record| &record.message.text).collect();
    answered.sort();
    kept.sort();
    assert!(kept == answered, "{} were answered, and {} are kept", answered.len(), kept.len());
    writeln!(
        std::io::stdout(),
        "{restarts} restarts, {} callbacks, {n_unanswered} of them asked again, slowest {slowest:?}",
        kept.len()
    )
    .unwrap();
    // A machine with other work may take longer.
    assert!(asked.is_none() || (n_unanswered == 0 && slowest <= SLOWEST), "{n_unanswered} unanswered, {slowest:?}");
}
