//! The tabs that were saved on the screen. They are in a file of weibox's own beside the config file, which
//! weibox does not change.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config;
use crate::controls::tab::Tab;
use crate::language::Language;
use crate::query;
use crate::reason::{Reason, files};

/// Name of the file.
const FILE: &str = "tabs.toml";
/// Its first line.
const HEAD: &str = "# weibox writes this file: the tabs that were saved from the screen.\n";

/// The content of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tabs {
    #[serde(default)]
    tab: Vec<SavedTab>,
}

/// A tab in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedTab {
    name: String,
    query: String,
}

/// Returns the path of the tabs that belong to a config file.
pub(in crate::run) fn place(config_file: &Path) -> PathBuf {
    config_file.with_file_name(FILE)
}

/// Reads the tabs, from left to right; none without a file.
pub(in crate::run) fn read(path: &Path) -> Result<Vec<Tab>, Reason> {
    let unread = |why: String| files::FILE_UNREAD.with(path.display()).with(why);
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| unread(error.to_string()))?,
    };
    let tabs: Tabs = toml::from_str(&text).map_err(|error| unread(error.message().to_owned()))?;
    let tab = |SavedTab { name, query }| {
        let query = query::parse(&query).map_err(|wrong| unread(wrong.reason.to_string()))?;
        Ok(Tab::saved(name, query))
    };
    tabs.tab.into_iter().map(tab).collect()
}

/// Writes the tabs atomically, readable for the owner only. Leaves a file that it cannot read as it is.
pub(super) fn write(path: &Path, tabs: &[Tab]) -> Result<(), Reason> {
    let _readable = read(path)?;
    // A quoted JSON string means the same in TOML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let rows = tabs.iter().map(|tab| {
        let [name, query] = [tab.title.of(Language::English), &tab.query.to_string()].map(quoted);
        format!("\n[[tab]]\nname = {name}\nquery = {query}\n")
    });
    let text: String = std::iter::once(HEAD.to_owned()).chain(rows).collect();
    config::write(path, &text).map_err(|error| files::FILE_UNWRITTEN.with(path.display()).with(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_come_back_as_they_were_written() {
        let home = tempfile::tempdir().unwrap();
        let path = place(&home.path().join("weibox/config.toml"));
        assert_eq!(read(&path), Ok(Vec::new()));
        let tab = |name: &str, query: &str| Tab::saved(name.to_owned(), query::parse(query).unwrap());
        let tabs = [
            tab("退货 \"急\" \\", "type:text -退货 \"exact words\" since:2h"),
            tab("all", ""),
            tab("near", "near:深圳<30km is:unread"),
        ];
        write(&path, &tabs).unwrap();
        assert_eq!(read(&path), Ok(tabs.to_vec()));
        write(&path, &[]).unwrap();
        assert_eq!(read(&path), Ok(Vec::new()));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE);
        for text in ["[[tab]]\nname = 1\n", "tab = [", "[[tab]]\nname = \"a\"\nquery = \"type:nothing\"\n"] {
            fs::write(&path, text).unwrap();
            assert!(read(&path).is_err() && write(&path, &[]).is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
