//! Every way out of every command, recorded: nothing comes that a terminal obeys, that cannot be seen or that turns the
//! direction of a line, whatever strangers and the user's own surroundings hold.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Home, Running, SECRET, Serve, wait_for};

/// Controls, fillers, marks of direction, and what stands for nothing.
const FOUL: &str = "\u{1b}[31m\u{7}\u{9b}\u{61c}\u{200f}\u{202e}\u{2066}\u{2028}\u{3164}\u{115f}\u{feff}\u{e0041}";

fn is_foul(c: char) -> bool {
    c != '\n' && (c.is_control() || FOUL.contains(c) && !c.is_ascii_graphic())
}

#[track_caller]
fn is_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let foul = text.lines().find(|line| line.contains(is_foul));
    assert_eq!(foul, None, "{what}");
}

/// A message whose every word is foul.
fn message(kind: &str, number: u64) -> String {
    serde_json::json!({
        "type": kind,
        "receiver_id": 1,
        "sender_id": number,
        "created_at": format!("soon{FOUL}"),
        "text": format!("a{FOUL}b\r\n{number}"),
        "data": {"subtype": FOUL, "key": FOUL, "tovfid": number, "longitude": FOUL},
    })
    .to_string()
}

/// Somebody whose home, archive and files have foul names.
struct Foul {
    _home: Home,
    place: PathBuf,
}

impl Foul {
    fn new() -> Self {
        let home = Home::new();
        let place = home.path(&format!("place{FOUL}"));
        fs::create_dir_all(&place).unwrap();
        Self { _home: home, place }
    }

    fn weibox(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
        command.env_clear().env("HOME", &self.place).env("WEIBOX_APP_SECRET", SECRET).env("USER", FOUL);
        command.args(args).stdin(std::process::Stdio::null());
        command
    }

    /// What it says, which is recorded.
    #[track_caller]
    fn record(&self, args: &[&str]) -> String {
        let output = self.weibox(args).output().unwrap();
        // Excel wants that one.
        let stdout = output.stdout.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&output.stdout);
        is_clean(&format!("stdout of {args:?}"), stdout);
        is_clean(&format!("stderr of {args:?}"), &output.stderr);
        String::from_utf8_lossy(&[stdout, &output.stderr].concat()).into_owned()
    }
}

#[test]
fn nothing_that_a_terminal_obeys_comes_out_of_any_command() {
    let foul = Foul::new();
    let mut serve = Serve::of(Running::start(&mut foul.weibox(&["serve", "--listen", "127.0.0.1:0"])), Some(SECRET));
    let kinds = ["text", "position", "voice", "event", "mention", &format!("new{FOUL}")];
    let mut n_messages = 0;
    for (kind, number) in kinds.iter().zip(1..) {
        assert_eq!(serve.post(message(kind, number)).status, 200);
        n_messages += 1;
    }
    for body in [FOUL.as_bytes(), b"\xff\x1b\0"] {
        assert_eq!(serve.post(body).status, 200);
        n_messages += 1;
    }
    let refused = format!("/{}?a={}", "p%1b%E2%80%AE", "b\u{202e}");
    drop(serve.connect().call("GET", &refused, b""));
    serve.lines(n_messages);
    let log = || {
        let files = fs::read_dir(foul.place.join(".local/share/weibox/log")).into_iter().flatten();
        files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect::<Vec<_>>()
    };
    wait_for("the log", || String::from_utf8_lossy(&log()).contains("a call that is no message"));
    serve.stop();
    is_clean("stdout of serve", serve.running.stdout().join("\n").as_bytes());
    is_clean("stderr of serve", serve.running.stderr().join("\n").as_bytes());
    is_clean("the log", &log());

    let lines = foul.place.join(format!("lines{FOUL}"));
    fs::write(&lines, message("text", 99) + "\n{\"type\": \u{1b}}\n").unwrap();
    let lines = lines.to_str().unwrap();
    for args in [
        &["config"][..],
        &["doctor"],
        &["export"],
        &["export", "--format", "csv"],
        &["import", lines],
        &["import", FOUL],
        &["prune", "--older-than", "1d", "--dry-run"],
        &["download", "3"],
        &["bookmarks"],
        &["bookmarks", "--json"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["export", "--query", FOUL],
        &["--listen", FOUL],
        &["--data-dir", FOUL, "export"],
        &["--config", FOUL, "export"],
        &[FOUL],
        &["simulate", "--url", "http://127.0.0.1:9/", "--scenario", FOUL],
    ] {
        foul.record(args);
    }
    assert!(foul.record(&["config"]).contains("place␛[31m"), "it is shown all the same");
}

#[test]
fn a_config_that_holds_foul_or_endless_values_is_refused_in_few_clean_words() {
    let long = "长".repeat(100_000);
    for value in [FOUL, long.as_str(), &"\u{1b}`\"'".repeat(30_000)] {
        let foul = Foul::new();
        let directory = foul.place.join(".config/weibox");
        fs::create_dir_all(&directory).unwrap();
        let quoted = serde_json::to_string(value).unwrap();
        for line in [
            format!("listen = {quoted}"),
            format!("{quoted} = 1"),
            format!("theme = {quoted}"),
            format!("mouse = {quoted}"),
            format!("[keys]\n{quoted} = {quoted}"),
            format!("[[tab]]\nname = 'x'\nquery = {quoted}"),
            format!("[download]\npath = {quoted}"),
            value.to_owned(),
        ] {
            fs::write(directory.join("config.toml"), &line).unwrap();
            for args in [&["config"][..], &["doctor"]] {
                let said = foul.record(args);
                let longest = said.lines().map(|line| line.chars().count()).max().unwrap_or_default();
                assert!(longest < 5_000, "{args:?} says {longest} characters of {} in a line", line.len());
            }
        }
    }
}

#[test]
fn the_lines_of_plain_and_of_the_demo_without_a_terminal_are_clean() {
    let foul = Foul::new();
    for args in [&["--plain", "--listen", "127.0.0.1:0"][..], &["demo"]] {
        let mut running = Running::start(&mut foul.weibox(args));
        if args[0] == "demo" {
            wait_for("lines of the demo", || running.stdout().len() > 5);
        } else {
            let serve = Serve::of(running, Some(SECRET));
            for (kind, number) in ["text", "position", "voice", "event", "mention"].into_iter().zip(1..) {
                serve.keep(message(kind, number));
            }
            drop(serve.connect().call("GET", "/p%1b%E2%80%AE", b""));
            serve.lines(5);
            running = serve.running;
            running.told("404");
        }
        running.signal("TERM");
        assert_eq!(running.wait().code(), Some(0));
        is_clean(&format!("stdout of {args:?}"), running.stdout().join("\n").as_bytes());
        is_clean(&format!("stderr of {args:?}"), running.stderr().join("\n").as_bytes());
    }
}
