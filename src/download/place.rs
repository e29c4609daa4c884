//! Puts a whole file below the media directory, under a name that is free. Follows no symbolic link.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::reason::downloads;

/// The maximum number of files that may want one name; more indicate a bad layout without `{fid}`.
const NAMESAKES: u32 = 10_000;
/// Number of bytes of two files that are compared at a time.
const CHUNK: u64 = 64 << 10;

/// Moves a durable file to a wanted place below the media directory, and makes that durable. Returns the
/// final place: if another file has the name, a number is added; if that file has the same bytes, it is used
/// instead. Blocks.
pub(super) fn put(media: &Path, part: &Path, wanted: &str) -> io::Result<String> {
    let (directory, made) = enter(media, wanted, true)?;
    for number in 1..=NAMESAKES {
        let name = numbered(wanted, number);
        let target = directory.join(Path::new(&name).file_name().unwrap_or_default());
        match rename(part, &target) {
            Ok(()) => {
                // Otherwise a power cut could undo the rename after the archive has recorded the file.
                for directory in made.iter().chain([&directory]) {
                    File::open(directory)?.sync_all()?;
                }
                return Ok(name);
            }
            // A process that was killed between the rename and the archive's record left it there.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_same(part, &target)? => {
                std::fs::remove_file(part)?;
                return Ok(name);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(downloads::TOO_MANY_NAMESAKES.with(NAMESAKES).with(wanted)))
}

/// Renames a file to a name that is free.
fn rename(part: &Path, target: &Path) -> io::Result<()> {
    match renameat_with(CWD, part, CWD, target, RenameFlags::NOREPLACE) {
        // This file system cannot check the name atomically: an empty file holds it until ours takes its
        // place.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(target)?;
            std::fs::rename(part, target).inspect_err(|_error| drop(std::fs::remove_file(target)))
        }
        renamed => Ok(renamed?),
    }
}

/// Returns the name that the WAV of a voice has beside its file, and the file's own.
pub(super) fn names(file: &str) -> [String; 2] {
    [Path::new(file).with_extension("wav").to_string_lossy().into_owned(), file.to_owned()]
}

/// Removes a file of the media directory, the WAV of a voice beside it, and the directories that are empty
/// then, but nothing that is shared. A missing file is no error. Blocks.
pub(super) fn remove(media: &Path, file: &str, shared: &BTreeSet<String>) -> io::Result<()> {
    let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let (directory, _) = match enter(media, file, false) {
        Err(error) if missing(&error) => return Ok(()),
        entered => entered?,
    };
    for name in names(file).iter().filter(|name| !shared.contains(*name)) {
        let path = directory.join(Path::new(name).file_name().unwrap_or_default());
        std::fs::remove_file(path).or_else(|error| if missing(&error) { Ok(()) } else { Err(error) })?;
    }
    let below = directory.ancestors().take_while(|directory| *directory != media);
    for directory in below {
        // Fails at the first directory that is not empty.
        if std::fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(())
}

/// Returns the directory of a file below the media directory, which is created if allowed, and the
/// directories in which something was created. Every component of the path is a directory, not a link to one.
fn enter(media: &Path, file: &str, may_make: bool) -> io::Result<(PathBuf, Vec<PathBuf>)> {
    let (mut directory, mut made) = (media.to_owned(), Vec::new());
    for part in Path::new(file).parent().into_iter().flat_map(Path::components) {
        let Component::Normal(part) = part else {
            return Err(io::Error::other(downloads::LEADS_OUT.with(file)));
        };
        let next = directory.join(part);
        match next.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_other) => return Err(io::Error::other(downloads::NO_DIRECTORY_THERE.with(next.display()))),
            Err(error) if may_make && error.kind() == io::ErrorKind::NotFound => {
                match DirBuilder::new().mode(0o700).create(&next) {
                    // Another worker made it meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    created => created?,
                }
                made.push(directory);
            }
            Err(error) => return Err(error),
        }
        directory = next;
    }
    Ok((directory, made))
}

