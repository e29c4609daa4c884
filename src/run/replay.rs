//! `weibox replay`: sends messages of the archive to a bot again, beside a running weibox or without one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Archive, ForwardedBatch, Reader};
use crate::cli;
use crate::config::Config;
use crate::forward::AppSecrets;
use crate::forward::replay::{AnswerLine, BotSaid, ReplayOutlet, Replayed, differences, line_of, meant};
use crate::forward::target::{Target, printable};
use crate::language::{Language, commands as words};
use crate::query::Query;
use crate::reason::{Code, command, files, forward};
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::traffic::Latency;
use crate::record::{Record, Seq};

use super::report::{stdout, wrong_usage};
use super::{clock, export, say};

/// Messages that are read at a time; a batch is a megabyte or one message.
const BATCH: usize = 500;
/// The maximum number of failed or different messages that are named; the rest are only counted.
const NAMED: u64 = 20;

/// The key in the JSON for messages without an answer.
const NO_STATUS: &str = "none";

/// How a replay ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ReplayEnd {
    /// All messages were sent.
    #[default]
    Complete,
    /// The user stopped it.
    Stopped,
    /// Nothing was to be sent: `sent` counts what would have been.
    DryRun,
}

/// Result of a replay, as JSON. The names are fixed: scripts rely on them.
#[derive(Debug, Default, Serialize)]
struct Summary {
    end: ReplayEnd,
    sent: u64,
    answered: u64,
    failed: u64,
    different: u64,
    p50_ms: u64,
    p99_ms: u64,
    /// Counts by status, or [`NO_STATUS`].
    statuses: BTreeMap<String, u64>,
    /// Number of messages that failed or differ; the first [`NAMED`] of them are named.
    #[serde(skip)]
    n_wrong: u64,
    #[serde(skip)]
    latency: Latency,
}

impl Summary {
    fn add(&mut self, replayed: &Replayed) {
        self.sent += 1;
        let status = replayed.status.map_or_else(|| NO_STATUS.to_owned(), |status| status.to_string());
        *self.statuses.entry(status).or_default() += 1;
        if replayed.failure.is_some() {
            self.failed += 1;
        } else {
            self.answered += 1;
            self.latency.note(replayed.took);
        }
        self.different += u64::from(!replayed.differences.is_empty());
        self.n_wrong += u64::from(replayed.failure.is_some() || !replayed.differences.is_empty());
        let millis = |percent| {
            let took = self.latency.percentile(percent).unwrap_or_default();
            u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
        };
        (self.p50_ms, self.p99_ms) = (millis(50), millis(99));
    }

    /// Returns whether all messages were sent and accepted and, if answers are compared, at least one was sent and
    /// none differ.
    fn is_well(&self, is_compared: bool) -> bool {
        let is_empty_check = is_compared && self.sent == 0;
        self.failed + self.different == 0 && self.end != ReplayEnd::Stopped && !is_empty_check
    }
}

type Batch = Result<Vec<Record>, archive::Error>;

/// Whether answers are compared with those recorded in a file of this name. It may also be a pipe, which is no regular
/// file.
fn is_recording(text: &str, targets: &[Target]) -> bool {
    let is_name = targets.iter().any(|target| target.name == text);
    !is_name && Path::new(text).exists() && !Path::new(text).is_dir()
}

/// Returns the target with this name or at this address. A name that no target has gets `unknown`, with the names of
/// those that there are; an address that cannot be one of a target is a usage error.
fn find_target(text: &str, targets: &[Target], unknown: Code) -> anyhow::Result<Target> {
    meant(text, targets).map_err(|reason| {
        if reason.code != forward::NO_TARGET {
            return wrong_usage(reason).into();
        }
        let known = targets.iter().map(|target| format!("`{}`", target.name)).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { forward::NO_TARGETS.into() } else { forward::TARGETS.with(known) };
        unknown.with(printable(text)).with_hint(Some(known)).into()
    })
}

/// What a replay is compared with, and where its outcome is recorded.
struct Beside {
    language: Language,
    /// The highest sequence number in the archive.
    highest: Seq,
    /// Archive and target for which accepted messages are recorded, if the replay sends what was set aside.
    noted: Option<(Archive, String)>,
    /// The recorded answers.
    expected: Option<BTreeMap<Seq, BotSaid>>,
}

