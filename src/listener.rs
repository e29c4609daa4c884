//! Receives Weibo's callbacks: accepts connections, limits their number and duration, and lets [`answer`] answer
//! each request.
//!
//! Weibo waits 5 s for an answer (protocol §2.2). Of these, [`HEAD_TIMEOUT`] covers the head and the TLS
//! handshake before it, and [`ANSWER_TIMEOUT`] covers the rest. [`connection`] serves one connection. [`Seats`] decides
//! which connections stay when there are too many. [`framing`] decides which bytes form a request, [`client`]
//! identifies the caller behind a proxy, [`replays`] limits the requests with one signature, and [`quota`] limits
//! the log entries about refused requests.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use ipnet::IpNet;
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::archive::Archive;
use crate::cluster::Quorum;
use crate::forward::BotDoor;
use crate::reason::{Fault, hints, start};
use crate::record::policy::Policy;
use crate::record::target::BUDGET;
use crate::record::traffic::Traffic;
use crate::web::seats::{Seat, Seats};
use crate::weibo::reply::Rule;

mod answer;
mod body;
mod callback;
mod client;
mod coding;
mod connection;
mod framing;
mod heads;
mod path;
mod pem;
mod quota;
mod replays;
mod tls;
mod verdict;

pub use heads::{HEADS, Heads};
use quota::Quota;
use replays::Replays;
pub use tls::Tls;

/// The maximum number of connections served at once, unless the process may open fewer files. Weibo needs a few.
/// Above the maximum, the longest idle connection of the caller with the most connections is closed. An idle
/// connection takes about 16 kB.
pub const CONNECTIONS: usize = 2048;
/// The time for which a connection is not closed after it was accepted or used, because even Weibo needs a moment
/// to send. All connections together can still be replaced 40,000 times a second, faster than one machine can
/// open them.
const GRACE: Duration = Duration::from_millis(50);
/// The length of the kernel's accept queue. A caller that finds the queue full retries after 1 s, which is too
/// late. Linux allows 4096 by default and reduces larger values to that.
const BACKLOG: u32 = 4096;
/// The time within which a request's head must arrive. An idle connection is closed after the same time.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(2);
/// The time from head to answer, including the waits for the body and the archive. Together with [`HEAD_TIMEOUT`]
/// it stays within Weibo's 5 s.
pub const ANSWER_TIMEOUT: Duration = BUDGET;
/// The default maximum length of a body in bytes; a longer one is refused. Weibo's bodies have a few hundred
/// bytes.
const BODY_LIMIT: usize = 1 << 20;
/// The maximum total length in bytes of all bodies longer than 16 kB, or the length of two of the longest if that
/// is more. A body that exceeds it is answered with 503. Until a body is on disk, the data made from it takes a
/// few times its size.
pub const BODIES: usize = 32 << 20;
/// The time that open connections have to finish when the listener stops; longer than any answer may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);
/// The pause after a failed accept, which mostly fails for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The interval between two checks whether the archive takes messages again. A nearly full disk takes one message
/// and refuses the next.
const TRIAL_PAUSE: Duration = Duration::from_mins(1);
/// The maximum number of requests without a new message that are answered at once; the others wait. This limits
/// how many of them delay a message.
const TURNS: usize = 16;
/// The number of refused requests logged in a burst, and per second in the long run: enough to reveal an attack.
/// At 200 bytes each they take 17 MB a day, and the log keeps seven days. The others are only counted.
const LOGGED: (u32, u32) = (100, 1);
/// The same limits for connection problems, which appear only in the program's log.
const TOLD: (u32, u32) = (10, 1);

/// Returns the reason why the listener could not start at an address, and what the user can do about it.
fn not_listening(address: SocketAddr, error: io::Error) -> Fault {
    let hints = [
        (io::ErrorKind::AddrInUse, hints::OTHER_PORT),
        (io::ErrorKind::PermissionDenied, hints::HIGH_PORT),
        (io::ErrorKind::AddrNotAvailable, hints::OWN_ADDRESS),
    ];
    let hint = hints.into_iter().find_map(|(kind, hint)| (kind == error.kind()).then(|| hint.into()));
    Fault::new(start::NOT_LISTENING.with(address).with(&error), hint).caused_by(error)
}

