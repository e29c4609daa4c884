//! How often dashboards are notified while more arrives than anybody reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::{Archive, Arrival, Committed, Lock};
use weibox::attach::{Door, Host, Order, Outcome, Watches, Welcome, server, socket};
use weibox::dashboard::orders::ArchiveChange;
use weibox::record::media::Board;
use weibox::record::traffic::Traffic;

use super::Peer;
use super::screens::screen;
use crate::dashboard::noon;
use crate::pace::Pace;
use crate::support::{Home, message, wait_for};

/// The number of dashboards.
const ATTACHED: usize = 20;
/// The duration of the flood.
const FLOOD: Duration = Duration::from_secs(2);

/// Creates the holder of an archive in which only commits happen.
pub(super) fn host(committed: watch::Receiver<Committed>) -> Host {
    Host {
        watches: Watches {
            committed,
            traffic: watch::channel(Traffic::default()).1,
            board: watch::channel(Board::default()).1,
            targets: watch::channel(Vec::new()).1,
            channels: watch::channel(Vec::new()).1,
            claims: watch::channel(Vec::new()).1,
            cluster: watch::channel(None).1,
            is_signed: watch::channel(true).1,
            told: watch::channel(None).1,
        },
        welcome: Arc::new(|| Welcome { protocol: 1, pid: std::process::id(), ..Welcome::default() }),
        carry_out: Arc::new(|_, _| Box::pin(async { Outcome::Done })),
        attached: Arc::new(watch::Sender::new(0)),
        farewell: Arc::default(),
    }
}

#[test]
fn a_flood_is_told_to_many_dashboards_in_turn_and_less_often_than_to_few() {
    let home = tempfile::tempdir().unwrap();
    let (committed_tx, committed) = watch::channel(Committed::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (host, stop) = (host(committed), CancellationToken::new());
    let attached = host.attached.subscribe();
    let _lock = Lock::acquire(home.path(), "weibox serve").unwrap();
    let door = runtime.block_on(async { Door::open(home.path(), None).unwrap() });
    let served = runtime.spawn(server::run(door, host, stop.clone()));
    let n_told = Arc::new(AtomicUsize::new(0));
    let listeners: Vec<_> = (0..ATTACHED)
        .map(|_| {
            let (mut peer, n_told) = (Peer::attach(&socket::place(home.path()), 1), Arc::clone(&n_told));
            std::thread::spawn(move || {
                // Reads until the last message, which is no news.
                while peer.hear()["news"].is_object() {
                    n_told.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    wait_for("all to be told everything", || n_told.load(Ordering::Relaxed) == ATTACHED);
    assert_eq!(*attached.borrow(), ATTACHED);
    let began_at = Instant::now();
    while began_at.elapsed() < FLOOD {
        committed_tx.send_modify(|committed| committed.seq += 1_000);
        std::thread::sleep(Duration::from_millis(1));
    }
    let (n_told, flood) = (n_told.load(Ordering::Relaxed) - ATTACHED, began_at.elapsed());
    stop.cancel();
    for listener in listeners {
        listener.join().unwrap();
    }
    runtime.block_on(served).unwrap();
    // At first each is notified at once, then one of them every 50 ms; on a busy machine less often.
    let most = 3 * ATTACHED + usize::try_from(flood.as_millis()).unwrap() / 50;
    assert!((ATTACHED..=most).contains(&n_told), "{n_told}, at most {most}");
}

#[test]
fn what_a_key_changed_is_seen_although_no_bell_rings() {
    let home = Home::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let archive = Archive::open(&home.data_dir()).unwrap();
    let raw = message("look at me");
    let arrival = Arrival::new(raw, noon());
    runtime.block_on(archive.insert(arrival)).unwrap();
    // No commit is announced, as in a flood in which many others are notified first.
    let (_silent, committed) = watch::channel(Committed { seq: 1, changes: 1 });
    let carry_out = move |order, _| -> BoxFuture<'static, Outcome> {
        let archive = archive.clone();
        Box::pin(async move {
            let Order::Change(ArchiveChange::Mark(selection, mark)) = order else { return Outcome::Done };
            Outcome::Count(archive.mark(selection, mark, noon()).await.unwrap())
        })
    };
    let (host, stop) = (Host { carry_out: Arc::new(carry_out), ..host(committed) }, CancellationToken::new());
    let _lock = Lock::acquire(&home.data_dir(), "weibox serve").unwrap();
    let door = runtime.block_on(async { Door::open(&home.data_dir(), None).unwrap() });
    let served = runtime.spawn(server::run(door, host, stop.clone()));
    let mut pty = screen(&home, &["attach"]);
    pty.wait_for_text("look at me");
    // The clock on the screen advances once a minute, and would reveal the star then at the latest.
    for is_starred in [true, false, true] {
        let pace = Pace::own();
        pty.send("*");
        pty.wait_for(|screen| screen.contents().contains("* starred") == is_starred, crate::pty::PATIENCE);
        pace.assert_within(Duration::from_secs(5), "from the key to the star");
    }
    stop.cancel();
    runtime.block_on(served).unwrap();
}
