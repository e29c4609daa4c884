//! The messages on the socket: closed enums, one line of JSON each. A field or message that the other side
//! does not know is ignored, so that an older and a newer weibox can talk; [`is_understood`] decides how much
//! older.
//!
//! Secrets are sent in one direction only: from the dashboard where the user typed one to the holder, which
//! keeps it.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::dashboard::orders::{ArchiveChange, Secret, Trial, TrialResult};
use crate::language::Language;
use crate::reason::{Reason, attach};
use crate::record::Seq;
use crate::record::outgoing::{Composed, OutgoingId};
use crate::record::policy::Policy;
use crate::record::target::{SendOrder, SentAnswer};
use crate::record::traffic::Head;
use crate::weibo::active::ReplyForm;
use crate::weibo::{FileId, UserId};

use super::hidden;
use super::newest::News;

/// The version of the protocol. It grows when a message changes its meaning, but not when something is only
/// added.
pub const PROTOCOL: u32 = 1;
/// The maximum length of a line, in bytes. A longer one ends the connection.
pub const LINE: usize = 1 << 20;
/// Version of this weibox, for people.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A message from a dashboard to the holder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHolder {
    /// The first message.
    Hello(Hello),
    /// An order. [`ToDashboard::Done`] with the same number follows, in any order.
    Ask {
        /// The number.
        id: u64,
        /// The order.
        order: Order,
    },
    /// Asks whether the holder is there. [`ToDashboard::Pong`] follows.
    Ping,
}

/// The introduction of a dashboard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// Its version of the protocol.
    pub protocol: u32,
    /// Its version of weibox.
    pub version: String,
    /// Whether it is a dashboard that stays; otherwise it sends an order and leaves.
    #[serde(default)]
    pub is_dashboard: bool,
    /// Whether orders of it that would change something are refused.
    #[serde(default)]
    pub is_read_only: bool,
}

/// A message from the holder to a dashboard.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToDashboard {
    /// The answer to [`ToHolder::Hello`].
    Welcome(Box<Welcome>),
    /// What changed since the previous news.
    News(Box<News>),
    /// The outcome of an order.
    Done {
        /// Its number.
        id: u64,
        /// Its outcome.
        outcome: Outcome,
    },
    /// The answer to [`ToHolder::Ping`].
    Pong,
    /// The last message, with the reason.
    Bye {
        /// The holder's version of the protocol.
        protocol: u32,
        /// The reason.
        reason: Reason,
    },
}

/// The first message to a dashboard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Welcome {
    /// The holder's version of the protocol.
    pub protocol: u32,
    /// Its version of weibox.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// The command that it was started with, such as `weibox serve`.
    pub command: String,
    /// URL at which it listens; with several accounts, that of the first.
    pub url: String,
    /// Name and path of each account, if there are several.
    pub accounts: Vec<(String, String)>,
    /// Whether callbacks are checked with an app secret.
    pub is_signed: bool,
    /// Secrets that the user set outside weibox, such as in the environment, and can change only there.
    pub fixed: Vec<Secret>,
    /// The policy for automatic downloads.
    pub policy: Policy,
    /// Whether Weibo is asked for names.
    pub has_names: bool,
    /// A message from its start that dashboards show as well.
    pub notice: Option<Reason>,
}

