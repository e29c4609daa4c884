//! The settings: defaults < file < environment < flags, checked once, each knowing where it came from.
//!
//! The only room that reads environment variables. It opens the config file and the files of the secrets, nothing else.

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::cli::Options;
use crate::controls::keymap::Keymap;
use crate::controls::looks::{Glyphs, Theme};
use crate::controls::tab::Tab;
use crate::language::Language;
use crate::media::picture::drawing::Images;
use crate::place::datum::Assumed;
use crate::reason::{Reason, config as warned};
use crate::record::policy::Auto;
use crate::weibo::reply::Rule;

mod account;
mod check;
mod download;
mod environment;
mod error;
mod file;
mod layers;
pub mod names;
mod near;
mod node;
mod retention;
mod secret;
mod short;

pub use account::Account;
pub use download::Download;
pub use environment::{Desktop, Environment, Surroundings};
pub use error::Error;
pub use layers::{Setting, Source};
pub use retention::{Retention, UNITS};
pub use secret::keep;

use file::Document;
use layers::Layers;

/// Reading and writing, for those who are neither the owner nor root.
const OTHERS: u32 = 0o066;

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
    /// Several accounts, each with a path, a secret and a token of its own; empty where the settings above are the one.
    pub accounts: Setting<Vec<Account>>,
    /// Whether unsigned messages may come from beyond this machine.
    pub insecure_accept_unsigned: Setting<bool>,
    /// The longest body that is taken, in bytes.
    pub body_limit: Setting<usize>,
    /// The file of the certificate chain, with which only TLS is spoken.
    pub tls_cert: Setting<Option<PathBuf>>,
    /// The file of its private key; set when the chain is.
    pub tls_key: Setting<Option<PathBuf>>,
    /// Proxies whose word on who calls is taken.
    pub trusted_proxies: Setting<Vec<IpNet>>,
    /// Who may call; empty for everyone.
    pub allow: Setting<Vec<IpNet>>,
    /// How far a signature's timestamp may be away; `None` for no limit.
    pub signature_max_age: Setting<Option<Duration>>,
    /// How files are downloaded, and which of them by themselves.
    pub download: Download,
    /// What may be removed, and when.
    pub retention: Retention,
    /// What plays voices: `auto`, or a program with its arguments.
    pub voice_player: Setting<String>,
    /// The datum that positions are taken to have.
    pub position_datum: Setting<Assumed>,
    /// The language of the screen.
    pub language: Setting<Language>,
    /// The colours of the screen; [`Theme::None`] where `NO_COLOR` is set and nothing else was said.
    pub theme: Setting<Theme>,
    /// What frames, bars and marks are made of.
    pub glyphs: Setting<Glyphs>,
    /// What pictures are shown with.
    pub images: Setting<Images>,
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
    /// The user's home directory.
    pub home: PathBuf,
    /// What the terminal is.
    pub surroundings: Surroundings,
    /// What works but should not stay so, in words for people.
    pub warnings: Vec<Reason>,
}

impl Config {
    /// Reads the config file and the files of the secrets, and checks every value.
    ///
    /// # Errors
    ///
    /// The first file that cannot be read and the first value that cannot be used.
    pub fn load(options: &Options, environment: &Environment) -> Result<Self, Error> {
        let mut layers = Layers::new(options.config.clone(), environment);
        let found = Document::read(&layers.file)?;
        let file_found = found.is_some();
        let file = found.unwrap_or_default();
        let surroundings = environment.surroundings();
        let flags = [options.tls_cert.clone(), options.tls_key.clone()];
        let [tls_cert, tls_key] = layers.tls(flags, [file.tls.cert, file.tls.key])?;
        let position_datum = layers.unflagged(names::POSITION_DATUM, file.position.datum, Assumed::from_name)?;
        let config = Self {
            file_found,
            tls_cert,
            tls_key,
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
            accounts: layers.accounts(file.accounts)?,
            insecure_accept_unsigned: layers.boolean(
                names::INSECURE_ACCEPT_UNSIGNED,
                options.insecure_accept_unsigned.then_some(true),
                file.insecure_accept_unsigned,
            )?,
            body_limit: layers.unflagged(names::BODY_LIMIT, file.body_limit, check::body_limit)?,
            trusted_proxies: layers.list(names::TRUSTED_PROXIES, file.trusted_proxies, check::network)?,
            allow: layers.list(names::ALLOW, file.allow, check::network)?,
            signature_max_age: layers.unflagged(names::SIGNATURE_MAX_AGE, file.signature.max_age, check::max_age)?,
            download: Download::of(&layers, options.download_auto.clone(), file.download)?,
            retention: Retention::of(&layers, file.retention)?,
            voice_player: layers.unflagged(names::VOICE_PLAYER, file.voice.player, check::player)?,
            language: language(&layers, file.dashboard.language, surroundings.language)?,
            theme: theme(&layers, file.dashboard.theme, surroundings.no_color)?,
            glyphs: layers.unflagged(names::GLYPHS, file.dashboard.glyphs, check::glyphs)?,
            images: layers.unflagged(names::IMAGES, file.dashboard.images, check::images)?,
            mouse: layers.boolean(names::MOUSE, None, file.dashboard.mouse)?,
            tabs: layers.in_file_only(assuming(file.tabs, position_datum.value)),
            position_datum,
            keymap: layers.keymap(file.keymap),
            replies: layers.in_file_only(file.rules),
            log: layers.value(names::LOG, None, None, |text| text.parse().ok())?,
            home: environment.home.clone(),
            surroundings,
            warnings: layers.warnings,
            file: layers.file,
        };
        config.checked()
    }

