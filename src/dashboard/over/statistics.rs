//! The full-screen statistics: the counts, and the kind that the charts show.

use crate::controls::action::Action;
use crate::dashboard::refresh::Refresh;
use crate::dashboard::{Effect, Event, World};
use crate::language::words;
use crate::record::statistics::Statistics;
use crate::weibo::Kind;

use super::{Responder, SHOWS, ScreenReply, Traits, cursor};

pub(super) const TRAITS: Traits = Traits {
    hints: &[
        (Action::Down, words::HINT_KIND),
        (Action::Up, words::HINT_PREVIOUS_KIND),
        (Action::Back, words::HINT_BACK),
    ],
    closed_by: &[Action::Back, Action::Close, Action::Statistics],
    ..SHOWS
};

/// The statistics while they are open.
#[derive(Debug, Clone)]
pub struct StatisticsCharts {
    /// The counts; `None` until they are loaded.
    pub counted: Option<Statistics>,
    refresh: Refresh,
    /// The index of the row with the cursor, whose messages the charts show: first all messages, then a row for each
    /// kind.
    pub selected: usize,
}

impl StatisticsCharts {
    pub(super) fn open(_: &World) -> ScreenReply {
        let charts = Self { counted: None, refresh: Refresh::Running, selected: 0 };
        ScreenReply::open(charts).and([Effect::LoadStatistics])
    }

    /// Returns the kinds that a row counts: all for row 0, then one per row, and none after the last row.
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
