//! All output of every command, recorded: it has nothing that a terminal obeys, that is invisible, or that
//! changes the direction of a line, whatever strangers write and the environment contains.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use clap::CommandFactory as _;
use weibox::cli::Cli;

use crate::pty::Pty;
use crate::support::{Connection, Home, Running, SECRET, Serve, target, wait_for};

/// Control characters, fillers, direction marks, and characters without width.
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

/// Returns a message with these words in every text field.
fn message_of(words: &str, kind: &str, number: u64) -> String {
    serde_json::json!({
        "type": kind,
        "receiver_id": 1,
        "sender_id": number,
        "created_at": format!("soon{words}"),
        "text": format!("a{words}b\r\n{number}"),
        "data": {"subtype": words, "key": words, "tovfid": number, "longitude": words},
    })
    .to_string()
}

/// Returns a message with foul words in every text field.
fn message(kind: &str, number: u64) -> String {
    message_of(FOUL, kind, number)
}

/// A user whose home, archive and files have foul names, or harmless ones for comparison.
struct Foul {
    _home: Home,
    place: PathBuf,
    words: &'static str,
}

impl Foul {
    fn new() -> Self {
        Self::with(FOUL)
    }

    fn with(words: &'static str) -> Self {
        let home = Home::new();
        let place = home.path(&format!("place{words}"));
        fs::create_dir_all(&place).unwrap();
        Self { _home: home, place, words }
    }

    /// Writes the config file.
    fn configure(&self, toml: &str) {
        let directory = self.place.join(".config/weibox");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("config.toml"), toml).unwrap();
    }

    fn weibox(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
        command.env_clear().env("HOME", &self.place).env("WEIBOX_APP_SECRET", SECRET).env("USER", self.words);
        command.args(args).stdin(std::process::Stdio::null());
        command
    }

    /// Returns the output of a command, after checking it.
    #[track_caller]
    fn record(&self, args: &[&str]) -> String {
        let output = self.weibox(args).output().unwrap();
        // The byte order mark that Excel needs.
        let stdout = output.stdout.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&output.stdout);
        is_clean(&format!("stdout of {args:?}"), stdout);
        is_clean(&format!("stderr of {args:?}"), &output.stderr);
        String::from_utf8_lossy(&[stdout, &output.stderr].concat()).into_owned()
    }
}

/// An address where nothing listens.
const NOBODY: &str = "http://127.0.0.1:9/";

/// TABLE: the commands recorded on an archive of foul messages.
const COMMANDS: &[&[&str]] = &[
    &["config"],
    &["doctor", "--deep", "--token", "--public", NOBODY],
    &["export"],
    &["export", "--format", "csv"],
    &["import", FOUL],
    &["prune", "--older-than", "1d", "--dry-run"],
    &["prune", "--samples"],
    &["reindex"],
    &["download", "3"],
    &["download", "--all"],
    &["bookmarks"],
    &["bookmarks", "--json"],
    &["status"],
    &["status", "--json"],
    &["attach"],
    &["cluster", "status"],
    &["cluster", "status", "--json"],
    &["cluster", "init"],
    &["service"],
    &["service", "--system", "--path", "/%1b[2J"],
    &["replay", "--to", NOBODY],
    &["replay", "--to", FOUL],
    &["replay", "--to", NOBODY, "--json", "--rate", "100"],
    &["alert", "test", "any"],
    &["alert", "test", FOUL],
    &["verify", FOUL],
    &["verify", "http://w/%1b?signature=\u{1b}[2J&timestamp=\u{202e}&nonce=%9b"],
    &["reply", "--to", "1", "--text", FOUL],
    &["reply", "--to", "uid:1", "--text", FOUL, "--json"],
    &["reply", "--to", "1", "--articles", FOUL],
    &["completions", "bash"],
    &["man"],
    &["help", "export"],
    &["--help"],
    &["export", "--query", FOUL],
    &["serve", "--query", FOUL],
    &["serve", "--bookmark", FOUL],
    &["demo", "--listen", FOUL],
    &["--listen", FOUL],
    &["--data-dir", FOUL, "export"],
    &["--config", FOUL, "export"],
    &[FOUL],
    &["simulate", "--url", NOBODY, "--scenario", FOUL],
    &["simulate", "--url", NOBODY, "--count", "1"],
    &["simulate", "--url", NOBODY, "--from", FOUL, "--expect", FOUL],
];

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
    foul.record(&["import", lines.to_str().unwrap()]);
    for args in COMMANDS {
        foul.record(args);
    }
    for command in Cli::command().get_subcommands() {
        assert!(COMMANDS.iter().any(|args| args[0] == command.get_name()), "{} is not recorded", command.get_name());
    }
    assert!(foul.record(&["config"]).contains("place␛[31m"), "it is shown all the same");
    // The raw form for programs is not written to a terminal.
    let mut terminal = Pty::start(&foul.weibox(&["export", "--format", "csv", "--csv-raw"]), 120, 36);
    assert!(terminal.wait().success());
    is_clean("csv on a terminal", String::from_utf8(terminal.raw()).unwrap().replace('\r', "").as_bytes());
}

