//! A panic costs a download one attempt, and the queue a second. The panic is in the clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weibox::download::DownloadSettings;
use weibox::query::Query;
use weibox::reason::downloads;
use weibox::record::media::Stage;
use weibox::record::page::Selection;
use weibox::weibo::Kind;

use super::server::{Server, answer, ok};
use super::{DEADLINE, JPEG, archive_with, finish, now, settings, stage, start_with};

/// Panics once when it is armed.
fn fragile(is_armed: &AtomicBool) -> DateTime<Utc> {
    assert!(!is_armed.swap(false, Ordering::SeqCst), "the clock broke");
    now()
}

/// The pauses between attempts, so long that nothing is retried during a test.
const LONG: &[Duration] = &[Duration::from_hours(1)];

#[tokio::test]
async fn a_download_that_breaks_off_is_a_failure_that_is_shown_and_tried_again() {
    static IS_ARMED: AtomicBool = AtomicBool::new(false);
    let directory = tempfile::tempdir().unwrap();
    // A worker reads the clock after a failure; nothing else does while it waits for an answer.
    let server = Server::start(|_, earlier| {
        IS_ARMED.store(earlier == 0, Ordering::SeqCst);
        if earlier == 0 { answer("500 Sorry", "", b"") } else { ok(JPEG) }
    })
    .await;
    let archive = archive_with(directory.path(), [7]).await;
    let settings = DownloadSettings { backoff: LONG, ..settings(&server.url) };
    let downloads = start_with(&archive, &settings, || fragile(&IS_ARMED), &CancellationToken::new());
    let mut committed = archive.committed();
    let is_shown = |_: &_| matches!(stage(&archive, 7), Stage::Queued { attempts: 1, reason: Some(reason), .. } if reason.code == downloads::DOWNLOAD_BROKE_OFF);
    timeout(DEADLINE, committed.wait_for(is_shown)).await.unwrap().unwrap();
    archive.want(Selection::Seqs(vec![1]), now()).await.unwrap();
    assert_eq!(finish(downloads).await.done, 1);
    assert_eq!(server.heads().len(), 2);
}

#[tokio::test]
async fn a_queue_that_breaks_off_starts_again() {
    static IS_ARMED: AtomicBool = AtomicBool::new(false);
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_, _| ok(JPEG)).await;
    let archive = archive_with(directory.path(), [7]).await;
    let settings = settings(&server.url);
    let downloads = start_with(&archive, &settings, || fragile(&IS_ARMED), &CancellationToken::new());
    let mut board = downloads.board();
    timeout(DEADLINE, board.wait_for(|board| board.done == 1)).await.unwrap().unwrap();
    IS_ARMED.store(true, Ordering::SeqCst);
    let raw = br#"{"type":"image","receiver_id":1,"sender_id":2,"created_at":"x","text":"","data":{"tovfid":8}}"#;
    let arrival = weibox::archive::Arrival::new(*raw, now());
    archive.insert(arrival).await.unwrap();
    archive.want(Selection::Query(Query::of_kinds(&[Kind::Image])), now()).await.unwrap();
    timeout(DEADLINE, board.wait_for(|board| board.done == 2)).await.unwrap().unwrap();
    assert!(!IS_ARMED.load(Ordering::SeqCst), "it did break");
    assert!(matches!(stage(&archive, 8), Stage::Done { .. }));
}
