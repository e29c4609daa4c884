//! Hands a file to the desktop. By argv, never through a shell; it does not know what opens what.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::Error;

/// So long each program of the desktop may take to refuse. They refuse in a few milliseconds when there is no desktop;
/// one that is still at it is taken to have the file.
const PATIENCE: Duration = Duration::from_millis(800);

/// Has the desktop open a file, in a session of its own with nothing on its standard streams. Blocks for up to 0.8 s a
/// program that is tried, so it is called where that holds nobody up.
///
/// # Errors
///
/// [`Error::File`] when there is no such file; [`Error::Opener`], which names what was tried, when nothing took it.
pub fn open(path: &Path) -> Result<(), Error> {
    // Absolute, so that a name that begins with `-` or looks like an address is neither.
    let path = path.canonicalize().map_err(|source| Error::File { path: path.to_owned(), source })?;
    hand_over(path.as_os_str())
}

/// Has the desktop open a web address. Blocks like [`open`].
///
/// # Errors
///
/// [`Error::Opener`] when nothing took it, or when it is no `http` or `https` address, which no text may make us open.
pub fn browse(address: &str) -> Result<(), Error> {
    if !address.starts_with("http://") && !address.starts_with("https://") {
        let source = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(Error::Opener { what: address.to_owned(), tried: String::new(), source });
    }
    hand_over(address.as_ref())
}

fn hand_over(what: &OsStr) -> Result<(), Error> {
    open::that_detached_with_timeout(what, PATIENCE).map_err(|source| {
        let tried: Vec<_> =
            open::commands(what).iter().map(|command| command.get_program().to_string_lossy().into_owned()).collect();
        Error::Opener { what: what.to_string_lossy().into_owned(), tried: tried.join(", "), source }
    })
}
