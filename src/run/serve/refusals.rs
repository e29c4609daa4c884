//! Reports refused requests in words, for users who read lines instead of a screen.

use std::time::Duration;

use crate::archive::KeptReader;
use crate::language::{Language, words};
use crate::record::traffic::Call;
use crate::run::receive::Receiver;
use crate::run::say;
use crate::text;

/// The pause between two lines.
const TELL_AGAIN: Duration = Duration::from_secs(1);
/// The number of entries of the request log that are searched for a refused request; they include handshakes.
const LOOK_BACK: usize = 100;

/// Reports from now on how many requests were refused and which was the last; at most one line per [`TELL_AGAIN`].
pub(super) fn tell(receiver: &Receiver, language: Language) {
    let (mut traffic, reader) = (receiver.traffic().clone(), KeptReader::new(&receiver.archive));
    let mut n_told = traffic.borrow().refused;
    tokio::spawn(async move {
        while traffic.changed().await.is_ok() {
            if traffic.borrow().refused == n_told {
                continue;
            }
            // The request is in the log by then.
            tokio::time::sleep(TELL_AGAIN).await;
            let n_refused = traffic.borrow_and_update().refused;
            let calls = reader.read(|reader| reader.calls(LOOK_BACK)).await;
            if let Some(last) = calls.unwrap_or_default().into_iter().find(|call| call.status >= 400) {
                // A closed stderr is ignored.
                drop(say(&line(n_refused - n_told, &last, language)));
            }
            n_told = n_refused;
        }
    });
}

fn line(n_refused: u64, last: &Call, language: Language) -> String {
    let Call { method, path, remote, status, reason, .. } = last;
    let reason = reason.of(language);
    let values: [&dyn std::fmt::Display; 6] = [&n_refused, method, path, remote, status, &reason];
    text::line(&words::PLAIN_REFUSED.with(language, &values)).into_owned()
}
