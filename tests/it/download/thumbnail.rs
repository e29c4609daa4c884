//! Thumbnails: which requests are sent, with whose token, and when none are sent.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::Archive;
use weibox::download::{self, Thumbnails};
use weibox::reason::downloads;
use weibox::weibo::FileId;

use super::server::{Server, answer, ok};
use super::{JPEG, TOKEN, now, settings};

/// Creates thumbnails for the accounts `news`, without a token, and `shop`, with one.
fn thumbnails(url: &str) -> (Thumbnails, watch::Sender<Option<secrecy::SecretString>>, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let archive = Archive::open(directory.path()).unwrap();
    let accounts = vec![("news".to_owned(), None), ("shop".to_owned(), Some(TOKEN.into()))];
    let downloads = download::start(&archive, &settings(url), accounts, now, &CancellationToken::new());
    (downloads.thumbnails(), downloads.token(), directory)
}

#[tokio::test]
async fn the_small_picture_of_a_file_is_fetched_with_the_token_of_its_account() {
    let server = Server::start(|_, _| ok(JPEG)).await;
    let (mut thumbnails, news_token, directory) = thumbnails(&server.url);
    assert_eq!(thumbnails.fetch("shop", FileId(7)).await.as_deref(), Ok(JPEG));
    let expected =
        "GET /2/mss/msget_thumbnail?high=240&width=240&access_token=2.00se_cret%2F%2Btoken&fid=7 HTTP/1.1\r\n";
    assert!(server.heads()[0].starts_with(expected), "{:?}", server.heads());
    assert_eq!(thumbnails.fetch("news", FileId(8)).await, Err(downloads::NO_ACCESS_TOKEN.into()));
    news_token.send_replace(Some("other".into()));
    assert_eq!(thumbnails.fetch("news", FileId(8)).await.as_deref(), Ok(JPEG));
    assert_eq!(thumbnails.fetch("", FileId(9)).await.as_deref(), Ok(JPEG), "the first one's");
    assert!(server.heads()[2].contains("access_token=other&fid=9"), "{:?}", server.heads());
    assert_eq!(directory.path().join("media").read_dir().unwrap().count(), 0, "nothing is kept");
}

#[tokio::test]
async fn weibo_is_left_alone_after_a_failure_that_is_not_about_the_file() {
    for (status, n_calls) in [("404 Not Found", 2), ("429 Too Many Requests", 1), ("503 Service Unavailable", 1)] {
        let server = Server::start(move |_, _| answer(status, "", b"")).await;
        let (mut thumbnails, ..) = thumbnails(&server.url);
        for fid in [7, 8] {
            thumbnails.fetch("shop", FileId(fid)).await.unwrap_err();
        }
        assert_eq!(server.heads().len(), n_calls, "{status}");
    }
}

#[tokio::test]
async fn what_is_no_file_or_too_large_is_no_thumbnail() {
    let error = br#"{"error":"no such file","error_code":28412,"request":"/2/mss/msget_thumbnail"}"#;
    let large = [JPEG, &vec![0; 2 << 20]].concat();
    for (body, words) in [(error.to_vec(), "28412"), (large, "larger than 1048576 bytes")] {
        let server = Server::start(move |_, _| ok(&body)).await;
        let (mut thumbnails, ..) = thumbnails(&server.url);
        let reason = thumbnails.fetch("shop", FileId(7)).await.unwrap_err();
        assert!(reason.to_string().contains(words), "{reason}");
    }
}
