//! The holder's end: accepts dashboards, sends each the newest state, and has their orders carried out.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};
use tokio_util::sync::CancellationToken;

use crate::reason::{Reason, attach, files};
use crate::worker;

use super::protocol::{self, Heard, Hello, LINE, Order, Outcome, PROTOCOL, ToDashboard, ToHolder, VERSION, Welcome};
use super::turns::{OwnTurns, Turns};
use super::{Door, Watches, socket};

/// The maximum number of dashboards; the next one is told so and its connection closed.
pub const DASHBOARDS: usize = 64;
/// The maximum number of other connections: those for a single order, and those that have not introduced
/// themselves yet.
pub const GUESTS: usize = 16;
/// The maximum number of orders of one dashboard in progress; nothing more is read from it until one is done.
pub const ORDERS: usize = 64;
/// The time after which a dashboard that accepts no data is given up.
pub const STUCK: Duration = Duration::from_secs(10);
/// The maximum time until the first message of a connection.
const HELLO: Duration = Duration::from_secs(2);
/// The time between two checks that the socket file is in place.
const LOOK: Duration = Duration::from_secs(30);
/// The pause after a failed accept, which is mostly due to a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Carries out an order of a caller.
pub type CarryOut = dyn Fn(Order, Arc<Caller>) -> BoxFuture<'static, Outcome> + Send + Sync;

/// The process that holds the archive, as its dashboards see it.
#[derive(Clone)]
pub struct Host {
    /// Its newest state.
    pub watches: Watches,
    /// Returns its first message.
    pub welcome: Arc<dyn Fn() -> Welcome + Send + Sync>,
    /// Carries out orders.
    pub carry_out: Arc<CarryOut>,
    /// Number of attached dashboards.
    pub attached: Arc<watch::Sender<usize>>,
    /// The reason for its end, unless it just stops listening.
    pub farewell: Arc<OnceLock<Reason>>,
}

/// A connection that gives orders. Work that is done for it alone ends with it.
#[derive(Debug, Default)]
pub struct Caller {
    /// Cancelled when the connection ends.
    pub gone: CancellationToken,
    /// Ends the simulation that runs for it.
    pub simulation: std::sync::Mutex<CancellationToken>,
}

