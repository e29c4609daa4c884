//! The dashboard's end: attaches to the holder of an archive, keeps the newest state that the holder sends,
//! sends orders to it, and reconnects when the connection is lost.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::UnixStream;
use tokio::sync::{Mutex, Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::codec::{Framed, LinesCodec};

use crate::archive::Lock;
use crate::reason::{Reason, archive, attach, hints};

use super::newest::Newest;
use super::protocol::{self, Hello, LINE, Order, Outcome, PROTOCOL, ToDashboard, ToHolder, VERSION, Welcome};
use super::pulse::{self, Pulse, Sign};
use super::{Watches, socket};

/// The maximum time to wait for the first answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pauses between attempts to reconnect; the last one repeats.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];
/// The maximum number of orders that wait to be sent.
const ORDERS: usize = 64;

/// Why a dashboard cannot attach.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
#[error("{}", self.reason())]
pub enum Error {
    /// Nobody holds the archive.
    NobodyThere {
        /// The data directory.
        data_dir: PathBuf,
    },
    /// The holder cannot be reached, or it is unclear whether there is one.
    Unreachable {
        /// The data directory.
        data_dir: PathBuf,
        source: io::Error,
    },
    /// The named process holds the archive, but has no socket.
    NoSocket(String),
    /// The process with this id holds the archive, but is stopped.
    Stopped(u32),
    /// The holder refused.
    Refused(Reason),
    /// The holder sent nothing, or something that is no message.
    Silent,
}

impl Error {
    /// Returns the reason, for people.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NobodyThere { data_dir } => attach::NOBODY_SERVES.with(data_dir.display()),
            Self::Unreachable { data_dir, source } => attach::NO_SOCKET.with(data_dir.display()).with(source),
            Self::NoSocket(holder) => attach::HOLDER_WITHOUT_SOCKET.with(Lock::words(holder)),
            Self::Stopped(process) => archive::HOLDER_PAUSED.with(*process).with(*process),
            Self::Refused(reason) => reason.clone(),
            Self::Silent => attach::NO_ANSWER.into(),
        }
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        let hint = match self {
            Self::Unreachable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => hints::AS_OWNER,
            Self::NobodyThere { .. } => hints::SERVE_FIRST,
            Self::NoSocket(_) => hints::SOCKET_COMES_BACK,
            Self::Unreachable { .. } | Self::Stopped(_) | Self::Refused(_) | Self::Silent => return None,
        };
        Some(hint.into())
    }
}

/// State of the connection to the holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The holder is connected.
    Up(Box<Welcome>),
    /// The connection is lost, for this reason.
    Down(Reason),
}

/// An order and the sender for its outcome.
type Asked = (Order, oneshot::Sender<Outcome>);

/// A holder in another process. Dropping it ends the connection.
#[derive(Debug)]
pub struct Remote {
    /// The newest state that it sent.
    pub watches: Watches,
    /// State of the connection.
    pub link: watch::Receiver<Link>,
    /// Its first message.
    pub welcome: Welcome,
    /// To be notified when the user does something at the screen, so that a holder that does not answer is
    /// noticed at once.
    pub presence: Arc<Notify>,
    orders: OrderSender,
}

/// The sender of orders to the holder. Cloning it is cheap. Who waits for a place in the queue holds the lock, which is
/// given in order, so that orders stay in order when the queue is full.
#[derive(Debug, Clone)]
pub struct OrderSender(Arc<Mutex<mpsc::Sender<Asked>>>);

impl OrderSender {
    /// Has the holder carry out an order, and waits for the outcome. Fails when the holder is gone.
    pub async fn ask(&self, order: Order) -> Outcome {
        let (outcome_tx, outcome) = oneshot::channel();
        // Both fail only when the task that talks to the holder has ended.
        if self.0.lock().await.send((order, outcome_tx)).await.is_err() {
            return nobody();
        }
        outcome.await.unwrap_or_else(|_gone| nobody())
    }
}

/// Returns the outcome of an order that no holder carries out.
fn nobody() -> Outcome {
    Outcome::Failed(attach::NOBODY_LISTENS.into())
}

impl Remote {
    /// Attaches to the holder of the archive in a data directory, until the value is dropped.
    ///
    /// # Errors
    ///
    /// When there is no holder, or when it refuses.
    pub async fn attach(data_dir: &Path, is_read_only: bool) -> Result<Self, Error> {
        let hello = Hello { is_dashboard: true, is_read_only, ..hello() };
        let (mut lines, welcome) = connect(data_dir, &hello).await?;
        let (orders_tx, orders) = mpsc::channel(ORDERS);
        let (newest, watches) = Newest::new(welcome.is_signed);
        let (link_tx, link) = watch::channel(Link::Up(Box::new(welcome.clone())));
        let presence = Arc::<Notify>::default();
        let mut task = Task {
            data_dir: data_dir.to_owned(),
            hello,
            orders,
            newest,
            link_tx,
            presence: Arc::clone(&presence),
            last_id: 0,
            asked: HashMap::new(),
        };
        // Wait for the first news, so that the first frame can show them.
        if let Ok(Some(Ok(line))) = timeout(PATIENCE, lines.next()).await {
            task.hear(ToDashboard::read(&line));
        }
        let first = welcome.clone();
        tokio::spawn(async move { task.run(lines, first).await });
        Ok(Self { watches, link, welcome, presence, orders: OrderSender(Arc::new(Mutex::new(orders_tx))) })
    }

