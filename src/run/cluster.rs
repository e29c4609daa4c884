//! `weibox cluster`: creates the stream, and reports the state of servers, stream and node. Also starts the
//! node of a listener.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Archive};
use crate::cluster::{self, ClusterNode, ClusterSettings, ServerSync, StreamFacts};
use crate::config::Config;
use crate::language::{Language, Words, cluster as words};
use crate::reason::{Reason, cluster as reasons};
use crate::record::cluster::{ClusterStanding, ClusterStatus};
use crate::text;

use super::clock;
use super::report::stdout;
use super::status::{aligned, cluster_lines, found};

mod claims;

pub(super) use claims::share as share_claims;

/// Returns the cluster settings; `None` without a cluster.
pub(super) fn settings(config: &Config) -> Option<ClusterSettings> {
    let urls = config.cluster_url.value.clone();
    (!urls.is_empty()).then(|| ClusterSettings {
        urls,
        stream: config.cluster_stream.value.clone(),
        node: config.cluster_node.value.clone(),
        ack: config.cluster_ack.value,
        keep: config.cluster_keep.value,
        user: config.cluster_user.value.clone(),
        password: config.cluster_password.value.clone(),
        tls_ca: config.cluster_tls_ca.value.clone(),
        tls_identity: config.cluster_tls_cert.value.clone().zip(config.cluster_tls_key.value.clone()),
        monitor: config.cluster_monitor.value.clone(),
        max_age: config.retention_max_age.value,
        body_limit: config.body_limit.value,
    })
}

/// Joins the cluster, if one is configured.
pub(super) fn start(archive: &Archive, config: &Config, stop: &CancellationToken) -> Option<ClusterNode> {
    let settings = settings(config)?;
    Some(ClusterNode::start(archive, settings, config.download_policy(), clock::now, stop))
}

/// Opens the archive for a command that changes something: the listener tells other nodes of the change.
pub(super) fn open(config: &Config) -> Result<Archive, archive::Error> {
    let archive = Archive::open(&config.data_dir.value)?;
    if let Some(settings) = settings(config) {
        archive.replicate_as(&settings.node);
    }
    Ok(archive)
}

