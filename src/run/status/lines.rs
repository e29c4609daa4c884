//! Formats the status for people.

use std::fmt::Display;

use chrono::{DateTime, Local, Utc};

use crate::archive::{Bookmark, ReplyTally};
use crate::language::{Language, Words, cluster, forward, status as words};
use crate::notify::alert::Alert;
use crate::record::cluster::{ClusterStanding, ClusterStatus, NodeLine};
use crate::record::target::{TargetError, TargetStateKind};
use crate::run::clock;
use crate::text;

use super::kept::{DownloadStatus, KeptStatus};
use super::{HolderStatus, Status, TargetLine};

/// Formats the status, one fact on each line.
pub(super) fn lines(status: &Status, language: Language) -> Vec<String> {
    let mut rows = holder_rows(status, language);
    // Without an archive there are no figures.
    if status.serving || status.troubles.is_empty() {
        rows.extend(kept_rows(status, language));
    }
    if status.holder.version.is_some() {
        rows.push((words::LAST_HANDSHAKE, time(status.last_handshake_at, language)));
        rows.push((words::ATTACHED, status.attached.to_string()));
    }
    rows.extend(status.cluster.iter().flat_map(|cluster| cluster_lines(cluster, language)));
    // Targets have lines of their own.
    let is_target = |bot: &str| status.targets.iter().any(|target| target.name == bot);
    rows.extend(status.kept.followers.iter().filter_map(|Bookmark { name, seq, lag }| {
        let (label, name) = match (name.strip_prefix("forward:"), Alert::of_bookmark(name)) {
            (Some(bot), _) if is_target(bot) => return None,
            (Some(bot), _) => (words::TARGET, bot.to_owned()),
            (None, Some((alert, way))) => (words::FOLLOWER, words::OF_ALERT.with(language, &[&alert, &way])),
            (None, None) => (words::FOLLOWER, name.clone()),
        };
        Some((label, words::FOLLOWER_FIGURES.with(language, &[&name, seq, lag])))
    }));
    rows.extend(status.targets.iter().flat_map(|target| target_lines(target, language)));
    rows.extend(status.troubles.iter().map(|reason| (words::TROUBLE, reason.of(language))));
    aligned(rows, language)
}

/// Formats which process serves the archive, and where.
fn holder_rows(status: &Status, language: Language) -> Vec<(Words, String)> {
    let HolderStatus { pid, version, command, since, listen } = &status.holder;
    let served = match (status.serving, pid.zip(command.as_ref()), version) {
        (false, ..) => words::NOBODY_SERVES.of(language).to_owned(),
        (true, None, _) => words::UNKNOWN_HOLDER.of(language).to_owned(),
        (true, Some((pid, command)), None) => words::NOT_ASKED.with(language, &[&pid, command]),
        (true, Some((pid, command)), Some(version)) => {
            words::SERVED_BY.with(language, &[command, &pid, version, &time(*since, language)])
        }
    };
    let listening = listen.iter().map(|url| (words::LISTENING_ON, url.clone()));
    std::iter::once((words::HOLDER, served)).chain(listening).collect()
}

/// Formats the counts of messages, files and replies.
fn kept_rows(status: &Status, language: Language) -> [(Words, String); 4] {
    let KeptStatus { seq, messages, last_call_at, downloads, replies, .. } = &status.kept;
    let figures = match (messages, &status.holder.version) {
        (0, _) => words::NEVER.of(language).to_owned(),
        (_, Some(_)) => words::MESSAGE_FIGURES.with(language, &[messages, seq, &status.rate]),
        (_, None) => words::LAST_MESSAGE.with(language, &[messages, seq]),
    };
    let DownloadStatus { running, queued, failed, done } = downloads;
    let files = words::DOWNLOAD_FIGURES.with(language, &[queued, running, failed, done]);
    let ReplyTally { waiting, failed, unknown } = replies;
    [
        (words::MESSAGES, figures),
        (words::LAST_CALL, time(*last_call_at, language)),
        (words::DOWNLOADS, files),
        (words::REPLIES, words::REPLY_FIGURES.with(language, &[waiting, failed, unknown])),
    ]
}

/// Formats the state of a target and its last error.
fn target_lines(target: &TargetLine, language: Language) -> impl Iterator<Item = (Words, String)> {
    let TargetLine { name, lag, waits, counts, last_error, .. } = target;
    let state = match state(target, language) {
        state if *lag == 0 => state,
        state => words::TARGET_LAGS.with(language, &[&state, lag, waits]),
    };
    let values: [&dyn Display; 6] = [name, &state, &counts.delivered, &counts.failed, &counts.aside, &counts.different];
    let error = last_error.as_ref().map(|TargetError { at, seq, reason }| {
        forward::LAST_ERROR.with(language, &[&moment(*at), seq, &reason.of(language)])
    });
    let lines = std::iter::once(words::TARGET_FIGURES.with(language, &values));
    lines
        .chain(error.map(|error| words::TARGET_ERROR.with(language, &[name, &error])))
        .map(|line| (words::TARGET, line))
}

/// Returns the state of a target in words: those of the dashboard, and until when one that works is sent nothing.
fn state(target: &TargetLine, language: Language) -> String {
    let words = match TargetStateKind::from_name(&target.state) {
        Some(TargetStateKind::Working) => match target.next_try_at.filter(|at| *at > clock::now()) {
            Some(at) => return forward::WAITS_UNTIL.with(language, &[&moment(at)]),
            None => forward::TARGET_WORKS,
        },
        Some(TargetStateKind::Down) => forward::TARGET_DOWN,
        Some(TargetStateKind::Paused) => forward::TARGET_PAUSED,
        Some(TargetStateKind::Gone) => forward::TARGET_GONE,
        None => return target.state.clone(),
    };
    words.of(language).to_owned()
}

/// Formats a time that may not have come yet.
fn time(at: Option<DateTime<Utc>>, language: Language) -> String {
    at.map_or_else(|| words::NEVER.of(language).to_owned(), moment)
}

/// Formats a local time with its zone; one of another day has its date.
fn moment(at: DateTime<Utc>) -> String {
    let [at, now] = [at, clock::now()].map(|time| time.with_timezone(&Local));
    let form = if at.date_naive() == now.date_naive() { "%H:%M:%S %:z" } else { "%Y-%m-%d %H:%M:%S %:z" };
    at.format(form).to_string()
}

/// Aligns names and values in columns.
pub(in crate::run) fn aligned(rows: Vec<(Words, String)>, language: Language) -> Vec<String> {
    let width = rows.iter().map(|(name, _)| text::width(name.of(language))).max().unwrap_or_default();
    rows.into_iter().map(|(name, value)| format!("{}  {value}", text::pad(name.of(language), width))).collect()
}

/// Formats the state of this node and of the nodes that it hears.
pub(in crate::run) fn cluster_lines(status: &ClusterStatus, language: Language) -> Vec<(Words, String)> {
    let standing = match status.standing {
        ClusterStanding::Joining => cluster::JOINING,
        ClusterStanding::Whole => cluster::CONNECTED,
        ClusterStanding::Alone => cluster::NO_QUORUM,
    };
    let state = [&status.node as &dyn Display, &standing.of(language), &status.untold];
    let mut rows = vec![(cluster::THIS_NODE, cluster::NODE_STATE.with(language, &state))];
    rows.extend(status.nodes.iter().map(|NodeLine { name, lag, untold, messages, gaps, .. }| {
        (cluster::NODE, cluster::NODE_FIGURES.with(language, &[name, messages, gaps, lag, untold]))
    }));
    rows
}
