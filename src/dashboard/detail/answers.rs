//! The replies to a message: the draft, and the text, state and time of those that were made.

use crate::controls::action::Action;
use crate::dashboard::over::composer::TAKE_BACK;
use crate::dashboard::world::mask;
use crate::dashboard::{Tone, World};
use crate::language::{Language, answers as words};
use crate::record::outgoing::{Outgoing, SendState};
use crate::weibo::active::ReplyForm;

use super::lines::PageBuilder;
use super::source::PageSource;

/// Adds the draft to the sender, and the replies to a message, each with its state, the newest first.
pub(super) fn add(page: &mut PageBuilder, source: &PageSource<'_>) {
    let world = source.world;
    let draft = world.draft_left(source.record);
    if let Some(draft) = draft {
        page.field(words::DRAFT_LEFT, Tone::Warning, draft);
    }
    for (index, outgoing) in source.replies.iter().rev().enumerate() {
        let (tone, how) = state(outgoing, page.language);
        let sent_at = outgoing.changed_at.with_timezone(source.record.sent_at().offset()).format("%m-%d %H:%M");
        let how = if outgoing.state == SendState::Sent { format!("{how}  {sent_at}") } else { how };
        let label = if outgoing.state == SendState::Sent { words::OURS } else { words::OURS_UNSENT };
        page.field(label, Tone::Plain, &text_of(outgoing, world));
        page.below(tone, &how);
        // The composer offers the last reply only.
        let key = world.key(Action::Reply);
        let next = match outgoing.state {
            SendState::Waiting if index == 0 => words::TAKE_BACK.with(page.language, &[&key, &TAKE_BACK]),
            SendState::Refused | SendState::Unknown if index == 0 => words::EDIT_AGAIN.with(page.language, &[&key]),
            _ => continue,
        };
        page.below(Tone::Dim, &next);
    }
    if draft.is_some() || !source.replies.is_empty() {
        page.blank();
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
