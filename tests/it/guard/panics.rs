//! A panic in a connection ends only that connection.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::Archive;
use weibox::listener::{Listener, ListenerAccount, ListenerSettings};
use weibox::record::traffic::Traffic;
use weibox::run::clock;

use crate::support::{Connection, message};

/// Whether the next reading of the clock panics.
static IS_ARMED: AtomicBool = AtomicBool::new(false);

fn fragile() -> DateTime<Utc> {
    assert!(!IS_ARMED.swap(false, Ordering::SeqCst), "the clock broke");
    clock::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_connection_ends_that_connection_alone() {
    let directory = tempfile::tempdir().unwrap();
    let archive = Archive::open(directory.path()).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address();
    let stop = CancellationToken::new();
    // There is one seat, which the broken connection must free.
    let settings = ListenerSettings {
        connections: 1,
        ..ListenerSettings::new(ListenerAccount::only("/weibo".to_owned(), watch::channel(None).1), fragile)
    };
    let (traffic_tx, traffic) = watch::channel(Traffic::default());
    let running = tokio::spawn(listener.run(settings, archive.clone(), traffic_tx, stop.clone()));
    tokio::task::spawn_blocking(move || {
        for number in 0..3 {
            IS_ARMED.store(true, Ordering::SeqCst);
            let mut broken = Connection::to(address).unwrap();
            let body = message(&format!("{number}"));
            assert!(broken.call("POST", "/weibo", body.as_bytes()).is_err(), "no answer, no acknowledgement");
            let mut whole = Connection::to(address).unwrap();
            assert_eq!(whole.call("POST", "/weibo", body.as_bytes()).unwrap().status, 200);
        }
    })
    .await
    .unwrap();
    let traffic = traffic.borrow().clone();
    assert_eq!((traffic.stored, traffic.signed), (3, 0));
    stop.cancel();
    running.await.unwrap();
    archive.close().await.unwrap();
}
