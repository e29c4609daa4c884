//! The commands as scripts and service managers run them: output, exit codes, signals, and secrets that must not
//! leak.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use weibox::record::media::Stage;

use crate::pty::Pty;
use crate::support::{Connection, Home, Running, SECRET, Serve, message, target, wait_for};

mod refused;

/// The access token of the tests.
const TOKEN: &str = "2.00AccessTokenOfTheTests9f8e7d";

/// Returns the bodies of the sample messages.
pub(crate) fn payloads() -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/payloads");
    let paths = directory.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    paths.sort();
    assert!(paths.len() > 15, "{paths:?}");
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn serve_prints_what_export_prints() {
    let home = Home::new();
    let mut serve = Serve::signed(&home);
    for body in payloads() {
        assert_eq!(serve.post(&body).status, 200, "{body}");
    }
    let records = home.records();
    let served = serve.lines(records.len());
    let exported = text(home.output(&["export", "--format", "jsonl"], &[]).stdout);
    assert_eq!(served, exported.lines().collect::<Vec<_>>(), "while serve runs");
    serve.stop();
    assert_eq!(serve.running.stdout(), served, "nothing more at the end");
    assert_eq!(text(home.output(&["export"], &[]).stdout), exported, "afterwards");

    let csv = home.output(&["export", "--format", "csv", "--csv-raw"], &[]);
    assert_eq!(csv.status.code(), Some(0));
    let mut csv = csv::Reader::from_reader(csv.stdout.as_slice());
    let header: Vec<_> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), records.len());
    for (row, line) in rows.iter().zip(exported.lines()) {
        let line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        assert_eq!(header[..line.len()], line.keys().cloned().collect::<Vec<_>>());
        assert_eq!(
            header[line.len()..],
            ["sender_name", "sender_alias", "sender_note", "sender_labels", "labels", "sender_muted"]
        );
        for (cell, (name, value)) in row.iter().zip(&line) {
            let expected = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(cell, expected, "{name}");
        }
    }
}

#[test]
fn a_cell_that_looks_like_a_formula_is_text_unless_a_program_asks_for_it_raw() {
    let home = Home::new();
    let mut serve = Serve::signed(&home);
    let formulas = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/csv-formulas.jsonl"));
    let formulas = formulas.unwrap();
    for body in formulas.lines() {
        assert_eq!(serve.post(body).status, 200);
    }
    serve.stop();
    let cells = |args: &[&str]| {
        let exported = home.output(args, &[]).stdout;
        let has_mark = exported.starts_with(b"\xef\xbb\xbf");
        let mut csv = csv::Reader::from_reader(exported.as_slice());
        let text = csv.headers().unwrap().iter().position(|title| title == "text").unwrap();
        (has_mark, csv.records().map(|row| row.unwrap()[text].to_owned()).collect::<Vec<_>>())
    };
    let texts: Vec<_> = home.records().into_iter().map(|record| record.message.text).collect();
    let harmless: Vec<_> = texts.iter().map(|text| format!("'{text}")).collect();
    assert_eq!(cells(&["export", "--format", "csv"]), (true, harmless));
    assert_eq!(cells(&["export", "--format", "csv", "--csv-raw"]), (false, texts));
}

#[test]
fn the_simulator_follows_nobody_and_tells_nobody_else_the_signed_address() {
    let home = Home::new();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = elsewhere.local_addr().unwrap();
    let asked = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/weibo", asked.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in asked.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _length = stream.read(&mut head).unwrap();
            let answer = format!(
                "HTTP/1.1 302 Found\r\nLocation: http://{away}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let simulated = home.output(&["simulate", "--url", &url, "--count", "2"], &[("WEIBOX_APP_SECRET", SECRET)]);
    let summary = text(simulated.stdout);
    assert_eq!(simulated.status.code(), Some(1), "{summary}");
    assert_eq!((count(&summary, "answered"), count(&summary, "refused")), (0, 0), "{summary}");
    assert!(summary.contains("lost       2 (sent elsewhere with 302: 2)\n"), "{summary}");
    assert!(summary.contains("NOT answered"), "{summary}");
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "somebody else was asked");
}

