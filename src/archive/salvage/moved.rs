//! Keeps an archive whose file was removed or replaced while it was open. The open file still has everything, but the
//! system deletes it once it is closed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::super::connection::{self, FILE, FILES, FileIdentity};
use super::super::import::Import;
use super::super::{Error, Lock};
use super::swap::{SAVED, SAVING, archives_in, complete, free_name};
use super::{Salvaged, merge};

/// Name of the directory with the archive that another file replaced. The next start adds it to that file.
const REPLACED: &str = "replaced";
/// Prefix of the names of those that an earlier start could not add, once there is a newer one.
const BEFORE: &str = "replaced-";

/// Puts an archive whose file was removed back into its place, and returns a new connection to it. If the process
/// is killed before the end, the next start finishes it, as after damage.
pub(super) fn put_back(open: &Connection, data_dir: &Path) -> Result<Connection, Error> {
    let (saved, file) = (data_dir.join(SAVED), data_dir.join(FILE));
    let failed = |source| Error::Directory { path: file.clone(), source };
    // A file that cannot be looked at for a moment has not gone.
    let is_gone = || if file.try_exists()? { Err(io::Error::from(io::ErrorKind::AlreadyExists)) } else { Ok(()) };
    is_gone().map_err(failed)?;
    write_out(open, data_dir, SAVED)?;
    let put = || {
        is_gone()?;
        // The file that was written has everything that they hold.
        FILES[1..].iter().for_each(|name| drop(fs::remove_file(data_dir.join(name))));
        place(&saved.join(FILE), &file)?;
        File::open(data_dir)?.sync_all()
    };
    let placed = put();
    if file.exists() {
        drop(fs::remove_dir_all(&saved));
    }
    placed.map_err(failed)?;
    connection::open(data_dir)
}

/// Moves a file to a place where there is none; fails if one has appeared there.
fn place(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system gives a file two names.
        Err(_) if !to.try_exists()? => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

/// Writes an archive that another file replaced beside that file, for the next start: see [`add_replaced`]. What an
/// earlier call wrote makes room if it `is_own`, of this process.
pub(super) fn keep_beside(
    open: &Connection,
    data_dir: &Path,
    opened: [Option<FileIdentity>; 3],
    is_own: bool,
) -> Result<(), Error> {
    let replaced = data_dir.join(REPLACED);
    if !is_own && replaced.join(FILE).exists() {
        // The last start could not add it.
        let before = data_dir.join(free_name(data_dir, REPLACED));
        fs::rename(&replaced, before).map_err(|source| Error::Directory { path: replaced, source })?;
    }
    write_out(open, data_dir, REPLACED)?;
    // SQLite would apply this log to the other file.
    for ((name, opened), found) in FILES.iter().zip(opened).zip(connection::files_of(data_dir)).skip(1) {
        if opened == found {
            drop(fs::remove_file(data_dir.join(name)));
        }
    }
    Ok(())
}

/// Forgets what [`keep_beside`] wrote, because the archive is in its place again.
pub(super) fn forget(data_dir: &Path) {
    drop(fs::remove_dir_all(data_dir.join(REPLACED)));
}

/// Returns the archives in a data directory that were replaced while they were open and have not been added to the
/// file that replaced them.
pub fn replaced_in(data_dir: &Path) -> Vec<PathBuf> {
    archives_in(data_dir, |name| name == REPLACED || name.starts_with(BEFORE))
}

/// Adds an archive that was replaced while it was open to the file that replaced it, and removes it. The holder of
/// the lock calls this before anybody opens the archive.
///
/// # Errors
///
/// As [`merge`]; it is repeated at the next start.
pub(super) fn add_replaced(data_dir: &Path, replaced: &Path, lock: &Lock) -> Result<Salvaged, Error> {
    let lock = lock.share().map_err(|source| Error::Lock { path: data_dir.to_owned(), source })?;
    let mut import = Import::with(data_dir, Some(lock))?;
    let added = merge(replaced, &mut import)?;
    import.finish()?;
    drop(fs::remove_dir_all(replaced));
    Ok(added)
}

/// Writes a whole archive, its log included, into a directory of this name, which appears once it is complete.
fn write_out(open: &Connection, data_dir: &Path, name: &str) -> Result<(), Error> {
    let failed = |source| Error::Directory { path: data_dir.to_owned(), source };
    let saving = data_dir.join(SAVING);
    drop(fs::remove_dir_all(&saving));
    // Fails if the whole data directory was removed.
    DirBuilder::new().mode(0o700).create(&saving).map_err(failed)?;
    let file = saving.join(FILE);
    // SQLite takes an empty file, but would give a new one to everybody.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(failed)?;
    let path = ToSqlOutput::Borrowed(ValueRef::Text(file.as_os_str().as_bytes()));
    let copied = open.execute("VACUUM INTO ?1", [path]).map_err(Error::Write);
    let written = copied.and_then(|_| complete(data_dir, name).map_err(failed));
    if written.is_err() {
        // The disk space is needed.
        drop(fs::remove_dir_all(&saving));
    }
    written
}
