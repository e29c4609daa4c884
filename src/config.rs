//! The settings: defaults < file < environment < flags → one checked [`Config`], which knows where each value came from.
//!
//! The one room that reads environment variables and secret files.

use std::collections::HashMap;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::cli::Options;
use crate::weibo::reply::Rule;

use layers::{ACCESS_TOKEN, APP_SECRET, DATA_DIR, LISTEN, Layers, MEDIA_URL, PATH, Spec, read_file};

mod layers;
mod secret;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The config file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// Why there is no config. `hint` says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {what} `{path}`: {source}")]
    Read {
        /// `the config file`, `the app secret file`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The config file is not what it should be.
    #[error("the config file `{path}` is wrong: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Line, place, and what was expected.
        reason: String,
    },
    /// A value is not what it should be.
    #[error("`{name}` is `{value}` (from {from}): {reason}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// Where it came from.
        from: Source,
        /// What is wrong with it.
        reason: String,
    },
    /// A secret is not what it should be. Its value is not told.
    #[error("the {name} (from {from}) {reason}")]
    Secret {
        /// `app secret` or `access token`.
        name: &'static str,
        /// Where it came from.
        from: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Anyone could post messages.
    #[error("refusing to listen on `{0}` without an app secret: anyone could post messages")]
    Unsigned(SocketAddr),
    /// No home directory to derive a path from.
    #[error("there is no home directory to keep messages in")]
    NoHome,
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unsigned(_) => Some(
                "set WEIBOX_APP_SECRET or `--app-secret-file`, listen on 127.0.0.1, or accept it with \
                 `--insecure-accept-unsigned`",
            ),
            Self::NoHome => Some("name a directory with `--data-dir`"),
            Self::Secret { .. } => Some("copy it again from the developer page, without spaces around it"),
            Self::File { .. } => Some("assets/config.toml in the source lists all keys with their defaults"),
            Self::Read { .. } | Self::Value { .. } => None,
        }
    }
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: Setting<SocketAddr>,
    /// The callback path, beginning with `/`.
    pub path: Setting<String>,
    /// Where messages and files are kept.
    pub data_dir: Setting<PathBuf>,
    /// Where voices and images are fetched.
    pub media_url: Setting<Url>,
    /// Signs callbacks.
    pub app_secret: Option<Setting<SecretString>>,
    /// Fetches files.
    pub access_token: Option<Setting<SecretString>>,
    /// Whether a public address may be listened on without an app secret.
    pub insecure_accept_unsigned: Setting<bool>,
    /// The longest body that is taken, in bytes.
    pub body_limit: Setting<usize>,
    /// How many files are fetched at once.
    pub download_concurrency: Setting<usize>,
    /// The largest file that is fetched, in bytes.
    pub download_max_bytes: Setting<u64>,
    /// What answers which message.
    pub rules: Vec<Rule>,
    /// What the user should know, one sentence each.
    pub warnings: Vec<String>,
}

/// Environment variables by name.
pub type Environment = HashMap<String, String>;

