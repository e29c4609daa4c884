//! The stream itself: its required configuration, its creation, and the facts that its servers report.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, PeerInfo, RetentionPolicy, StorageType, Stream};
use serde::Serialize;

use super::ClusterSettings;
use super::link::{StreamLink, connect};
use crate::reason::{Fault, cluster};

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

/// Facts about a stream, as its servers report them. Scripts rely on the keys of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamFacts {
    /// Name of the stream.
    pub name: String,
    /// Number of events.
    pub events: u64,
    /// Number of their bytes.
    pub bytes: u64,
    /// Sequence of the last event.
    pub last: u64,
    /// Configured number of copies.
    pub replicas: usize,
    /// Number of copies that are complete.
    pub current: usize,
    /// The server that leads.
    pub leader: Option<String>,
    /// The servers that have a copy; a server that is alone names none.
    pub servers: Vec<String>,
    /// Those of them whose copy is not up to date.
    pub behind: Vec<String>,
    /// Version of the server that answered.
    pub server_version: String,
    /// How long the stream keeps its events.
    #[serde(skip)]
    pub keep: Duration,
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
/// When the servers or the stream cannot be used.
pub async fn init(settings: &ClusterSettings, replicas: Option<usize>) -> Result<(bool, StreamFacts), Fault> {
    let link = connect(settings).await?;
    let (is_new, stream) = match open(&link, settings).await {
        Ok(stream) => (false, stream),
        Err(fault) if fault.is(cluster::STREAM_MISSING) => {
            (true, make(&link, settings, replicas.unwrap_or(REPLICAS)).await?)
        }
        Err(fault) => return Err(fault),
    };
    Ok((is_new, facts(&link, &info(&stream, settings).await?)))
}

/// Returns the facts about the stream.
///
/// # Errors
///
/// When the servers or the stream cannot be used.
pub async fn describe(settings: &ClusterSettings) -> Result<StreamFacts, Fault> {
    facts_of(&connect(settings).await?, settings).await
}

/// Returns the facts about the stream over an existing connection.
pub(super) async fn facts_of(link: &StreamLink, settings: &ClusterSettings) -> Result<StreamFacts, Fault> {
    let stream = open(link, settings).await?;
    Ok(facts(link, &info(&stream, settings).await?))
}

/// Creates the stream. Several nodes may do so at once.
pub(super) async fn make(link: &StreamLink, settings: &ClusterSettings, replicas: usize) -> Result<Stream, Fault> {
    let stream = &settings.stream;
    let made = link.streams.create_stream(wanted(settings, replicas)).await;
    let Err(error) = made else { return open(link, settings).await };
    Err(match error.kind() {
        CreateStreamErrorKind::JetStream(why) => match why.error_code() {
            ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED
            | ErrorCode::CLUSTER_NO_PEERS
            | ErrorCode::INSUFFICIENT_RESOURCES => {
                cluster::FEW_REPLICAS.with(replicas).with(why.to_string()).hinted(cluster::REPLICAS_HINT)
            }
            ErrorCode::STREAM_SUBJECT_OVERLAP => cluster::STREAM_TAKEN.hinted(cluster::NAME_HINT),
            _ => cluster::STREAM_UNMADE.with(stream).with(why.to_string()).into(),
        },
        CreateStreamErrorKind::JetStreamUnavailable | CreateStreamErrorKind::TimedOut => no_jetstream(&error),
        CreateStreamErrorKind::EmptyStreamName
        | CreateStreamErrorKind::InvalidStreamName
        | CreateStreamErrorKind::DomainAndExternalSet
        | CreateStreamErrorKind::Response
        | CreateStreamErrorKind::NotFound
        | CreateStreamErrorKind::ResponseParse => cluster::STREAM_UNMADE.with(stream).with(error.to_string()).into(),
    })
}