/// An account that receives callbacks.
#[derive(Debug)]
pub struct ListenerAccount {
    /// The name kept with the account's messages; empty for the only account.
    pub name: String,
    /// The callback path of the account, beginning with `/`.
    pub path: String,
    /// The secret that verifies signatures. With a secret, requests without a valid signature are refused;
    /// without one, every request is accepted and marked unverified. The value may change while the listener
    /// runs.
    pub app_secret: watch::Receiver<Option<SecretString>>,
}

impl ListenerAccount {
    /// Creates the only account.
    pub const fn only(path: String, app_secret: watch::Receiver<Option<SecretString>>) -> Self {
        Self { name: String::new(), path, app_secret }
    }
}

/// The settings of the listener.
#[derive(Debug)]
pub struct ListenerSettings {
    /// The accounts that receive callbacks, each with a path of its own.
    pub accounts: Vec<ListenerAccount>,
    /// The maximum age of a signature's timestamp; an older or later one is refused. `None` for no limit
    /// (protocol T14).
    pub max_age: Option<Duration>,
    /// Proxies that are trusted to name the caller.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that may call; empty for everyone.
    pub allow: Vec<IpNet>,
    /// The TLS certificate; if set, the listener accepts TLS only.
    pub tls: Option<Arc<Tls>>,
    /// The maximum number of connections at once, usually [`CONNECTIONS`].
    pub connections: usize,
    /// The maximum length of a body in bytes; longer ones are refused.
    pub body_limit: usize,
    /// The rules that answer messages; empty for none.
    pub rules: Vec<Rule>,
    /// The policy that selects which attachments are queued with their messages.
    pub policy: Policy,
    /// The heads of recent callbacks.
    pub heads: Arc<Heads>,
    /// The door that announces callbacks to the user's bots, one of which may answer them.
    pub door: Arc<BotDoor>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

impl ListenerSettings {
    /// Creates the settings for one account and a clock, with default limits and no restriction on callers.
    pub fn new(account: ListenerAccount, now: fn() -> DateTime<Utc>) -> Self {
        Self {
            accounts: vec![account],
            max_age: None,
            trusted_proxies: Vec::new(),
            allow: Vec::new(),
            tls: None,
            connections: CONNECTIONS,
            body_limit: BODY_LIMIT,
            rules: Vec::new(),
            policy: Policy::default(),
            heads: Arc::default(),
            door: Arc::default(),
            now,
        }
    }
}

/// The state shared by all requests.
struct Context {
    settings: ListenerSettings,
    archive: Archive,
    traffic: watch::Sender<Traffic>,
    logged: Quota,
    told: Quota,
    turns: Semaphore,
    replays: Replays,
    room: body::Room,
    /// The cluster nodes that must have a message before it is answered.
    quorum: Option<Quorum>,
}

/// A bound socket that does not answer yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    quorum: Option<Quorum>,
}

impl Listener {
    /// Binds the address; port 0 selects any free port. From now on callers wait instead of being refused. Needs
    /// a running tokio runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub fn bind(address: SocketAddr) -> Result<Self, Fault> {
        let failed = |error| not_listening(address, error);
        let socket = listen(address).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, quorum: None })
    }

    /// Takes a socket that another process, such as the service manager, has bound and listens on. Callers wait
    /// there while nobody answers. Needs a running tokio runtime.
    ///
    /// # Errors
    ///
    /// When the socket cannot be used.
    pub fn passed(socket: std::net::TcpListener) -> Result<Self, Fault> {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let address = socket.local_addr().map_err(|error| not_listening(unknown, error))?;
        let socket = socket.set_nonblocking(true).and_then(|()| TcpListener::from_std(socket));
        Ok(Self { socket: socket.map_err(|error| not_listening(address, error))?, address, quorum: None })
    }

    /// Makes each message wait for the quorum of a cluster before it is answered.
    pub fn with_quorum(self, quorum: Option<Quorum>) -> Self {
        Self { quorum, ..self }
    }

    /// Returns another handle to the socket, which stays open until the last handle is closed.
    ///
    /// # Errors
    ///
    /// When the process can open no more files.
    pub fn share(&self) -> io::Result<std::net::TcpListener> {
        self.socket.as_fd().try_clone_to_owned().map(Into::into)
    }

    /// Returns the bound address, with the actual port.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop`, then waits at most 3 s for open connections to finish. `traffic` counts the
    /// requests.
    pub async fn run(
        self,
        settings: ListenerSettings,
        archive: Archive,
        traffic: watch::Sender<Traffic>,
        stop: CancellationToken,
    ) {
        let seats = Seats::new(settings.connections, GRACE);
        let [logged, told] = [LOGGED, TOLD].map(|(burst, per_second)| Quota::new(burst, per_second, Instant::now()));
        let turns = Semaphore::new(TURNS);
        let room = body::Room::new(BODIES.max(2 * settings.body_limit));
        let (replays, quorum) = (Replays::default(), self.quorum);
        let context = Arc::new(Context { settings, archive, traffic, logged, told, turns, replays, room, quorum });
        let open = TaskTracker::new();
        let recovering = recover(context.archive.clone(), context.traffic.clone(), TRIAL_PAUSE);
        open.spawn(stop.clone().run_until_cancelled_owned(recovering));
        loop {
            // `stop` has priority: a flood of connections must not keep the listener running.
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = accept(&self.socket, &context, &seats) => accepted,
            };
            let Some((stream, remote, seat)) = accepted else { continue };
            open.spawn(connection::serve(Arc::clone(&context), stream, remote, seat, stop.clone()));
        }
        // No more connections are accepted. New callers are refused at once, or wait if another process owns the
        // socket.
        drop(self.socket);
        open.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, open.wait()).await.is_err() {
            tracing::warn!("connections were still open when the listener stopped");
        }
    }
}

