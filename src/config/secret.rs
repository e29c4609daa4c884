//! Secrets: how they are read and what they may look like. No error here holds a character of one.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;

use super::row::SettingRow;
use super::{ACCESS_TOKEN, APP_SECRET, Config, Error, Source, short};
use crate::reason::{Reason, config};

/// The most bytes of a file that are read. Weibo's secrets have some thirty.
const ROOM: usize = 4096;
/// Those who are neither the owner nor root.
const OTHERS: u32 = 0o077;

/// Reads the secret in a file.
///
/// A file that others can open still works, as it may be a mounted one whose mode nobody can change; it is warned of.
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

/// A secret less its last line ending, which editors and `echo` add. Refuses what can be none of Weibo's, mostly because
/// it was copied with something around it.
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

/// Where a secret that was typed on the screen is kept: beside the config file, not with the messages, whose directory
/// people copy.
pub(super) fn place(config_file: &Path, name: &SettingRow) -> PathBuf {
    config_file.with_file_name(name.name)
}

/// Keeps a secret that was typed, for the owner alone (mode 0600), beside the config file, where the next start looks for it
/// when nobody else says anything. Returns that place and what was kept.
///
/// # Errors
///
/// [`Error::Secret`] for what can be none of Weibo's, [`Error::Keep`] when the file cannot be written.
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
    /// The secrets that were set in a place of the user's own, which wins over what is typed. Several accounts have theirs
    /// in their tables alone.
    pub fn fixed_secrets(&self) -> Vec<&'static SettingRow> {
        let has_accounts = !self.accounts.value.is_empty();
        let is_fixed = |source: &Source| has_accounts || !matches!(source, Source::Default | Source::Kept(_));
        [(APP_SECRET, &self.app_secret.source), (ACCESS_TOKEN, &self.access_token.source)]
            .into_iter()
            .filter_map(|(name, source)| is_fixed(source).then_some(name))
            .collect()
    }
}

/// Writes a file of ours beside the config file, whole or not at all. It is for the owner alone (mode 0600).
///
/// # Errors
///
/// When it cannot be written.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}
