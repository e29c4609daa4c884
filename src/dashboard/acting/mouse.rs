//! Mouse input: it goes to the top screen or to the panes visible below it. Hidden screens get none.

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::dashboard::over::{Responder, ScreenInput, ScreenReply};
use crate::dashboard::{Effect, State, World};

impl State {
    /// Handles the wheel. If nothing lies over the panes and the mouse is over the detail, its text scrolls.
    pub(in crate::dashboard) fn scroll(&mut self, rows: isize, (column, row): (u16, u16)) -> Vec<Effect> {
        if self.stack.is_empty() && self.world.layout().detail.unpadded().contains(column, row) {
            self.detail.scroll_by(rows, &self.world);
            return Vec::new();
        }
        self.point(ScreenInput::Scroll(rows))
    }

    /// Handles mouse input. In a screen that covers the panes, a click closes the screen and the wheel moves its
    /// cursor. If the panes are visible, input that the top screen does not handle goes to the list, or to the
    /// checklist in its place.
    pub(in crate::dashboard) fn point(&mut self, input: ScreenInput<'_>) -> Vec<Effect> {
        let world = &self.world;
        let mut reply = ScreenReply::pass();
        if let Some(top) = self.stack.last_mut() {
            let traits = top.traits();
            let over = top.screen_mut();
            reply = over.act(input, world);
            if reply.is_pass() && traits.covers_panes {
                reply = if let ScreenInput::Scroll(rows) = input {
                    turn(over, traits.is_asking, rows, world)
                } else {
                    ScreenReply::close()
                };
            }
        }
        if reply.is_pass() {
            reply = match input {
                _ if !world.has_checklist => self.list.act(input, world),
                ScreenInput::Scroll(rows) => turn(&mut self.checklist, false, rows, world),
                _ => ScreenReply::done(),
            };
        }
        self.carry_out(reply)
    }
}

/// Moves the cursor of a screen by a number of rows: with arrow keys in a screen that takes text or answers, with
/// actions in others.
fn turn(screen: &mut dyn Responder, is_asking: bool, rows: isize, world: &World) -> ScreenReply {
    let (action, code) = if rows > 0 { (Action::Down, KeyCode::Down) } else { (Action::Up, KeyCode::Up) };
    let input = if is_asking { ScreenInput::Key(Key::plain(code)) } else { ScreenInput::Action(action) };
    let replies = (0..rows.unsigned_abs()).map(|_row| screen.act(input, world));
    replies.last().filter(|reply| !reply.is_pass()).unwrap_or_default()
}
