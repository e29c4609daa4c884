//! The composer, where a reply to a sender is written under the message that it answers. Every change is saved as a
//! draft, so that neither a kill nor closing loses a word. Replies are sent through the outbox.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::SenderAnswers;
use crate::dashboard::refresh::Refresh;
use crate::dashboard::world::mask;
use crate::dashboard::{Effect, Event, Tone, World};
use crate::language::{Language, Words, answers as words};
use crate::record::outgoing::{Composed, Draft, Outgoing, OutgoingId, SendState, session_of};
use crate::record::people::SenderClaim;
use crate::record::{Record, Seq};
use crate::text;
use crate::weibo::active::{self, ReplyForm};
use crate::weibo::{Kind, UserId};

use super::prompt::Edit;
use super::question::Question;
use super::{Responder, ScreenInput, ScreenReply, Wish};

mod earlier;
mod editor;
mod keys;
mod leaving;
mod picker;
mod room;

use earlier::{EarlierReplies, is_to};
pub use editor::{Editor, LONGEST};
pub(super) use keys::KEYS;
use keys::{FORM, QUICK};
pub use keys::{TAKE_BACK, key_line};
pub(in crate::dashboard) use leaving::ClosedComposers;
pub use picker::QuickPicker;
use room::row_width;

/// The age at which the next key renews the claim.
const CLAIM_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// A reply that is being written.
#[derive(Debug, Clone)]
pub struct Composer {
    /// The text.
    pub editor: Editor,
    /// The form of the reply.
    pub form: ReplyForm,
    /// The message that the reply answers.
    record: Box<Record>,
    /// The other replies to the sender.
    earlier: EarlierReplies,
    /// The prefix that makes the key of this reply unique; `None` until the sender's data is loaded.
    session: Option<String>,
    /// The draft as it was last saved.
    kept: Draft,
    is_keeping: bool,
    is_handing_over: bool,
    refresh: Refresh,
    /// The time of the last claim of the sender; `None` while there is none.
    claimed_at: Option<DateTime<Utc>>,
}

impl Composer {
    /// Opens the composer for the sender of a message, and requests the sender's data.
    pub(in crate::dashboard) fn of(record: &Record, world: &World) -> ScreenReply {
        let mut composer = Self {
            editor: Editor::default(),
            form: ReplyForm::Text,
            record: Box::new(record.clone()),
            earlier: EarlierReplies::default(),
            session: None,
            kept: Draft::default(),
            is_keeping: false,
            is_handing_over: false,
            refresh: Refresh::Running,
            claimed_at: None,
        };
        composer.earlier.learn_users(&world.colleagues.claims);
        let load = composer.load();
        // Keep the list on the message that is answered while others arrive.
        ScreenReply::open(composer).and(load).and_wish(Wish::Hold(record.seq))
    }

    /// Returns whether a claim was made here.
    pub(in crate::dashboard) fn has_claimed(&self, claim: &SenderClaim) -> bool {
        self.session.as_ref() == Some(&claim.session)
    }

    /// Returns whether the reply with this key was written here.
    pub(in crate::dashboard) fn has_made(&self, key: &str) -> bool {
        self.session.is_some() && session_of(key) == self.session.as_deref()
    }

    /// Returns the message that is answered.
    pub(in crate::dashboard) fn record(&self) -> &Record {
        &self.record
    }

    fn is_for(&self, account: &str, fan: UserId) -> bool {
        self.record.account == account && self.record.message.sender_id == Some(fan)
    }

    /// Returns the receiver's name for the screen: the full form, and a short one for narrow screens.
    pub fn receiver(&self, world: &World) -> [String; 2] {
        let (fan, name) = (self.record.message.sender_id, self.record.sender.called());
        [world.full_name(fan, name), world.short_name(fan, name)]
    }

    /// Returns the time left to answer, to the second in the last ten minutes. `None` means that Weibo no longer
    /// accepts it.
    pub fn time_left(&self, now: DateTime<Utc>, language: Language) -> Option<String> {
        let left = self.left(now)?;
        let (hours, minutes) = (left.num_hours(), left.num_minutes());
        Some(match hours {
            0 if left < TimeDelta::minutes(10) => format!("{minutes}:{:02}", left.num_seconds() % 60),
            _ => span(left, language),
        })
    }