    /// To be asked before listening there: without an app secret only this machine may call, unless that was wished for.
    ///
    /// # Errors
    ///
    /// [`Error::OpenListener`].
    pub fn check_listener(&self, address: SocketAddr) -> Result<(), Error> {
        // Canonical, because `::ffff:127.0.0.1` is loopback too.
        let is_private = address.ip().to_canonical().is_loopback();
        let is_signed = self.all_accounts().iter().all(|account| account.app_secret.is_some());
        if is_private || is_signed || self.insecure_accept_unsigned.value {
            return Ok(());
        }
        Err(Error::OpenListener { address })
    }

    /// What callers have to speak: `https` with a certificate, else `http`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.tls_cert.value.is_some() { "https" } else { "http" }
    }

    /// What single values cannot tell.
    fn checked(mut self) -> Result<Self, Error> {
        self.check_accounts()?;
        self.warn_of_an_open_file();
        self.warn_of_open_tokens();
        self.warn_of_waiting_files();
        Ok(self)
    }

    /// The config file names programs that are started, whom to believe, and where the secrets are.
    fn warn_of_an_open_file(&mut self) {
        let file = &self.file.value;
        let is_open = file.metadata().is_ok_and(|metadata| metadata.mode() & OTHERS != 0);
        if self.file_found && is_open {
            self.warnings.push(warned::OTHERS_READ_CONFIG.with(file.display()));
        }
    }

    /// Without a screen nobody would see why no file comes.
    fn warn_of_waiting_files(&mut self) {
        let auto = self.download.auto.value;
        let has_token = self.all_accounts().iter().any(|account| account.access_token.is_some());
        if auto != Auto::Off && !has_token {
            self.warnings.push(warned::NO_TOKEN.with(auto.name()));
        }
    }

    /// A token over plain http can be read by everyone on the way; on this machine there is no way.
    fn warn_of_open_tokens(&mut self) {
        let url = &self.media_url.value;
        let is_private = url.host().is_some_and(|host| match host {
            url::Host::Domain(name) => name == "localhost",
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
        });
        let has_token = self.all_accounts().iter().any(|account| account.access_token.is_some());
        if has_token && url.scheme() == "http" && !is_private {
            self.warnings.push(warned::TOKEN_UNENCRYPTED.with(url.as_str()));
        }
    }
}

/// The tabs, with the datum that their named places are to be compared in.
fn assuming(mut tabs: Vec<Tab>, assumed: Assumed) -> Vec<Tab> {
    for tab in &mut tabs {
        tab.query = std::mem::take(&mut tab.query).assuming(assumed);
    }
    tabs
}

/// The language, by default that of the locale.
fn language(layers: &Layers<'_>, in_file: Option<String>, of_locale: Language) -> Result<Setting<Language>, Error> {
    layers.unflagged(names::LANGUAGE, in_file, |text| check::language(text, of_locale))
}

/// The theme; what the user says to every program counts where nobody says anything to ours.
fn theme(layers: &Layers<'_>, in_file: Option<String>, no_color: bool) -> Result<Setting<Theme>, Error> {
    let theme = layers.unflagged(names::THEME, in_file, check::theme)?;
    let is_plain = no_color && theme.source == Source::Default;
    Ok(if is_plain { Setting { value: Theme::None, source: Source::Environment("NO_COLOR") } } else { theme })
}
