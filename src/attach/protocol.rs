//! What is said over the socket: closed enums, one line of JSON each. A member or a message that the other side does not
//! know is ignored, so that an older and a newer weibox can talk; how much older is [`is_understood`]'s to say.
//!
//! A secret goes one way only: from whoever typed it to the holder, which keeps it.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::dashboard::orders::{Secret, Trial, TrialResult};
use crate::language::Language;
use crate::reason::{Reason, attach};
use crate::record::Seq;
use crate::record::media::Job;
use crate::record::outgoing::{Composed, OutgoingId};
use crate::record::page::{Mark, Selection};
use crate::record::people::Relabel;
use crate::record::policy::Policy;
use crate::record::target::{SendOrder, SentAnswer, TargetOrder};
use crate::record::traffic::Head;
use crate::weibo::active::ReplyForm;
use crate::weibo::{FileId, UserId};

use super::hidden;
use super::newest::News;

/// The version that this weibox speaks. It grows when a message gets another meaning; what is only added needs no other.
pub const PROTOCOL: u32 = 1;
/// The longest line, in bytes. Whoever sends a longer one is not listened to any more.
pub const LINE: usize = 1 << 20;
/// This weibox, for people.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// From a dashboard to the holder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHolder {
    /// The first message.
    Hello(Hello),
    /// Something to be done; [`ToDashboard::Done`] with the same number follows, in any order.
    Ask {
        /// The number.
        id: u64,
        /// What.
        order: Order,
    },
    /// Are you there? [`ToDashboard::Pong`] follows.
    Ping,
}

/// Who comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// The version that it speaks.
    pub protocol: u32,
    /// Its weibox.
    pub version: String,
    /// Whether it stays to look on; without that it asks and goes.
    #[serde(default)]
    pub is_dashboard: bool,
    /// Whether nothing is to be changed for it.
    #[serde(default)]
    pub is_read_only: bool,
}

/// From the holder to a dashboard.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToDashboard {
    /// The answer to [`ToHolder::Hello`].
    Welcome(Box<Welcome>),
    /// What changed since the one before.
    News(Box<News>),
    /// What came of an order.
    Done {
        /// Its number.
        id: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// The answer to [`ToHolder::Ping`].
    Pong,
    /// The end, and why.
    Bye {
        /// The version that the holder speaks.
        protocol: u32,
        /// Why.
        reason: Reason,
    },
}

/// What a dashboard is told at first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Welcome {
    /// The version that the holder speaks.
    pub protocol: u32,
    /// Its weibox.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// What it was started as: `weibox serve`.
    pub command: String,
    /// Where it listens; of several accounts the first one's.
    pub url: String,
    /// Name and path of each account, where there are several.
    pub accounts: Vec<(String, String)>,
    /// Whether calls are checked with an app secret.
    pub is_signed: bool,
    /// Secrets that were set in a place of the user's own, where alone they can be changed.
    pub fixed: Vec<Secret>,
    /// What is downloaded without being asked for.
    pub policy: Policy,
    /// Whether Weibo is asked for names.
    pub has_names: bool,
    /// What was said at its start and is to be read on the screen as well.
    pub notice: Option<Reason>,
}

