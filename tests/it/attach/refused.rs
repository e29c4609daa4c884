//! Who is not let in or comes too late is told why, and what the socket's holder cannot say is told without it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use serde_json::{Value, json};
use weibox::attach::server::DASHBOARDS;

use super::screens::screen_with;
use super::{Peer, socket};
use crate::support::{Home, Serve, wait_for};

fn attach(peer: &mut Peer) {
    peer.say(&json!({"hello": {"protocol": 1, "version": "x", "is_dashboard": true}}));
}

/// What a command says on stderr.
fn told(home: &Home, args: &[&str]) -> String {
    String::from_utf8(home.output(args, &[]).stderr).unwrap()
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
        // It may be sent away before it has said all of it.
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
