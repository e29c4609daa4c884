//! Statistics while they are shown: what was counted, and of which kind the charts are.

use crate::record::statistics::Statistics;
use crate::weibo::Kind;

use super::refresh::Refresh;
use super::{Effect, Overlay, State};
use crate::controls::action::Action;

/// What is on the screen.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What was counted; `None` before the first time.
    pub counted: Option<Statistics>,
    pub(super) refresh: Refresh,
    /// The row with the cursor: all messages, then a row for each kind.
    row: usize,
}

impl State {
    /// Takes what was counted.
    pub(super) fn take_statistics(&mut self, statistics: Statistics) -> Option<Effect> {
        let Some(Overlay::Statistics(shown)) = self.open_view() else { return None };
        shown.counted = Some(statistics);
        shown.refresh.came().then_some(Effect::LoadStatistics)
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self { counted: None, refresh: Refresh::Running, row: 0 }
    }
}

impl Shown {
    /// The kinds that are counted together: all for 0, then each alone; none further on.
    #[must_use]
    pub fn row(index: usize) -> &'static [Kind] {
        match index.checked_sub(1) {
            None => &Kind::ALL,
            Some(kind) => Kind::ALL.get(kind..=kind).unwrap_or_default(),
        }
    }

    /// The row with the cursor, whose messages the charts show.
    #[must_use]
    pub const fn selected(&self) -> usize {
        self.row
    }

    /// Moves the cursor, and says whether it is a wish to do so.
    pub(super) fn act(&mut self, action: Option<Action>) -> bool {
        let Some(row) = super::cursor::moved(action, self.row, Kind::ALL.len() + 1, Kind::ALL.len()) else {
            return false;
        };
        self.row = row;
        true
    }
}
