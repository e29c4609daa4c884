//! State → frame. It reads the state and never changes it. All text from outside goes through [`crate::text`].
//!
//! ```text
//! ┌────────────────────────────── header ──────────────────────────────┐
//! │                                tabs                                │
//! │┌──────────────── list ────────────────┐┌───────── detail ─────────┐│
//! ││ TIME        T SENDER  MESSAGE   FILE ││                          ││
//! ││                                      ││                          ││
//! ││                                      │└──────────────────────────┘│
//! ││                                      │┌─────── downloads ────────┐│
//! │└──────────────────────────────────────┘└──────────────────────────┘│
//! │                               status                               │
//! └────────────────────────────── footer ──────────────────────────────┘
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::controls::layout::Shape;
use crate::dashboard::State;

mod detail;
mod downloads;
mod footer;
mod header;
mod list;
mod over;
mod paint;
mod parts;
mod picture;
mod typed;

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    draw(state, frame);
    paint::paint(frame.buffer_mut(), state.world().looks);
}

fn draw(state: &State, frame: &mut Frame<'_>) {
    let layout = state.world().layout();
    header::draw(state, frame, parts::rect(layout.header));
    if layout.shape == Shape::Line {
        draw_below_line(state, frame);
    } else {
        parts::draw_frames(frame, &layout);
        header::draw_tabs(state, frame, parts::rect(layout.tabs));
        list::draw(state, frame, &layout);
        detail::draw(state, frame, &layout);
        downloads::draw(state, frame, &layout);
        footer::draw_status(state, frame, parts::rect(layout.status));
        footer::draw(state, frame, parts::rect(layout.footer));
    }
    over::draw(state, frame);
}

/// Draws the last notice below a layout of one line, because keys have effects there too.
fn draw_below_line(state: &State, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let below = Rect { y: 1, height: screen.height.saturating_sub(1), ..screen }.intersection(screen);
    if !below.is_empty() && state.search().is_none() {
        footer::draw_status(state, frame, below);
    }
}
