//! Closing the composer. One that is closed before its text is safe goes on out of sight until the text is kept as the
//! draft or accepted as a reply, and comes back if the user opens it again before that.

use crate::controls::action::Action;
use crate::dashboard::over::{Responder as _, ScreenReply};
use crate::dashboard::{Effect, Event, Tone, World};
use crate::language::answers as words;
use crate::record::outgoing::Draft;

use super::Composer;

/// The composers that were closed before their texts were safe.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard) struct ClosedComposers(Vec<Composer>);

impl ClosedComposers {
    /// Adds a composer that was closed.
    pub(in crate::dashboard) fn add(&mut self, composer: Composer) {
        self.0.extend(Some(composer).filter(Composer::is_unsafe));
    }

    /// Returns the composer that was closed in place of a new one for the same sender, or else the new one.
    pub(in crate::dashboard) fn reopen(&mut self, new: Composer) -> Composer {
        let sender = |composer: &Composer| (composer.record.account.clone(), composer.record.message.sender_id);
        let Some(index) = self.0.iter().position(|closed| sender(closed) == sender(&new)) else { return new };
        Composer { record: new.record, refresh: new.refresh, ..self.0.remove(index) }
    }

    /// Passes an event to the composers, and drops those whose texts are safe now.
    pub(in crate::dashboard) fn take(&mut self, event: &Event, world: &World) -> Vec<Effect> {
        let effects = self.0.iter_mut().flat_map(|composer| composer.take(event, world).effects).collect();
        self.0.retain(Composer::is_unsafe);
        effects
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

    /// Notes that the text is being handed over to the outbox, at once or after a question.
    pub(in crate::dashboard) fn hand_over(&mut self) {
        self.is_handing_over = true;
    }

    /// Notes that the text is in the outbox, where it is no draft any more.
    pub(super) fn become_reply(&mut self) -> Option<Effect> {
        self.is_handing_over = false;
        self.kept = Draft { form: self.form, text: self.editor.text().to_owned() };
        self.release()
    }

    /// Returns whether the text is neither kept as the draft nor accepted as a reply.
    fn is_unsafe(&self) -> bool {
        self.session.is_some() && (self.is_keeping || self.is_handing_over || !self.is_kept())
    }
}
