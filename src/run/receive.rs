//! What `weibox`, `serve` and `demo` share: lock, archive, listener and downloads, and the order of stopping them.

use std::net::{SocketAddr, TcpListener};
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, AccountFilter, Archive, Damage, Lock};
use crate::attach::{ClaimBoard, Host, Watches, Welcome};
use crate::cluster::ClusterNode;
use crate::config::{Account, Config};
use crate::download::Downloads;
use crate::forward::Forwarding;
use crate::language::commands;
use crate::listener::{self, Heads, Listener, Tls};
use crate::names::{self, NameDoor, NameSettings};
use crate::notify::Notifying;
use crate::outbox::{Outbox, OutboxSettings};
use crate::reason::{self, Reason};
use crate::record::people::SenderClaim;
use crate::record::traffic::Traffic;
use crate::run::alarm;
use crate::run::download::start_downloads;
use crate::run::handover::{Inherited, Successor};
use crate::run::holder::Holder;
use crate::run::host;
use crate::run::orders::{Desk, Orders};
use crate::run::rate::MinuteRate;
use crate::run::retention::{self, Keeper, Limits};
use crate::run::{alert, clock, cluster, limits, metrics, say, self_test, systemd};
use crate::terminal;
use crate::web::AccountToken;

mod signs;

use signs::signs;

/// The maximum time that deliveries under way delay a handover, because callers wait for the successor. The outcome
/// of a delivery that is cut off is unknown, and the successor sends it again.
const HURRY: Duration = Duration::from_millis(250);

/// Everything that receives and stores messages, running.
pub(super) struct Receiver {
    pub(super) archive: Archive,
    /// Address of the listener; `None` if nothing is received.
    pub(super) address: Option<SocketAddr>,
    pub(super) downloads: Downloads,
    /// What dashboards see and may request.
    pub(super) host: Host,
    /// Desk that carries out the dashboards' orders.
    pub(super) desk: Arc<Desk>,
    /// Token that ends all of it.
    pub(super) stop: CancellationToken,
    listener: JoinHandle<()>,
    followers: Followers,
    retention: JoinHandle<()>,
    door: JoinHandle<()>,
    /// What a successor is handed, and what is kept until the end.
    given: Inherited,
}

/// Workers that follow the archive.
struct Followers {
    forwarding: Forwarding,
    notifying: Notifying,
    /// `None` without a cluster.
    cluster: Option<ClusterNode>,
    /// `None` once a handover has ended it first.
    outbox: Option<Outbox>,
}

impl Followers {
    /// Ends the workers; a `hurry` limits the time for deliveries under way and for notices.
    async fn end(self, hurry: Option<Duration>) {
        let ended = async {
            self.forwarding.end().await;
            self.notifying.end().await;
        };
        match hurry {
            Some(hurry) => drop(tokio::time::timeout(hurry, ended).await),
            None => ended.await,
        }
        if let Some(cluster) = self.cluster {
            cluster.end().await;
        }
        if let Some(outbox) = self.outbox {
            outbox.end().await;
        }
    }
}

