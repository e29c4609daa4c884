//! `weibox status`: reports the holder of the archive and its state. The holder compiles the status, and is asked
//! over its socket; if no process serves, the status comes from the archive alone.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::watch;

use crate::archive::{self, Archive, Lock, Reader};
use crate::attach::{Order, Outcome, Watches, Welcome, client};
use crate::config::Config;
use crate::language::{Language, Words, cluster, forward, status as words};
use crate::reason::{self, Code, Reason, alarms};
use crate::record::Seq;
use crate::record::cluster::{ClusterStatus, NodeLine};
use crate::record::media::{Board, Queue};
use crate::record::target::{TargetCounts, TargetError, TargetMode, TargetState, TargetStatus};
use crate::text;

use super::rate::MinuteRate;
use super::{alarm, clock};

/// The exit code if no process serves.
const NOBODY: u8 = 3;
/// The maximum time for the archive's writer to answer.
const BEAT: Duration = Duration::from_secs(2);
/// TABLE: troubles of weibox itself, which another node may not have. All others are external, or cost no message.
const INSIDE: [Code; 8] = [
    alarms::WRITER_STUCK,
    alarms::DISK_FULL,
    alarms::ARCHIVE_FAILING,
    alarms::ARCHIVE_DAMAGED_NOW,
    alarms::ARCHIVE_UNREADABLE,
    reason::archive::SALVAGING,
    reason::archive::NOT_SALVAGED,
    reason::archive::FILE_REPLACED,
];

/// Sources of the status.
pub(super) struct Facts {
    /// Watches that dashboards see, too.
    pub(super) watches: Watches,
    /// Greeting that dashboards receive first.
    pub(super) welcome: Welcome,
    /// Number of attached dashboards.
    pub(super) attached: watch::Receiver<usize>,
    /// Number of messages in the last minute.
    pub(super) rate: MinuteRate,
    /// URL of each account.
    pub(super) urls: Vec<String>,
    /// Time at which the process began to listen.
    pub(super) since: DateTime<Utc>,
    /// The archive, which is queried; its lock file announces troubles.
    pub(super) archive: Archive,
}

/// The status. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) serving: bool,
    #[serde(flatten)]
    holder: HolderStatus,
    pub(super) seq: Seq,
    /// Number of messages in the last minute.
    rate: u64,
    pub(super) last_call_at: Option<DateTime<Utc>>,
    last_handshake_at: Option<DateTime<Utc>>,
    pub(super) attached: usize,
    pub(super) followers: Vec<FollowerStatus>,
    /// State of each target.
    pub(super) targets: Vec<TargetLine>,
    downloads: DownloadStatus,
    /// State of the cluster, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<ClusterStatus>,
    /// Troubles.
    pub(super) troubles: Vec<Reason>,
}

impl Status {
    /// Returns the troubles of weibox itself.
    pub(super) fn ailments(&self) -> impl Iterator<Item = &Reason> {
        self.troubles.iter().filter(|reason| self.holder.version.is_none() || INSIDE.contains(&reason.code))
    }

    /// Returns whether weibox itself has no troubles.
    pub(super) fn is_healthy(&self) -> bool {
        self.ailments().next().is_none()
    }
}

/// The holder of the archive; empty without one, and without a version if it could not be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct HolderStatus {
    pid: Option<u32>,
    version: Option<String>,
    command: Option<String>,
    since: Option<DateTime<Utc>>,
    /// URLs at which it listens.
    listen: Vec<String>,
}

impl HolderStatus {
    /// Parses what a holder has written about itself: `process 1234 (weibox serve)`.
    fn named(holder: &str) -> Self {
        let named = holder.strip_prefix("process ").and_then(|rest| rest.strip_suffix(')')?.split_once(" ("));
        let (pid, command) = named.unzip();
        Self { pid: pid.and_then(|pid| pid.parse().ok()), command: command.map(str::to_owned), ..Self::default() }
    }
}

/// Position of a follower of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FollowerStatus {
    pub(super) name: String,
    pub(super) seq: Seq,
    pub(super) lag: u64,
}

