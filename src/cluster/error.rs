//! Errors of the cluster, and what the user can do about them.

use std::fmt;

use crate::archive;
use crate::reason::{Reason, cluster};

/// Why a command to the cluster failed.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Error {
    /// None of these servers could be reached.
    NoServer { urls: String, words: String },
    /// The servers refuse this user.
    WrongCredentials,
    /// A user is set without a password.
    NoPassword,
    /// The TLS handshake failed.
    Tls(String),
    /// The servers do not offer `JetStream`.
    NoJetStream(String),
    /// The stream has no leader.
    NoQuorum { stream: String },
    /// The stream does not exist.
    Missing { stream: String },
    /// The stream belongs to something else.
    Foreign { stream: String, reason: Reason },
    /// Another stream has the subjects.
    Taken,
    /// There are too few servers for the number of copies.
    FewReplicas { asked: usize, words: String },
    /// The stream could not be created.
    Unmade { stream: String, words: String },
    /// The stream could not be read any further.
    Following(String),
    /// The archive failed to store the events of the stream.
    Archive(archive::Error),
}

impl Error {
    /// Returns the reason, for people.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NoServer { urls, words } => cluster::NO_SERVER.with(urls).with(words),
            Self::WrongCredentials => cluster::WRONG_CREDENTIALS.into(),
            Self::NoPassword => cluster::CLUSTER_PASSWORD_MISSING.into(),
            Self::Tls(words) => cluster::SERVER_TLS.with(words),
            Self::NoJetStream(words) => cluster::NO_JETSTREAM.with(words),
            Self::NoQuorum { stream } => cluster::NO_QUORUM.with(stream),
            Self::Missing { stream } => cluster::STREAM_MISSING.with(stream),
            Self::Foreign { stream, reason } => cluster::STREAM_FOREIGN.with(stream).with(reason.clone()),
            Self::Taken => cluster::STREAM_TAKEN.into(),
            Self::FewReplicas { asked, words } => cluster::FEW_REPLICAS.with(*asked).with(words),
            Self::Unmade { stream, words } => cluster::STREAM_UNMADE.with(stream).with(words),
            Self::Following(words) => cluster::FOLLOWING_BROKE_OFF.with(words),
            Self::Archive(error) => error.reason(),
        }
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        let hint = match self {
            Self::NoServer { .. } | Self::NoJetStream(_) | Self::NoQuorum { .. } => cluster::SERVER_HINT,
            Self::WrongCredentials | Self::NoPassword => cluster::CREDENTIALS_HINT,
            Self::Tls(_) => cluster::TLS_HINT,
            Self::Missing { .. } => cluster::INIT_HINT,
            Self::Foreign { .. } | Self::Taken => cluster::NAME_HINT,
            Self::FewReplicas { .. } => cluster::REPLICAS_HINT,
            Self::Unmade { .. } | Self::Following(_) => return None,
            Self::Archive(error) => return error.hint(),
        };
        Some(hint.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<archive::Error> for Error {
    fn from(error: archive::Error) -> Self {
        Self::Archive(error)
    }
}
