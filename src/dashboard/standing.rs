//! The relation of the dashboard to the listening process, and what it may change.

use crate::language::{Words, attach};
use crate::reason::Reason;

use super::{Effect, State, Tone};

/// The relation of the dashboard to the listening process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// This process listens.
    #[default]
    Listening,
    /// This process listens, as a demo.
    Demo,
    /// Another process listens.
    Attached {
        /// Whether this dashboard cannot change anything.
        is_read_only: bool,
        /// Whether that process is gone.
        is_gone: bool,
    },
}

impl Standing {
    /// Returns why this dashboard cannot change anything, or `None` if it can.
    pub const fn why_unchanged(self) -> Option<Words> {
        match self {
            Self::Attached { is_read_only: true, .. } => Some(attach::READ_ONLY),
            Self::Attached { is_gone: true, .. } => Some(attach::NOBODY_LISTENS),
            Self::Listening | Self::Demo | Self::Attached { .. } => None,
        }
    }

    /// Returns whether the listening process is gone.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Attached { is_gone: true, .. })
    }
}

impl Effect {
    /// Returns whether the effect changes something that others see.
    const fn is_change(&self) -> bool {
        matches!(
            self,
            Self::Change(_) | Self::Prefetch(_) | Self::Sample | Self::Simulate(_) | Self::Keep(_) | Self::SendTo(_)
        )
    }
}

impl State {
    /// Removes the effects that this dashboard must not carry out, and says so if the user asked for them.
    pub(super) fn refuse_changes(&mut self, effects: &mut Vec<Effect>, is_wished: bool) {
        let Some(words) = self.world.setup.standing.why_unchanged() else { return };
        let n_before = effects.len();
        effects.retain(|effect| !effect.is_change());
        if is_wished && effects.len() < n_before {
            self.say(Tone::Warning, words, &[]);
        }
    }

    /// Records that the listening process is gone or back.
    pub(super) fn stand(&mut self, gone: Option<&Reason>) {
        let Standing::Attached { is_read_only, .. } = self.world.setup.standing else { return };
        self.world.setup.standing = Standing::Attached { is_read_only, is_gone: gone.is_some() };
        match gone {
            Some(reason) => self.tell(reason),
            None => self.say(Tone::Good, attach::BACK, &[]),
        }
    }
}
