//! Why there is no cluster, and what the user can do about it.

use std::fmt;

use crate::archive;
use crate::reason::{Reason, cluster};

/// Why something could not be done with the cluster.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Error {
    /// No server was reached.
    NoServer {
        /// Those that were tried.
        urls: String,
        words: String,
    },
    /// The servers do not know this user.
    WrongCredentials,
    /// There is a user without a password.
    NoPassword,
    /// TLS did not come about.
    Tls(String),
    /// The servers do not answer for streams.
    NoJetStream(String),
    /// The stream has no leader.
    NoQuorum { stream: String },
    /// There is no such stream.
    Missing { stream: String },
    /// The stream is somebody else's.
    Foreign { stream: String, reason: Reason },
    /// Another stream has the subjects.
    Taken,
    /// The servers cannot keep so many copies.
    FewReplicas { asked: usize, words: String },
    /// The stream could not be made.
    Unmade { stream: String, words: String },
    /// The stream could not be read on.
    Following(String),
    /// The archive does not take what the stream has.
    Archive(archive::Error),
}

impl Error {
    /// Why, for people.
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

    /// What the user can do about it.
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
