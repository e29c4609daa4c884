//! `weibox doctor` as a user runs it: what it finds, how it reports it, and what it must not reveal.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portable_pty::CommandBuilder;
use weibox::archive::{Archive, Arrival};

use crate::pty::Pty;
use crate::support::{Home, SECRET, Serve, wait_for};

mod public;
pub(crate) mod server;
mod token;

/// Runs it with `:0` for the listener; returns exit code and text, after checking that no secret is in it.
fn doctor(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let listen = ["doctor", "--listen", "127.0.0.1:0"];
    let output = home.output(&[&listen, args].concat(), variables);
    let text = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    for (_, secret) in variables.iter().filter(|(name, _)| name.ends_with("SECRET") || name.ends_with("TOKEN")) {
        assert!(!format!("{text}{stderr}").contains(secret), "{text}{stderr}");
    }
    assert!(!text.contains(home.path("").to_str().unwrap().trim_end_matches('/')), "the home directory: {text}");
    (output.status.code().unwrap(), text)
}

/// Returns the line of a finding.
#[track_caller]
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    let is_it = |line: &&str| line.get(4..).or(line.get(6..)).is_some_and(|rest| rest.starts_with(name));
    let found = text.lines().find(is_it);
    assert!(found.is_some(), "no `{name}` in\n{text}");
    found.unwrap()
}

#[test]
fn a_fresh_machine_is_told_what_is_missing_and_nothing_is_made() {
    let home = Home::new();
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\nNothing is wrong. ") && text.ends_with(" things deserve a look (!).\n"), "{text}");
    for (mark, words) in [
        ("✓ weibox", env!("CARGO_PKG_VERSION")),
        ("✓ config file", "~/.config/weibox/config.toml (not there)"),
        ("! app secret", "not set"),
        ("! access token", "not set"),
        ("! listener", "unsigned calls too"),
        ("✓ data", "~/data (not there yet; the first start creates it)"),
        ("- clock", "not compared"),
        ("- token", "not tried"),
        ("- handshake", "not tried"),
    ] {
        let found = text.lines().any(|line| line.trim_start().starts_with(mark) && line.contains(words));
        assert!(found, "{mark} {words}:\n{text}");
    }
    assert!(!home.data_dir().exists());
}

#[test]
fn it_speaks_the_language_of_the_locale_and_in_ascii_where_the_config_says_so() {
    let home = Home::new();
    let (_, text) = doctor(&home, &[], &[("LANG", "zh_CN.UTF-8"), ("WEIBOX_APP_SECRET", SECRET)]);
    assert!(
        text.starts_with("版本\n") && text.contains("\n没有发现问题，有 ") && text.ends_with(" 处值得留意（!）。\n"),
        "{text}"
    );
    assert!(text.contains("App Secret  已设置，32 个字符（来自环境变量 WEIBOX_APP_SECRET）"), "{text}");
    home.configure("listen = ':0'\ndownload.auto = 'all'");
    let output = home.output(&["doctor"], &[("LANG", "zh_CN.UTF-8")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("没有 App Secret，拒绝监听 `0.0.0.0:0`"), "{text}");
    assert!(text.contains("暂不下载文件") && !text.contains("there is no access token"), "{text}");
    home.configure("dashboard.glyphs = 'ascii'");
    let (_, text) = doctor(&home, &[], &[]);
    assert!(text.contains("  + weibox") && text.is_ascii(), "{text}");
}

#[test]
fn settings_that_cannot_be_used_are_a_finding() {
    let home = Home::new();
    home.configure("\nlisen = ':1'");
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 1);
    assert!(text.contains("✗ config  cannot use the config file `~/.config/weibox/config.toml`: line 2"), "{text}");
    assert!(text.contains("> did you mean `listen`?") && text.ends_with("1 thing is wrong.\n"), "{text}");
    home.configure("listen = ':0'");
    let output = home.output(&["doctor"], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(line(&text, "listener").contains("✗ listener      refusing to listen on `0.0.0.0:0`"), "{text}");
}

#[test]
fn files_that_others_can_open_are_wrong_and_the_way_to_close_them_is_told() {
    let home = Home::new();
    home.configure("");
    let config = home.path(".config/weibox/config.toml");
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for (mode, mark) in [(0o600, "✓"), (0o644, "!"), (0o666, "✗")] {
        open(&config, mode);
        let (code, text) = doctor(&home, &[], &[]);
        assert!(line(&text, "config file").contains(mark), "{mode:o}: {text}");
        assert_eq!(code, i32::from(mark == "✗"), "{mode:o}");
    }
    assert!(doctor(&home, &[], &[]).1.contains("`chmod 600 ~/.config/weibox/config.toml`"));
    open(&config, 0o600);
    let mut serve = Serve::signed(&home);
    serve.stop();
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 0, "{text}");
    for name in ["data", "media", "log", "archive file"] {
        assert!(line(&text, name).ends_with(", yours alone"), "{text}");
    }
    open(&home.data_dir(), 0o755);
    open(&home.data_dir().join("weibox.db"), 0o640);
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 1);
    assert!(text.contains("`chmod 700 ~/data`"), "{text}");
    assert!(text.contains("`chmod 600 ~/data/weibox.db`"), "{text}");
    assert!(text.ends_with("2 things are wrong.\n"), "{text}");
}

