//! Weibo's calls: accepts connections, bounds them in number and time, and lets [`answer`] answer each request.
//!
//! A call has 5 s (protocol §2.2). A head has [`HEAD_TIMEOUT`] of them, the TLS handshake before it included, and all the
//! rest [`ANSWER_TIMEOUT`]. [`connection`] serves one connection and [`seats`] decides who may stay when too many come;
//! [`framing`] knows which bytes are a request, [`client`] who calls through a proxy, [`replays`] how much one signature may ask
//! for, and [`quota`] how much is written about those who are refused.

use std::fmt;
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
use crate::reason::{Reason, hints, start};
use crate::record::policy::Policy;
use crate::record::traffic::Traffic;
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
mod seats;
mod tls;
mod verdict;

pub use heads::{HEADS, Heads};
pub use pem::{PemFault, PemRole};
use quota::Quota;
use replays::Replays;
use seats::{Seat, Seats};
pub use tls::{Error as TlsError, Tls};

/// The most connections that are served at once, where the process may have as many. Weibo needs a few; with more, the idlest
/// of whoever holds the most is closed. An idle one takes about 16 kB.
pub const CONNECTIONS: usize = 2048;
/// The time for which nobody is closed after he came or asked, because even Weibo needs a moment to send. All connections together
/// can still change hands 40,000 times a second, which is faster than one machine can open them.
const GRACE: Duration = Duration::from_millis(50);
/// The callers that may wait in the kernel to be accepted. Whoever finds that full comes again after 1 s, which is too
/// late; Linux allows 4096 by default, and takes more for that.
const BACKLOG: u32 = 4096;
/// A request's head must be there by then; an idle connection is closed then, too.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(2);
/// From head to answer, waiting for the body and the archive included. With [`HEAD_TIMEOUT`] it stays inside Weibo's 5 s.
pub const ANSWER_TIMEOUT: Duration = Duration::from_millis(2500);
/// Longer bodies are refused, in bytes, unless another limit is set; Weibo's have a few hundred.
const BODY_LIMIT: usize = 1 << 20;
/// The most bytes that bodies of more than 16 kB take together, or as many as two of the longest; with more, the next is
/// answered 503. What is made of a body until it is on disk is a few times its size.
pub const BODIES: usize = 32 << 20;
/// The time that open connections have to end when the listener stops; longer than any answer may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);
/// The pause after a failed accept, which is mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Between two trials whether messages would be kept. A disk that is nearly full takes one message and refuses the next.
const TRIAL_PAUSE: Duration = Duration::from_mins(1);
/// The most calls without a new message that are answered at once; the others wait. A message finds no more than these before
/// it, however many there are.
const TURNS: usize = 16;
/// The refused calls that are written down at once, and those a second in the long run: enough to see an attack, and at
/// 200 bytes each 17 MB a day, of which the log keeps seven. The others are counted.
const LOGGED: (u32, u32) = (100, 1);
/// The same for what is said in the log alone, about connections.
const TOLD: (u32, u32) = (10, 1);

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    /// What was asked for.
    pub address: SocketAddr,
    /// Why not.
    pub source: io::Error,
}

