//! `weibox status`: reports the holder of the archive and its state. The holder compiles the status, and is asked
//! over its socket; if no process serves, the status comes from the archive alone.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::watch;

use crate::archive::{self, Archive, Lock, Reader};
use crate::attach::{Order, Outcome, Watches, Welcome, client};
use crate::config::Config;
use crate::forward::target::{Target, bookmark_of};
use crate::reason::{self, Code, Reason, alarms};
use crate::record::Seq;
use crate::record::cluster::ClusterStatus;
use crate::record::media::{Board, Queue};
use crate::record::target::{TargetCounts, TargetError, TargetMode, TargetState, TargetStatus};
use crate::text;

use super::rate::MinuteRate;
use super::{alarm, clock};

mod kept;
mod lines;

pub(super) use kept::KeptStatus;
pub(super) use lines::{aligned, cluster_lines};

/// The exit code if no process serves.
const NOBODY: u8 = 3;
/// The maximum time for the archive's writer to answer.
const BEAT: Duration = Duration::from_secs(2);
/// TABLE: troubles of weibox itself, which another node may not have. All others are external, or cost no message.
const INSIDE: [Code; 11] = [
    alarms::WRITER_STUCK,
    alarms::DISK_FULL,
    alarms::ARCHIVE_FAILING,
    alarms::ARCHIVE_DAMAGED_NOW,
    alarms::ARCHIVE_UNREADABLE,
    reason::archive::SALVAGING,
    reason::archive::NOT_SALVAGED,
    reason::archive::SALVAGED_UNOPENED,
    reason::archive::FILE_MOVED,
    reason::archive::NOT_KEPT,
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
    #[serde(flatten)]
    pub(super) kept: KeptStatus,
    /// Number of messages in the last minute.
    rate: u64,
    last_handshake_at: Option<DateTime<Utc>>,
    pub(super) attached: usize,
    /// State of each target.
    pub(super) targets: Vec<TargetLine>,
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
    /// Parses what a holder has written about itself.
    fn named(holder: &str) -> Self {
        let (pid, command) = Lock::parse(holder).unzip();
        Self { pid, command: command.map(str::to_owned), ..Self::default() }
    }
}

/// The state of a target. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TargetLine {
    pub(super) name: String,
    mode: TargetMode,
    url: String,
    /// Name of a [`TargetStateKind`](crate::record::target::TargetStateKind), or one of another version.
    pub(super) state: String,
    pub(super) lag: u64,
    /// Seconds for which its oldest message has waited.
    waits: u64,
    /// Time before which nothing is sent to it.
    next_try_at: Option<DateTime<Utc>>,
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
            state: target.state.kind().name().to_owned(),
            lag: target.lag,
            waits: u64::try_from(waits).unwrap_or_default(),
            next_try_at: target.next_try_at,
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

/// Returns whether these settings have the follower of a bookmark. Those of `serve` are not in the settings.
fn is_configured(config: &Config, bookmark: &str) -> bool {
    let alerts = || config.alerts.value.iter().flat_map(|alert| alert.by.iter().map(|way| alert.bookmark(way)));
    let mut known = config.targets.value.iter().map(Target::bookmark).chain(alerts());
    !bookmark.contains(':') || known.any(|name| name == bookmark)
}

/// Returns the status of this process, which holds the archive; without the numbers of downloads and replies unless
/// it `is_counted`, which reads all of them.
pub(super) async fn status(facts: &Arc<Facts>, is_counted: bool) -> Status {
    let seen = Arc::clone(facts);
    let looked = tokio::task::spawn_blocking(move || look(&seen, is_counted));
    let (beat, looked) = tokio::join!(tokio::time::timeout(BEAT, facts.archive.beat()), looked);
    let mut status = looked.unwrap_or_else(|broken| unknown(Reason::other(broken)));
    if !matches!(beat, Ok(Ok(()))) {
        status.troubles.push(alarms::WRITER_STUCK.into());
    }
    status
}

/// Returns the status without asking the writer. Blocks.
fn look(facts: &Facts, is_counted: bool) -> Status {
    let Watches { traffic, board, targets, cluster, .. } = &facts.watches;
    let (traffic, Board { queue, running, by_account, .. }) = (traffic.borrow().clone(), board.borrow().clone());
    let mut troubles = Lock::announced(facts.archive.data_dir());
    troubles.extend(alarm::standing(facts.archive.damage().borrow().as_ref(), facts.archive.data_dir()));
    troubles.extend(refused_tokens(queue, by_account));
    let (targets, now) = (targets.borrow().clone(), clock::now());
    troubles.extend(targets.iter().filter_map(|target| target_trouble(target, now)));
    let cluster = cluster.borrow().clone();
    troubles.extend(cluster.iter().flat_map(|cluster| cluster.troubles.clone()));
    // The feed of a target ends while its bookmark is moved.
    let is_target = |bookmark: &str| targets.iter().any(|target| bookmark_of(&target.name) == bookmark);
    let is_follower = |bookmark: &str| facts.archive.is_followed(bookmark) || is_target(bookmark);
    let read = facts.archive.reader().and_then(|reader| {
        let kept = KeptStatus::read(&reader, is_follower)?;
        if is_counted { kept.counted(&reader) } else { Ok(kept) }
    });
    let mut kept = read.unwrap_or_else(|error| {
        troubles.push(alarms::ARCHIVE_UNREADABLE.with(error.reason()));
        KeptStatus::default()
    });
    kept.downloads.running = running.len();
    kept.last_call_at = traffic.last_call_at.or(kept.last_call_at);
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
        kept,
        rate: facts.rate.now(),
        last_handshake_at: traffic.last_handshake_at,
        attached: *facts.attached.borrow(),
        targets: targets.iter().map(|target| TargetLine::of(target, now)).collect(),
        cluster,
        troubles,
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
    serde_json::to_value(status(facts, true).await).unwrap_or_default()
}

/// Returns the status of a holder about which only the reason of a failure is known.
fn unknown(reason: Reason) -> Status {
    Status { serving: true, troubles: vec![reason], ..Status::default() }
}

/// Determines the status from another process.
pub(super) async fn found(config: &Config) -> anyhow::Result<Status> {
    let data_dir = &config.data_dir.value;
    let read = |reader: &Reader| KeptStatus::read(reader, |bookmark| is_configured(config, bookmark))?.counted(reader);
    let Some(holder) = Lock::look(data_dir)? else {
        return Ok(match Reader::open(data_dir) {
            Ok(reader) => Status { kept: read(&reader)?, ..Status::default() },
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
    let kept = Reader::open(data_dir).and_then(|reader| read(&reader)).unwrap_or_default();
    Ok(Status { kept, holder: HolderStatus::named(&holder), ..unknown(reason) })
}

/// Prints the status: the exit code is 0 if all is well, 1 if something is wrong, and 3 if no process serves. A check
/// of the health alone ignores external troubles.
pub(super) async fn run(config: &Config, is_json: bool, is_of_health: bool) -> anyhow::Result<ExitCode> {
    let status = found(config).await?;
    let mut out = io::stdout().lock();
    if is_json {
        writeln!(out, "{}", text::json(serde_json::to_string(&status)?))?;
    } else {
        for line in lines::lines(&status, config.language.value) {
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