/// Creates and closes an archive of some hundred pages.
fn archive(home: &Home) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        for number in 0..500 {
            let raw = crate::support::message(&format!("{number} {}", "x".repeat(500)));
            archive.insert(Arrival::new(raw, "2026-01-01T00:00:00Z".parse().unwrap())).await.unwrap();
        }
        archive.close().await.unwrap();
    });
}

#[test]
fn a_whole_archive_is_told_from_a_damaged_one() {
    let home = Home::new();
    archive(&home);
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 0, "{text}");
    assert!(line(&text, "archive  ").contains("intact; "), "{text}");
    let path = home.data_dir().join("weibox.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 1, "{text}");
    assert!(line(&text, "archive  ").contains("✗ archive"), "{text}");
    assert!(text.contains("copy the whole data directory"), "{text}");
    fs::write(&path, "no archive at all, but long enough to be looked at").unwrap();
    let (code, text) = doctor(&home, &[], &[]);
    assert_eq!(code, 1, "{text}");
    assert!(line(&text, "archive  ").contains("✗ archive"), "{text}");
}

#[test]
fn who_holds_the_port_is_named() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let ours = serve.address.to_string();
    let (code, text) = doctor_at(&home, &ours);
    assert_eq!(code, 0, "{text}");
    let held = format!("{ours} is held by weibox, process {} (weibox serve)", serve.running.id());
    assert!(line(&text, "port").contains(&held), "{text}");
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = socket.local_addr().unwrap().to_string();
    let (code, text) = doctor_at(&Home::new(), &other);
    assert_eq!(code, 1, "{text}");
    // Without /proc the process cannot be named.
    let id = format!("process {} (", std::process::id());
    assert!(line(&text, "port").contains(&id) || !Path::new("/proc/net/tcp").exists(), "{text}");
    drop(socket);
    assert!(line(&doctor_at(&Home::new(), &other).1, "port").contains(&format!("{other} is free")));
    // An address of the documentation range (RFC 5737) belongs to nobody.
    let (code, text) = doctor_at(&Home::new(), "192.0.2.1:8080");
    assert_eq!(code, 1);
    assert!(line(&text, "port").contains("192.0.2.1:8080 cannot be used"), "{text}");
}

/// Runs it with another address for the listener.
fn doctor_at(home: &Home, address: &str) -> (i32, String) {
    let output = home.output(&["doctor", "--listen", address], &[("WEIBOX_APP_SECRET", SECRET)]);
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_terminal_is_asked_how_wide_it_draws() {
    const KITTY: &str = "\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.42.0)\x1b\\\x1b[6;20;10t\x1b[?62;c";
    for (widths, words, answer, pictures) in [
        ([2, 1, 1, 2], "✓ character widths  as expected", KITTY, "kitty (dashboard.images: auto)"),
        ([2, 2, 1, 2], "! character widths  ● has width 2 here, 1 was expected", "\x1b[?62;c", "halfblocks (dash"),
    ] {
        let home = Home::new();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
        command.env_clear();
        command.env("HOME", home.path("").to_str().unwrap());
        command.env("LANG", "C.UTF-8");
        command.env("WEIBOX_IMAGES", "auto");
        command.args(["doctor", "--data-dir", home.data_dir().to_str().unwrap()]);
        let mut pty = Pty::spawn(command, 120, 50);
        // The terminal is asked for its cursor position after each sample, and answers with row and column from
        // 1.
        for (number, width) in widths.into_iter().enumerate() {
            let asked = |pty: &Pty| pty.raw().windows(4).filter(|bytes| bytes == b"\x1b[6n").count();
            wait_for("a question of the width", || asked(&pty) > number);
            pty.send(&format!("\x1b[1;{}R", width + 1));
        }
        pty.wait_for_raw("\x1b[16t\x1b[c");
        pty.send(answer);
        pty.wait();
        let text = pty.screen_text();
        assert!(text.contains(words), "{text}");
        let shown = text.lines().find(|line| line.contains("pictures")).unwrap_or_default();
        assert!(shown.contains(pictures), "{text}");
        assert!(text.contains("120 x 50 cells") && text.contains("xterm-256color"), "{text}");
        pty.assert_whole();
    }
}

#[test]
fn a_secret_that_cannot_be_whole_deserves_a_look() {
    let home = Home::new();
    let (code, text) = doctor(&home, &[], &[("WEIBOX_APP_SECRET", "hush")]);
    let expected = "! app secret    set, 4 characters (environment WEIBOX_APP_SECRET)";
    assert!(code == 0 && line(&text, "app secret").contains(expected), "{text}");
    assert!(text.contains("Weibo's app secrets have 32 characters"), "{text}");
    let (_, text) = doctor(&home, &[], &[("WEIBOX_APP_SECRET", SECRET)]);
    assert!(line(&text, "app secret").contains("✓"), "{text}");
}
