//! Keys as the dashboard knows them, and their names for users and for the config. Nothing here reads a terminal.

use std::fmt;
use std::str::FromStr;

use crate::reason::{Reason, config};

/// A key without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum KeyCode {
    /// A character; Shift is in it (`G`, `?`).
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key itself.
    pub code: KeyCode,
    /// Whether Ctrl is held.
    pub ctrl: bool,
    /// Whether Alt is held.
    pub alt: bool,
}

/// Keys with names: the key, its name for users, and the names that are accepted for it, in lower case.
const NAMES: &[(KeyCode, &str, &[&str])] = &[
    (KeyCode::Enter, "Enter", &["enter", "return", "cr"]),
    (KeyCode::Esc, "Esc", &["esc", "escape"]),
    (KeyCode::Tab, "Tab", &["tab"]),
    (KeyCode::BackTab, "Shift-Tab", &["shift-tab", "backtab", "s-tab"]),
    (KeyCode::Backspace, "Backspace", &["backspace", "bs"]),
    (KeyCode::Delete, "Del", &["del", "delete"]),
    (KeyCode::Up, "↑", &["up", "↑"]),
    (KeyCode::Down, "↓", &["down", "↓"]),
    (KeyCode::Left, "←", &["left", "←"]),
    (KeyCode::Right, "→", &["right", "→"]),
    (KeyCode::Home, "Home", &["home"]),
    (KeyCode::End, "End", &["end"]),
    (KeyCode::PageUp, "PgUp", &["pgup", "pageup"]),
    (KeyCode::PageDown, "PgDn", &["pgdn", "pgdown", "pagedown"]),
    (KeyCode::Char(' '), "Space", &["space"]),
    // `<` opens a name in a script.
    (KeyCode::Char('<'), "<", &["lt"]),
];

/// Characters that a Chinese input method sends in place of an ASCII key. Full-width forms of ASCII are folded by
/// arithmetic instead.
const TWINS: &[(char, char)] = &[
    ('\u{3000}', ' '),
    ('。', '.'),
    ('、', '/'),
    ('【', '['),
    ('】', ']'),
    ('《', '<'),
    ('》', '>'),
    ('“', '"'),
    ('”', '"'),
    ('‘', '\''),
    ('’', '\''),
    ('￥', '$'),
];

impl Key {
    /// Returns the key without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// Returns the key that types this character.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// Returns the key with Ctrl. Letters are kept in lower case, because terminals do not distinguish `Ctrl-d`
    /// from `Ctrl-D`.
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c.to_ascii_lowercase()), ctrl: true, alt: false }
    }

    /// Returns the key with Alt.
    pub const fn alt(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: false, alt: true }
    }

    /// Returns the key that was meant while an input method is on: full-width forms and Chinese punctuation become
    /// the ASCII of the same key (`？` is `?`, `ｊ` is `j`, `、` is `/`); other keys stay as they are.
    pub fn folded(self) -> Self {
        if let KeyCode::Char(c) = self.code { Self { code: KeyCode::Char(fold(c)), ..self } } else { self }
    }

    /// Whether the character comes from an input method: no keyboard has keys for Chinese characters, kana or
    /// Korean syllables.
    pub fn is_from_input_method(self) -> bool {
        matches!(self.folded().code, KeyCode::Char('\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..))
    }
}

fn fold(c: char) -> char {
    if let '！'..='～' = c {
        // The block repeats ASCII from `!` on, in the same order.
        return char::from_u32(u32::from(c) - u32::from('！') + u32::from('!')).unwrap_or(c);
    }
    TWINS.iter().find_map(|(twin, ascii)| (*twin == c).then_some(*ascii)).unwrap_or(c)
}

/// Shows a key to users: `j`, `G`, `Ctrl-D`, `PgUp`, `↑`, `Enter`, `Space`, `F5`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        if let Some((_, name, _)) = NAMES.iter().find(|(code, ..)| *code == self.code) {
            return f.write_str(name);
        }
        if let KeyCode::F(number) = self.code {
            return write!(f, "F{number}");
        }
        let KeyCode::Char(c) = self.code else { return Ok(()) };
        if self.ctrl { write!(f, "{}", c.to_ascii_uppercase()) } else { write!(f, "{c}") }
    }
}

/// Why a text does not name a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownKey {
    /// Only `ctrl-` or `alt-`, or nothing at all.
    Missing(String),
    /// A name that no key has.
    Name {
        /// The name without its modifiers.
        name: String,
    },
}

impl UnknownKey {
    /// Returns the reason, for users.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Missing(text) => config::NO_KEY_NAMED.with(text),
            Self::Name { name } => config::NO_KEY.with(name).with(first_names()),
        }
    }
}

/// Returns every name of the keys that have names.
pub fn names() -> Vec<&'static str> {
    NAMES.iter().flat_map(|(_, _, names)| *names).copied().collect()
}

