//! `weibox status`: who holds the archive and how it goes. The holder makes it, and is asked over its socket; where nobody
//! serves, what the archive says by itself is told.

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
use crate::reason::{Code, Reason, alarms};
use crate::record::Seq;
use crate::record::cluster::{ClusterStatus, NodeLine};
use crate::record::media::{Board, Queue};
use crate::record::target::{TargetCounts, TargetError, TargetMode, TargetState, TargetStatus};
use crate::text;

use super::clock;
use super::rate::MinuteRate;

/// The exit code when nobody serves.
const NOBODY: u8 = 3;
/// The archive's writer has to answer within this time.
const BEAT: Duration = Duration::from_secs(2);
/// TABLE: what is wrong with weibox itself, so that another node may do better. All else lies outside, or costs no message.
const INSIDE: [Code; 5] = [
    alarms::WRITER_STUCK,
    alarms::DISK_FULL,
    alarms::ARCHIVE_FAILING,
    alarms::ARCHIVE_DAMAGED_NOW,
    alarms::ARCHIVE_UNREADABLE,
];

/// What the status is made of.
pub(super) struct Facts {
    /// What dashboards see, too.
    pub(super) watches: Watches,
    /// What dashboards are told at first.
    pub(super) welcome: Welcome,
    /// How many dashboards are attached.
    pub(super) attached: watch::Receiver<usize>,
    /// The number of messages of the last minute.
    pub(super) rate: MinuteRate,
    /// The URL of each account.
    pub(super) urls: Vec<String>,
    /// When the process began to listen.
    pub(super) since: DateTime<Utc>,
    /// What is asked, and where the lock says what is wrong.
    pub(super) archive: Archive,
}

/// How it goes. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) serving: bool,
    #[serde(flatten)]
    holder: HolderStatus,
    pub(super) seq: Seq,
    /// Messages of the last minute.
    rate: u64,
    pub(super) last_call_at: Option<DateTime<Utc>>,
    last_handshake_at: Option<DateTime<Utc>>,
    pub(super) attached: usize,
    pub(super) followers: Vec<FollowerStatus>,
    /// How it goes with the bots.
    pub(super) targets: Vec<TargetLine>,
    downloads: DownloadStatus,
    /// How it goes with the cluster, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<ClusterStatus>,
    /// What is wrong.
    pub(super) troubles: Vec<Reason>,
}

impl Status {
    /// What is wrong with weibox itself.
    pub(super) fn ailments(&self) -> impl Iterator<Item = &Reason> {
        self.troubles.iter().filter(|reason| self.holder.version.is_none() || INSIDE.contains(&reason.code))
    }

    /// Whether nothing is.
    pub(super) fn is_healthy(&self) -> bool {
        self.ailments().next().is_none()
    }
}

/// Who holds the archive; nothing where nobody does, and no version where it could not be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct HolderStatus {
    pid: Option<u32>,
    version: Option<String>,
    command: Option<String>,
    since: Option<DateTime<Utc>>,
    /// Where it listens.
    listen: Vec<String>,
}

impl HolderStatus {
    /// Of what a holder has written about itself: `process 1234 (weibox serve)`.
    fn named(holder: &str) -> Self {
        let named = holder.strip_prefix("process ").and_then(|rest| rest.strip_suffix(')')?.split_once(" ("));
        let (pid, command) = named.unzip();
        Self { pid: pid.and_then(|pid| pid.parse().ok()), command: command.map(str::to_owned), ..Self::default() }
    }
}

/// How far a follower is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FollowerStatus {
    pub(super) name: String,
    pub(super) seq: Seq,
    pub(super) lag: u64,
}

/// How it goes with a target. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TargetLine {
    pub(super) name: String,
    mode: TargetMode,
    url: String,
    /// working, down, paused or gone.
    pub(super) state: String,
    pub(super) lag: u64,
    /// For how many seconds its oldest message waits.
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

/// What is wrong with a target; nothing when the user paused it.
fn target_trouble(target: &TargetStatus, now: DateTime<Utc>) -> Option<Reason> {
    let name = &target.name;
    match target.state {
        TargetState::Gone(_) => Some(alarms::TARGET_ENDED.with(name)),
        TargetState::Down(_) => Some(alarms::TARGET_DOWN.with(name).with(target.lag)),
        TargetState::Working if target.is_late(now) => Some(alarms::TARGET_LATE.with(name).with(target.lag)),
        TargetState::Working | TargetState::Paused(_) => None,
    }
}

