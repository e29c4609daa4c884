//! The flags of the settings, made from their table; they stand before or after any command.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};

use super::{ALL, SettingRow};
use crate::language::Language;

/// The settings given as flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(BTreeMap<&'static str, OsString>);

impl Options {
    /// What a flag says.
    pub fn get(&self, row: &SettingRow) -> Option<&OsStr> {
        self.0.get(row.flag?).map(OsString::as_os_str)
    }

    /// The flags that are given.
    pub fn flags(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The same with another value for a flag; `None` takes none.
    pub fn with(mut self, row: &SettingRow, value: Option<impl Into<OsString>>) -> Self {
        self.0.extend(row.flag.zip(value.map(Into::into)));
        self
    }
}

/// The flag of a setting.
fn arg(row: &SettingRow) -> Option<Arg> {
    let id = row.id()?;
    let arg = Arg::new(id).long(id).global(true).help(row.help_words(Language::English)).help_heading("Settings");
    let arg = arg.allow_hyphen_values(row.is_pem);
    Some(match row.value_name {
        "" => arg.action(ArgAction::SetTrue),
        // A path is any bytes.
        "FILE" | "DIR" => arg.value_name(row.value_name).value_parser(value_parser!(PathBuf)),
        value_name => arg.value_name(value_name),
    })
}

impl clap::Args for Options {
    fn augment_args(command: Command) -> Command {
        command.args(ALL.iter().filter_map(|row| arg(row)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for row in ALL {
            let Some((flag, id)) = row.flag.zip(row.id()) else { continue };
            let value = match row.value_name {
                "" => matches.get_flag(id).then(|| "true".into()),
                _ => matches.get_raw(id).and_then(Iterator::last).map(OsStr::to_owned),
            };
            self.0.extend(value.map(|value| (flag, value)));
        }
        Ok(())
    }
}
