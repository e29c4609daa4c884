//! Cursor movement in a short list that is completely in memory. The inbox holds only a part of the archive and moves
//! its own cursor.

use crate::controls::action::Action;

use super::ScreenReply;

/// Returns the new position of the cursor at row `at` of `n`, or `None` if the action moves no cursor. A page is half
/// of the rows on the screen.
fn moved(action: Action, at: usize, n: usize, screen: usize) -> Option<usize> {
    let last = n.saturating_sub(1);
    let page = (screen / 2).max(1);
    let wanted = match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown | Action::HalfDown => at + page,
        Action::PageUp | Action::HalfUp => at.saturating_sub(page),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    };
    Some(wanted.min(last))
}

/// Moves a cursor, if the action does that.
pub(super) fn step(at: &mut usize, action: Action, n: usize, screen: usize) -> ScreenReply {
    let moved = moved(action, *at, n, screen);
    *at = moved.unwrap_or(*at);
    if moved.is_some() { ScreenReply::done() } else { ScreenReply::pass() }
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
            assert_eq!(moved(action, at, n, 8), Some(wanted), "{action:?} from {at} of {n}");
        }
        assert_eq!(moved(Action::Star, 3, 10, 8), None);
    }
}