/// How far the files are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct DownloadStatus {
    running: usize,
    queued: u64,
    failed: u64,
    done: u64,
}

/// What the archive says by itself. It blocks.
fn kept(reader: &Reader) -> Result<Status, archive::Error> {
    let seq = reader.highest()?;
    let followers = reader.bookmarks()?.into_iter();
    let followers = followers.map(|archive::Bookmark { name, seq, lag }| FollowerStatus { name, seq, lag }).collect();
    let last_call_at = reader.record(seq)?.map(|record| record.received_at);
    Ok(Status { seq, last_call_at, followers, ..Status::default() })
}

/// How it goes with this process, which holds the archive.
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

/// The same without the writer. It blocks.
fn look(facts: &Facts) -> Status {
    let Watches { traffic, board, targets, cluster, .. } = &facts.watches;
    let (traffic, Board { queue, running, queued, failed, done, by_account }) =
        (traffic.borrow().clone(), board.borrow().clone());
    let mut troubles = Lock::announced(facts.archive.data_dir());
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

/// Why tokens are refused: the one, or each of those of several accounts, with its name.
fn refused_tokens(queue: Queue, by_account: Vec<(String, Queue)>) -> Vec<Reason> {
    let queues = if by_account.is_empty() { vec![(String::new(), queue)] } else { by_account };
    let refused = queues.into_iter().filter_map(|(name, queue)| match queue {
        Queue::TokenRefused(reason) if name.is_empty() => Some(reason),
        Queue::TokenRefused(reason) => Some(alarms::TOKEN_REFUSED_FOR.with(name).with(reason)),
        Queue::Open | Queue::NoToken | Queue::Paused { .. } => None,
    });
    refused.collect()
}

/// The status as it goes over the socket.
pub(super) async fn value(facts: &Arc<Facts>) -> Json {
    // Plain data has a form in JSON.
    serde_json::to_value(status(facts).await).unwrap_or_default()
}

/// Of who holds the archive nothing is known but why.
fn unknown(reason: Reason) -> Status {
    Status { serving: true, troubles: vec![reason], ..Status::default() }
}

/// What there is to know from outside.
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
    // What the archive and the lock say is true all the same.
    let kept = Reader::open(data_dir).and_then(|reader| kept(&reader)).unwrap_or_default();
    Ok(Status { holder: HolderStatus::named(&holder), ..Status { serving: true, troubles: vec![reason], ..kept } })
}

/// Prints how it goes: 0 when all is well, 1 when something is wrong, 3 when nobody serves. What is wrong outside is nothing
/// to whoever asks for the health alone.
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

/// The status for people.
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
    // Without an archive there is none of it.
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
    // A bot has a line of its own.
    let is_bot = |name: &str| status.targets.iter().any(|target| name.strip_prefix("forward:") == Some(&target.name));
    let followers = status.followers.iter().filter(|follower| !is_bot(&follower.name));
    rows.extend(followers.map(|FollowerStatus { name, seq, lag }| {
        (words::FOLLOWER, words::FOLLOWER_FIGURES.with(language, &[name, seq, lag]))
    }));
    rows.extend(status.targets.iter().flat_map(|target| target_lines(target, language)));
    rows.extend(status.troubles.iter().map(|reason| (words::TROUBLE, reason.of(language))));
    aligned(rows, language)
}

/// How it goes with a target, and what went wrong last.
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

/// Names and values as columns.
pub(super) fn aligned(rows: Vec<(Words, String)>, language: Language) -> Vec<String> {
    let width = rows.iter().map(|(name, _)| text::width(name.of(language))).max().unwrap_or_default();
    rows.into_iter().map(|(name, value)| format!("{}  {value}", text::pad(name.of(language), width))).collect()
}

/// How it goes with this node and those that it hears.
pub(super) fn cluster_lines(status: &ClusterStatus, language: Language) -> Vec<(Words, String)> {
    let state = [&status.node as &dyn std::fmt::Display, &status.standing.name(), &status.untold];
    let mut rows = vec![(cluster::THIS_NODE, cluster::NODE_STATE.with(language, &state))];
    rows.extend(status.nodes.iter().map(|NodeLine { name, lag, untold, messages, gaps, .. }| {
        (cluster::NODE, cluster::NODE_FIGURES.with(language, &[name, messages, gaps, lag, untold]))
    }));
    rows
}
