//! `--metrics`: figures for Prometheus (`/metrics`) and a health check (`/healthz`). They have an address of their
//! own, so that the address for Weibo reveals nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::language::{Language, commands};
use crate::reason::{Reason, start};
use crate::web::serving::{self, Body, full, respond};

use super::say;
use super::status::{Facts, status};
use figures::Figures;

mod figures;

/// The maximum number of connections at once. A newcomer takes the seat of the one that is idle for longest.
const CALLERS: usize = 16;
/// The maximum duration of a request, from its first byte to the end of the response.
const PATIENCE: Duration = Duration::from_secs(10);
/// Content type of text for people and scripts.
const PLAIN: &str = "text/plain; charset=utf-8";

/// Returns the `given` socket, or one that listens at the address in the config; `None` if the config names none.
pub(super) fn bind(
    config: &Config,
    given: Option<std::net::TcpListener>,
) -> anyhow::Result<Option<std::net::TcpListener>> {
    let Some(address) = config.metrics_listen.value else { return Ok(None) };
    let failed = |error: io::Error| start::NO_METRICS.with(address).with(&error);
    let socket = given.map_or_else(|| std::net::TcpListener::bind(address), Ok).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    Ok(Some(socket))
}

/// Serves requests on a socket until `stop`.
pub(super) fn start(socket: &std::net::TcpListener, facts: Arc<Facts>, stop: &CancellationToken) -> io::Result<()> {
    let address = socket.local_addr()?;
    let socket = TcpListener::from_std(socket.try_clone()?)?;
    let stop = stop.child_token();
    let answer = move |request| answer(request, Arc::clone(&facts));
    tokio::spawn(async move {
        // A caller that is too slow can ask again.
        stop.run_until_cancelled(serving::serve(socket, CALLERS, Some(PATIENCE), answer)).await
    });
    // A closed stderr is ignored. The words are the same in every language, as those of the listener.
    drop(say(&commands::METRICS_ON.with(Language::English, &[&address])));
    Ok(())
}

async fn answer(request: Request<Incoming>, facts: Arc<Facts>) -> io::Result<Response<Body>> {
    let (status, content_type, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            let status = status(&facts, false).await;
            match tokio::task::spawn_blocking(move || Figures { facts, status }.encode()).await {
                Ok(Ok(text)) => (200, figures::TYPE, text),
                Ok(Err(_)) | Err(_) => (500, PLAIN, String::new()),
            }
        }
        (&Method::GET | &Method::HEAD, "/healthz") => {
            let ailments: Vec<String> = status(&facts, false).await.ailments().map(Reason::to_string).collect();
            if ailments.is_empty() { (200, PLAIN, "ok\n".to_owned()) } else { (503, PLAIN, ailments.join("\n") + "\n") }
        }
        (&Method::GET | &Method::HEAD, _) => (404, PLAIN, "/metrics, /healthz\n".to_owned()),
        _ => (405, PLAIN, String::new()),
    };
    Ok(respond(status, content_type, full(text)))
}
