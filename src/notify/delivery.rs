//! Delivers the notices of an alert in one way, and reports the result.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, ClientBuilder};
use tokio::sync::watch;

use super::alert::{Alert, Means, Way};
use super::notice::{Notice, Occasion};
use super::program;
use super::retry::Retry;
use super::web::{self, NotTaken, Saying};
use crate::forward;
use crate::forward::target::is_private;
use crate::language::Language;
use crate::reason::Reason;
use crate::record::target::SilentChannel;

/// The program that shows notifications on the desktop.
const DESKTOP: &str = "notify-send";

/// Sends the notices of alerts.
#[derive(Debug, Clone)]
pub struct AlertSender {
    direct: Client,
    proxied: Client,
    language: Language,
    /// Environment variables that are hidden from programs.
    hidden: Vec<&'static str>,
    now: fn() -> DateTime<Utc>,
    /// The channels that do not take their alerts.
    silent: Arc<watch::Sender<Vec<SilentChannel>>>,
}

impl AlertSender {
    /// Creates a sender; does not connect yet.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be created.
    pub fn new(language: Language, hidden: Vec<&'static str>, now: fn() -> DateTime<Utc>) -> Result<Self, Reason> {
        let (direct, proxied) = (forward::client(ClientBuilder::no_proxy)?, forward::client(|builder| builder)?);
        Ok(Self { direct, proxied, language, hidden, now, silent: Arc::default() })
    }

    /// Returns a watch on the channels that do not take their alerts, each until it takes one again.
    pub fn silent(&self) -> watch::Receiver<Vec<SilentChannel>> {
        self.silent.subscribe()
    }

    /// Records whether a channel took an alert, or why not.
    fn learn(&self, alert: &str, channel: &str, failed: Option<Reason>) {
        let is_this = |silent: &SilentChannel| silent.alert == alert && silent.channel == channel;
        self.silent.send_if_modified(|silent| {
            let Some(reason) = failed else {
                let n_before = silent.len();
                silent.retain(|silent| !is_this(silent));
                return silent.len() < n_before;
            };
            match silent.iter_mut().find(|silent| is_this(silent)) {
                Some(known) => known.reason = reason,
                None => silent.push(SilentChannel {
                    alert: alert.to_owned(),
                    channel: channel.to_owned(),
                    since: (self.now)(),
                    reason,
                }),
            }
            true
        });
    }

    /// Delivers a notice, and returns the response. A notice for the terminal is not delivered here: the
    /// process that has the terminal shows it.
    ///
    /// # Errors
    ///
    /// The reason why it was not taken, and the pause that the recipient asks for.
    async fn deliver(&self, alert: &Alert, way: &Way, notice: &Notice, attempt: u32) -> Result<String, NotTaken> {
        let saying = Saying { notice, show: alert.show, language: self.language, attempt };
        let channel = match way {
            Way::Terminal => return Ok(String::new()),
            Way::Desktop => {
                let (title, words) = web::desktop_words(saying);
                let argv = [DESKTOP, "--app-name=weibox", "--", &title, &words].map(str::to_owned);
                return program::run(&argv, "", &self.hidden).await;
            }
            Way::Channel(channel) => channel,
        };
        match &channel.means {
            Means::Web(hook) => {
                // A proxy does not reach addresses of a private network.
                let client = if is_private(&hook.url) { &self.direct } else { &self.proxied };
                web::call(client, hook, saying, (self.now)()).await
            }
            Means::Program(argv) => {
                let input = notice.to_json(alert.show, self.language).to_string() + "\n";
                program::run(argv, &input, &self.hidden).await
            }
        }
    }

    /// Sends a test notice, and returns the response.
    ///
    /// # Errors
    ///
    /// The reason why it was not taken.
    pub async fn test(&self, alert: &Alert, way: &Way) -> Result<String, Reason> {
        let notice = Notice {
            id: format!("test-{}", (self.now)().timestamp_millis()),
            alert: alert.name.clone(),
            occasion: Occasion::Test,
        };
        self.deliver(alert, way, &notice, 1).await.map_err(|(reason, _)| reason)
    }
}

/// An alert, one of its ways, and the sender of its notices.
#[derive(Clone)]
pub(super) struct AlertWay {
    pub(super) alert: Arc<Alert>,
    pub(super) way: Way,
    pub(super) delivery: AlertSender,
    pub(super) now: fn() -> DateTime<Utc>,
}

impl AlertWay {
    /// Returns the name of its bookmark.
    pub(super) fn bookmark(&self) -> String {
        self.alert.bookmark(&self.way)
    }

    /// Returns a short id for a notice of this text, which is the same each time.
    pub(super) fn id(&self, of: &str) -> String {
        super::id(&format!("{}\n{of}", self.bookmark()))
    }

    /// Returns a notice with this id.
    pub(super) fn notice(&self, id: String, occasion: Occasion) -> Notice {
        Notice { id, alert: self.alert.name.clone(), occasion }
    }

    /// Delivers a notice once more.
    ///
    /// # Errors
    ///
    /// The pause that the recipient asks for, if the notice was not taken; the reason is logged and recorded.
    pub(super) async fn tell(&self, notice: &Notice, attempts: u32) -> Result<(), Option<Duration>> {
        let Self { alert, way, .. } = self;
        let delivered = self.delivery.deliver(alert, way, notice, attempts + 1).await;
        let failed = delivered.as_ref().err().map(|(reason, _)| reason.clone());
        if let Some(reason) = &failed {
            tracing::warn!(alert = alert.name, channel = way.name(), %reason, "a channel does not take an alert");
        }
        self.delivery.learn(&alert.name, way.name(), failed);
        delivered.map(drop).map_err(|(_, pause)| pause)
    }

    /// Delivers a notice, and retries until it is taken or the next attempt would be at `late_at` or later.
    pub(super) async fn insist(&self, notice: &Notice, begun_at: DateTime<Utc>, late_at: DateTime<Utc>) {
        let mut retry = Retry::first(begun_at);
        while let Err(pause) = self.tell(notice, retry.attempts).await {
            let now = (self.now)();
            retry.fail(now, pause);
            if retry.next_at >= late_at {
                return;
            }
            tokio::time::sleep((retry.next_at - now).to_std().unwrap_or_default()).await;
        }
    }
}