/// Accepts dashboards until `stop`.
pub async fn run(mut door: Door, host: Host, stop: CancellationToken) {
    let seats = Arc::new(Semaphore::new(DASHBOARDS + GUESTS));
    let turns = Arc::new(Mutex::new(Turns::new(Instant::now())));
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = looks.tick() => {
                door.keep_in_place();
                continue;
            }
            accepted = door.listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let seat = Arc::clone(&seats).try_acquire_owned().ok();
                let host = (host.clone(), Arc::clone(&turns));
                tokio::spawn(receive(stream, host, seat, stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a dashboard could not be let in");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Admits a connection, or tells it why not. A panic ends only this connection.
async fn receive(
    stream: UnixStream,
    host: (Host, Arc<Mutex<Turns>>),
    seat: Option<OwnedSemaphorePermit>,
    stop: CancellationToken,
) {
    if !socket::is_own(&stream) {
        tracing::warn!("a dashboard of another user was refused");
        return drop(farewell(&mut lines(stream), attach::OTHER_USER.into()).await);
    }
    let Some(_seat) = seat else {
        return drop(farewell(&mut lines(stream), attach::TOO_MANY.with(DASHBOARDS)).await);
    };
    let talked = AssertUnwindSafe(Connection::talk(lines(stream), host, stop)).catch_unwind().await;
    if let Ok(Err(error)) = talked {
        tracing::debug!(%error, "a dashboard has gone");
    }
}

type Lines = Framed<UnixStream, LinesCodec>;

fn lines(stream: UnixStream) -> Lines {
    Framed::new(stream, LinesCodec::new_with_max_length(LINE))
}

/// Sends a line. Fails when the dashboard does not accept it in time.
async fn send(lines: &mut Lines, said: &ToDashboard) -> Result<(), LinesCodecError> {
    let sent = timeout(STUCK, lines.send(protocol::line_of(said))).await;
    sent.unwrap_or_else(|_elapsed| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}

async fn farewell(lines: &mut Lines, reason: Reason) -> Result<(), LinesCodecError> {
    send(lines, &ToDashboard::Bye { protocol: PROTOCOL, reason }).await
}

/// An admitted connection.
struct Connection {
    lines: Lines,
    hello: Hello,
    host: Host,
    turns: Arc<Mutex<Turns>>,
    caller: Arc<Caller>,
    n_orders: usize,
    outcomes_tx: mpsc::Sender<(u64, Outcome)>,
    outcomes: mpsc::Receiver<(u64, Outcome)>,
    stop: CancellationToken,
}

/// The next thing to do for a connection.
enum Next {
    Stop,
    Heard(Option<Result<String, LinesCodecError>>),
    Done(u64, Outcome),
    News,
}

impl Connection {
    async fn talk(
        mut lines: Lines,
        (host, turns): (Host, Arc<Mutex<Turns>>),
        stop: CancellationToken,
    ) -> Result<(), LinesCodecError> {
        let hello = match hello(&mut lines).await {
            Ok(hello) => hello,
            Err(reason) => return farewell(&mut lines, reason).await,
        };
        let attached = hello.is_dashboard.then(|| Attached::new(&host.attached));
        if let Some(None) = attached {
            return farewell(&mut lines, attach::TOO_MANY.with(DASHBOARDS)).await;
        }
        send(&mut lines, &ToDashboard::Welcome(Box::new((host.welcome)()))).await?;
        let (outcomes_tx, outcomes) = mpsc::channel(ORDERS);
        let caller = Arc::default();
        let mut connection = Self { lines, hello, host, turns, caller, n_orders: 0, outcomes_tx, outcomes, stop };
        connection.go_on().await
    }

    async fn go_on(&mut self) -> Result<(), LinesCodecError> {
        let mut watches = self.host.watches.clone();
        watches.mark_changed();
        let is_dashboard = self.hello.is_dashboard;
        let mut turns = OwnTurns::new(Arc::clone(&self.turns), self.host.attached.subscribe(), &watches);
        loop {
            let next = tokio::select! {
                biased;
                () = self.stop.cancelled() => Next::Stop,
                Some((id, outcome)) = self.outcomes.recv() => Next::Done(id, outcome),
                heard = self.lines.next(), if self.n_orders < ORDERS => Next::Heard(heard),
                () = turns.come(&mut watches), if is_dashboard => Next::News,
            };
            match next {
                Next::Stop => {
                    let reason = self.host.farewell.get().cloned();
                    return farewell(&mut self.lines, reason.unwrap_or_else(|| attach::HOLDER_STOPS.into())).await;
                }
                Next::Done(id, outcome) => {
                    self.n_orders -= 1;
                    self.done(id, outcome).await?;
                }
                Next::Heard(None) => return Ok(()),
                Next::Heard(Some(Ok(line))) => {
                    if !self.hear(&line).await? {
                        return farewell(&mut self.lines, attach::NOT_UNDERSTOOD.into()).await;
                    }
                }
                Next::Heard(Some(Err(error))) => {
                    farewell(&mut self.lines, attach::NOT_UNDERSTOOD.into()).await?;
                    return Err(error);
                }
                Next::News => {
                    turns.tell(&watches);
                    let news = watches.take();
                    if !news.is_empty() {
                        send(&mut self.lines, &ToDashboard::News(Box::new(news))).await?;
                    }
                }
            }
        }
    }

    async fn done(&mut self, id: u64, outcome: Outcome) -> Result<(), LinesCodecError> {
        send(&mut self.lines, &ToDashboard::Done { id, outcome }).await
    }

    /// Handles a line; returns whether it is a message.
    async fn hear(&mut self, line: &str) -> Result<bool, LinesCodecError> {
        match ToHolder::read(line) {
            Heard::Said(ToHolder::Ask { id, order }) if self.hello.is_read_only && order.is_change() => {
                self.done(id, Outcome::Failed(attach::READS_ONLY.into())).await?;
            }
            Heard::Said(ToHolder::Ask { id, order }) => self.begin(id, order),
            Heard::Said(ToHolder::Ping) => send(&mut self.lines, &ToDashboard::Pong).await?,
            Heard::UnknownOrder(id) => self.done(id, Outcome::Failed(attach::ORDER_UNKNOWN.with(VERSION))).await?,
            Heard::Said(ToHolder::Hello(_)) | Heard::Unknown => {}
            Heard::Garbage => return Ok(false),
        }
        Ok(true)
    }

    /// Begins to carry out an order, after the orders before it, and completes it even if the connection ends. A slow
    /// order holds up no other.
    fn begin(&mut self, id: u64, order: Order) {
        self.n_orders += 1;
        let carried_out = (self.host.carry_out)(order, Arc::clone(&self.caller));
        let outcomes = self.outcomes_tx.clone();
        worker::begin(Box::pin(async move {
            let outcome = AssertUnwindSafe(carried_out).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_reported| Outcome::Failed(files::FAULT.into())).within(LINE / 2);
            // The connection may have ended.
            drop(outcomes.send((id, outcome)).await);
        }));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.caller.gone.cancel();
    }
}

/// Reads the first message, or returns the reason why the connection is refused.
async fn hello(lines: &mut Lines) -> Result<Hello, Reason> {
    let said = timeout(HELLO, lines.next()).await.ok().flatten().ok_or(attach::NO_HELLO)?;
    let Heard::Said(ToHolder::Hello(hello)) = said.map_or(Heard::Garbage, |line| ToHolder::read(&line)) else {
        return Err(attach::NOT_UNDERSTOOD.into());
    };
    protocol::is_understood((PROTOCOL, VERSION), (hello.protocol, &hello.version))?;
    Ok(hello)
}

/// Counts a dashboard until it is dropped.
struct Attached(Arc<watch::Sender<usize>>);

impl Attached {
    /// Returns `None` when the maximum is reached.
    fn new(count: &Arc<watch::Sender<usize>>) -> Option<Self> {
        let has_place = count.send_if_modified(|n| {
            let has_place = *n < DASHBOARDS;
            *n += usize::from(has_place);
            has_place
        });
        has_place.then(|| Self(Arc::clone(count)))
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}
