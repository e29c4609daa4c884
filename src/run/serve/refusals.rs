//! Refused calls in words, for whoever reads lines instead of a screen.

use std::time::Duration;

use crate::language::{Language, words};
use crate::record::traffic::Call;
use crate::run::receive::Receiver;
use crate::run::say;
use crate::text;

/// The pause between two lines.
const TELL_AGAIN: Duration = Duration::from_secs(1);
/// So many entries of the request log are looked at for a refused call; handshakes are there, too.
const LOOK_BACK: usize = 100;

/// Says from now on how many calls were refused, and what the last of them was; a flood of them is one line in [`TELL_AGAIN`].
pub(super) fn tell(receiver: &Receiver, language: Language) -> anyhow::Result<()> {
    let (mut traffic, mut reader) = (receiver.traffic().clone(), receiver.archive.reader()?);
    let mut n_told = traffic.borrow().refused;
    tokio::spawn(async move {
        while traffic.changed().await.is_ok() {
            if traffic.borrow().refused == n_told {
                continue;
            }
            // The call is in the log by then.
            tokio::time::sleep(TELL_AGAIN).await;
            let n_refused = traffic.borrow_and_update().refused;
            let looked = tokio::task::spawn_blocking(move || {
                let calls = reader.calls(LOOK_BACK);
                (reader, calls)
            });
            let Ok((given_back, calls)) = looked.await else { return };
            reader = given_back;
            if let Some(last) = calls.unwrap_or_default().into_iter().find(|call| call.status >= 400) {
                // Nobody is left to tell when stderr is gone.
                drop(say(&line(n_refused - n_told, &last, language)));
            }
            n_told = n_refused;
        }
    });
    Ok(())
}

fn line(n_refused: u64, last: &Call, language: Language) -> String {
    let Call { method, path, remote, status, reason, .. } = last;
    let reason = reason.of(language);
    let values: [&dyn std::fmt::Display; 6] = [&n_refused, method, path, remote, status, &reason];
    text::line(&words::PLAIN_REFUSED.with(language, &values)).into_owned()
}
