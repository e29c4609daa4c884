//! The socket of the archive's holder: who may connect, what is exchanged, and that a misbehaving peer does not
//! disturb others.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use weibox::archive::Lock;
use weibox::attach::server::{DASHBOARDS, GUESTS};
use weibox::attach::{Link, Remote};

use crate::support::{DEADLINE, Home, Running, Serve, message, mode, wait_for};

mod detach;
mod handover;
mod idle;
mod order;
mod refused;
pub(crate) mod screens;
mod turns;

/// A peer at the socket.
pub(crate) struct Peer {
    lines: BufReader<UnixStream>,
}

impl Peer {
    fn connect(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self { lines: BufReader::new(stream) }
    }

    /// Connects as a dashboard with this protocol version and checks that it is welcome.
    fn attach(path: &Path, protocol: u32) -> Self {
        let mut peer = Self::connect(path);
        peer.say(&json!({"hello": {"protocol": protocol, "version": "x", "is_dashboard": true, "hat": "red"}}));
        assert!(peer.hear()["welcome"]["pid"].is_u64());
        peer
    }

    fn say(&mut self, line: &Value) {
        self.send(format!("{line}\n").as_bytes()).unwrap();
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.lines.get_mut().write_all(bytes)
    }

    /// Returns the next line; null at the end.
    fn hear(&mut self) -> Value {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) | Err(_) => Value::Null,
            Ok(_) => serde_json::from_str(&line).unwrap(),
        }
    }

    /// Returns the next line that has this member.
    fn hear_of(&mut self, member: &str) -> Value {
        loop {
            let line = self.hear();
            assert!(!line.is_null(), "the end came before `{member}`");
            if !line[member].is_null() {
                return line[member].clone();
            }
        }
    }

    /// Waits for `bye` and returns its reason.
    fn farewell(&mut self) -> String {
        self.hear_of("bye")["reason"]["words"].as_str().unwrap().to_owned()
    }

    fn ask(&mut self, id: u64, order: &Value) -> Value {
        self.say(&json!({"ask": {"id": id, "order": order}}));
        let done = self.hear_of("done");
        assert_eq!(done["id"], id);
        done["outcome"].clone()
    }
}

fn socket(home: &Home) -> std::path::PathBuf {
    home.data_dir().join("weibox.sock")
}

#[test]
fn a_dashboard_is_told_what_comes_and_its_orders_are_carried_out() {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    assert_eq!(mode(&socket(&home)), 0o600);
    let mut peer = Peer::attach(&socket(&home), 1);
    assert_eq!(peer.hear_of("news")["committed"]["seq"], 0);
    assert_eq!(serve.post(message("hello")).status, 200);
    let mut news = peer.hear_of("news");
    if news["committed"].is_null() {
        news = peer.hear_of("news");
    }
    assert_eq!(news["committed"]["seq"], 1);
    assert_eq!(peer.ask(1, &json!({"mark": [{"seqs": [1]}, "starred"]})), json!({"count": 1}));
    assert_eq!(peer.ask(2, &json!({"mark": [{"query": "hello"}, "starred"]})), json!({"count": 0}));
    assert!(home.records()[0].marks.is_starred);
    let status = peer.ask(3, &json!("status"))["status"].clone();
    assert_eq!(status["attached"], 1);
    assert_eq!(status["pid"], serve.running.id());
    assert!(peer.ask(4, &json!({"dance": 1}))["failed"]["words"].as_str().unwrap().contains("cannot do that"));
    serve.stop();
    assert!(peer.farewell().contains("stopped"));
    assert!(peer.hear().is_null());
    assert!(!socket(&home).exists());
}

#[test]
fn one_version_older_is_served_and_others_are_told_which_side_to_upgrade() {
    let home = Home::new();
    let _serve = Serve::unsigned(&home);
    let of = |protocol: u32| {
        let mut peer = Peer::connect(&socket(&home));
        peer.say(&json!({"hello": {"protocol": protocol, "version": "7.7"}}));
        peer
    };
    for protocol in [0, 2] {
        assert!(of(protocol).hear()["welcome"].is_object(), "{protocol}");
    }
    let told = of(9).farewell();
    assert!(told.contains("this is 7.7): upgrade it and start it again"), "{told}");
}

#[test]
fn who_speaks_no_sense_or_nothing_is_sent_away_and_the_listener_goes_on() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let mut attached = Peer::attach(&socket(&home), 1);
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![0xff; 64], vec![b'a'; 3 << 20], b"\n".to_vec(), Vec::new()] {
        let mut stranger = Peer::connect(&socket(&home));
        // It may be dismissed before everything is sent.
        drop(stranger.send(&bytes));
        while !stranger.hear().is_null() {}
    }
    let mut mad = Peer::attach(&socket(&home), 1);
    mad.send(b"{\"ask\":\n").unwrap();
    assert!(mad.farewell().contains("not understood"));
    assert_eq!(serve.post(message("after all that")).status, 200);
    assert_eq!(attached.ask(1, &json!({"mark": [{"seqs": [1]}, "read"]})), json!({"count": 1}));
}

