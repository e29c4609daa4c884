//! Cursor movement in a short list that is completely in memory. The inbox holds only a part of the archive and moves
//! its own cursor.

use crate::controls::action::Action;

use super::ScreenReply;

/// Moves the cursor at row `at` of `n`, if the action does that. A page is half of the rows on the screen.
pub(super) fn step(at: &mut usize, action: Action, n: usize, screen: usize) -> ScreenReply {
    let last = n.saturating_sub(1);
    let page = (screen / 2).max(1);
    let wanted = match action {
        Action::Down => *at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown | Action::HalfDown => *at + page,
        Action::PageUp | Action::HalfUp => at.saturating_sub(page),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return ScreenReply::pass(),
    };
    *at = wanted.min(last);
    ScreenReply::done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_its_list() {
        for (action, at, n, wanted) in [
            (Action::Down, 8, 10, 9),
            (Action::Down, 9, 10, 9),
            (Action::Up, 0, 10, 0),
            (Action::PageDown, 1, 10, 5),
            (Action::PageDown, 8, 10, 9),
            (Action::HalfUp, 5, 10, 1),
            (Action::Top, 7, 10, 0),
            (Action::Bottom, 0, 10, 9),
            (Action::Bottom, 0, 0, 0),
            (Action::Down, 0, 0, 0),
        ] {
            let mut moved = at;
            assert!(!step(&mut moved, action, n, 8).is_pass(), "{action:?}");
            assert_eq!(moved, wanted, "{action:?} from {at} of {n}");
        }
        assert!(step(&mut 3, Action::Star, 10, 8).is_pass());
    }
}