impl Receiver {
    /// Starts everything, with the steps that may be refused first. Does not open again what was `given`.
    pub(super) fn start(config: &Config, name: &str, mut given: Inherited) -> anyhow::Result<Self> {
        let config = &given.settings(config);
        check(config, &given)?;
        let (panics, data_dir) = (terminal::panics(), &config.data_dir.value);
        let tls = given.open_tls(config)?;
        let touched = retention::touched(data_dir);
        let lock = given.lock(data_dir, name)?;
        let damages = archive::mend_at_start(data_dir, &lock, clock::now())?;
        let archive = Archive::open_to_listen(data_dir, lock, clock::now)?;
        given.start_log(config)?;
        let mended = damages.iter().map(|damage| tell(config, damage)).reduce(|first, _| first);
        let crowded = limits::warning().map(|warning| warn(config, warning));
        let socket = open_socket(config, &mut given)?;
        let address = socket.as_ref().map(Listener::address);
        given.metrics = metrics::bind(config, given.metrics.take())?;
        let stop = CancellationToken::new();
        let cluster = cluster::start(&archive, config, &stop);
        let downloads = start_downloads(&archive, config, &stop);
        let (outbox, answers) = start_outbox(&archive, config, downloads.tokens(), &stop);
        answers.send_modify(|is_on| *is_on |= given.may_reply);
        let (counter, traffic) = watch::channel(traffic_before(&archive)?);
        let (app_secret, accounts) = accounts(config);
        let (begin, sender) = (archive.committed().borrow().seq, alert::sender(config)?);
        let (claims, heads) = (ClaimBoard::default(), Arc::<Heads>::default());
        let claimed = cluster::share_claims(cluster.as_ref(), claims.watch(), &archive, &stop);
        let forwarding = start_forwarding(&archive, config, &accounts, &claimed)?;
        let settings = listener_settings(config, accounts, tls, &heads, &forwarding);
        let way_in = self_test::start(config, app_secret.subscribe(), counter.clone(), stop.child_token());
        let listener = listen(socket, cluster.as_ref(), (settings, counter), &archive, &stop);
        let (doubt, clock) = watch::channel(None);
        let keeper = Keeper { archive: archive.clone(), limits: Limits::of(config), now: clock::now, touched, doubt };
        let retention = retention::start(keeper, stop.child_token());
        let seen = (traffic.clone(), sender.silent(), clock, way_in, panics);
        let told = alarm::start(signs(config, &archive, &downloads, &forwarding, seen), stop.child_token());
        let notifying = Notifying::start(&archive, &config.alerts.value, begin, &sender, &told, clock::now);
        let is_signed = host::is_signed(config, app_secret.subscribe());
        let (committed, targets, channels) = (archive.committed(), forwarding.board.clone(), sender.silent());
        let (board, seen) = (downloads.board(), cluster::seen(cluster.as_ref(), &stop));
        let watches =
            Watches { committed, traffic, board, targets, channels, claims: claimed, cluster: seen, is_signed, told };
        let rate = MinuteRate::start(watches.traffic.clone(), stop.child_token());
        systemd::start(&archive, &watches, rate.clone(), config, stop.child_token());
        let handles = (&archive, &downloads, forwarding.orders.clone());
        let desk = host::desk(
            config,
            address,
            handles,
            (heads, app_secret),
            (answers, claims, start_names(&archive, config, downloads.tokens(), &stop)),
            stop.clone(),
        )?;
        let notice = mended.or(crowded);
        let welcome = Welcome { command: name.to_owned(), notice, ..host::welcome(config, address) };
        let (host, facts) = host::host(&desk, watches, (welcome, host::urls(config, address)), rate);
        if let Some(socket) = &given.metrics {
            metrics::start(socket, facts, &stop)?;
        }
        let door = host::open_door(config, host.clone(), &stop);
        tracing::info!(?address, "listening");
        let followers = Followers { forwarding, notifying, cluster, outbox: Some(outbox) };
        Ok(Self { archive, address, downloads, host, desk, stop, listener, followers, retention, door, given })
    }

    /// Returns the counts of the listener.
    pub(super) fn traffic(&self) -> &watch::Receiver<Traffic> {
        &self.host.watches.traffic
    }

    /// Returns what the dashboard of this process needs.
    pub(super) fn holder(&self) -> Holder {
        Holder {
            readers: self.archive.readers(),
            data_dir: self.archive.data_dir().to_owned(),
            media_dir: self.archive.media_dir().to_owned(),
            watches: self.host.watches.clone(),
            orders: Orders::here(Arc::clone(&self.desk)),
            welcome: (self.host.welcome)(),
            link: None,
            presence: None,
        }
    }

    /// Returns the listener's URL, such as `http://127.0.0.1:8080/weibo`; with several accounts, that of the first.
    pub(super) fn url(&self, config: &Config) -> String {
        host::url(config, self.address)
    }

    /// Returns the URL of each account, with its name if there are several.
    pub(super) fn urls(&self, config: &Config) -> Vec<String> {
        host::urls(config, self.address)
    }

    /// Tells the previous listener that requests are answered again.
    pub(super) fn is_served(&mut self) {
        self.given.is_served();
    }

