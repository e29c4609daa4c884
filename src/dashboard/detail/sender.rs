//! Who wrote a message: what they are called, what the user noted of them, and labels.

use crate::dashboard::Tone;
use crate::language::people;
use crate::record::Record;
use crate::record::people::{KnownSender, full_name};
use crate::text;

use super::lines::PageBuilder;
use super::source::PageSource;

/// The sender: name and number, `-` where there is none.
pub(super) fn of(source: &PageSource<'_>) -> String {
    full_name(source.record.message.sender_id, called(&source.record.sender).as_deref())
}

/// What the user calls a sender, and Weibo where that is another name: `老王（橙子）`.
fn called(sender: &KnownSender) -> Option<String> {
    let KnownSender { name, nickname, .. } = sender;
    let both = !name.is_empty() && !nickname.is_empty() && name != nickname;
    let called = text::line(sender.called()?);
    Some(if both { format!("{called} ({})", text::line(nickname)) } else { called.into_owned() })
}

/// What the user noted of the sender, and the labels.
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
