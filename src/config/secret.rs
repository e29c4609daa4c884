//! Secrets: how they are read and what they may look like. No error here holds a character of one.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::SecretString;

use super::Error;
use super::names::Name;

/// Those who are neither the owner nor root.
const OTHERS: u32 = 0o077;

/// Reads the secret in a file.
///
/// A file that others can open still works, as it may be a mounted one whose mode nobody can change; it is warned of.
pub(super) fn read(name: &'static Name, path: &Path, warnings: &mut Vec<String>) -> Result<SecretString, Error> {
    let failed = |source| Error::SecretFile { name, path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    if metadata.is_file() && metadata.permissions().mode() & OTHERS != 0 {
        let (name, path) = (words(name), path.display());
        warnings.push(format!("others can open the file of the {name}; `chmod 600 {path}` keeps it yours"));
    }
    check(name, &text, &path.display().to_string())
}

/// A secret less its last line ending, which editors and `echo` add. Refuses what can be none of Weibo's, mostly because
/// it was copied with something around it.
pub(super) fn check(name: &'static Name, text: &str, place: &str) -> Result<SecretString, Error> {
    let text = text.trim_end_matches(['\r', '\n']);
    let problem = if text.is_empty() {
        "is empty"
    } else if text.trim() != text {
        "starts or ends with a space"
    } else if text.contains(char::is_whitespace) {
        "has a space or a line ending in it"
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        "has a character that is not printable ASCII"
    } else {
        return Ok(SecretString::from(text));
    };
    Err(Error::Secret { name, place: place.to_owned(), problem })
}

/// `app secret` of `app_secret`.
pub(super) fn words(name: &Name) -> String {
    name.name.replace('_', " ")
}