fn first_names() -> String {
    let names: Vec<_> = NAMES.iter().filter_map(|(_, _, names)| names.first().copied()).collect();
    names.join(", ")
}

/// Reads `ctrl-d`, `pgup`, `up`, `enter`, `f5`, `space`, `?`. Names are read in any case, single characters as they
/// stand.
impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            if let Some(after) = without_prefix(rest, "ctrl-") {
                (rest, ctrl) = (after, true);
            } else if let Some(after) = without_prefix(rest, "alt-") {
                (rest, alt) = (after, true);
            } else {
                break;
            }
        }
        if rest.is_empty() {
            return Err(UnknownKey::Missing(text.to_owned()));
        }
        let code = code(rest).ok_or_else(|| UnknownKey::Name { name: rest.to_owned() })?;
        if let (KeyCode::Char(c), true) = (code, ctrl) {
            return Ok(Self { alt, ..Self::ctrl(c) });
        }
        Ok(Self { code, ctrl, alt })
    }
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

fn code(text: &str) -> Option<KeyCode> {
    let lower = text.to_lowercase();
    let named = NAMES.iter().find(|(.., names)| names.contains(&lower.as_str())).map(|(code, ..)| *code);
    let function = || {
        let number = lower.strip_prefix('f')?.parse().ok()?;
        (1..=12).contains(&number).then_some(KeyCode::F(number))
    };
    let character = || {
        let mut chars = text.chars();
        chars.next().filter(|c| chars.next().is_none() && !c.is_control()).map(KeyCode::Char)
    };
    named.or_else(function).or_else(character)
}

/// Returns the keys of a script, such as `jj<enter>G<ctrl-d>`. A `<` that opens no key's name stands for itself,
/// and so does everything outside of names.
pub fn script(text: &str) -> Vec<Key> {
    let (mut keys, mut rest) = (Vec::new(), text);
    while let Some(c) = rest.chars().next() {
        let named = rest
            .strip_prefix('<')
            .and_then(|inner| inner.split_once('>'))
            .and_then(|(name, after)| Some((name.parse::<Key>().ok()?, after)));
        let (key, after) = named.unwrap_or((Key::char(c), rest.strip_prefix(c).unwrap_or_default()));
        keys.push(key);
        rest = after;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back_what_it_shows() {
        let codes = NAMES
            .iter()
            .map(|(code, ..)| *code)
            .chain((1..=12).map(KeyCode::F))
            .chain("jG?私-<".chars().map(KeyCode::Char));
        for code in codes {
            for (ctrl, alt) in [(false, false), (true, false), (false, true), (true, true)] {
                let key = Key { code, ctrl, alt };
                let key = if let (KeyCode::Char(c), true) = (code, ctrl) { Key { alt, ..Key::ctrl(c) } } else { key };
                assert_eq!(key.to_string().parse(), Ok(key), "{key}");
            }
        }
    }

    #[test]
    fn keys_have_names_for_people_and_for_the_config() {
        for (written, shown) in [
            ("j", "j"),
            ("G", "G"),
            ("ctrl-d", "Ctrl-D"),
            ("CTRL-ALT-x", "Ctrl-Alt-X"),
            ("pgup", "PgUp"),
            ("Up", "↑"),
            ("enter", "Enter"),
            (" ", "Space"),
            ("f5", "F5"),
            ("f", "f"),
            ("shift-tab", "Shift-Tab"),
            ("ctrl--", "Ctrl--"),
        ] {
            assert_eq!(written.parse::<Key>().map(|key| key.to_string()), Ok(shown.to_owned()), "{written}");
        }
    }

    #[test]
    fn what_is_no_key_says_so() {
        for text in ["", "ctrl-", "pgupp", "f0", "f13", "f300", "jj", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
        let error = "alt-pgupp".parse::<Key>().unwrap_err().reason().to_string();
        assert!(
            error.starts_with("`pgupp` is no key; keys are single characters, f1 to f12, or one of enter, esc"),
            "{error}"
        );
    }

    #[test]
    fn an_input_method_does_not_stand_between_user_and_key() {
        for (typed, meant) in "？：／ｊＧ，。、【】～！　私j".chars().zip("?:/jG,./[]~! 私j".chars()) {
            assert_eq!(Key::char(typed).folded(), Key::char(meant), "{typed}");
        }
        assert_eq!(Key::plain(KeyCode::Up).folded(), Key::plain(KeyCode::Up));
    }

    #[test]
    fn a_script_mixes_characters_and_names() {
        let up = Key::plain(KeyCode::Up);
        let enter = Key::plain(KeyCode::Enter);
        assert_eq!(script("jG<enter><ctrl-d><up>"), [Key::char('j'), Key::char('G'), enter, Key::ctrl('d'), up]);
        assert_eq!(
            script("<lt>a<b "),
            [Key::char('<'), Key::char('a'), Key::char('<'), Key::char('b'), Key::char(' ')]
        );
        assert_eq!(script("<no key>").len(), 8);
    }
}
