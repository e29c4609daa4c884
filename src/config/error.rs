//! Why the config cannot be used, and what the user can do about it. No text here holds a secret.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::node::TomlFault;
use super::row::SettingRow;
use super::source::Source;
use crate::forward::target;
use crate::reason::{Code, Reason, config, forward, hints};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
#[error("{}", self.reason())]
pub enum Error {
    /// The user's home directory is unknown.
    NoHome { source: etcetera::HomeDirError },
    /// A variable of ours is not valid Unicode.
    NotUnicode { name: String },
    /// The config file could not be read.
    Read { path: PathBuf, source: io::Error },
    /// Something in the config file cannot be used.
    InFile {
        /// What it is, where it is, and what is wrong with it.
        reason: Reason,
        /// What to do about it.
        hint: Option<Reason>,
    },
    /// A typed secret could not be kept.
    Keep {
        name: &'static SettingRow,
        /// The file that should keep it.
        path: PathBuf,
        source: io::Error,
    },
    /// A setting of the single account is set although there are several accounts.
    Nobodys {
        name: &'static SettingRow,
        /// The layer that set it.
        place: Source,
    },
    /// No account has this name.
    NoAccount {
        /// The requested name.
        name: String,
        /// The names of all accounts.
        known: Vec<String>,
        /// The name that was probably meant.
        near: Option<String>,
    },
    /// A value breaks the rules of its setting.
    Invalid {
        name: &'static SettingRow,
        /// The value, without the parts of an address that may be secret.
        value: String,
        /// The layer that it came from.
        place: Source,
    },
    /// The layout of files is invalid.
    Template {
        name: &'static SettingRow,
        /// The layout as written.
        text: String,
        /// The layer that it came from.
        place: Source,
        /// What is wrong with it.
        wrong: Reason,
    },
    /// The file of a secret could not be read.
    SecretFile {
        name: &'static SettingRow,
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// The text that was read or typed cannot be a secret.
    Secret {
        name: &'static SettingRow,
        /// The file or the variable; `None` for text that was typed on the screen.
        place: Option<String>,
        /// What is wrong, as the end of a sentence.
        problem: Code,
    },
    /// A certificate is set without its key, or a key without its certificate.
    HalfTls {
        /// The setting that is missing.
        missing: &'static SettingRow,
        /// The layer that set the other one.
        other: Source,
    },
    /// A setting holds a certificate or a key instead of the name of its file. The error does not repeat it.
    PemForFile {
        name: &'static SettingRow,
        /// The layer that set it.
        place: Source,
    },
    /// The listener would take unsigned messages from beyond this machine.
    OpenListener { address: SocketAddr },
    /// A target is an address at which weibox itself listens, so each message would come back.
    OwnTarget { target: String, address: SocketAddr },
}

impl Error {
    /// Returns the error for a value that breaks its rules, without user, query and fragment of an address: people
    /// paste tokens.
    pub(super) fn invalid(name: &'static SettingRow, value: &str, place: Source) -> Self {
        Self::Invalid { name, value: target::printable(value), place }
    }

    /// Returns the error for an entry of the config file that cannot be used; `line` counts from 1. The text
    /// of `code` takes the file, the line and the reason.
    pub(super) fn in_file(code: Code, path: &Path, line: usize, reason: Reason, hint: Option<Reason>) -> Self {
        Self::InFile { reason: code.with(path.display()).with(line).with(reason), hint }
    }

    /// Returns the error for a config file that cannot be used. A secret in it has its own error: no key holds a
    /// secret, because config files get shown, copied and committed.
    pub(super) fn unusable(path: &Path, fault: TomlFault) -> Self {
        let TomlFault { line, reason, hint, key } = fault;
        let is_meant = |row: &&&'static SettingRow| row.secret.is_some() && key.as_deref() == Some(row.name);
        match super::ALL.iter().find(is_meant) {
            Some(name) => Self::InFile {
                reason: config::SECRET_IN_CONFIG.with(path.display()).with(name.words()).with(line),
                hint: Some(hints::MOVE_SECRET.with(name.key.unwrap_or_default())),
            },
            None => Self::in_file(config::CONFIG_UNUSABLE, path, line, reason, hint),
        }
    }

    /// Whether the command line is at fault, which means exit code 2.
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Invalid { place: Source::Flag(_), .. }
                | Self::PemForFile { place: Source::Flag(_), .. }
                | Self::HalfTls { other: Source::Flag(_), .. }
        )
    }

    /// Returns the reason, for users.
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
            Self::PemForFile { name, .. } => config::PEM_FOR_FILE.with(name.name),
            Self::Template { name, text, place, wrong } => {
                config::NO_TEMPLATE.with(text).with(name.name).with(place.reason()).with(wrong.clone())
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
            Self::HalfTls { missing, .. } => config::HALF_TLS.with(missing.name),
            Self::OpenListener { address } => config::OPEN_LISTENER.with(*address),
            Self::OwnTarget { target, address } => forward::TARGET_IS_WEIBOX.with(target).with(*address),
        }
    }

    /// Returns what the user can do about it.
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
            Self::HalfTls { missing, .. } => hints::NAME_WITH.with(missing.flag.or(missing.key).unwrap_or_default()),
            Self::Invalid { name, .. }
            | Self::PemForFile { name, .. }
            | Self::Template { name, .. }
            | Self::Secret { name, .. } => hints::IT_TAKES.with(name.takes),
            Self::SecretFile { name, .. } => hints::READABLE_SECRET.with(name.flag.or(name.key).unwrap_or_default()),
            Self::OpenListener { .. } => hints::SET_SECRET.into(),
            Self::OwnTarget { .. } => hints::TARGET_URL.into(),
        };
        Some(hint)
    }
}

/// Whether a path looks like a secret that was pasted instead of a file name: long, and not a name that people
/// give.
fn looks_like_secret(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().trim().to_owned()).unwrap_or_default();
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '='));
    let has = |is: fn(&char) -> bool| name.chars().any(|c| is(&c));
    let is_mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    // Access tokens begin with `2.00`; in other names a dot begins an extension.
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
