//! Puts a damaged archive aside and the complete new one into its place. A kill or a power cut at any point leaves one of
//! them in its place, or the next start finishes the swap.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::super::Error;
use super::super::connection::{FILE, FILES, FileIdentity, file_of};

/// Prefix of the directories that damaged archives are put aside into.
const ASIDE: &str = "damaged-";
/// Name of the file that marks the archive beside it as possibly damaged. It names the directory that the archive is
/// being put aside into.
pub(super) const MARK: &str = "weibox.db.damaged";
/// Name of the directory in which the new archive is built, and its name once complete: then only the swap is
/// left.
pub(super) const SAVING: &str = "saving";
pub(super) const SAVED: &str = "saved";
/// Name of the file in a directory of a damaged archive that holds how many messages were lost.
pub(super) const LOST: &str = "lost";

/// Records that an archive may be damaged, so that the next start looks closer.
pub(in crate::archive) fn distrust(data_dir: &Path) -> io::Result<()> {
    fs::write(data_dir.join(MARK), "")
}

/// Removes the mark of [`distrust`] after a closer look found no damage.
pub(super) fn trust(data_dir: &Path) {
    drop(fs::remove_file(data_dir.join(MARK)));
}

/// Returns the damaged archives that were put aside in a data directory and are still there, the oldest first.
pub fn put_aside_before(data_dir: &Path) -> Vec<PathBuf> {
    archives_in(data_dir, |name| name.starts_with(ASIDE))
}

/// Returns the directories with an archive in a data directory that have such a name, in the order of their names.
pub(super) fn archives_in(data_dir: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let has_archive = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(&is_wanted) && FILES.iter().any(|file| path.join(file).exists())
    };
    let mut found: Vec<PathBuf> = entries.filter(has_archive).collect();
    found.sort_unstable();
    found
}

/// Returns a name that nothing in a data directory has: this one, or this one with a number.
pub(super) fn free_name(data_dir: &Path, name: &str) -> String {
    let names = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(names).find(|name| !data_dir.join(name).exists()).unwrap_or_default()
}

/// Returns how many messages of a damaged archive that was put aside were lost.
pub fn lost_in(aside: &Path) -> u64 {
    fs::read_to_string(aside.join(LOST)).ok().and_then(|n| n.trim().parse().ok()).unwrap_or_default()
}

/// Gives the directory in which an archive was built its name, once everything in it is on disk.
pub(super) fn complete(data_dir: &Path, name: &str) -> io::Result<()> {
    let (saving, complete) = (data_dir.join(SAVING), data_dir.join(name));
    let sync = |path: &Path| File::open(path)?.sync_all();
    fs::read_dir(&saving)?.try_for_each(|entry| sync(&entry?.path()))?;
    sync(&saving)?;
    // Until the new one is complete, this may be the only copy.
    drop(fs::remove_dir_all(&complete));
    fs::rename(&saving, &complete)?;
    sync(data_dir)
}

/// Returns the directory that the damaged archive is put aside into, which is that of a swap that was interrupted.
pub(super) fn aside(data_dir: &Path, now: DateTime<Utc>) -> PathBuf {
    let mark = data_dir.join(MARK);
    let begun = fs::read_to_string(&mark).ok().filter(|name| name.starts_with(ASIDE));
    let new = || free_name(data_dir, &format!("{ASIDE}{}", now.format("%Y%m%dT%H%M%S")));
    let name = begun.unwrap_or_else(new);
    // Best effort, like the number of lost messages: an interrupted swap then leaves two directories.
    drop(fs::write(mark, &name));
    data_dir.join(name)
}

/// Returns whether the damaged archive was put aside and the complete new one is not in its place yet.
pub(super) fn is_interrupted(data_dir: &Path) -> bool {
    data_dir.join(SAVED).join(FILE).exists() && !data_dir.join(FILE).exists()
}

/// Puts the damaged archive aside and moves the complete new one into its place.
pub(super) fn change(data_dir: &Path, aside: &Path) -> Result<(), Error> {
    let saved = data_dir.join(SAVED);
    let changed = put_aside(data_dir, aside)
        .map(|()| drop(fs::rename(saved.join(LOST), aside.join(LOST))))
        .and_then(|()| fs::rename(saved.join(FILE), data_dir.join(FILE)))
        .and_then(|()| File::open(data_dir)?.sync_all());
    changed.map_err(|source| Error::Directory { path: aside.to_owned(), source })?;
    drop(fs::remove_dir_all(saved));
    // Only one that was not damaged leaves nothing there.
    drop(fs::remove_dir(aside));
    trust(data_dir);
    Ok(())
}

/// Returns the error of a change that failed before the damaged archive was put aside. After that the change is
/// finished later, while weibox runs or by its next start.
pub(super) fn unless_aside(
    changed: Result<(), Error>,
    directory: &Path,
    damaged: Option<FileIdentity>,
) -> Result<(), Error> {
    changed.or_else(|error| if file_of(directory) == damaged { Err(error) } else { Ok(()) })
}

/// Moves the files of an archive into a directory.
fn put_aside(data_dir: &Path, aside: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(aside)?;
    for name in FILES {
        match fs::rename(data_dir.join(name), aside.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    File::open(data_dir)?.sync_all()
}
