//! Why there is no config, and what the user can do about it. No text here holds a secret.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::layers::Source;
use super::names::Name;
use super::secret::words;
use crate::controls::keymap::Misbound;
use crate::query::Wrong;
use crate::record::template;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody knows where the user's files are.
    #[error("there is no home directory: {source}")]
    NoHome {
        /// Why.
        source: etcetera::HomeDirError,
    },
    /// A variable of ours is no text.
    #[error("the environment variable `{name}` is not UTF-8")]
    NotUnicode {
        /// Which.
        name: String,
    },
    /// The config file could not be read.
    #[error("cannot read the config file `{path}`: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The config file is no TOML, or has a key or a type that is not ours.
    #[error("cannot use the config file `{path}`: line {line}: {message}")]
    Toml {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong; for an unknown key, with all that are known.
        message: String,
        /// The known key that was probably meant.
        near: Option<String>,
    },
    /// A secret stands in the config file itself.
    #[error("the config file `{path}` holds the {} in line {line}: config files get shown and copied", words(name))]
    SecretInFile {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// Which secret.
        name: &'static Name,
    },
    /// What was typed could not be kept.
    #[error("cannot keep the {} in `{}`: {source}", words(name), path.display())]
    Keep {
        /// Which secret.
        name: &'static Name,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key cannot be bound as the file wants.
    #[error("cannot use the keys in `{path}`, line {line}: {reason}")]
    Keys {
        /// Which file.
        path: PathBuf,
        /// Where the binding is, from 1.
        line: usize,
        /// What is wrong with it.
        reason: Misbound,
        /// The action that was probably meant.
        near: Option<String>,
    },
    /// The query of a tab cannot be read.
    #[error("cannot use the tab in `{path}`, line {line}: `{query}`: {wrong}")]
    Tab {
        /// Which file.
        path: PathBuf,
        /// Where the tab begins, from 1.
        line: usize,
        /// Its query.
        query: String,
        /// What is wrong with it.
        wrong: Box<Wrong>,
    },
    /// A reply rule is beyond Weibo's limits.
    #[error("cannot use the reply rule in `{path}`, line {line}: {reason}")]
    Reply {
        /// Which file.
        path: PathBuf,
        /// Where the rule begins, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An account cannot be told from another, or has not what it needs.
    #[error("cannot use the account in `{path}`, line {line}: {reason}")]
    Account {
        /// Which file.
        path: PathBuf,
        /// Where the account begins, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// A setting of the one account, where there are several.
    #[error("`{}` ({place}) is nobody's: there are accounts", name.name)]
    Nobodys {
        /// Which setting.
        name: &'static Name,
        /// Who said so.
        place: Source,
    },
    /// No account has this name.
    #[error("there is no account `{name}`")]
    NoAccount {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// A value breaks the rules of its setting.
    #[error("`{value}` is no value for `{name}` ({place})", name = name.name)]
    Invalid {
        /// Which setting.
        name: &'static Name,
        /// What it was, without what may be secret in an address.
        value: String,
        /// Where it came from.
        place: Source,
    },
    /// The layout of files is none.
    #[error("`{text}` is no value for `{name}` ({place}): {wrong}", name = name.name)]
    Template {
        /// Which setting.
        name: &'static Name,
        /// What it was.
        text: String,
        /// Where it came from.
        place: Source,
        /// What is wrong with it.
        wrong: template::Wrong,
    },
    /// The file of a secret could not be read.
    #[error("cannot read the {} in `{path}`: {source}", words(name))]
    SecretFile {
        /// Which secret.
        name: &'static Name,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was read can be no secret.
    #[error("the {} in `{place}` {problem}", words(name))]
    Secret {
        /// Which secret.
        name: &'static Name,
        /// The file or the variable.
        place: String,
        /// What is wrong, to continue the sentence.
        problem: &'static str,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("there is no `{}`, and one is nothing without the other", missing.name)]
    HalfTls {
        /// What is not there.
        missing: &'static Name,
    },
    /// A certificate or a key stands where a file should be named. It is not repeated.
    #[error("`{}` holds a key itself, not the name of its file", name.name)]
    PemForFile {
        /// Which setting.
        name: &'static Name,
    },
    /// Unsigned messages would be taken from beyond this machine.
    #[error("refusing to listen on `{address}` without an app secret: anyone could post messages")]
    OpenListener {
        /// Where.
        address: SocketAddr,
    },
}

impl Error {
    /// A value that breaks its rules. User, query and fragment of an address are left out: people paste tokens.
    pub(super) fn invalid(name: &'static Name, value: &str, place: Source) -> Self {
        let value = value.split(['?', '#']).next().unwrap_or_default();
        let value = value.rsplit('@').next().unwrap_or_default().to_owned();
        Self::Invalid { name, value, place }
    }

    /// Whether the command line is to blame, which is exit code 2.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Invalid { place: Source::Flag(_), .. })
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoHome { .. } => Some("set `HOME` to a directory that you may write to".to_owned()),
            Self::Tab { wrong, .. } => Some(wrong.hint.to_string()),
            Self::NotUnicode { .. } | Self::Reply { .. } => None,
            Self::Account { hint, .. } => Some(hint.clone()),
            Self::Nobodys { .. } => Some("move it into the `[[account]]` that it belongs to".to_owned()),
            Self::NoAccount { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::NoAccount { known, .. } if known.is_empty() => {
                Some("the config file has no `[[account]]`; the one account has no name".to_owned())
            }
            Self::NoAccount { known, .. } => Some(format!("there are {}", known.join(", "))),
            Self::Keep { .. } => Some("put it into a file of your own and name that in the config".to_owned()),
            Self::Read { .. } => Some("name a file that you may read with `--config`".to_owned()),
            Self::Toml { near: None, message, .. } => type_hint(message),
            Self::Toml { near, .. } | Self::Keys { near, .. } => near.as_ref().map(|near| format!("did you mean `{near}`?")),
            Self::SecretInFile { name, .. } => Some(format!(
                "move it to a file that only you can read, and name that with `{}`",
                name.key.unwrap_or_default()
            )),
            Self::HalfTls { missing } => Some(format!("name it with `{}`", missing.flag.unwrap_or_default())),
            Self::PemForFile { name } | Self::Invalid { name, .. } | Self::Template { name, .. } | Self::Secret { name, .. } => Some(format!("it takes {}", name.takes)),
            Self::SecretFile { name, .. } => {
                Some(format!("name a file that you may read with `{}`", name.flag.unwrap_or_default()))
            }
            Self::OpenListener { .. } => Some(
                "set `WEIBOX_APP_SECRET` or `--app-secret-file`; `--insecure-accept-unsigned` takes messages from anyone"
                    .to_owned(),
            ),
        }
    }
}

/// How a value of the type is written that serde misses.
fn type_hint(message: &str) -> Option<String> {
    let hints = [
        ("expected a sequence", "write a list, such as `[\"one\", \"two\"]`"),
        ("expected a string", "write it in quotes"),
    ];
    hints.into_iter().find(|(missed, _)| message.ends_with(missed)).map(|(_, hint)| hint.to_owned())
}
