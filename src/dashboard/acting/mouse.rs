//! What the mouse does: to the top screen, or to what is seen below it. Nothing that is out of sight is hit.

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::dashboard::over::{Responder, ScreenInput, ScreenReply};
use crate::dashboard::{Effect, State, World};

impl State {
    /// The mouse did something. A screen that covers the panes is closed by a click, and the wheel moves its cursor; where the panes
    /// are seen, both are for the list or for the steps in its place.
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

/// Moves the cursor of a screen by rows: where something is typed or chosen as the arrows do, elsewhere as what they ask for.
fn turn(screen: &mut dyn Responder, is_asking: bool, rows: isize, world: &World) -> ScreenReply {
    let (action, code) = if rows > 0 { (Action::Down, KeyCode::Down) } else { (Action::Up, KeyCode::Up) };
    let input = if is_asking { ScreenInput::Key(Key::plain(code)) } else { ScreenInput::Action(action) };
    let replies = (0..rows.unsigned_abs()).map(|_row| screen.act(input, world));
    replies.last().filter(|reply| !reply.is_pass()).unwrap_or_default()
}
