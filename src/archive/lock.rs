//! Allows one listener per archive: a lock that dies with its process, in a file that names the process.
//!
//! The directory is locked as well: a file may be removed while its lock is held, and the next process would
//! then lock a new file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::reason::{Reason, archive};

use super::Error;

/// Name of the lock file in the data directory.
const FILE: &str = "weibox.lock";
/// Prefix of the line that holds the path of the socket.
const SOCKET: &str = "socket ";
/// Number of attempts to take the lock, a moment apart: [`Lock::holder`] holds it for some microseconds when it
/// looks.
const TRIES: u32 = 50;
const MOMENT: Duration = Duration::from_millis(1);
/// Name of a holder that has not written its own.
const ANOTHER: &str = "another process";

/// The right to listen for an archive. It is released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct Lock {
    /// `None` where directories cannot be locked, as on NFS.
    directory: Option<File>,
    file: File,
}

impl Lock {
    /// Takes the lock of a data directory and writes this process and its `command` into the lock file.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], with the name of the process that holds it; [`Error::Lock`] when the file cannot be
    /// used.
    pub fn acquire(data_dir: &Path, command: &str) -> Result<Self, Error> {
        super::make_private(data_dir)?;
        let mut tries = 1;
        loop {
            match Self::try_acquire(data_dir, command) {
                Err(Error::Locked { .. }) if tries < TRIES => thread::sleep(MOMENT),
                taken => return taken,
            }
            tries += 1;
        }
    }

    fn try_acquire(data_dir: &Path, command: &str) -> Result<Self, Error> {
        let path = data_dir.join(FILE);
        let failed = |source: io::Error| Error::Lock { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        let directory = File::open(data_dir).map_err(failed)?;
        let locked = [directory.try_lock(), file.try_lock()];
        if locked.iter().any(|locked| matches!(locked, Err(TryLockError::WouldBlock))) {
            let holder = named(&mut file).map_err(failed)?;
            return Err(Error::Locked { path: data_dir.to_owned(), holder });
        }
        let [of_directory, of_file] = locked;
        if let Err(TryLockError::Error(source)) = of_file {
            return Err(failed(source));
        }
        let lock = Self { directory: of_directory.is_ok().then_some(directory), file };
        lock.inscribe(command).map_err(failed)?;
        Ok(lock)
    }

    /// Creates a lock from the files of one that another process has handed over.
    pub fn of_files(file: OwnedFd, directory: Option<OwnedFd>) -> Self {
        Self { directory: directory.map(File::from), file: file.into() }
    }

    /// Returns the locked files: the lock file and the directory.
    pub fn files(&self) -> (BorrowedFd<'_>, Option<BorrowedFd<'_>>) {
        (self.file.as_fd(), self.directory.as_ref().map(File::as_fd))
    }

    /// Returns another handle on the same lock, which is released when the last handle is dropped.
    ///
    /// # Errors
    ///
    /// When no more files can be opened.
    pub fn share(&self) -> io::Result<Self> {
        let directory = self.directory.as_ref().map(File::try_clone).transpose()?;
        Ok(Self { directory, file: self.file.try_clone()? })
    }

    /// Writes this process and its `command` into the lock file. The path of the previous holder's socket stays
    /// there: that process may have been killed, and the next one that creates a socket has to remove the old
    /// one.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn inscribe(&self, command: &str) -> io::Result<()> {
        let mut bytes = Vec::new();
        (&self.file).seek(SeekFrom::Start(0))?;
        (&self.file).read_to_end(&mut bytes)?;
        let words = String::from_utf8_lossy(&bytes);
        let socket = words.lines().filter(|line| line.starts_with(SOCKET)).map(str::to_owned);
        rewrite(&self.file, std::iter::once(format!("process {} ({command})", std::process::id())).chain(socket))
    }

