//! Why there is no config, and what the user can do about it. No text here holds a secret.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::node::TomlFault;
use super::row::SettingRow;
use super::source::Source;
use crate::reason::{Code, Reason, config, hints};
use crate::record::template;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
#[error("{}", self.reason())]
pub enum Error {
    /// Nobody knows where the user's files are.
    NoHome { source: etcetera::HomeDirError },
    /// A variable of ours is no text.
    NotUnicode { name: String },
    /// The config file could not be read.
    Read { path: PathBuf, source: io::Error },
    /// Something in the config file cannot be used.
    InFile {
        /// What and where it is, and what is wrong with it.
        reason: Reason,
        /// What to do about it.
        hint: Option<Reason>,
    },
    /// What was typed could not be kept.
    Keep {
        name: &'static SettingRow,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// A setting of the one account, where there are several.
    Nobodys {
        name: &'static SettingRow,
        /// Who said so.
        place: Source,
    },
    /// No account has this name.
    NoAccount {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// A value breaks the rules of its setting.
    Invalid {
        name: &'static SettingRow,
        /// What it was, without what may be secret in an address.
        value: String,
        /// Where it came from.
        place: Source,
    },
    /// The layout of files is none.
    Template {
        name: &'static SettingRow,
        /// What it was.
        text: String,
        /// Where it came from.
        place: Source,
        /// What is wrong with it.
        wrong: template::TemplateError,
    },
    /// The file of a secret could not be read.
    SecretFile {
        name: &'static SettingRow,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// What was read can be no secret.
    Secret {
        name: &'static SettingRow,
        /// The file or the variable; `None` for what was typed on the screen.
        place: Option<String>,
        /// What is wrong, to continue the sentence.
        problem: Code,
    },
    /// A certificate without its key, or a key without its certificate.
    HalfTls {
        /// What is not there.
        missing: &'static SettingRow,
    },
    /// A certificate or a key stands where a file should be named. It is not repeated.
    PemForFile { name: &'static SettingRow },
    /// Unsigned messages would be taken from beyond this machine.
    OpenListener { address: SocketAddr },
}

impl Error {
    /// A value that breaks its rules. User, query and fragment of an address are left out: people paste tokens.
    pub(super) fn invalid(name: &'static SettingRow, value: &str, place: Source) -> Self {
        let value = value.split(['?', '#']).next().unwrap_or_default();
        let value = value.rsplit('@').next().unwrap_or_default().to_owned();
        Self::Invalid { name, value, place }
    }

    /// What stands at a line of the config file, from 1, cannot be used. The words of `code` are about the file, the line and the
    /// reason.
    pub(super) fn in_file(code: Code, path: &Path, line: usize, reason: Reason, hint: Option<Reason>) -> Self {
        Self::InFile { reason: code.with(path.display()).with(line).with(reason), hint }
    }

    /// A file that cannot be used. Keys that people will try for secrets are not there: a config file gets shown, copied and
    /// committed.
    pub(super) fn unusable(path: &Path, fault: TomlFault) -> Self {
        let TomlFault { line, reason, hint, unknown } = fault;
        let is_meant = |row: &&&'static SettingRow| row.secret.is_some() && unknown.as_deref() == Some(row.name);
        match super::ALL.iter().find(is_meant) {
            Some(name) => Self::InFile {
                reason: config::SECRET_IN_CONFIG.with(path.display()).with(name.words()).with(line),
                hint: Some(hints::MOVE_SECRET.with(name.key.unwrap_or_default())),
            },
            None => Self::in_file(config::CONFIG_UNUSABLE, path, line, reason, hint),
        }
    }

    /// Whether the command line is to blame, which is exit code 2.
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Invalid { place: Source::Flag(_), .. })
    }

    /// Why, for people.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NoHome { source } => config::NO_HOME.with(source.to_string()),
            Self::NotUnicode { name } => config::VARIABLE_NOT_UTF8.with(name),
            Self::Read { path, source } => config::CONFIG_UNREAD.with(path.display()).with(source),
            Self::InFile { reason, .. } => reason.clone(),
            Self::Keep { name, path, source } => {
                config::SECRET_UNKEPT.with(name.words()).with(path.display()).with(source)
            }
            Self::Nobodys { name, place } => config::SETTING_NOBODYS.with(name.name).with(place.reason()),
            Self::NoAccount { name, .. } => config::NO_SUCH_ACCOUNT.with(name),
            Self::Invalid { name, value, place } => config::NO_VALUE.with(value).with(name.name).with(place.reason()),
            Self::PemForFile { name } => config::PEM_FOR_FILE.with(name.name),
            Self::Template { name, text, place, wrong } => {
                config::NO_TEMPLATE.with(text).with(name.name).with(place.reason()).with(wrong.reason())
            }
            Self::SecretFile { name, path, source } => {
                if looks_like_secret(path) {
                    return config::SECRET_FOR_FILE.with(name.words());
                }
                config::SECRET_UNREAD.with(name.words()).with(path.display()).with(source)
            }
            Self::Secret { name, place, problem } => {
                let secret = config::SECRET_UNUSABLE.with(name.words());
                let secret = match place {
                    Some(place) => secret.with(place),
                    None => secret.with(config::WHAT_WAS_TYPED),
                };
                secret.with(*problem)
            }
            Self::HalfTls { missing } => config::HALF_TLS.with(missing.name),
            Self::OpenListener { address } => config::OPEN_LISTENER.with(*address),
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        let hint = match self {
            Self::NotUnicode { .. } => return None,
            Self::InFile { hint, .. } => return hint.clone(),
            Self::NoHome { .. } => hints::SET_HOME.into(),
            Self::Nobodys { .. } => hints::MOVE_TO_ACCOUNT.into(),
            Self::NoAccount { near: Some(near), .. } => hints::DID_YOU_MEAN.with(near),
            Self::NoAccount { known, .. } if known.is_empty() => hints::NO_ACCOUNTS.into(),
            Self::NoAccount { known, .. } => hints::THERE_ARE.with(known.join(", ")),
            Self::Keep { .. } => hints::FILE_OF_YOUR_OWN.into(),
            Self::Read { .. } => hints::READABLE_CONFIG.into(),
            Self::HalfTls { missing } => hints::NAME_WITH.with(missing.flag.or(missing.key).unwrap_or_default()),
            Self::Invalid { name, .. }
            | Self::PemForFile { name }
            | Self::Template { name, .. }
            | Self::Secret { name, .. } => hints::IT_TAKES.with(name.takes),
            Self::SecretFile { name, .. } => hints::READABLE_SECRET.with(name.flag.or(name.key).unwrap_or_default()),
            Self::OpenListener { .. } => hints::SET_SECRET.into(),
        };
        Some(hint)
    }
}

/// Whether what was given for a file is a secret that was pasted there: no name that people give, and long.
fn looks_like_secret(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().trim().to_owned()).unwrap_or_default();
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '='));
    let has = |is: fn(&char) -> bool| name.chars().any(|c| is(&c));
    let is_mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    // Access tokens begin with `2.00`; of other names with a point what follows it is an ending.
    name.len() >= 20 && is_word && is_mixed && (name.starts_with("2.00") || !name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_place_of_its_file_is_not_repeated() {
        for (path, is_secret) in [
            ("/home/u/.config/weibox/2.00AccessTokenOfTheTests9f8e7d", true),
            ("/home/u/.config/weibox/2.00AccessTokenOfTheTests9f8e7d\n", true),
            ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", true),
            ("/run/secrets/weibo-token", false),
            ("/home/u/my-access-token-of-2026.txt", false),
            ("/home/u/2.00", false),
            ("/home/u/我的微博访问令牌文件名字特别特别长2026", false),
        ] {
            assert_eq!(looks_like_secret(Path::new(path)), is_secret, "{path}");
            let source = io::Error::from_raw_os_error(2);
            let told = Error::SecretFile { name: super::super::ACCESS_TOKEN, path: path.into(), source }.to_string();
            assert_eq!(told.contains(path.trim_end()), !is_secret, "{told}");
        }
    }
}
