//! The keys of the composer: its help shows all, and the line of keys the most important ones.

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::over::prompt::keys::KeyHelp;
use crate::language::{Language, Words, answers as words};
use crate::text;

/// The key that opens the quick replies.
pub(super) const QUICK: Key = Key::ctrl('r');
/// The key that changes the form of the reply.
pub(super) const FORM: Key = Key::ctrl('t');
/// The key that takes a waiting reply back into the text.
pub const TAKE_BACK: Key = Key::ctrl('x');

/// TABLE: the keys that edit no other text. The first one is selected when the help opens, so it must be harmless.
pub(in crate::dashboard::over) const KEYS: &[KeyHelp] = &[
    (QUICK, words::HELP_QUICK),
    (FORM, words::HELP_FORM),
    (Key { code: KeyCode::Enter, ctrl: false, alt: true }, words::HELP_LINE),
    (Key::ctrl('/'), words::HELP_UNDO),
    (TAKE_BACK, words::HELP_TAKE_BACK),
    (Key::plain(KeyCode::Enter), words::HELP_SEND),
    (Key::plain(KeyCode::Esc), words::HELP_CLOSE),
    (Key::ctrl('u'), words::HELP_LINE_BEFORE),
    (Key::alt('b'), words::HELP_WORD_LEFT),
    (Key::alt('f'), words::HELP_WORD_RIGHT),
];
/// TABLE: the same for the line of keys, the most important ones first.
const LINE: [Words; 7] = [
    words::KEY_SEND,
    words::KEY_CLOSE,
    words::KEY_HELP,
    words::KEY_QUICK,
    words::KEY_LINE,
    words::KEY_FORM,
    words::KEY_UNDO,
];

/// Returns the line of keys, as many as fit into this number of cells; `None` if not even one fits.
pub fn key_line(language: Language, room: usize) -> Option<String> {
    let helps = (1..=LINE.len()).rev().map(|n| LINE.iter().take(n).map(|words| words.of(language)).collect::<Vec<_>>());
    helps.map(|keys| keys.join("  ")).find(|help| text::width(help) <= room)
}
