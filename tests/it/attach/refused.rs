//! Refused dashboards are told why, and commands report what they can when the holder of the socket cannot
//! answer.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use serde_json::{Value, json};
use weibox::attach::server::DASHBOARDS;

use super::screens::screen_with;
use super::{Peer, socket};
use crate::support::{Home, Running, SECRET, Serve, message, wait_for};

fn attach(peer: &mut Peer) {
    peer.say(&json!({"hello": {"protocol": 1, "version": "x", "is_dashboard": true}}));
}

/// Returns what a command prints on stderr.
fn told(home: &Home, args: &[&str]) -> String {
    String::from_utf8(home.output(args, &[]).stderr).unwrap()
}

fn status(home: &Home) -> Value {
    serde_json::from_slice(&home.output(&["status", "--json"], &[]).stdout).unwrap()
}

#[test]
fn beside_as_many_dashboards_as_there_may_be_the_status_is_told() {
    let home = Home::new();
    let _serve = Serve::unsigned(&home);
    let peers: Vec<Peer> = (0..DASHBOARDS).map(|_| Peer::attach(&socket(&home), 1)).collect();
    let mut late = Peer::connect(&socket(&home));
    attach(&mut late);
    assert!(late.farewell().contains("attached already"));
    let output = home.output(&["status", "--json"], &[]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &told["attached"]), (Some(0), &json!(DASHBOARDS)), "{told}");
    drop(peers);
    wait_for("room", || {
        let mut peer = Peer::connect(&socket(&home));
        attach(&mut peer);
        peer.hear()["welcome"].is_object()
    });
}

#[test]
fn whoever_says_something_else_first_is_told_so() {
    let home = Home::new();
    let _serve = Serve::unsigned(&home);
    let said: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\"ping\"\n",
        b"{\"hello\":{\"protocol\":-1,\"version\":\"x\"}}\n",
        b"\xff\xfe\n",
        &vec![b'a'; 3 << 20],
        b"\n",
    ];
    for bytes in said {
        let mut stranger = Peer::connect(&socket(&home));
        // The holder may close the connection before everything is sent.
        drop(stranger.send(bytes));
        let farewell = stranger.farewell();
        assert!(farewell.contains("not understood"), "{farewell}");
    }
    assert!(Peer::connect(&socket(&home)).farewell().contains("nothing was said"));
}

#[test]
fn a_weibox_that_may_not_listen_here_attaches_to_the_one_that_does() {
    let home = Home::new();
    let _serve = Serve::signed(&home);
    home.configure("listen = '0.0.0.0:0'\n[tls]\ncert = '/nowhere/c.pem'\nkey = '/nowhere/k.pem'");
    let pty = screen_with(&home, &[], &[]);
    pty.wait_for_text("weibox attached");
    let refused = told(&home, &["serve"]);
    assert!(refused.contains("is in use by") && refused.contains("hint: `weibox attach` shows it"), "{refused}");
}

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what could not be tried")]
fn another_user_is_not_told_that_nobody_serves() {
    let home = Home::new();
    let _serve = Serve::signed(&home);
    fs::set_permissions(home.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    for args in [&["status"][..], &["attach"], &["export"]] {
        let mut command = home.weibox(args);
        let started = command.uid(65_534).gid(65_534).output();
        let Ok(output) = started else { return eprintln!("not tried: no other user can be had, or start weibox") };
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("Permission denied") && told.contains("be the user whose archive it is"), "{told}");
    }
}

