//! Where positions are, as far as their numbers say.

use crate::place::Point;
use crate::weibo::{Content, Message};

use super::Seq;

/// The most positions that are put on one map: more than can be told apart, few enough to read again with every new one.
pub const SPOTS: usize = 2_000;

/// Where a position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which message.
    pub seq: Seq,
    /// The point, as sent.
    pub point: Point,
}

/// The point of a position, as sent; `None` of other messages, and of numbers that are no place (protocol §10).
pub fn point(message: &Message) -> Option<Point> {
    let Content::Position { longitude, latitude } = &message.content else { return None };
    Point::read(latitude, longitude)
}
