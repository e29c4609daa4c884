//! Delivers the notices of an alert in one way, and reports the result.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, ClientBuilder};

use super::alert::{Alert, Means, Way};
use super::notice::{Notice, Occasion};
use super::program;
use super::retry::Retry;
use super::web::{self, NotTaken, Saying};
use crate::forward;
use crate::forward::target::is_private;
use crate::language::Language;
use crate::reason::{Reason, alerts};

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
}

impl AlertSender {
    /// Creates a sender; does not connect yet.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be created.
    pub fn new(language: Language, hidden: Vec<&'static str>, now: fn() -> DateTime<Utc>) -> Result<Self, Reason> {
        let (direct, proxied) = (forward::client(ClientBuilder::no_proxy)?, forward::client(|builder| builder)?);
        Ok(Self { direct, proxied, language, hidden, now })
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
    /// The pause that the recipient asks for, if the notice was not taken; the reason is logged.
    pub(super) async fn tell(&self, notice: &Notice, attempts: u32) -> Result<(), Option<Duration>> {
        let Self { alert, way, .. } = self;
        let Err((reason, pause)) = self.delivery.deliver(alert, way, notice, attempts + 1).await else { return Ok(()) };
        tracing::error!("{}", alerts::CHANNEL_SILENT.with(&alert.name).with(way.name()).with(reason));
        Err(pause)
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