/// Something that only the holder of the archive can do or knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Look up the head of a message's callback, then [`Outcome::Head`].
    Head(Seq),
    /// Keep a secret and use it from now on, then [`Outcome::Kept`].
    Keep(Secret, #[serde(with = "hidden")] SecretString),
    /// Run a trial and describe its result in this language, then [`Outcome::Tried`].
    Try(Trial, Language),
    /// Send one message of each kind through the listener. The order is done when all are answered.
    Sample,
    /// Start or stop a simulation: send messages through the listener, one after the other, until the next
    /// order of this kind or the end of the connection.
    Simulate(bool),
    /// Check the archive, which a reader found damaged.
    Distrust,
    /// Fetch the thumbnail of a file, then [`Outcome::Bytes`].
    Thumbnail {
        /// Account of the message that it came with.
        account: String,
        /// The file.
        fid: FileId,
    },
    /// Send a message to a bot at once, then [`Outcome::Sent`].
    Send(SendOrder),
    /// Report the status, then [`Outcome::Status`].
    Status,
    /// Ask Weibo for the names of these senders, each with the account that knows them, unless they are
    /// known.
    Names(Vec<(String, UserId)>),
    /// Keep a reply and send it when it can be, then [`Outcome::Composed`]. Fails if somebody else answered since the
    /// last reply that its author was shown.
    Reply(Composed),
    /// Take back a reply that was not sent yet, then [`Outcome::Count`]: 0 if it was not waiting any more.
    Withdraw(OutgoingId),
    /// Keep a draft of a reply to a sender.
    Draft {
        /// Account that replies.
        account: String,
        /// The sender.
        fan: UserId,
        /// Format of the text.
        #[serde(default)]
        form: ReplyForm,
        /// The whole text.
        text: String,
        /// Time at which it was written; it does not replace a later draft.
        at: DateTime<Utc>,
    },
    /// Allow replies to be sent until the holder ends.
    AllowReplies,
    /// Claim a sender for the user who writes to them, or extend the claim.
    Claim {
        /// Account that replies.
        account: String,
        /// The sender.
        fan: UserId,
        /// The user who writes.
        user: String,
        /// Identifies the composer.
        session: String,
    },
    /// Give up the claim of a composer.
    Release(String),
    /// Change what is kept, then [`Outcome::Count`] if it affects several things.
    #[serde(untagged)]
    Change(ArchiveChange),
}

impl Order {
    /// Whether the order changes something.
    pub const fn is_change(&self) -> bool {
        !matches!(self, Self::Names(_) | Self::Head(_) | Self::Distrust | Self::Thumbnail { .. } | Self::Status)
    }
}

/// The outcome of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is done, and affected this number of items.
    Count(u64),
    /// The head, if it is still known.
    Head(Option<Box<Head>>),
    /// The secret is in force, and stored in this file.
    Kept(String),
    /// The result of the trial.
    Tried(TrialResult),
    /// The fetched bytes, in Base64.
    Bytes(String),
    /// The bot's answer.
    Sent(SentAnswer),
    /// The status.
    Status(Json),
    /// The reply is stored, with this number.
    Composed(OutgoingId),
    /// It could not be done.
    Failed(Reason),
}

impl Outcome {
    /// Returns the reason if the order failed.
    pub fn failed(self) -> Option<Reason> {
        if let Self::Failed(reason) = self { Some(reason) } else { None }
    }

    /// Returns the outcome, or a failure if it is too long to be sent.
    pub fn within(self, limit: usize) -> Self {
        if matches!(&self, Self::Bytes(bytes) if bytes.len() > limit) {
            return Self::Failed(attach::TOO_LONG.into());
        }
        self
    }
}

/// Serializes a message to a line, without the line end.
pub fn line_of(said: &impl Serialize) -> String {
    // Plain data can always be serialized.
    serde_json::to_string(said).unwrap_or_default()
}

impl ToDashboard {
    /// Parses a line; `None` when it is from a later weibox, or no message at all.
    pub fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// The result of parsing a line to the holder.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Said(ToHolder),
    /// An order that this weibox does not know, with its number.
    UnknownOrder(u64),
    /// A message that this weibox does not know.
    Unknown,
    /// No message of any weibox.
    Garbage,
}

impl ToHolder {
    /// Parses a line.
    pub fn read(line: &str) -> Heard {
        if let Ok(said) = serde_json::from_str(line) {
            return Heard::Said(said);
        }
        let Ok(json) = serde_json::from_str::<Json>(line) else { return Heard::Garbage };
        let id = json.get("ask").and_then(|ask| ask.get("id")).and_then(Json::as_u64);
        match (id, json) {
            (Some(id), _) => Heard::UnknownOrder(id),
            (None, Json::Object(_) | Json::String(_)) => Heard::Unknown,
            (None, Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_)) => Heard::Garbage,
        }
    }
}

