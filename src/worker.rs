//! Workers: what goes on in the background for as long as weibox runs. A panic costs a worker what it was at, and it starts
//! again. That there was one is told by [`terminal::panics`](crate::terminal::panics).

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

/// The pause after a fault until a worker starts again: a fault that stays must not keep the processor busy.
const RESTART: Duration = Duration::from_secs(1);

/// Has a worker work, again after each panic, until it ends by itself; at `stop` it must.
pub async fn keep_running<W: Future>(name: &str, stop: &CancellationToken, mut start: impl FnMut() -> W) -> W::Output {
    loop {
        if let Ok(ended) = AssertUnwindSafe(start()).catch_unwind().await {
            return ended;
        }
        tracing::error!("{name} broke off; it starts again");
        drop(tokio::time::timeout(RESTART, stop.cancelled()).await);
    }
}

/// The same of a worker that may fail, for `of`: it is tried again after a pause.
pub async fn keep_trying<E: fmt::Display, W: Future<Output = Result<(), E>>>(
    (name, of): (&str, &str),
    stop: &CancellationToken,
    mut start: impl FnMut() -> W,
) {
    while !stop.is_cancelled() {
        let Err(error) = keep_running(name, stop, &mut start).await else { return };
        tracing::error!(%error, of, "{name} failed; it is tried again");
        drop(tokio::time::timeout(RESTART, stop.cancelled()).await);
    }
}
