//! People: what Weibo calls a sender, what the user calls them and notes of them, labels, which messages and senders have, and
//! claims, which say who answers a sender.

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Record, Seq};
use crate::text;
use crate::weibo::UserId;

/// The most characters of a name that the user gives.
pub const LONGEST_NAME: usize = 40;
/// The most characters of a note.
pub const LONGEST_NOTE: usize = 1_000;
/// The most characters of a label.
pub const LONGEST_LABEL: usize = 24;

/// What is known of a sender, and may change after a message came. Its words are foreign text, the user's own included: they
/// may have been imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownSender {
    /// When the reply window closes (protocol §6), which later messages push further; `None` when it is not open.
    pub window_until: Option<DateTime<Utc>>,
    /// Whether the user muted the sender: nothing rings for such messages, and their files are not downloaded by themselves.
    pub is_muted: bool,
    /// What Weibo calls them; empty where it told nothing.
    pub nickname: String,
    /// What the user calls them; empty where they have no such name.
    pub name: String,
    /// What the user noted of them; may be empty.
    pub note: String,
    /// Their labels, in order.
    pub labels: Vec<String>,
}

impl KnownSender {
    /// Of a sender whose reply window closes then.
    pub fn until(at: DateTime<Utc>) -> Self {
        Self { window_until: Some(at), ..Self::default() }
    }

    /// What they are called: by the user, or else by Weibo.
    pub fn called(&self) -> Option<&str> {
        [self.name.as_str(), &self.nickname].into_iter().find(|name| !name.is_empty())
    }
}

/// What somebody is called where there is little room: by name, or else by number; `-` where there is neither.
pub fn short_name(id: Option<impl Display>, name: Option<&str>) -> String {
    let number = || id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    name.map_or_else(number, |name| text::line(name).into_owned())
}

/// What somebody is called: by name if there is one, and by number.
pub fn full_name(id: Option<impl Display>, name: Option<&str>) -> String {
    let number = short_name(id, None);
    name.map_or_else(|| number.clone(), |name| format!("{} {number}", text::line(name)))
}

/// What has labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labelled {
    /// Each of these messages.
    Messages(Vec<Seq>),
    /// A sender.
    Sender(UserId),
}

/// Labels that are given, and others that are taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relabel {
    /// What has them.
    pub of: Labelled,
    /// Those that it is to have.
    pub add: Vec<String>,
    /// Those that it is not to have any more.
    pub remove: Vec<String>,
}

/// The labels there are, and who of some has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelBoard {
    /// All labels, and how many messages and senders have each; the most used first.
    pub all: Vec<(String, u64)>,
    /// How many of the messages that were asked about have each.
    pub of_messages: BTreeMap<String, u64>,
    /// Those of the sender that was asked about.
    pub of_sender: Vec<String>,
}

/// What is typed, as a label: one word, so that a query can name it; `None` where nothing is left of it.
pub fn label(typed: &str) -> Option<String> {
    let parts_words = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、');
    let drawable = text::line(typed);
    let words: Vec<&str> = drawable.split(parts_words).filter(|word| !word.is_empty()).collect();
    let label: String = words.join("_").chars().take(LONGEST_LABEL).collect();
    (!label.is_empty()).then_some(label)
}

/// What is typed in one line, as it is kept.
pub fn tidied(typed: &str, longest: usize) -> String {
    text::line(typed.trim()).chars().take(longest).collect::<String>().trim_end().to_owned()
}

/// How long a claim stands after the last key of whoever has it.
pub const CLAIM: TimeDelta = TimeDelta::minutes(10);

/// Somebody answers a sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderClaim {
    /// The account that answers; empty where there is only one.
    pub account: String,
    /// The sender.
    pub fan: UserId,
    /// Who it is, as they call themselves.
    pub user: String,
    /// What tells this composer from all others.
    pub session: String,
    /// When it runs out.
    pub until: DateTime<Utc>,
}

impl SenderClaim {
    /// Whether it is on the sender of a message.
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
