//! The times at which the loop draws and looks for news. It knows no screen and no archive.
//!
//! Input is drawn at once; news from outside is looked at once a frame: a flood costs no more than a trickle,
//! and a page is read only for a frame that shows it.

use std::time::Duration;

use tokio::time::Instant;

use crate::record::Seq;

/// The minimum time between the starts of two frames, however long the terminal takes to read a picture: a
/// key is answered by the next frame, and a message is on the screen within 17 ms of its arrival, including
/// its sync and its page.
const FRAME: Duration = Duration::from_millis(7);
/// The time between two looks in a flood: 60 frames a second are more than users and links need when lines pass too
/// fast to read.
const FLOOD_FRAME: Duration = Duration::from_micros(16_667);
/// More messages than this at one look are a flood.
const FLOOD: Seq = 24;
/// The dashboard is quiet when it has not looked for news for this long.
const QUIET: Duration = Duration::from_secs(3);

/// The next times to draw and to look.
#[derive(Debug)]
pub(super) struct Pace {
    /// The earliest time of the next frame.
    pub(super) next_frame: Instant,
    /// The earliest time of the next look.
    pub(super) next_look: Instant,
    looked_at: Instant,
    /// How long the last page took to read.
    reading: Duration,
    /// The time between two looks.
    pause: Duration,
}

impl Pace {
    /// Starts with everything due at once.
    pub(super) const fn new(now: Instant) -> Self {
        Self { next_frame: now, next_look: now, looked_at: now, reading: Duration::ZERO, pause: FRAME }
    }

    /// Records the start of a frame. The next look comes early enough for its page to be ready for the next
    /// frame.
    pub(super) fn drawing(&mut self, now: Instant) {
        self.next_frame = now + FRAME;
        self.next_look = now + self.pause.saturating_sub(self.reading);
    }

    /// Records a look, and how many messages had come.
    pub(super) fn looked(&mut self, now: Instant, n_messages: Seq) {
        self.pause = if n_messages > FLOOD { FLOOD_FRAME } else { FRAME };
        self.looked_at = now;
        self.next_look = now + self.pause;
    }

    /// Returns whether nothing has come for a while, so that there is time to look for other changes.
    pub(super) fn is_quiet(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.looked_at) > QUIET
    }

    /// Records that the page of the last look is ready.
    pub(super) fn read(&mut self, now: Instant) {
        self.reading = now.saturating_duration_since(self.looked_at);
    }
}

/// Sleeps for this long; for ever if `None`.
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
