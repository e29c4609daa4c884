//! The replies to a message: their text and state.

use crate::controls::action::Action;
use crate::dashboard::world::mask;
use crate::dashboard::{Tone, World};
use crate::language::{Language, answers as words};
use crate::record::outgoing::{Outgoing, SendState};
use crate::weibo::active::ReplyForm;

use super::lines::PageBuilder;

/// Adds the replies to a message, each with its state.
pub(super) fn add(page: &mut PageBuilder, replies: &[Outgoing], world: &World) {
    for outgoing in replies {
        let (tone, how) = state(outgoing, page.language);
        page.field(words::OURS, Tone::Plain, &text_of(outgoing, world));
        page.below(tone, &how);
        if matches!(outgoing.state, SendState::Refused | SendState::Unknown) {
            let again = words::EDIT_AGAIN.with(page.language, &[&world.key(Action::Reply)]);
            page.below(Tone::Dim, &again);
        }
    }
}

/// Returns the text of a reply for display.
pub fn text_of(outgoing: &Outgoing, world: &World) -> String {
    let text = &outgoing.composed.text;
    let text = if world.looks.is_masked { mask::hidden_text(text) } else { text.clone() };
    match outgoing.composed.form {
        ReplyForm::Text => text,
        ReplyForm::Position => words::SENT_POSITION.with(world.language(), &[&text]),
        ReplyForm::Articles => words::SENT_ARTICLES.with(world.language(), &[&text]),
    }
}

/// Returns the state of a reply and the reason for it.
pub fn state(outgoing: &Outgoing, language: Language) -> (Tone, String) {
    let (tone, state) = match outgoing.state {
        SendState::Waiting => (Tone::Warning, words::WAITING),
        SendState::Sending => (Tone::Accent, words::SENDING),
        SendState::Sent => (Tone::Good, words::SENT),
        SendState::Refused => (Tone::Bad, words::REFUSED),
        SendState::Unknown => (Tone::Bad, words::UNKNOWN),
    };
    let state = state.of(language);
    let why = outgoing.reason.as_ref().map(|reason| words::STATE_WHY.with(language, &[&state, &reason.of(language)]));
    (tone, why.unwrap_or_else(|| state.to_owned()))
}
