//! People: senders' names from Weibo and from the user, notes about them, labels of messages and senders, and claims,
//! which say who answers a sender.

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Record, Seq};
use crate::text;
use crate::weibo::UserId;

/// The maximum length of a name that the user gives, in characters.
pub const LONGEST_NAME: usize = 40;
/// The maximum length of a note, in characters.
pub const LONGEST_NOTE: usize = 1_000;
/// The maximum length of a label, in characters.
pub const LONGEST_LABEL: usize = 24;

/// The facts about a sender, which may change after a message arrived. All text here is foreign, even the user's own:
/// it may have been imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownSender {
    /// Time at which the reply window closes (protocol §6), which later messages extend; `None` when it is not open.
    pub window_until: Option<DateTime<Utc>>,
    /// Whether the user muted the sender: their messages ring no alerts, and their files are not downloaded
    /// automatically.
    pub is_muted: bool,
    /// The name from Weibo; empty when Weibo gave none.
    pub nickname: String,
    /// The name from the user; empty when there is none.
    pub name: String,
    /// The user's note about them; may be empty.
    pub note: String,
    /// Their labels, in order.
    pub labels: Vec<String>,
    /// The text of the reply that somebody began to write to them; empty when there is none.
    pub draft: String,
}

impl KnownSender {
    /// Returns a sender whose reply window closes at this time.
    pub fn until(at: DateTime<Utc>) -> Self {
        Self { window_until: Some(at), ..Self::default() }
    }

    /// Returns the name from Weibo, the only one that may leave weibox: that from the user is private.
    pub fn public_name(&self) -> Option<&str> {
        Some(self.nickname.as_str()).filter(|name| !name.is_empty())
    }

    /// Returns the name from the user, or else from Weibo.
    pub fn called(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty()).or_else(|| self.public_name())
    }
}

/// Returns a short name: the name, or else the number; `-` without either.
pub fn short_name(id: Option<impl Display>, name: Option<&str>) -> String {
    let number = || id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    name.map_or_else(number, |name| text::line(name).into_owned())
}

/// Returns the full name: the name if there is one, and the number.
pub fn full_name(id: Option<impl Display>, name: Option<&str>) -> String {
    let number = short_name(id, None);
    name.map_or_else(|| number.clone(), |name| format!("{} {number}", text::line(name)))
}

/// The owner of labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labelled {
    /// Each of these messages.
    Messages(Vec<Seq>),
    /// A sender.
    Sender(UserId),
}

/// A change of labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relabel {
    /// The owner of the labels.
    pub of: Labelled,
    /// The labels to add.
    pub add: Vec<String>,
    /// The labels to remove.
    pub remove: Vec<String>,
}

/// All labels, and the labels of some messages and a sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelBoard {
    /// Each label with the number of messages and senders that have it; the most used first.
    pub all: Vec<(String, u64)>,
    /// Each label with the number of requested messages that have it.
    pub of_messages: BTreeMap<String, u64>,
    /// The labels of the requested sender.
    pub of_sender: Vec<String>,
}

/// Turns typed text into a label: one word, so that a query can name it; `None` when nothing is left.
pub fn label(typed: &str) -> Option<String> {
    let parts_words = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、');
    let drawable = text::line(typed);
    let words: Vec<&str> = drawable.split(parts_words).filter(|word| !word.is_empty()).collect();
    let label: String = words.join("_").chars().take(LONGEST_LABEL).collect();
    (!label.is_empty()).then_some(label)
}

/// Returns typed text as it is stored: one drawable line, trimmed, and at most `longest` characters.
pub fn tidied(typed: &str, longest: usize) -> String {
    text::line(typed.trim()).chars().take(longest).collect::<String>().trim_end().to_owned()
}

/// The time for which a claim lasts after its owner's last key.
pub const CLAIM: TimeDelta = TimeDelta::minutes(10);

/// A claim: somebody is answering a sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderClaim {
    /// The account that answers; empty where there is only one.
    pub account: String,
    /// The sender.
    pub fan: UserId,
    /// The name of the person, as they call themselves.
    pub user: String,
    /// The unique id of the composer.
    pub session: String,
    /// Time at which the claim expires.
    pub until: DateTime<Utc>,
}

impl SenderClaim {
    /// Returns whether the claim is on the sender of a message.
    pub fn is_on(&self, record: &Record) -> bool {
        Some(self.fan) == record.message.sender_id && self.account == record.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_drawable_word() {
        for (typed, expected) in [
            (" 退款 ", Some("退款")),
            ("after sale", Some("after_sale")),
            ("a,b，c", Some("a_b_c")),
            ("a\u{1b}[2J", Some("a␛[2J")),
            (" ， ", None),
            ("", None),
        ] {
            assert_eq!(label(typed).as_deref(), expected, "{typed:?}");
        }
        assert_eq!(label(&"长".repeat(99)).map(|label| label.chars().count()), Some(LONGEST_LABEL));
    }

    #[test]
    fn the_users_name_comes_before_that_of_weibo() {
        let of = |name: &str, nickname: &str| KnownSender {
            name: name.to_owned(),
            nickname: nickname.to_owned(),
            ..KnownSender::default()
        };
        assert_eq!(of("老王", "橙子").called(), Some("老王"));
        assert_eq!(of("", "橙子").called(), Some("橙子"));
        assert_eq!(of("", "").called(), None);
        assert_eq!(of("老王", "橙子").public_name(), Some("橙子"));
        assert_eq!(of("老王", "").public_name(), None);
    }

    #[test]
    fn a_sender_is_called_by_name_and_number_and_nothing_in_a_name_moves_a_cursor() {
        let names = |id: Option<UserId>, name| (short_name(id, name), full_name(id, name));
        let both = |short: &str, full: &str| (short.to_owned(), full.to_owned());
        assert_eq!(names(Some(UserId(7)), Some("橙\u{1b}[2J")), both("橙␛[2J", "橙␛[2J 7"));
        assert_eq!(names(Some(UserId(7)), None), both("7", "7"));
        assert_eq!(names(None, None), both("-", "-"));
    }
}
