//! What the archive needs to know of a message so that it is found: its words, its facts, and who wrote it. Made once,
//! where there is time for it, and kept in memory until the search index has it. It knows no SQL.

use std::collections::{BTreeMap, BTreeSet};

use crate::place::Point;
use crate::query::words::Tokens;
use crate::query::{Flag, Term, Test};
use crate::record::{Record, Seq, place};
use crate::weibo::{Content, Kind, Message, UserId, window};

use super::lists::bucket_of_fact;
use super::way::SearchWay;

/// What a message is found by.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::archive) struct SearchEntry {
    pub(super) kind: Kind,
    /// Unix milliseconds.
    pub(super) received_at: i64,
    /// What its text is found by; `None` where that took too much room, so that the message is to be read again.
    tokens: Option<Tokens>,
    /// The facts, with spaces between them.
    facts: String,
    pub(super) point: Option<Point>,
    pub(super) contact: Option<Contact>,
    /// Whether weibox sent it itself.
    pub(super) is_sample: bool,
}

/// Two ids as they are stored: receiver, 0 for an unknown one, and sender.
pub(super) type SenderKey = (i64, i64);

/// Who wrote, and what that does to the reply window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) pair: SenderKey,
    /// Unix milliseconds.
    pub(super) sent_at: i64,
    pub(super) effect: window::WindowEffect,
}

/// A test of which both an entry and the search index know the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clause {
    /// It is one of these messages, in order.
    Seqs(Vec<Seq>),
    /// It is one of these, or from one of these senders.
    Senders(SomeSenders),
    /// Its text is found in one of these ways. Without any nothing is.
    Text(Vec<SearchWay>),
    /// It is of one of these kinds.
    Kinds(Vec<Kind>),
    /// This fact holds.
    Fact(String),
}

/// Some messages, and all of some senders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SomeSenders {
    /// The messages, in order.
    pub(super) seqs: Vec<Seq>,
    /// What the index knows of the senders, by the rows that tell.
    pub(super) facts: BTreeMap<u64, BTreeSet<String>>,
}

impl SomeSenders {
    pub(super) fn new(seqs: BTreeSet<Seq>, senders: BTreeSet<UserId>) -> Self {
        let mut facts: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for fact in senders.into_iter().map(sender_fact) {
            facts.entry(bucket_of_fact(&fact)).or_default().insert(fact);
        }
        Self { seqs: seqs.into_iter().collect(), facts }
    }

    /// Whether a message of this number with these facts is among them.
    pub(super) fn has<'a>(&self, seq: Seq, mut facts: impl Iterator<Item = &'a str>) -> bool {
        let is_one = |fact: &str| self.facts.get(&bucket_of_fact(fact)).is_some_and(|own| own.contains(fact));
        self.seqs.binary_search(&seq).is_ok() || (!self.facts.is_empty() && facts.any(is_one))
    }
}

/// A text of more bytes than this has no room in a block: its tokens take more.
const LONGEST: usize = 64 << 10;

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
pub(super) fn sender_of(fact: &str) -> Option<UserId> {
    fact.strip_prefix('u')?.parse().ok().map(UserId)
}

/// Whether a term must fail and what it tests, in the words of the index: being verified is not being unverified.
pub(super) fn in_words_of_index(term: &Term) -> (bool, &Test) {
    static UNVERIFIED: Test = Test::Is(Flag::Unverified);
    let Term { is_not, test } = term;
    if *test == Test::Is(Flag::Verified) { (!is_not, &UNVERIFIED) } else { (*is_not, test) }
}

impl Clause {
    /// What an entry and the index know of a test, as far as it holds for ever; `None` where they say nothing.
    pub(super) fn of(test: &Test) -> Option<Self> {
        match test {
            Test::Kind(kinds) => Some(Self::Kinds(kinds.clone())),
            Test::From(sender) => Some(Self::Fact(sender_fact(*sender))),
            Test::Account(name) => Some(Self::Fact(account_fact(name))),
            Test::HasFile => Some(Self::Fact(FILE.to_owned())),
            Test::Is(Flag::Unverified) => Some(Self::Fact(UNVERIFIED.to_owned())),
            Test::Word(_) | Test::Spelled(_) | Test::Sounds(_) | Test::Phrase(_) => {
                SearchWay::all_of(test).map(Self::Text)
            }
            Test::Is(
                Flag::Unread
                | Flag::Read
                | Flag::Starred
                | Flag::Verified
                | Flag::Sample
                | Flag::Answered
                | Flag::Muted,
            )
            | Test::Name(_)
            | Test::Note(_)
            | Test::Label(_)
            | Test::Due(_)
            | Test::Waiting(_)
            | Test::Since(_)
            | Test::Until(_)
            | Test::State(_)
            | Test::Near(_) => None,
        }
    }

