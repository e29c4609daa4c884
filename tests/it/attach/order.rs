//! The orders of one dashboard begin in the order in which they were given, and a slow one holds up no other.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::{Committed, Lock};
use weibox::attach::{Door, Host, Order, Outcome, Remote, server, socket};
use weibox::worker;

use super::Peer;
use super::turns::host;
use crate::support::wait_for;

/// The number of orders: more than may wait on the way.
const ORDERS: usize = 200;

/// A holder that notes the ends of claims, and never answers an order to withdraw a reply.
struct Noting {
    home: tempfile::TempDir,
    _lock: Lock,
    runtime: tokio::runtime::Runtime,
    noted: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
}

impl Noting {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        // A single worker, which runs what was spawned last first.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (noted, stop) = (Arc::<Mutex<Vec<String>>>::default(), CancellationToken::new());
        let carry_out = {
            let noted = Arc::clone(&noted);
            move |order, _| -> BoxFuture<'static, Outcome> {
                let noted = Arc::clone(&noted);
                Box::pin(async move {
                    if let Order::Release(session) = order {
                        noted.lock().unwrap().push(session);
                    } else if let Order::Withdraw(_) = order {
                        std::future::pending::<()>().await;
                    }
                    Outcome::Done
                })
            }
        };
        let host = Host { carry_out: Arc::new(carry_out), ..host(watch::channel(Committed::default()).1) };
        let lock = Lock::acquire(home.path(), "weibox serve").unwrap();
        let door = runtime.block_on(async { Door::open(home.path(), None).unwrap() });
        runtime.spawn(server::run(door, host, stop.clone()));
        Self { home, _lock: lock, runtime, noted, stop }
    }

    fn assert_order(&self, n: usize) {
        wait_for("all to be carried out", || self.noted.lock().unwrap().len() == n);
        let expected: Vec<_> = (0..n).map(|n| n.to_string()).collect();
        assert_eq!(*self.noted.lock().unwrap(), expected);
        self.stop.cancel();
    }
}

#[test]
fn orders_that_come_together_begin_in_their_order() {
    let noting = Noting::start();
    let mut peer = Peer::attach(&socket::place(noting.home.path()), 1);
    let orders = std::iter::once(json!({"withdraw": 7})).chain((0..20).map(|n| json!({"release": n.to_string()})));
    let lines = orders.enumerate().map(|(id, order)| format!("{}\n", json!({"ask": {"id": id, "order": order}})));
    peer.send(lines.collect::<String>().as_bytes()).unwrap();
    noting.assert_order(20);
}

#[test]
fn the_orders_of_a_dashboard_arrive_in_the_order_of_its_keys() {
    let noting = Noting::start();
    // A dashboard with a runtime of its own, whose workers run tasks in any order.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let remote = runtime.block_on(Remote::attach(noting.home.path(), false)).unwrap();
    runtime.block_on(async {
        for order in std::iter::once(Order::Withdraw(7)).chain((0..ORDERS).map(|n| Order::Release(n.to_string()))) {
            let orders = remote.orders();
            worker::begin(Box::pin(async move { drop(orders.ask(order).await) }));
        }
    });
    noting.assert_order(ORDERS);
    drop(noting.runtime);
}
