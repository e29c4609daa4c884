//! The order of downloads, who fetches them, and what survives.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weibox::archive::{AccountFilter, Archive, PruneBatch, Tally};
use weibox::download::DownloadSettings;
use weibox::reason::downloads;
use weibox::record::media::{Progress, Queue, Stage};
use weibox::record::page::Selection;
use weibox::weibo::{FileId, Kind, UserId};

use super::server::{Server, answer, ok};
use super::{
    DEADLINE, JPEG, PNG, TOKEN, archive_with, done, failed, fetch_one, finish, names, now, settings, stage, start,
    start_with,
};
use crate::support::{Home, Running};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_is_told_whatever_goes_meanwhile() {
    let home = Home::new();
    let archive = archive_with(&home.data_dir(), [7, 8, 9]).await;
    for fid in [8, 9].map(FileId) {
        let stage = Stage::Done { file: format!("{fid}.jpg"), bytes: 1, sha256: None };
        archive.settle(fid, stage).await.unwrap();
    }
    let server = Server::start_shut(|_, _| ok(JPEG)).await;
    let mut command = home.weibox(&["download", "--all", "--media-url", &server.url]);
    let mut child = Running::start(command.env("WEIBOX_ACCESS_TOKEN", TOKEN));
    server.has_heads(1).await;
    // As the retention of another weibox process does.
    archive.prune(PruneBatch { media: [8, 9].map(FileId).to_vec(), ..PruneBatch::default() }).await.unwrap();
    server.gate.add_permits(1);
    let status = child.wait();
    assert!(
        status.success() && child.stderr().iter().any(|line| line.starts_with("1 saved in ")),
        "{:?}",
        child.stderr()
    );
}

#[tokio::test]
async fn a_refused_token_stops_the_queue_and_burns_nothing_and_a_new_one_continues_it() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|target, _| {
        if target.contains("token=new&") { ok(JPEG) } else { ok(br#"{"error":"expired_token","error_code":21327}"#) }
    })
    .await;
    let archive = archive_with(directory.path(), 1..=20).await;
    let board = finish(start(&archive, &server.url, Some(TOKEN))).await;
    assert_eq!(board.queue, Queue::TokenRefused(downloads::TOKEN_EXPIRED.with("21327 expired_token")));
    assert_eq!((board.queued, board.done, board.failed), (20, 0, 0));
    assert!(server.heads().len() <= 3, "{} requests", server.heads().len());
    for fid in 1..=20 {
        assert!(matches!(stage(&archive, fid), Stage::Queued { attempts: 0, reason: None, .. }));
    }
    archive.close().await.unwrap();

    let archive = Archive::open(directory.path()).unwrap();
    let board = finish(start(&archive, &server.url, Some("new"))).await;
    assert_eq!((board.queue, board.queued, board.done), (Queue::Open, 0, 20));
    assert_eq!(names(&directory).len(), 20);
}

#[tokio::test]
async fn without_a_token_everything_waits_and_nothing_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| ok(JPEG)).await;
    let archive = archive_with(directory.path(), [7]).await;
    for token in [None, Some("")] {
        let downloads = start(&archive, &server.url, token);
        assert_eq!(downloads.board().borrow().queue, Queue::NoToken, "before they looked");
        let board = finish(downloads).await;
        assert_eq!((board.queue, board.queued), (Queue::NoToken, 1));
    }
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn too_many_calls_pause_the_queue_until_the_next_hour() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| answer("403 Forbidden", "", br#"{"error":"x","error_code":10023}"#)).await;
    let archive = archive_with(directory.path(), [7]).await;
    let board = finish(start(&archive, &server.url, Some(TOKEN))).await;
    let reason = downloads::ACCOUNT_CALLS_TOO_MUCH.with("10023 x");
    let until = DateTime::from_timestamp(1_791_709_200, 0).unwrap();
    assert_eq!((board.queue, board.queued), (Queue::Paused { reason, until }, 1));
    assert!(matches!(stage(&archive, 7), Stage::Queued { attempts: 0, .. }));
}

