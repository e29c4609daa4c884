//! The config file: TOML → values as written. Which of them are good is decided elsewhere, but for reply rules, whose
//! lines are only known here.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use toml::Spanned;

use super::Error;
use super::account::RawAccount;
use super::layers::{Setting, Source};
use super::names;
use super::near::near;
use super::short;
use crate::controls::keymap::{Keymap, Misbound};
use crate::controls::tab::{Tab, TabTitle};
use crate::controls::{action, key};
use crate::query;
use crate::weibo::reply::{RawRule, Rule};

/// So many bytes a file may have: a thousand of our settings.
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
    keys: BTreeMap<Spanned<String>, Spanned<Vec<String>>>,
    /// The `keys`, checked; `None` when there are none.
    #[serde(skip)]
    pub(super) keymap: Option<Keymap>,
    tab: Vec<Spanned<RawTab>>,
    /// The `tab`s, checked.
    #[serde(skip)]
    pub(super) tabs: Vec<Tab>,
    account: Vec<Spanned<RawAccount>>,
    /// The `account`s, each with its line.
    #[serde(skip)]
    pub(super) accounts: Vec<(usize, RawAccount)>,
    reply: Vec<Spanned<RawRule>>,
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
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {LONGEST} bytes")));
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
        let lines = Lines::of(text);
        let mut file: Self = toml::from_str(text).map_err(|error| {
            let line = lines.of_byte(error.span().map_or(0, |span| span.start));
            // The library's own words would show the line, and a secret may stand in it.
            let message = without_strings(error.message().trim());
            let message = message.as_str();
            let unknown = Unknown::of(message);
            let is_unknown = |key: &str| unknown.as_ref().is_some_and(|unknown| unknown.key == key);
            // Keys that people will try, and that are not there: a config file gets shown, copied and committed.
            match names::SECRETS.into_iter().find(|secret| is_unknown(secret.name)) {
                Some(name) => Error::SecretInFile { path: path(), line, name },
                None => Error::Toml {
                    path: path(),
                    line,
                    message: message.to_owned(),
                    near: unknown.and_then(|unknown| unknown.near()),
                },
            }
        })?;
        let of_line = |account: Spanned<RawAccount>| (lines.of_byte(account.span().start), account.into_inner());
        file.accounts = std::mem::take(&mut file.account).into_iter().map(of_line).collect();
        file.keymap = keymap(std::mem::take(&mut file.keys), &lines, path())?;
        for tab in std::mem::take(&mut file.tab) {
            let line = lines.of_byte(tab.span().start);
            let RawTab { name, query } = tab.into_inner();
            let query = query::parse(&query).map_err(|wrong| Error::Tab {
                path: path(),
                line,
                query,
                wrong: Box::new(wrong),
            })?;
            file.tabs.push(Tab { title: TabTitle::Own(name), query, is_ascending: false });
        }
        for rule in std::mem::take(&mut file.reply) {
            let line = lines.of_byte(rule.span().start);
            let checked = Rule::check(rule.into_inner());
            file.rules.push(checked.map_err(|reason| Error::Reply { path: path(), line, reason })?);
        }
        Ok(file)
    }
}

/// What a library says about the file, less the strings that it repeats of it: one may be a secret in a wrong place.
fn without_strings(message: &str) -> String {
    match (message.split_once(" \""), message.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => [before, after].concat(),
        (None, _) | (_, None) => message.to_owned(),
    }
}

/// The keymap with the bindings of the file, in its order.
fn keymap(
    bindings: BTreeMap<Spanned<String>, Spanned<Vec<String>>>,
    lines: &Lines,
    path: PathBuf,
) -> Result<Option<Keymap>, Error> {
    if bindings.is_empty() {
        return Ok(None);
    }
    let (mut keymap, mut bound) = (Keymap::default(), Vec::new());
    let mut bindings: Vec<_> = bindings.into_iter().collect();
    bindings.sort_by_key(|(name, _)| name.span().start);
    for (name, keys) in bindings {
        let line = lines.of_byte(name.span().start);
        if let Err(reason) = keymap.bind(name.as_ref(), keys.as_ref(), &mut bound) {
            let near = match &reason {
                Misbound::Action { name } => {
                    let known = action::TABLE.iter().map(|row| row.name).collect();
                    Unknown { key: name, known }.near()
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

/// Where the lines of a text end, so that a thousand tables need not each count from its beginning.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter_map(|(at, byte)| (byte == b'\n').then_some(at)).collect())
    }

    /// The line of a byte, from 1.
    fn of_byte(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|end| *end < byte)
    }
}

/// A key that is not known where it stands, and those that are.
struct Unknown<'a> {
    key: &'a str,
    known: Vec<&'a str>,
}

impl<'a> Unknown<'a> {
    /// Reads serde's "unknown field `a`, expected one of `b`, `c`", the only place that knows the keys of every table.
    fn of(message: &'a str) -> Option<Self> {
        let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
        Some(Self { key: quoted.next()?, known: quoted.collect() })
    }

    /// The known key that was probably meant.
    fn near(&self) -> Option<String> {
        near(self.key, &self.known).map(str::to_owned)
    }
}
