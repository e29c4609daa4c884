//! Alerts ring through the terminal: in a form that it knows, through a multiplexer, and not for visible
//! messages.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::support::{Connection, Home, SECRET, message, target};

use super::keep_nickname;

const ALERT: &str =
    "[[alert]]\nname = \"退款\"\nquery = \"退款\"\nby = [\"terminal\"]\nevery = \"1s\"\nshow = \"all\"\n";

/// Starts the dashboard on a terminal with this name.
fn dashboard(home: &Home, term: &str, variables: &[(&str, &str)]) -> Pty {
    home.configure(&format!("listen = \"127.0.0.1:0\"\n{ALERT}"));
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.env_clear();
    command.arg("--data-dir");
    command.arg(home.data_dir());
    command.env("HOME", home.path(""));
    command.env("WEIBOX_APP_SECRET", SECRET);
    for (name, value) in variables {
        command.env(name, value);
    }
    let pty = Pty::spawn_as(term, command, 100, 30);
    pty.address();
    pty
}

/// Posts to the address shown on the screen.
fn post(pty: &Pty, words: &str) {
    let mut connection = Connection::to(pty.address()).unwrap();
    assert_eq!(connection.call("POST", &target(SECRET), message(words).as_bytes()).unwrap().status, 200);
}

fn count(pty: &Pty, text: &str) -> usize {
    String::from_utf8_lossy(&pty.raw()).matches(text).count()
}

#[test]
fn a_terminal_is_told_in_its_own_form_and_a_hostile_text_breaks_out_of_none() {
    let home = Home::new();
    keep_nickname(&home, "橙\u{7}\u{1b}]0;broken out\u{7}");
    let mut pty = dashboard(&home, "foot", &[]);
    pty.send_as_is("\u{1b}[O");
    post(&pty, "退款\u{7}\u{1b}]0;broken out\u{7};x");
    pty.wait_for_raw("\u{1b}]777;notify;weibox · 退款;1 new in 退款, the last from 橙␇␛]0;broken out␇: 退款");
    pty.wait_for_raw("\u{1b}[22;2t\u{1b}]2;weibox ● 1\u{7}");
    assert_eq!(count(&pty, "\u{1b}]0;broken out"), 0);
    // A returning user has no new messages.
    pty.send_as_is("\u{1b}[I");
    pty.wait_for_raw("\u{1b}]2;weibox\u{7}");
}

#[test]
fn a_test_rings_in_the_terminal_that_it_is_run_in() {
    let home = Home::new();
    home.configure(ALERT);
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.env_clear();
    command.arg("--data-dir");
    command.arg(home.data_dir());
    command.args(["alert", "test", "退款"]);
    command.env("HOME", home.path(""));
    let mut pty = Pty::spawn_as("foot", command, 100, 30);
    pty.wait_for_raw("\u{1b}]777;notify;weibox · 退款;this is a test: alerts arrive here\u{7}");
    pty.wait_for_text("退款 by terminal: rung in this terminal (OSC 777)");
    assert_eq!(pty.wait().exit_code(), 0);
}

#[test]
fn in_tmux_it_is_passed_through_and_the_bell_marks_the_window() {
    let home = Home::new();
    let mut pty = dashboard(&home, "tmux-256color", &[("TERM_PROGRAM", "WezTerm"), ("TMUX", "/tmp/none,1,0")]);
    pty.send_as_is("\u{1b}[O");
    post(&pty, "退款");
    pty.wait_for_raw("\u{1b}Ptmux;\u{1b}\u{1b}]777;notify;weibox · 退款;1 new in 退款");
    pty.wait_for_raw("退款\u{7}\u{1b}\\\u{7}");
}

/// A tmux with weibox in its only pane, on a terminal that records its output. Dropping it ends weibox before
/// tmux, because a listener would survive the hangup.
struct Tmux {
    socket: PathBuf,
    pty: Pty,
}

impl Tmux {
    fn start(home: &Home, passthrough: &str) -> Self {
        home.configure(&format!("listen = \"127.0.0.1:0\"\n{ALERT}"));
        let (socket, config) = (home.path("tmux.socket"), home.path("tmux.conf"));
        let options = ["default-terminal tmux-256color", "visual-bell on", "display-time 0", "allow-passthrough"];
        fs::write(&config, options.map(|option| format!("set -g {option}")).join("\n") + " " + passthrough).unwrap();
        let there = Command::new("tmux").arg("-V").output();
        assert!(there.is_ok(), "tmux is needed: `apt-get install tmux`");
        let mut command = CommandBuilder::new("tmux");
        command.env_clear();
        for (name, value) in
            [("HOME", home.path("")), ("PATH", "/usr/bin:/bin".into()), ("WEIBOX_APP_SECRET", SECRET.into())]
        {
            command.env(name, value);
        }
        command.args(["-u".as_ref(), "-S".as_ref(), socket.as_os_str(), "-f".as_ref(), config.as_os_str()]);
        // tmux sets its own name in the environment of its programs.
        let weibox = format!(
            "exec env TERM_PROGRAM=WezTerm {} --data-dir {}",
            env!("CARGO_BIN_EXE_weibox"),
            home.data_dir().display()
        );
        command.args(["new-session", &weibox]);
        Self { socket, pty: Pty::spawn(command, 100, 30) }
    }

    fn ask(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").arg("-S").arg(&self.socket).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let weibox = self.ask(&["display-message", "-p", "#{pane_pid}"]);
        drop(Command::new("kill").args(["-KILL", &weibox]).status());
        self.ask(&["kill-server"]);
    }
}

#[test]
fn a_tmux_passes_on_what_it_may_and_shows_the_bell_in_any_case() {
    for (passthrough, is_passed) in [("on", 1), ("off", 0)] {
        let home = Home::new();
        let tmux = Tmux::start(&home, passthrough);
        post(&tmux.pty, "退款");
        // It follows the passed-through sequence.
        tmux.pty.wait_for_text("Bell in current window");
        assert_eq!(count(&tmux.pty, "\u{1b}]777;notify;weibox · 退款;1 new in 退款"), is_passed, "{passthrough}");
    }
}

#[test]
fn doctor_says_whether_tmux_lets_notifications_through() {
    for (option, words) in [
        ("on", "tmux passes notifications on (allow-passthrough on)"),
        ("all", "tmux passes notifications on (allow-passthrough all)"),
        ("off", "tmux holds notifications back (allow-passthrough off)"),
    ] {
        let home = Home::new();
        home.configure(ALERT);
        let tmux = home.path("bin/tmux");
        fs::create_dir(home.path("bin")).unwrap();
        fs::write(&tmux, format!("#!/bin/sh\necho {option}\n")).unwrap();
        fs::set_permissions(&tmux, fs::Permissions::from_mode(0o700)).unwrap();
        let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
        let variables = [("TMUX", "/tmp/none,1,0"), ("TERM", "tmux-256color"), ("PATH", &path)];
        let report = home.output(&["doctor", "--listen", "127.0.0.1:0"], &variables);
        let report = String::from_utf8(report.stdout).unwrap();
        assert!(report.contains(words), "{report}");
        assert_eq!(report.contains("`tmux set -g allow-passthrough on` passes them on"), option == "off", "{report}");
    }
}