#[tokio::test]
async fn a_server_that_says_when_to_come_back_pauses_the_queue_until_then() {
    const CODE: &[u8] = br#"{"error":"x","error_code":10023}"#;
    let date = "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\nRetry-After: ";
    for (status, headers, body, seconds) in [
        ("429 Too Many Requests", "Retry-After: 90\r\n".to_owned(), b"".as_slice(), 90),
        ("503 Service Unavailable", "Retry-After:  5 \r\n".to_owned(), b"busy", 5),
        ("503 Service Unavailable", format!("{date}Tue, 24 Nov 2026 08:02:00 GMT\r\n"), b"", 120),
        ("503 Service Unavailable", format!("{date}Tue, 24 Nov 2026 07:00:00 GMT\r\n"), b"", 1),
        ("429 Too Many Requests", "Retry-After: 0\r\n".to_owned(), b"", 1),
        ("429 Too Many Requests", "Retry-After: 4000000000\r\n".to_owned(), b"", 24 * 3600),
        ("403 Forbidden", "Retry-After: 60\r\n".to_owned(), CODE, 60),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let words = headers.clone();
        let server = Server::start(move |_, _| answer(status, &headers, body)).await;
        let archive = archive_with(directory.path(), [7]).await;
        let board = finish(start(&archive, &server.url, Some(TOKEN))).await;
        let Queue::Paused { until, .. } = board.queue else { panic!("{words}: {:?}", board.queue) };
        assert_eq!((until, board.queued), (now() + TimeDelta::seconds(seconds), 1), "{words}");
        assert!(matches!(stage(&archive, 7), Stage::Queued { attempts: 0, .. }));
    }
}

#[tokio::test]
async fn a_wish_to_be_left_alone_that_means_nothing_is_a_failure_as_without() {
    for headers in ["Retry-After: soon\r\n", "Retry-After: -1\r\n", "Retry-After: Tue, 24 Nov 2026 08:02:00 GMT\r\n"] {
        let (stage, n, _directory) = fetch_one(move |_, _| answer("503 Service Unavailable", headers, b"")).await;
        assert_eq!((stage, n), (failed("Weibo answered 503 Service Unavailable (given up after 5 tries)"), 5));
    }
    let (stage, n, _directory) = fetch_one(|_, _| answer("404 Not Found", "Retry-After: 60\r\n", b"")).await;
    assert_eq!((stage, n), (failed("Weibo answered 404 Not Found"), 1), "it does not pass");
}

#[tokio::test]
async fn a_pause_ends_with_the_hour() {
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    let clock = || now() + TimeDelta::seconds(SECONDS.load(Ordering::Relaxed));
    let directory = tempfile::tempdir().unwrap();
    let limit = br#"{"error":"x","error_code":10024}"#;
    let server = Server::start(move |_, earlier| ok(if earlier == 0 { limit } else { JPEG })).await;
    let archive = archive_with(directory.path(), [7]).await;
    let stop = CancellationToken::new();
    let downloads = start_with(&archive, &settings(&server.url), clock, &stop);
    let mut board = downloads.board();
    let paused = board.wait_for(|board| matches!(board.queue, Queue::Paused { .. }));
    timeout(DEADLINE, paused).await.unwrap().unwrap();
    SECONDS.store(3600, Ordering::Relaxed);
    archive.want(Selection::Seqs(vec![1]), now()).await.unwrap();
    timeout(DEADLINE, board.wait_for(|board| board.done == 1)).await.unwrap().unwrap();
    assert_eq!((finish(downloads).await.done, server.heads().len()), (1, 2));
}

#[tokio::test]
async fn a_failed_file_waits_its_time_and_holds_no_other_up() {
    const WAITS: &[Duration] = &[Duration::from_millis(200), Duration::from_secs(1)];
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let clock = || now() + START.elapsed();
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|target, earlier| {
        if target.ends_with("=1") && earlier < 2 { answer("503 Unavailable", "", b"") } else { ok(JPEG) }
    })
    .await;
    let archive = archive_with(directory.path(), 1..=5).await;
    let settings = DownloadSettings { backoff: WAITS, ..settings(&server.url) };
    let began = Instant::now();
    let board = finish(start_with(&archive, &settings, clock, &CancellationToken::new())).await;
    assert_eq!((board.done, server.heads().len()), (5, 7));
    assert!(began.elapsed() >= Duration::from_millis(1200));
    assert!(server.heads()[6].contains("fid=1 "));
}

