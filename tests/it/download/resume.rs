//! Interrupted files: the rest is requested, and accepted only if it belongs to the same file.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weibox::record::media::Stage;

use super::server::{Server, answer, ok};
use super::{
    DEADLINE, JPEG, TOKEN, archive_with, done, failed, fetch_one, finish, names, now, saved, settings, start,
    start_with,
};
use crate::support::{Home, Running};

/// The bytes of a file that arrive before the connection breaks.
const CUT: usize = 600;
/// The offset of the next request: the end of the existing bytes proves that the rest belongs to them.
const FROM: usize = CUT - 64;
const TAG: &str = "ETag: \"a\"\r\n";

fn picture() -> Vec<u8> {
    let bytes = (0..900_u32).map(|n| (n * 7 % 251) as u8).collect::<Vec<_>>();
    [JPEG, &bytes].concat()
}

/// Returns the first bytes of a picture, with the headers of the whole.
fn cut(headers: &str) -> Vec<u8> {
    let picture = picture();
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", picture.len());
    [head.as_bytes(), &picture[..CUT]].concat()
}

fn piece(range: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    answer("206 Partial Content", &format!("Content-Range: {range}\r\n{headers}"), body)
}

/// Answers with a cut picture, then with `second`, then with the whole one; returns the outcome, the file, and
/// the number of requests.
async fn after_a_cut(headers: &'static str, second: Vec<u8>) -> (Stage, Vec<u8>, usize) {
    let (stage, n, directory) = fetch_one(move |_, earlier| match earlier {
        0 => cut(headers),
        1 => second.clone(),
        _ => answer("200 OK", "", &picture()),
    })
    .await;
    assert_eq!(names(&directory), ["7.jpg"]);
    (stage, std::fs::read(directory.path().join("media/7.jpg")).unwrap(), n)
}

#[tokio::test]
async fn a_part_that_nobody_asked_for_is_no_file() {
    let part = || piece("bytes 100-914/915", "", &picture()[100..]);
    let (stage, _, directory) = fetch_one(move |_, _| part()).await;
    assert_eq!(stage, failed("Weibo answered with a part of the file that was not asked for (given up after 5 tries)"));
    assert_eq!(names(&directory), [""; 0]);
}

#[tokio::test]
async fn a_cut_file_goes_on_where_it_ended() {
    assert_eq!(picture().len(), 920);
    for headers in [TAG, "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\nLast-Modified: Tue, 24 Nov 2026 07:59:00 GMT\r\n"] {
        let second = piece("bytes 536-919/920", headers, &picture()[FROM..]);
        let (stage, file, n) = after_a_cut(headers, second).await;
        assert_eq!((stage, n), (done("7.jpg", &picture()), 2));
        assert_eq!(file, picture());
    }
}

#[tokio::test]
async fn a_piece_that_is_not_the_one_asked_for_is_not_believed() {
    let rest = &picture()[FROM..];
    for second in [
        piece("bytes 0-919/920", TAG, &picture()),
        piece("bytes 535-919/920", TAG, rest),
        piece("bytes 536-919/921", TAG, rest),
        piece("bytes 536-919/*", TAG, rest),
        piece("bytes 536-700/920", TAG, &picture()[FROM..=700]),
        piece("bytes 536-919/920", TAG, &picture()[FROM..800]),
        piece("bytes 536-919/920", "ETag: \"b\"\r\n", rest),
        piece("bytes 536-919/920", "", rest),
        piece("600 and more", TAG, rest),
        answer("206 Partial Content", TAG, rest),
        answer("416 Range Not Satisfiable", "Content-Range: bytes */5\r\n", b""),
    ] {
        let words = String::from_utf8_lossy(&second).into_owned();
        let (stage, file, n) = after_a_cut(TAG, second).await;
        assert_eq!((stage, n), (done("7.jpg", &picture()), 3), "{words}");
        assert_eq!(file, picture(), "{words}");
    }
}

#[tokio::test]
async fn a_piece_that_is_not_what_it_says_is_told_by_its_beginning() {
    let n_missing = picture().len() - FROM;
    for start in [0, 1, FROM - 1] {
        let piece = piece("bytes 536-919/920", TAG, &picture()[start..start + n_missing]);
        let (stage, file, n) = after_a_cut(TAG, piece).await;
        assert_eq!((stage, n), (done("7.jpg", &picture()), 3), "from {start}");
        assert_eq!(file, picture(), "from {start}");
    }
}

