//! A secret that was typed on the screen: checked, kept in a file, and in force at once.

use std::path::PathBuf;

use secrecy::SecretString;
use tokio::sync::watch;

use crate::config;
use crate::dashboard::Event;
use crate::dashboard::orders::{Secret, TypedSecret};

/// Where typed secrets go.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The config file, beside which they are kept.
    pub config_file: PathBuf,
    /// What the listener checks calls with.
    pub app_secret: watch::Sender<Option<SecretString>>,
    /// What files are fetched with.
    pub access_token: watch::Sender<Option<SecretString>>,
}

impl Secrets {
    /// Keeps what was typed. Only what could be kept is used, or the next start would be without it.
    pub(super) fn keep(&self, hidden: TypedSecret) -> Event {
        let secret = hidden.secret;
        let (name, used_by) = match secret {
            Secret::AppSecret => (config::APP_SECRET, &self.app_secret),
            Secret::AccessToken => (config::ACCESS_TOKEN, &self.access_token),
        };
        match config::keep(&self.config_file, name, &hidden.into_secret()) {
            Ok((path, secret_kept)) => {
                used_by.send_replace(Some(secret_kept));
                tracing::info!(name = name.name, path = %path.display(), "a secret was typed and kept");
                Event::Kept(secret, path.display().to_string())
            }
            Err(error) => Event::Failed(error.reason()),
        }
    }
}
