//! The callbacks that brought the latest messages: the parts of them that are forwarded, and which of them
//! still wait for a bot's answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::target::Target;
use crate::record::target::TargetMode;
use crate::record::{Record, Seq};
use crate::weibo::Message;
use crate::weibo::identity::{Identity, identity};

/// The maximum number of callbacks that are kept. The oldest is dropped first; its message is signed anew
/// when it is sent.
const KEPT: usize = 1_024;

/// A bot's answer to a message, for Weibo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotAnswer {
    /// A reply, as a body of protocol §5.
    Reply(String),
    /// No reply: the bot sent none, or the target's query excludes the message.
    Empty,
}

/// The parts of a callback that are forwarded.
#[derive(Debug)]
pub(super) struct CallbackOrigin {
    /// Query as received, without the `?`.
    pub(super) query: String,
    /// The `content-*` headers, without the length and the encoding, which no longer fit the decoded body.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) received_at: Instant,
    /// The sender to the task that answers Weibo; `None` once it has an answer or needs none.
    waiter: Mutex<Option<oneshot::Sender<BotAnswer>>>,
}

impl CallbackOrigin {
    /// Sends the bot's answer to the callback. Returns whether the callback still waited for it.
    pub(super) fn answer(&self, answer: BotAnswer) -> bool {
        self.take().is_some_and(|waiter| waiter.send(answer).is_ok())
    }

    /// Whether the callback ended before it had an answer.
    fn is_given_up(&self) -> bool {
        let waiter = self.waiter.lock().unwrap_or_else(PoisonError::into_inner);
        waiter.as_ref().is_some_and(oneshot::Sender::is_closed)
    }

