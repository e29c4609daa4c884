//! Finds out whether the holder still answers, without waking it: the system shows whether its process is
//! stopped. A ping is sent only when the user is at the screen, or after a long silence.

use std::fs;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::Instant;

/// The time between two checks while something may change: short enough for a user who looks at the screen.
const LOOK: Duration = Duration::from_secs(1);
/// The time after a key press or news during which the user may be looking. After it, nothing wakes up just
/// to check.
const ATTENDED: Duration = Duration::from_mins(1);
/// The silence after which a ping is sent even if nobody is at the screen.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The time after a ping after which the answer is late.
const LATE: Duration = Duration::from_secs(1);
/// The time after a ping after which the holder is given up.
const GIVEN_UP: Duration = Duration::from_secs(6);

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The holder is there, as far as is known.
    Fine,
    /// A ping is due; the caller sends it.
    Asked,
    /// The answer to the ping is late.
    Late,
    /// The holder does not answer any more.
    Silent,
    /// The holder's process is stopped and can send nothing until it continues.
    Stopped,
}

/// The holder at the other end of a connection.
#[derive(Debug)]
pub(super) struct Pulse {
    /// Its process id; `None` where the system does not provide it.
    process: Option<u32>,
    heard_at: Instant,
    looked_at: Instant,
    /// Time of the ping; `None` when none is unanswered.
    asked_at: Option<Instant>,
    /// Whether the user did something since the last ping or message.
    is_wanted: bool,
    attended_until: Instant,
    found: Sign,
}

impl Pulse {
    pub(super) fn new(stream: &UnixStream, now: Instant) -> Self {
        Self::of_process(process(stream), now)
    }

    fn of_process(process: Option<u32>, now: Instant) -> Self {
        Self {
            process,
            heard_at: now,
            looked_at: now,
            asked_at: None,
            is_wanted: false,
            attended_until: now + ATTENDED,
            found: Sign::Fine,
        }
    }

    /// Records that the holder sent something. News may make the user look at the screen. Returns the result
    /// of the last check.
    pub(super) fn heard(&mut self, is_news: bool, now: Instant) -> Sign {
        (self.heard_at, self.asked_at, self.is_wanted) = (now, None, false);
        if is_news {
            self.attended_until = now + ATTENDED;
        }
        std::mem::replace(&mut self.found, Sign::Fine)
    }

    /// Records that the user did something at the screen.
    pub(super) fn touched(&mut self, now: Instant) {
        (self.is_wanted, self.attended_until) = (true, now + ATTENDED);
    }

    /// Returns the result of the last check.
    pub(super) const fn found(&self) -> Sign {
        self.found
    }

    /// Returns the time of the next check.
    pub(super) fn next_look(&self, now: Instant) -> Instant {
        let soon = self.looked_at + LOOK;
        if self.found == Sign::Stopped || self.asked_at.is_some() {
            soon
        } else if self.is_wanted {
            soon.min(self.heard_at + LOOK)
        } else if now < self.attended_until {
            soon
        } else {
            soon.max(self.heard_at + HEARTBEAT)
        }
    }

    /// Checks the holder, and returns the result if it differs from the last one.
    pub(super) fn look(&mut self, now: Instant) -> Option<Sign> {
        let is_stopped = self.process.is_some_and(is_stopped);
        self.find(is_stopped, now)
    }

    fn find(&mut self, is_stopped: bool, now: Instant) -> Option<Sign> {
        self.looked_at = now;
        let found = if is_stopped {
            // It reads the ping when it continues.
            (self.heard_at, self.asked_at) = (now, None);
            Sign::Stopped
        } else if self.found == Sign::Stopped {
            self.heard_at = now;
            Sign::Fine
        } else {
            match self.asked_at.map(|at| now.saturating_duration_since(at)) {
                Some(passed) if passed >= GIVEN_UP => Sign::Silent,
                Some(passed) if passed >= LATE => Sign::Late,
                Some(_) => Sign::Asked,
                None => self.ask_in_time(now),
            }
        };
        let was = std::mem::replace(&mut self.found, found);
        (found != was).then_some(found)
    }

    fn ask_in_time(&mut self, now: Instant) -> Sign {
        let silence = if self.is_wanted { LOOK } else { HEARTBEAT };
        if now.saturating_duration_since(self.heard_at) < silence {
            return Sign::Fine;
        }
        (self.asked_at, self.is_wanted) = (Some(now), false);
        Sign::Asked
    }
}

/// Returns the id of the process at the other end; `None` where the system does not provide it.
pub(super) fn process(stream: &UnixStream) -> Option<u32> {
    u32::try_from(stream.peer_cred().ok()?.pid()?).ok()
}

/// Whether a process is stopped, by a signal or by a debugger. `false` where the system does not provide it.
pub(super) fn is_stopped(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The state follows the name, which may contain any characters.
    status.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['T', 't']))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks whenever a check is due, for some seconds. Returns each new result and its time, in seconds.
    fn looks(pulse: &mut Pulse, begin: Instant, seconds: u64, is_stopped: bool) -> Vec<(u64, Sign)> {
        let (mut found, mut now) = (Vec::new(), begin);
        loop {
            now = pulse.next_look(now).max(now);
            let passed = now.saturating_duration_since(begin).as_secs();
            if passed > seconds {
                return found;
            }
            found.extend(pulse.find(is_stopped, now).map(|sign| (passed, sign)));
        }
    }

    #[test]
    fn nobody_at_the_screen_asks_after_long_silences_only_and_who_is_there_at_once() {
        let begin = Instant::now();
        let mut pulse = Pulse::of_process(None, begin);
        assert_eq!(looks(&mut pulse, begin, 9, false), []);
        assert_eq!(looks(&mut pulse, begin, 10, false), [(10, Sign::Asked)]);
        let later = begin + Duration::from_secs(200);
        assert_eq!(pulse.heard(false, later), Sign::Asked);
        assert_eq!(pulse.next_look(later), later + HEARTBEAT, "an answer is no news");
        let touched_at = later + Duration::from_secs(5);
        pulse.touched(touched_at);
        let signs = [(0, Sign::Asked), (1, Sign::Late), (6, Sign::Silent)];
        assert_eq!(looks(&mut pulse, touched_at, 8, false), signs);
        assert_eq!(pulse.heard(true, touched_at), Sign::Silent);
        assert_eq!(pulse.found(), Sign::Fine);
    }

    #[test]
    fn who_is_stopped_is_found_while_somebody_may_look_and_is_asked_nothing() {
        let begin = Instant::now();
        let mut pulse = Pulse::of_process(None, begin);
        assert_eq!(looks(&mut pulse, begin, 20, true), [(1, Sign::Stopped)]);
        let later = begin + Duration::from_secs(25);
        pulse.touched(later);
        assert_eq!(pulse.find(false, later), Some(Sign::Fine), "it goes on");
        assert_eq!(pulse.next_look(later), later + LOOK);
    }
}
