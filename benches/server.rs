//! The smallest possible server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

/// Starts a server that reads the body, passes it to `heard`, and answers an empty 200. A connection that starts
/// no request within `head_timeout` is closed.
pub(crate) async fn start(
    head_timeout: Option<Duration>,
    heard: impl Fn(Bytes) + Clone + Send + Sync + 'static,
) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            stream.set_nodelay(true).unwrap();
            let heard = heard.clone();
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let heard = heard.clone();
                async move {
                    // A caller that breaks off is not answered anyway.
                    heard(request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default());
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(head_timeout)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    address
}