/// The state of a target. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TargetLine {
    pub(super) name: String,
    mode: TargetMode,
    url: String,
    /// working, down, paused or gone.
    pub(super) state: String,
    pub(super) lag: u64,
    /// Seconds for which its oldest message has waited.
    waits: u64,
    bookmark: Seq,
    p50_ms: Option<u64>,
    p99_ms: Option<u64>,
    pub(super) counts: TargetCounts,
    last_error: Option<TargetError>,
}

impl TargetLine {
    fn of(target: &TargetStatus, now: DateTime<Utc>) -> Self {
        let millis = |percent| {
            let took = target.latency.percentile(percent)?;
            Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
        };
        let waits = target.delay(now).unwrap_or_default().num_seconds();
        Self {
            name: target.name.clone(),
            mode: target.mode,
            url: target.place.clone(),
            state: target.state.name().to_owned(),
            lag: target.lag,
            waits: u64::try_from(waits).unwrap_or_default(),
            bookmark: target.bookmark,
            p50_ms: millis(50),
            p99_ms: millis(99),
            counts: target.counts,
            last_error: target.last_error.clone(),
        }
    }
}

/// Returns the trouble with a target; none if the user paused it.
fn target_trouble(target: &TargetStatus, now: DateTime<Utc>) -> Option<Reason> {
    let name = &target.name;
    match target.state {
        TargetState::Gone(_) => Some(alarms::TARGET_ENDED.with(name)),
        TargetState::Down(_) => Some(alarms::TARGET_DOWN.with(name).with(target.lag)),
        TargetState::Working if target.is_late(now) => Some(alarms::TARGET_LATE.with(name).with(target.lag)),
        TargetState::Working | TargetState::Paused(_) => None,
    }
}

/// The state of the downloads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct DownloadStatus {
    running: usize,
    queued: u64,
    failed: u64,
    done: u64,
}

/// Reads the status from the archive alone. Blocks.
fn kept(reader: &Reader) -> Result<Status, archive::Error> {
    let seq = reader.highest()?;
    let followers = reader.bookmarks()?.into_iter();
    let followers = followers.map(|archive::Bookmark { name, seq, lag }| FollowerStatus { name, seq, lag }).collect();
    let last_call_at = reader.record(seq)?.map(|record| record.received_at);
    Ok(Status { seq, last_call_at, followers, ..Status::default() })
}

/// Returns the status of this process, which holds the archive.
pub(super) async fn status(facts: &Arc<Facts>) -> Status {
    let seen = Arc::clone(facts);
    let looked = tokio::task::spawn_blocking(move || look(&seen));
    let (beat, looked) = tokio::join!(tokio::time::timeout(BEAT, facts.archive.beat()), looked);
    let mut status = looked.unwrap_or_else(|broken| unknown(Reason::other(broken)));
    if !matches!(beat, Ok(Ok(()))) {
        status.troubles.push(alarms::WRITER_STUCK.into());
    }
    status
}

/// Returns the status without asking the writer. Blocks.
fn look(facts: &Facts) -> Status {
    let Watches { traffic, board, targets, cluster, .. } = &facts.watches;
    let (traffic, Board { queue, running, queued, failed, done, by_account }) =
        (traffic.borrow().clone(), board.borrow().clone());
    let mut troubles = Lock::announced(facts.archive.data_dir());
    troubles.extend(alarm::standing(facts.archive.damage().borrow().as_ref(), facts.archive.data_dir()));
    troubles.extend(refused_tokens(queue, by_account));
    let (targets, now) = (targets.borrow().clone(), clock::now());
    troubles.extend(targets.iter().filter_map(|target| target_trouble(target, now)));
    let cluster = cluster.borrow().clone();
    troubles.extend(cluster.iter().flat_map(|cluster| cluster.troubles.clone()));
    let kept = facts.archive.reader().and_then(|reader| kept(&reader)).unwrap_or_else(|error| {
        troubles.push(alarms::ARCHIVE_UNREADABLE.with(error.reason()));
        Status::default()
    });
    let Welcome { pid, version, command, .. } = &facts.welcome;
    Status {
        serving: true,
        holder: HolderStatus {
            pid: Some(*pid),
            version: Some(version.clone()),
            command: Some(command.clone()),
            since: Some(facts.since),
            listen: facts.urls.clone(),
        },
        rate: facts.rate.now(),
        last_call_at: traffic.last_call_at.or(kept.last_call_at),
        last_handshake_at: traffic.last_handshake_at,
        attached: *facts.attached.borrow(),
        targets: targets.iter().map(|target| TargetLine::of(target, now)).collect(),
        downloads: DownloadStatus { running: running.len(), queued, failed, done },
        cluster,
        troubles,
        ..kept
    }
}