/// Retries the archive while it takes no messages, because a load balancer sends no callbacks here until
/// `traffic` reports success.
async fn recover(archive: Archive, traffic: watch::Sender<Traffic>, pause: Duration) {
    let mut seen = traffic.subscribe();
    while seen.wait_for(|traffic| traffic.trouble.is_some()).await.is_ok() {
        tokio::time::sleep(pause).await;
        // A callback may have been stored meanwhile.
        let is_wrong = seen.borrow().trouble.is_some();
        if is_wrong && archive.try_out().await.is_ok() {
            traffic.send_modify(|traffic| traffic.trouble = None);
        }
    }
}

/// Binds and listens as `TcpListener::bind` does, with a longer backlog.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart need not wait for the old connections to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// An accepted connection and its seat.
type Accepted = (TcpStream, SocketAddr, Arc<Seat>);

/// Accepts the next connection; returns `None` when that fails, also by a panic. While nothing can be accepted,
/// callers wait in the kernel's backlog.
async fn accept(socket: &TcpListener, context: &Context, seats: &Arc<Seats>) -> Option<Accepted> {
    let accepted = AssertUnwindSafe(try_accept(socket, context, seats)).catch_unwind().await;
    let error = match accepted.unwrap_or_else(|_reported| Err(io::Error::other("a fault of weibox"))) {
        Ok(accepted) => return Some(accepted),
        Err(error) => error,
    };
    if let Some(untold) = context.told.take(Instant::now()) {
        tracing::warn!(%error, untold, "a connection could not be accepted");
    }
    tokio::time::sleep(ACCEPT_PAUSE).await;
    None
}

async fn try_accept(socket: &TcpListener, context: &Context, seats: &Arc<Seats>) -> io::Result<Accepted> {
    let (stream, remote) = socket.accept().await?;
    // Answers are small and should be sent at once.
    drop(stream.set_nodelay(true));
    let is_proxy = client::is_in(&context.settings.trusted_proxies, remote.ip());
    let (seat, is_crowded) = seats.take((!is_proxy).then(|| remote.ip())).await;
    if is_crowded && let Some(untold) = context.told.take(Instant::now()) {
        tracing::warn!(%remote, untold, "all connections are taken: the idlest was closed for another");
    }
    Ok((stream, remote, Arc::new(seat)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::traffic::Trouble;

    #[tokio::test]
    async fn a_trouble_that_is_over_is_over_without_a_call() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let traffic = watch::Sender::new(Traffic::default());
        let recovering = tokio::spawn(recover(archive.clone(), traffic.clone(), Duration::from_millis(1)));
        traffic.send_modify(|traffic| traffic.trouble = Some(Trouble::Full));
        traffic.subscribe().wait_for(|traffic| traffic.trouble.is_none()).await.unwrap();

        archive.close().await.unwrap();
        traffic.send_modify(|traffic| traffic.trouble = Some(Trouble::Full));
        let over = tokio::time::timeout(Duration::from_millis(200), recovering).await;
        assert!(over.is_err() && traffic.borrow().trouble.is_some(), "an archive that takes nothing");
    }
}