    /// Tells the callback that no answer will come in time.
    pub(super) fn give_up(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<oneshot::Sender<BotAnswer>> {
        self.waiter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The listener's connection to the targets: it announces callbacks here, and can wait for a bot's answer.
#[derive(Debug, Default)]
pub struct BotDoor {
    /// The target that answers Weibo, if there is one.
    answering: Option<Answering>,
    /// Whether there are targets.
    is_open: bool,
    state: Mutex<State>,
}

/// Account whose messages the answering target gets; `None` for all.
#[derive(Debug)]
struct Answering(Option<String>);

#[derive(Debug, Default)]
struct State {
    origins: HashMap<Identity, Arc<CallbackOrigin>>,
    /// Oldest first.
    order: VecDeque<Identity>,
    /// The callbacks that wait and whose messages the answering target has not seen, with the seq once it is
    /// known.
    unseen: HashMap<Identity, Option<Seq>>,
    /// Seq of the last message that the answering target has seen.
    seen: Seq,
}

/// A callback that was announced. It must be withdrawn if its message is not stored.
pub struct Announced<'a> {
    door: &'a BotDoor,
    identity: Identity,
    /// `None` when no bot answers the callback.
    answer_rx: Option<oneshot::Receiver<BotAnswer>>,
}

impl BotDoor {
    /// Creates the door to some targets.
    pub fn new(targets: &[Target]) -> Self {
        let answering = targets.iter().find(|target| target.mode == TargetMode::Answer);
        let answering = answering.map(|target| Answering(target.account.clone()));
        Self { answering, is_open: !targets.is_empty(), state: Mutex::default() }
    }

    /// Announces a callback before its message is stored: from then on, targets find the callback by its
    /// message. Returns `None` when there are no targets, or when the callback repeats one that is kept and
    /// was not given up.
    pub fn announce(
        &self,
        account: &str,
        (message, raw): (&Message, &[u8]),
        (query, headers): (&str, &HeaderMap),
    ) -> Option<Announced<'_>> {
        if !self.is_open {
            return None;
        }
        let is_answered = self
            .answering
            .as_ref()
            .is_some_and(|Answering(wanted)| wanted.as_deref().is_none_or(|wanted| wanted == account));
        let (waiter, answer_rx) = is_answered.then(oneshot::channel).unzip();
        let is_content = |(name, _): &(&HeaderName, &HeaderValue)| {
            name.as_str().starts_with("content-") && **name != CONTENT_LENGTH && **name != CONTENT_ENCODING
        };
        // Copies, because a header's value keeps the buffer of its whole request.
        let copy = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.clone(), HeaderValue::from_bytes(value.as_bytes()).ok()?))
        };
        let headers = headers.iter().filter(is_content).filter_map(copy).collect();
        let origin = Arc::new(CallbackOrigin {
            query: query.to_owned(),
            headers,
            received_at: Instant::now(),
            waiter: Mutex::new(waiter),
        });
        let identity = identity(message, raw);
        let mut state = self.state();
        if let Some(first) = state.origins.get(&identity) {
            // A repeat of a callback that is kept; it replaces the first one only if that was given up.
            if !first.is_given_up() {
                return None;
            }
            state.order.retain(|other| *other != identity);
            state.forget(&identity);
        }
        state.origins.insert(identity, origin);
        state.order.push_back(identity);
        if is_answered {
            state.unseen.insert(identity, None);
        }
        if state.order.len() > KEPT
            && let Some(oldest) = state.order.pop_front()
        {
            state.forget(&oldest);
        }
        Some(Announced { door: self, identity, answer_rx })
    }

    /// Returns the callback that brought each message, if it is still kept. With `seen`, the answering target has
    /// these messages and wants no others up to that seq: callbacks that wait for any of the others get an empty
    /// answer.
    pub(super) fn origins_of<'r>(
        &self,
        records: impl Iterator<Item = &'r Record>,
        seen: Option<Seq>,
    ) -> Vec<Option<Arc<CallbackOrigin>>> {
        // A callback is announced before its message is stored.
        let is_any_kept = !self.state().origins.is_empty();
        let identity = |record: &Record| is_any_kept.then(|| identity(&record.message, &record.raw));
        let identities: Vec<Option<Identity>> = records.map(identity).collect();
        let mut state = self.state();
        if let Some(last) = seen {
            state.see(identities.iter().flatten(), last);
        }
        identities.iter().map(|identity| state.origins.get(identity.as_ref()?).cloned()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Records that the answering target has these messages, and wants no others up to `last`.
    fn see<'i>(&mut self, identities: impl Iterator<Item = &'i Identity>, last: Seq) {
        self.seen = self.seen.max(last);
        if self.unseen.is_empty() {
            return;
        }
        for identity in identities {
            self.unseen.remove(identity);
        }
        let is_left_out = |seq: &Option<Seq>| seq.is_some_and(|seq| seq <= last);
        let left_out: Vec<Identity> =
            self.unseen.iter().filter(|(_, seq)| is_left_out(seq)).map(|(identity, _)| *identity).collect();
        for identity in left_out {
            self.leave_out(&identity);
        }
    }

    /// Answers a callback with nothing: the answering target does not get its message.
    fn leave_out(&mut self, identity: &Identity) {
        self.unseen.remove(identity);
        if let Some(origin) = self.origins.get(identity) {
            // The callback may have ended.
            let _is_waited_for = origin.answer(BotAnswer::Empty);
        }
    }

    fn give_up(&mut self, identity: &Identity) {
        self.unseen.remove(identity);
        if let Some(origin) = self.origins.get(identity) {
            origin.give_up();
        }
    }

    fn forget(&mut self, identity: &Identity) {
        self.give_up(identity);
        self.origins.remove(identity);
    }
}

impl Announced<'_> {
    /// Whether a bot may answer the callback.
    pub const fn is_answered(&self) -> bool {
        self.answer_rx.is_some()
    }

    /// Waits for the bot's answer to the message, which was stored as `seq`. Returns `None` when there is
    /// none before the deadline.
    pub async fn answer(mut self, seq: Seq, deadline: Instant) -> Option<BotAnswer> {
        let answer_rx = self.answer_rx.take()?;
        {
            let mut state = self.door.state();
            let is_past = state.seen >= seq;
            if let Some(unseen) = state.unseen.get_mut(&self.identity) {
                *unseen = Some(seq);
                if is_past {
                    state.leave_out(&self.identity);
                }
            }
        }
        tokio::time::timeout_at(deadline, answer_rx).await.ok()?.ok()
    }

    /// Forgets the callback: its message was not stored, or was there before.
    pub fn withdraw(self) {
        let mut state = self.door.state();
        state.forget(&self.identity);
        state.order.retain(|identity| *identity != self.identity);
    }
}
