//! The keys of the screens that take text. Their help shows them all, and choosing an entry presses its key.

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::World;
use crate::dashboard::over::Wish;
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::language::{Words, answers as words, words as common};

/// A key and what it does.
pub(in crate::dashboard::over) type KeyHelp = (Key, Words);

/// The key that shows the keys.
pub(in crate::dashboard) const HELP: Key = Key::plain(KeyCode::F(1));

/// TABLE: the keys that edit any text. The first one is selected when the help opens, so it must be harmless.
pub(in crate::dashboard::over) const EDIT: &[KeyHelp] = &[
    (Key::ctrl('a'), words::HELP_LINE_START),
    (Key::ctrl('e'), words::HELP_LINE_END),
    (Key::ctrl('w'), words::HELP_WORD),
    (Key::ctrl('k'), words::HELP_LINE_AFTER),
];
/// TABLE: the other keys of the prompt for a query.
pub(in crate::dashboard::over) const QUERY: &[KeyHelp] = &[
    LINE[0],
    (Key::plain(KeyCode::Up), words::HELP_EARLIER),
    (Key::plain(KeyCode::Down), words::HELP_LATER),
    (Key::plain(KeyCode::Tab), words::HELP_ALL),
    (Key::plain(KeyCode::Enter), words::HELP_FOUND),
    (Key::plain(KeyCode::Esc), words::HELP_BEFORE),
];
/// TABLE: those of the prompt for a path.
pub(in crate::dashboard::over) const PATH: &[KeyHelp] =
    &[LINE[0], (Key::plain(KeyCode::Tab), words::HELP_COMPLETE), LINE[1], LINE[2]];
/// TABLE: those of the form for a name and a note.
pub(in crate::dashboard::over) const FORM: &[KeyHelp] =
    &[LINE[0], (Key::plain(KeyCode::Tab), words::HELP_OTHER_LINE), LINE[1], LINE[2]];
/// TABLE: those of the list of labels.
pub(in crate::dashboard::over) const LABELS: &[KeyHelp] = &[
    LINE[0],
    (Key::plain(KeyCode::Char(' ')), words::HELP_LABEL),
    (Key::plain(KeyCode::Tab), words::HELP_BEARER),
    LINE[1],
    LINE[2],
];
/// TABLE: all keys of the prompt for a secret. Of these only the one for this help leaves the text alone.
pub(in crate::dashboard::over) const SECRET: &[KeyHelp] = &[
    (HELP, words::HELP_KEYS),
    (Key::plain(KeyCode::Backspace), words::HELP_LAST),
    LINE[0],
    (Key::plain(KeyCode::Enter), words::HELP_KEEP),
    (Key::plain(KeyCode::Esc), words::HELP_DISCARD),
];
/// TABLE: those of any other line.
pub(in crate::dashboard::over) const LINE: &[KeyHelp] = &[
    (Key::ctrl('u'), words::HELP_LINE_WHOLE),
    (Key::plain(KeyCode::Enter), words::HELP_DONE),
    (Key::plain(KeyCode::Esc), words::HELP_BACK),
];

/// Returns the help: every key, which choosing its entry presses.
pub(in crate::dashboard) fn help(keys: [&[KeyHelp]; 2], world: &World) -> Menu {
    let language = world.language();
    let entry = |(key, words): &KeyHelp| {
        let entry = MenuEntry::new(words.of(language), key.to_string(), Wish::Press(*key));
        entry.also(words.of(language.other()))
    };
    Menu::new(common::KEYS, keys.concat().iter().map(entry).collect())
}
