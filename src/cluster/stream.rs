//! The stream itself: what it must be, making it, and what its servers say of it.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream};

use super::link::{StreamLink, connect};
use super::{ClusterSettings, Error};
use crate::reason::{Reason, cluster};

/// By what a stream is known for ours, and for one that this version understands.
const DESCRIPTION: &str = "weibox messages, format 1";
/// What comes to the nodes, by account.
pub(super) const MESSAGES: &str = "weibox.in.";
/// What is done with it on the screens.
pub(super) const MARKS: &str = "weibox.marks.";
/// Where an account without a name stands in a subject.
const MAIN: &str = "main";
/// For so long the servers know what they had already.
const DUPLICATES: Duration = Duration::from_mins(2);
/// How many copies of the stream are kept where nobody says otherwise.
pub(super) const REPLICAS: usize = 3;

/// What the servers say of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFacts {
    /// How many events it has.
    pub messages: u64,
    /// How many bytes they take.
    pub bytes: u64,
    /// The first and the last place.
    pub places: (u64, u64),
    /// How many copies it is to have.
    pub replicas: usize,
    /// Of these, how many have everything.
    pub current: usize,
    /// The server that leads.
    pub leader: Option<String>,
    /// The servers that have a copy, with whether it is up to date.
    pub servers: Vec<(String, bool)>,
    /// How long it keeps what it has.
    pub keep: Duration,
    /// What the server is that was asked.
    pub server_version: String,
}

/// The subject of an account.
pub(super) fn subject(of: &str, account: &str) -> String {
    format!("{of}{}", if account.is_empty() { MAIN } else { account })
}

fn wanted(settings: &ClusterSettings, replicas: usize) -> Config {
    Config {
        name: settings.stream.clone(),
        description: Some(DESCRIPTION.to_owned()),
        subjects: [MESSAGES, MARKS].map(|of| format!("{of}>")).to_vec(),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        num_replicas: replicas,
        max_age: settings.keep.to_std().unwrap_or_default(),
        max_messages: -1,
        max_bytes: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: -1,
        duplicate_window: DUPLICATES,
        allow_direct: true,
        deny_delete: true,
        deny_purge: true,
        ..Config::default()
    }
}

/// Makes the stream if it is not there; returns whether it was made. One that is not weibox's is left alone.
///
/// # Errors
///
/// [`Error`], why not.
pub async fn init(settings: &ClusterSettings, replicas: Option<usize>) -> Result<(bool, StreamFacts), Error> {
    let link = connect(settings).await?;
    let (is_new, stream) = match open(&link, settings).await {
        Ok(stream) => (false, stream),
        Err(Error::Missing { .. }) => (true, make(&link, settings, replicas.unwrap_or(REPLICAS)).await?),
        Err(error) => return Err(error),
    };
    Ok((is_new, facts(&link, &info(&stream, settings).await?)))
}

/// What the servers say of the stream.
///
/// # Errors
///
/// [`Error`], why nothing.
pub async fn describe(settings: &ClusterSettings) -> Result<StreamFacts, Error> {
    facts_of(&connect(settings).await?, settings).await
}

/// The same over a connection that is there.
pub(super) async fn facts_of(link: &StreamLink, settings: &ClusterSettings) -> Result<StreamFacts, Error> {
    let stream = open(link, settings).await?;
    Ok(facts(link, &info(&stream, settings).await?))
}

/// Makes the stream. Several nodes may do so at once.
pub(super) async fn make(link: &StreamLink, settings: &ClusterSettings, replicas: usize) -> Result<Stream, Error> {
    let stream = &settings.stream;
    let made = link.streams.create_stream(wanted(settings, replicas)).await;
    let Err(error) = made else { return open(link, settings).await };
    Err(match error.kind() {
        CreateStreamErrorKind::JetStream(why) => match why.error_code() {
            ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED
            | ErrorCode::CLUSTER_NO_PEERS
            | ErrorCode::INSUFFICIENT_RESOURCES => Error::FewReplicas { asked: replicas, words: why.to_string() },
            ErrorCode::STREAM_SUBJECT_OVERLAP => Error::Taken,
            _ => Error::Unmade { stream: stream.clone(), words: why.to_string() },
        },
        CreateStreamErrorKind::JetStreamUnavailable | CreateStreamErrorKind::TimedOut => {
            Error::NoJetStream(error.to_string())
        }
        CreateStreamErrorKind::EmptyStreamName
        | CreateStreamErrorKind::InvalidStreamName
        | CreateStreamErrorKind::DomainAndExternalSet
        | CreateStreamErrorKind::Response
        | CreateStreamErrorKind::NotFound
        | CreateStreamErrorKind::ResponseParse => Error::Unmade { stream: stream.clone(), words: error.to_string() },
    })
}

