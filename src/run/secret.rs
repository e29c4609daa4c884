//! Secrets that were typed on the screen: stored in a file, and in force at once.

use std::path::PathBuf;

use secrecy::SecretString;
use tokio::sync::watch;

use crate::config;
use crate::dashboard::orders::Secret;
use crate::reason::Reason;

/// Destinations of typed secrets.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The config file, beside which they are stored.
    pub config_file: PathBuf,
    /// The secret with which the listener checks callbacks.
    pub app_secret: watch::Sender<Option<SecretString>>,
    /// The token with which files are fetched.
    pub access_token: watch::Sender<Option<SecretString>>,
}

impl Secrets {
    /// Stores a typed secret and returns the file. Only a secret that could be stored is used, or the next
    /// start would lack it.
    pub(super) fn keep(&self, secret: Secret, typed: &SecretString) -> Result<String, Reason> {
        let (name, used_by) = match secret {
            Secret::AppSecret => (config::APP_SECRET, &self.app_secret),
            Secret::AccessToken => (config::ACCESS_TOKEN, &self.access_token),
        };
        let (path, kept) = config::keep(&self.config_file, name, typed).map_err(|error| error.reason())?;
        used_by.send_replace(Some(kept));
        tracing::info!(name = name.name, path = %path.display(), "a secret was typed and kept");
        Ok(path.display().to_string())
    }
}
