//! Why the config file or a value in any layer cannot be used. No text here holds a secret.

use std::path::Path;

use super::node::TomlFault;
use super::row::SettingRow;
use super::source::Source;
use crate::forward::target;
use crate::reason::{Code, Fault, Reason, config, hints};

/// Returns the fault of a value that breaks the rules of its setting, without user, query and fragment of an address:
/// people paste tokens.
pub(super) fn invalid(row: &'static SettingRow, value: &str, place: &Source) -> Fault {
    let reason = config::NO_VALUE.with(target::printable(value)).with(row.name).with(place.reason());
    reason.hinted(hints::IT_TAKES.with(row.takes)).of_usage(place.is_flag())
}

/// Returns the fault of an entry of the config file that cannot be used; `line` counts from 1. The text of `code` takes
/// the file, the line and the reason.
pub(super) fn in_file(code: Code, path: &Path, line: usize, reason: Reason, hint: Option<Reason>) -> Fault {
    Fault::new(code.with(path.display()).with(line).with(reason), hint)
}

/// Returns the fault of a config file that cannot be used. A secret in it has its own reason: no key holds a secret,
/// because config files get shown, copied and committed.
pub(super) fn unusable(path: &Path, fault: TomlFault) -> Fault {
    let TomlFault { line, reason, hint, key } = fault;
    let is_meant = |row: &&&'static SettingRow| row.secret.is_some() && key.as_deref() == Some(row.name);
    match super::ALL.iter().find(is_meant) {
        Some(row) => config::SECRET_IN_CONFIG
            .with(path.display())
            .with(row.words())
            .with(line)
            .hinted(hints::MOVE_SECRET.with(row.key.unwrap_or_default())),
        None => in_file(config::CONFIG_UNUSABLE, path, line, reason, hint),
    }
}
