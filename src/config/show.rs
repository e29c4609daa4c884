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
use crate::controls::tab::Tab;
use crate::forward::target::Target;
use crate::language::Language;
use crate::notify::alert::{Alert, Channel, Means};
use crate::reason::{Code, Reason, config};
use crate::weibo::Kind;
use crate::weibo::reply::Rule;

/// A value as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShownValue {
    /// As it would stand in the file.
    Text(String),
    /// In words.
    Words(Reason),
}

impl ShownValue {
    /// Returns the value in a language.
    pub fn of(&self, language: Language) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Words(reason) => reason.of(language),
        }
    }
}

impl From<String> for ShownValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Reason> for ShownValue {
    fn from(reason: Reason) -> Self {
        Self::Words(reason)
    }
}

impl From<Code> for ShownValue {
    fn from(code: Code) -> Self {
        Self::Words(code.into())
    }
}

pub(super) fn path(path: &PathBuf) -> String {
    path.display().to_string()
}

pub(super) fn optional_path(path: &Option<PathBuf>) -> ShownValue {
    path.as_ref().map_or_else(|| config::NOT_SET.into(), |path| path.display().to_string().into())
}

/// Shows `None` as `off`.
pub(super) fn optional<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "off".to_owned(), ToString::to_string)
}

/// Shows a list as it would stand in the file, without quotes.
pub(super) fn list(entries: &[impl ToString]) -> String {
    format!("[{}]", entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

pub(super) fn tabs(tabs: &Vec<Tab>) -> Reason {
    config::TABS_SHOWN.with(tabs.len())
}

pub(super) fn rules(rules: &Vec<Rule>) -> Reason {
    config::RULES_SHOWN.with(rules.len())
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
pub(super) fn size(size: &Option<u64>) -> ShownValue {
    let Some(bytes) = size else { return "off".to_owned().into() };
    let unit = UNITS.into_iter().find(|(_, unit)| bytes % unit == 0);
    unit.map_or_else(
        || config::BYTES_SHOWN.with(*bytes).into(),
        |(name, unit)| format!("{}{name}", bytes / unit).into(),
    )
}

/// Shows the length of a secret: enough to see whether the right one was taken.
pub(super) fn masked(secret: &Option<SecretString>) -> Reason {
    let length = |secret: &SecretString| config::SECRET_SHOWN.with(secret.expose_secret().len());
    secret.as_ref().map_or_else(|| config::NOT_SET.into(), length)
}

pub(super) fn seconds(age: &Option<Duration>) -> String {
    age.unwrap_or_default().as_secs().to_string()
}

pub(super) fn kinds(kinds: &Vec<Kind>) -> String {
    list(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
}

pub(super) fn keymap(keymap: &Keymap) -> Code {
    if *keymap == Keymap::default() { config::KEYS_OF_HELP } else { config::KEYS_CHANGED }
}

pub(super) fn accounts(accounts: &[Account]) -> Reason {
    let named = accounts.iter().map(|Account { name, path, .. }| config::ACCOUNT_SHOWN.with(name).with(path));
    joined(named, config::LISTED).unwrap_or_else(|| config::ONE_ACCOUNT.into())
}

/// Joins texts with the words of a code; `None` if there are none.
fn joined(texts: impl Iterator<Item = Reason>, between: Code) -> Option<Reason> {
    texts.reduce(|before, text| between.with(before).with(text))
}

/// Shows targets without the queries of their URLs, which may hold secrets.
pub(super) fn targets(targets: &[Target]) -> ShownValue {
    let named = targets.iter().map(|target| format!("{} ({}) {}", target.name, target.mode.name(), target.place()));
    or_none(&named.collect::<Vec<_>>())
}

fn or_none(names: &[String]) -> ShownValue {
    if names.is_empty() { config::NONE_SHOWN.into() } else { names.join(", ").into() }
}

/// Shows channels without their URLs, which may be secrets.
pub(super) fn channels(channels: &[Arc<Channel>]) -> ShownValue {
    let kind = |means: &Means| match means {
        Means::Web(hook) => hook.robot.name,
        Means::Program(_) => "program",
    };
    let named = channels.iter().map(|channel| format!("{} ({})", channel.name, kind(&channel.means)));
    or_none(&named.collect::<Vec<_>>())
}

pub(super) fn alerts(alerts: &[Alert]) -> Reason {
    let named = alerts.iter().map(|alert| {
        let by = joined(alert.by.iter().map(|way| Reason::other(way.name())), config::AND);
        config::ALERT_SHOWN.with(&alert.name).with(by.unwrap_or_else(|| config::NONE_SHOWN.into()))
    });
    joined(named, config::LISTED).unwrap_or_else(|| config::NONE_SHOWN.into())
}
