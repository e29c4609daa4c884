//! Secrets: from a file or the environment into a type that cannot be printed.

use std::fmt::Display;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::SecretString;

use super::{Error, Setting, Source};

/// Others may read a file with one of these permissions.
const OTHERS: u32 = 0o044;

/// Reads a secret from a file, whose last line break does not belong to it.
pub(super) fn read(
    name: &'static str,
    path: &Path,
    source: Source,
    warnings: &mut Vec<String>,
) -> Result<Setting<SecretString>, Error> {
    let failed = |source| Error::Read { what: "the secret file", path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & OTHERS != 0 {
        warnings.push(format!("others may read `{0}`: chmod 600 `{0}`", path.display()));
    }
    check(name, text.trim_end_matches(['\r', '\n']), source, &format!("file {}", path.display()))
}

/// Checks the text of a secret; an error says what is wrong with it, never what it is.
pub(super) fn check(
    name: &'static str,
    text: &str,
    source: Source,
    from: &dyn Display,
) -> Result<Setting<SecretString>, Error> {
    let reason = if text.is_empty() {
        "is empty"
    } else if text.trim() != text {
        "starts or ends with a space"
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        "holds characters that no secret of Weibo's has"
    } else {
        return Ok(Setting { value: text.into(), source });
    };
    Err(Error::Secret { name, from: from.to_string(), reason })
}
