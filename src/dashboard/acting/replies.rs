//! The replies that were handed over in this dashboard: what became of them, and whose claims are its own.

use crate::dashboard::over::Over;
use crate::dashboard::over::composer::{ClosedComposers, Composer};
use crate::dashboard::over::question::Question;
use crate::dashboard::refresh::Refresh;
use crate::dashboard::{Effect, Event, State, Tone};
use crate::language::answers as words;
use crate::reason::{Code, answers as reasons};
use crate::record::outgoing::{Outgoing, OutgoingId, SendState};
use crate::record::people::SenderClaim;
use crate::text;
use crate::weibo::UserId;

/// The maximum width of the name of a receiver in a notice, in cells.
const RECEIVER: usize = 24;

/// The receiver of a reply, and their name if they have one. It is made fit for the screen when it is shown, because
/// the user may hide names meanwhile.
type Receiver = (Option<UserId>, Option<String>);

/// A reply whose outcome is still unknown.
#[derive(Debug, Clone)]
struct OpenReply {
    id: OutgoingId,
    /// The receiver, by whom the user knows the reply.
    to: Receiver,
    /// The reason for waiting that the user was told.
    told: Option<Code>,
}

/// The replies whose outcome is still unknown.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct OpenReplies {
    replies: Vec<OpenReply>,
    refresh: Refresh,
    /// The composers that were closed before their texts were safe.
    pub(in crate::dashboard) closed: ClosedComposers,
}

impl OpenReplies {
    /// Requests the state of the replies, unless it is being read.
    pub(in crate::dashboard) fn read(&mut self) -> Option<Effect> {
        (!self.replies.is_empty() && self.refresh.ask()).then(|| self.load())
    }

    /// Records that the state could not be read.
    pub(in crate::dashboard) fn fail(&mut self) {
        self.refresh.fail();
    }

    fn load(&self) -> Effect {
        Effect::LoadOutgoing(self.replies.iter().map(|open| open.id).collect())
    }

    /// Records the state of a reply. Returns its receiver if the user has to be told: it waits for a new reason, or
    /// nothing more can happen to it.
    fn learn(&mut self, reply: &Outgoing) -> Option<Receiver> {
        let index = self.replies.iter().position(|open| open.id == reply.id)?;
        let why = reply.reason.as_ref().map(|reason| reason.code);
        if reply.state.is_settled() {
            let OpenReply { to, .. } = self.replies.remove(index);
            return Some(to).filter(|_| why != Some(reasons::ANSWER_WITHDRAWN));
        }
        let open = self.replies.get_mut(index)?;
        let is_news = why.is_some() && std::mem::replace(&mut open.told, why) != why;
        is_news.then(|| open.to.clone())
    }
}

impl State {
    /// Reads the replies again after a change of the archive, also while the list stands still: who writes must learn
    /// that somebody else has answered.
    pub(in crate::dashboard) fn read_replies(&mut self) -> Vec<Effect> {
        let composers = self.stack.iter_mut().filter(|over| matches!(over, Over::Composer(_)));
        let read = |over: &mut Over| over.screen_mut().take(&Event::Committed, &self.world).effects;
        let of_senders: Vec<_> = composers.flat_map(read).collect();
        of_senders.into_iter().chain(self.replies.read()).collect()
    }

    /// Notes that the reply with this key is on its way into the outbox.
    pub(in crate::dashboard) fn hand_over(&mut self, key: &str) {
        for over in &mut self.stack {
            if let Over::Composer(composer) = over
                && composer.has_made(key)
            {
                composer.hand_over();
            }
        }
    }

    /// Closes the composers that are meant. Their texts go on until they are safe.
    fn close_composers(&mut self, is_meant: impl Fn(&Composer) -> bool) {
        let meant = self.stack.extract_if(.., |over| matches!(over, Over::Composer(composer) if is_meant(composer)));
        for over in meant {
            if let Over::Composer(composer) = over {
                self.replies.closed.add(composer);
            }
        }
    }

    /// Closes all composers, because the dashboard ends, and tries once more to keep what could not be kept.
    pub fn leave(&mut self) -> Vec<Effect> {
        self.close_composers(|_| true);
        self.replies.closed.keep(&self.world)
    }

    /// Returns whether the text of a reply is being kept as a draft or handed over: without the events that say so it
    /// could be lost.
    pub fn are_texts_under_way(&self) -> bool {
        self.replies.closed.are_under_way()
    }

