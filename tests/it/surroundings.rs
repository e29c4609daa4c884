//! The environment of weibox: variables of other programs, unusable home directories, and terminals with few
//! features.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::support::{Connection, Home, Running, Serve, message};

/// Variables of other programs and of the system.
const OTHERS: [&str; 11] = [
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TERM",
    "TERM_PROGRAM",
    "SSH_CONNECTION",
    "TMUX",
    "STY",
    "COLORTERM",
    "DISPLAY",
];

#[test]
fn the_variables_of_others_may_hold_any_bytes() {
    let home = Home::new();
    let bytes = OsStr::from_bytes(b"\xff\xfe\x80");
    for command in ["config", "doctor"] {
        let mut weibox = home.weibox(&[command, "--listen", "127.0.0.1:0"]);
        let mut running = Running::start(weibox.envs(OTHERS.map(|name| (name, bytes))));
        assert!(running.wait().success(), "{command}: {:?}", running.stderr());
    }
    let mut running = Running::start(home.weibox(&["config"]).env("WEIBOX_PATH", bytes));
    assert!(!running.wait().success());
    assert!(running.stderr().concat().contains("`WEIBOX_PATH` is not UTF-8"), "{:?}", running.stderr());
}

#[test]
fn a_home_that_is_no_directory_is_none() {
    let home = Home::new();
    let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env_remove(name);
    }
    command.args(["--data-dir", home.data_dir().to_str().unwrap()]);
    let mut serve = Serve::of(Running::start(command.env("HOME", "/dev/null")), None);
    assert_eq!(serve.post(message("hello")).status, 200);
    serve.lines(1);
    serve.stop();
}

#[test]
fn scripts_find_the_same_line_in_every_language() {
    let home = Home::new();
    for language in ["zh_CN.UTF-8", "en_US.UTF-8", "C"] {
        let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
        let mut running = Running::start(command.env("LANG", language).env("LC_ALL", language));
        running.told("listening on http://");
    }
}

#[test]
fn a_terminal_that_can_only_print_gets_numbered_lines_and_is_told_of_refusals() {
    let home = Home::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.env_clear();
    command.env("HOME", home.path("."));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    let mut pty = Pty::spawn_as("dumb", command, 120, 30);
    let address = pty.address();
    let call = |target: &str| {
        Connection::to(address).unwrap().call("POST", target, message("hello").as_bytes()).unwrap().status
    };
    assert_eq!(call("/weibo"), 200);
    pty.wait_for_text("#1 2012-07-16 18:09:20 ");
    assert_eq!(call("/elsewhere"), 404);
    pty.wait_for_text("refused: 1 of late, the last: POST /elsewhere from 127.0.0.1: 404, ");
    pty.kill("TERM");
    assert!(pty.wait().success());
    let raw = pty.raw();
    assert!(!raw.contains(&0x1b), "nothing but lines: {}", String::from_utf8_lossy(&raw));
}

/// Returns what a terminal without an alternate screen shows, after the output of an earlier session.
fn without_alternate_screen(raw: &[u8], rows: u16) -> String {
    let [height, width] = [rows, 100].map(|size| std::num::NonZeroU16::new(size).unwrap());
    let mut parser = vt100::Parser::new(height, width, 200);
    for row in 0..rows * 2 {
        parser.process(format!("old words {row}\r\n").as_bytes());
    }
    let raw = String::from_utf8_lossy(raw).replace("\u{1b}[?1049h", "").replace("\u{1b}[?1049l", "");
    parser.process(raw.as_bytes());
    parser.screen().contents()
}

#[test]
fn where_there_is_no_alternate_screen_frames_are_whole_and_the_last_lines_stand_below() {
    let home = Home::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.env_clear();
    command.env("HOME", home.path("."));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    let mut pty = Pty::spawn_as("linux", command, 100, 30);
    pty.wait_for_text("quit");
    let shown = without_alternate_screen(&pty.raw(), 30);
    assert!(!shown.contains("old words"), "{shown}");
    let last = shown.lines().last().unwrap().trim().to_owned();
    pty.send("q");
    assert!(pty.wait().success());
    let left = without_alternate_screen(&pty.raw(), 30);
    let line_of = |words: &str| left.lines().position(|line| line.contains(words));
    let footer = line_of(&last).unwrap_or_else(|| panic!("`{last}` is gone:\n{left}"));
    let bye = line_of("weibox: messages 0").unwrap_or_else(|| panic!("no last words:\n{left}"));
    assert_eq!(bye, footer + 1, "{left}");
}
