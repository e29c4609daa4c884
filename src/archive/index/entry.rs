//! The searchable data of a message: its words, its facts and its sender. It is built once, outside the writer,
//! and kept in memory until the search index has it. This module knows no SQL.

use std::collections::{BTreeMap, BTreeSet};

use crate::place::Point;
use crate::query::words::Tokens;
use crate::query::{Flag, Term, Test};
use crate::record::{Record, Seq, place};
use crate::weibo::{Content, Kind, Message, UserId, hex, window};

use super::lists::bucket_of_fact;
use super::way::SearchWay;

/// The searchable data of a message.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::archive) struct SearchEntry {
    pub(super) kind: Kind,
    /// Unix milliseconds.
    pub(super) received_at: i64,
    /// The tokens of the text; `None` if they took too much memory, so that the message must be read again.
    tokens: Option<Tokens>,
    /// The facts, separated by spaces.
    facts: String,
    pub(super) point: Option<Point>,
    pub(super) contact: Option<Contact>,
    /// Whether weibox sent the message itself.
    pub(super) is_sample: bool,
}

/// The ids of receiver and sender as stored; the receiver is 0 if unknown.
pub(super) type SenderKey = (i64, i64);

/// The sender of a message, and its effect on the reply window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) pair: SenderKey,
    /// Unix milliseconds.
    pub(super) sent_at: i64,
    pub(super) effect: window::WindowEffect,
}

/// A test that both an entry and the search index can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clause {
    /// The message is one of these, in order.
    Seqs(Vec<Seq>),
    /// The message is one of these or from one of these senders.
    Senders(SomeSenders),
    /// The text matches one of these ways; without ways nothing matches.
    Text(Vec<SearchWay>),
    Kinds(Vec<Kind>),
    Fact(String),
}

/// Some messages, and all messages of some senders or accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SomeSenders {
    /// The messages, in order.
    pub(super) seqs: Vec<Seq>,
    /// The facts of the senders or accounts, by the bucket of their rows.
    pub(super) facts: BTreeMap<u64, BTreeSet<String>>,
}

impl SomeSenders {
    pub(super) fn new(seqs: BTreeSet<Seq>, senders: BTreeSet<UserId>) -> Self {
        Self::with(seqs, senders.into_iter().map(sender_fact))
    }

    fn with(seqs: BTreeSet<Seq>, of: impl Iterator<Item = String>) -> Self {
        let mut facts: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for fact in of {
            facts.entry(bucket_of_fact(&fact)).or_default().insert(fact);
        }
        Self { seqs: seqs.into_iter().collect(), facts }
    }

    /// Returns whether the set has a message with this number and these facts.
    pub(super) fn has<'a>(&self, seq: Seq, mut facts: impl Iterator<Item = &'a str>) -> bool {
        let is_one = |fact: &str| self.facts.get(&bucket_of_fact(fact)).is_some_and(|own| own.contains(fact));
        self.seqs.binary_search(&seq).is_ok() || (!self.facts.is_empty() && facts.any(is_one))
    }
}

/// The maximum length in bytes of a text whose tokens are kept; those of a longer one have no room in a block.
const LONGEST: usize = 64 << 10;

const FILE: &str = "file";
const UNVERIFIED: &str = "unverified";

fn sender_fact(sender: UserId) -> String {
    format!("u{sender}")
}

/// Returns the fact for an account: the bytes of its name in hex, because a name may contain several words.
fn account_fact(account: &str) -> String {
    format!("a{}", hex(account.as_bytes()))
}

/// Returns the sender that a fact names, if any.
pub(super) fn sender_of(fact: &str) -> Option<UserId> {
    fact.strip_prefix('u')?.parse().ok().map(UserId)
}

/// Returns whether a term must fail, and its test in the terms of the index, which has no fact for verified
/// messages, only for unverified ones.
pub(super) fn in_words_of_index(term: &Term) -> (bool, &Test) {
    static UNVERIFIED: Test = Test::Is(Flag::Unverified);
    let Term { is_not, test } = term;
    if *test == Test::Is(Flag::Verified) { (!is_not, &UNVERIFIED) } else { (*is_not, test) }
}

impl Clause {
    /// Returns the clause for a test whose answer never changes, or `None` if entry and index cannot answer it.
    pub(super) fn of(test: &Test) -> Option<Self> {
        match test {
            Test::Kind(kinds) => Some(Self::Kinds(kinds.clone())),
            Test::From(senders) => Some(match senders.as_slice() {
                [sender] => Self::Fact(sender_fact(*sender)),
                several => Self::Senders(SomeSenders::new(BTreeSet::new(), several.iter().copied().collect())),
            }),
            Test::Account(names) => Some(match names.as_slice() {
                [name] => Self::Fact(account_fact(name)),
                several => {
                    Self::Senders(SomeSenders::with(BTreeSet::new(), several.iter().map(|name| account_fact(name))))
                }
            }),
            Test::HasFile => Some(Self::Fact(FILE.to_owned())),
            Test::Is(Flag::Unverified) => Some(Self::Fact(UNVERIFIED.to_owned())),
            Test::Words(_) => SearchWay::all_of(test).map(Self::Text),
            Test::Is(_)
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

    /// Returns whether a test is best answered first, whatever other terms there are: few messages pass it, and
    /// only the index and the entries can answer it.
    pub(super) const fn is_narrow(test: &Test) -> bool {
        matches!(
            test,
            Test::From(_)
                | Test::Name(_)
                | Test::Note(_)
                | Test::Label(_)
                | Test::Account(_)
                | Test::Words(_)
                | Test::Due(_)
                | Test::Waiting(_)
                | Test::Is(Flag::Muted | Flag::Unsent)
        )
    }

    /// Returns whether the index can answer a test.
    pub(super) const fn is_known(test: &Test) -> bool {
        Self::is_narrow(test) || matches!(test, Test::Kind(_) | Test::HasFile | Test::Is(Flag::Unverified))
    }
}

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
    /// Creates the entry of a message received at this time for an account. The tokens of a long text are not
    /// kept, because a block has no room for them.
    pub(in crate::archive) fn new(message: &Message, account: &str, received_at: i64, verified: bool) -> Self {
        let tokens = (message.text.len() <= LONGEST).then(|| tokens(message));
        Self::with(message, account, received_at, verified, tokens)
    }

    /// Creates the entry of a record with all tokens.
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

    pub(super) fn without_tokens(&self) -> Self {
        let Self { kind, received_at, point, contact, is_sample, .. } = *self;
        Self { kind, received_at, tokens: None, facts: self.facts.clone(), point, contact, is_sample }
    }

    /// Returns the tokens of the text, if they were kept.
    pub(super) const fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        let tokens = self.tokens.as_ref().map_or(0, |tokens| tokens.words.capacity() + 8 * tokens.symbols.capacity());
        size_of::<Self>() + self.facts.capacity() + tokens
    }

    pub(super) fn facts(&self) -> impl Iterator<Item = &str> {
        self.facts.split_ascii_whitespace()
    }

    /// Returns whether the message passes all of `must` and none of `must_not`; `None` if that depends on tokens
    /// that were not kept.
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

    /// Returns whether the message, which has this number, passes a clause; `None` if that depends on tokens that
    /// were not kept.
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
            // A time after the arrival is not trusted: no window may be longer than the rule allows.
            sent_at: message.sent_at.map_or(received_at, |sent_at| sent_at.timestamp_millis().min(received_at)),
            effect,
        })
    }
}
