//! Telling somebody of an alert in one way, and what came of it.

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

/// The program that shows something on the desktop.
const DESKTOP: &str = "notify-send";

/// What tells of alerts.
#[derive(Debug, Clone)]
pub struct AlertSender {
    direct: Client,
    proxied: Client,
    language: Language,
    /// The environment variables that programs do not get to see.
    hidden: Vec<&'static str>,
    now: fn() -> DateTime<Utc>,
}

impl AlertSender {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn new(language: Language, hidden: Vec<&'static str>, now: fn() -> DateTime<Utc>) -> Result<Self, Reason> {
        let (direct, proxied) = (forward::client(ClientBuilder::no_proxy)?, forward::client(|builder| builder)?);
        Ok(Self { direct, proxied, language, hidden, now })
    }

    /// Tells somebody, and says what came back. By the terminal nothing is told here: whoever has one does that.
    ///
    /// # Errors
    ///
    /// Why it was not taken, and for how long whoever should take it wants to be left alone.
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
                // Where only a private network leads, no proxy does.
                let client = if is_private(&hook.url) { &self.direct } else { &self.proxied };
                web::call(client, hook, saying, (self.now)()).await
            }
            Means::Program(argv) => {
                let input = notice.to_json(alert.show, self.language).to_string() + "\n";
                program::run(argv, &input, &self.hidden).await
            }
        }
    }

    /// Sends a test, and says what came back.
    ///
    /// # Errors
    ///
    /// Why it was not taken.
    pub async fn test(&self, alert: &Alert, way: &Way) -> Result<String, Reason> {
        let notice = Notice {
            id: format!("test-{}", (self.now)().timestamp_millis()),
            alert: alert.name.clone(),
            occasion: Occasion::Test,
        };
        self.deliver(alert, way, &notice, 1).await.map_err(|(reason, _)| reason)
    }
}

/// An alert, one of its ways, and what tells of it.
#[derive(Clone)]
pub(super) struct AlertWay {
    pub(super) alert: Arc<Alert>,
    pub(super) way: Way,
    pub(super) delivery: AlertSender,
    pub(super) now: fn() -> DateTime<Utc>,
}

impl AlertWay {
    /// What its bookmark is called.
    pub(super) fn bookmark(&self) -> String {
        self.alert.bookmark(&self.way)
    }

    /// A short name for something that is told, the same each time.
    pub(super) fn id(&self, of: &str) -> String {
        super::id(&format!("{}\n{of}", self.bookmark()))
    }

    /// What is told under a name.
    pub(super) fn notice(&self, id: String, occasion: Occasion) -> Notice {
        Notice { id, alert: self.alert.name.clone(), occasion }
    }

    /// Tells it once more.
    ///
    /// # Errors
    ///
    /// It was not taken, which stands in the log: for how long whoever should take it wants to be left alone.
    pub(super) async fn tell(&self, notice: &Notice, attempts: u32) -> Result<(), Option<Duration>> {
        let Self { alert, way, .. } = self;
        let Err((reason, pause)) = self.delivery.deliver(alert, way, notice, attempts + 1).await else { return Ok(()) };
        tracing::error!("{}", alerts::CHANNEL_SILENT.with(&alert.name).with(way.name()).with(reason));
        Err(pause)
    }

    /// Tells it, again and again until it is taken, or would be told at `late_at` or later.
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