    /// Returns the time at which the shown time left changes.
    pub fn next_tick(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let left = self.left(now)?;
        let step = if left <= TimeDelta::minutes(10) { 1_000 } else { 60_000 };
        // Add a millisecond, so that the change has happened by then.
        Some(now + TimeDelta::milliseconds(left.num_milliseconds() % step + 1))
    }

    fn left(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.record.answerable_until().map(|until| until - now).filter(|left| *left > TimeDelta::zero())
    }

    /// Returns whether Weibo accepts the text as it is.
    pub fn is_fit(&self) -> bool {
        active::check(self.form, self.editor.text()).is_ok()
    }

    fn load(&self) -> Option<Effect> {
        let fan = self.record.message.sender_id?;
        Some(Effect::LoadAnswers { account: self.record.account.clone(), fan })
    }

    /// Saves the text, unless it is saved, being saved, or on its way as a reply, which replaces the draft.
    fn keep(&mut self, world: &World) -> Option<Effect> {
        if self.is_keeping || self.is_handing_over || self.session.is_none() || self.is_kept() {
            return None;
        }
        self.is_keeping = true;
        self.draft(world)
    }

    fn is_kept(&self) -> bool {
        self.kept.text == self.editor.text() && self.kept.form == self.form
    }

    fn draft(&mut self, world: &World) -> Option<Effect> {
        self.kept = Draft { form: self.form, text: self.editor.text().to_owned() };
        let (account, fan, draft) = (self.record.account.clone(), self.record.message.sender_id?, self.kept.clone());
        Some(Effect::KeepDraft { account, fan, draft, at: world.now })
    }

    /// Applies the sender's data. Text typed meanwhile goes after the draft.
    fn learn(&mut self, answers: &SenderAnswers, world: &World) -> ScreenReply {
        self.earlier.learn(&answers.outgoing, self.answered_once(world.now));
        let again = self.refresh.came().then(|| self.load()).flatten();
        let first = if self.session.is_none() { self.begin(answers, world) } else { ScreenReply::done() };
        let reply = first.and(again).and(self.keep(world));
        match self.session.clone().filter(|_| self.earlier.is_late()) {
            Some(session) => {
                ScreenReply { notice: self.warn_of_others(&session, world).and_then(|it| it.notice), ..reply }
            }
            None => reply,
        }
    }

    /// Begins with the draft, or else with the reply to the message that failed.
    fn begin(&mut self, answers: &SenderAnswers, world: &World) -> ScreenReply {
        self.session = Some(answers.key.clone());
        self.kept.clone_from(&answers.draft);
        let failed = || self.earlier.failed(self.record.seq);
        let before = if answers.draft.text.is_empty() { failed() } else { answers.draft.clone() };
        if !before.text.is_empty() {
            self.form = before.form;
            self.editor = Editor::new(&(before.text + self.editor.text()));
        }
        let reply = ScreenReply::done().and(self.claim(world));
        match self.earlier.waiting(self.record.seq) {
            Some(_) => reply.and_say(world, Tone::Warning, words::STILL_WAITS, &[&TAKE_BACK]),
            None => reply,
        }
    }

    /// Takes back the reply to the message that was not sent yet.
    fn take_back(&self) -> ScreenReply {
        let waiting = self.earlier.waiting(self.record.seq);
        waiting.map_or_else(ScreenReply::pass, |Outgoing { id, .. }| ScreenReply::effect(Effect::Withdraw(*id)))
    }

    /// Puts the text of a reply that was taken back into the draft.
    fn put_back(&mut self, id: OutgoingId, world: &World) -> ScreenReply {
        let Some(taken) = self.earlier.all().iter().find(|reply| reply.id == id) else { return ScreenReply::done() };
        let Composed { form, text, .. } = taken.composed.clone();
        self.form = form;
        self.write(&text, world)
    }

    /// Claims the sender or renews the claim.
    fn claim(&mut self, world: &World) -> Option<Effect> {
        let (session, fan) = (self.session.clone()?, self.record.message.sender_id?);
        self.claimed_at = Some(world.now);
        Some(Effect::Claim { account: self.record.account.clone(), fan, session })
    }

