//! The figures in the `OpenMetrics` format. Nothing is counted for them: each is read on request from where it is
//! kept.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType::{self, Counter, Gauge, Histogram};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use rustix::fs::statvfs;

use crate::archive::TurnTimes;
use crate::record::cluster::{ClusterStanding, ClusterStatus};
use crate::record::media::Board;
use crate::record::target::{TargetState, TargetStatus};
use crate::record::traffic::{Latency, Traffic};
use crate::run::status::{Facts, KeptStatus, Status};

/// Content type of the response.
pub(super) const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Sources of the figures.
pub(super) struct Figures {
    pub(super) facts: Arc<Facts>,
    pub(super) status: Status,
}

impl Figures {
    /// Encodes the current figures. Blocks.
    pub(super) fn encode(self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("weibox");
        registry.register_collector(Box::new(self));
        let mut encoded = String::new();
        text::encode(&mut encoded, &registry)?;
        Ok(encoded)
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Figures")
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Status { kept: KeptStatus { seq, followers, last_call_at, .. }, troubles, attached, .. } = &self.status;
        let watches = &self.facts.watches;
        let traffic = watches.traffic.borrow().clone();
        let board = watches.board.borrow().clone();
        calls(&mut encoder, &traffic)?;
        let TurnTimes { turns, commits } = self.facts.archive.turn_times();
        let times = [
            ("answer", "From the head of a callback to its answer", traffic.latency),
            ("archive_turn", "A turn of the archive's writer, which is one transaction", turns),
            ("archive_commit", "Of a turn, writing the log and its fsync", commits),
        ];
        for (name, help, times) in times {
            histogram(encoder.encode_descriptor(name, help, Some(&Unit::Seconds), Histogram)?, &times)?;
        }
        let lag = followers.iter().map(|follower| (follower.name.as_str(), follower.lag));
        let help = "Messages that a follower has not looked at yet";
        family(&mut encoder, Gauge, ("follower_lag", help), "name", lag)?;
        targets(&mut encoder, &watches.targets.borrow())?;
        if let Some(status) = &*watches.cluster.borrow() {
            cluster(&mut encoder, status)?;
        }
        let codes: BTreeSet<&str> = troubles.iter().map(|reason| reason.code.name()).collect();
        let wrong = codes.into_iter().map(|code| (code, 1));
        let help = "Things that are wrong now; none when all is well";
        family(&mut encoder, Gauge, ("trouble", help), "code", wrong)?;
        downloads(&mut encoder, &board)?;
        let disk = statvfs(self.facts.archive.data_dir()).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        let since = u64::try_from(self.facts.since.timestamp()).unwrap_or_default();
        let last_call = last_call_at.and_then(|at| u64::try_from(at.timestamp()).ok());
        let waiting = self.facts.archive.n_waiting() as u64;
        let gauges = [
            ("archive_queue", "Changes that wait for the archive's writer", None, Some(waiting)),
            ("archive_seq", "The number of the newest message", None, Some(*seq)),
            ("attached", "Dashboards that are attached", None, Some(*attached as u64)),
            ("disk_free", "Room on the disk of the archive", Some(Unit::Bytes), disk.ok()),
            ("start_time", "When it began to listen", Some(Unit::Seconds), Some(since)),
            ("last_call_time", "When the last callback came", Some(Unit::Seconds), last_call),
        ];
        for (name, help, unit, value) in gauges {
            let Some(value) = value else { continue };
            encode(Gauge, value, encoder.encode_descriptor(name, help, unit.as_ref(), Gauge)?)?;
        }
        Ok(())
    }
}

/// Encodes callbacks and handshakes by their outcome.
fn calls(encoder: &mut DescriptorEncoder<'_>, traffic: &Traffic) -> Result<(), fmt::Error> {
    let &Traffic { stored, repeated, refused, busy, .. } = traffic;
    let verdicts = [
        ("stored", stored),
        ("repeated", repeated),
        ("refused", refused),
        ("busy", busy),
        ("handshake", traffic.n_handshakes()),
    ];
    family(encoder, Counter, ("callbacks", "Calls by what came of them"), "verdict", verdicts)
}

fn downloads(encoder: &mut DescriptorEncoder<'_>, board: &Board) -> Result<(), fmt::Error> {
    let running = board.running.len() as u64;
    let waiting = board.queued.saturating_sub(running);
    let states = [("waiting", waiting), ("running", running), ("failed", board.failed), ("done", board.done)];
    family(encoder, Gauge, ("downloads", "Files by state"), "state", states)
}

