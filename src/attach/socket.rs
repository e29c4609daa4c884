//! The socket: its path, how a stale one is replaced, and who may connect.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

use crate::archive::Lock;

/// Name of the socket, usually in the data directory.
const FILE: &str = "weibox.sock";
/// Prefix of directories that are created for sockets outside the data directory.
const PREFIX: &str = "weibox-";
/// The maximum length of the path. The address of a socket holds 108 bytes on Linux, 104 elsewhere.
const LONGEST: usize = 100;

/// The holder's end of the socket. Dropping it removes the socket file.
#[derive(Debug)]
pub struct Door {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// Device and inode of the socket file when it was created.
    id: Option<(u64, u64)>,
    /// The directory that was created for it, and is removed with it; `None` when it is in the data
    /// directory.
    elsewhere: Option<TempDir>,
}

impl Door {
    /// Opens the socket of a data directory whose lock this process has. Removes a socket file that a killed
    /// process left. Where the data directory cannot have a socket, creates a directory for it in
    /// `runtime_dir` or else in the directory for temporary files, and writes its path into the lock file.
    ///
    /// # Errors
    ///
    /// When no socket can be created anywhere.
    pub fn open(data_dir: &Path, runtime_dir: Option<&Path>) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        clear(data_dir);
        let here =
            if path.as_os_str().len() > LONGEST { Err(io::ErrorKind::InvalidFilename.into()) } else { bind(&path) };
        let door = match here {
            Ok(listener) => Self { id: id(&path), listener, path, elsewhere: None },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => Self::open_elsewhere(runtime_dir)?,
        };
        let place = door.elsewhere.is_some().then_some(door.path.as_path());
        Lock::announce_socket(data_dir, place)?;
        Ok(door)
    }

    fn open_elsewhere(runtime_dir: Option<&Path>) -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for directory in [runtime_dir, Some(&temporary)].into_iter().flatten() {
            let owners = Permissions::from_mode(0o700);
            let made = tempfile::Builder::new().prefix(PREFIX).permissions(owners).tempdir_in(directory);
            let opened = made.and_then(|made| Ok((bind(&made.path().join(FILE))?, made)));
            match opened {
                Ok((listener, made)) => {
                    let path = made.path().join(FILE);
                    return Ok(Self { id: id(&path), listener, path, elsewhere: Some(made) });
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Creates the socket file again if it was removed. Dashboards stay attached.
    pub(super) fn keep_in_place(&mut self) {
        let found = id(&self.path);
        if found.is_some() && found == self.id {
            return;
        }
        match bind(&self.path) {
            Ok(listener) => {
                tracing::warn!(path = %self.path.display(), "the socket was removed; it is there again");
                (self.listener, self.id) = (listener, id(&self.path));
            }
            // This is logged only once. A file of another process in its place is left alone.
            Err(error) if self.id.take().is_some() => {
                let path = self.path.display();
                tracing::warn!(%error, %path, "the socket was removed and cannot be made again; it is tried on");
            }
            Err(_) => {}
        }
    }
}

/// Removes the directory that a killed process created for its socket, and no other.
fn clear(data_dir: &Path) {
    let Some(left) = Lock::socket(data_dir).filter(|left| left.file_name() == Some(FILE.as_ref())) else { return };
    let is_made =
        |parent: &&Path| parent.file_name().is_some_and(|name| name.as_bytes().starts_with(PREFIX.as_bytes()));
    if let Some(parent) = left.parent().filter(is_made) {
        // It may be gone already.
        drop(fs::remove_file(&left).and_then(|()| fs::remove_dir(parent)));
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // A file with another inode belongs to another process.
        if self.id.is_some() && id(&self.path) == self.id {
            // If it stays, connecting to it fails.
            drop(fs::remove_file(&self.path));
        }
    }
}

fn id(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Binds a socket that only the owner can use. An existing socket is stale, because the lock shows that its
/// process is gone.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Ok(found) = fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Returns the path of a data directory's socket, whether or not it exists.
pub fn place(data_dir: &Path) -> PathBuf {
    Lock::socket(data_dir).unwrap_or_else(|| data_dir.join(FILE))
}

/// Whether the process at the other end runs as the same user as this one.
pub(super) fn is_own(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own)
}
