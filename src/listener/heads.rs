//! Keeps the heads of recent callbacks for authors of bots, who want to see more of a callback than its body.
//! They are kept in memory only: a day later they are worthless, and saving them would cost each answer a write.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use hyper::Request;

use crate::record::Seq;
use crate::record::traffic::Head;

/// The number of callbacks whose heads are kept; then the oldest are dropped. Weibo's heads have some hundred
/// bytes; heads from other signers are limited by the listener.
pub const HEADS: usize = 1_000;

/// The heads by message number. A repeated message has the head of its last delivery.
#[derive(Debug, Default)]
pub struct Heads {
    kept: Mutex<VecDeque<(Seq, Head)>>,
}

impl Heads {
    /// Returns the head of a message's last delivery, or `None` if it came before this start or too many came
    /// since.
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

/// Returns the request line and the headers, one per line.
pub(super) fn lines<B>(request: &Request<B>) -> String {
    let mut lines = String::with_capacity(512);
    // Writing to a string cannot fail.
    let _infallible = write!(lines, "{} {} {:?}", request.method(), request.uri(), request.version());
    for (name, value) in request.headers() {
        // Formatting each header would cost as much as parsing it.
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