#[test]
fn a_config_that_holds_foul_or_endless_values_is_refused_in_few_clean_words() {
    let long = "长".repeat(100_000);
    for value in [FOUL, long.as_str(), &"\u{1b}`\"'".repeat(30_000)] {
        let foul = Foul::new();
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
            foul.configure(&line);
            for args in [&["config"][..], &["doctor"]] {
                let said = foul.record(args);
                let longest = said.lines().map(|line| line.chars().count()).max().unwrap_or_default();
                assert!(longest < 5_000, "{args:?} says {longest} characters of {} in a line", line.len());
            }
        }
    }
}

/// Returns the control sequences in the output of a program, except colours and cursor positions: each kind once,
/// with its numbers replaced by `0`.
fn spoken(raw: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(raw);
    let mut spoken = BTreeSet::new();
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(|c| is_foul(c) && c != '\r') {
        let from = rest.get(at..).unwrap();
        let sequence = from.strip_prefix("\u{1b}[");
        let end = sequence.and_then(|sequence| sequence.find(|c: char| ('@'..='~').contains(&c)));
        // Other controls are identified by the characters after them.
        let length = end.map_or_else(|| from.chars().next().unwrap().len_utf8(), |end| end + 3);
        let control: String = match end {
            Some(_) => from.get(..length).unwrap().to_owned(),
            None => from.chars().take(12).collect(),
        };
        if end.is_none() || !control.ends_with(['H', 'm']) {
            let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
            let mut kind: Vec<char> = control.chars().map(digit).collect();
            kind.dedup();
            spoken.insert(kind.into_iter().collect());
        }
        rest = from.get(length..).unwrap();
    }
    spoken
}

/// TABLE: keys typed into the dashboard, and what it then shows.
const WALK: &[(&str, &str)] = &[
    ("g\r", "Esc back"),
    ("v", "\"type\""),
    ("v", "bytes"),
    ("v", "signature"),
    ("\u{1b}", "q quit"),
    ("E", " 404 GET "),
    ("\r", "host:"),
    ("\u{1b}", "q quit"),
    ("i", "Esc back"),
    ("\u{1b}", "q quit"),
    ("w", "Esc back"),
    ("\u{1b}", "q quit"),
    ("Y", "curl"),
    ("\u{1b}", "q quit"),
    ("?", "Esc closes"),
    ("\u{1b}", "q quit"),
    ("c", "from:6"),
    ("\u{1b}", "q quit"),
    ("/a", "Enter keep"),
    ("\r", "Esc back"),
    ("Gr", "Enter send"),
    ("\u{1b}", "Esc back"),
    ("e", "Enter saves"),
    ("\u{1b}", "Esc back"),
    ("9", "[9 "),
    ("/a", "Enter keep"),
    ("\u{1b}", "Esc back"),
    ("jjv", "\"type\""),
    ("M", "positions"),
    ("\u{1b}", "Esc back"),
];

/// Returns all control sequences of the dashboard for a user whose environment and messages have these words.
fn session(words: &'static str) -> BTreeSet<String> {
    let somebody = Foul::with(words);
    let quoted = serde_json::to_string(words).unwrap();
    somebody.configure(&format!("[[tab]]\nname = {quoted}\nquery = 'a'\n"));
    let mut pty = Pty::start(&somebody.weibox(&["--listen", "127.0.0.1:0"]), 120, 36);
    pty.wait_for_text("q quit");
    let screen = pty.screen_text();
    let address = screen.split_whitespace().find_map(|word| word.rsplit('/').nth(1)?.parse().ok()).unwrap();
    let kinds = ["text", "position", "voice", "event", &format!("new{words}"), "mention"];
    let bodies = kinds.into_iter().zip(1..).map(|(kind, number)| message_of(words, kind, number));
    for body in std::iter::once(words.to_owned()).chain(bodies) {
        let answer = Connection::to(address).unwrap().call("POST", &target(SECRET), body.as_bytes()).unwrap();
        assert_eq!(answer.status, 200);
    }
    drop(Connection::to(address).unwrap().call("GET", "/p%1b%E2%80%AE", b""));
    pty.wait_for_text("7 kept");
    for (keys, shown) in WALK {
        let before = pty.raw().len();
        pty.send(keys);
        wait_for("a frame", || pty.raw().len() > before);
        pty.wait_for_text(shown);
    }
    pty.send("\u{3}");
    assert!(pty.wait().success());
    pty.assert_whole();
    spoken(&pty.raw())
}

#[test]
fn nothing_foul_makes_the_screen_say_more_to_the_terminal_than_it_says_anyway() {
    let (clean, foul) = (session("words"), session(FOUL));
    let said: Vec<&String> = foul.difference(&clean).collect();
    assert!(said.is_empty(), "{said:?}; without anything foul: {clean:?}");
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
