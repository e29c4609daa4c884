//! The connection to the servers. Once established, it reconnects on its own.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions};
use secrecy::ExposeSecret as _;

use super::ClusterSettings;
use crate::reason::{Fault, cluster, tls};

/// How long establishing a connection may take.
const CONNECTING: Duration = Duration::from_millis(1_500);
/// How long a server may take to answer.
const ANSWERING: Duration = Duration::from_secs(3);
/// How long a server may take to answer a request that is repeated at once: a long wait for a server without a
/// leader would miss the next leader.
const ANSWERING_AGAIN: Duration = Duration::from_secs(1);
/// The interval between pings. After two without an answer the next server is tried.
const PINGS: Duration = Duration::from_millis(500);
/// The longest pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(500);

/// A connection to the servers.
#[derive(Debug, Clone)]
pub(super) struct StreamLink {
    pub(super) client: Client,
    pub(super) streams: Context,
}

impl StreamLink {
    /// Returns the same connection with a short timeout, for a caller that repeats unanswered requests.
    pub(super) fn impatient(self) -> Self {
        let streams = ContextBuilder::new().timeout(ANSWERING_AGAIN).ack_timeout(ANSWERING);
        Self { streams: streams.build(self.client.clone()), client: self.client }
    }

    /// Returns whether a server is connected. Without one, messages wait for the next server; when too many
    /// wait, so does the sender.
    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Publishes something to current subscribers.
    pub(super) async fn say(&self, subject: String, what: Vec<u8>) {
        if !self.is_connected() {
            return;
        }
        if let Err(error) = self.client.publish(subject, what.into()).await {
            tracing::debug!(%error, "the other nodes were not told");
        }
    }
}

/// Connects to any of the servers.
pub(super) async fn connect(settings: &ClusterSettings) -> Result<StreamLink, Fault> {
    // Fails if a provider is already installed, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut options = ConnectOptions::new()
        .name(format!("weibox {}", settings.node))
        .connection_timeout(CONNECTING)
        .request_timeout(Some(ANSWERING))
        .ping_interval(PINGS)
        .reconnect_delay_callback(|attempts| {
            (PAUSE / 10 * u32::try_from(attempts).unwrap_or(u32::MAX).min(10)).min(PAUSE)
        })
        // Servers may announce each other by names of a network of their own.
        .ignore_discovered_servers();
    match (&settings.user, &settings.password) {
        (Some(user), Some(password)) => {
            options = options.user_and_password(user.clone(), password.expose_secret().to_owned());
        }
        (Some(_), None) => return Err(cluster::CLUSTER_PASSWORD_MISSING.hinted(cluster::CREDENTIALS_HINT)),
        (None, _) => {}
    }
    let identity = settings.tls_identity.iter().flat_map(|(certificate, key)| [certificate, key]);
    for file in settings.tls_ca.iter().chain(identity) {
        // The client reads them too, but only once it has reached a server, and names none of them.
        readable(file).await?;
    }
    if settings.urls.iter().any(|url| url.scheme() == "tls") {
        options = options.require_tls(true);
    }
    if let Some(file) = &settings.tls_ca {
        options = options.add_root_certificates(file.clone());
    }
    if let Some((certificate, key)) = &settings.tls_identity {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    let urls: Vec<String> = settings.urls.iter().map(ToString::to_string).collect();
    let client = options.connect(urls.clone()).await.map_err(|error| match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            cluster::WRONG_CREDENTIALS.hinted(cluster::CREDENTIALS_HINT)
        }
        ConnectErrorKind::Tls => of_tls(&error),
        ConnectErrorKind::Io if is_of_tls(&error) => of_tls(&error),
        ConnectErrorKind::ServerParse
        | ConnectErrorKind::Dns
        | ConnectErrorKind::TimedOut
        | ConnectErrorKind::Io
        | ConnectErrorKind::MaxReconnects => {
            cluster::NO_SERVER.with(urls.join(", ")).with(error.to_string()).hinted(cluster::SERVER_HINT)
        }
    })?;
    let streams = ContextBuilder::new().timeout(ANSWERING).ack_timeout(ANSWERING).build(client.clone());
    Ok(StreamLink { client, streams })
}

/// Checks that a file of TLS can be read.
async fn readable(file: &Path) -> Result<(), Fault> {
    let fault = |error: io::Error| tls::TLS_UNREAD.with(file.display()).with(&error).hinted(cluster::TLS_HINT);
    tokio::fs::read(file).await.map(drop).map_err(fault)
}

fn of_tls(error: &ConnectError) -> Fault {
    cluster::SERVER_TLS.with(error.to_string()).hinted(cluster::TLS_HINT)
}

/// Returns whether a connection failed because one side refused the other's certificate.
fn is_of_tls(error: &ConnectError) -> bool {
    let broken = error.source().and_then(|error| error.downcast_ref::<io::Error>());
    let Some(inner) = broken.and_then(io::Error::get_ref) else { return false };
    inner.is::<rustls::Error>()
}