/// The environment of this process; variables that are not UTF-8 or are empty count as not set.
#[must_use]
pub fn environment() -> Environment {
    let pairs =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

/// On this machine only, so that nothing is public by accident.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// The callback path.
const DEFAULT_PATH: &str = "/weibo";
/// Weibo's endpoint for voice and image files (protocol §7.1).
const DEFAULT_MEDIA_URL: &str = "https://upload.api.weibo.com/2/mss/msget";
/// Generous for the shapes of protocol §3, in bytes.
const BODY_LIMIT: usize = 1 << 20;
/// Files at once by default: third parties keep the pace low (§7.2).
const CONCURRENCY: usize = 4;
/// Originals over 5 MB were seen (§7.2), in bytes.
const MAX_BYTES: u64 = 64 << 20;

impl Config {
    /// Puts the layers together and checks the result.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its place.
    pub fn load(options: &Options, environment: &Environment) -> Result<Self, Error> {
        let base = etcetera::choose_base_strategy().ok();
        let named = options.config.clone().or_else(|| environment.get("WEIBOX_CONFIG").cloned()).map(PathBuf::from);
        let usual = base.as_ref().map(|base| base.config_dir().join("weibox/config.toml"));
        let path = named.clone().or(usual).unwrap_or_default();
        let file = read_file(&path, named.is_some())?;
        let home = base.as_ref().map(|base| base.home_dir().to_owned());
        let layers = Layers { options, environment, file, path, home };
        let data_dir = || base.as_ref().map(|base| base.data_dir().join("weibox")).ok_or(Error::NoHome);
        let built_in = |spec: &Spec, value: &str, reason| Error::Value {
            name: spec.name,
            value: value.to_owned(),
            from: Source::Default,
            reason,
        };
        let mut warnings = Vec::new();
        let insecure = layers.key(layers.file.insecure_accept_unsigned, false);
        let download = &layers.file.download;
        Ok(Self {
            listen: layers.read(
                &LISTEN,
                || address(DEFAULT_LISTEN).map_err(|reason| built_in(&LISTEN, DEFAULT_LISTEN, reason)),
                address,
            )?,
            path: layers.read(&PATH, || Ok(DEFAULT_PATH.to_owned()), callback_path)?,
            data_dir: layers.read(&DATA_DIR, data_dir, |text| Ok(layers.place(text)))?,
            media_url: layers.read(
                &MEDIA_URL,
                || web_address(DEFAULT_MEDIA_URL).map_err(|reason| built_in(&MEDIA_URL, DEFAULT_MEDIA_URL, reason)),
                web_address,
            )?,
            app_secret: layers.secret(&APP_SECRET, &mut warnings)?,
            access_token: layers.secret(&ACCESS_TOKEN, &mut warnings)?,
            insecure_accept_unsigned: if options.insecure_accept_unsigned {
                Setting { value: true, source: Source::Flag("--insecure-accept-unsigned") }
            } else {
                insecure
            },
            body_limit: layers.key(layers.file.body_limit, BODY_LIMIT),
            download_concurrency: layers.key(download.concurrency.map(|files| files.max(1)), CONCURRENCY),
            download_max_bytes: layers.key(download.max_bytes, MAX_BYTES),
            rules: layers.rules()?,
            warnings,
        })
    }

    /// Whether this may be listened on.
    ///
    /// # Errors
    ///
    /// [`Error::Unsigned`] for a public address without an app secret, unless that was asked for.
    pub fn check_listener(&self) -> Result<(), Error> {
        let address = self.listen.value;
        let is_safe = self.app_secret.is_some() || address.ip().is_loopback() || self.insecure_accept_unsigned.value;
        if is_safe { Ok(()) } else { Err(Error::Unsigned(address)) }
    }

    /// Every setting in words: name, value, source. Secrets are told by their length only.
    #[must_use]
    pub fn rows(&self) -> Vec<(&'static str, String, String)> {
        fn row<T: ToString>(name: &'static str, setting: &Setting<T>) -> (&'static str, String, String) {
            (name, setting.value.to_string(), setting.source.to_string())
        }
        let secret = |name, secret: &Option<Setting<SecretString>>| match secret {
            Some(Setting { value, source }) => {
                let length = value.expose_secret().chars().count();
                (name, format!("set, {length} characters"), source.to_string())
            }
            None => (name, "not set".to_owned(), Source::Default.to_string()),
        };
        let data_dir = self.data_dir.value.display().to_string();
        vec![
            row("listen", &self.listen),
            row("path", &self.path),
            ("data_dir", data_dir, self.data_dir.source.to_string()),
            row("media_url", &self.media_url),
            secret("app_secret", &self.app_secret),
            secret("access_token", &self.access_token),
            row("insecure_accept_unsigned", &self.insecure_accept_unsigned),
            row("body_limit", &self.body_limit),
            row("download.concurrency", &self.download_concurrency),
            row("download.max_bytes", &self.download_max_bytes),
            ("reply", format!("{} rules", self.rules.len()), "file".to_owned()),
        ]
    }
}

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for all addresses of this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    let spelled = if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.to_owned() };
    let found =
        spelled.to_socket_addrs().map_err(|error| format!("no address and port, such as {DEFAULT_LISTEN}: {error}"))?;
    found.into_iter().next().ok_or_else(|| "this name has no address".to_owned())
}

fn callback_path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.contains(|char: char| char.is_whitespace() || "?#".contains(char));
    if is_path {
        Ok(text.to_owned())
    } else {
        Err(format!("a path begins with `/` and has no query, such as {DEFAULT_PATH}"))
    }
}

fn web_address(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("it needs to begin with http:// or https://".to_owned());
    }
    if url.path() == "/" {
        // A server alone: the endpoint's place on it is known.
        url.set_path("/2/mss/msget");
    }
    Ok(url)
}
