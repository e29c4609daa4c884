//! Statistics on the whole screen: what was counted, and of which kind the charts are.

use crate::controls::action::Action;
use crate::dashboard::refresh::Refresh;
use crate::dashboard::{Effect, Event, World};
use crate::language::words;
use crate::record::statistics::Statistics;
use crate::weibo::Kind;

use super::{Responder, SHOWS, ScreenReply, Traits, cursor};

pub(super) const TRAITS: Traits = Traits {
    hints: &[(Action::Down, words::HINT_KIND), (Action::Up, words::HINT_UP), (Action::Back, words::HINT_BACK)],
    closed_by: &[Action::Back, Action::Close, Action::Statistics],
    ..SHOWS
};

/// What is on the screen.
#[derive(Debug, Clone)]
pub struct StatisticsCharts {
    /// What was counted; `None` before the first time.
    pub counted: Option<Statistics>,
    refresh: Refresh,
    /// The row with the cursor, whose messages the charts show: all, then a row for each kind.
    pub selected: usize,
}

impl Default for StatisticsCharts {
    fn default() -> Self {
        Self { counted: None, refresh: Refresh::Running, selected: 0 }
    }
}

impl StatisticsCharts {
    pub(super) fn open(_: &World) -> ScreenReply {
        ScreenReply::open(Self::default()).and([Effect::LoadStatistics])
    }

    /// The kinds that are counted together: all for row 0, then one a row; none further on.
    pub fn kinds(row: usize) -> &'static [Kind] {
        match row.checked_sub(1) {
            None => &Kind::ALL,
            Some(kind) => Kind::ALL.get(kind..=kind).unwrap_or_default(),
        }
    }
}

impl Responder for StatisticsCharts {
    fn choose(&mut self, action: Action, _world: &World) -> ScreenReply {
        cursor::step(&mut self.selected, action, Kind::ALL.len() + 1, Kind::ALL.len())
    }

    fn take(&mut self, event: &Event, _world: &World) -> ScreenReply {
        let is_wanted = match event {
            Event::Statistics(statistics) => {
                self.counted = Some(statistics.clone());
                self.refresh.came()
            }
            Event::Traffic(_) => self.refresh.ask(),
            Event::Failed(_) => {
                self.refresh.fail();
                false
            }
            _ => false,
        };
        ScreenReply::done().and(is_wanted.then_some(Effect::LoadStatistics))
    }
}
