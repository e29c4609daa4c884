//! The points of positions, as far as their numbers give one.

use crate::place::Point;
use crate::weibo::{Content, Message};

use super::Seq;

/// The maximum number of positions on one map: more than can be told apart, few enough to read again with every new
/// one.
pub const SPOTS: usize = 2_000;

/// The point of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The message.
    pub seq: Seq,
    /// The point, as sent.
    pub point: Point,
}

/// Returns the point of a position, as sent; `None` for other messages, and for numbers that are not a place
/// (protocol §10).
pub fn point(message: &Message) -> Option<Point> {
    let Content::Position { longitude, latitude } = &message.content else { return None };
    Point::read(latitude, longitude)
}