    /// Stops without refusing a caller: answers what was accepted, closes the archive and hands over to the
    /// successor, whose process is returned. On failure, returns everything that is needed to go on.
    pub(super) async fn hand_over(mut self, successor: Successor) -> Result<Child, (Reason, Box<Inherited>)> {
        if let Some(outbox) = self.followers.outbox.take() {
            // Ended before callers have to wait, because Weibo may be slow, and a reply under way must never be sent
            // again.
            outbox.end().await;
        }
        // Only this function sets it, so it cannot be set already.
        drop(self.host.farewell.set(reason::attach::HOLDER_MOVES.into()));
        let mut given = std::mem::take(&mut self.given);
        given.may_reply = *self.desk.answers.borrow();
        let secrets = &self.desk.secrets;
        given.secrets = Some([&secrets.app_secret, &secrets.access_token].map(|secret| secret.borrow().clone()));
        if let Err(error) = self.end(Some(HURRY), async {}).await {
            tracing::error!(%error, "the archive was not closed in order");
        }
        let handed = tokio::task::spawn_blocking(move || (successor.serve(&given), given)).await;
        match handed {
            Ok((Ok(process), _)) => Ok(process),
            Ok((Err(reason), given)) => Err((reason, Box::new(given))),
            Err(_reported) => Err((reason::files::FAULT.into(), Box::default())),
        }
    }

    /// Stops: refuses new requests, answers open ones, requeues downloads, writes everything, then closes the
    /// archive.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.close_after(async {}).await
    }

    /// Stops like [`Self::close`], but waits for `followed` before it closes the archive. No new messages come by
    /// then.
    pub(super) async fn close_after<T>(mut self, followed: impl Future<Output = T>) -> anyhow::Result<T> {
        // Otherwise callers would wait in the queue of a socket that nobody serves.
        drop((self.given.socket.take(), self.given.metrics.take()));
        // Kept to the end, because the steps below still log.
        let _log = self.given.log.take();
        self.end(None, followed).await
    }

    /// Ends everything in order; see [`Followers::end`] for the `hurry`.
    async fn end<T>(self, hurry: Option<Duration>, followed: impl Future<Output = T>) -> anyhow::Result<T> {
        self.stop.cancel();
        if let Err(error) = self.listener.await {
            tracing::error!(%error, "the listener ended badly");
        }
        self.followers.end(hurry).await;
        // The next process needs the name of the socket.
        drop(self.door.await);
        if let Err(error) = self.downloads.join().await {
            tracing::error!(%error, "the downloads ended badly");
        }
        if let Err(error) = self.retention.await {
            tracing::error!(%error, "retention ended badly");
        }
        let followed = followed.await;
        self.archive.close().await?;
        tracing::info!("stopped");
        Ok(followed)
    }
}

/// Starts to answer requests, if there is a socket.
fn listen(
    socket: Option<Listener>,
    cluster: Option<&ClusterNode>,
    (settings, counter): (listener::ListenerSettings, watch::Sender<Traffic>),
    archive: &Archive,
    stop: &CancellationToken,
) -> JoinHandle<()> {
    let socket = socket.map(|socket| socket.with_quorum(cluster.map(|node| node.quorum.clone())));
    let (archive, stop) = (archive.clone(), stop.child_token());
    tokio::spawn(async move {
        let Some(socket) = socket else { return };
        socket.run(settings, archive, counter, stop).await;
    })
}

/// Refuses, before anything is opened, to be a second listener, and then to take unsigned messages from other
/// machines. The second check comes later because it does not concern a process that attaches instead.
fn check(config: &Config, given: &Inherited) -> anyhow::Result<()> {
    let data_dir = &config.data_dir.value;
    if given.lock.is_none()
        && let Some(holder) = Lock::look(data_dir)?
    {
        return Err(archive::Error::Locked { path: data_dir.clone(), holder }.into());
    }
    if given.is_without_listener {
        return Ok(());
    }
    let address = given.socket.as_ref().map_or(Ok(config.listen.value), TcpListener::local_addr)?;
    Ok(config.check_listener(address)?)
}

