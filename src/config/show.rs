//! Value → text, for `weibox config`. Of a secret only the length is shown.

#![expect(clippy::ref_option, clippy::ptr_arg, reason = "a field is shown where it is")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use super::Account;
use super::check::UNITS;
use crate::controls::keymap::Keymap;
use crate::forward::target::Target;
use crate::notify::alert::{Alert, Channel, Means, Way};
use crate::weibo::Kind;

pub(super) fn path(path: &PathBuf) -> String {
    path.display().to_string()
}

pub(super) fn optional_path(path: &Option<PathBuf>) -> String {
    path.as_ref().map_or_else(|| "not set".to_owned(), |path| path.display().to_string())
}

/// Shows `None` as `off`.
pub(super) fn optional<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "off".to_owned(), ToString::to_string)
}

/// Shows a list as it would stand in the file, without quotes.
pub(super) fn list(entries: &[impl ToString]) -> String {
    format!("[{}]", entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// Counts things: `1 rule`, `2 rules`.
pub(super) fn several(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// Shows an age in days if they are whole, else in hours.
pub(super) fn age(age: &Option<TimeDelta>) -> String {
    match age.map(|age| age.num_hours()) {
        None => "off".to_owned(),
        Some(hours) if hours % 24 == 0 => format!("{}d", hours / 24),
        Some(hours) => format!("{hours}h"),
    }
}

/// Shows a size in the largest unit that divides it, as the setting takes it.
pub(super) fn size(size: &Option<u64>) -> String {
    let Some(bytes) = size else { return "off".to_owned() };
    let unit = UNITS.into_iter().find(|(_, unit)| bytes % unit == 0);
    unit.map_or_else(|| format!("{bytes} bytes"), |(name, unit)| format!("{}{name}", bytes / unit))
}

/// Shows the length of a secret: enough to see whether the right one was taken.
pub(super) fn masked(secret: &Option<SecretString>) -> String {
    match secret {
        Some(secret) => format!("set, {} characters", secret.expose_secret().len()),
        None => "not set".to_owned(),
    }
}

pub(super) fn seconds(age: &Option<Duration>) -> String {
    age.unwrap_or_default().as_secs().to_string()
}

pub(super) fn kinds(kinds: &Vec<Kind>) -> String {
    list(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
}

pub(super) fn keymap(keymap: &Keymap) -> String {
    if *keymap == Keymap::default() { "as in the help" } else { "changed" }.to_owned()
}

pub(super) fn accounts(accounts: &[Account]) -> String {
    let named = accounts.iter().map(|Account { name, path, .. }| format!("{name} at {path}"));
    if accounts.is_empty() { "one".to_owned() } else { named.collect::<Vec<_>>().join(", ") }
}

/// Shows targets without the queries of their URLs, which may hold secrets.
pub(super) fn targets(targets: &[Target]) -> String {
    let named = targets.iter().map(|target| format!("{} ({}) {}", target.name, target.mode.name(), target.place()));
    if targets.is_empty() { "none".to_owned() } else { named.collect::<Vec<_>>().join(", ") }
}

/// Shows channels without their URLs, which may be secrets.
pub(super) fn channels(channels: &[Arc<Channel>]) -> String {
    let kind = |means: &Means| match means {
        Means::Web(hook) => hook.robot.name,
        Means::Program(_) => "program",
    };
    let named = channels.iter().map(|channel| format!("{} ({})", channel.name, kind(&channel.means)));
    if channels.is_empty() { "none".to_owned() } else { named.collect::<Vec<_>>().join(", ") }
}

pub(super) fn alerts(alerts: &[Alert]) -> String {
    let named = alerts.iter().map(|alert| {
        let by: Vec<&str> = alert.by.iter().map(Way::name).collect();
        format!("{} by {}", alert.name, by.join(" and "))
    });
    if alerts.is_empty() { "none".to_owned() } else { named.collect::<Vec<_>>().join(", ") }
}
