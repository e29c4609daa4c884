//! The stream itself: its required configuration, its creation, and the facts that its servers report.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream};

use super::link::{StreamLink, connect};
use super::{ClusterSettings, Error};
use crate::reason::cluster;

/// The description that marks a stream as one of weibox, in the format that this version understands.
const DESCRIPTION: &str = "weibox messages, format 1";
/// Prefix of the subjects for messages; the account follows.
pub(super) const MESSAGES: &str = "weibox.in.";
/// Prefix of the subjects for all other events, such as marks from the dashboards; the account follows.
pub(super) const MARKS: &str = "weibox.marks.";
/// Stands for an account without a name in a subject.
const MAIN: &str = "main";
/// How long the servers detect duplicates.
const DUPLICATES: Duration = Duration::from_mins(2);
/// The default number of copies of the stream.
pub(super) const REPLICAS: usize = 3;

/// Facts about a stream, as its servers report them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFacts {
    /// Number of events.
    pub messages: u64,
    /// Number of their bytes.
    pub bytes: u64,
    /// Sequences of the first and the last event.
    pub places: (u64, u64),
    /// Configured number of copies.
    pub replicas: usize,
    /// Number of copies that are complete.
    pub current: usize,
    /// The server that leads.
    pub leader: Option<String>,
    /// The servers that have a copy, and whether each is up to date.
    pub servers: Vec<(String, bool)>,
    /// How long the stream keeps its events.
    pub keep: Duration,
    /// Version of the server that answered.
    pub server_version: String,
}

/// Returns the subject of an account.
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

/// Creates the stream if it is missing; returns whether it was created. Does not touch a stream that is not
/// weibox's.
///
/// # Errors
///
/// [`Error`], with the reason.
pub async fn init(settings: &ClusterSettings, replicas: Option<usize>) -> Result<(bool, StreamFacts), Error> {
    let link = connect(settings).await?;
    let (is_new, stream) = match open(&link, settings).await {
        Ok(stream) => (false, stream),
        Err(Error::Missing { .. }) => (true, make(&link, settings, replicas.unwrap_or(REPLICAS)).await?),
        Err(error) => return Err(error),
    };
    Ok((is_new, facts(&link, &info(&stream, settings).await?)))
}

/// Returns the facts about the stream.
///
/// # Errors
///
/// [`Error`], with the reason.
pub async fn describe(settings: &ClusterSettings) -> Result<StreamFacts, Error> {
    facts_of(&connect(settings).await?, settings).await
}

/// Returns the facts about the stream over an existing connection.
pub(super) async fn facts_of(link: &StreamLink, settings: &ClusterSettings) -> Result<StreamFacts, Error> {
    let stream = open(link, settings).await?;
    Ok(facts(link, &info(&stream, settings).await?))
}

/// Creates the stream. Several nodes may do so at once.
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

/// Opens the stream, which must be weibox's and have a leader.
pub(super) async fn open(link: &StreamLink, settings: &ClusterSettings) -> Result<Stream, Error> {
    let stream = link.streams.get_stream(&settings.stream).await.map_err(|error| match error.kind() {
        GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            Error::Missing { stream: settings.stream.clone() }
        }
        // The remaining servers answer this once they know that they have no leader either.
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

/// Asks the leader for the state of the stream.
pub(super) async fn info(stream: &Stream, settings: &ClusterSettings) -> Result<Info, Error> {
    let info = stream.get_info().await.map_err(|error| Error::NoJetStream(error.to_string()))?;
    check_leader(&info, settings)?;
    Ok(info)
}

/// Refuses a stream without a leader: its remaining servers describe it, and do nothing for it.
fn check_leader(info: &Info, settings: &ClusterSettings) -> Result<(), Error> {
    let has_leader = info.cluster.as_ref().is_none_or(|cluster| cluster.leader.is_some());
    if has_leader { Ok(()) } else { Err(Error::NoQuorum { stream: settings.stream.clone() }) }
}

/// Returns the creation time, which distinguishes a stream from another one of the same name.
pub(super) fn created(info: &Info) -> String {
    info.created.unix_timestamp_nanos().to_string()
}

/// Refuses a stream that is not weibox's, or that would lose messages.
fn check(found: &Config, settings: &ClusterSettings) -> Result<(), Error> {
    let wanted = wanted(settings, REPLICAS);
    let rows = [
        ("description", DESCRIPTION, found.description == wanted.description),
        ("subjects", &wanted.subjects.join(", "), found.subjects == wanted.subjects),
        ("retention", "limits", found.retention == wanted.retention),
        ("storage", "file", found.storage == wanted.storage),
    ];
    let Some((what, wanted, _)) = rows.into_iter().find(|(.., is_as_wanted)| !is_as_wanted) else { return Ok(()) };
    let reason = cluster::STREAM_UNLIKE.with(what).with(wanted);
    Err(Error::Foreign { stream: settings.stream.clone(), reason })
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
