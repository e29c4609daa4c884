//! Telling somebody of an alert in one way, and what came of it.

use chrono::{DateTime, Utc};
use reqwest::{Client, ClientBuilder};

use super::alert::{Alert, Means, Way};
use super::notice::Notice;
use super::program;
use super::web::{self, NotTaken, Saying};
use crate::forward;
use crate::forward::target::is_private;
use crate::language::Language;
use crate::reason::Reason;

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
    pub(super) async fn deliver(
        &self,
        alert: &Alert,
        way: &Way,
        notice: &Notice,
        attempt: u32,
    ) -> Result<String, NotTaken> {
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
            occasion: super::notice::Occasion::Test,
        };
        self.deliver(alert, way, &notice, 1).await.map_err(|(reason, _)| reason)
    }
}