    /// Returns the sender of orders.
    pub fn orders(&self) -> OrderSender {
        self.orders.clone()
    }
}

/// Connects to the holder of the archive in a data directory for one order, and returns its outcome.
///
/// # Errors
///
/// When there is no holder, or when it refuses.
pub async fn ask(data_dir: &Path, order: Order) -> Result<Outcome, Error> {
    let (mut lines, _) = connect(data_dir, &hello()).await?;
    let asked = protocol::line_of(&ToHolder::Ask { id: 1, order });
    let answered = timeout(PATIENCE, async {
        lines.send(asked).await.ok()?;
        loop {
            match ToDashboard::read(&lines.next().await?.ok()?) {
                Some(ToDashboard::Done { outcome, .. }) => return Some(Ok(outcome)),
                Some(ToDashboard::Bye { reason, .. }) => return Some(Err(Error::Refused(reason))),
                Some(ToDashboard::Welcome(_) | ToDashboard::News(_) | ToDashboard::Pong) | None => {}
            }
        }
    });
    answered.await.ok().flatten().unwrap_or(Err(Error::Silent))
}

type Lines = Framed<UnixStream, LinesCodec>;

/// Returns the first message of this process, for a single order.
fn hello() -> Hello {
    Hello { protocol: PROTOCOL, version: VERSION.to_owned(), is_dashboard: false, is_read_only: false }
}

/// Connects to the holder, introduces this process, and waits to be admitted.
async fn connect(data_dir: &Path, hello: &Hello) -> Result<(Lines, Welcome), Error> {
    let stream = match UnixStream::connect(socket::place(data_dir)).await {
        Ok(stream) => stream,
        Err(source) => return Err(unreachable(data_dir, source)),
    };
    // A stopped process cannot answer until it continues.
    if let Some(process) = pulse::process(&stream).filter(|process| pulse::is_stopped(*process)) {
        return Err(Error::Stopped(process));
    }
    match enter(stream, hello).await {
        // The socket of a dead holder may belong to another process now.
        Err(Error::Silent) if Lock::holder(data_dir).is_none() => {
            Err(Error::NobodyThere { data_dir: data_dir.to_owned() })
        }
        entered => entered,
    }
}

/// Returns the reason why the connection failed.
fn unreachable(data_dir: &Path, source: io::Error) -> Error {
    let is_absent = matches!(
        source.kind(),
        // The last one means that the path is too long for a socket.
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::InvalidInput
    );
    match Lock::look(data_dir) {
        Ok(Some(holder)) if is_absent => Error::NoSocket(holder),
        Ok(None) => Error::NobodyThere { data_dir: data_dir.to_owned() },
        Ok(Some(_)) | Err(_) => Error::Unreachable { data_dir: data_dir.to_owned(), source },
    }
}

/// Introduces this process, and waits for an answer.
async fn enter(stream: UnixStream, hello: &Hello) -> Result<(Lines, Welcome), Error> {
    let mut lines = Framed::new(stream, LinesCodec::new_with_max_length(LINE));
    // A holder that refuses may have closed the connection; its message can still be read.
    drop(lines.send(protocol::line_of(&ToHolder::Hello(hello.clone()))).await);
    let answered = timeout(PATIENCE, lines.next()).await;
    let Ok(Some(Ok(line))) = answered else { return Err(Error::Silent) };
    match ToDashboard::read(&line) {
        Some(ToDashboard::Welcome(welcome)) => {
            protocol::is_understood((welcome.protocol, &welcome.version), (PROTOCOL, VERSION))
                .map_err(Error::Refused)?;
            Ok((lines, *welcome))
        }
        Some(ToDashboard::Bye { reason, .. }) => Err(Error::Refused(reason)),
        Some(ToDashboard::News(_) | ToDashboard::Done { .. } | ToDashboard::Pong) | None => Err(Error::Silent),
    }
}

/// The task that talks to the holder until the dashboard ends.
struct Task {
    data_dir: PathBuf,
    hello: Hello,
    orders: mpsc::Receiver<Asked>,
    newest: Newest,
    link_tx: watch::Sender<Link>,
    /// Notified when the user does something at the screen.
    presence: Arc<Notify>,
    last_id: u64,
    asked: HashMap<u64, oneshot::Sender<Outcome>>,
}

