//! Exports a file to a path that the user chooses: completes, resolves and writes it. Creates no directory,
//! and replaces nothing unless told to.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Reader};
use crate::cli::Format;
use crate::dashboard::orders::{SaveAnswer, SaveOrder, SaveSource};
use crate::record::page::Selection;

use super::{export, voice};
use crate::reason::{Reason, files};

/// The maximum number of entries of a directory that completion examines.
const LOOKED_AT: usize = 10_000;
/// The maximum number of completions.
const FOUND: usize = 200;
/// Extension of messages as JSON lines.
const JSONL: &str = "jsonl";
/// Extension of messages as a table.
const CSV: &str = "csv";

/// Returns the completions of a path: the entries of its directory that begin with its last component, in
/// order, directories with a trailing slash. Hidden entries match only a leading dot. Blocks.
pub(super) fn complete(typed: &str, home: &Path) -> SaveAnswer {
    if typed == "~" {
        return SaveAnswer::Completed { typed: typed.to_owned(), found: vec!["~/".to_owned()] };
    }
    let (directory, start) = typed.rfind('/').map_or(("", typed), |at| typed.split_at(at + 1));
    let entries = resolve(if directory.is_empty() { "." } else { directory }, home).read_dir();
    let mut found: Vec<String> = entries
        .into_iter()
        .flatten()
        .take(LOOKED_AT)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_wanted = name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.'));
            // Follows links.
            let slash = if entry.path().is_dir() { "/" } else { "" };
            is_wanted.then(|| format!("{directory}{name}{slash}"))
        })
        .collect();
    found.sort();
    found.truncate(FOUND);
    SaveAnswer::Completed { typed: typed.to_owned(), found }
}

/// Writes a file atomically, readable for the user only. A voice is decoded if its path ends with `.wav`;
/// messages are read from an archive that is opened for this. Blocks.
pub(super) fn save(
    order: SaveOrder,
    home: &Path,
    max_bytes: u64,
    open: impl FnOnce() -> Result<Reader, archive::Error>,
) -> SaveAnswer {
    let path = resolve(&order.to, home);
    let is_there = path.symlink_metadata().is_ok();
    if let Err(reason) = check(&order, &path) {
        return SaveAnswer::Saved(Err(reason));
    }
    if is_there && !order.may_replace {
        return SaveAnswer::Taken(order);
    }
    let written = match &order.from {
        SaveSource::Medium { path: from, is_voice } => copy(from, *is_voice, &order, &path, max_bytes),
        SaveSource::Messages(selection) => export(selection, &order, &path, open),
    };
    match written {
        Ok(true) => SaveAnswer::Saved(Ok(path)),
        // The file was created meanwhile.
        Ok(false) => SaveAnswer::Taken(order),
        Err(reason) => SaveAnswer::Saved(Err(reason)),
    }
}

/// Writes the file, decoded if its path says so; `false` when a file exists that may not be replaced.
fn copy(from: &Path, is_voice: bool, order: &SaveOrder, path: &Path, max_bytes: u64) -> Result<bool, Reason> {
    // Decode only a voice that is not a WAV file already.
    if is_voice && has_extension(path, "wav") && !has_extension(from, "wav") {
        let bytes = voice::load(from, max_bytes, &CancellationToken::new())?.wav(Duration::ZERO);
        return write(path, order.may_replace, |into| into.write_all(&bytes));
    }
    let mut from = File::open(from).map_err(|error| files::FILE_UNREAD.with(from.display()).with(&error))?;
    write(path, order.may_replace, |into| io::copy(&mut from, into).map(drop))
}

/// Writes messages, oldest first; `false` when a file exists that may not be replaced.
fn export(
    selection: &Selection,
    order: &SaveOrder,
    path: &Path,
    open: impl FnOnce() -> Result<Reader, archive::Error>,
) -> Result<bool, Reason> {
    let reader = open().map_err(|error| error.reason())?;
    let format = if has_extension(path, CSV) { Format::Csv } else { Format::Jsonl };
    write(path, order.may_replace, |into| {
        export::write(&reader, selection, format, BufWriter::new(into)).map_err(io::Error::other)
    })
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// Checks what can be checked before writing.
fn check(order: &SaveOrder, path: &Path) -> Result<(), Reason> {
    if order.to.is_empty() {
        return Err(files::NO_FILE_NAMED.into());
    }
    if order.to.ends_with('/') || path.is_dir() {
        return Err(files::TARGET_IS_DIRECTORY.with(path.display()));
    }
    let directory = path.parent().unwrap_or(path);
    if !directory.is_dir() {
        return Err(files::NO_TARGET_DIRECTORY.with(directory.display()));
    }
    match &order.from {
        SaveSource::Medium { path: from, is_voice } => {
            let received = from.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if *is_voice && !has_extension(path, "wav") && !has_extension(path, received) {
                return Err(files::VOICE_ENDING.with(received));
            }
        }
        SaveSource::Messages(_) if [JSONL, CSV].iter().all(|ending| !has_extension(path, ending)) => {
            return Err(files::EXPORT_ENDING.into());
        }
        SaveSource::Messages(_) => {}
    }
    Ok(())
}

/// Fills a temporary file beside the path and renames it; `false` when a file exists that may not be
/// replaced.
fn write(path: &Path, may_replace: bool, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<bool, Reason> {
    let failed = |error: io::Error| files::FILE_UNWRITTEN.with(path.display()).with(&error);
    let mut beside = NamedTempFile::new_in(path.parent().unwrap_or(path)).map_err(failed)?;
    fill(beside.as_file_mut()).and_then(|()| beside.as_file().sync_all()).map_err(failed)?;
    let named = if may_replace { beside.persist(path) } else { beside.persist_noclobber(path) };
    match named {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error.error)),
    }
}

