//! Workers: background tasks that run as long as weibox does. A worker that panics loses its current work and
//! starts again. [`terminal::panics`](crate::terminal::panics) reports the panic.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

/// Pause before a worker starts again after a fault, so that a lasting fault does not keep the processor busy.
const RESTART: Duration = Duration::from_secs(1);

/// Runs a worker, and again after each panic, until it ends by itself. It must end when `stop` is cancelled.
pub async fn keep_running<W: Future>(name: &str, stop: &CancellationToken, mut start: impl FnMut() -> W) -> W::Output {
    loop {
        if let Ok(ended) = AssertUnwindSafe(start()).catch_unwind().await {
            return ended;
        }
        tracing::error!("{name} broke off; it starts again");
        drop(tokio::time::timeout(RESTART, stop.cancelled()).await);
    }
}

/// Runs a worker for `of` as [`keep_running`] does, and also again, after a pause, when it fails.
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
