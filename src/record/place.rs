//! Where a position is, as far as its numbers say.

use crate::place::Point;
use crate::weibo::{Content, Message};

/// The point of a position, as sent; `None` of other messages, and of numbers that are no place (protocol §10).
#[must_use]
pub fn point(message: &Message) -> Option<Point> {
    match &message.content {
        Content::Position { longitude, latitude } => Point::read(latitude, longitude),
        Content::Text
        | Content::Voice(_)
        | Content::Image(_)
        | Content::Event { .. }
        | Content::Mention { .. }
        | Content::Unknown(_)
        | Content::Unreadable { .. } => None,
    }
}