/// Sends lines to a socket as another user, `nobody`, and prints the answers.
const STRANGER: &str = r#"
    use POSIX; use IO::Socket::UNIX;
    $SIG{PIPE} = 'IGNORE';
    $) = '65534 65534'; POSIX::setgid(65534); POSIX::setuid(65534);
    die 'still root' if $< == 0 or $> == 0;
    my $holder = IO::Socket::UNIX->new(shift) or die "connect: $!";
    print $holder "$_\n" for @ARGV;
    print while <$holder>;
"#;

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what could not be tried")]
fn another_user_is_sent_away_where_no_permission_keeps_them_out() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("not tried: only root can be another user, as in `.ci/run`");
    }
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    assert_eq!(serve.post(message("hello")).status, 200);
    for path in [home.path(""), home.data_dir(), socket(&home)] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let hello = json!({"hello": {"protocol": 1, "version": "x", "is_dashboard": true}});
    let order = json!({"ask": {"id": 1, "order": {"mark": [{"seqs": [1]}, "starred"]}}});
    let mut stranger = Command::new("perl");
    stranger.arg("-e").arg(STRANGER).arg(socket(&home)).args([hello.to_string(), order.to_string()]);
    // It ends when the holder closes the connection.
    let mut stranger = Running::start(&mut stranger);
    assert!(stranger.wait().success(), "{:?}", stranger.stderr());
    let told: Value = serde_json::from_str(&stranger.stdout().concat()).unwrap();
    assert_eq!(told["bye"]["reason"]["words"], "this archive belongs to another user");
    assert!(!home.records()[0].marks.is_starred);
    let mut own = Peer::attach(&socket(&home), 1);
    assert_eq!(own.ask(1, &json!({"mark": [{"seqs": [1]}, "starred"]})), json!({"count": 1}));
    assert_eq!(serve.post(message("all the same")).status, 200);
}

#[test]
fn with_too_many_the_next_is_told_so_and_there_is_room_again_when_they_have_gone() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let mut peers: Vec<Peer> = (0..200).map(|_| Peer::connect(&socket(&home))).collect();
    let refused = peers.iter_mut().skip(DASHBOARDS + GUESTS).map(Peer::farewell);
    assert!(refused.into_iter().all(|told| told.contains("attached already")));
    assert_eq!(serve.post(message("meanwhile")).status, 200);
    drop(peers);
    wait_for("room", || {
        let mut peer = Peer::connect(&socket(&home));
        peer.say(&json!({"hello": {"protocol": 1, "version": "x"}}));
        peer.hear()["welcome"].is_object()
    });
}

#[test]
fn who_orders_much_and_reads_nothing_is_not_waited_for_by_anybody() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let (mut deaf, mut other) = (Peer::attach(&socket(&home), 1), Peer::attach(&socket(&home), 1));
    deaf.lines.get_ref().set_write_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
    // The writes fail once the holder stops reading, because its answers are not read.
    let order = format!("{}\n", json!({"ask": {"id": 1, "order": "status"}})).repeat(64);
    while deaf.send(order.as_bytes()).is_ok() {}
    assert_eq!(serve.post(message("all the same")).status, 200);
    assert_eq!(other.ask(1, &json!({"mark": [{"seqs": [1]}, "read"]})), json!({"count": 1}));
}

#[test]
fn the_socket_of_a_killed_process_is_replaced_and_a_file_of_the_user_is_not() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    serve.running.signal("KILL");
    drop(serve);
    assert!(socket(&home).exists(), "it was killed");
    let serve = Serve::unsigned(&home);
    drop(Peer::attach(&socket(&home), 1));
    drop(serve);
    fs::remove_file(socket(&home)).unwrap();
    fs::write(socket(&home), "mine").unwrap();
    let mut serve = Serve::unsigned(&home);
    serve.running.told("dashboards cannot attach");
    assert_eq!(serve.post(message("all the same")).status, 200);
    assert_eq!(fs::read_to_string(socket(&home)).unwrap(), "mine");
}

