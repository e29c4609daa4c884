//! How the dashboard stands to the process that listens, and what may be changed from here.

use crate::language::{Words, attach};
use crate::reason::Reason;

use super::{Effect, State, Tone};

/// How the dashboard stands to the process that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// It is this one.
    #[default]
    Listening,
    /// It is this one, for show.
    Demo,
    /// It is another one.
    Attached {
        /// Whether nothing can be changed from here.
        is_read_only: bool,
        /// Whether it has gone.
        is_gone: bool,
    },
}

impl Standing {
    /// Why nothing can be changed from here; `None` when it can.
    pub const fn why_unchanged(self) -> Option<Words> {
        match self {
            Self::Attached { is_read_only: true, .. } => Some(attach::READ_ONLY),
            Self::Attached { is_gone: true, .. } => Some(attach::NOBODY_LISTENS),
            Self::Listening | Self::Demo | Self::Attached { .. } => None,
        }
    }

    /// Whether the process that listens has gone.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Attached { is_gone: true, .. })
    }
}

impl Effect {
    /// Whether something is changed by it that others see.
    const fn is_change(&self) -> bool {
        matches!(
            self,
            Self::Cancel(_)
                | Self::Remove(_)
                | Self::Discard(_)
                | Self::Restore
                | Self::Download(_)
                | Self::Prefetch(_)
                | Self::Mark(..)
                | Self::Mute(..)
                | Self::Sample
                | Self::Simulate(_)
                | Self::Keep(_)
                | Self::Target(..)
                | Self::SendTo(_)
                | Self::KeepProfile { .. }
                | Self::Relabel(_)
        )
    }
}

impl State {
    /// Takes out of the effects what cannot be changed from here. What the user wished for is told.
    pub(super) fn refuse_changes(&mut self, effects: &mut Vec<Effect>, is_wished: bool) {
        let Some(words) = self.world.setup.standing.why_unchanged() else { return };
        let n_before = effects.len();
        effects.retain(|effect| !effect.is_change());
        if is_wished && effects.len() < n_before {
            self.say(Tone::Warning, words, &[]);
        }
    }

    /// The process that listens has gone, or is back.
    pub(super) fn stand(&mut self, gone: Option<&Reason>) {
        let Standing::Attached { is_read_only, .. } = self.world.setup.standing else { return };
        self.world.setup.standing = Standing::Attached { is_read_only, is_gone: gone.is_some() };
        match gone {
            Some(reason) => self.tell(reason),
            None => self.say(Tone::Good, attach::BACK, &[]),
        }
    }
}
