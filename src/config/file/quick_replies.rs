//! The quick replies: one per file, `replies/*.toml` beside the config file. A file that cannot be used does not
//! hide the others.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use crate::config::node::{Lined, Toml, TomlFault};
use crate::config::short;
use crate::reason::{Reason, config, files};
use crate::record::quick_reply::{QuickReplies, QuickReply, QuickWords};
use crate::weibo::Kind;

/// Name of their directory, beside the config file.
const DIRECTORY: &str = "replies";
/// Keys that a file may have.
const KEYS: [&str; 4] = ["name", "text", "kinds", "labels"];
/// Maximum size of a file in bytes; fifty times what Weibo takes.
const LONGEST: usize = 64 << 10;
/// Maximum number of files that are read; nobody would find a reply among more.
const MOST: usize = 1_000;

/// Returns the directory of the quick replies that belong to a config file.
pub fn place(config_file: &Path) -> PathBuf {
    config_file.with_file_name(DIRECTORY)
}

/// Reads the quick replies of a directory; none if it does not exist.
pub fn read(directory: &Path) -> QuickReplies {
    let mut found = QuickReplies { directory: directory.to_owned(), ..QuickReplies::default() };
    let paths = match paths(directory) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
        Err(error) => {
            found.faults.push(files::FILE_UNREAD.with(directory.display()).with(&error));
            return found;
        }
    };
    if paths.len() > MOST {
        found.faults.push(config::QUICK_TOO_MANY.with(directory.display()).with(paths.len()).with(MOST));
    }
    for path in paths.into_iter().take(MOST) {
        match one(&path) {
            Ok(reply) => found.replies.push(reply),
            Err(reason) => found.faults.push(reason),
        }
    }
    found
}

/// Lists the files by name. Hidden files, such as those that editors leave behind, are skipped.
fn paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension() == Some(OsStr::new("toml")) && !is_hidden {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

fn one(path: &Path) -> Result<QuickReply, Reason> {
    let text = text(path).map_err(|error| files::FILE_UNREAD.with(path.display()).with(&error))?;
    let fault = |line: usize, reason: Reason| config::QUICK_UNUSABLE.with(path.display()).with(line).with(reason);
    parse(path, &text).map_err(|TomlFault { line, reason, hint, .. }| fault(line.max(1), reason.with_hint(hint)))
}

/// Reads a whole file. A pipe or a device is refused, because the picker must not wait.
fn text(path: &Path) -> io::Result<Zeroizing<String>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, Reason::from(config::QUICK_NO_FILE)));
    }
    short::whole(path, LONGEST)
}

fn parse(path: &Path, text: &str) -> Result<QuickReply, TomlFault> {
    let toml = Toml::parse(text)?;
    toml.check(&KEYS)?;
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = toml.get::<String>("name")?.filter(|name| !name.trim().is_empty());
    let missing = || TomlFault::at(1, config::KEY_MISSING.with("text"));
    let Lined { line, value: words } = toml.get::<Lined<String>>("text")?.ok_or_else(missing)?;
    if words.trim().is_empty() {
        return Err(TomlFault::at(line, config::REPLY_EMPTY.with("text")));
    }
    let words = QuickWords::parse(words.trim_end()).map_err(|reason| TomlFault::at(line, reason))?;
    let kinds = toml.get::<Vec<Lined<String>>>("kinds")?.unwrap_or_default();
    let kinds =
        kinds.into_iter().map(|Lined { line, value }| kind(&value).map_err(|reason| TomlFault::at(line, reason)));
    Ok(QuickReply {
        file: path.to_owned(),
        name: name.unwrap_or_else(stem),
        words,
        kinds: kinds.collect::<Result<_, _>>()?,
        labels: toml.get("labels")?.unwrap_or_default(),
    })
}

fn kind(name: &str) -> Result<Kind, Reason> {
    let known = || Kind::ALL.map(Kind::name).join(", ");
    Kind::from_name(name).ok_or_else(|| config::QUICK_NO_KIND.with(name).with(known()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_is_told_with_its_line_and_hides_no_other() {
        let home = tempfile::tempdir().unwrap();
        let directory = place(&home.path().join("config.toml"));
        assert_eq!(read(&directory).replies.len() + read(&directory).faults.len(), 0);
        fs::create_dir_all(directory.join("folder.toml")).unwrap();
        for (file, text) in [
            (
                "good.toml",
                "name = \"营业时间\"\ntext = \"\"\"\n您好，{name}\n十点开门\n\"\"\"\nkinds = [\"text\"]\nlabels = [\"售前\"]\n",
            ),
            ("short.toml", "text = \"ok\""),
            ("brace.toml", "name = \"a\"\n\ntext = \"{nmae}\"\n"),
            ("kind.toml", "text = \"a\"\nkinds = [\n\"text\",\n\"smell\"]\n"),
            ("key.toml", "text = \"a\"\ntxet = \"b\"\n"),
            ("type.toml", "text = 7\n"),
            ("broken.toml", "text = \"a\nb"),
            ("empty.toml", ""),
            ("blank.toml", "text = \" \""),
            (".hidden.toml", "?"),
            ("notes.txt", "?"),
        ] {
            fs::write(directory.join(file), text).unwrap();
        }
        fs::write(directory.join("bytes.toml"), [0xff, 0xfe]).unwrap();
        fs::write(directory.join("long.toml"), "#".repeat(LONGEST + 1)).unwrap();
        let QuickReplies { replies, faults, .. } = read(&directory);
        let names: Vec<_> = replies.iter().map(|reply| reply.name.as_str()).collect();
        assert_eq!(names, ["营业时间", "short"]);
        assert_eq!((replies[0].kinds.clone(), replies[0].labels.clone()), (vec![Kind::Text], vec!["售前".to_owned()]));
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for words in [
            "blank.toml`, line 1: `text` is empty",
            "brace.toml`, line 3: `{nmae}` is no field",
            "broken.toml`, line 2",
            "bytes.toml`: it is not UTF-8",
            "empty.toml`, line 1: missing field `text`",
            "folder.toml`: it is no file",
            "key.toml`, line 2: unknown field `txet`",
            "kind.toml`, line 4: `smell` is no kind of message",
            "long.toml`: it is longer",
            "type.toml`, line 1: `text`: invalid type",
        ] {
            assert!(told.iter().any(|told| told.contains(words)), "{words}: {told:#?}");
        }
        assert_eq!(told.len(), 10, "{told:#?}");
    }
}