/// Returns the status of the cluster for display.
pub(super) fn seen(node: Option<&ClusterNode>, stop: &CancellationToken) -> watch::Receiver<Option<ClusterStatus>> {
    let Some(node) = node else { return watch::channel(None).1 };
    let mut status = node.status.clone();
    let (seen_tx, seen) = watch::channel(Some(status.borrow_and_update().clone()));
    let stop = stop.clone();
    tokio::spawn(async move {
        while tokio::select! { changed = status.changed() => changed.is_ok(), () = stop.cancelled() => false } {
            let now = status.borrow_and_update().clone();
            seen_tx.send_replace(Some(now));
            // A flood changes it thousands of times a second, faster than anyone can see.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    seen
}

pub(super) async fn init(config: &Config, replicas: usize) -> anyhow::Result<ExitCode> {
    let settings = settings(config).ok_or_else(|| Reason::from(reasons::NOT_CLUSTERED))?;
    let (is_new, facts) = cluster::init(&settings, Some(replicas)).await?;
    if facts.replicas < replicas {
        let (stream, found) = (&settings.stream, facts.replicas);
        return Err(reasons::STREAM_FEWER.with(stream).with(found).with(replicas).into());
    }
    let words = if is_new { words::MADE } else { words::THERE_ALREADY };
    let keep = kept_for(facts.keep);
    let language = config.language.value;
    writeln!(stdout(), "{}", words.with(language, &[&settings.stream, &facts.replicas, &keep]))?;
    Ok(ExitCode::SUCCESS)
}

/// Formats how long the stream keeps its events: in days if they are whole, else in hours.
pub(super) fn kept_for(keep: Duration) -> String {
    let hours = keep.as_secs() / 3_600;
    if hours.is_multiple_of(24) { format!("{}d", hours / 24) } else { format!("{hours}h") }
}

/// The report of `status`. Scripts rely on the keys.
#[derive(Debug, Serialize)]
struct Report {
    stream: Option<StreamLine>,
    /// The status of the node here; `None` when none is running.
    node: Option<ClusterStatus>,
    troubles: Vec<Reason>,
}

/// The state of the stream.
#[derive(Debug, Serialize)]
struct StreamLine {
    #[serde(flatten)]
    facts: StreamFacts,
    /// When the servers sync; `None` where that is not known.
    sync: Option<Vec<ServerSync>>,
}

/// Prints the report: 0 when all is well, 1 when something is wrong.
pub(super) async fn status(config: &Config, is_json: bool) -> anyhow::Result<ExitCode> {
    let settings = settings(config).ok_or_else(|| Reason::from(reasons::NOT_CLUSTERED))?;
    let mut troubles = Vec::new();
    let stream = match cluster::describe(&settings).await {
        Ok(facts) => {
            if facts.current < facts.replicas {
                troubles.push(reasons::COPIES_BEHIND.with(facts.replicas).with(facts.current));
            }
            Some(StreamLine { facts, sync: cluster::sync(&settings).await })
        }
        Err(error) => {
            troubles.push(error.reason().with_hint(error.hint()));
            None
        }
    };
    let node = found(config).await?.cluster;
    for trouble in node.iter().flat_map(|node| &node.troubles) {
        if !troubles.contains(trouble) {
            troubles.push(trouble.clone());
        }
    }
    let report = Report { stream, node, troubles };
    let is_well =
        report.troubles.is_empty() && report.node.as_ref().is_none_or(|node| node.standing == ClusterStanding::Whole);
    let mut out = stdout();
    if is_json {
        writeln!(out, "{}", text::json(serde_json::to_string(&report)?))?;
    } else {
        for line in report_lines(&report, config.language.value) {
            writeln!(out, "{}", text::line(&line))?;
        }
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report_lines(report: &Report, language: Language) -> Vec<String> {
    let mut rows: Vec<(Words, String)> = Vec::new();
    if let Some(StreamLine { facts: stream, sync }) = &report.stream {
        let size = text::size(stream.bytes);
        let figures = words::STREAM_FIGURES.with(language, &[&stream.name, &stream.events, &size, &stream.last]);
        rows.push((words::STREAM, figures));
        rows.extend(stream.leader.iter().map(|leader| (words::LEADER, leader.clone())));
        let server = |name: &String| {
            let is_behind = stream.behind.contains(name);
            if is_behind { words::BEHIND.with(language, &[name]) } else { name.clone() }
        };
        let servers = stream.servers.iter().map(server).collect::<Vec<_>>().join(", ");
        // A server that is alone names none.
        let figures = if servers.is_empty() { words::COPY_COUNT } else { words::COPY_FIGURES };
        rows.push((words::COPIES, figures.with(language, &[&stream.current, &stream.replicas, &servers])));
        rows.push((words::SERVER, format!("nats-server {}", stream.server_version)));
        let sync = match sync {
            Some(told) if !told.is_empty() => told.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            _ => Reason::from(reasons::SYNC_UNKNOWN).of(language),
        };
        rows.push((words::SYNC, sync));
    }
    match &report.node {
        Some(node) => rows.extend(cluster_lines(node, language)),
        None => rows.push((words::THIS_NODE, words::NOT_SERVING.of(language).to_owned())),
    }
    rows.extend(report.troubles.iter().map(|reason| (words::TROUBLE, reason.of(language))));
    aligned(rows, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_and_the_node_beside_it_are_described_in_words_of_the_language() {
        let facts = StreamFacts {
            name: "WEIBOX".to_owned(),
            events: 3,
            bytes: 1_000,
            last: 3,
            replicas: 1,
            current: 1,
            leader: None,
            servers: Vec::new(),
            behind: Vec::new(),
            server_version: "2.9.10".to_owned(),
            keep: Duration::ZERO,
        };
        let stream = StreamLine { facts, sync: None };
        let node =
            ClusterStatus { node: "one".to_owned(), standing: ClusterStanding::Whole, ..ClusterStatus::default() };
        let report = Report { stream: Some(stream), node: Some(node), troubles: Vec::new() };
        let lines = report_lines(&report, Language::Chinese);
        assert_eq!([&lines[1], &lines[4]], ["副本    1/1 已同步", "本节点  one：已连接，0 条待同步"]);
    }
}