    /// Writes the current problems of this process, which holds the lock, behind its name. Needs no more disk
    /// space than the file already takes.
    ///
    /// # Errors
    ///
    /// When the file is gone or cannot be written.
    pub fn announce(data_dir: &Path, wrong: &[Reason]) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).open(data_dir.join(FILE))?;
        let mut words = String::new();
        file.read_to_string(&mut words)?;
        let kept = words.lines().take(1).chain(words.lines().skip(1).filter(|line| line.starts_with(SOCKET)));
        rewrite(&file, kept.map(str::to_owned).chain(wrong.iter().map(Reason::to_json)))
    }

    /// Writes the path of the socket of this process, which holds the lock, if it is not in the data directory.
    ///
    /// # Errors
    ///
    /// As [`Lock::announce`].
    pub fn announce_socket(data_dir: &Path, place: Option<&Path>) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).open(data_dir.join(FILE))?;
        let holder = named(&mut file)?;
        let place = place.map(|place| format!("{SOCKET}{}", place.display()));
        rewrite(&file, std::iter::once(holder).chain(place))
    }

    /// Returns the path of the holder's socket if it is not in the data directory.
    pub fn socket(data_dir: &Path) -> Option<PathBuf> {
        let words = std::fs::read_to_string(data_dir.join(FILE)).ok()?;
        words.lines().find_map(|line| line.strip_prefix(SOCKET).map(PathBuf::from))
    }

    /// Returns the current problems of the process that holds the lock of a data directory, as that process
    /// wrote them.
    pub fn announced(data_dir: &Path) -> Vec<Reason> {
        let words = Self::holder(data_dir).and_then(|_holder| std::fs::read_to_string(data_dir.join(FILE)).ok());
        words
            .unwrap_or_default()
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with(SOCKET))
            .map(|line| Reason::from_stored(line, Some(line)))
            .collect()
    }

    /// Returns the holder of the lock of a data directory, such as `process 1234 (weibox serve)`; `None` if
    /// nobody holds it. Creates no files.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] when the user may not read the directory or the file.
    pub fn look(data_dir: &Path) -> Result<Option<String>, Error> {
        let is_locked = |file: &File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        let path = data_dir.join(FILE);
        let (directory, file) = (File::open(data_dir), File::open(&path));
        if [&directory, &file].into_iter().flatten().any(is_locked) {
            // The file that held the name may have been removed.
            return Ok(Some(file.and_then(|mut file| named(&mut file)).unwrap_or_else(|_gone| ANOTHER.to_owned())));
        }
        let denied = [(data_dir, directory), (&path, file)].into_iter().find_map(|(path, opened)| {
            let source = opened.err().filter(|error| error.kind() == io::ErrorKind::PermissionDenied)?;
            Some(Error::Unreadable { path: path.to_owned(), source })
        });
        denied.map_or(Ok(None), Err)
    }

    /// Parses a holder as it names itself, `process 1234 (weibox serve)`: its id and its command. `None` if it has not
    /// named itself.
    pub fn parse(holder: &str) -> Option<(u32, &str)> {
        let (pid, command) = holder.strip_prefix("process ")?.strip_suffix(')')?.split_once(" (")?;
        Some((pid.parse().ok()?, command))
    }

    /// Returns a holder in words.
    pub fn words(holder: &str) -> Reason {
        match Self::parse(holder) {
            Some((pid, command)) => archive::HOLDER.with(pid).with(command),
            None => archive::ANOTHER_HOLDER.into(),
        }
    }

    /// Returns the holder as [`Lock::look`] does, but `None` if the user may not see it.
    pub fn holder(data_dir: &Path) -> Option<String> {
        Self::look(data_dir).ok().flatten()
    }
}

/// Replaces the content with lines. Needs no more disk space than the file already takes.
fn rewrite(file: &File, lines: impl Iterator<Item = String>) -> io::Result<()> {
    let words = lines.collect::<Vec<_>>().join("\n");
    file.write_all_at(words.as_bytes(), 0)?;
    file.set_len(words.len() as u64)
}

/// Returns the name that the holder has written.
fn named(file: &mut File) -> io::Result<String> {
    let mut words = String::new();
    file.read_to_string(&mut words)?;
    let holder = words.lines().next().unwrap_or_default().to_owned();
    Ok(if holder.is_empty() { ANOTHER.to_owned() } else { holder })
}