#[tokio::test]
async fn a_file_that_another_process_fetches_is_left_to_it_until_it_lets_go() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| ok(JPEG)).await;
    let archive = archive_with(directory.path(), [7, 8]).await;
    let lock = std::fs::File::create(archive.media_dir().join("7.lock")).unwrap();
    lock.lock().unwrap();
    // What a dead process leaves behind: more bytes than the whole file, so that a remainder would show.
    std::fs::write(archive.media_dir().join("7.part"), [0; 5000]).unwrap();
    let downloads = start(&archive, &server.url, Some(TOKEN));
    let mut board = downloads.board();
    timeout(DEADLINE, board.wait_for(|board| board.done == 1)).await.unwrap().unwrap();
    assert!(server.heads()[0].contains("fid=8 "));
    drop(lock);
    assert_eq!((finish(downloads).await.done, server.heads().len()), (2, 2));
    assert_eq!(names(&directory), ["7.jpg", "8.jpg"]);
    assert_eq!(std::fs::read(archive.media_dir().join("7.jpg")).unwrap(), JPEG);
}

#[tokio::test]
async fn a_running_download_shows_how_far_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/any/path", listener.local_addr().unwrap());
    let archive = archive_with(directory.path(), [7]).await;
    let downloads = start(&archive, &url, Some(TOKEN));
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n").await.unwrap();
    stream.write_all(JPEG).await.unwrap();
    let mut board = downloads.board();
    let half = Progress { fid: FileId(7), received: 20, total: Some(40) };
    let shown = board.wait_for(|board| board.running.first() == Some(&half));
    timeout(DEADLINE, shown).await.unwrap().unwrap();
    assert_eq!(names(&directory), ["7.lock", "7.part"]);
    stream.write_all(JPEG).await.unwrap();
    assert_eq!(finish(downloads).await.done, 1);
    assert_eq!(stage(&archive, 7), done("7.jpg", &[JPEG, JPEG].concat()));
}

#[tokio::test]
async fn no_more_files_are_fetched_at_once_than_allowed_and_all_are_seen_running() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_shut(|_, _| ok(JPEG)).await;
    let archive = archive_with(directory.path(), 1..=6).await;
    let downloads = start(&archive, &server.url, Some(TOKEN));
    for answered in 0..=4 {
        server.has_heads(answered + 2).await;
        let mut board = downloads.board();
        let full = board.wait_for(|board| board.running.len() == 2 && board.done == answered as u64);
        let waiting = timeout(DEADLINE, full).await.unwrap().unwrap().queued;
        assert_eq!(waiting, 6 - answered as u64);
        assert_eq!(server.heads().len(), answered + 2);
        server.gate.add_permits(1);
    }
    server.gate.add_permits(1);
    assert_eq!(finish(downloads).await.done, 6);
}

#[tokio::test]
async fn two_queues_on_one_archive_fetch_a_file_once() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| ok(JPEG)).await;
    let one = archive_with(directory.path(), 1..=30).await;
    let two = Archive::open(directory.path()).unwrap();
    let (first, second) = (start(&one, &server.url, Some(TOKEN)), start(&two, &server.url, Some(TOKEN)));
    let (first, second) = tokio::join!(finish(first), finish(second));
    assert_eq!((first.done, second.done), (30, 30));
    assert_eq!(server.heads().len(), 30);
    assert_eq!(names(&directory).len(), 30);
}

#[tokio::test]
async fn what_is_asked_for_later_is_fetched_at_once_and_a_stop_keeps_what_is_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| ok(JPEG)).await;
    let archive = archive_with(directory.path(), []).await;
    let settings = DownloadSettings { concurrency: 0, ..settings(&server.url) };
    let stop = CancellationToken::new();
    let downloads = start_with(&archive, &settings, now, &stop);
    let mut board = downloads.board();
    timeout(DEADLINE, board.changed()).await.unwrap().unwrap();
    assert!(server.heads().is_empty());
    archive.settle(FileId(7), Stage::Queued { attempts: 0, next_try_at: now(), reason: None }).await.unwrap();
    timeout(DEADLINE, board.wait_for(|board| board.done == 1)).await.unwrap().unwrap();

    // No permit is left for the next one.
    server.gate.forget_permits(1000);
    archive.settle(FileId(8), Stage::Queued { attempts: 0, next_try_at: now(), reason: None }).await.unwrap();
    server.has_heads(2).await;
    stop.cancel();
    timeout(DEADLINE, downloads.join()).await.unwrap().unwrap();
    let tally = archive.reader().unwrap().tally(&AccountFilter::All).unwrap();
    assert_eq!(tally, Tally { queued: 1, done: 1, failed: 0 });
    assert_eq!(names(&directory), ["7.jpg"]);
}