    /// Whether messages are best found through a test whatever else is asked: most have it not, and nothing but the index
    /// and the entries knows it.
    pub(super) const fn is_narrow(test: &Test) -> bool {
        matches!(
            test,
            Test::From(_)
                | Test::Name(_)
                | Test::Note(_)
                | Test::Label(_)
                | Test::Account(_)
                | Test::Word(_)
                | Test::Spelled(_)
                | Test::Sounds(_)
                | Test::Phrase(_)
                | Test::Due(_)
                | Test::Waiting(_)
                | Test::Is(Flag::Muted)
        )
    }

    /// Whether the index knows a test.
    pub(super) const fn is_known(test: &Test) -> bool {
        Self::is_narrow(test) || matches!(test, Test::Kind(_) | Test::HasFile | Test::Is(Flag::Unverified))
    }
}

/// What a message is found by.
fn tokens(message: &Message) -> Tokens {
    let mut tokens = Tokens::default();
    tokens.append(&message.text);
    if let Content::Event { subtype, key, .. } | Content::Mention { subtype, key } = &message.content {
        tokens.append(subtype);
        tokens.append(key.as_deref().unwrap_or_default());
    }
    tokens
}

impl SearchEntry {
    /// The entry of a message that was received then, for an account. Of a long text nothing is kept that it is found by: a
    /// block has no room for it.
    pub(in crate::archive) fn new(message: &Message, account: &str, received_at: i64, verified: bool) -> Self {
        let tokens = (message.text.len() <= LONGEST).then(|| tokens(message));
        Self::with(message, account, received_at, verified, tokens)
    }

    /// The entry of a record with all that it is found by.
    pub(super) fn whole(record: &Record) -> Self {
        let (message, received_at) = (&record.message, record.received_at.timestamp_millis());
        Self::with(message, &record.account, received_at, record.verified, Some(tokens(message)))
    }

    fn with(message: &Message, account: &str, received_at: i64, verified: bool, tokens: Option<Tokens>) -> Self {
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
            tokens,
            facts,
            point: place::point(message),
            contact: Contact::of(message, received_at),
            is_sample: message.is_sample(),
        }
    }

    /// The same, without what its text is found by.
    pub(super) fn without_tokens(&self) -> Self {
        let Self { kind, received_at, point, contact, is_sample, .. } = *self;
        Self { kind, received_at, tokens: None, facts: self.facts.clone(), point, contact, is_sample }
    }

    /// What its text is found by, if that was kept.
    pub(super) const fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let tokens = self.tokens.as_ref().map_or(0, |tokens| tokens.words.capacity() + 8 * tokens.symbols.capacity());
        size_of::<Self>() + self.facts.capacity() + tokens
    }

    /// Its facts.
    pub(super) fn facts(&self) -> impl Iterator<Item = &str> {
        self.facts.split_ascii_whitespace()
    }

    /// Whether the first of these tests hold for it and none of the second; `None` if what would tell was not kept.
    pub(super) fn passes_all(&self, must: &[Clause], must_not: &[Clause], seq: Seq) -> Option<bool> {
        let must = must.iter().map(|clause| self.passes(clause, seq));
        let must_not = must_not.iter().map(|clause| self.passes(clause, seq).map(|passes| !passes));
        let mut all = Some(true);
        for passes in must.chain(must_not) {
            match passes {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }

    /// Whether a test holds for it, if it has this number; `None` if what would tell was not kept.
    pub(super) fn passes(&self, clause: &Clause, seq: Seq) -> Option<bool> {
        Some(match clause {
            Clause::Seqs(seqs) => seqs.binary_search(&seq).is_ok(),
            Clause::Senders(some) => some.has(seq, self.facts()),
            Clause::Text(ways) => {
                let tokens = self.tokens.as_ref()?;
                ways.iter().any(|way| way.finds(tokens))
            }
            Clause::Kinds(kinds) => kinds.contains(&self.kind),
            Clause::Fact(fact) => self.facts().any(|other| other == fact),
        })
    }
}

impl Contact {
    pub(super) fn of(message: &Message, received_at: i64) -> Option<Self> {
        let signed = |id: Option<UserId>| id.map_or(0, |UserId(id)| id.cast_signed());
        let effect = window::effect(message);
        (message.sender_id.is_some() && effect != window::WindowEffect::None).then(|| Self {
            pair: (signed(message.receiver_id), signed(message.sender_id)),
            // Nothing was sent after it came, whatever it says: no window is longer than its rule.
            sent_at: message.sent_at.map_or(received_at, |sent_at| sent_at.timestamp_millis().min(received_at)),
            effect,
        })
    }
}