/// Something that only the holder of the archive does or knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Queue the attachments of messages, then [`Outcome::Count`].
    Want(Selection),
    /// Mark messages, then [`Outcome::Count`].
    Mark(Selection, Mark),
    /// Mute a sender, or end that.
    Mute(UserId, bool),
    /// Delete messages, which can be brought back for a while, then [`Outcome::Count`].
    Discard(Vec<Seq>),
    /// Bring back what was deleted last, then [`Outcome::Count`].
    Restore,
    /// Give a medium up that waits or is being fetched.
    Cancel(FileId),
    /// Take a settled medium out of the archive, and its file from the disk.
    Remove(Box<Job>),
    /// Look up the head of a message's callback, then [`Outcome::Head`].
    Head(Seq),
    /// Keep a secret and use it from now on, then [`Outcome::Kept`].
    Keep(Secret, #[serde(with = "hidden")] SecretString),
    /// Try something and say in this language what comes of it, then [`Outcome::Tried`].
    Try(Trial, Language),
    /// Send one message of each kind through the listener. It is done when they are answered.
    Sample,
    /// Send messages through the listener, one after the other, until another one of these comes or whoever asked has gone.
    Simulate(bool),
    /// Look at the archive, which a reader found damaged.
    Distrust,
    /// Fetch the small picture of a file, then [`Outcome::Bytes`].
    Thumbnail {
        /// The account whose message it came with.
        account: String,
        /// The file.
        fid: FileId,
    },
    /// Send a message to a bot at once, then [`Outcome::Sent`].
    Send(SendOrder),
    /// Have something done with a target, by its name, then [`Outcome::Count`].
    Target(String, TargetOrder),
    /// How it goes, then [`Outcome::Status`].
    Status,
    /// Have Weibo asked for the names of these senders, each with the account that knows them, unless they are known.
    Names(Vec<(String, UserId)>),
    /// Keep a reply and send it when it can be, then [`Outcome::Composed`].
    Reply(Composed),
    /// Keep what is being written to a sender.
    Draft {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
        /// How the words are read.
        #[serde(default)]
        form: ReplyForm,
        /// All of it.
        text: String,
        /// When it was written: a later one stays.
        at: DateTime<Utc>,
    },
    /// Let replies be sent until the holder ends.
    AllowReplies,
    /// Keep what the user calls a sender and notes of them; both empty leave nothing.
    Profile {
        /// The sender.
        fan: UserId,
        /// What they are called.
        name: String,
        /// What is noted.
        note: String,
    },
    /// Give labels to messages or a sender and take others away, then [`Outcome::Count`].
    Relabel(Relabel),
    /// Claim a sender for whoever writes to them, or go on doing so.
    Claim {
        /// The account that answers.
        account: String,
        /// The sender.
        fan: UserId,
        /// Who writes.
        user: String,
        /// What tells this composer from all others.
        session: String,
    },
    /// Give up what a composer claims.
    Release(String),
}

impl Order {
    /// Whether something is changed by it: by all but these.
    pub const fn is_change(&self) -> bool {
        !matches!(self, Self::Names(_) | Self::Head(_) | Self::Distrust | Self::Thumbnail { .. } | Self::Status)
    }
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is done, to this number of things.
    Count(u64),
    /// The head, if it is still known.
    Head(Option<Box<Head>>),
    /// The secret is in force, and kept in this file.
    Kept(String),
    /// What came of what was tried.
    Tried(TrialResult),
    /// What was fetched, in Base64.
    Bytes(String),
    /// What the bot answered.
    Sent(SentAnswer),
    /// How it goes.
    Status(Json),
    /// The reply is kept, under this number.
    Composed(OutgoingId),
    /// It could not be done.
    Failed(Reason),
}

impl Outcome {
    /// Why it could not be done, if it could not.
    pub fn failed(self) -> Option<Reason> {
        if let Self::Failed(reason) = self { Some(reason) } else { None }
    }

    /// The same, unless it is too long to be sent.
    pub fn within(self, limit: usize) -> Self {
        if matches!(&self, Self::Bytes(bytes) if bytes.len() > limit) {
            return Self::Failed(attach::TOO_LONG.into());
        }
        self
    }
}

impl ToDashboard {
    /// The line, without its end.
    pub fn to_line(&self) -> String {
        // Plain data has a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a line says; `None` when it is of a later weibox, or nothing at all.
    pub fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// What a line to the holder is.
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
    /// The line, without its end.
    pub fn to_line(&self) -> String {
        // Plain data has a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a line says.
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

/// Whether a side that speaks this version is understood: one version older, and one newer, which serves ours.
///
/// # Errors
///
/// Which of the two is to be upgraded; `holder` and `dashboard` are their weiboxes.
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
            let order = Order::Mark(Selection::Seqs(seqs.clone()), Mark::Starred);
            let Heard::Said(ToHolder::Ask { id: read_id, order: Order::Mark(Selection::Seqs(read), Mark::Starred) }) =
                ToHolder::read(&ToHolder::Ask { id, order }.to_line())
            else {
                return Err(proptest::test_runner::TestCaseError::fail("another order"));
            };
            proptest::prop_assert_eq!((read_id, read), (id, seqs));
        }
    }

    #[test]
    fn a_secret_is_in_the_line_and_nowhere_else() {
        let order = Order::Keep(Secret::AppSecret, SecretString::from("hush"));
        assert!(!format!("{order:?}").contains("hush"));
        assert!(ToHolder::Ask { id: 1, order }.to_line().contains("hush"));
    }
}
