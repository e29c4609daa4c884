//! Files that are downloaded without a request.

use std::time::Instant;

use tokio_util::sync::CancellationToken;
use weibox::archive::{Arrival, PruneBatch};
use weibox::download::DownloadSettings;
use weibox::query::{Query, parse};
use weibox::record::media::{Stage, Weight};
use weibox::record::page::Selection;
use weibox::weibo::FileId;

use super::{AMR, JPEG, TOKEN, archive_with, done, failed, finish, now, server::Server, settings, start_with};
use crate::support::{Home, Serve, wait_for};

/// Returns a message of a kind with this file.
fn message(kind: &str, fid: u64) -> String {
    format!(
        r#"{{"type":"{kind}","receiver_id":1,"sender_id":2,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"","data":{{"vfid":1,"tovfid":{fid}}}}}"#
    )
}

fn stage(home: &Home, fid: u64) -> Option<Stage> {
    home.reader().stage(FileId(fid)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_the_file_of_each_arriving_message_of_the_wanted_kinds_is_downloaded_without_a_screen() {
    let server = Server::start(|_, _| super::ok(AMR)).await;
    let home = Home::new();
    home.configure("[download]\nauto = 'all'\ntypes = ['voice', 'unknown']");
    let serve = Serve::start(&home, &["--media-url", &server.url], &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
    for (kind, fid) in [("image", 7), ("voice", 8), ("text", 9), ("video", 10)] {
        assert_eq!(serve.post(message(kind, fid)).status, 200);
    }
    for (fid, name) in [(8, "2012-07-16/180920-2-8.amr"), (10, "2012-07-16/180920-2-10.amr")] {
        wait_for("the file", || stage(&home, fid) == Some(done(name, AMR)));
    }
    assert_eq!([stage(&home, 7), stage(&home, 9)], [None, None]);
    // A repeat of a message whose file is on disk requests nothing.
    assert_eq!(serve.post(message("voice", 8)).status, 200);
    assert_eq!((stage(&home, 8), server.heads().len()), (Some(done("2012-07-16/180920-2-8.amr", AMR)), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_is_left_alone_unless_all_is_wanted() {
    let server = Server::start(|_, _| super::ok(JPEG)).await;
    for auto in ["off", "selected"] {
        let home = Home::new();
        let args = ["--media-url", &server.url, "--download-auto", auto];
        let mut serve = Serve::start(&home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
        assert_eq!(serve.post(message("image", 7)).status, 200);
        serve.stop();
        assert_eq!((stage(&home, 7), server.heads().len()), (None, 0), "{auto}");
    }
}

#[tokio::test]
async fn the_files_of_messages_are_counted_once_each_by_how_far_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let archive = archive_with(directory.path(), [20, 21, 22, 23, 24]).await;
    for (fid, stage) in [(21, done("21.jpg", &[0; 1000])), (22, done("22.jpg", &[0; 24])), (23, failed("no"))] {
        archive.settle(FileId(fid), stage).await.unwrap();
    }
    // This file was never requested.
    archive.prune(PruneBatch { media: vec![FileId(24)], ..PruneBatch::default() }).await.unwrap();
    for (kind, fid) in [("voice", 20), ("text", 9)] {
        archive.insert(Arrival::new(message(kind, fid), now())).await.unwrap();
    }
    let weigh = |selection| archive.reader().unwrap().weigh(&selection, now()).unwrap();
    let all = Weight { new: 2, coming: 1, saved: 2, saved_bytes: 1024 };
    assert_eq!(weigh(Selection::Query(Query::default())), all);
    assert_eq!(weigh(Selection::Query(parse("type:voice,text").unwrap())), Weight { coming: 1, ..Weight::default() });
    let some = Weight { new: 1, coming: 1, saved: 1, saved_bytes: 1000 };
    assert_eq!(weigh(Selection::Seqs(vec![1, 2, 4, 6, 7, 99])), some);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_where_the_layout_says_and_never_over_each_other() {
    let server = Server::start(|target, _| super::ok(&[AMR, target.as_bytes()].concat())).await;
    let home = Home::new();
    home.configure("[download]\nauto = 'all'\npath = '{date}/{type} {time}/{sender}.{ext}'");
    let serve = Serve::start(&home, &["--media-url", &server.url], &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
    let mut files = Vec::new();
    for fid in [8, 9] {
        assert_eq!(serve.post(message("voice", fid)).status, 200);
        wait_for("the file", || matches!(stage(&home, fid), Some(Stage::Done { .. })));
        let Some(Stage::Done { file, .. }) = stage(&home, fid) else { panic!("it was there") };
        let bytes = std::fs::read(home.data_dir().join("media").join(&file)).unwrap();
        assert!(String::from_utf8_lossy(&bytes).contains(&format!("fid={fid}")), "{file}");
        files.push(file);
    }
    assert_eq!(files, ["2012-07-16/voice 180920/2.amr", "2012-07-16/voice 180920/2-2.amr"]);
    assert_eq!(crate::support::mode(&home.data_dir().join("media/2012-07-16")), 0o700);
    assert_eq!(crate::support::mode(&home.data_dir().join("media").join(&files[0])), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_downloads_together_are_no_faster_than_the_bandwidth() {
    const FILE: usize = 150_000;
    let body = [AMR, &vec![0; FILE]].concat();
    let server = Server::start(move |_, _| super::ok(&body)).await;
    let mut took = Vec::new();
    for bandwidth in [None, Some(300_000)] {
        let directory = tempfile::tempdir().unwrap();
        let archive = archive_with(directory.path(), 1..=4).await;
        let settings = DownloadSettings { bandwidth, max_bytes: 1 << 20, ..settings(&server.url) };
        let started_at = Instant::now();
        let board = finish(start_with(&archive, &settings, now, &CancellationToken::new())).await;
        took.push(started_at.elapsed().as_secs_f64());
        assert_eq!((board.done, board.failed), (4, 0));
    }
    // Two seconds of bytes, of which a tenth of a second was saved up.
    assert!(took[1] >= 1.8, "{took:?}");
    assert!(took[1] > took[0], "without a limit it is faster: {took:?}");
}