impl Task {
    /// Runs until the dashboard ends.
    async fn run(&mut self, mut lines: Lines, mut welcome: Welcome) {
        loop {
            let Some(reason) = self.talk(&mut lines, &welcome).await else { return };
            drop(lines);
            self.link_tx.send_replace(Link::Down(reason));
            self.newest.forget();
            // It is unknown whether these orders were carried out.
            for (_, outcome) in self.asked.drain() {
                drop(outcome.send(nobody()));
            }
            let Some(back) = self.come_back().await else { return };
            (lines, welcome) = back;
            self.is_up(&welcome);
        }
    }

    /// Talks until the connection is lost, and returns the reason; `None` when the dashboard ends.
    async fn talk(&mut self, lines: &mut Lines, welcome: &Welcome) -> Option<Reason> {
        let mut pulse = Pulse::new(lines.get_ref(), Instant::now());
        loop {
            let next_look = pulse.next_look(Instant::now());
            tokio::select! {
                heard = lines.next() => {
                    let Some(Ok(line)) = heard else { return Some(attach::HOLDER_GONE.into()) };
                    let said = ToDashboard::read(&line);
                    let is_news = matches!(said, Some(ToDashboard::News(_)));
                    match pulse.heard(is_news, Instant::now()) {
                        Sign::Late => self.newest.tell(attach::HOLDER_ANSWERS.into()),
                        Sign::Stopped => self.is_up(welcome),
                        Sign::Fine | Sign::Asked | Sign::Silent => {}
                    }
                    if let Some(reason) = self.hear(said) {
                        return Some(reason);
                    }
                }
                asked = self.orders.recv() => {
                    let (order, outcome) = asked?;
                    pulse.touched(Instant::now());
                    if pulse.found() == Sign::Stopped {
                        // Otherwise the order would be carried out whenever the holder continues.
                        drop(outcome.send(nobody()));
                        continue;
                    }
                    self.last_id += 1;
                    self.asked.insert(self.last_id, outcome);
                    if !say(lines, &ToHolder::Ask { id: self.last_id, order }).await {
                        return Some(attach::HOLDER_GONE.into());
                    }
                }
                () = self.presence.notified() => pulse.touched(Instant::now()),
                () = sleep_until(next_look) => match pulse.look(Instant::now()) {
                    Some(Sign::Fine) => self.is_up(welcome),
                    Some(Sign::Stopped) => {
                        self.link_tx.send_replace(Link::Down(attach::HOLDER_STOPPED.with(welcome.pid)));
                    }
                    Some(Sign::Late) => self.newest.tell(attach::HOLDER_LATE.into()),
                    Some(Sign::Asked) if say(lines, &ToHolder::Ping).await => {}
                    Some(Sign::Asked | Sign::Silent) => return Some(attach::HOLDER_SILENT.into()),
                    None => {}
                },
            }
        }
    }

    fn is_up(&self, welcome: &Welcome) {
        self.link_tx.send_replace(Link::Up(Box::new(welcome.clone())));
    }

    /// Handles a message. Returns a reason when it is the last one.
    fn hear(&mut self, said: Option<ToDashboard>) -> Option<Reason> {
        match said {
            Some(ToDashboard::News(news)) => self.newest.take(*news),
            Some(ToDashboard::Done { id, outcome }) => {
                if let Some(asked) = self.asked.remove(&id) {
                    // The caller may have dropped its receiver.
                    drop(asked.send(outcome));
                }
            }
            Some(ToDashboard::Bye { reason, .. }) => return Some(reason),
            Some(ToDashboard::Welcome(_) | ToDashboard::Pong) | None => {}
        }
        None
    }

    /// Tries to reconnect until it succeeds; `None` when the dashboard ends.
    async fn come_back(&mut self) -> Option<(Lines, Welcome)> {
        for n_tries in 0.. {
            let pause = PAUSES.get(n_tries).or(PAUSES.last()).copied().unwrap_or_default();
            let until = Instant::now() + pause;
            loop {
                tokio::select! {
                    () = sleep_until(until) => break,
                    asked = self.orders.recv() => {
                        let (_, outcome) = asked?;
                        drop(outcome.send(nobody()));
                    }
                }
            }
            match connect(&self.data_dir, &self.hello).await {
                Ok(back) => return Some(back),
                Err(Error::Refused(reason)) => {
                    self.link_tx.send_if_modified(|link| {
                        let told = Link::Down(reason);
                        let is_news = *link != told;
                        *link = told;
                        is_news
                    });
                }
                Err(_) => {}
            }
        }
        sleep(Duration::MAX).await;
        None
    }
}

/// Sends a message; returns whether that succeeded.
async fn say(lines: &mut Lines, said: &ToHolder) -> bool {
    matches!(timeout(PATIENCE, lines.send(protocol::line_of(said))).await, Ok(Ok(())))
}
