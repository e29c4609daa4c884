//! The settings: defaults < file < environment < flags, checked once, each knowing where it came from.
//!
//! The only room that reads environment variables. It opens the config file and the files of the secrets, nothing else.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::cli::Options;
use crate::dashboard::keymap::Keymap;
use crate::dashboard::looks::{Glyphs, Theme};
use crate::dashboard::tab::Tab;
use crate::language::Language;
use crate::weibo::reply::Rule;

mod check;
mod environment;
mod error;
mod file;
mod layers;
pub mod names;
mod secret;

pub use environment::{Environment, Surroundings};
pub use error::Error;
pub use layers::{Setting, Source};

use file::Document;
use layers::Layers;

/// Everything that can be set, checked.
#[derive(Debug)]
pub struct Config {
    /// The config file, whether there is one or not.
    pub file: Setting<PathBuf>,
    /// Whether it is there; only the default one may be missing.
    pub file_found: bool,
    /// Where to listen; port 0 for any.
    pub listen: Setting<SocketAddr>,
    /// The one path that is answered, beginning with `/`.
    pub path: Setting<String>,
    /// Where messages, media and the log are kept.
    pub data_dir: Setting<PathBuf>,
    /// Where media come from: http or https, without user, query and fragment.
    pub media_url: Setting<Url>,
    /// What Weibo signs with: printable ASCII.
    pub app_secret: Setting<Option<SecretString>>,
    /// What downloads need: printable ASCII.
    pub access_token: Setting<Option<SecretString>>,
    /// Whether unsigned messages may come from beyond this machine.
    pub insecure_accept_unsigned: Setting<bool>,
    /// The longest body that is taken, in bytes.
    pub body_limit: Setting<usize>,
    /// So many downloads run at once.
    pub download_concurrency: Setting<usize>,
    /// The longest medium that is kept, in bytes.
    pub download_max_bytes: Setting<u64>,
    /// What plays voices: `auto`, or a program with its arguments.
    pub voice_player: Setting<String>,
    /// The language of the screen.
    pub language: Setting<Language>,
    /// The colours of the screen; [`Theme::None`] where `NO_COLOR` is set and nothing else was said.
    pub theme: Setting<Theme>,
    /// What frames, bars and marks are made of.
    pub glyphs: Setting<Glyphs>,
    /// Whether the mouse is taken at the start.
    pub mouse: Setting<bool>,
    /// Saved queries as tabs, right of those built in.
    pub tabs: Setting<Vec<Tab>>,
    /// Which key asks for what; the source is the file as soon as it binds one.
    pub keymap: Setting<Keymap>,
    /// What answers which message; the source is the file as soon as there is one rule.
    pub replies: Setting<Vec<Rule>>,
    /// What is written to the log.
    pub log: Setting<LevelFilter>,
    /// What the terminal is.
    pub surroundings: Surroundings,
    /// What works but should not stay so, in words for people.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the config file and the files of the secrets, and checks every value.
    ///
    /// # Errors
    ///
    /// The first file that cannot be read and the first value that cannot be used.
    pub fn load(options: &Options, environment: &Environment) -> Result<Self, Error> {
        let mut layers = Layers::new(options.config.clone(), environment);
        let (file, file_found) = match Document::read(&layers.file)? {
            Some(file) => (file, true),
            None => (Document::default(), false),
        };
        let text = |number: Option<i64>| number.map(|number| number.to_string());
        let surroundings = environment.surroundings();
        let mut theme = layers.value(names::THEME, None, file.dashboard.theme, check::theme)?;
        if surroundings.no_color && theme.source == Source::Default {
            theme = Setting { value: Theme::None, source: Source::Environment("NO_COLOR") };
        }
        let mut config = Self {
            file_found,
            listen: layers.value(names::LISTEN, options.listen.clone(), file.listen, check::listen)?,
            path: layers.value(names::PATH, options.path.clone(), file.path, check::path)?,
            data_dir: layers.path(names::DATA_DIR, options.data_dir.clone(), file.data_dir),
            media_url: layers.value(names::MEDIA_URL, options.media_url.clone(), file.media_url, check::media_url)?,
            app_secret: layers.secret(names::APP_SECRET, options.app_secret_file.clone(), file.app_secret_file)?,
            access_token: layers.secret(
                names::ACCESS_TOKEN,
                options.access_token_file.clone(),
                file.access_token_file,
            )?,
            insecure_accept_unsigned: layers.boolean(
                names::INSECURE_ACCEPT_UNSIGNED,
                options.insecure_accept_unsigned.then_some(true),
                file.insecure_accept_unsigned,
            )?,
            body_limit: layers.value(names::BODY_LIMIT, None, text(file.body_limit), check::body_limit)?,
            download_concurrency: layers.value(
                names::DOWNLOAD_CONCURRENCY,
                None,
                text(file.download.concurrency),
                check::concurrency,
            )?,
            download_max_bytes: layers.value(
                names::DOWNLOAD_MAX_BYTES,
                None,
                text(file.download.max_bytes),
                check::max_bytes,
            )?,
            voice_player: layers.value(names::VOICE_PLAYER, None, file.voice.player, check::player)?,
            language: layers.value(names::LANGUAGE, None, file.dashboard.language, |text| {
                check::language(text, surroundings.language)
            })?,
            theme,
            glyphs: layers.value(names::GLYPHS, None, file.dashboard.glyphs, check::glyphs)?,
            mouse: layers.boolean(names::MOUSE, None, file.dashboard.mouse)?,
            tabs: layers.in_file_only(file.tabs),
            keymap: layers.keymap(file.keymap),
            replies: layers.in_file_only(file.rules),
            log: layers.value(names::LOG, None, None, |text| text.parse().ok())?,
            surroundings,
            warnings: layers.warnings,
            file: layers.file,
        };
        config.warn_of_open_tokens();
        Ok(config)
    }

    /// To be asked before listening: without an app secret only this machine may call, unless that was wished for.
    ///
    /// # Errors
    ///
    /// [`Error::OpenListener`].
    pub fn check_listener(&self) -> Result<(), Error> {
        let address = self.listen.value;
        // Canonical, because `::ffff:127.0.0.1` is loopback too.
        let is_private = address.ip().to_canonical().is_loopback();
        if is_private || self.app_secret.value.is_some() || self.insecure_accept_unsigned.value {
            return Ok(());
        }
        Err(Error::OpenListener { address })
    }

    /// A token over plain http can be read by everyone on the way; on this machine there is no way.
    fn warn_of_open_tokens(&mut self) {
        let url = &self.media_url.value;
        let is_private = url.host().is_some_and(|host| match host {
            url::Host::Domain(name) => name == "localhost",
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
        });
        if self.access_token.value.is_some() && url.scheme() == "http" && !is_private {
            self.warnings.push(format!("the access token goes unencrypted to `{url}`; use https"));
        }
    }
}
