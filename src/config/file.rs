//! The config file, and the settings that only it can hold: keys, tabs and reply rules.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use super::layers::Layers;
use super::near::near;
use super::node::{Lined, Toml};
use super::{ALL, Setting, SettingRow, Source, fault, short};
use crate::controls::keymap::{Keymap, Misbound};
use crate::controls::tab::{Tab, TabTitle};
use crate::controls::{action, key};
use crate::query;
use crate::reason::{Fault, config, hints};
use crate::weibo::reply::{RawRule, Rule};

mod alerts;
pub mod quick_replies;
mod targets;

/// Maximum size of the file in bytes; enough for a thousand of our settings.
const LONGEST: usize = 256 << 10;

/// One `[[tab]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTab {
    name: String,
    query: String,
}

/// Whether the file does not exist. A home directory may not be a directory, such as `/dev/null`.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Reads the config file; `None` when it does not exist and its path is the default.
pub(super) fn read(file: &Setting<PathBuf>) -> Result<Option<Zeroizing<String>>, Fault> {
    let path = &file.value;
    match short::whole(path, LONGEST) {
        Ok(text) => Ok(Some(text)),
        Err(error) if is_missing(&error) && file.source == Source::Default => Ok(None),
        Err(error) => {
            let reason = config::CONFIG_UNREAD.with(path.display()).with(&error);
            Err(reason.hinted(hints::READABLE_CONFIG).caused_by(error))
        }
    }
}

/// Parses the file, and refuses keys that are not ours.
pub(super) fn parse<'a>(text: &'a str, path: &Path) -> Result<Toml<'a>, Fault> {
    let keys: Vec<_> = ALL.iter().filter_map(|row| row.key).collect();
    let toml = Toml::parse(text).and_then(|toml| toml.check(&keys).map(|()| toml));
    toml.map_err(|fault| fault::unusable(path, fault))
}

impl Layers<'_> {
    /// Reads the keymap, which only the file changes.
    pub(super) fn keymap(&self, row: &'static SettingRow) -> Result<Setting<Keymap>, Fault> {
        let bindings: BTreeMap<String, Lined<Vec<String>>> = self.in_file(row)?.unwrap_or_default();
        if bindings.is_empty() {
            return Ok(Setting { value: Keymap::default(), source: Source::Default });
        }
        Ok(Setting { value: keymap(bindings, &self.file.value)?, source: self.by_file() })
    }

    /// Reads the tabs and their queries.
    pub(super) fn tabs(&self, row: &'static SettingRow) -> Result<Setting<Vec<Tab>>, Fault> {
        self.tables(row, |path, line, RawTab { name, query }| {
            let query = query::parse(&query).map_err(|wrong| {
                let unusable = config::TAB_UNUSABLE.with(path.display()).with(line).with(query);
                unusable.with(wrong.reason).hinted(wrong.hint)
            })?;
            Ok(Tab { title: TabTitle::Own(name), query, is_ascending: false, is_saved: false })
        })
    }

    /// Reads the rules of the passive reply.
    pub(super) fn replies(&self, row: &'static SettingRow) -> Result<Setting<Vec<Rule>>, Fault> {
        self.tables(row, |path, line, rule: RawRule| {
            Rule::check(rule).map_err(|reason| fault::in_file(config::REPLY_UNUSABLE, path, line, reason, None))
        })
    }
}

/// Returns the keymap with the bindings of the file, applied in the order of the file.
fn keymap(bindings: BTreeMap<String, Lined<Vec<String>>>, path: &Path) -> Result<Keymap, Fault> {
    let (mut keymap, mut bound) = (Keymap::default(), Vec::new());
    let mut bindings: Vec<_> = bindings.into_iter().collect();
    bindings.sort_by_key(|(_, keys)| keys.line);
    for (name, Lined { line, value: keys }) in bindings {
        if let Err(reason) = keymap.bind(&name, &keys, &mut bound) {
            let near = match &reason {
                Misbound::Action { name } => {
                    let known: Vec<_> = action::TABLE.iter().map(|row| row.name).collect();
                    near(name, &known).map(str::to_owned)
                }
                Misbound::Key(key::UnknownKey::Name { name }) => near_key(name),
                Misbound::Key(key::UnknownKey::Missing(_)) | Misbound::Twice { .. } => None,
            };
            let hint = near.map(|near| hints::DID_YOU_MEAN.with(near));
            return Err(fault::in_file(config::KEYS_UNUSABLE, path, line, reason.reason(), hint));
        }
    }
    Ok(keymap)
}

/// Returns the key that was probably meant: the modifier or the name may be misspelt.
fn near_key(name: &str) -> Option<String> {
    let held = name.split_once('-').and_then(|(held, rest)| Some(format!("{}-{rest}", near(held, &["ctrl", "alt"])?)));
    held.or_else(|| near(&name.to_lowercase(), &key::names()).map(str::to_owned))
}
