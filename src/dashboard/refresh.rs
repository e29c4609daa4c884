//! What is on the screen and read again when the archive changes: once at a time, and once more for what happens meanwhile.

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