#[tokio::test]
async fn a_rest_of_no_known_length_is_counted() {
    let (rest, range) = (&picture()[FROM..], "Content-Range: bytes 536-919/920\r\n");
    for (body, n_calls) in [(rest.to_vec(), 2), (rest[1..].to_vec(), 3), ([rest, b"!"].concat(), 3)] {
        let head = format!("HTTP/1.1 206 Partial Content\r\nConnection: close\r\n{range}{TAG}\r\n");
        let (stage, file, n) = after_a_cut(TAG, [head.as_bytes(), &body].concat()).await;
        assert_eq!((stage, n), (done("7.jpg", &picture()), n_calls), "{}", body.len());
        assert_eq!(file, picture());
    }
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_taken_whole() {
    let other = [JPEG, b" of another picture".as_slice()].concat();
    let (stage, file, n) = after_a_cut(TAG, answer("200 OK", "ETag: \"b\"\r\n", &other)).await;
    assert_eq!((stage, n), (done("7.jpg", &other), 2));
    assert_eq!(file, other);
}

#[tokio::test]
async fn without_a_sure_sign_that_it_is_the_same_file_no_rest_is_asked_for() {
    for headers in [
        "",
        "ETag: W/\"a\"\r\n",
        "ETag: \"2.00se_cret/+token\"\r\n",
        "Last-Modified: Tue, 24 Nov 2026 07:59:00 GMT\r\n",
        "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\nLast-Modified: Tue, 24 Nov 2026 07:59:30 GMT\r\n",
    ] {
        let rest = piece("bytes 536-919/920", headers, &picture()[FROM..]);
        let (stage, file, n) = after_a_cut(headers, rest).await;
        assert_eq!((stage, n), (done("7.jpg", &picture()), 3), "{headers}");
        assert_eq!(file, picture());
    }
}

#[tokio::test]
async fn only_a_beginning_that_is_as_it_was_left_is_gone_on_from() {
    for (is_spoilt, from) in [(false, Some("range: bytes=536-\r\n")), (true, None)] {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start_shut(|_, earlier| if earlier == 0 { cut(TAG) } else { ok(&picture()) }).await;
        let archive = archive_with(directory.path(), [7]).await;
        let stop = CancellationToken::new();
        let downloads = start_with(&archive, &settings(&server.url), now, &stop);
        server.gate.add_permits(1);
        server.has_heads(2).await;
        stop.cancel();
        downloads.join().await.unwrap();
        let part = directory.path().join("media/7.part");
        let mut beginning = std::fs::read(&part).unwrap();
        assert_eq!(beginning, picture()[..CUT]);
        if is_spoilt {
            beginning[300] ^= 1;
            std::fs::write(&part, &beginning).unwrap();
        }
        server.gate.add_permits(10);
        finish(start(&archive, &server.url, Some(TOKEN))).await;
        let heads = server.heads();
        assert_eq!(
            heads[2].lines().map(|line| format!("{line}\r\n")).find(|line| line.starts_with("range")).as_deref(),
            from
        );
        assert_eq!(heads[2].contains("if-range: \"a\"\r\n"), from.is_some());
        assert_eq!(std::fs::read(directory.path().join("media/7.jpg")).unwrap(), picture());
        assert_eq!(names(&directory), ["7.jpg"]);
    }
}

#[tokio::test]
async fn a_killed_program_goes_on_where_its_connection_was() {
    /// The maximum number of bytes before the kill.
    const FIRST: usize = 300_000;
    let whole: Vec<u8> = [JPEG, &vec![7; 400_000]].concat();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let home = Home::new();
    let archive = archive_with(&home.data_dir(), [7]).await;
    archive.close().await.unwrap();
    let spawn = || {
        let mut command = home.weibox(&["download", "--all", "--media-url", &url]);
        Running::start(command.env("WEIBOX_ACCESS_TOKEN", TOKEN))
    };
    let child = spawn();
    let (mut stream, _) = asked(&listener).await;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{TAG}\r\n", whole.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // Sends slowly until the progress is saved.
    let note = home.data_dir().join("media/7.part.json");
    let mut sent = 0;
    while !note.exists() {
        stream.write_all(&whole[sent..sent + 100]).await.unwrap();
        sent += 100;
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(sent < FIRST, "nothing was noted");
    }
    child.signal("KILL");
    let mut child = spawn();
    let (mut stream, head) = asked(&listener).await;
    let from = head.lines().find_map(|line| line.strip_prefix("range: bytes=")).unwrap();
    let from: usize = from.trim_end_matches('-').parse().unwrap();
    assert!(from > 0 && from <= sent, "{from} of {sent}");
    let (total, last) = (whole.len(), whole.len() - 1);
    let range = format!("Content-Range: bytes {from}-{last}/{total}\r\n{TAG}");
    stream.write_all(&answer("206 Partial Content", &range, &whole[from..])).await.unwrap();
    assert!(child.wait().success());
    assert_eq!(std::fs::read(saved(&home.data_dir().join("media"), 7).unwrap()).unwrap(), whole);
    assert_eq!(home.data_dir().join("media").read_dir().unwrap().count(), 1);
}

/// Returns the next connection and its request.
async fn asked(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = timeout(DEADLINE, listener.accept()).await.unwrap().unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(head).unwrap())
}
