//! The output of `serve` is gone or full: messages are still answered and stored, and lines are printed when
//! possible.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};

use super::{is_answered_in_time, logged};
use crate::support::{DEADLINE, Home, Running, SECRET, Serve, wait_for};

fn serve_into(home: &Home, args: &[&str], stdout: impl Into<Stdio>) -> Serve {
    let mut command = home.weibox(&[&["serve", "--listen", "127.0.0.1:0"], args].concat());
    command.env("WEIBOX_APP_SECRET", SECRET);
    Serve::into_pipe(&mut command, stdout, SECRET)
}

/// Returns the texts of the lines from a pipe as they arrive.
fn texts(pipe: File) -> Receiver<String> {
    let (texts_tx, texts_rx) = sync_channel(16);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            if texts_tx.send(line["text"].as_str().unwrap().to_owned()).is_err() {
                return;
            }
        }
    });
    texts_rx
}

fn n_told(serve: &Serve, words: &str) -> usize {
    serve.running.stderr().iter().filter(|line| line.contains(words)).count()
}

#[test]
fn a_reader_that_has_gone_ends_no_listening_and_gets_its_lines_when_it_is_back() {
    let home = Home::new();
    let pipe = home.path("lines");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Does not wait for a writer.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let first = OpenOptions::new().read(true).custom_flags(nonblocking).open(&pipe).unwrap();
    let mut serve = serve_into(&home, &[], OpenOptions::new().write(true).open(&pipe).unwrap());
    drop(first);
    for words in ["one", "two", "three"] {
        is_answered_in_time(&serve, words);
    }
    wait_for("a word about it", || n_told(&serve, "cannot print: ") == 1);
    assert!(serve.running.stderr().iter().any(|line| line.contains("hint: `--count N`")));
    is_answered_in_time(&serve, "four");
    let second = File::open(&pipe).unwrap();
    wait_for("a word that it goes on", || n_told(&serve, "printing goes on") == 1);
    let texts = texts(second);
    for words in ["one", "two", "three", "four"] {
        assert_eq!(texts.recv_timeout(DEADLINE).unwrap(), words);
    }
    assert_eq!(n_told(&serve, "cannot print: "), 1, "once, however many lines wait");
    assert_eq!(logged(&home).matches("cannot print").count(), 1);
    serve.stop();
}

#[test]
fn a_full_disk_below_the_lines_ends_no_listening() {
    let home = Home::new();
    let mut serve = serve_into(&home, &[], OpenOptions::new().write(true).open("/dev/full").unwrap());
    is_answered_in_time(&serve, "one");
    wait_for("a word about it", || n_told(&serve, "cannot print: No space left on device") == 1);
    is_answered_in_time(&serve, "two");
    assert_eq!(home.records().len(), 2);
    serve.running.signal("TERM");
    assert_eq!(serve.running.wait().code(), Some(1), "lines were lost: {:?}", serve.running.stderr());
}

#[test]
fn what_is_said_on_a_stderr_that_has_gone_ends_no_listening() {
    let home = Home::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = home.weibox(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::null()).stderr(writer).spawn().unwrap();
    wait_for("listening", || {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        home.data_dir().exists() && logged(&home).contains("listening")
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn so_many_lines_as_were_asked_for_end_it() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--count", "2"], &[("WEIBOX_APP_SECRET", SECRET)]);
    let Serve { mut running, address, .. } = serve;
    let post = |words: &str| {
        let body = crate::support::message(words);
        let target = crate::support::target(SECRET);
        crate::support::Connection::to(address).unwrap().call("POST", &target, body.as_bytes()).unwrap().status
    };
    assert_eq!(post("one"), 200);
    assert_eq!(post("two"), 200);
    assert_eq!(running.wait().code(), Some(0));
    assert_eq!(running.stdout().len(), 2);
    let refused = home.output(&["serve", "--count", "0"], &[]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_demo_ends_with_whoever_reads_it() {
    let home = Home::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut demo = Running::into_pipe(&mut home.weibox(&["demo"]), writer);
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).unwrap();
    assert_eq!(demo.wait().code(), Some(0), "{:?}", demo.stderr());
}