    /// Handles the outcome of a reply: it is in the outbox, or the reason why not, and what became of it there.
    pub(in crate::dashboard) fn answered(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Composed(id, key) => {
                let to = self.receiver_of(&key);
                // The user may have opened another composer since.
                self.close_composers(|composer| composer.has_made(&key));
                self.say(Tone::Good, words::COMPOSED, &[&self.called(&to)]);
                self.replies.replies.push(OpenReply { id, to, told: None });
                return self.replies.closed.become_reply(&key).into_iter().chain(self.replies.read()).collect();
            }
            // Ask nothing if another screen is on top by now.
            Event::NotComposed(composed, reason)
                if reason.code == reasons::ANSWERS_OFF
                    && matches!(self.stack.last(), Some(Over::Composer(composer)) if composer.has_made(&composed.key)) =>
            {
                self.stack.push(Question::AllowReplies(composed).into());
            }
            Event::NotComposed(_, reason) => self.tell(&reason),
            Event::Outgoing(replies) => {
                for reply in replies {
                    if let Some(to) = self.replies.learn(&reply) {
                        self.tell_outcome(&reply, &to);
                    }
                }
                let is_stale = self.replies.refresh.came();
                return is_stale.then(|| self.replies.load()).into_iter().collect();
            }
            Event::Withdrawn(_, true) => self.say(Tone::Good, words::TAKEN_BACK, &[]),
            Event::Withdrawn(_, false) => self.say(Tone::Warning, words::NOT_TAKEN_BACK, &[]),
            Event::DraftKept(.., Some(reason)) => {
                let why = reason.of(self.world.language());
                self.say(Tone::Bad, words::DRAFT_LOST, &[&why]);
            }
            _ => {}
        }
        Vec::new()
    }

    /// Returns the sender whom the reply with this key answers.
    fn receiver_of(&self, key: &str) -> Receiver {
        let open = self.stack.iter().filter_map(|over| match over {
            Over::Composer(composer) => Some(composer),
            _ => None,
        });
        let composer = open.chain(self.replies.closed.all()).find(|composer| composer.has_made(key));
        let record = composer.map(Composer::record);
        record.map(|record| (record.message.sender_id, record.sender.called().map(str::to_owned))).unwrap_or_default()
    }

    /// Returns the short name of a receiver for the screen, cut so that what became of the reply has room beside it.
    fn called(&self, (fan, name): &Receiver) -> String {
        let room = RECEIVER.min(usize::from(self.world.size.width) / 3);
        text::cut(&self.world.short_name(*fan, name.as_deref()), room).into_owned()
    }

    fn tell_outcome(&mut self, Outgoing { state, reason, .. }: &Outgoing, to: &Receiver) {
        let why = reason.as_ref().map(|reason| reason.of(self.world.language())).unwrap_or_default();
        let (tone, words) = match state {
            SendState::Waiting | SendState::Sending => (Tone::Warning, words::REPLY_WAITS),
            SendState::Refused => (Tone::Bad, words::REPLY_REFUSED),
            SendState::Unknown => (Tone::Bad, words::REPLY_UNKNOWN),
            // What the user has to act on stays.
            SendState::Sent if self.notice.is_some() && self.notice_goes_at().is_none() => return,
            SendState::Sent => (Tone::Good, words::REPLY_SENT),
        };
        self.say(tone, words, &[&self.called(to), &why]);
    }

    /// Records for whom a reply is being written in this dashboard, because its draft is shown there only.
    pub(in crate::dashboard) fn note_writing(&mut self) {
        let composer = self.stack.iter().find_map(|over| match over {
            Over::Composer(composer) => Some(composer.record()),
            _ => None,
        });
        let writing = composer.and_then(|record| Some((record.account.clone(), record.message.sender_id?)));
        if writing != self.world.colleagues.writing {
            self.world.colleagues.writing = writing;
            self.detail.outdate();
        }
    }

    /// Records who is replying, except in this dashboard.
    pub(in crate::dashboard) fn learn_claims(&mut self, mut claims: Vec<SenderClaim>) {
        let is_own = |claim: &SenderClaim| {
            self.stack.iter().any(|over| matches!(over, Over::Composer(composer) if composer.has_claimed(claim)))
        };
        claims.retain(|claim| !is_own(claim));
        self.world.colleagues.claims = claims;
        self.detail.outdate();
    }
}