    /// Renews the claim if it is old enough, so that it lasts while the user writes.
    fn claim_still(&mut self, world: &World) -> Option<Effect> {
        let is_new = self.claimed_at.is_some_and(|at| world.now - at < CLAIM_AGAIN);
        if is_new { None } else { self.claim(world) }
    }

    fn release(&mut self) -> Option<Effect> {
        self.claimed_at = None;
        self.session.clone().map(Effect::Release)
    }

    /// Returns the names of others who answer the sender.
    pub fn others(&self, world: &World) -> Option<String> {
        world.claimed_by(&self.record)
    }

    /// Says once that somebody else answered the sender since the user was last told; `None` if nobody did.
    fn warn_of_others(&mut self, session: &str, world: &World) -> Option<ScreenReply> {
        let once = self.answered_once(world.now);
        let (reply, user) = self.earlier.tell_news(&self.record.account, session, once)?;
        let passed = span((world.now - reply.made_at).max(TimeDelta::seconds(1)), world.language());
        Some(match user.map(text::line) {
            _ if is_to(reply, once) => ScreenReply::say(world, Tone::Warning, words::MENTION_ANSWERED, &[&passed]),
            None => ScreenReply::say(world, Tone::Warning, words::ANSWERED_MEANWHILE, &[&passed]),
            Some(user) => {
                let user = if world.looks.is_masked { mask::hidden_text(&user) } else { user.into_owned() };
                ScreenReply::say(world, Tone::Warning, words::ANSWERED_MEANWHILE_BY, &[&user, &passed])
            }
        })
    }

    /// Returns the message if Weibo takes only one reply to it: a mention whose sender has no open window.
    fn answered_once(&self, now: DateTime<Utc>) -> Option<Seq> {
        let is_open = self.record.sender.window_until.is_some_and(|until| until > now);
        (self.record.message.kind() == Kind::Mention && !is_open).then_some(self.record.seq)
    }

    /// Hands the text over to the outbox. Asks first if the same text may have been sent, and warns first if somebody
    /// else answered meanwhile.
    fn send(&mut self, world: &World) -> ScreenReply {
        let say = |tone, words| ScreenReply::say(world, tone, words, &[]);
        let (Some(session), Some(fan)) = (self.session.clone(), self.record.message.sender_id) else {
            return say(Tone::Dim, words::STILL_READING);
        };
        if self.is_handing_over {
            return say(Tone::Dim, words::HANDING_OVER);
        }
        let text = self.editor.text().trim_end().to_owned();
        if let Err(reason) = active::check(self.form, &text) {
            return ScreenReply::tell(world, &reason);
        }
        if self.left(world.now).is_none() {
            return say(Tone::Bad, words::WINDOW_OVER);
        }
        if let Some(warning) = self.warn_of_others(&session, world) {
            return warning;
        }
        let mut hasher = DefaultHasher::new();
        (&text, self.form).hash(&mut hasher);
        // The same text gets the same key, so that it can be handed over again if the outcome is unknown.
        let key = format!("{session}-{:016x}", hasher.finish());
        let (account, seq) = (self.record.account.clone(), Some(self.record.seq));
        let composed = Composed { key, account, fan, seq, form: self.form, text, after: self.earlier.told() };
        if let Some(Outgoing { state: SendState::Unknown, reason, .. }) = self.earlier.same_as(&composed) {
            let why = reason.clone();
            return ScreenReply::open(Question::SendAgain { composed, why });
        }
        ScreenReply::effect(Effect::Reply { composed, is_allowed: false })
    }

    /// Inserts text at the cursor, on a line of its own.
    pub(in crate::dashboard) fn write(&mut self, text: &str, world: &World) -> ScreenReply {
        let text = if self.editor.is_at_line_start() { text.to_owned() } else { format!("\n{text}") };
        self.put(&text, world)
    }

    fn put(&mut self, text: &str, world: &World) -> ScreenReply {
        let is_whole = self.editor.paste(text);
        let reply = ScreenReply::done().and(self.keep(world)).and(self.claim_still(world));
        if is_whole { reply } else { reply.and_say(world, Tone::Warning, words::PART_PASTED, &[]) }
    }
}