/// Checks that two versions of the protocol fit together: they may differ by one, because a newer side also
/// serves the version before.
///
/// # Errors
///
/// Which of the two must be upgraded. `holder` and `dashboard` are versions of the protocol and of weibox.
pub fn is_understood(holder: (u32, &str), dashboard: (u32, &str)) -> Result<(), Reason> {
    if holder.0.abs_diff(dashboard.0) <= 1 {
        return Ok(());
    }
    let code = if holder.0 < dashboard.0 { attach::HOLDER_TOO_OLD } else { attach::DASHBOARD_TOO_OLD };
    Err(code.with(holder.1).with(dashboard.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::page::{Mark, Selection};

    #[test]
    fn what_a_later_weibox_says_is_no_garbage() {
        let line = r#"{"hello":{"protocol":2,"version":"9","is_dashboard":true,"colour":"blue"}}"#;
        assert!(matches!(ToHolder::read(line), Heard::Said(ToHolder::Hello(Hello { protocol: 2, .. }))));
        assert!(matches!(ToHolder::read(r#"{"ask":{"id":7,"order":{"dance":1}}}"#), Heard::UnknownOrder(7)));
        assert!(matches!(ToHolder::read(r#"{"dance":1}"#), Heard::Unknown));
        for line in ["", "7", "[]", "GET / HTTP/1.1", "{\"hello\":"] {
            assert!(matches!(ToHolder::read(line), Heard::Garbage), "{line}");
        }
    }

    #[test]
    fn one_version_apart_is_understood_and_otherwise_the_older_side_is_named() {
        assert_eq!(is_understood((1, "a"), (2, "b")), Ok(()));
        assert_eq!(is_understood((2, "a"), (1, "b")), Ok(()));
        assert_eq!(is_understood((1, "a"), (3, "b")).unwrap_err().code, attach::HOLDER_TOO_OLD);
        assert_eq!(is_understood((3, "a"), (1, "b")).unwrap_err().code, attach::DASHBOARD_TOO_OLD);
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_read_without_harm(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            words in r#"(\{|\}|\[|\]|"ask"|"hello"|"id"|"order"|"mark"|:|,|-?[0-9]{1,30}|1e999|null|"news"|"done"|\\u0000){0,40}"#,
        ) {
            for line in [String::from_utf8_lossy(&bytes).into_owned(), words] {
                let is_order = matches!(ToHolder::read(&line), Heard::Said(ToHolder::Ask { .. }) | Heard::UnknownOrder(_));
                let has_order = line.contains("\"ask\"") && line.contains("\"id\"");
                proptest::prop_assert!(!is_order || has_order);
                drop(ToDashboard::read(&line));
            }
        }

        #[test]
        fn an_order_is_read_as_it_was_given(seqs in proptest::collection::vec(proptest::prelude::any::<u64>(), 0..20), id: u64) {
            let change = ArchiveChange::Mark(Selection::Seqs(seqs), Mark::Starred);
            let Heard::Said(ToHolder::Ask { id: read_id, order: Order::Change(read) }) =
                ToHolder::read(&line_of(&ToHolder::Ask { id, order: Order::Change(change.clone()) }))
            else {
                return Err(proptest::test_runner::TestCaseError::fail("another order"));
            };
            proptest::prop_assert_eq!((read_id, read), (id, change));
        }
    }

    #[test]
    fn a_change_is_an_order_among_others_on_the_socket() {
        for line in [
            r#"{"want":{"seqs":[1,2]}}"#,
            r#"{"mute":[2489518277,true]}"#,
            r#""restore""#,
            r#"{"target":["bot","pause"]}"#,
            r#"{"profile":{"fan":2489518277,"name":"老王","note":""}}"#,
        ] {
            let order: Order = serde_json::from_str(line).unwrap();
            assert!(matches!(order, Order::Change(_)), "{line}");
            assert_eq!(line_of(&order), line);
        }
    }

    #[test]
    fn a_secret_is_in_the_line_and_nowhere_else() {
        let order = Order::Keep(Secret::AppSecret, SecretString::from("hush"));
        assert!(!format!("{order:?}").contains("hush"));
        assert!(line_of(&ToHolder::Ask { id: 1, order }).contains("hush"));
    }
}
