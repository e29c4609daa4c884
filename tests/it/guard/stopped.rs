//! The reader of the output has stopped: messages are still answered and stored.

use std::io::Read as _;
use std::process::Stdio;
use std::sync::mpsc::sync_channel;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::is_answered_in_time;
use crate::pace::Pace;
use crate::support::{Connection, DEADLINE, Home, SECRET, Serve, message, target, wait_for};

/// More than a pipe and a terminal take before they block.
const MESSAGES: usize = 60;

#[test]
fn a_reader_of_serve_that_has_stopped_keeps_no_call_waiting() {
    let home = Home::new();
    // A stopped `cat` reads nothing, like a pager or a script at a breakpoint.
    let mut cat = std::process::Command::new("cat");
    let mut cat = cat.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let id = cat.id().to_string();
    let signal = |name: &str| {
        let sent = std::process::Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success(), "{name}");
    };
    signal("-STOP");
    let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("WEIBOX_APP_SECRET", SECRET);
    let mut serve = Serve::into_pipe(&mut command, cat.stdin.take().unwrap(), SECRET);
    // It holds the pipe open.
    drop(command);
    for number in 0..MESSAGES {
        is_answered_in_time(&serve, &format!("{number} {}", "long ".repeat(2000)));
    }
    assert_eq!(home.records().len(), MESSAGES);
    serve.stop();
    signal("-CONT");
    drop(serve);
    wait_for("the end of the reader", || cat.try_wait().unwrap().is_some());
}

#[test]
fn a_terminal_that_has_stopped_keeps_no_call_waiting() {
    let home = Home::new();
    let size = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.env_clear();
    for (name, value) in [("HOME", home.path("")), ("XDG_DATA_HOME", home.path("")), ("XDG_CONFIG_HOME", home.path(""))]
    {
        command.env(name, value);
    }
    command.env("TERM", "xterm-256color");
    command.env("WEIBOX_APP_SECRET", SECRET);
    command.args(["--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(home.data_dir());
    let mut weibox = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (address_tx, address) = sync_channel(1);
    let (go_on_tx, go_on) = sync_channel::<()>(1);
    std::thread::spawn(move || {
        let mut parser = vt100::Parser::new(50.try_into().unwrap(), 200.try_into().unwrap(), 0);
        let mut buffer = [0; 4096];
        let mut address_tx = Some(address_tx);
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            parser.process(&buffer[..length]);
            let screen = parser.screen().contents();
            let address = screen.split_whitespace().find_map(|word| word.strip_suffix("/weibo")?.parse().ok());
            if let Some(address) = address
                && let Some(address_tx) = address_tx.take()
            {
                address_tx.send(address).unwrap();
                // From here on nothing is read until the test has finished.
                go_on.recv().unwrap_or_default();
            }
        }
    });
    let address = address.recv_timeout(DEADLINE).unwrap();
    for number in 0..MESSAGES * 10 {
        let body = message(&format!("{number} {}", "long ".repeat(200)));
        let pace = Pace::of(weibox.process_id().unwrap());
        wait_for("a message to be kept", || {
            Connection::to(address).unwrap().call("POST", &target(SECRET), body.as_bytes()).unwrap().status == 200
        });
        pace.assert_within(super::IN_TIME, &number.to_string());
    }
    assert_eq!(home.records().len(), MESSAGES * 10);
    go_on_tx.send(()).unwrap();
    // Not with its own `kill`, which hangs up: then the listener would continue in the background.
    let id = weibox.process_id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
    wait_for("the end", || weibox.try_wait().unwrap().is_some());
}
