//! The calls that brought the latest messages: what of them is passed on, and who still waits for a bot's answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::target::Target;
use crate::record::target::TargetMode;
use crate::record::{Record, Seq};
use crate::weibo::Message;
use crate::weibo::identity::{self, identity};

/// The calls that are kept; then the oldest go, and their messages are signed anew when they are sent.
const KEPT: usize = 1_024;

/// What tells a message before it has a number.
type Identity = [u8; identity::LENGTH];

/// What a bot said to a message, for Weibo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotAnswer {
    /// A body of protocol §5.
    Reply(String),
    /// It says nothing, or its query leaves the message out.
    Empty,
}

/// A call of Weibo's, as far as it is passed on.
#[derive(Debug)]
pub(super) struct CallbackOrigin {
    /// As it stood behind the `?`.
    pub(super) query: String,
    /// Those about the content, less what the body no longer is.
    pub(super) headers: HeaderMap,
    pub(super) received_at: Instant,
    /// Whoever answers Weibo, until he has an answer or does not need one.
    waiter: Mutex<Option<oneshot::Sender<BotAnswer>>>,
}

impl CallbackOrigin {
    /// Gives the bot's answer away; returns whether somebody still waited for it.
    pub(super) fn answer(&self, answer: BotAnswer) -> bool {
        self.take().is_some_and(|waiter| waiter.send(answer).is_ok())
    }

    /// Whether the call ended before it had an answer.
    fn is_given_up(&self) -> bool {
        let waiter = self.waiter.lock().unwrap_or_else(PoisonError::into_inner);
        waiter.as_ref().is_some_and(oneshot::Sender::is_closed)
    }

    /// Says that no answer will come in time.
    pub(super) fn give_up(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<oneshot::Sender<BotAnswer>> {
        self.waiter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the listener knows of the targets: it says which calls come, and may wait for a bot's answer.
#[derive(Debug, Default)]
pub struct BotDoor {
    /// Who answers Weibo, if a target does.
    answering: Option<Answering>,
    /// Whether there are targets.
    is_open: bool,
    state: Mutex<State>,
}

/// The account whose messages the answering target gets; `None` for all.
#[derive(Debug)]
struct Answering(Option<String>);

#[derive(Debug, Default)]
struct State {
    origins: HashMap<Identity, Arc<CallbackOrigin>>,
    /// Oldest first.
    order: VecDeque<Identity>,
    /// The numbers of those whose caller waits and whom the answering target has not seen.
    unseen: HashMap<Identity, Option<Seq>>,
    /// The last message that the answering target has seen.
    seen: Seq,
}

/// A call that was announced. It is forgotten by its end, unless its message was kept.
pub struct Announced<'a> {
    door: &'a BotDoor,
    identity: Identity,
    /// `None` where nobody answers but weibox.
    answer_rx: Option<oneshot::Receiver<BotAnswer>>,
}

impl BotDoor {
    /// A door to these targets.
    pub fn new(targets: &[Target]) -> Self {
        let answering = targets.iter().find(|target| target.mode == TargetMode::Answer);
        let answering = answering.map(|target| Answering(target.account.clone()));
        Self { answering, is_open: !targets.is_empty(), state: Mutex::default() }
    }

    /// Says what comes, before it is kept: from then on the targets find the call by its message. `None` when there are no
    /// targets.
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
        let is_content = |name: &&hyper::header::HeaderName| {
            name.as_str().starts_with("content-") && **name != CONTENT_LENGTH && **name != CONTENT_ENCODING
        };
        let names = headers.keys().filter(is_content);
        let headers = names.filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect();
        let origin = Arc::new(CallbackOrigin {
            query: query.to_owned(),
            headers,
            received_at: Instant::now(),
            waiter: Mutex::new(waiter),
        });
        let identity = identity(message, raw);
        let mut state = self.state();
        if let Some(first) = state.origins.get(&identity) {
            // A repeat, whose first call is here, unless whoever answered that has gone.
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

    /// The call that brought a message, if it is here.
    pub(super) fn origin_of(&self, record: &Record) -> Option<Arc<CallbackOrigin>> {
        let state = self.state();
        if state.origins.is_empty() {
            return None;
        }
        state.origins.get(&identity(&record.message, &record.raw)).cloned()
    }

    /// The answering target has all these messages up to `last` and wants no others of them: who waits for one of those has its
    /// answer, which is none.
    pub(super) fn have_seen<'r>(&self, records: impl Iterator<Item = &'r Record>, last: Seq) {
        let mut state = self.state();
        state.seen = state.seen.max(last);
        if state.unseen.is_empty() {
            return;
        }
        for record in records {
            state.unseen.remove(&identity(&record.message, &record.raw));
        }
        let is_left_out = |seq: &Option<Seq>| seq.is_some_and(|seq| seq <= last);
        let left_out: Vec<Identity> =
            state.unseen.iter().filter(|(_, seq)| is_left_out(seq)).map(|(identity, _)| *identity).collect();
        for identity in left_out {
            state.leave_out(&identity);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The answering target is not asked, so that nothing is said beside it.
    fn leave_out(&mut self, identity: &Identity) {
        self.unseen.remove(identity);
        if let Some(origin) = self.origins.get(identity) {
            // Its caller may have gone.
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
    /// Whether a bot may answer it.
    pub const fn is_answered(&self) -> bool {
        self.answer_rx.is_some()
    }

    /// What the bot answers, for a message that was kept under this number; `None` when it does not in time.
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

    /// The message was not kept, or was there before.
    pub fn withdraw(self) {
        let mut state = self.door.state();
        state.forget(&self.identity);
        state.order.retain(|identity| *identity != self.identity);
    }
}
