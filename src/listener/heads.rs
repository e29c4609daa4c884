//! The heads of the last callbacks: what the author of a bot wants to see of a call besides its body. In memory alone,
//! because they are worth nothing a day later and would cost every answer a write.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use hyper::Request;

use crate::record::Seq;
use crate::record::traffic::Head;

/// The callbacks whose heads are kept; then the oldest go. A head of Weibo's has some hundred bytes, and one that is
/// signed by somebody else is at most as long as the listener takes.
pub const HEADS: usize = 1_000;

/// The heads, by the number of the message; a message that came again has that of its last delivery.
#[derive(Debug, Default)]
pub struct Heads {
    kept: Mutex<VecDeque<(Seq, Head)>>,
}

impl Heads {
    /// The head of a message's last delivery; `None` when it came before this start, or too many came since.
    pub fn of(&self, seq: Seq) -> Option<Head> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().find(|(other, _)| *other == seq).map(|(_, head)| head.clone())
    }

    pub(super) fn keep(&self, seq: Seq, head: Head) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == HEADS {
            kept.pop_front();
        }
        kept.push_back((seq, head));
    }
}

/// The request line and the headers, a line each.
pub(super) fn lines<B>(request: &Request<B>) -> String {
    let mut lines = String::with_capacity(512);
    // A string takes every write.
    let _infallible = write!(lines, "{} {} {:?}", request.method(), request.uri(), request.version());
    for (name, value) in request.headers() {
        // Each of them formatted would cost as much as parsing them did.
        for part in ["\n", name.as_str(), ": ", &String::from_utf8_lossy(value.as_bytes())] {
            lines.push_str(part);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_newest_are_kept_and_a_repeat_is_the_newest() {
        let heads = Heads::default();
        let head = |number: Seq| {
            let remote = std::net::Ipv4Addr::LOCALHOST.into();
            Head { remote, lines: number.to_string(), answered_in: Duration::ZERO }
        };
        for number in 0..=HEADS as Seq {
            heads.keep(number, head(number));
        }
        heads.keep(5, head(7));
        assert_eq!(heads.of(0), None);
        assert_eq!(heads.of(5), Some(head(7)));
        assert_eq!(heads.of(HEADS as Seq), Some(head(HEADS as Seq)));
    }
}
