//! Downloads from a server that misbehaves: the outcome of each answer. Also has the helpers of the queue tests.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weibox::archive::{Archive, Arrival};
use weibox::download::{self, DownloadSettings, Downloads};
use weibox::reason::Reason;
use weibox::record::media::{Board, Stage};
use weibox::record::page::Selection;
use weibox::record::template::Template;
use weibox::weibo::FileId;

mod panics;
mod policy;
mod queue;
mod resume;
mod server;
mod thumbnail;

use server::{Server, answer, ok};

use crate::support::DEADLINE;

const TOKEN: &str = "2.00se_cret/+token";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and so on";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const AMR: &[u8] = b"#!AMR\n\x3c\x91\x17\x16";
const NO_WAIT: &[Duration] = &[Duration::ZERO; 4];

/// Returns 08:15:30 on an arbitrary day, so that pauses are visible.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_791_706_530, 0).unwrap()
}

async fn archive_with(directory: &Path, fids: impl IntoIterator<Item = u64>) -> Archive {
    let archive = Archive::open(directory).unwrap();
    let mut seqs = Vec::new();
    for fid in fids {
        let raw = format!(
            r#"{{"type":"image","receiver_id":1,"sender_id":2,"created_at":"x","text":"","data":{{"vfid":1,"tovfid":{fid}}}}}"#
        );
        seqs.push(archive.insert(Arrival::new(raw, now())).await.unwrap().seq);
    }
    archive.want(Selection::Seqs(seqs), now()).await.unwrap();
    archive
}

/// Returns the file of a medium, anywhere below the media directory.
pub(crate) fn saved(media: &Path, fid: u64) -> Option<PathBuf> {
    let mut open = vec![media.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else if path.file_stem().is_some_and(|stem| stem.to_str().unwrap().ends_with(&format!("-{fid}"))) {
            return Some(path);
        }
    }
    None
}

fn settings(url: &str) -> DownloadSettings {
    DownloadSettings {
        media_url: url.parse().unwrap(),
        concurrency: 2,
        max_bytes: 1000,
        bandwidth: None,
        template: Template::parse("{fid}.{ext}").unwrap(),
        backoff: NO_WAIT,
    }
}

fn start(archive: &Archive, url: &str, token: Option<&str>) -> Downloads {
    let only = vec![(String::new(), token.map(SecretString::from))];
    download::start(archive, &settings(url), only, now, &CancellationToken::new())
}

/// Starts downloads with the usual token, but other settings or another clock.
fn start_with(
    archive: &Archive,
    settings: &DownloadSettings,
    clock: fn() -> DateTime<Utc>,
    stop: &CancellationToken,
) -> Downloads {
    download::start(archive, settings, vec![(String::new(), Some(TOKEN.into()))], clock, stop)
}

async fn finish(downloads: Downloads) -> Board {
    timeout(DEADLINE, downloads.finish()).await.unwrap().unwrap()
}

/// Returns the stage of a medium, with only the words of its reason, as [`failed`] has them.
fn stage(archive: &Archive, fid: u64) -> Stage {
    match archive.reader().unwrap().stage(FileId(fid)).unwrap().unwrap() {
        Stage::Failed { reason } => failed(&reason.to_string()),
        stage @ (Stage::Queued { .. } | Stage::Done { .. }) => stage,
    }
}

