//! `weibox import`: what is restored, what is known already, what is refused, and that a listener beside it is
//! not delayed.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use weibox::query::Query;
use weibox::record::page::{Anchor, Counts, Request};
use weibox::weibo::identity::former_identity;

use crate::command::payloads;
use crate::index::check_index;
use crate::pace::Pace;
use crate::pty::Pty;
use crate::support::{Home, SECRET, Serve, message};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn export(home: &Home) -> String {
    text(home.output(&["export"], &[]).stdout)
}

/// Writes a file into the home directory and imports it.
fn import(home: &Home, lines: &str) -> Output {
    let path = file(home, "lines.jsonl", lines);
    let imported = home.output(&["import", path.to_str().unwrap()], &[]);
    check_index(&home.data_dir());
    imported
}

fn file(home: &Home, name: &str, lines: impl AsRef<[u8]>) -> PathBuf {
    fs::write(home.path(name), lines).unwrap();
    home.path(name)
}

fn counts(home: &Home) -> Counts {
    home.reader()
        .page(
            &Request { query: Query::default(), anchor: Anchor::Newest, limit: 1, ..Request::default() },
            weibox::run::clock::now(),
        )
        .unwrap()
        .counts
}

fn words(output: Output) -> String {
    text(output.stderr)
}

#[test]
fn an_export_that_is_imported_exports_the_same() {
    let home = Home::new();
    home.configure("[[reply]]\nkind = \"text\"\ntext = \"hello yourself\"");
    let mut serve = Serve::signed(&home);
    for body in payloads().iter().chain(payloads().get(..4).unwrap()) {
        assert_eq!(serve.post(body).status, 200, "{body}");
    }
    assert_eq!(serve.post(b"<xml>\xff").status, 200);
    serve.stop();
    let exported = export(&home);
    for member in ["\"deliveries\":2", "\"verified\":true", "\"reply\":", "\"type\":\"unreadable\"", "\"raw\":"] {
        assert!(exported.contains(member), "{member}");
    }
    let other = Home::new();
    let imported = import(&other, &exported);
    assert_eq!(imported.status.code(), Some(0));
    assert_eq!(words(imported), format!("{} imported, 0 there already\n", exported.lines().count()));
    assert_eq!(export(&other), exported);
    assert_eq!(counts(&other), counts(&home));

    let again = import(&other, &exported);
    assert_eq!(words(again), format!("0 imported, {} there already\n", exported.lines().count()));
    assert_eq!(counts(&other), counts(&home));
    assert_eq!(export(&other), exported);
}

#[test]
fn a_message_that_an_earlier_version_kept_under_its_former_identity_is_there_already() {
    let line = |id: u8| {
        message("hello").replace('{', &format!(r#"{{"id":{id},"#)).replace(&format!(r#"{{"id":{id},}}"#), "{}")
    };
    let home = Home::new();
    import(&home, &line(7));
    let record = home.records().remove(0);
    let former = former_identity(&record.message, &record.raw).unwrap();
    let archive = rusqlite::Connection::open(home.data_dir().join("weibox.db")).unwrap();
    archive.execute("UPDATE messages SET identity = ?1, is_starred = 1", [former]).unwrap();
    archive.close().unwrap();
    assert_eq!(words(import(&home, &export(&home))), "0 imported, 1 there already\n");
    assert_eq!(words(import(&home, &line(8))), "1 imported, 0 there already\n");

    // Its row is whole, and keeps that identity and its marks.
    let other = Home::new();
    let imported = other.output(&["import", home.data_dir().to_str().unwrap()], &[]);
    assert_eq!(words(imported), "2 imported, 0 there already\n");
    assert_eq!(other.records(), home.records());
    assert_eq!(words(import(&other, &export(&home))), "0 imported, 2 there already\n");
}

#[test]
fn what_serve_printed_and_what_weibo_sent_is_imported_from_stdin() {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    for body in ["one", "two"] {
        assert_eq!(serve.post(message(body)).status, 200);
    }
    let mut lines = serve.lines(2);
    serve.stop();
    lines.push(message("three"));

    let other = Home::new();
    let mut command = other.weibox(&["import", "-"]);
    let mut import = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Without a line break at the end.
    import.stdin.take().unwrap().write_all(lines.join("\n\n").as_bytes()).unwrap();
    let ended = import.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), text(ended.stderr).as_str()), (Some(0), "3 imported, 0 there already\n"));
    let texts: Vec<_> = other.records().into_iter().map(|record| record.message.text).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[test]
