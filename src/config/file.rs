//! The config file: TOML → values as written. Which of them are good is decided elsewhere, but for reply rules, whose
//! lines are only known here.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use super::Error;
use super::account::RawAccount;
use super::layers::{Setting, Source};
use super::names;
use super::near::near;
use super::node::{self, Fault, Lined};
use super::short;
use crate::controls::keymap::{Keymap, Misbound};
use crate::controls::tab::{Tab, TabTitle};
use crate::controls::{action, key};
use crate::query;
use crate::reason::config;
use crate::weibo::reply::{RawRule, Rule};

/// The most bytes that a file may have: a thousand of our settings.
const LONGEST: usize = 256 << 10;

/// What the config file says; `None` where it says nothing. Numbers are signed, so that a negative one is refused in our
/// words.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    pub(super) listen: Option<String>,
    pub(super) path: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) media_url: Option<String>,
    pub(super) app_secret_file: Option<PathBuf>,
    pub(super) access_token_file: Option<PathBuf>,
    pub(super) insecure_accept_unsigned: Option<bool>,
    pub(super) body_limit: Option<i64>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    pub(super) allow: Option<Vec<String>>,
    pub(super) tls: Tls,
    pub(super) signature: Signature,
    pub(super) download: Download,
    pub(super) retention: Retention,
    pub(super) voice: Voice,
    pub(super) position: Position,
    pub(super) dashboard: Dashboard,
    keys: BTreeMap<String, Lined<Vec<String>>>,
    /// The `keys`, checked; `None` when there are none.
    #[serde(skip)]
    pub(super) keymap: Option<Keymap>,
    tab: Vec<Lined<RawTab>>,
    /// The `tab`s, checked.
    #[serde(skip)]
    pub(super) tabs: Vec<Tab>,
    account: Vec<Lined<RawAccount>>,
    /// The `account`s, each with its line.
    #[serde(skip)]
    pub(super) accounts: Vec<(usize, RawAccount)>,
    reply: Vec<Lined<RawRule>>,
    /// The `reply`s, checked.
    #[serde(skip)]
    pub(super) rules: Vec<Rule>,
}

/// The table `[tls]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Tls {
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// The table `[signature]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Signature {
    pub(super) max_age: Option<i64>,
}

/// The table `[download]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Download {
    pub(super) auto: Option<String>,
    pub(super) types: Option<Vec<String>>,
    pub(super) path: Option<String>,
    pub(super) concurrency: Option<i64>,
    pub(super) bandwidth: Option<String>,
    pub(super) max_bytes: Option<i64>,
}

/// The table `[voice]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Voice {
    pub(super) player: Option<String>,
}

/// The table `[position]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Position {
    pub(super) datum: Option<String>,
}

/// One `[[tab]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTab {
    name: String,
    query: String,
}

/// The table `[retention]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Retention {
    pub(super) max_age: Option<String>,
    pub(super) max_size: Option<String>,
    pub(super) media_max_size: Option<String>,
}

/// The table `[dashboard]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Dashboard {
    pub(super) language: Option<String>,
    pub(super) theme: Option<String>,
    pub(super) glyphs: Option<String>,
    pub(super) images: Option<String>,
    pub(super) mouse: Option<bool>,
}

/// Nothing is there; the home directory may be none, such as `/dev/null`.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// All of a file, unless it is too long.
fn text(path: &Path) -> io::Result<Zeroizing<String>> {
    let (text, _) = short::text(path, LONGEST + 1)?;
    if text.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, config::CONFIG_TOO_LONG.with(LONGEST)));
    }
    Ok(text)
}

impl Document {
    /// Reads the file; `None` when it is missing and nobody named it.
    pub(super) fn read(file: &Setting<PathBuf>) -> Result<Option<Self>, Error> {
        let path = &file.value;
        match text(path) {
            Ok(text) => Self::parse(&text, path).map(Some),
            Err(error) if is_missing(&error) && file.source == Source::Default => Ok(None),
            Err(source) => Err(Error::Read { path: path.clone(), source }),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let path = || path.to_owned();
        let mut file: Self = node::read(text).map_err(|Fault { line, reason, hint, unknown }| {
            // Keys that people will try, and that are not there: a config file gets shown, copied and committed.
            let secret = names::SECRETS.into_iter().find(|secret| unknown.as_deref() == Some(secret.name));
            match secret {
                Some(name) => Error::SecretInFile { path: path(), line, name },
                None => Error::Toml { path: path(), line, reason, hint },
            }
        })?;
        let of_line = |Lined { line, value }| (line, value);
        file.accounts = std::mem::take(&mut file.account).into_iter().map(of_line).collect();
        file.keymap = keymap(std::mem::take(&mut file.keys), path())?;
        for Lined { line, value: RawTab { name, query } } in std::mem::take(&mut file.tab) {
            let query = query::parse(&query).map_err(|wrong| Error::Tab {
                path: path(),
                line,
                query,
                wrong: Box::new(wrong),
            })?;
            file.tabs.push(Tab { title: TabTitle::Own(name), query, is_ascending: false });
        }
        for Lined { line, value } in std::mem::take(&mut file.reply) {
            let checked = Rule::check(value);
            file.rules.push(checked.map_err(|reason| Error::Reply { path: path(), line, reason })?);
        }
        Ok(file)
    }
}

/// The keymap with the bindings of the file, in its order.
fn keymap(bindings: BTreeMap<String, Lined<Vec<String>>>, path: PathBuf) -> Result<Option<Keymap>, Error> {
    if bindings.is_empty() {
        return Ok(None);
    }
    let (mut keymap, mut bound) = (Keymap::default(), Vec::new());
    let mut bindings: Vec<_> = bindings.into_iter().collect();
    bindings.sort_by_key(|(_, keys)| keys.line);
    for (name, Lined { line, value: keys }) in bindings {
        if let Err(reason) = keymap.bind(&name, &keys, &mut bound) {
            let near = match &reason {
                Misbound::Action { name } => {
                    let known: Vec<_> = action::TABLE.iter().map(|row| row.name).collect();
                    near(name, &known).map(str::to_owned)
                }
                Misbound::Key(key::UnknownKey::Name { name }) => near_key(name),
                Misbound::Key(key::UnknownKey::Missing(_)) | Misbound::Twice { .. } => None,
            };
            return Err(Error::Keys { path, line, reason, near });
        }
    }
    Ok(Some(keymap))
}

/// The key that was probably meant: what is held, or the name, may be misspelt.
fn near_key(name: &str) -> Option<String> {
    let held = name.split_once('-').and_then(|(held, rest)| Some(format!("{}-{rest}", near(held, &["ctrl", "alt"])?)));
    held.or_else(|| near(&name.to_lowercase(), &key::names()).map(str::to_owned))
}