#[test]
fn export_into_a_closed_pipe_is_a_success() {
    let home = Home::new();
    let serve = Serve::unsigned(&home);
    // More than a pipe holds.
    for number in 0..40 {
        assert_eq!(serve.post(message(&format!("{number} {}", "long ".repeat(2000)))).status, 200);
    }
    for format in ["jsonl", "csv"] {
        let mut command = home.weibox(&["export", "--format", format]);
        let mut export = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(export.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let ended = export.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), text(ended.stderr).as_str()), (Some(0), ""), "{format}");
        assert!(!first.is_empty());
    }
}

#[test]
fn serve_ends_well_when_it_is_asked_to_stop() {
    for (signal, on_hangup) in [("TERM", "detach"), ("INT", "detach"), ("HUP", "stop")] {
        let home = Home::new();
        home.configure(&format!("on_hangup = '{on_hangup}'"));
        let mut serve = Serve::signed(&home);
        assert_eq!(serve.post(message("hello")).status, 200);
        serve.running.signal(signal);
        assert_eq!(serve.running.wait().code(), Some(0), "SIG{signal}: {:?}", serve.running.stderr());
        assert_eq!(serve.running.stdout().len(), 1, "SIG{signal}: what was answered is printed");
        let left = fs::metadata(home.path("data/weibox.db-wal")).map_or(0, |log| log.len());
        assert_eq!(left, 0, "SIG{signal}: the write-ahead log is folded into the archive");
    }
}

#[test]
fn a_serve_whose_lines_go_nowhere_listens_and_still_counts_and_moves_its_bookmark() {
    let home = Home::new();
    let serve = |args: &[&str]| {
        let mut command = home.weibox(&[&["serve", "--listen", "127.0.0.1:0"], args].concat());
        Serve::into_pipe(command.env("WEIBOX_APP_SECRET", SECRET), Stdio::null(), SECRET)
    };
    let mut endless = serve(&[]);
    for words in ["one", "two"] {
        assert_eq!(endless.post(message(words)).status, 200);
    }
    endless.stop();
    for (args, words) in [(&["--bookmark", "bot", "--count", "1"][..], "three"), (&["--count", "1"], "four")] {
        let mut counting = serve(args);
        assert_eq!(counting.post(message(words)).status, 200);
        assert_eq!(counting.running.wait().code(), Some(0), "{args:?}");
    }
    assert_eq!(home.records().len(), 4);
    let bookmarks = home.reader().bookmarks().unwrap();
    assert_eq!(bookmarks.iter().map(|bookmark| bookmark.seq).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_serve_whose_terminal_has_gone_listens_on() {
    let home = Home::new();
    let variables = [("WEIBOX_APP_SECRET", SECRET)];
    let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
    command.envs(variables);
    let mut pty = Pty::start(&command, 200, 24);
    pty.wait_for_text("listening on http://");
    let address = pty.address();
    let post = |words: &str| {
        let mut connection = Connection::to(address).unwrap();
        connection.call("POST", &target(SECRET), message(words).as_bytes()).unwrap().status
    };
    assert_eq!(post("before"), 200);
    pty.kill("HUP");
    assert_eq!(post("afterwards"), 200);
    pty.wait_for_text("afterwards");
    pty.kill("TERM");
    assert_eq!(pty.wait().exit_code(), 0);
    assert_eq!(home.records().len(), 2);
}

#[test]
fn who_is_told_that_it_listens_may_ask_it_to_stop_at_once() {
    let home = Home::new();
    for round in 0..20 {
        let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
        let mut serve = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&serve);
        let mut lines = BufReader::new(serve.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("listening on")));
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert_eq!(serve.wait().unwrap().code(), Some(0), "{round}");
    }
}

#[test]
fn without_a_terminal_weibox_serves_and_says_so() {
    let home = Home::new();
    let mut running = Running::start(&mut home.weibox(&["--listen", "127.0.0.1:0"]));
    running.told("stdout is no terminal: running as `weibox serve`");
    let mut serve = Serve::of(running, None);
    assert_eq!(serve.post(message("hello")).status, 200);
    assert_eq!(serve.lines(1).len(), 1);
    serve.stop();
}

