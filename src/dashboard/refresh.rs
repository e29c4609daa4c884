//! What is on the screen and read again when the archive changes: once at a time, and once more for what happens meanwhile.

use super::{Overlay, State};

/// How far the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Refresh {
    /// Nobody reads.
    #[default]
    Idle,
    /// It is being read.
    Running,
    /// It is being read, and something happened since.
    Stale,
}

impl Refresh {
    /// Something happened: returns whether to have it read now.
    pub(super) fn ask(&mut self) -> bool {
        let is_idle = *self == Self::Idle;
        *self = if is_idle { Self::Running } else { Self::Stale };
        is_idle
    }

    /// The reading is over: returns whether to have it read once more.
    pub(super) fn came(&mut self) -> bool {
        std::mem::take(self) == Self::Stale && self.ask()
    }

    /// It does not come: the next change asks again.
    pub(super) fn fail(&mut self) {
        *self = Self::Idle;
    }
}

impl State {
    /// The view over the list, also while a menu lies over it.
    pub(super) fn open_view(&mut self) -> Option<&mut Overlay> {
        self.under.as_mut().or(self.overlay.as_mut())
    }

    /// It may have been what a view waits for. If it was something else, the view asks once too often.
    pub(super) fn refresh_failed(&mut self) {
        self.jobs.refresh.fail();
        match self.open_view() {
            Some(Overlay::Statistics(shown)) => shown.refresh.fail(),
            Some(Overlay::Map(chart)) => chart.refresh.fail(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_under_way_and_one_more_stands_for_all_that_happened_meanwhile() {
        let mut refresh = Refresh::default();
        assert_eq!([(); 3].map(|()| refresh.ask()), [true, false, false]);
        assert_eq!([(); 2].map(|()| refresh.came()), [true, false]);
        assert_eq!((refresh.ask(), refresh.ask()), (true, false));
        refresh.fail();
        assert!(refresh.ask());
    }
}