#[tokio::test]
async fn a_cancelled_download_ends_at_once_and_can_be_had_later() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_shut(|_, _| answer("200 OK", "", PNG)).await;
    let archive = archive_with(directory.path(), [7, 8]).await;
    let downloads = start(&archive, &server.url, Some(TOKEN));
    let mut board = downloads.board();
    timeout(DEADLINE, board.wait_for(|board| board.running.len() == 2)).await.unwrap().unwrap();
    archive.settle(FileId(7), Stage::Failed { reason: downloads::CANCELLED.into() }).await.unwrap();
    timeout(DEADLINE, board.wait_for(|board| board.running.len() == 1 && board.failed == 1)).await.unwrap().unwrap();
    server.gate.add_permits(10);
    timeout(DEADLINE, board.wait_for(|board| board.done == 1 && board.queued == 0)).await.unwrap().unwrap();
    assert_eq!(stage(&archive, 7), failed("cancelled"), "it stays so");
    let seqs = archive.reader().unwrap().after(0, 10).unwrap().into_iter().map(|record| record.seq).collect();
    assert_eq!(archive.want(Selection::Seqs(seqs), now()).await.unwrap(), 1);
    timeout(DEADLINE, board.wait_for(|board| board.done == 2)).await.unwrap().unwrap();
    assert_eq!(names(&directory), ["7.png", "8.png"]);
    let jobs = archive.reader().unwrap().jobs(10).unwrap();
    assert_eq!(
        jobs.iter().map(|job| (job.fid, job.seq)).collect::<Vec<_>>(),
        [(FileId(8), Some(2)), (FileId(7), Some(1))]
    );
    let origin = jobs[0].origin.clone().unwrap();
    assert_eq!((origin.sender_id, origin.kind), (Some(UserId(2)), Kind::Image));
    assert_eq!(origin.sent_at, now(), "it does not say when it was sent");
    archive.close().await.unwrap();
}

#[tokio::test]
async fn what_is_said_of_the_token_before_does_not_stop_the_queue_for_the_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_shut(|target, _| {
        if target.contains("token=new&") { ok(JPEG) } else { ok(br#"{"error":"expired_token","error_code":21327}"#) }
    })
    .await;
    let archive = archive_with(directory.path(), 1..=4).await;
    let downloads = start(&archive, &server.url, Some(TOKEN));
    let mut board = downloads.board();
    server.has_heads(2).await;
    server.gate.add_permits(1);
    let refused = board.wait_for(|board| matches!(board.queue, Queue::TokenRefused(_)));
    timeout(DEADLINE, refused).await.unwrap().unwrap();
    downloads.token().send_replace(Some("new".into()));
    server.has_heads(3).await;
    // The other one of the first two requests, which came earlier, is answered now.
    server.gate.add_permits(1);
    timeout(DEADLINE, board.wait_for(|board| board.running.len() == 2)).await.unwrap().unwrap();
    server.has_heads(4).await;
    server.gate.add_permits(1000);
    let board = finish(downloads).await;
    assert_eq!((board.queue, board.queued, board.done), (Queue::Open, 0, 4));
}

#[tokio::test]
async fn nothing_waits_for_a_clock_that_was_set_back() {
    static HOURS: AtomicI64 = AtomicI64::new(0);
    let clock = || now() + TimeDelta::hours(HOURS.load(Ordering::Relaxed));
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|target, earlier| match (target.ends_with("=1"), earlier) {
        (true, 0) => answer("429 Too Many Requests", "Retry-After: 1\r\n", b""),
        _ => ok(JPEG),
    })
    .await;
    let archive = archive_with(directory.path(), [1]).await;
    let downloads = start_with(&archive, &settings(&server.url), clock, &CancellationToken::new());
    let mut board = downloads.board();
    let paused = board.wait_for(|board| matches!(board.queue, Queue::Paused { .. }));
    timeout(DEADLINE, paused).await.unwrap().unwrap();
    HOURS.store(-6, Ordering::Relaxed);
    timeout(DEADLINE, board.wait_for(|board| board.done == 1)).await.unwrap().unwrap();
    assert_eq!((finish(downloads).await.done, server.heads().len()), (1, 2));
}
