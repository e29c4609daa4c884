//! Closing the composer. One that is closed before its text is safe goes on out of sight until the text is kept as the
//! draft or accepted as a reply, and comes back if the user opens it again before that.

use crate::controls::action::Action;
use crate::dashboard::over::{Responder as _, ScreenReply};
use crate::dashboard::refresh::Refresh;
use crate::dashboard::{Effect, Event, Tone, World};
use crate::language::answers as words;
use crate::reason::{Reason, answers};
use crate::record::outgoing::Draft;

use super::{Composer, Editor};

/// The composers that were closed before their texts were safe.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct ClosedComposers(Vec<Composer>);

impl ClosedComposers {
    /// Adds a composer that was closed.
    pub(in crate::dashboard) fn add(&mut self, composer: Composer) {
        self.0.extend(Some(composer).filter(Composer::is_unsafe));
    }

    /// Returns the composer that was closed in place of a new one for the same sender, with a claim of that sender, or
    /// else the new one.
    pub(in crate::dashboard) fn reopen(&mut self, new: Composer, world: &World) -> (Composer, Option<Effect>) {
        let sender = |composer: &Composer| (composer.record.account.clone(), composer.record.message.sender_id);
        let Some(index) = self.0.iter().position(|closed| sender(closed) == sender(&new)) else { return (new, None) };
        let mut again = Composer { record: new.record, refresh: new.refresh, ..self.0.remove(index) };
        let claim = again.claim(world);
        (again, claim)
    }

    /// Returns the composers.
    pub(in crate::dashboard) fn all(&self) -> impl Iterator<Item = &Composer> {
        self.0.iter()
    }

    /// Passes an event to the composers, and drops those whose texts are safe now. Nobody is writing in them, so they
    /// keep no claim and make none, which could reach the holder after its end.
    pub(in crate::dashboard) fn take(&mut self, event: &Event, world: &World) -> Vec<Effect> {
        let mut effects = Vec::new();
        for composer in &mut self.0 {
            let taken = composer.take(event, world).effects;
            effects.extend(taken.into_iter().filter(|effect| !matches!(effect, Effect::Claim { .. })));
            effects.extend(composer.claimed_at.and_then(|_| composer.release()));
        }
        self.0.retain(Composer::is_unsafe);
        effects
    }

    /// Notes that the text with this key is in the outbox, where it is no draft any more.
    pub(in crate::dashboard) fn become_reply(&mut self, key: &str) -> Vec<Effect> {
        let made = self.0.iter_mut().filter(|composer| composer.has_made(key));
        let effects = made.filter_map(Composer::become_reply).collect();
        self.0.retain(Composer::is_unsafe);
        effects
    }

    /// Tries once more to keep what could not be kept.
    pub(in crate::dashboard) fn keep(&mut self, world: &World) -> Vec<Effect> {
        self.0.iter_mut().filter_map(|composer| composer.keep(world)).collect()
    }

    /// Returns whether a text is being kept or handed over.
    pub(in crate::dashboard) fn are_under_way(&self) -> bool {
        self.0.iter().any(Composer::is_under_way)
    }
}

impl Composer {
    /// Closes the composer; the draft stays. Text typed before the sender's data is loaded cannot be saved yet, so
    /// the composer stays open and requests the data again.
    pub(super) fn close(&mut self, world: &World) -> ScreenReply {
        if self.session.is_none() && !self.editor.text().is_empty() {
            let again = self.refresh.ask().then(|| self.load()).flatten();
            return ScreenReply::say(world, Tone::Warning, words::STILL_READING, &[]).and(again);
        }
        let reply = ScreenReply::close().and(self.keep(world)).and(self.release());
        match self.editor.text() {
            "" => reply,
            _ if self.is_handing_over => reply.and_say(world, Tone::Dim, words::HANDING_OVER, &[]),
            _ => reply.and_say(world, Tone::Dim, words::DRAFT_KEPT, &[&world.key(Action::Reply)]),
        }
    }

    /// Returns whether a text stays behind that the user has not sent.
    pub(in crate::dashboard) fn leaves_draft(&self) -> bool {
        !self.is_handing_over && !self.editor.text().is_empty()
    }

    /// Notes that the text is being handed over to the outbox, at once or after a question.
    pub(in crate::dashboard) fn hand_over(&mut self) {
        self.is_handing_over = true;
    }

    /// Notes that the outbox did not accept the text. If somebody else answered first, their reply is loaded, and the
    /// user is told of it then: another Enter sends the text, too.
    pub(super) fn stay_here(&mut self, why: &Reason) -> ScreenReply {
        self.is_handing_over = false;
        if why.code != answers::ANSWERED_FIRST {
            return ScreenReply::done();
        }
        self.earlier.be_late();
        ScreenReply::done().and(self.refresh.ask().then(|| self.load()).flatten())
    }

    /// Gives up the text, which is in the outbox: there is no draft until the sender's data is loaded again.
    fn become_reply(&mut self) -> Option<Effect> {
        let release = self.release();
        (self.editor, self.kept) = (Editor::default(), Draft::default());
        (self.session, self.is_handing_over) = (None, false);
        release
    }

    /// Returns whether the text is being kept or handed over, or is kept as soon as the sender's data is loaded.
    fn is_under_way(&self) -> bool {
        let is_loading = self.session.is_none() && self.refresh != Refresh::Idle && !self.editor.text().is_empty();
        self.is_keeping || self.is_handing_over || is_loading
    }

    /// Returns whether the text is neither kept as the draft nor accepted as a reply.
    fn is_unsafe(&self) -> bool {
        self.is_under_way() || self.session.is_some() && !self.is_kept()
    }
}