#[test]
fn of_a_holder_that_cannot_be_asked_is_told_what_the_archive_and_the_lock_say() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    assert_eq!(serve.post(message("one")).status, 200);
    serve.running.signal("STOP");
    let stopped = status(&home);
    assert_eq!((&stopped["pid"], &stopped["command"]), (&json!(serve.running.id()), &json!("weibox serve")));
    assert_eq!((&stopped["seq"], stopped["last_call_at"].is_string()), (&json!(1), true));
    let go_on = format!("kill -CONT {}", serve.running.id());
    assert!(stopped["troubles"].to_string().contains(&go_on), "{stopped}");
    let words = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(words.contains(&format!("process {} (weibox serve), which could not be asked", serve.running.id())));
    assert!(!words.contains("in the last minute") && !words.contains("attached dashboards"), "{words}");
    assert!(told(&home, &["attach"]).contains(&go_on));
    serve.running.signal("CONT");
    wait_for("its answer", || status(&home)["version"].is_string());
    fs::remove_file(socket(&home)).unwrap();
    fs::write(socket(&home), "").unwrap();
    let without = home.output(&["status"], &[]);
    let words = String::from_utf8(without.stdout).unwrap();
    assert!(
        words.contains("no socket") && words.contains("1 kept, the last is #1") && !words.contains("answer"),
        "{words}"
    );
    assert!(told(&home, &["attach"]).contains("hint: a socket that was removed is made again"));
    // The holder checks the socket every 30 seconds.
    wait_for("the log", || home.log().contains("cannot be made again"));
    assert!(home.log().lines().any(|line| line.contains("cannot be made again") && line.contains("WARN")));
}

#[test]
fn where_no_socket_fits_it_is_said_whether_somebody_serves() {
    let home = Home::new();
    let deep = home.path(&"d".repeat(120));
    let run = |args: &[&str]| {
        let mut command = home.weibox(&[args, &["--data-dir", deep.to_str().unwrap()]].concat());
        let gone = home.path("gone");
        Running::start(command.env("XDG_RUNTIME_DIR", &gone).env("TMPDIR", &gone))
    };
    let attach = || {
        let mut attach = run(&["attach"]);
        assert_eq!(attach.wait().code(), Some(1));
        attach.stderr().join("\n")
    };
    let nobody = attach();
    assert!(nobody.contains("nobody serves the archive") && nobody.contains("hint: start `weibox`"), "{nobody}");
    let _serve = Serve::of(run(&["serve", "--listen", "127.0.0.1:0"]), None);
    let without = attach();
    assert!(without.contains("has no socket") && !without.contains("start `weibox`"), "{without}");
}

#[test]
fn the_place_of_a_socket_that_a_killed_process_left_is_cleared() {
    let home = Home::new();
    let deep = home.path(&"d".repeat(120));
    let start = || {
        let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", deep.to_str().unwrap()];
        Serve::of(Running::start(&mut home.weibox(&args)), None)
    };
    let serve = start();
    let left = weibox::attach::socket::place(&deep);
    serve.running.signal("KILL");
    drop(serve);
    assert!(left.exists(), "it was killed");
    let mut serve = start();
    let place = weibox::attach::socket::place(&deep);
    assert!(place != left && !left.parent().unwrap().exists());
    drop(Peer::attach(&place, 1));
    serve.stop();
}

#[test]
fn flags_of_a_listener_are_refused_and_without_a_terminal_it_is_said_how_to_get_one() {
    let home = Home::new();
    let _serve = Serve::signed(&home);
    let refused = home.output(&["--listen", "127.0.0.1:0", "attach"], &[]);
    let words = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("`--listen`") && words.contains("(weibox serve)"), "{words}");
    let words = told(&home, &["attach"]);
    assert!(words.contains("`ssh -t host weibox attach`") && !words.contains("weibox serve"), "{words}");
    let help = String::from_utf8(home.output(&["attach", "--help"], &[]).stdout).unwrap();
    assert!(help.contains("--read-only") && !help.contains("they work here, too"), "{help}");
}

#[test]
fn where_there_is_no_archive_the_status_says_so() {
    let home = Home::new();
    let words = home.output(&["status"], &[]);
    assert_eq!(words.status.code(), Some(3));
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("there is no archive in") && !words.contains("#0"), "{words}");
    assert_eq!((status(&home)["serving"].as_bool(), status(&home)["seq"].as_u64()), (Some(false), Some(0)));
    let mut serve = Serve::start(&home, &[], &[("WEIBOX_APP_SECRET", SECRET)]);
    serve.stop();
    let words = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(words.contains("nobody serves this archive") && words.contains("messages   none yet"), "{words}");
}
