//! The line in which the public URL is typed that Weibo's handshake is tried with.

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::Trial;
use crate::dashboard::{Effect, Tone, World};
use crate::language::steps;

use crate::dashboard::over::prompt::Prompt;
use crate::dashboard::over::{ASKS, Responder, ScreenReply, Traits};

/// The line while it is open.
#[derive(Debug, Clone)]
pub struct UrlPrompt {
    /// What is typed.
    pub prompt: Prompt,
}

impl Default for UrlPrompt {
    /// Weibo calls most URLs by TLS.
    fn default() -> Self {
        Self { prompt: Prompt::new("https://") }
    }
}

impl Responder for UrlPrompt {
    /// Enter tries it, Esc closes.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Esc, .. } => ScreenReply::close(),
            Key { code: KeyCode::Enter, .. } => {
                let trial = Trial::PublicUrl(self.prompt.text().trim().to_owned());
                let trying = ScreenReply::close().and([Effect::Try(trial, world.language())]);
                trying.and_say(world, Tone::Dim, steps::TRYING, &[])
            }
            _ => self.prompt.key(key).into(),
        }
    }

    /// A whole address takes the place of the scheme that stands there.
    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        let text = text.trim();
        if self.prompt.text() == Self::default().prompt.text() && text.contains("://") {
            self.prompt = Prompt::new(text);
        } else {
            self.prompt.paste(text);
        }
        ScreenReply::done()
    }

    fn traits(&self) -> &'static Traits {
        &ASKS
    }
}
