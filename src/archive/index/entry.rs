//! What the archive needs to know of a message so that it is found: its words, its facts, and who wrote it. Made once,
//! where there is time for it, and kept in memory until the search index has it. It knows no SQL.

use crate::place::Point;
use crate::query::words::{self, Sought};
use crate::record::{Record, Seq, place};
use crate::weibo::{Content, Kind, Message, SAMPLE_RECEIVER, UserId, window};

/// What a message is found by.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::archive) struct SearchEntry {
    pub(in crate::archive) kind: Kind,
    /// Unix milliseconds.
    pub(in crate::archive) received_at: i64,
    /// The tokens of its words, a space before and after each.
    text: String,
    /// The facts, with spaces between them.
    facts: String,
    pub(in crate::archive) point: Option<Point>,
    pub(in crate::archive) contact: Option<Contact>,
    /// Whether weibox sent it itself.
    pub(in crate::archive) is_sample: bool,
}

/// Two ids as they are stored: receiver, 0 for an unknown one, and sender.
pub(in crate::archive) type SenderKey = (i64, i64);

/// Who wrote, and what that does to the reply window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) struct Contact {
    pub(in crate::archive) pair: SenderKey,
    /// Unix milliseconds.
    pub(in crate::archive) sent_at: i64,
    pub(in crate::archive) effect: window::Effect,
}

/// A test of which both an entry and the search index know the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) enum Clause {
    /// It is one of these messages, in order.
    Seqs(Vec<Seq>),
    /// These tokens follow each other in its words, which an entry knows by the text in `needle`.
    Words { sought: Sought, needle: String },
    /// It is of one of these kinds.
    Kinds(Vec<Kind>),
    /// This fact holds.
    Fact(String),
}

const FILE: &str = "file";
const UNVERIFIED: &str = "unverified";

fn sender_fact(sender: UserId) -> String {
    format!("u{sender}")
}

/// The bytes of its name in hex, because a name may have several words in it.
fn account_fact(account: &str) -> String {
    account.bytes().fold("a".to_owned(), |fact, byte| format!("{fact}{byte:02x}"))
}

/// The sender that a fact names, if it names one.
pub(in crate::archive) fn sender_of(fact: &str) -> Option<UserId> {
    fact.strip_prefix('u')?.parse().ok().map(UserId)
}

impl Clause {
    pub(in crate::archive) fn words(sought: Sought) -> Self {
        let needle = format!(" {}{}", sought.tokens.join(" "), if sought.is_prefix { "" } else { " " });
        Self::Words { sought, needle }
    }

    pub(in crate::archive) fn from(sender: UserId) -> Self {
        Self::Fact(sender_fact(sender))
    }

    pub(in crate::archive) fn account(name: &str) -> Self {
        Self::Fact(account_fact(name))
    }

    pub(in crate::archive) fn has_file() -> Self {
        Self::Fact(FILE.to_owned())
    }

    pub(in crate::archive) fn is_unverified() -> Self {
        Self::Fact(UNVERIFIED.to_owned())
    }
}

impl SearchEntry {
    /// The entry of a message that was received then, for an account.
    pub(in crate::archive) fn new(message: &Message, account: &str, received_at: i64, verified: bool) -> Self {
        let mut text = " ".to_owned();
        words::append(&message.text, &mut text);
        if let Content::Event { subtype, key, .. } | Content::Mention { subtype, key } = &message.content {
            words::append(subtype, &mut text);
            words::append(key.as_deref().unwrap_or_default(), &mut text);
        }
        let kind = message.kind();
        let sender = message.sender_id.map(sender_fact);
        let file = message.attachment().map(|_| FILE);
        let account = (!account.is_empty()).then(|| account_fact(account));
        let unverified = (!verified).then_some(UNVERIFIED);
        let facts = [Some(kind.name()), sender.as_deref(), account.as_deref(), file, unverified];
        let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        Self {
            kind,
            received_at,
            text,
            facts,
            point: place::point(message),
            contact: Contact::of(message, received_at),
            is_sample: message.receiver_id == Some(SAMPLE_RECEIVER),
        }
    }

    /// The entry of a record.
    pub(in crate::archive) fn of(record: &Record) -> Self {
        Self::new(&record.message, &record.account, record.received_at.timestamp_millis(), record.verified)
    }

    /// The tokens of its words, in their order.
    pub(in crate::archive) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.text.split_ascii_whitespace()
    }

    /// Its facts.
    pub(in crate::archive) fn facts(&self) -> impl Iterator<Item = &str> {
        self.facts.split_ascii_whitespace()
    }

    /// Whether a test holds for it, if it has this number.
    pub(in crate::archive) fn passes(&self, clause: &Clause, seq: Seq) -> bool {
        match clause {
            Clause::Seqs(seqs) => seqs.binary_search(&seq).is_ok(),
            Clause::Words { needle, .. } => self.text.contains(needle),
            Clause::Kinds(kinds) => kinds.contains(&self.kind),
            Clause::Fact(fact) => self.facts().any(|other| other == fact),
        }
    }
}

impl Contact {
    fn of(message: &Message, received_at: i64) -> Option<Self> {
        let signed = |id: Option<UserId>| id.map_or(0, |UserId(id)| id.cast_signed());
        let effect = window::effect(message);
        (message.sender_id.is_some() && effect != window::Effect::None).then(|| Self {
            pair: (signed(message.receiver_id), signed(message.sender_id)),
            // Nothing was sent after it came, whatever it says: no window is longer than its rule.
            sent_at: message.sent_at.map_or(received_at, |sent_at| sent_at.timestamp_millis().min(received_at)),
            effect,
        })
    }
}