/// Returns `a/7.jpg`, `a/7-2.jpg`, `a/7-3.jpg`, …
fn numbered(wanted: &str, number: u32) -> String {
    match wanted.rsplit_once('.') {
        Some((stem, extension)) if number > 1 => format!("{stem}-{number}.{extension}"),
        Some(_) | None => wanted.to_owned(),
    }
}

/// Returns whether `there` is a regular file, not a link, with the same bytes.
fn is_same(part: &Path, there: &Path) -> io::Result<bool> {
    let found = there.symlink_metadata()?;
    if !found.is_file() || found.len() != part.metadata()?.len() {
        return Ok(false);
    }
    let (mut ours, mut theirs) = (File::open(part)?, File::open(there)?);
    loop {
        let [mut one, mut other] = [Vec::new(), Vec::new()];
        ours.by_ref().take(CHUNK).read_to_end(&mut one)?;
        theirs.by_ref().take(CHUNK).read_to_end(&mut other)?;
        if one != other || one.is_empty() {
            return Ok(one == other);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Returns a media directory, and a file that is to be put into it.
    fn whole(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let media = tempfile::tempdir().unwrap();
        let part = media.path().join("7.part");
        std::fs::write(&part, bytes).unwrap();
        (media, part)
    }

    #[test]
    fn what_is_there_is_never_overwritten_and_the_same_bytes_are_kept_once() {
        let (media, part) = whole(b"new");
        std::fs::create_dir(media.path().join("a")).unwrap();
        for (name, bytes) in [("a/7.jpg", b"old"), ("a/7-2.jpg", b"old")] {
            std::fs::write(media.path().join(name), bytes).unwrap();
        }
        assert_eq!(put(media.path(), &part, "a/7.jpg").unwrap(), "a/7-3.jpg");
        assert!(!part.exists());
        std::fs::write(&part, b"old").unwrap();
        assert_eq!(put(media.path(), &part, "a/7.jpg").unwrap(), "a/7.jpg");
        assert!(!part.exists());
        let read = |name: &str| std::fs::read(media.path().join(name)).unwrap();
        assert_eq!(["a/7.jpg", "a/7-2.jpg", "a/7-3.jpg"].map(read), [b"old", b"old", b"new"]);
    }

    #[test]
    fn links_are_neither_followed_nor_written_through() {
        let (media, part) = whole(b"new");
        let elsewhere = tempfile::tempdir().unwrap();
        let theirs = elsewhere.path().join("theirs.jpg");
        std::fs::write(&theirs, b"theirs").unwrap();
        symlink(elsewhere.path(), media.path().join("2026")).unwrap();
        symlink(&theirs, media.path().join("7.jpg")).unwrap();
        assert!(put(media.path(), &part, "2026/7.jpg").unwrap_err().to_string().contains("is no directory"));
        assert!(put(media.path(), &part, "../7.jpg").unwrap_err().to_string().contains("leads out"));
        assert_eq!(put(media.path(), &part, "7.jpg").unwrap(), "7-2.jpg", "the link has the name");
        assert!(remove(media.path(), "2026/theirs.jpg", &BTreeSet::new()).is_err());
        remove(media.path(), "7.jpg", &BTreeSet::new()).unwrap();
        assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs", "the link went, the file stays");
        assert_eq!(elsewhere.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn removing_takes_the_saved_voice_and_what_is_empty_along() {
        let (media, part) = whole(b"#!AMR\n");
        assert_eq!(put(media.path(), &part, "a/b/7.amr").unwrap(), "a/b/7.amr");
        std::fs::write(media.path().join("a/b/7.wav"), b"RIFF").unwrap();
        std::fs::write(media.path().join("a/8.amr"), b"other").unwrap();
        remove(media.path(), "a/b/7.amr", &BTreeSet::new()).unwrap();
        remove(media.path(), "a/b/7.amr", &BTreeSet::new()).unwrap();
        assert!(!media.path().join("a/b").exists() && media.path().join("a/8.amr").exists());
        remove(media.path(), "a/8.amr", &BTreeSet::new()).unwrap();
        assert_eq!(media.path().read_dir().unwrap().count(), 0);
    }
}