fn lines_that_cannot_be_read_are_named_and_the_others_imported() {
    let home = Home::new();
    let lines = format!("{}\nnonsense\n\n{{\"seq\":0,\"received_at\":1}}\n{}\n", message("one"), message("two"));
    let (first, second) = (file(&home, "first", lines), file(&home, "second", "[]\n"));
    let refused = home.output(&["import", first.to_str().unwrap(), second.to_str().unwrap()], &[]);
    assert_eq!(refused.status.code(), Some(1));
    let words = words(refused);
    let told: Vec<_> = words.lines().collect();
    let [third_line, fourth_line, other_file, summary] = told.as_slice() else { panic!("{words}") };
    assert!(third_line.starts_with(&format!("{}:2: the body is not JSON", first.display())), "{words}");
    assert_eq!(*fourth_line, format!("{}:4: `seq` is not a number from 1 to 9007199254740992", first.display()));
    assert_eq!(*other_file, format!("{}:1: the body is JSON, but not an object", second.display()));
    assert_eq!(*summary, "2 imported, 0 there already, 3 lines refused");
    assert_eq!(home.records().len(), 2);
}

#[test]
fn a_file_that_is_missing_is_told_before_anything_is_imported() {
    let home = Home::new();
    let there = file(&home, "there", message("one"));
    let refused = home.output(&["import", there.to_str().unwrap(), "/nowhere/at-all"], &[]);
    assert_eq!(refused.status.code(), Some(1));
    let words = words(refused);
    assert!(words.contains("cannot open `/nowhere/at-all`: No such file"), "{words}");
    assert!(!home.data_dir().exists());
}

#[test]
fn numbers_are_kept_by_an_empty_archive_only_and_never_go_back() {
    let line = |seq: u64, words: &str| {
        let number =
            format!("\"seq\":{seq},\"received_at\":\"2024-07-16T10:09:21Z\",\"verified\":true,\"deliveries\":1");
        format!("{{{number},{}\n", message(words).strip_prefix('{').unwrap())
    };
    let seqs = |home: &Home| home.records().into_iter().map(|record| record.seq).collect::<Vec<_>>();
    let home = Home::new();
    import(&home, &[line(3, "a"), line(9, "b"), line(4, "c"), line(12, "d")].concat());
    assert_eq!(seqs(&home), [3, 9, 10, 12]);
    import(&home, &line(100, "e"));
    assert_eq!(seqs(&home), [3, 9, 10, 12, 13]);
}

#[test]
fn answers_are_in_time_while_an_import_runs_beside_the_listener() {
    let home = Home::new();
    let serve = Serve::start(&home, &[], &[("WEIBOX_APP_SECRET", SECRET)]);
    let lines: String = (0..4000).map(|number| message(&format!("imported {number}")) + "\n").collect();
    let path = file(&home, "lines.jsonl", lines);
    let mut import = home.weibox(&["import", path.to_str().unwrap()]);
    let mut import = import.stderr(Stdio::piped()).spawn().unwrap();
    let pace = Pace::of(serve.running.id());
    let (mut slowest, mut n_posted) = (Duration::ZERO, 0);
    while import.try_wait().unwrap().is_none() {
        let started_at = Instant::now();
        serve.keep(message(&format!("posted {n_posted}")));
        slowest = slowest.max(started_at.elapsed());
        n_posted += 1;
    }
    let ended = import.wait_with_output().unwrap();
    let words = text(ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{words}");
    assert!(words.contains("another weibox has this archive") && words.contains("4000 imported"), "{words}");
    pace.assert_took(slowest, Duration::from_secs(1), "the slowest answer");
    assert_eq!(home.records().len(), 4000 + n_posted);
    check_index(&home.data_dir());
}

#[test]
fn nobody_may_begin_to_listen_while_an_import_has_the_archive() {
    let home = Home::new();
    let mut command = home.weibox(&["import", "-"]);
    let mut import = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    crate::support::wait_for("the lock", || {
        fs::read_to_string(home.path("data/weibox.lock")).is_ok_and(|holder| holder.ends_with("(weibox import)"))
    });
    let refused = home.output(&["serve", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(refused.status.code(), Some(1));
    let words = words(refused);
    assert!(words.contains(&format!("in use by process {} (weibox import)", import.id())), "{words}");
    drop(import.stdin.take());
    assert!(import.wait().unwrap().success());
}

#[test]
fn a_running_dashboard_shows_what_another_process_imported() {
    let home = Home::new();
    let user = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.data_dir().to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", user.path());
    let mut pty = Pty::spawn(command, 100, 30);
    pty.wait_for_text("Waiting for the first message");
    assert_eq!(import(&home, &message("from elsewhere")).status.code(), Some(0));
    pty.send("j");
    pty.wait_for_text("from elsewhere");
    pty.send("q");
    assert!(pty.wait().success());
}