/// The stream, which must be ours, and led by somebody.
pub(super) async fn open(link: &StreamLink, settings: &ClusterSettings) -> Result<Stream, Error> {
    let stream = link.streams.get_stream(&settings.stream).await.map_err(|error| match error.kind() {
        GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            Error::Missing { stream: settings.stream.clone() }
        }
        // What is left of the servers answers so once it knows that nobody leads them either.
        GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::CLUSTER_NOT_AVAILABLE => {
            Error::NoQuorum { stream: settings.stream.clone() }
        }
        GetStreamErrorKind::JetStream(why) => Error::NoJetStream(why.to_string()),
        GetStreamErrorKind::Request => Error::NoJetStream(error.to_string()),
        GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
            Error::Unmade { stream: settings.stream.clone(), words: error.to_string() }
        }
    })?;
    check(&stream.cached_info().config, settings)?;
    check_leader(stream.cached_info(), settings)?;
    Ok(stream)
}

/// What the leader says of the stream.
pub(super) async fn info(stream: &Stream, settings: &ClusterSettings) -> Result<Info, Error> {
    let info = stream.get_info().await.map_err(|error| Error::NoJetStream(error.to_string()))?;
    check_leader(&info, settings)?;
    Ok(info)
}

/// Refuses a stream that nobody leads: what is left of its servers tells of it, and does nothing for it.
fn check_leader(info: &Info, settings: &ClusterSettings) -> Result<(), Error> {
    let has_leader = info.cluster.as_ref().is_none_or(|cluster| cluster.leader.is_some());
    if has_leader { Ok(()) } else { Err(Error::NoQuorum { stream: settings.stream.clone() }) }
}

/// What tells a stream from another one of its name.
pub(super) fn created(info: &Info) -> String {
    info.created.unix_timestamp_nanos().to_string()
}

/// Refuses a stream that somebody else has made, or that would lose messages.
fn check(found: &Config, settings: &ClusterSettings) -> Result<(), Error> {
    let wanted = wanted(settings, REPLICAS);
    let unlike = |what: &str, wanted: &str| Some(cluster::STREAM_UNLIKE.with(what).with(wanted));
    let reason: Option<Reason> = if found.description != wanted.description {
        unlike("description", DESCRIPTION)
    } else if found.subjects != wanted.subjects {
        unlike("subjects", &wanted.subjects.join(", "))
    } else if found.retention != wanted.retention {
        unlike("retention", "limits")
    } else if found.storage != wanted.storage {
        unlike("storage", "file")
    } else {
        None
    };
    let stream = settings.stream.clone();
    reason.map_or(Ok(()), |reason| Err(Error::Foreign { stream, reason }))
}

fn facts(link: &StreamLink, info: &Info) -> StreamFacts {
    let (state, cluster) = (&info.state, info.cluster.as_ref());
    let mut servers: Vec<(String, bool)> =
        cluster.iter().flat_map(|cluster| &cluster.leader).map(|leader| (leader.clone(), true)).collect();
    let replicas = cluster.iter().flat_map(|cluster| &cluster.replicas);
    servers.extend(replicas.map(|replica| (replica.name.clone(), replica.current && !replica.offline)));
    servers.sort();
    StreamFacts {
        messages: state.messages,
        bytes: state.bytes,
        places: (state.first_sequence, state.last_sequence),
        replicas: info.config.num_replicas,
        current: servers.iter().filter(|(_, is_current)| *is_current).count().max(1),
        leader: cluster.and_then(|cluster| cluster.leader.clone()),
        servers,
        keep: info.config.max_age,
        server_version: link.client.server_info().version,
    }
}
