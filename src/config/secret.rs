//! Secrets: how they are read, checked and kept. No error here holds a character of one.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;

use super::row::SettingRow;
use super::{ACCESS_TOKEN, APP_SECRET, Config, Error, Source, short};
use crate::reason::{Reason, config};

/// Maximum number of bytes read from a file. Weibo's secrets have some thirty.
const ROOM: usize = 4096;
/// Permission bits of users who are neither the owner nor root.
const OTHERS: u32 = 0o077;

/// Reads the secret in a file.
///
/// A file that others can open still works, with a warning: it may be mounted with a mode that nobody can change.
pub(super) fn read(name: &'static SettingRow, path: &Path, warnings: &mut Vec<Reason>) -> Result<SecretString, Error> {
    let failed = |source| Error::SecretFile { name, path: path.to_owned(), source };
    let (text, metadata) = short::text(path, ROOM).map_err(failed)?;
    if text.len() == ROOM {
        let place = Some(path.display().to_string());
        return Err(Error::Secret { name, place, problem: config::SECRET_LONG });
    }
    if metadata.is_file() && metadata.permissions().mode() & OTHERS != 0 {
        warnings.push(config::OTHERS_READ.with(name.words()).with(path.display()));
    }
    check(name, &text, Some(path.display().to_string()))
}

/// Returns a secret without trailing line endings, which editors and `echo` add. Refuses what cannot be one of
/// Weibo's secrets, mostly because it was copied with something around it.
pub(super) fn check(name: &'static SettingRow, text: &str, place: Option<String>) -> Result<SecretString, Error> {
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
    Err(Error::Secret { name, place, problem })
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
/// [`Error::Secret`] for what cannot be one of Weibo's secrets, [`Error::Keep`] when the file cannot be written.
pub fn keep(
    config_file: &Path,
    name: &'static SettingRow,
    typed: &SecretString,
) -> Result<(PathBuf, SecretString), Error> {
    let secret = check(name, typed.expose_secret(), None)?;
    let path = place(config_file, name);
    let written = write(&path, secret.expose_secret());
    written.map_err(|source| Error::Keep { name, path: path.clone(), source })?;
    Ok((path, secret))
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