/// Sends the messages that the query finds. The exit code is 1 if one failed or differs, or if the replay was stopped
/// or had nothing to compare.
pub(super) async fn run(config: &Config, replay: cli::Replay, query: Query) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    let targets = &config.targets.value;
    let target = find_target(&replay.to, targets, forward::NO_TARGET)?;
    let (compared, expected) = match &replay.compare {
        None => (None, None),
        Some(text) if is_recording(text, targets) => (None, Some(answers(Path::new(text))?)),
        Some(text) => (Some(find_target(text, targets, forward::NOTHING_TO_COMPARE_WITH)?), None),
    };
    let reader = Reader::open(&config.data_dir.value)?;
    let highest = reader.highest()?;
    let (batches_tx, batches) = mpsc::channel(2);
    let name = target.name.clone();
    let noted = if replay.set_aside {
        if name.is_empty() {
            return Err(forward::ONLY_OF_TARGET.with(target.place()).into());
        }
        let aside = name.clone();
        tokio::task::spawn_blocking(move || read_aside(&reader, &aside, &batches_tx));
        // A dry run records nothing.
        (!replay.dry_run).then(|| Archive::open(&config.data_dir.value)).transpose()?.map(|archive| (archive, name))
    } else {
        tokio::task::spawn_blocking(move || read(&reader, &query, &batches_tx));
        None
    };
    let summary = if replay.dry_run {
        count(batches).await?
    } else {
        tell_unsigned(config, std::iter::once(&target).chain(&compared))?;
        let outlet = ReplayOutlet::new(target, compared, secrets(config), clock::now)?;
        send(outlet, batches, replay.rate, Beside { language, highest, noted, expected }).await?
    };
    let mut out = stdout();
    if replay.json {
        writeln!(out, "{}", serde_json::to_string(&summary)?)?;
    } else if replay.dry_run {
        writeln!(out, "{}", words::WOULD_REPLAY.with(language, &[&summary.sent]))?;
    } else {
        tell(&mut out, &summary, language)?;
    }
    out.flush()?;
    let is_compared = replay.compare.is_some() && !replay.dry_run;
    if is_compared && summary.sent == 0 {
        say(words::NOTHING_COMPARED.of(language))?;
    }
    Ok(if summary.is_well(is_compared) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the answers that `weibox simulate --record` wrote.
pub(super) fn answers(path: &Path) -> anyhow::Result<BTreeMap<Seq, BotSaid>> {
    let unread = |error: io::Error| files::FILE_UNREAD.with(path.display()).with(&error);
    let mut answers = BTreeMap::new();
    for (line, number) in BufReader::new(File::open(path).map_err(unread)?).lines().zip(1_u64..) {
        let line = line.map_err(unread)?;
        if line.trim().is_empty() {
            continue;
        }
        let AnswerLine { seq, status, answer } = serde_json::from_str(&line)
            .map_err(|error| command::LINE_UNREAD.with(path.display()).with(number).with(error.to_string()))?;
        if answers.insert(seq, BotSaid { status, answer }).is_some() {
            return Err(command::SEQ_TWICE.with(path.display()).with(number).with(seq).into());
        }
    }
    Ok(answers)
}

/// Returns how an answer differs from the recorded one; a missing record is a difference, too.
pub(super) fn compare(expected: &BTreeMap<Seq, BotSaid>, seq: Seq, said: &BotSaid, language: Language) -> Vec<String> {
    let none = || vec![words::NO_ANSWER_RECORDED.of(language).to_owned()];
    expected.get(&seq).map_or_else(none, |expected| differences(expected, said))
}

/// Warns that requests will not be signed; a bot that checks signatures refuses them.
pub(super) fn tell_unsigned<'a>(config: &Config, targets: impl IntoIterator<Item = &'a Target>) -> io::Result<()> {
    let language = config.language.value;
    if targets.into_iter().all(|target| target.secret.is_some()) {
        return Ok(());
    }
    for account in config.all_accounts().into_iter().filter(|account| account.app_secret.is_none()) {
        let unsigned = match account.name.as_str() {
            "" => words::CALLS_UNSIGNED.of(language).to_owned(),
            name => words::CALLS_UNSIGNED_OF.with(language, &[&name]),
        };
        say(&words::WARNING.with(language, &[&unsigned]))?;
    }
    Ok(())
}

/// Returns the secrets that requests are signed with.
pub(super) fn secrets(config: &Config) -> AppSecrets {
    let secret = |account: crate::config::Account| (account.name, watch::channel(account.app_secret).1);
    config.all_accounts().into_iter().map(secret).collect()
}

/// Reads the messages that the query finds, until the receiver is dropped.
fn read(reader: &Reader, query: &Query, batches: &mpsc::Sender<Batch>) {
    for batch in export::batches(reader, BATCH) {
        let found = batch.and_then(|batch| batch.find(reader, query));
        let is_over = found.is_err();
        if batches.blocking_send(found).is_err() || is_over {
            return;
        }
    }
}

/// Reads the messages that were set aside for a target, until the receiver is dropped.
fn read_aside(reader: &Reader, target: &str, batches: &mpsc::Sender<Batch>) {
    let aside = || {
        let rows = reader.forwarded_aside(target)?.into_iter();
        rows.filter_map(|row| reader.record(row.seq).transpose()).collect::<Batch>()
    };
    // The receiver may have been dropped.
    drop(batches.blocking_send(aside()));
}

