//! The least that can be called a server.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use weibox::listener::HEAD_TIMEOUT;

/// A server that reads the body, tells it, and answers an empty 200.
pub(crate) async fn start(heard: impl Fn(Bytes) + Clone + Send + Sync + 'static) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            stream.set_nodelay(true).unwrap();
            let heard = heard.clone();
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let heard = heard.clone();
                async move {
                    // Whoever breaks off is not answered anyway.
                    heard(request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default());
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    address
}