/// Returns the words that say what to write in a form of reply.
pub const fn form_words(form: ReplyForm) -> Words {
    match form {
        ReplyForm::Text => words::WRITE_TEXT,
        ReplyForm::Position => words::WRITE_POSITION,
        ReplyForm::Articles => words::WRITE_ARTICLES,
    }
}

/// Returns a length of time as `47 h 59 min`, `12 min` or `2 s`.
fn span(span: TimeDelta, language: Language) -> String {
    match (span.num_hours(), span.num_minutes() % 60) {
        (0, 0) => words::SECONDS.with(language, &[&span.num_seconds()]),
        (0, minutes) => words::MINUTES.with(language, &[&minutes]),
        (hours, minutes) => words::HOURS_MINUTES.with(language, &[&hours, &minutes]),
    }
}

impl Responder for Composer {
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => self.type_key(key, world),
            ScreenInput::Text(text) => self.paste(text, world),
            // Nothing behind the composer is meant.
            ScreenInput::Click(column, row) if self.area(world).contains(column, row) => ScreenReply::done(),
            ScreenInput::Action(_) | ScreenInput::Click(..) | ScreenInput::Scroll(_) => ScreenReply::pass(),
        }
    }

    /// Handles a key: Enter sends, Esc closes, and all others are typed.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => self.close(world),
            Key { code: KeyCode::Enter, alt: false, ctrl: false } => self.send(world),
            _ if self.is_handing_over => ScreenReply::say(world, Tone::Dim, words::HANDING_OVER, &[]),
            _ if key == QUICK => QuickPicker::of(&self.record, world),
            _ if key == TAKE_BACK => self.take_back(),
            _ if key == FORM => {
                self.form = self.form.next();
                ScreenReply::say(world, Tone::Dim, form_words(self.form), &[]).and(self.keep(world))
            }
            _ => match self.editor.key(key, row_width(self.area(world))) {
                Edit::Text => ScreenReply::done().and(self.keep(world)).and(self.claim_still(world)),
                Edit::Cursor => ScreenReply::done().and(self.claim_still(world)),
                Edit::None => ScreenReply::pass(),
            },
        }
    }

    fn paste(&mut self, text: &str, world: &World) -> ScreenReply {
        if self.is_handing_over {
            return ScreenReply::say(world, Tone::Dim, words::HANDING_OVER, &[]);
        }
        self.put(text, world)
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        match event {
            Event::Answers(answers) if Some(answers.fan) == self.record.message.sender_id => self.learn(answers, world),
            Event::Committed if self.refresh.ask() => ScreenReply::done().and(self.load()),
            // Each new message of the sender extends the time to answer.
            Event::Page(page) => {
                let record = page.records.iter().find(|record| record.seq == self.record.seq);
                if let Some(record) = record {
                    record.clone_into(&mut self.record);
                }
                ScreenReply::done()
            }
            Event::Claims(claims) => {
                self.earlier.learn_users(claims);
                ScreenReply::done()
            }
            Event::Withdrawn(id, true) => self.put_back(*id, world),
            Event::DraftKept(account, fan, None) if self.is_for(account, *fan) => {
                self.is_keeping = false;
                ScreenReply::done().and(self.keep(world))
            }
            Event::DraftKept(account, fan, Some(_)) if self.is_for(account, *fan) => {
                // No text equals this one, so the next change or closing saves the draft again.
                (self.is_keeping, self.kept.text) = (false, "\0".to_owned());
                ScreenReply::done()
            }
            // The process that listens now knows of no claims, and can keep what the one before could not.
            Event::Holder(None) => {
                let claim = self.claimed_at.is_some().then(|| self.claim(world)).flatten();
                ScreenReply::done().and(claim).and(self.keep(world))
            }
            Event::NotComposed(composed, why) if self.has_made(&composed.key) => {
                self.stay_here(why).and(self.keep(world))
            }
            Event::Failed(_) => {
                self.refresh.fail();
                ScreenReply::done()
            }
            _ => ScreenReply::done(),
        }
    }
}