#[test]
fn a_program_that_has_the_number_of_a_dead_listener_is_not_taken_for_it_and_left_alone() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    serve.running.signal("KILL");
    drop(serve);
    // By now another program has the process id and the path of the socket.
    let mut other = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let place = home.path("others.sock");
    let _others = UnixListener::bind(&place).unwrap();
    let lock = home.data_dir().join("weibox.lock");
    fs::write(&lock, format!("process {} (weibox serve)\nsocket {}", other.id(), place.display())).unwrap();
    let status = home.output(&["status", "--json"], &[]);
    let told: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!((status.status.code(), &told["serving"], &told["pid"]), (Some(3), &json!(false), &Value::Null));
    let attach = home.output(&["attach"], &[]);
    assert!(String::from_utf8_lossy(&attach.stderr).contains("nobody serves the archive"), "{attach:?}");
    let serve = Serve::unsigned(&home);
    assert_eq!(Peer::attach(&socket(&home), 1).ask(1, &json!("status"))["status"]["pid"], serve.running.id());
    let named = fs::read_to_string(&lock).unwrap();
    assert_eq!(named, format!("process {} (weibox serve)", serve.running.id()));
    assert!(other.try_wait().unwrap().is_none() && place.exists(), "it is not ours");
    // `cat` ends at the end of its input, also when this test fails.
    drop(other.stdin.take());
    other.wait().unwrap();
}

#[test]
fn a_socket_that_was_deleted_is_made_again_and_who_is_attached_stays() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    let mut peer = Peer::attach(&socket(&home), 1);
    fs::remove_file(socket(&home)).unwrap();
    // The name appears a moment before the socket accepts.
    wait_for("the socket", || UnixStream::connect(socket(&home)).is_ok());
    drop(Peer::attach(&socket(&home), 1));
    assert_eq!(serve.post(message("hello")).status, 200);
    assert_eq!(peer.ask(1, &json!({"mark": [{"seqs": [1]}, "read"]})), json!({"count": 1}));
}

#[test]
fn where_the_path_is_too_long_the_lock_file_says_where_the_socket_is() {
    let home = Home::new();
    let deep = home.path(&"d".repeat(120));
    fs::create_dir_all(home.path("run")).unwrap();
    let start = |runtime_dir: &Path| {
        let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0", "--data-dir", deep.to_str().unwrap()]);
        Serve::of(Running::start(command.env("XDG_RUNTIME_DIR", runtime_dir)), None)
    };
    for runtime_dir in [home.path("run"), home.path("gone")] {
        let mut serve = start(&runtime_dir);
        let place = weibox::attach::socket::place(&deep);
        assert_eq!(mode(place.parent().unwrap()), 0o700);
        assert_eq!(place.starts_with(&runtime_dir), runtime_dir.exists(), "{}", place.display());
        drop(Peer::attach(&place, 1));
        serve.stop();
        assert!(!place.parent().unwrap().exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_goes_with_the_holder_that_had_it() {
    let home = Home::new();
    home.configure("[cluster]\nurl = [\"nats://127.0.0.1:1\"]\nnode = \"n1\"");
    let mut serve = Serve::unsigned(&home);
    let mut remote = Remote::attach(&home.data_dir(), false).await.unwrap();
    let waited = tokio::time::timeout(DEADLINE, remote.watches.cluster.wait_for(Option::is_some)).await;
    assert!(waited.is_ok_and(|seen| seen.is_ok()));
    let _seen = remote.watches.take();
    serve.stop();
    home.configure("");
    let other = Serve::unsigned(&home);
    let up = |link: &Link| matches!(link, Link::Up(welcome) if welcome.pid == other.running.id());
    let waited = tokio::time::timeout(DEADLINE, remote.link.wait_for(up)).await;
    assert!(waited.is_ok_and(|seen| seen.is_ok()));
    assert!(remote.watches.cluster.borrow().is_none());
    assert_eq!(remote.watches.take().cluster, Some(None), "and whoever looks on is told");
}

#[test]
fn of_two_that_start_at_once_one_serves_and_has_the_socket() {
    let home = Home::new();
    let start = || Running::start(&mut home.weibox(&["serve", "--listen", "127.0.0.1:0"]));
    let mut both = [start(), start()];
    let mut refused = None;
    wait_for("one to be refused", || {
        refused = both.iter().position(|one| one.stderr().iter().any(|line| line.contains("in use by")));
        refused.is_some()
    });
    let winner = &mut both[1 - refused.unwrap()];
    winner.told("listening on ");
    let mut peer = Peer::attach(&socket(&home), 1);
    assert_eq!(peer.ask(1, &json!("status"))["status"]["pid"], winner.id());
}

#[test]
fn a_socket_of_somebody_who_does_not_answer_is_told_of() {
    let home = Home::new();
    fs::create_dir_all(home.data_dir()).unwrap();
    let _lock = Lock::acquire(&home.data_dir(), "weibox serve").unwrap();
    let _silent = UnixListener::bind(socket(&home)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asked = runtime.block_on(weibox::attach::client::ask(&home.data_dir(), weibox::attach::Order::Status));
    assert_eq!(asked.unwrap_err().to_string(), "the process that holds the archive does not answer");
}