/// Fetches file 7 from a server with this behaviour; returns the outcome and the number of requests.
async fn fetch_one(behaviour: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> (Stage, usize, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(behaviour).await;
    let archive = archive_with(directory.path(), [7]).await;
    finish(start(&archive, &server.url, Some(TOKEN))).await;
    let stage = stage(&archive, 7);
    archive.close().await.unwrap();
    (stage, server.heads().len(), directory)
}

fn failed(reason: &str) -> Stage {
    Stage::Failed { reason: Reason::other(reason) }
}

fn done(file: &str, body: &[u8]) -> Stage {
    let sha256 = Sha256::digest(body).iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
    Stage::Done { file: file.to_owned(), bytes: body.len() as u64, sha256: Some(sha256) }
}

/// Returns the names in the media directory.
fn names(directory: &TempDir) -> Vec<String> {
    let entries = directory.path().join("media").read_dir().unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn files_are_named_by_us_whatever_the_server_calls_them() {
    for (body, name) in [(JPEG, "7.jpg"), (PNG, "7.png"), (AMR, "7.amr"), (b"\x01\x02\x03", "7.bin")] {
        let headers =
            "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;filename=\"../../etc/x\"\r\n";
        let (stage, _, directory) = fetch_one(move |_, _| answer("200 OK", headers, body)).await;
        assert_eq!(stage, done(name, body));
        assert_eq!(names(&directory), [name]);
        assert_eq!(std::fs::read(directory.path().join("media").join(name)).unwrap(), body);
    }
}

#[tokio::test]
async fn bytes_outweigh_a_content_type_that_says_text() {
    let (stage, ..) = fetch_one(|_, _| answer("200 OK", "Content-Type: text/html\r\n", AMR)).await;
    assert_eq!(stage, done("7.amr", AMR));
    // As computed by sha256sum.
    let digits = "04666a78c20b3b4b3f3acce3d6c577532dcdcd53ce98b22703d56ebdeca0f882";
    assert!(matches!(stage, Stage::Done { sha256: Some(sha256), .. } if sha256 == digits));
}

#[tokio::test]
async fn the_request_is_the_documented_one() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| ok(JPEG)).await;
    let archive = archive_with(directory.path(), [5_326_071_353_316_787]).await;
    finish(start(&archive, &server.url, Some("2.00abc_D"))).await;
    let heads = server.heads();
    let expected = "GET /2/mss/msget?access_token=2.00abc_D&fid=5326071353316787 HTTP/1.1\r\n";
    assert!(heads[0].starts_with(expected), "{heads:?}");
    assert!(heads[0].contains("accept-encoding: identity\r\n"), "{heads:?}");
    assert!(heads[0].contains(concat!("user-agent: weibox/", env!("CARGO_PKG_VERSION"))), "{heads:?}");
}

#[tokio::test]
async fn answers_that_are_no_files_are_failures_in_words() {
    let error = br#"{"error":"no such file","error_code":28412,"request":"/2/mss/msget"}"#;
    for (status, body, reason, tries) in [
        ("200 OK", error.as_slice(), "Weibo refused it (28412 no such file)", 1),
        ("400 Bad Request", error, "Weibo refused it (28412 no such file)", 1),
        ("404 Not Found", b"", "Weibo answered 404 Not Found", 1),
        ("404 Not Found", JPEG, "Weibo answered 404 Not Found", 1),
        ("200 OK", b"", "Weibo answered with nothing (given up after 5 tries)", 5),
        ("200 OK", b"\n<html>\n login", "Weibo answered with text instead of a file: <html> login", 1),
        ("200 OK", b"[]", "Weibo answered with text instead of a file: []", 1),
    ] {
        let (stage, n, directory) = fetch_one(move |_, _| answer(status, "", body)).await;
        assert_eq!((stage, n), (failed(reason), tries));
        assert!(names(&directory).is_empty());
    }
}

#[tokio::test]
async fn what_is_encoded_though_nobody_asked_for_it_is_no_file() {
    let (stage, n, directory) = fetch_one(|_, _| answer("200 OK", "Content-Encoding: gzip\r\n", JPEG)).await;
    assert_eq!((stage, n), (failed("Weibo answered in an encoding that was not asked for"), 1));
    assert!(names(&directory).is_empty());
    let (stage, ..) = fetch_one(|_, _| answer("200 OK", "Content-Encoding: identity\r\n", JPEG)).await;
    assert_eq!(stage, done("7.jpg", JPEG));
}