/// Returns the reasons why tokens are refused; with several accounts each has the account's name.
fn refused_tokens(queue: Queue, by_account: Vec<(String, Queue)>) -> Vec<Reason> {
    let queues = if by_account.is_empty() { vec![(String::new(), queue)] } else { by_account };
    let refused = queues.into_iter().filter_map(|(name, queue)| match queue {
        Queue::TokenRefused(reason) if name.is_empty() => Some(reason),
        Queue::TokenRefused(reason) => Some(alarms::TOKEN_REFUSED_FOR.with(name).with(reason)),
        Queue::Open | Queue::NoToken | Queue::Paused { .. } => None,
    });
    refused.collect()
}

/// Returns the status in the form sent over the socket.
pub(super) async fn value(facts: &Arc<Facts>) -> Json {
    // Plain data can always be serialized.
    serde_json::to_value(status(facts).await).unwrap_or_default()
}

/// Returns the status of a holder about which only the reason of a failure is known.
fn unknown(reason: Reason) -> Status {
    Status { serving: true, troubles: vec![reason], ..Status::default() }
}

/// Determines the status from another process.
pub(super) async fn found(data_dir: &Path) -> anyhow::Result<Status> {
    let Some(holder) = Lock::look(data_dir)? else {
        return Ok(match Reader::open(data_dir) {
            Ok(reader) => kept(&reader)?,
            Err(error @ archive::Error::Missing { .. }) => {
                Status { troubles: vec![error.reason()], ..Status::default() }
            }
            Err(error) => return Err(error.into()),
        });
    };
    let reason = match client::ask(data_dir, Order::Status).await {
        Ok(Outcome::Status(status)) => return Ok(serde_json::from_value(status)?),
        Ok(Outcome::Failed(reason)) => reason,
        Ok(_) => client::Error::Silent.reason(),
        Err(error) => error.reason(),
    };
    // The archive and the lock file remain valid sources.
    let kept = Reader::open(data_dir).and_then(|reader| kept(&reader)).unwrap_or_default();
    Ok(Status { holder: HolderStatus::named(&holder), ..Status { serving: true, troubles: vec![reason], ..kept } })
}

/// Prints the status: the exit code is 0 if all is well, 1 if something is wrong, and 3 if no process serves. A check
/// of the health alone ignores external troubles.
pub(super) async fn run(config: &Config, is_json: bool, is_of_health: bool) -> anyhow::Result<ExitCode> {
    let status = found(&config.data_dir.value).await?;
    let mut out = io::stdout().lock();
    if is_json {
        writeln!(out, "{}", text::json(serde_json::to_string(&status)?))?;
    } else {
        for line in lines(&status, config.language.value) {
            writeln!(out, "{}", text::line(&line))?;
        }
    }
    out.flush()?;
    let is_well = if is_of_health { status.is_healthy() } else { status.troubles.is_empty() };
    Ok(match (status.serving, is_well) {
        (false, _) => ExitCode::from(NOBODY),
        (true, true) => ExitCode::SUCCESS,
        (true, false) => ExitCode::FAILURE,
    })
}

