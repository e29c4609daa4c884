//! Hands a file to the desktop. By argv, never through a shell; it does not know what opens what.

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
    open::that_detached_with_timeout(&path, PATIENCE).map_err(|source| {
        let tried: Vec<_> =
            open::commands(&path).iter().map(|command| command.get_program().to_string_lossy().into_owned()).collect();
        Error::Opener { path: path.clone(), tried: tried.join(", "), source }
    })
}