/// Resolves a path: `~` is the home directory, and a relative path starts where weibox was started.
fn resolve(typed: &str, home: &Path) -> PathBuf {
    let path = match Path::new(typed).strip_prefix("~") {
        Ok(rest) => home.join(rest),
        Err(_other) => PathBuf::from(typed),
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    // Removes a trailing slash.
    path.components().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn found(typed: &str, home: &Path) -> Vec<String> {
        let SaveAnswer::Completed { found, .. } = complete(typed, home) else { panic!("{typed}") };
        found
    }

    fn order(home: &Path, to: &str, is_voice: bool) -> SaveOrder {
        let from = home.join(if is_voice { "7.amr" } else { "7.jpg" });
        fs::write(&from, "bytes").unwrap();
        SaveOrder { from: SaveSource::Medium { path: from, is_voice }, to: to.to_owned(), may_replace: false }
    }

    #[test]
    fn paths_complete_to_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        for directory in ["Downloads/deep", "Documents"] {
            fs::create_dir_all(home.path().join(directory)).unwrap();
        }
        for file in [".hidden", "Downloads/图片.jpg"] {
            fs::write(home.path().join(file), "").unwrap();
        }
        for (typed, wanted) in [
            ("~", &["~/"][..]),
            ("~/", &["~/Documents/", "~/Downloads/"]),
            ("~/Dow", &["~/Downloads/"]),
            ("~/Downloads/", &["~/Downloads/deep/", "~/Downloads/图片.jpg"]),
            ("~/.h", &["~/.hidden"]),
            ("~/nothing", &[]),
            ("~/nowhere/x", &[]),
        ] {
            assert_eq!(found(typed, home.path()), wanted, "{typed}");
        }
        let whole = format!("{}/Doc", home.path().display());
        assert_eq!(found(&whole, Path::new("/")), [format!("{whole}uments/")]);
    }

    #[tokio::test]
    async fn messages_are_exported_as_the_path_ends() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let archive = archive::Archive::open(home).unwrap();
        for number in 1..=3 {
            let raw =
                format!(r#"{{"type":"text","sender_id":{number},"created_at":"","text":"=退货{number}","data":{{}}}}"#);
            let arrival = archive::Arrival::new(raw, crate::run::clock::now());
            archive.insert(arrival).await.unwrap();
        }
        let query = |typed| Selection::Query(crate::query::parse(typed).unwrap());
        let exported = |selection, name: &str| {
            let order =
                SaveOrder { from: SaveSource::Messages(selection), to: format!("~/{name}"), may_replace: false };
            let answer = save(order, home, 1000, || archive.reader());
            if let SaveAnswer::Saved(Ok(path)) = &answer {
                fs::read_to_string(path).unwrap()
            } else {
                format!("{answer:?}")
            }
        };
        let seqs = |lines: &str| -> Vec<u64> {
            let seq = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap();
            lines.lines().map(seq).collect()
        };
        assert_eq!(seqs(&exported(query(""), "all.jsonl")), [1, 2, 3]);
        assert_eq!(seqs(&exported(query("from:2"), "one.jsonl")), [2]);
        assert_eq!(seqs(&exported(Selection::Seqs(vec![1, 3, 99]), "picked.JSONL")), [1, 3]);
        let table = exported(Selection::Seqs(vec![3]), "table.csv");
        assert!(
            table.starts_with("\u{feff}seq,") && table.contains("'=退货3") && table.lines().count() == 2,
            "{table}"
        );
        assert!(exported(query(""), "all.jsonl").starts_with("Taken("), "nothing is overwritten unasked");
        assert!(exported(query(""), "all.txt").contains("EXPORT_ENDING"), "another ending says nothing");
        assert!(!home.join("all.txt").exists());
    }

    #[test]
    fn nothing_is_overwritten_unasked_and_no_directory_made() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let saved = |order: &SaveOrder| save(order.clone(), home, 1000, || Reader::open(home));
        let jpg = order(home, "~/copy.jpg", false);
        assert_eq!(saved(&jpg), SaveAnswer::Saved(Ok(home.join("copy.jpg"))));
        fs::write(home.join("copy.jpg"), "theirs").unwrap();
        assert_eq!(saved(&jpg), SaveAnswer::Taken(jpg.clone()));
        assert_eq!(fs::read(home.join("copy.jpg")).unwrap(), b"theirs");
        assert_eq!(saved(&SaveOrder { may_replace: true, ..jpg }), SaveAnswer::Saved(Ok(home.join("copy.jpg"))));
        assert_eq!(fs::read(home.join("copy.jpg")).unwrap(), b"bytes");
        for (to, is_voice, wanted) in [
            ("~/new/7.jpg", false, format!("there is no directory `{}/new`", home.display())),
            ("~", false, format!("`{}` is a directory: name the file in it", home.display())),
            ("~/new/", false, format!("`{}/new` is a directory: name the file in it", home.display())),
            ("~/7.mp3", true, "a voice is saved as `.wav`, or as received as `.amr`".to_owned()),
        ] {
            let SaveAnswer::Saved(Err(reason)) = saved(&order(home, to, is_voice)) else { panic!("{to} was saved") };
            assert_eq!(reason.to_string(), wanted, "{to}");
        }
        assert_eq!(saved(&order(home, "~/as it came.AMR", true)), SaveAnswer::Saved(Ok(home.join("as it came.AMR"))));
        assert!(!home.join("new").exists());
        assert!(matches!(saved(&order(home, "~/7.wav", true)), SaveAnswer::Saved(Err(_))), "it is no voice");
        assert!(!home.join("7.wav").exists(), "whole or not at all");
    }
}
