//! Alerts that ring while the screen is on: nothing rings for a message that is on a screen that the user looks at, and the
//! title counts what rang until the user comes back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Cell, Effect, Event, State, Tone};
use crate::language::Language;
use crate::record::Seq;

/// Where the terminal never says whether it has the focus, whoever pressed a key so lately looks at it.
const LOOKING: TimeDelta = TimeDelta::seconds(60);

/// An alert that rang.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The line above the words.
    pub title: String,
    /// What is told, in English and in Chinese.
    pub words: [String; 2],
    /// How many messages it rang for; 1 for what is wrong with weibox itself.
    pub n: u64,
    /// The newest of them.
    pub newest: Option<Seq>,
}

/// What is known of who looks at the screen.
#[derive(Debug, Clone, Default)]
pub(super) struct Ringing {
    /// Whether the terminal has the focus, if it ever said so.
    has_focus: Option<bool>,
    touched_at: Option<DateTime<Utc>>,
    /// For how many messages it rang since the user was here.
    n_unseen: u64,
}

impl Ringing {
    fn is_looked_at(&self, now: DateTime<Utc>) -> bool {
        self.has_focus.unwrap_or_else(|| self.touched_at.is_some_and(|at| now - at < LOOKING))
    }

    /// The user is here; the title has nothing to count any more.
    fn come_back(&mut self) -> Option<Effect> {
        (std::mem::take(&mut self.n_unseen) > 0).then_some(Effect::Title(0))
    }
}

impl State {
    /// Takes note of whether the user did something, or others did.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nobody did anything")]
    pub(super) fn notice_user(&mut self, event: &Event) -> Vec<Effect> {
        match event {
            Event::Key(_) | Event::Pasted(_) | Event::Clicked(..) | Event::Scrolled(_) => {
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
            // The words may be those of a message.
            _ if self.world.looks.is_masked && rung.newest.is_some() => format!("{} ({})", rung.title, rung.n),
            Language::English => english.clone(),
            Language::Chinese => chinese.clone(),
        };
        self.notice = Some(Cell::new(Tone::Warning, words.as_str()));
        self.ringing.n_unseen = self.ringing.n_unseen.saturating_add(rung.n);
        vec![Effect::Ring { title: rung.title.clone(), words }, Effect::Title(self.ringing.n_unseen)]
    }
}
