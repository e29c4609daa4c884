//! When the loop draws, and when it looks at what came. It knows no screen and no archive.
//!
//! What is typed is drawn at once, what comes from outside is looked at once a frame: a flood costs no more than a trickle, and
//! a page is read only for a frame that shows it.

use std::time::Duration;

use tokio::time::Instant;

use crate::record::Seq;

/// The shortest time from the beginning of one frame to that of the next, however long the terminal takes to read a picture:
/// a key is answered by the next one, and a message that comes at any moment stands on the screen within 17 ms, its sync and
/// its page included.
const FRAME: Duration = Duration::from_millis(7);
/// The time between two looks in a flood: nobody reads every line then, and 60 frames a second are more than eyes and links
/// need.
const FLOOD_FRAME: Duration = Duration::from_micros(16_667);
/// More messages than this at one look are a flood.
const FLOOD: Seq = 24;
/// Nothing rings any more when nothing was looked at for so long.
const QUIET: Duration = Duration::from_secs(3);

/// The next moments.
#[derive(Debug)]
pub(super) struct Pace {
    /// Nothing is drawn before.
    pub(super) next_frame: Instant,
    /// Nothing that came is looked at before.
    pub(super) next_look: Instant,
    looked_at: Instant,
    /// How long the last page took.
    reading: Duration,
    /// Between two looks.
    pause: Duration,
}

impl Pace {
    /// Everything may be done at once.
    pub(super) const fn new(now: Instant) -> Self {
        Self { next_frame: now, next_look: now, looked_at: now, reading: Duration::ZERO, pause: FRAME }
    }

    /// A frame is begun. The next look is so early that its page is here when its frame is due.
    pub(super) fn drawing(&mut self, now: Instant) {
        self.next_frame = now + FRAME;
        self.next_look = now + self.pause.saturating_sub(self.reading);
    }

    /// It was looked, and this many messages had come.
    pub(super) fn looked(&mut self, now: Instant, n_messages: Seq) {
        self.pause = if n_messages > FLOOD { FLOOD_FRAME } else { FRAME };
        self.looked_at = now;
        self.next_look = now + self.pause;
    }

    /// Whether nothing came for a while, so that something else may be looked for: what comes is looked at anyway.
    pub(super) fn is_quiet(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.looked_at) > QUIET
    }

    /// The page that a look asked for is here.
    pub(super) fn read(&mut self, now: Instant) {
        self.reading = now.saturating_duration_since(self.looked_at);
    }
}

/// Waits for so long; for ever where there is nothing to wait for.
pub(super) async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trickle_is_drawn_every_frame_and_a_flood_sixty_times_a_second() {
        for (n_messages, expected) in [(FLOOD, FRAME), (FLOOD + 1, FLOOD_FRAME)] {
            let began_at = Instant::now();
            let mut pace = Pace::new(began_at);
            let mut drawn_at = Vec::new();
            for _ in 0..4 {
                let looked_at = pace.next_look;
                pace.looked(looked_at, n_messages);
                let read_at = looked_at + Duration::from_millis(3);
                pace.read(read_at);
                drawn_at.push(read_at.max(pace.next_frame));
                pace.drawing(read_at.max(pace.next_frame));
            }
            for pair in drawn_at.windows(2) {
                assert_eq!(pair[1] - pair[0], expected);
            }
        }
    }

    #[test]
    fn a_key_waits_for_no_look() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.looked(now, FLOOD + 1);
        pace.drawing(now);
        assert!(pace.next_frame < pace.next_look);
    }
}
