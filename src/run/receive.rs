//! What `weibox`, `serve` and `demo` share: lock, archive, listener and downloads, and the order of stopping them.

use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::WorkerGuard;

use crate::archive::{Archive, Lock};
use crate::config::Config;
use crate::download::{self, Downloads};
use crate::listener::{self, Heads, Listener, Tls};
use crate::log;
use crate::record::traffic::Traffic;
use crate::run::retention::{self, Limits};
use crate::run::{clock, limits};

/// Everything that receives and keeps messages, running.
pub(super) struct Receiver {
    pub(super) archive: Archive,
    pub(super) address: SocketAddr,
    pub(super) downloads: Downloads,
    pub(super) traffic: watch::Receiver<Traffic>,
    /// The heads of the last callbacks.
    pub(super) heads: Arc<Heads>,
    /// What the listener checks calls with.
    pub(super) app_secret: watch::Sender<Option<SecretString>>,
    /// Ends all of it.
    pub(super) stop: CancellationToken,
    listener: JoinHandle<()>,
    retention: JoinHandle<()>,
    _lock: Lock,
    _log: WorkerGuard,
}

impl Receiver {
    /// Opens in this order: what may be refused first.
    pub(super) fn start(config: &Config, name: &str) -> anyhow::Result<Self> {
        config.check_listener()?;
        let data_dir = &config.data_dir.value;
        let tls = config.tls_cert.value.clone().zip(config.tls_key.value.clone());
        let tls = tls.map(|(certificate, key)| Tls::open(certificate, key)).transpose()?;
        let lock = Lock::acquire(data_dir, name)?;
        let archive = Archive::open(data_dir)?;
        let log = log::start(data_dir, config.log.value, clock::now)?;
        let socket = Listener::bind(config.listen.value)?;
        let address = socket.address();
        let stop = CancellationToken::new();
        let downloads = download::start(archive.clone(), download_settings(config), clock::now, &stop);
        let (counter, traffic) = watch::channel(Traffic::default());
        let (app_secret, checked_with) = watch::channel(config.app_secret.value.clone());
        let heads = Arc::new(Heads::default());
        let settings = listener::Settings {
            path: config.path.value.clone(),
            app_secret: checked_with,
            max_age: config.signature_max_age.value,
            trusted_proxies: config.trusted_proxies.value.clone(),
            allow: config.allow.value.clone(),
            tls,
            connections: limits::connections(),
            body_limit: config.body_limit.value,
            rules: config.replies.value.clone(),
            heads: Arc::clone(&heads),
            now: clock::now,
        };
        let listener = tokio::spawn(socket.run(settings, archive.clone(), counter, stop.child_token()));
        let retention = retention::start(archive.clone(), Limits::of(config), stop.child_token());
        tracing::info!(%address, "listening");
        Ok(Self {
            archive,
            address,
            downloads,
            traffic,
            heads,
            app_secret,
            stop,
            listener,
            retention,
            _lock: lock,
            _log: log,
        })
    }

    /// `127.0.0.1:8080/weibo`.
    pub(super) fn callback(&self, config: &Config) -> String {
        format!("{}{}", self.address, config.path.value)
    }

    /// `http://127.0.0.1:8080/weibo`, or with `https`.
    pub(super) fn url(&self, config: &Config) -> String {
        let scheme = if config.tls_cert.value.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.callback(config))
    }

    /// Stops: no new calls, open ones answered, downloads put back, everything written, then the file closed.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.stop.cancel();
        if let Err(error) = self.listener.await {
            tracing::error!(%error, "the listener ended badly");
        }
        if let Err(error) = self.downloads.join().await {
            tracing::error!(%error, "the downloads ended badly");
        }
        if let Err(error) = self.retention.await {
            tracing::error!(%error, "retention ended badly");
        }
        self.archive.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// How the config wants files fetched.
pub(super) fn download_settings(config: &Config) -> download::Settings {
    download::Settings {
        media_url: config.media_url.value.clone(),
        token: config.access_token.value.clone(),
        concurrency: config.download_concurrency.value,
        max_bytes: config.download_max_bytes.value,
        backoff: download::BACKOFF,
    }
}
