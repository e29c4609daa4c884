//! How actions move the cursor of a short list that is wholly in memory. The inbox, which is a window on the archive,
//! moves its own.

use crate::controls::action::Action;

use super::ScreenReply;

/// Where the cursor of a list of `n` rows goes from the row `at`; `None` for an action that moves no cursor. Half of the rows
/// of the screen are a page.
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
