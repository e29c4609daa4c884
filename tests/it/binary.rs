//! The real binary on a real pseudo-terminal: it starts, reacts to keys, survives every size, and exits cleanly.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use crate::doctor::server::{answer, answering};
use crate::pace::Pace;
use crate::pty::{PATIENCE, Pty};
use crate::support::{self, Connection, wait_for};

/// Starts the binary without the environment of the tests. The directory is its home and must outlive it.
fn start(arguments: &[&str], (cols, rows): (u16, u16)) -> (Pty, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(arguments);
    command.env_clear();
    command.env("HOME", home.path());
    command.env("PATH", "/usr/bin:/bin");
    (Pty::spawn(command, cols, rows), home)
}

/// Starts the demo, in which files are only downloaded on request.
fn demo(size: (u16, u16)) -> (Pty, tempfile::TempDir) {
    let (pty, home) = start(&["demo", "--download-auto", "off"], size);
    pty.wait_for(
        |screen| {
            let shown = screen.contents();
            shown.contains("LIVE") && shown.contains("video")
        },
        PATIENCE,
    );
    (pty, home)
}

#[test]
fn the_demo_shows_one_of_each_kind_and_leaves_nothing_behind() {
    let (mut pty, _home) = demo((120, 36));
    for letter in ["T", "P", "V", "I", "E", "@", "?"] {
        // After a time, and before a name or a number.
        let has_row = |line: &str| {
            let before = line.split_once(&format!(" {letter} ")).map(|(before, _)| before);
            before.is_some_and(|before| before.contains(':') && before.ends_with(|c: char| c.is_ascii_digit()))
        };
        pty.wait_for(|screen| screen.contents().lines().any(has_row), PATIENCE);
    }
    pty.send("D");
    pty.wait_for_text("y Enter yes");
    pty.send("y");
    pty.wait_for_text("files queued");
    pty.wait_for_text("saved");
    pty.send("jjy");
    pty.wait_for_text("copied");
    assert!(String::from_utf8_lossy(&pty.raw()).contains("\u{1b}]52;c;"), "the clipboard was written by OSC 52");
    pty.send("?");
    pty.wait_for_text("type to filter");
    pty.send_as_is("\u{1b}");
    pty.wait_for(|screen| !screen.contents().contains("type to filter"), PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
    pty.assert_whole();
}

#[test]
fn the_demo_opens_on_a_picture_a_voice_and_a_map_that_came_by_themselves() {
    let (mut pty, _home) = start(&["demo"], (120, 36));
    // A refused call, a reply window about to close, and the parts of a picture, a waveform and a map.
    for shown in ["1 refused (E)", " 1h", "▄", "volume; p plays", "map, + - zoom"] {
        pty.wait_for_text(shown);
    }
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn the_terminal_is_given_back_after_every_way_to_end() {
    for how in ["q", "\u{3}", "-TERM", "-INT", "-HUP"] {
        let (mut pty, _home) = demo((80, 24));
        match how.strip_prefix('-') {
            Some(signal) => pty.kill(signal),
            None => pty.send(how),
        }
        assert!(pty.wait().success(), "{how:?}");
        pty.assert_whole();
    }
}

#[test]
fn a_key_that_comes_with_a_storm_of_sizes_is_not_lost() {
    // Several rounds, because the key was lost only when it was read together with the last size.
    for round in 0..5 {
        let (mut pty, _home) = demo((120, 36));
        for (cols, rows) in [(60, 20), (39, 9), (1, 1), (200, 50), (80, 24)] {
            pty.resize(cols, rows);
        }
        pty.send("q");
        assert!(pty.wait().success(), "round {round}");
        pty.assert_whole();
    }
}

#[test]
fn the_first_run_is_a_checklist_until_the_first_real_message() {
    let home = support::Home::new();
    let data_dir = home.data_dir();
    let arguments = ["--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()];
    let (mut pty, _home) = start(&arguments, (100, 30));
    pty.wait_for_text("[ ] App secret");
    pty.wait_for_text("[ ] Access token");
    let drawn = String::from_utf8_lossy(&pty.raw()).into_owned();
    assert!(!drawn.contains("can be downloaded"), "not before it is known either");
    pty.wait_for_text("[✓] Listener is up");
    pty.send("t");
    pty.wait_for_text("location = /weibo");
    pty.send("\u{1b}");
    pty.wait_for(|screen| !screen.contents().contains("location ="), PATIENCE);
    let is_gone = |screen: &vt100::Screen| !screen.contents().contains("First message");
    let f9 = "\u{1b}[20~";
    // The list with the samples is behind it.
    pty.send("s");
    pty.wait_for_text("15 samples so far");
    pty.wait_for_text("[ ] Weibo's handshake");
    pty.send("\u{1b}");
    pty.wait_for_text("Haidian");
    pty.wait_for(is_gone, PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
    // A closed page stays closed after a restart, which shows the list with the samples.
    let (mut pty, _home) = start(&arguments, (100, 30));
    pty.wait_for_text("Haidian");
    assert!(pty.look(is_gone));
    pty.send(f9);
    pty.wait_for_text("[ ] First message");
    let body = support::message("here I am");
    let answer = Connection::to(pty.address()).unwrap().call("POST", "/weibo", body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200);
    pty.wait_for_text("here I am");
    pty.wait_for(is_gone, PATIENCE);
    // It returns on request and can be closed again.
    pty.send(f9);
    pty.wait_for_text("[✓] First message");
    pty.send("\u{1b}");
    pty.wait_for(is_gone, PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
    let (mut pty, _home) = start(&arguments, (100, 30));
    pty.wait_for_text("here I am");
    pty.wait_for(is_gone, PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
    pty.assert_whole();
    let words = pty.screen_text();
    assert!(words.contains("weibox: messages ") && words.contains("weibox export --query"), "{words}");
}

#[test]
fn typed_secrets_are_hidden_kept_for_the_owner_and_in_force_at_once() {
    let home = support::Home::new();
    // The store says that the requested file does not exist, as Weibo does with a valid token.
    let not_there = answering(|_asked| answer("200 OK", "", r#"{"error":"file not exist","error_code":20404}"#));
    let media = format!("http://{not_there}/");
    let data = home.data_dir();
    let (mut pty, user) =
        start(&["--listen", "127.0.0.1:0", "--data-dir", data.to_str().unwrap(), "--media-url", &media], (100, 30));
    pty.wait_for_text("NO SECRET");
    let [secret, token] = ["typed0app0secret0typed", "2.00typed0token0typed"];
    pty.send("j\r");
    pty.wait_for_text("0 characters, hidden");
    pty.send(secret);
    pty.wait_for_text("22 characters, hidden");
    pty.send("\r");
    pty.wait_for_text("[✓] App secret");
    // The listener is tested with its own samples, which must be signed now.
    pty.send("s");
    pty.wait_for_text("15 samples so far");
    pty.wait_for_text("15 signed");
    pty.send("\u{1b}t");
    pty.wait_for_text("Access token");
    pty.send(&format!("\u{1b}[200~ {token}\n\u{1b}[201~"));
    pty.wait_for_text("21 characters, hidden");
    pty.send("\r");
    pty.wait_for_text("Try the token with Weibo now?");
    pty.send("y");
    pty.wait_for_text("accepted by 127.0.0.1");
    pty.send("jj\r");
    pty.wait_for_text("Enter tries it");
    pty.send(&format!("\u{1b}[200~http://{}/weibo\u{1b}[201~\r", pty.address()));
    pty.wait_for_text("[✓] Public address");
    pty.wait_for_text("[✓] Access token");
    pty.send("q");
    assert!(pty.wait().success());
    let raw = pty.raw();
    for (name, text) in [("app_secret", secret), ("access_token", token)] {
        assert!(!raw.windows(text.len()).any(|window| window == text.as_bytes()), "{name} was shown");
        let path = user.path().join(".config/weibox").join(name);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for file in home.kept().into_iter().filter(|path| path.is_file()) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{}", file.display());
        }
    }
    // Unsigned messages are refused.
    let records = home.records();
    assert!(!records.is_empty() && records.iter().all(|record| record.message.is_sample() && !record.verified));
    // The next start finds the secrets.
    let output =
        Command::new(env!("CARGO_BIN_EXE_weibox")).arg("config").env_clear().env("HOME", user.path()).output().unwrap();
    let settings = String::from_utf8(output.stdout).unwrap();
    assert!(settings.contains("set, 22 characters") && settings.contains("kept in"), "{settings}");
}

#[test]
fn the_clipboard_is_the_desktops_where_there_is_one() {
    let programs = tempfile::tempdir().unwrap();
    let taken = programs.path().join("taken");
    let script = |code: u8| format!("#!/bin/sh\n/bin/cat > '{}'\nexit {code}\n", taken.display());
    // The first program fails, and the next one is tried.
    for (name, code) in [("wl-copy", 1), ("xclip", 0)] {
        let path = programs.path().join(name);
        std::fs::write(&path, script(code)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    for (ssh, way) in [("", "(xclip)"), ("10.0.0.1 1 10.0.0.2 22", "(OSC 52)")] {
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
        command.arg("demo");
        command.env_clear();
        for (name, value) in [("WAYLAND_DISPLAY", "wayland-0"), ("SSH_CONNECTION", ssh)] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        command.env("PATH", programs.path());
        let mut pty = Pty::spawn(command, 120, 36);
        pty.wait_for_text("video");
        pty.send("y");
        pty.wait_for_text(way);
        let is_by_terminal = String::from_utf8_lossy(&pty.raw()).contains("\u{1b}]52;c;");
        assert_eq!(is_by_terminal, !ssh.is_empty());
        pty.send("q");
        assert!(pty.wait().success());
    }
    assert!(!std::fs::read_to_string(taken).unwrap().is_empty());
}

#[test]
fn queries_are_remembered_from_one_start_to_the_next() {
    let home = support::Home::new();
    let data_dir = home.data_dir();
    let arguments = ["--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()];
    let (mut pty, _user) = start(&arguments, (100, 30));
    pty.wait_for_text("Waiting for the first message");
    for query in ["type:image", "退货 is:unread"] {
        // Ctrl-U clears the previous query from the line.
        pty.send(&format!("/\u{15}{query}\r"));
        let kept = || std::fs::read_to_string(data_dir.join("history")).unwrap_or_default();
        wait_for("the query to be kept", || kept().starts_with(query));
    }
    pty.send("\u{3}");
    assert!(pty.wait().success());
    let (mut pty, _user) = start(&arguments, (100, 30));
    pty.wait_for_text("Waiting for the first message");
    pty.send("/\u{1b}[A");
    pty.wait_for_text("/ 退货 is:unread");
    pty.send("\u{1b}[A");
    pty.wait_for_text("/ type:image");
    pty.send("\u{3}");
    assert!(pty.wait().success());
}

#[test]
fn the_arrival_of_a_message_shows_its_head() {
    let home = support::Home::new();
    let data_dir = home.data_dir();
    let (mut pty, _user) = start(&["--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()], (120, 36));
    let body = r#"{"type":"text","sender_id":1,"receiver_id":2,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"look at me","data":{}}"#;
    let mut stream = std::net::TcpStream::connect(pty.address()).unwrap();
    let length = body.len();
    write!(stream, "POST /weibo?nonce=88 HTTP/1.1\r\nHost: x\r\nX-Test: 退\r\nContent-Length: {length}\r\n\r\n{body}")
        .unwrap();
    pty.wait_for_text("look at me");
    pty.send("vv");
    pty.wait_for_text("POST /weibo?nonce=88 HTTP/1.1");
    pty.wait_for_text("answered in");
    pty.send("P");
    pty.wait_for(|screen| !screen.contents().contains("nonce=88"), PATIENCE);
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn made_up_messages_come_until_they_are_stopped() {
    let home = support::Home::new();
    let (mut pty, _user) =
        start(&["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()], (100, 30));
    pty.wait_for_text("Waiting for the first message");
    pty.send("S");
    wait_for("the third message", || home.records().len() > 2);
    pty.send("S");
    pty.wait_for_text("no more samples are sent");
    pty.send("q");
    assert!(pty.wait().success());
}

#[test]
fn while_everything_is_searched_each_callback_is_answered_within_a_second() {
    const ARCHIVED: usize = 20_000;
    let home = support::Home::new();
    let lines: Vec<String> =
        (0..ARCHIVED).map(|n| support::message(&format!("第{n}号订单的货还没有到 order {n}"))).collect();
    std::fs::write(home.path("lines"), lines.join("\n")).unwrap();
    assert!(home.output(&["import", home.path("lines").to_str().unwrap()], &[]).status.success());
    let data_dir = home.data_dir();
    let (mut pty, _user) = start(&["--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()], (100, 30));
    let address = pty.address();
    // All of them are slow to find anything: each reads the whole archive.
    let queries =
        ["-没有这样的话 -nothing", "\"订单的货还没有到 order 0 x\"", "还 没 有 -order", "type:image 单", "19999"];
    let pace = Pace::of(pty.id());
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        pty.send(&format!("/\u{15}{}", queries[round % queries.len()]));
        for n in 0..5 {
            let asked_at = Instant::now();
            let body = support::message(&format!("during {round} {n}"));
            wait_for("a message to be kept", || {
                let mut connection = support::Connection::to(address).unwrap();
                connection.call("POST", "/weibo", body.as_bytes()).unwrap().status == 200
            });
            slowest = slowest.max(asked_at.elapsed());
        }
        pty.send("\u{1b}");
    }
    pace.assert_took(slowest, Duration::from_secs(1), "the slowest answer");
    pty.send("/\u{15}\"during 19 4\"\r");
    pty.wait_for(|screen| screen.contents().matches("during 19 4").count() > 1, PATIENCE);
    assert_eq!(home.records().len(), ARCHIVED + 100);
    pty.send("\u{3}");
    assert!(pty.wait().success());
}

#[test]
fn a_query_typed_during_a_flood_is_shown_and_finds_what_came() {
    const FLOOD: usize = 2_000;
    const SENDERS: usize = 4;
    let home = support::Home::new();
    let data_dir = home.data_dir();
    let (mut pty, _user) = start(&["--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()], (100, 30));
    let address = pty.address();
    let senders = (0..SENDERS).map(|sender| {
        std::thread::spawn(move || {
            let mut connection = support::Connection::to(address).unwrap();
            for n in (0..FLOOD).skip(sender).step_by(SENDERS) {
                let body = support::message(&format!("第 {n} 号订单"));
                assert_eq!(connection.call("POST", "/weibo", body.as_bytes()).unwrap().status, 200);
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut line = " / ".to_owned();
    pty.send("/");
    for char in "1234 订单 type:text -退货".chars() {
        line.push(char);
        pty.send(&char.to_string());
        pty.wait_for_text(line.trim_end());
    }
    for sender in senders {
        sender.join().unwrap();
    }
    pty.wait_for_text(&format!("1 of {FLOOD}"));
    pty.wait_for_text("第 1234 号订单");
    assert_eq!(home.records().len(), FLOOD);
    pty.send("\u{3}");
    assert!(pty.wait().success());
}

#[test]
fn pasted_text_is_no_keys() {
    let (mut pty, _home) = demo((80, 24));
    pty.send("\u{1b}[200~q?q\u{1b}[201~?");
    pty.wait_for_text("type to filter");
    pty.send("\u{1b}[200~quit\nat once\u{1b}[201~");
    pty.wait_for_text("> quit↵at once");
    pty.send("\u{3}");
    assert!(pty.wait().success());
}
