//! Secrets while they are typed: never drawn, never printed, wiped when they are given away. Where they are kept is the
//! shell's matter.

use std::fmt;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::cell::Tone;
use super::{Effect, Overlay, State};
use crate::controls::key::{Key, KeyCode};
use crate::language::words;
use crate::text;

/// Longer ones are not typed. Weibo's have some thirty characters; the room is taken at once, because a text that grows
/// leaves copies of itself behind.
const ROOM: usize = 1_024;

/// Which secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// What Weibo signs its calls with.
    AppSecret,
    /// What downloads need.
    AccessToken,
}

/// A line in which a secret is typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Which is asked for.
    pub secret: Secret,
    typed: Zeroizing<String>,
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({:?}, {} characters)", self.secret, self.len())
    }
}

impl Hidden {
    /// An empty line.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self { secret, typed: Zeroizing::new(String::with_capacity(ROOM)) }
    }

    /// How many characters it has, which is all that may be shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.typed.chars().count()
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// What was typed, to be kept.
    #[must_use]
    pub fn into_secret(self) -> SecretString {
        SecretString::from(self.typed.as_str())
    }

    fn push(&mut self, text: &str) {
        for char in text.chars().filter(|char| !char.is_control()) {
            if self.typed.len() + char.len_utf8() <= ROOM {
                self.typed.push(char);
            }
        }
    }

    /// Takes a key; whether it is one of the line's.
    fn key(&mut self, key: Key) -> bool {
        match key {
            Key { code: KeyCode::Char('u'), ctrl: true, .. } => self.typed.clear(),
            Key { code: KeyCode::Backspace, .. } | Key { code: KeyCode::Char('h'), ctrl: true, .. } => {
                self.typed.pop();
            }
            Key { code: KeyCode::Char(char), ctrl: false, alt: false } => self.push(char.encode_utf8(&mut [0; 4])),
            _ => return false,
        }
        true
    }
}

impl State {
    /// Asks for a secret, unless one is set in another place, which would win at the next start.
    pub(super) fn ask_for(&mut self, secret: Secret) -> Vec<Effect> {
        if self.setup.fixed.contains(&secret) {
            let words = match secret {
                Secret::AppSecret => words::SECRET_FIXED,
                Secret::AccessToken => words::TOKEN_FIXED,
            };
            self.say(Tone::Warning, words, &[]);
        } else {
            self.overlay = Some(Overlay::Hidden(Hidden::new(secret)));
        }
        Vec::new()
    }

    /// Takes a key while a secret is typed: Enter keeps it, Esc forgets it.
    pub(super) fn hidden_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Overlay::Hidden(hidden)) = &mut self.overlay else { return Vec::new() };
        match key {
            Key { code: KeyCode::Esc, .. } => self.overlay = None,
            Key { code: KeyCode::Enter, .. } if hidden.is_empty() => self.say(Tone::Warning, words::SECRET_EMPTY, &[]),
            Key { code: KeyCode::Enter, .. } => {
                let hidden = hidden.clone();
                self.overlay = None;
                return vec![Effect::Keep(hidden)];
            }
            _ => {
                if !hidden.key(key) {
                    self.no_such_key(key);
                }
            }
        }
        Vec::new()
    }

    /// Takes pasted text while a secret is typed; what stands around it was copied by mistake.
    pub(super) fn hidden_paste(&mut self, pasted: &str) {
        if let Some(Overlay::Hidden(hidden)) = &mut self.overlay {
            hidden.push(pasted.trim());
        }
    }

    /// A secret is in force and kept in a file.
    pub(super) fn kept(&mut self, secret: Secret, file: &str) {
        if secret == Secret::AppSecret {
            self.setup.is_signed = true;
        }
        self.say(Tone::Good, words::SECRET_KEPT, &[&text::line(file)]);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::controls::key::script;

    #[test]
    fn nothing_of_it_is_printed_and_all_of_it_is_kept() {
        let mut hidden = Hidden::new(Secret::AccessToken);
        for key in script("x<ctrl-u>2.00Abq<backspace>c") {
            hidden.key(key);
        }
        hidden.push("D\u{1b}[\n");
        assert_eq!(format!("{hidden:?}"), "Hidden(AccessToken, 9 characters)");
        assert_eq!(hidden.into_secret().expose_secret(), "2.00AbcD[");
    }

    #[test]
    fn it_never_grows_beyond_its_room() {
        let mut hidden = Hidden::new(Secret::AppSecret);
        let room = hidden.typed.as_ptr();
        hidden.push(&"字".repeat(ROOM));
        assert_eq!((hidden.len(), hidden.typed.as_ptr()), (ROOM / 3, room));
    }
}
