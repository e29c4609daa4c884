//! Data for the terminal apart from the frames of the screen: pictures, and commands to forget them. Each is
//! sent in pieces, because the line may be slow. Between two pieces the screen may be drawn, but no other
//! picture may be sent.

use std::collections::VecDeque;

/// The queue of unsent data. Pictures come before animation frames.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    /// The remaining pieces of what is being sent.
    begun: VecDeque<String>,
    /// Pictures, and commands to forget them.
    pub(super) pictures: VecDeque<Vec<String>>,
    /// Frames of animations whose pictures were sent.
    pub(super) frames: VecDeque<Vec<String>>,
}

impl Unsent {
    pub(super) fn is_empty(&self) -> bool {
        !self.has_picture() && self.frames.is_empty()
    }

    /// Returns whether a picture waits, or something is only partly sent.
    pub(super) fn has_picture(&self) -> bool {
        !self.begun.is_empty() || !self.pictures.is_empty()
    }

    /// Returns the next piece.
    pub(super) fn next(&mut self) -> Option<String> {
        if self.begun.is_empty() {
            self.begun = self.pictures.pop_front().or_else(|| self.frames.pop_front())?.into();
        }
        self.begun.pop_front()
    }

    /// Drops everything except the last piece of what is being sent, so that the terminal does not wait for
    /// more.
    pub(super) fn break_off(&mut self) {
        self.begun.drain(..self.begun.len().saturating_sub(1));
        self.pictures.clear();
        self.frames.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn rest(unsent: &mut Unsent) -> String {
        std::iter::from_fn(|| unsent.next()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pictures_come_before_frames_and_nothing_between_two_pieces() {
        let mut unsent = Unsent::default();
        unsent.frames.extend([pieces("f1 f2"), pieces("f3")]);
        assert!(!unsent.has_picture(), "it may be drawn while there are only frames");
        assert_eq!(unsent.next().as_deref(), Some("f1"));
        assert!(unsent.has_picture());
        unsent.pictures.push_back(pieces("p1 p2"));
        assert_eq!(rest(&mut unsent), "f2 p1 p2 f3");
        assert!(unsent.is_empty());
    }

    #[test]
    fn at_the_end_the_terminal_waits_for_no_piece() {
        let mut unsent = Unsent::default();
        unsent.pictures.extend([pieces("p1 p2 p3 p4"), pieces("p5")]);
        unsent.frames.push_back(pieces("f1"));
        unsent.next();
        unsent.break_off();
        assert_eq!(rest(&mut unsent), "p4");
        unsent.break_off();
        assert!(unsent.is_empty());
    }
}
