//! The sender of a message: names, the user's note, and labels.

use crate::dashboard::Tone;
use crate::language::people;
use crate::record::Record;
use crate::record::people::{KnownSender, full_name};
use crate::text;

use super::lines::PageBuilder;
use super::source::PageSource;

/// Returns the sender with name and id, or `-` if there is none.
pub(super) fn of(source: &PageSource<'_>) -> String {
    full_name(source.record.message.sender_id, called(&source.record.sender).as_deref())
}

/// Returns the user's name for a sender, with Weibo's if it differs: `老王（橙子）`.
fn called(sender: &KnownSender) -> Option<String> {
    let KnownSender { name, nickname, .. } = sender;
    let both = !name.is_empty() && !nickname.is_empty() && name != nickname;
    let called = text::line(sender.called()?);
    Some(if both { format!("{called} ({})", text::line(nickname)) } else { called.into_owned() })
}

/// Adds the labels, and the user's note about the sender.
pub(super) fn add(page: &mut PageBuilder, record: &Record) {
    let KnownSender { note, labels: of_sender, .. } = &record.sender;
    for (label, own) in [(people::LABELS, &record.marks.labels), (people::SENDER_LABELS, of_sender)] {
        if !own.is_empty() {
            page.field(label, Tone::Accent, &own.join("  "));
        }
    }
    if !note.is_empty() {
        page.field(people::NOTED, Tone::Plain, note);
    }
}