/// Opens the stream, which must be weibox's and have a leader.
pub(super) async fn open(link: &StreamLink, settings: &ClusterSettings) -> Result<Stream, Fault> {
    let stream = link.streams.get_stream(&settings.stream).await.map_err(|error| match error.kind() {
        GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            cluster::STREAM_MISSING.with(&settings.stream).hinted(cluster::INIT_HINT)
        }
        // The remaining servers answer this once they know that they have no leader either.
        GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::CLUSTER_NOT_AVAILABLE => {
            no_quorum(settings)
        }
        GetStreamErrorKind::JetStream(why) => no_jetstream(&why),
        GetStreamErrorKind::Request => no_jetstream(&error),
        GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
            cluster::STREAM_UNMADE.with(&settings.stream).with(error.to_string()).into()
        }
    })?;
    check(&stream.cached_info().config, settings)?;
    check_leader(stream.cached_info(), settings)?;
    Ok(stream)
}

/// Asks the leader for the state of the stream.
pub(super) async fn info(stream: &Stream, settings: &ClusterSettings) -> Result<Info, Fault> {
    let info = stream.get_info().await.map_err(|error| no_jetstream(&error))?;
    check_leader(&info, settings)?;
    Ok(info)
}

/// Refuses a stream without a leader: its remaining servers describe it, and do nothing for it.
fn check_leader(info: &Info, settings: &ClusterSettings) -> Result<(), Fault> {
    let has_leader = info.cluster.as_ref().is_none_or(|cluster| cluster.leader.is_some());
    if has_leader { Ok(()) } else { Err(no_quorum(settings)) }
}

fn no_quorum(settings: &ClusterSettings) -> Fault {
    cluster::NO_QUORUM.with(&settings.stream).hinted(cluster::SERVER_HINT)
}

fn no_jetstream(error: &impl ToString) -> Fault {
    cluster::NO_JETSTREAM.with(error.to_string()).hinted(cluster::SERVER_HINT)
}

/// Returns the creation time, which distinguishes a stream from another one of the same name.
pub(super) fn created(info: &Info) -> String {
    info.created.unix_timestamp_nanos().to_string()
}

/// Refuses a stream that is not weibox's, or that would lose messages.
fn check(found: &Config, settings: &ClusterSettings) -> Result<(), Fault> {
    let wanted = wanted(settings, REPLICAS);
    let rows = [
        ("description", DESCRIPTION, found.description == wanted.description),
        ("subjects", &wanted.subjects.join(", "), found.subjects == wanted.subjects),
        ("retention", "limits", found.retention == wanted.retention),
        ("storage", "file", found.storage == wanted.storage),
    ];
    let Some((what, wanted, _)) = rows.into_iter().find(|(.., is_as_wanted)| !is_as_wanted) else { return Ok(()) };
    let reason = cluster::STREAM_FOREIGN.with(&settings.stream);
    Err(reason.with(cluster::STREAM_UNLIKE.with(what).with(wanted)).hinted(cluster::NAME_HINT))
}

/// Returns whether a server lacks events of the stream. One that is gone still counts as current for a while.
const fn is_behind(replica: &PeerInfo) -> bool {
    !replica.current || replica.offline
}

fn facts(link: &StreamLink, info: &Info) -> StreamFacts {
    let cluster = info.cluster.as_ref();
    let leader = cluster.and_then(|cluster| cluster.leader.clone());
    let replicas = || cluster.iter().flat_map(|cluster| &cluster.replicas);
    let mut servers: Vec<String> = leader.iter().chain(replicas().map(|replica| &replica.name)).cloned().collect();
    let mut behind: Vec<String> =
        replicas().filter(|replica| is_behind(replica)).map(|replica| replica.name.clone()).collect();
    servers.sort();
    behind.sort();
    StreamFacts {
        name: info.config.name.clone(),
        events: info.state.messages,
        bytes: info.state.bytes,
        last: info.state.last_sequence,
        replicas: info.config.num_replicas,
        current: (servers.len() - behind.len()).max(1),
        leader,
        servers,
        behind,
        server_version: link.client.server_info().version,
        keep: info.config.max_age,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_up_if_it_is_there_and_has_everything() {
        for (current, offline, expected) in
            [(true, false, false), (true, true, true), (false, false, true), (false, true, true)]
        {
            let replica = serde_json::json!({"name": "n1", "current": current, "offline": offline, "active": 0});
            let replica: PeerInfo = serde_json::from_value(replica).unwrap();
            assert_eq!(is_behind(&replica), expected, "{replica:?}");
        }
    }
}