/// Formats the status for people.
fn lines(status: &Status, language: Language) -> Vec<String> {
    let at = |time: &Option<DateTime<Utc>>| match time {
        Some(time) => time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string(),
        None => words::NEVER.of(language).to_owned(),
    };
    let HolderStatus { pid, version, command, since, listen } = &status.holder;
    let served = match (status.serving, pid.zip(command.as_ref()), version) {
        (false, ..) => words::NOBODY_SERVES.of(language).to_owned(),
        (true, None, _) => words::UNKNOWN_HOLDER.of(language).to_owned(),
        (true, Some((pid, command)), None) => words::NOT_ASKED.with(language, &[&pid, command]),
        (true, Some((pid, command)), Some(version)) => {
            words::SERVED_BY.with(language, &[command, &pid, version, &at(since)])
        }
    };
    let mut rows: Vec<(Words, String)> = vec![(words::HOLDER, served)];
    rows.extend(listen.iter().map(|url| (words::LISTENING_ON, url.clone())));
    // Without an archive there are no figures.
    if status.serving || status.troubles.is_empty() {
        let figures = match version {
            Some(_) => words::MESSAGE_FIGURES.with(language, &[&status.seq, &status.rate]),
            None => words::LAST_MESSAGE.with(language, &[&status.seq]),
        };
        rows.push((words::MESSAGES, figures));
        rows.push((words::LAST_CALL, at(&status.last_call_at)));
    }
    if version.is_some() {
        let DownloadStatus { running, queued, failed, done } = &status.downloads;
        rows.push((words::LAST_HANDSHAKE, at(&status.last_handshake_at)));
        rows.push((words::ATTACHED, status.attached.to_string()));
        rows.push((words::DOWNLOADS, words::DOWNLOAD_FIGURES.with(language, &[queued, running, failed, done])));
    }
    rows.extend(status.cluster.iter().flat_map(|cluster| cluster_lines(cluster, language)));
    // Targets have lines of their own.
    let is_bot = |name: &str| status.targets.iter().any(|target| name.strip_prefix("forward:") == Some(&target.name));
    let followers = status.followers.iter().filter(|follower| !is_bot(&follower.name));
    rows.extend(followers.map(|FollowerStatus { name, seq, lag }| {
        (words::FOLLOWER, words::FOLLOWER_FIGURES.with(language, &[name, seq, lag]))
    }));
    rows.extend(status.targets.iter().flat_map(|target| target_lines(target, language)));
    rows.extend(status.troubles.iter().map(|reason| (words::TROUBLE, reason.of(language))));
    aligned(rows, language)
}

/// Formats the state of a target and its last error.
fn target_lines(target: &TargetLine, language: Language) -> impl Iterator<Item = (Words, String)> {
    let TargetLine { name, state, lag, waits, counts, last_error, .. } = target;
    let values: [&dyn Display; 8] =
        [name, state, lag, waits, &counts.delivered, &counts.failed, &counts.aside, &counts.different];
    let error = last_error.as_ref().map(|TargetError { at, seq, reason }| {
        let at = at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S");
        forward::LAST_ERROR.with(language, &[&at, seq, &reason.of(language)])
    });
    let lines = std::iter::once(words::TARGET_FIGURES.with(language, &values));
    lines.chain(error.map(|error| format!("{name}: {error}"))).map(|line| (words::TARGET, line))
}

/// Aligns names and values in columns.
pub(super) fn aligned(rows: Vec<(Words, String)>, language: Language) -> Vec<String> {
    let width = rows.iter().map(|(name, _)| text::width(name.of(language))).max().unwrap_or_default();
    rows.into_iter().map(|(name, value)| format!("{}  {value}", text::pad(name.of(language), width))).collect()
}

/// Formats the state of this node and of the nodes that it hears.
pub(super) fn cluster_lines(status: &ClusterStatus, language: Language) -> Vec<(Words, String)> {
    let state = [&status.node as &dyn std::fmt::Display, &status.standing.name(), &status.untold];
    let mut rows = vec![(cluster::THIS_NODE, cluster::NODE_STATE.with(language, &state))];
    rows.extend(status.nodes.iter().map(|NodeLine { name, lag, untold, messages, gaps, .. }| {
        (cluster::NODE, cluster::NODE_FIGURES.with(language, &[name, messages, gaps, lag, untold]))
    }));
    rows
}