#[tokio::test]
async fn what_can_pass_is_tried_again() {
    let (stage, n, _) = fetch_one(|_, earlier| match earlier {
        0 => answer("500 Internal Server Error", "", b"oops"),
        1 => answer("200 OK", "", br#"{"error":"busy","error_code":"10009"}"#),
        _ => ok(JPEG),
    })
    .await;
    assert_eq!((stage, n), (done("7.jpg", JPEG), 3));
}

#[tokio::test]
async fn a_cut_file_is_no_file() {
    let cut = || b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n\xff\xd8\xff\xe0\0\x10JFIF and no more".to_vec();
    let (stage, n, directory) = fetch_one(move |_, _| cut()).await;
    assert!(
        matches!(&stage, Stage::Failed { reason } if reason.to_string().starts_with("the connection failed: ")),
        "{stage:?}"
    );
    assert!(
        matches!(&stage, Stage::Failed { reason } if reason.to_string().ends_with(" (given up after 5 tries)")),
        "{stage:?}"
    );
    assert_eq!(n, 5);
    assert!(names(&directory).is_empty());
    let (stage, ..) = fetch_one(move |_, earlier| if earlier == 0 { cut() } else { ok(JPEG) }).await;
    assert_eq!(stage, done("7.jpg", JPEG));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_given_up_with_and_without_a_length() {
    let body = [JPEG, &[0; 2000]].concat();
    let (told, without) = (body.clone(), body);
    let (stage, n, _) = fetch_one(move |_, _| ok(&told)).await;
    assert_eq!((stage, n), (failed("it is larger than 1000 bytes"), 1));
    let (stage, n, directory) =
        fetch_one(move |_, _| [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", without.as_slice()].concat()).await;
    assert_eq!((stage, n), (failed("it is larger than 1000 bytes"), 1));
    assert!(names(&directory).is_empty());
}

#[tokio::test]
async fn redirects_stay_with_their_host_and_the_token_too() {
    let (stage, ..) =
        fetch_one(
            |target, _| {
                if target == "/elsewhere" { ok(PNG) } else { answer("302 Found", "Location: /elsewhere\r\n", b"") }
            },
        )
        .await;
    assert_eq!(stage, done("7.png", PNG));

    let other = Server::start(|_, _| ok(PNG)).await;
    let location = format!("Location: {}?again\r\n", other.url);
    let (stage, n, _) = fetch_one(move |_, _| answer("302 Found", &location, b"")).await;
    assert_eq!((stage, n), (failed("redirected to another host"), 1));
    assert!(other.heads().is_empty());

    let (stage, n, _) = fetch_one(|_, _| answer("302 Found", "Location: /2/mss/msget\r\n", b"")).await;
    assert_eq!((stage, n), (failed("redirected too often"), 4));
}

#[tokio::test]
async fn the_token_is_in_no_reason_and_nowhere_on_disk() {
    let echo = |target: &str| target.split(['=', '&']).nth(1).unwrap().to_owned();
    let (stage, _, directory) = fetch_one(move |target, earlier| match earlier {
        0 => answer("503 Service Unavailable", "", format!("<html>{TOKEN}").as_bytes()),
        1 => answer("500 Internal Server Error", "", format!("you said {target}").as_bytes()),
        _ => ok(format!(r#"{{"error":"{TOKEN} or {}","error_code":1}}"#, echo(target)).as_bytes()),
    })
    .await;
    assert_eq!(stage, failed("Weibo refused it (1 [access token] or [access token])"));
    for entry in directory.path().read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!holds(TOKEN) && !holds("se_cret"), "{path:?}");
        }
    }
}

#[tokio::test]
async fn nobody_listening_is_a_failure_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let archive = archive_with(directory.path(), [7]).await;
    assert_eq!(finish(start(&archive, &url, Some(TOKEN))).await.failed, 1);
    let Stage::Failed { reason } = stage(&archive, 7) else { unreachable!() };
    assert!(reason.to_string().starts_with("the connection failed: Connection refused"), "{reason}");
}
