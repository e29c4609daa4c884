//! The prompt for a secret, which is never drawn. The shell decides where to store it.

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::{Secret, TypedSecret};
use crate::dashboard::{Effect, Tone, World};
use crate::language::{accounts, words};

use super::{Responder, ScreenReply};

/// The prompt while it is open.
#[derive(Debug, Clone)]
pub struct SecretPrompt {
    /// The secret typed so far.
    pub typed: TypedSecret,
}

impl SecretPrompt {
    pub(super) fn for_app_secret(world: &World) -> ScreenReply {
        Self::open(Secret::AppSecret, world)
    }

    pub(super) fn for_access_token(world: &World) -> ScreenReply {
        Self::open(Secret::AccessToken, world)
    }

    /// Asks for a secret. Refuses if the secret is set in another place, which would win at the next start, or if
    /// each account has its own.
    fn open(secret: Secret, world: &World) -> ScreenReply {
        if !world.setup.fixed.contains(&secret) && world.setup.accounts.is_empty() {
            return ScreenReply::open(Self { typed: TypedSecret::new(secret) });
        }
        let words = match (secret, world.setup.accounts.is_empty()) {
            (Secret::AppSecret, true) => words::SECRET_FIXED,
            (Secret::AccessToken, true) => words::TOKEN_FIXED,
            (Secret::AppSecret, false) => accounts::SECRET_FIXED,
            (Secret::AccessToken, false) => accounts::TOKEN_FIXED,
        };
        ScreenReply::say(world, Tone::Warning, words, &[])
    }
}

impl Responder for SecretPrompt {
    /// Handles a key: Enter saves the secret, Esc discards it.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => return ScreenReply::close(),
            Key { code: KeyCode::Enter, .. } if self.typed.is_empty() => {
                return ScreenReply::say(world, Tone::Warning, words::SECRET_EMPTY, &[]);
            }
            Key { code: KeyCode::Enter, .. } => return ScreenReply::close().and([Effect::Keep(self.typed.clone())]),
            Key { code: KeyCode::Char('u'), ctrl: true, .. } => self.typed.clear(),
            Key { code: KeyCode::Backspace, .. } | Key { code: KeyCode::Char('h'), ctrl: true, .. } => self.typed.pop(),
            Key { code: KeyCode::Char(char), ctrl: false, alt: false } => {
                self.typed.push(char.encode_utf8(&mut [0; 4]));
            }
            _ => return ScreenReply::pass(),
        }
        ScreenReply::done()
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        // Surrounding whitespace was copied by mistake.
        self.typed.push(text.trim());
        ScreenReply::done()
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use secrecy::ExposeSecret as _;

    use super::super::ScreenInput;
    use super::*;
    use crate::controls::key::script;
    use crate::controls::layout::Size;

    #[test]
    fn nothing_of_it_is_printed_and_all_of_it_is_kept() {
        let world =
            World::new(crate::dashboard::Setup::default(), Size::default(), chrono::DateTime::<Utc>::UNIX_EPOCH);
        let mut prompt = SecretPrompt { typed: TypedSecret::new(Secret::AccessToken) };
        for key in script("x<ctrl-u>2.00Abq<backspace>c") {
            let _reply = prompt.act(ScreenInput::Key(key), &world);
        }
        let _reply = prompt.act(ScreenInput::Text("D\u{1b}[\n"), &world);
        assert_eq!(format!("{:?}", prompt.typed), "TypedSecret(AccessToken, 9 characters)");
        assert_eq!(prompt.typed.into_secret().expose_secret(), "2.00AbcD[");
    }
}