/// Binds the socket for callbacks, unless nothing is to be received.
fn open_socket(config: &Config, given: &mut Inherited) -> Result<Option<Listener>, listener::Error> {
    if given.is_without_listener {
        return Ok(None);
    }
    let socket = given.socket.take().map_or_else(|| Listener::bind(config.listen.value), Listener::passed)?;
    given.socket = socket.share().ok();
    Ok(Some(socket))
}

/// Returns the accounts for the listener, and the sender for changes of the first account's secret.
fn accounts(config: &Config) -> (watch::Sender<Option<SecretString>>, Vec<listener::ListenerAccount>) {
    let mut first = None;
    let account = |Account { name, path, app_secret, .. }| {
        let (sender, app_secret) = watch::channel(app_secret);
        first.get_or_insert(sender);
        listener::ListenerAccount { name, path, app_secret }
    };
    let accounts = config.all_accounts().into_iter().map(account).collect();
    (first.unwrap_or_else(|| watch::channel(None).0), accounts)
}

fn listener_settings(
    config: &Config,
    accounts: Vec<listener::ListenerAccount>,
    tls: Option<Arc<Tls>>,
    heads: &Arc<Heads>,
    forwarding: &Forwarding,
) -> listener::ListenerSettings {
    listener::ListenerSettings {
        accounts,
        max_age: config.signature_max_age.value,
        trusted_proxies: config.trusted_proxies.value.clone(),
        allow: config.allow.value.clone(),
        tls,
        connections: limits::connections(),
        body_limit: config.body_limit.value,
        rules: config.replies.value.clone(),
        policy: config.download_policy(),
        heads: Arc::clone(heads),
        door: Arc::clone(&forwarding.door),
        now: clock::now,
    }
}

fn start_forwarding(
    archive: &Archive,
    config: &Config,
    accounts: &[listener::ListenerAccount],
    claims: &watch::Receiver<Vec<SenderClaim>>,
) -> Result<Forwarding, Reason> {
    let secrets = accounts.iter().map(|account| (account.name.clone(), account.app_secret.clone())).collect();
    Forwarding::start(archive, config.targets.value.clone(), &secrets, claims, clock::now)
}

/// Returns the traffic at the start: earlier processes have logged the last handshake.
fn traffic_before(archive: &Archive) -> Result<Traffic, archive::Error> {
    Ok(Traffic { last_handshake_at: archive.reader()?.last_handshake()?, ..Traffic::default() })
}

fn start_names(archive: &Archive, config: &Config, tokens: &[AccountToken], stop: &CancellationToken) -> NameDoor {
    let (policy, url) = (config.names.value, config.names_url.value.clone());
    names::start(archive, NameSettings { policy, url, tokens: tokens.to_vec() }, clock::now, stop)
}

/// Starts the outbox; returns it with the switch that allows replies.
pub(super) fn start_outbox(
    archive: &Archive,
    config: &Config,
    tokens: &[AccountToken],
    stop: &CancellationToken,
) -> (Outbox, watch::Sender<bool>) {
    let (answers, is_on) = watch::channel(config.answers_enabled.value);
    let names: Vec<String> = tokens.iter().map(|token| token.account.clone()).collect();
    let accounts = tokens.iter().enumerate();
    let accounts = accounts.map(|(index, token)| (AccountFilter::of_several(&names, index), token.clone()));
    let settings = OutboxSettings { url: config.answers_url.value.clone(), is_on, accounts: accounts.collect() };
    (Outbox::start(archive, settings, clock::now, stop), answers)
}

/// Reports what happened to a damaged or replaced archive, on stderr before the screen starts and in the log.
fn tell(config: &Config, damage: &Damage) -> Reason {
    let reason = alarm::damage(damage);
    tracing::error!("{reason}");
    // A closed stderr is ignored.
    drop(say(&reason.of(config.language.value)));
    reason
}

/// Reports a warning, on stderr before the screen starts and in the log.
fn warn(config: &Config, (warning, hint): (Reason, Reason)) -> Reason {
    tracing::warn!("{warning}; hint: {hint}");
    let language = config.language.value;
    // A closed stderr is ignored.
    drop(say(&commands::WARNING.with(language, &[&warning.of(language)])));
    drop(say(&commands::HINT.with(language, &[&hint.of(language)])));
    warning
}