impl Error {
    /// Why, for people.
    pub fn reason(&self) -> Reason {
        start::NOT_LISTENING.with(self.address).with(&self.source)
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        let hints = [
            (io::ErrorKind::AddrInUse, hints::OTHER_PORT),
            (io::ErrorKind::PermissionDenied, hints::HIGH_PORT),
            (io::ErrorKind::AddrNotAvailable, hints::OWN_ADDRESS),
        ];
        hints.into_iter().find_map(|(kind, hint)| (kind == self.source.kind()).then(|| hint.into()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

/// Somebody whom messages come for.
#[derive(Debug)]
pub struct ListenerAccount {
    /// Kept with its messages; empty where there is only one.
    pub name: String,
    /// The path that is answered for it, beginning with `/`.
    pub path: String,
    /// With it, what is not signed is refused; without it, everything is taken and marked unverified.
    /// It may change while the listener runs.
    pub app_secret: watch::Receiver<Option<SecretString>>,
}

impl ListenerAccount {
    /// The only one.
    pub const fn only(path: String, app_secret: watch::Receiver<Option<SecretString>>) -> Self {
        Self { name: String::new(), path, app_secret }
    }
}

/// What the listener answers by.
#[derive(Debug)]
pub struct ListenerSettings {
    /// Whom messages come for; no two have one path.
    pub accounts: Vec<ListenerAccount>,
    /// A signature whose timestamp is further away than this is refused; `None` for no limit (protocol T14).
    pub max_age: Option<Duration>,
    /// Proxies whose word on who calls is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may call; empty for everyone.
    pub allow: Vec<IpNet>,
    /// With it, only TLS is spoken.
    pub tls: Option<Arc<Tls>>,
    /// The most connections at once, mostly [`CONNECTIONS`].
    pub connections: usize,
    /// Longer bodies are refused, in bytes.
    pub body_limit: usize,
    /// What answers which message; empty for none.
    pub rules: Vec<Rule>,
    /// Which attachments are queued with their messages.
    pub policy: Policy,
    /// Where the heads of callbacks are kept for a while.
    pub heads: Arc<Heads>,
    /// Where calls are announced for the user's bots, one of which may answer them.
    pub door: Arc<BotDoor>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

impl ListenerSettings {
    /// For one account, and a clock: nobody kept out, the limits as they are by default.
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

/// What every answer needs.
struct Context {
    settings: ListenerSettings,
    archive: Archive,
    traffic: watch::Sender<Traffic>,
    logged: Quota,
    told: Quota,
    turns: Semaphore,
    replays: Replays,
    room: body::Room,
    /// Who else is to have a message before it is answered.
    quorum: Option<Quorum>,
}

/// A bound socket that nobody answers yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    quorum: Option<Quorum>,
}

impl Listener {
    /// Binds; port 0 takes any free one. From here on callers wait instead of being refused. Needs a running tokio.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub fn bind(address: SocketAddr) -> Result<Self, Error> {
        let failed = |source| Error { address, source };
        let socket = listen(address).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, quorum: None })
    }

    /// Takes a socket that somebody else has bound and listens on, such as the service manager: whoever calls while nobody
    /// answers waits there. Needs a running tokio.
    ///
    /// # Errors
    ///
    /// When the socket cannot be used.
    pub fn passed(socket: std::net::TcpListener) -> Result<Self, Error> {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let address = socket.local_addr().map_err(|source| Error { address: unknown, source })?;
        let socket = socket.set_nonblocking(true).and_then(|()| TcpListener::from_std(socket));
        Ok(Self { socket: socket.map_err(|source| Error { address, source })?, address, quorum: None })
    }

    /// The same, where a cluster is to have each message before it is answered.
    pub fn with_quorum(self, quorum: Option<Quorum>) -> Self {
        Self { quorum, ..self }
    }

    /// Another handle on the socket, which stays open for as long as there is one.
    ///
    /// # Errors
    ///
    /// When no more files can be open.
    pub fn share(&self) -> io::Result<std::net::TcpListener> {
        self.socket.as_fd().try_clone_to_owned().map(Into::into)
    }

    /// Where it listens, with the real port.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers calls until `stop`, then lets what is open end, for at most 3 s. `traffic` counts what came.
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
            // The end first: a flood of connections must not keep the listener running.
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = accept(&self.socket, &context, &seats) => accepted,
            };
            let Some((stream, remote, seat)) = accepted else { continue };
            open.spawn(connection::serve(Arc::clone(&context), stream, remote, seat, stop.clone()));
        }
        // Nobody is accepted any more. Callers that come now are refused at once, or wait where the socket belongs to somebody else.
        drop(self.socket);
        open.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, open.wait()).await.is_err() {
            tracing::warn!("connections were still open when the listener stopped");
        }
    }
}

/// While messages are not kept, finds out whether they would be: who balances loads sends no callback here before that is said.
async fn recover(archive: Archive, traffic: watch::Sender<Traffic>, pause: Duration) {
    let mut seen = traffic.subscribe();
    while seen.wait_for(|traffic| traffic.trouble.is_some()).await.is_ok() {
        tokio::time::sleep(pause).await;
        // A callback may have found out meanwhile.
        let is_wrong = seen.borrow().trouble.is_some();
        if is_wrong && archive.try_out().await.is_ok() {
            traffic.send_modify(|traffic| traffic.trouble = None);
        }
    }
}

/// As `TcpListener::bind`, with a longer backlog.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // So that a restart need not wait for the old connections to fade.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A connection and its seat.
type Accepted = (TcpStream, SocketAddr, Arc<Seat>);

/// The next connection; `None` when it did not come about, also by a panic in here. While there is none to be had, callers
/// wait in the kernel's backlog.
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
    // Answers are small and wanted at once.
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
