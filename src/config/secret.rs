//! Secrets: how they are read, checked and kept. No error here holds a character of one.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;

use super::row::SettingRow;
use super::{ACCESS_TOKEN, APP_SECRET, Config, Source, short};
use crate::reason::{Code, Fault, Reason, config, hints};

/// Maximum number of bytes read from a file. Weibo's secrets have some thirty.
const ROOM: usize = 4096;
/// Permission bits of users who are neither the owner nor root.
const OTHERS: u32 = 0o077;

/// Reads the secret in a file, which a flag or a key names.
///
/// A file that others can open still works, with a warning: it may be mounted with a mode that nobody can change.
pub(super) fn read(
    row: &'static SettingRow,
    named_by: &str,
    path: &Path,
    warnings: &mut Vec<Reason>,
) -> Result<SecretString, Fault> {
    let (text, metadata) = short::text(path, ROOM)
        .map_err(|error| unread(row, path, &error).hinted(hints::READABLE_SECRET.with(named_by)).caused_by(error))?;
    let place = Some(path.display().to_string());
    if text.len() == ROOM {
        return Err(unusable(row, place, config::SECRET_LONG));
    }
    if metadata.is_file() && metadata.permissions().mode() & OTHERS != 0 {
        warnings.push(config::OTHERS_READ.with(row.words()).with(path.display()));
    }
    check(row, &text, place)
}

/// Returns the reason why the file of a secret cannot be read, without its path if that looks like the secret itself.
fn unread(row: &SettingRow, path: &Path, error: &io::Error) -> Reason {
    if looks_like_secret(path) {
        return config::SECRET_FOR_FILE.with(row.words());
    }
    config::SECRET_UNREAD.with(row.words()).with(path.display()).with(error)
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

/// Returns the fault of a text that cannot be a secret: what is wrong, as the end of a sentence, and where it came from,
/// unless it was typed on the screen.
fn unusable(row: &SettingRow, place: Option<String>, problem: Code) -> Fault {
    let secret = config::SECRET_UNUSABLE.with(row.words());
    let secret = match place {
        Some(place) => secret.with(place),
        None => secret.with(config::WHAT_WAS_TYPED),
    };
    secret.with(problem).hinted(hints::IT_TAKES.with(row.takes))
}

/// Returns a secret without trailing line endings, which editors and `echo` add. Refuses what cannot be one of
/// Weibo's secrets, mostly because it was copied with something around it.
pub(super) fn check(row: &SettingRow, text: &str, place: Option<String>) -> Result<SecretString, Fault> {
    let text = text.trim_end_matches(['\r', '\n']);
    let problem = if text.is_empty() {
        config::SECRET_EMPTY
    } else if text.trim() != text {
        config::SECRET_SPACE
    } else if text.contains(char::is_whitespace) {
        config::SECRET_BREAK
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        config::SECRET_FOREIGN
    } else {
        return Ok(SecretString::from(text));
    };
    Err(unusable(row, place, problem))
}

/// Returns the file that keeps a typed secret: beside the config file, not with the messages, whose directory
/// people copy.
pub(super) fn place(config_file: &Path, name: &SettingRow) -> PathBuf {
    config_file.with_file_name(name.name)
}

/// Keeps a typed secret beside the config file, for the owner alone (mode 0600). The next start looks for it there
/// if no layer sets it. Returns that path and what was kept.
///
/// # Errors
///
/// [`config::SECRET_UNUSABLE`] for what cannot be one of Weibo's secrets, [`config::SECRET_UNKEPT`] when the file cannot
/// be written.
pub fn keep(config_file: &Path, row: &SettingRow, typed: &SecretString) -> Result<(PathBuf, SecretString), Fault> {
    let secret = check(row, typed.expose_secret(), None)?;
    let path = place(config_file, row);
    match write(&path, secret.expose_secret()) {
        Ok(()) => Ok((path, secret)),
        Err(error) => {
            let reason = config::SECRET_UNKEPT.with(row.words()).with(path.display()).with(&error);
            Err(reason.hinted(hints::FILE_OF_YOUR_OWN).caused_by(error))
        }
    }
}

impl Config {
    /// Returns the secrets that a layer sets, which win over typed ones. With several accounts all secrets count as
    /// set, because each account has its own in its table.
    pub fn fixed_secrets(&self) -> Vec<&'static SettingRow> {
        let has_accounts = !self.accounts.value.is_empty();
        let is_fixed = |source: &Source| has_accounts || !matches!(source, Source::Default | Source::Kept(_));
        [(APP_SECRET, &self.app_secret.source), (ACCESS_TOKEN, &self.access_token.source)]
            .into_iter()
            .filter_map(|(name, source)| is_fixed(source).then_some(name))
            .collect()
    }
}

/// Writes a file of ours beside the config file atomically. Only the owner can read it (mode 0600).
///
/// # Errors
///
/// Fails when the file cannot be written.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
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
            let told = unread(ACCESS_TOKEN, Path::new(path), &io::Error::from_raw_os_error(2)).to_string();
            assert_eq!(told.contains(path.trim_end()), !is_secret, "{told}");
        }
    }
}