#[test]
fn a_public_address_needs_a_secret_or_an_express_wish() {
    let home = Home::new();
    let public = ["serve", "--listen", "0.0.0.0:0"];
    let refused = home.output(&public, &[]);
    let words = text(refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(words.contains("refusing to listen on `0.0.0.0:0`") && words.contains("\nhint: "), "{words}");
    assert!(!home.data_dir().exists(), "nothing was made");
    for (flag, variables) in
        [(Some("--insecure-accept-unsigned"), [].as_slice()), (None, &[("WEIBOX_APP_SECRET", SECRET)])]
    {
        let mut command = home.weibox(&public);
        let mut running = Running::start(command.args(flag).envs(variables.iter().copied()));
        running.told("listening on http://0.0.0.0:");
    }
}

/// Returns the number in a line of the summary.
fn count(summary: &str, name: &str) -> u64 {
    let line = summary.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_simulator_says_that_all_was_answered_and_it_is_kept() {
    for secret in [[].as_slice(), &[("WEIBOX_APP_SECRET", SECRET)]] {
        let home = Home::new();
        let serve = Serve::start(&home, &[], secret);
        let simulated = home.output(&["simulate", "--url", &serve.url, "--count", "50"], secret);
        let summary = text(simulated.stdout);
        assert_eq!(simulated.status.code(), Some(0), "{summary}");
        assert_eq!((count(&summary, "sent"), count(&summary, "answered"), count(&summary, "lost")), (50, 50, 0));
        assert_eq!(summary.contains("handshake  answered"), !secret.is_empty(), "{summary}");
        assert_eq!(home.records().len(), 50);
        assert_eq!(serve.lines(50).len(), 50);
    }
}

#[test]
fn the_simulator_fails_when_messages_are_lost() {
    let home = Home::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}/weibo");
    let nobody = home.output(&["simulate", "--url", &url, "--count", "3"], &[]);
    let summary = text(nobody.stdout);
    assert_eq!(nobody.status.code(), Some(1), "{summary}");
    assert_eq!((count(&summary, "sent"), count(&summary, "answered"), count(&summary, "lost")), (3, 0, 3));
    assert!(summary.contains("lost       3 (nobody answered 3)\n"), "{summary}");
    assert!(summary.contains("handshake  not tried, there is no app secret\n"), "{summary}");
    let signed = home.output(&["simulate", "--url", &url, "--count", "3"], &[("WEIBOX_APP_SECRET", "x")]);
    assert!(text(signed.stdout).contains("handshake  nobody answered\n"));

    let serve = Serve::signed(&home);
    let wrong = [("WEIBOX_APP_SECRET", "another-secret-of-the-tests")];
    let forged = home.output(&["simulate", "--url", &serve.url, "--count", "3"], &wrong);
    let summary = text(forged.stdout);
    assert_eq!(forged.status.code(), Some(1), "{summary}");
    assert_eq!((count(&summary, "answered"), count(&summary, "lost")), (0, 3), "{summary}");
    let why = "lost       3 (403: 3, the first says \"the signature does not match the app secret\")\n";
    assert!(summary.contains(why) && summary.contains("refused    0 (as expected)\n"), "{summary}");
    assert_eq!(count(&summary, "replies"), 0, "an error is no reply:\n{summary}");
    assert!(summary.contains("NOT answered") && !summary.contains("nobody"), "{summary}");
    assert_eq!(home.records(), []);
}

#[test]
fn the_demo_without_a_terminal_prints_every_kind_and_keeps_nothing() {
    let home = Home::new();
    let mut demo = Running::start(&mut home.weibox(&["demo"]));
    for kind in ["text", "image", "voice", "position", "event", "mention", "video"] {
        let member = format!("\"type\":\"{kind}\"");
        wait_for(kind, || demo.stdout().iter().any(|line| line.contains(&member)));
    }
    demo.signal("TERM");
    assert_eq!(demo.wait().code(), Some(0), "{:?}", demo.stderr());
    assert!(demo.stdout().iter().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(!home.data_dir().exists());
    let left: Vec<_> = home.path("").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn secret_and_token_stand_nowhere_but_in_the_environment() {
    let home = Home::new();
    let secrets = [("WEIBOX_APP_SECRET", SECRET), ("WEIBOX_ACCESS_TOKEN", TOKEN), ("WEIBOX_LOG", "trace")];
    let mut serve = Serve::start(&home, &[], &secrets);
    for body in payloads() {
        serve.post(body);
    }
    serve.connect().call("POST", "/weibo?signature=wrong", b"{}").unwrap();
    let summary = home.output(&["simulate", "--url", &serve.url], &secrets);
    let settings = home.output(&["config"], &secrets);
    // Nothing listens there, and the error of a failed request tends to contain its URL with the query.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut download = home.weibox(&["download", "--all", "--media-url", &format!("http://{closed}/msget")]);
    let mut download = Running::start(download.envs(secrets));
    let fids: Vec<_> = home.records().iter().filter_map(|record| record.message.attachment()).collect();
    let reader = home.reader();
    let has_failed =
        |stage: Option<Stage>| matches!(stage, Some(Stage::Failed { .. } | Stage::Queued { reason: Some(_), .. }));
    wait_for("a failed download", || fids.iter().any(|fid| has_failed(reader.stage(*fid).unwrap())));
    download.signal("TERM");
    download.wait();
    let exported = home.output(&["export"], &secrets);
    serve.stop();

    let mut seen: Vec<(String, Vec<u8>)> = Vec::new();
    for path in home.kept().into_iter().filter(|path| path.is_file()) {
        seen.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    for (name, running) in [("serve", &serve.running), ("download", &download)] {
        seen.push((name.to_owned(), [running.stdout(), running.stderr()].concat().join("\n").into_bytes()));
    }
    for (name, output) in [("simulate", summary), ("config", settings), ("export", exported)] {
        seen.push((name.to_owned(), [output.stdout, output.stderr].concat()));
    }
    assert!(seen.iter().any(|(name, bytes)| name.contains("/log/") && !bytes.is_empty()), "there is a log");
    for (name, bytes) in seen {
        for secret in [SECRET, TOKEN] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name} holds a secret");
        }
    }
}

#[test]
fn serve_and_export_take_the_query_language() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--query", "退货 -type:event"], &[]);
    for text in ["请问退货", "hello", "退货单"] {
        assert_eq!(serve.post(message(text)).status, 200);
    }
    let lines = serve.lines(2);
    assert!(lines[0].contains("请问退货") && lines[1].contains("退货单"), "{lines:?}");
    let exported = home.output(&["export", "--query", "退货"], &[]);
    assert_eq!(String::from_utf8(exported.stdout).unwrap().lines().collect::<Vec<_>>(), lines);
    let refused = home.output(&["export", "--query", "好 typ:text"], &[]);
    assert_eq!(refused.status.code(), Some(2));
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(words.contains("`typ:` is no field\n  好 typ:text\n     ^^^^^^^^\nhint: did you mean `type:`?"), "{words}");
}

#[test]
fn plain_prints_lines_for_people_and_a_summary_in_their_language() {
    for (locale, listening, kind, summary) in [
        ("en_US.UTF-8", "listening on ", " text UNVERIFIED ", "weibox: messages 1, repeated 0"),
        ("zh_CN.UTF-8", "正在监听 ", " 文字 未验签 ", "weibox：收到 1 条消息"),
    ] {
        let home = Home::new();
        let mut command = home.weibox(&["--plain", "--listen", "127.0.0.1:0"]);
        let mut running = Running::start(command.env("LANG", locale));
        let address = running.told(listening).split('/').nth(2).unwrap().parse().unwrap();
        let answer = Connection::to(address).unwrap().call("POST", "/weibo", message("你好 \u{1b}[2J 退货").as_bytes());
        assert_eq!(answer.unwrap().status, 200);
        wait_for("a line", || !running.stdout().is_empty());
        let line = running.stdout().remove(0);
        assert!(line.ends_with("你好 ␛[2J 退货") && line.contains(kind), "{line}");
        running.signal("TERM");
        assert!(running.wait().success());
        running.told(summary);
    }
}