fn cluster(encoder: &mut DescriptorEncoder<'_>, status: &ClusterStatus) -> Result<(), fmt::Error> {
    let is_whole = u64::from(status.standing == ClusterStanding::Whole);
    let figures = [
        (Counter, "cluster_confirmed", "Messages of this node that the stream has taken", status.confirmed),
        (
            Counter,
            "cluster_kept_here",
            "Callbacks that were answered before the stream had their messages",
            status.kept_here,
        ),
        (Counter, "cluster_strange", "Events of the stream that are not of weibox", status.strange),
        (Counter, "cluster_missed", "Events that were gone from the stream before they were read", status.missed),
        (Gauge, "cluster_whole", "1 while messages are answered when the stream has them", is_whole),
        (Gauge, "cluster_nodes", "Nodes that were heard lately, this one included", status.nodes.len() as u64),
        (Gauge, "cluster_untold", "Messages and marks that the stream does not know yet", status.untold),
        (
            Gauge,
            "cluster_gaps",
            "Messages of other nodes that are missing here, as far as they were asked",
            status.gaps,
        ),
        (Gauge, "cluster_cursor", "The place in the stream up to which this archive has everything", status.cursor),
        (Gauge, "cluster_last", "The last place in the stream", status.last),
    ];
    for (kind, name, help, value) in figures {
        encode(kind, value, encoder.encode_descriptor(name, help, None, kind)?)?;
    }
    Ok(())
}

fn targets(encoder: &mut DescriptorEncoder<'_>, targets: &[TargetStatus]) -> Result<(), fmt::Error> {
    type Figure = fn(&TargetStatus) -> u64;
    let figures: [(MetricType, &str, &str, Figure); 8] = [
        (Counter, "target_compared", "Answers of a shadow that were compared with those of another bot", |target| {
            target.counts.compared
        }),
        (Counter, "target_delivered", "Messages that a bot took", |target| target.counts.delivered),
        (Counter, "target_different", "Answers of a shadow that differ from those it is compared with", |target| {
            target.counts.different
        }),
        (Counter, "target_failed", "Attempts that failed or were refused", |target| target.counts.failed),
        (Gauge, "target_lag", "Messages that a bot does not have yet", |target| target.lag),
        (Gauge, "target_aside", "Messages that were set aside for a bot", |target| target.counts.aside),
        (Gauge, "target_breaker_open", "1 while a bot is left alone because it failed again and again", |target| {
            u64::from(matches!(target.state, TargetState::Down(_)))
        }),
        (Gauge, "target_paused", "1 while a bot is sent nothing, as the user or the bot wished", |target| {
            u64::from(matches!(target.state, TargetState::Paused(_) | TargetState::Gone(_)))
        }),
    ];
    for (kind, name, help, figure) in figures {
        let values = targets.iter().map(|target| (target.name.as_str(), figure(target)));
        family(encoder, kind, (name, help), "name", values)?;
    }
    Ok(())
}

/// Encodes a figure for each value of a label.
fn family<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    kind: MetricType,
    (name, help): (&str, &str),
    label: &str,
    values: impl IntoIterator<Item = (&'a str, u64)>,
) -> Result<(), fmt::Error> {
    let mut metric = encoder.encode_descriptor(name, help, None, kind)?;
    for (value, n) in values {
        encode(kind, n, metric.encode_family(&[(label, value)])?)?;
    }
    Ok(())
}

fn encode(kind: MetricType, n: u64, metric: MetricEncoder<'_>) -> Result<(), fmt::Error> {
    if kind == Counter { ConstCounter::new(n).encode(metric) } else { ConstGauge::new(n).encode(metric) }
}

fn histogram(mut metric: MetricEncoder<'_>, times: &Latency) -> Result<(), fmt::Error> {
    let mut buckets: Vec<(f64, u64)> = times.steps().map(|(end, n)| (end.as_secs_f64(), n)).collect();
    if let Some((end, _)) = buckets.last_mut() {
        // The last bucket also counts all longer times, and the format requires that it has no end.
        *end = f64::INFINITY;
    }
    let count = buckets.iter().map(|(_, n)| n).sum();
    metric.encode_histogram::<NoLabelSet>(times.sum().as_secs_f64(), count, &buckets, None)
}