/// Records that a target has accepted a message that was set aside for it.
async fn note(archive: &Archive, target: &str, replayed: &Replayed) -> Result<(), archive::Error> {
    let row = Forwarded {
        seq: replayed.seq,
        state: ForwardState::Done,
        attempts: 1,
        tried_at: clock::now(),
        took: replayed.took,
        status: replayed.status,
        answer: None,
        reason: None,
        differences: None,
    };
    archive
        .record_forwarded(ForwardedBatch { target: target.to_owned(), rows: vec![row], ..ForwardedBatch::default() })
        .await
}

async fn count(mut batches: mpsc::Receiver<Batch>) -> anyhow::Result<Summary> {
    let mut summary = Summary { end: ReplayEnd::DryRun, ..Summary::default() };
    while let Some(batch) = batches.recv().await {
        summary.sent += batch?.len() as u64;
    }
    Ok(summary)
}

async fn send(
    mut replay: ReplayOutlet,
    mut batches: mpsc::Receiver<Batch>,
    rate: Option<f64>,
    Beside { language, highest, noted, expected }: Beside,
) -> anyhow::Result<Summary> {
    let stop = CancellationToken::new();
    super::stop_when_asked(&stop);
    let (mut summary, mut pace) = (Summary::default(), rate.map(pace));
    // Shows the position in the archive, because the number of matches is not known in advance.
    let bar = ProgressBar::new(highest).with_style(ProgressStyle::with_template("{bar:30} {percent} %  {msg}")?);
    let (mut batch, mut is_over) = (Vec::new().into_iter(), false);
    loop {
        if stop.is_cancelled() && !is_over {
            (summary.end, is_over) = (ReplayEnd::Stopped, true);
        }
        let may_read = !is_over && batch.len() == 0;
        let may_take = !is_over && !may_read && replay.has_room();
        tokio::select! {
            biased;
            Some(mut replayed) = replay.next() => {
                if let Some(expected) = &expected {
                    replayed.differences = compare(expected, replayed.seq, &replayed.said, language);
                }
                name(&replayed, &summary, language, &bar)?;
                summary.add(&replayed);
                if let Some((archive, target)) = noted.as_ref().filter(|_| replayed.failure.is_none()) {
                    note(archive, target, &replayed).await?;
                }
                bar.set_position(bar.position().max(replayed.seq));
                bar.set_message(summary.sent.to_string());
            }
            () = stop.cancelled(), if !is_over => {}
            read = batches.recv(), if may_read => match read {
                Some(read) => batch = read?.into_iter(),
                None => is_over = true,
            },
            () = tick(&mut pace), if may_take => {
                batch.next().into_iter().for_each(|record| replay.take(Arc::new(record)));
            }
            else => break,
        }
    }
    bar.finish_and_clear();
    if let Some(more @ 1..) = summary.n_wrong.checked_sub(NAMED) {
        say(&words::REPLAY_MORE.with(language, &[&more]))?;
    }
    if let Some((archive, _)) = noted {
        archive.close().await?;
    }
    Ok(summary)
}

fn pace(rate: f64) -> Interval {
    let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

/// Waits until the next message is due; returns at once without a rate.
async fn tick(pace: &mut Option<Interval>) {
    if let Some(pace) = pace {
        pace.tick().await;
    }
}

/// Names a message that failed or differs.
fn name(replayed: &Replayed, before: &Summary, language: Language, bar: &ProgressBar) -> io::Result<()> {
    let line = match &replayed.failure {
        Some(reason) => words::REPLAY_FAILED.with(language, &[&replayed.seq, &reason.of(language)]),
        None if replayed.differences.is_empty() => return Ok(()),
        None => words::REPLAY_DIFFERS.with(language, &[&replayed.seq, &line_of(&replayed.differences)]),
    };
    if before.n_wrong < NAMED { bar.suspend(|| say(&line)) } else { Ok(()) }
}

fn tell(out: &mut impl io::Write, summary: &Summary, language: Language) -> io::Result<()> {
    let Summary { sent, answered, failed, different, p50_ms, p99_ms, .. } = summary;
    let statuses = summary.statuses.iter().map(|(status, n)| match status.as_str() {
        NO_STATUS => words::REPLAYED_SILENT.with(language, &[n]),
        status => format!("{status}: {n}"),
    });
    let statuses: Vec<String> = statuses.collect();
    writeln!(out, "{}", words::REPLAYED.with(language, &[sent, answered, failed, different]))?;
    match (*sent, *answered) {
        (0, _) => {}
        (_, 0) => writeln!(out, "{}", words::REPLAYED_STATUSES.with(language, &[&statuses.join(", ")]))?,
        _ => writeln!(out, "{}", words::REPLAYED_HOW.with(language, &[&statuses.join(", "), p50_ms, p99_ms]))?,
    }
    if summary.end == ReplayEnd::Stopped {
        writeln!(out, "{}", words::REPLAY_STOPPED.of(language))?;
    }
    Ok(())
}
