//! What `weibox`, `serve` and `demo` share: lock, archive, listener and downloads, and the order of stopping them.

use std::net::SocketAddr;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::WorkerGuard;

use crate::archive::{Archive, Lock};
use crate::config::Config;
use crate::download::{self, Downloads};
use crate::listener::{self, Listener};
use crate::log;
use crate::record::traffic::Traffic;
use crate::run::clock;
use crate::run::retention::{self, Limits};

/// Everything that receives and keeps messages, running.
pub(super) struct Receiver {
    pub(super) archive: Archive,
    pub(super) address: SocketAddr,
    pub(super) downloads: Downloads,
    pub(super) traffic: watch::Receiver<Traffic>,
    /// Ends all of it.
    pub(super) stop: CancellationToken,
    listener: JoinHandle<()>,
    retention: JoinHandle<()>,
    _lock: Lock,
    _log: WorkerGuard,
}

impl Receiver {
    /// Opens in this order: what may be refused first.
    pub(super) async fn start(config: &Config, name: &str) -> anyhow::Result<Self> {
        config.check_listener()?;
        let data_dir = &config.data_dir.value;
        let lock = Lock::acquire(data_dir, name)?;
        let archive = Archive::open(data_dir)?;
        let log = log::start(data_dir, config.log.value, clock::now)?;
        let socket = Listener::bind(config.listen.value).await?;
        let address = socket.address();
        let stop = CancellationToken::new();
        let downloads = download::start(archive.clone(), download_settings(config), clock::now, &stop);
        let (counter, traffic) = watch::channel(Traffic::default());
        let settings = listener::Settings {
            path: config.path.value.clone(),
            app_secret: config.app_secret.value.clone(),
            body_limit: config.body_limit.value,
            rules: config.replies.value.clone(),
            now: clock::now,
        };
        let listener = tokio::spawn(socket.run(settings, archive.clone(), counter, stop.child_token()));
        let retention = retention::start(archive.clone(), Limits::of(config), stop.child_token());
        tracing::info!(%address, "listening");
        Ok(Self { archive, address, downloads, traffic, stop, listener, retention, _lock: lock, _log: log })
    }

    /// `127.0.0.1:8080/weibo`.
    pub(super) fn callback(&self, config: &Config) -> String {
        format!("{}{}", self.address, config.path.value)
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
