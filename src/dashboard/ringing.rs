//! Notifications while the dashboard is open. A message that is on the screen while the user is looking causes none.
//! The terminal's title counts them until the user returns.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Cell, Effect, Event, State, Tone};
use crate::language::Language;
use crate::record::Seq;

/// The time after a key for which the user counts as looking, if the terminal never reports its focus.
const LOOKING: TimeDelta = TimeDelta::seconds(60);

/// A notification of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The line above the text.
    pub title: String,
    /// The text, in English and in Chinese.
    pub words: [String; 2],
    /// The number of messages; 1 for a trouble of weibox.
    pub n: u64,
    /// The newest of these messages; 0 if none of them could be on the screen, and `None` for a trouble.
    pub newest: Option<Seq>,
}

/// The presence of the user.
#[derive(Debug, Clone, Default)]
pub(super) struct Ringing {
    /// Whether the terminal has the focus, if it ever reported that.
    has_focus: Option<bool>,
    touched_at: Option<DateTime<Utc>>,
    /// The number of messages and troubles that rang while the user was away.
    n_unseen: u64,
}

impl Ringing {
    fn is_looked_at(&self, now: DateTime<Utc>) -> bool {
        self.has_focus.unwrap_or_else(|| self.touched_at.is_some_and(|at| now - at < LOOKING))
    }

    /// Records that the user is back, and clears the title.
    fn come_back(&mut self) -> Option<Effect> {
        (std::mem::take(&mut self.n_unseen) > 0).then_some(Effect::Title(0))
    }
}

impl State {
    /// Records what an event says about the presence of the user, and applies other changes that all screens share.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nobody did anything")]
    pub(super) fn notice_user(&mut self, event: &Event) -> Vec<Effect> {
        match event {
            Event::Key(_) | Event::Pasted(_) | Event::Clicked(..) | Event::Scrolled(..) => {
                self.detail.attention.touch();
                self.ringing.touched_at = Some(self.world.now);
                return self.ringing.come_back().into_iter().collect();
            }
            Event::Focused(has_focus) => {
                self.detail.attention.focus(*has_focus, self.world.now);
                self.ringing.has_focus = Some(*has_focus);
                return has_focus.then(|| self.ringing.come_back()).flatten().into_iter().collect();
            }
            Event::Rang(rung) => return self.rang(rung),
            Event::Committed => self.detail.attention.disturb(),
            Event::Holder(gone) => self.stand(gone.as_ref()),
            Event::Signed(is_signed) => self.world.setup.is_signed = *is_signed,
            _ => {}
        }
        Vec::new()
    }

    fn rang(&mut self, rung: &Rung) -> Vec<Effect> {
        let is_on_screen = self.stack.is_empty()
            && rung.newest.is_none_or(|seq| self.list.inbox.visible().0.iter().any(|record| record.seq == seq));
        if is_on_screen && self.ringing.is_looked_at(self.world.now) {
            return Vec::new();
        }
        let [english, chinese] = &rung.words;
        let words = match self.world.language() {
            // The text may come from a message.
            _ if self.world.looks.is_masked && rung.newest.is_some() => format!("{} ({})", rung.title, rung.n),
            Language::English => english.clone(),
            Language::Chinese => chinese.clone(),
        };
        self.show(Cell::new(Tone::Warning, words.as_str()));
        self.ringing.n_unseen = self.ringing.n_unseen.saturating_add(rung.n);
        vec![Effect::Ring { title: rung.title.clone(), words }, Effect::Title(self.ringing.n_unseen)]
    }
}
