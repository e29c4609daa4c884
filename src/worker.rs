//! Workers: background tasks that run as long as weibox does. A worker that panics loses its current work and
//! starts again. [`terminal::panics`](crate::terminal::panics) reports the panic. [`begin`] is for work that is done
//! once, in order.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::task::unconstrained;
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

/// Begins work at once, and lets it go on as a task of its own when it has to wait. So works reach the first thing that
/// they wait for, such as a queue, in the order in which they are begun; tasks that are spawned may do so in any order.
/// What comes before that holds up the caller, and must not block. A panic ends only this work.
pub fn begin(mut work: BoxFuture<'static, ()>) {
    // Unconstrained, because the caller's task may have used up what tokio allows it without a pause.
    let begun = AssertUnwindSafe(unconstrained(work.as_mut())).catch_unwind().now_or_never();
    if begun.is_none() {
        tokio::spawn(work);
    }
}
