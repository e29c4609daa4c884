//! Fetches one file, from the claim to the record in the archive. The queue decides which file, and when.

use std::io;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tokio::sync::Notify;

use crate::archive::{self, AccountFilter, Archive, KeptReader};
use crate::reason::{Reason, downloads};
use crate::record::media::{Progress, Stage};
use crate::record::template::FileFacts;
use crate::web::AccountToken;
use crate::weibo::FileId;
use crate::weibo::api::Remedy;

use super::DownloadSettings;
use super::bandwidth::Bandwidth;
use super::claim::Claim;
use super::part::{PartialFile, discard};
use super::room;
use super::source::{FetchFailure, MediaAnswer, MediaServer};

/// The parameters of a queue and its workers.
#[derive(Debug, Clone)]
pub(super) struct QueuePlan {
    pub(super) archive: Archive,
    pub(super) settings: DownloadSettings,
    /// Selects the accounts whose media are fetched.
    pub(super) whose: AccountFilter,
    pub(super) bandwidth: Arc<Bandwidth>,
    pub(super) token: AccountToken,
    pub(super) now: fn() -> DateTime<Utc>,
}

/// The parts that the queue and its workers share.
#[derive(Debug)]
pub(super) struct WorkerShared {
    pub(super) plan: QueuePlan,
    pub(super) reader: KeptReader,
    /// Notified when the last byte of a file has arrived.
    pub(super) came: Notify,
}

/// The progress of a worker, which the queue reads.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) fid: FileId,
    received: AtomicU64,
    total: OnceLock<u64>,
    has_come: AtomicBool,
}

impl Meter {
    pub(super) const fn new(fid: FileId) -> Self {
        Self { fid, received: AtomicU64::new(0), total: OnceLock::new(), has_come: AtomicBool::new(false) }
    }

    pub(super) fn progress(&self) -> Progress {
        let received = self.received.load(Ordering::Relaxed);
        Progress { fid: self.fid, received, total: self.total.get().copied() }
    }

    /// Whether every byte has arrived, and the server is no longer needed.
    pub(super) fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Relaxed)
    }
}

/// The outcome of a worker, for the queue.
#[derive(Debug)]
pub(super) enum WorkOutcome {
    /// The result is in the archive.
    Settled,
    /// Another process fetches it.
    Taken,
    /// Weibo refused the token; the file stays queued as it was.
    TokenRefused(Reason),
    /// Weibo wants no calls for this time or, if `None`, until the next hour; or the disk is full. The file
    /// stays queued as it was.
    Pause(Reason, Option<Duration>),
    /// The archive could not be read or written.
    Unsettled(archive::Error),
}

/// Fetches one file, unless another process does or did. A panic counts as a temporary failure and is shown
/// as one.
pub(super) async fn work(shared: Arc<WorkerShared>, source: Arc<MediaServer>, meter: Arc<Meter>) -> WorkOutcome {
    let attempt = AssertUnwindSafe(attempt(&shared, &source, &meter)).catch_unwind().await;
    let outcome = match attempt {
        Ok(outcome) => outcome,
        Err(_reported) => broke_off(&shared, meter.fid).await,
    };
    outcome.unwrap_or_else(WorkOutcome::Unsettled)
}

async fn broke_off(shared: &Arc<WorkerShared>, fid: FileId) -> Result<WorkOutcome, archive::Error> {
    if let Some(Stage::Queued { attempts, .. }) = shared.reader.read(move |reader| reader.stage(fid)).await? {
        let stage = again(shared, fid, attempts, downloads::DOWNLOAD_BROKE_OFF.into());
        tracing::error!(%fid, "a download broke off");
        shared.plan.archive.settle(fid, stage).await?;
    }
    Ok(WorkOutcome::Settled)
}

async fn attempt(
    shared: &Arc<WorkerShared>,
    source: &MediaServer,
    meter: &Meter,
) -> Result<WorkOutcome, archive::Error> {
    let fid = meter.fid;
    let QueuePlan { archive, settings, now, .. } = &shared.plan;
    let directory = archive.media_dir();
    // Opening and locking a local file takes microseconds, less than handing it to another thread.
    let claim = Claim::take(directory, fid);
    if matches!(claim, Ok(None)) {
        return Ok(WorkOutcome::Taken);
    }
    let now = now();
    // Only now, under the claim: its previous holder may have fetched the file.
    let known = shared
        .reader
        .read(move |reader| Ok((reader.stage(fid)?, FileFacts::new(fid, reader.first_with(fid)?.as_ref(), now))));
    let (Some(Stage::Queued { attempts, .. }), facts) = known.await? else { return Ok(WorkOutcome::Settled) };
    let name = |extension: &str| settings.template.name(&facts, extension);
    // The claim is held until the archive knows the outcome.
    let (_claim, fetched) = match claim {
        Ok(claim) => (claim, fetch(shared, source, meter, name).await),
        Err(error) => (None, of_disk(Err(error))),
    };
    let stage = match fetched {
        Ok(stage) => stage,
        Err(FetchFailure { remedy, reason, wait }) => match remedy {
            Remedy::Token => return Ok(WorkOutcome::TokenRefused(reason)),
            Remedy::Pause => {
                tracing::warn!(%fid, %reason, "the downloads pause");
                return Ok(WorkOutcome::Pause(reason, wait));
            }
            Remedy::GiveUp => Stage::Failed { reason },
            Remedy::Retry => again(shared, fid, attempts, reason),
        },
    };
    match &stage {
        Stage::Failed { reason } => {
            tracing::warn!(%fid, %reason, "a file was given up");
            discard(directory, fid);
        }
        Stage::Queued { reason, .. } => tracing::info!(%fid, ?reason, "a file will be tried again"),
        Stage::Done { .. } => {}
    }
    archive.settle(fid, stage).await?;
    Ok(WorkOutcome::Settled)
}

/// Returns the stage of a file after a temporary failure.
fn again(shared: &WorkerShared, fid: FileId, attempts: u32, reason: Reason) -> Stage {
    let Some(wait) = shared.plan.settings.backoff.get(attempts as usize) else {
        return Stage::Failed { reason: downloads::GIVEN_UP.with(reason).with(attempts + 1) };
    };
    let next_try_at = (shared.plan.now)() + *wait + jitter(fid, attempts, *wait);
    Stage::Queued { attempts: attempts + 1, next_try_at, reason: Some(reason) }
}

/// Returns the maximum time for which a file is put off.
pub(super) fn longest_wait(backoff: &[Duration]) -> Duration {
    let longest = backoff.iter().max().copied().unwrap_or_default();
    longest + longest / 4
}

/// Returns up to a quarter of a wait, different for each file and attempt, so that files that failed together
/// are not retried together.
fn jitter(fid: FileId, attempts: u32, wait: Duration) -> Duration {
    // Fibonacci hashing (Knuth, TAOCP 6.4): consecutive ids end far apart.
    let hash = (fid.0 ^ u64::from(attempts)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let share = u32::try_from(hash >> 56).unwrap_or_default();
    wait * share / 1024
}

async fn fetch(
    shared: &WorkerShared,
    source: &MediaServer,
    meter: &Meter,
    name: impl FnOnce(&str) -> String,
) -> Result<Stage, FetchFailure> {
    let directory = shared.plan.archive.media_dir();
    // Checked before Weibo is asked for a file that could not be stored.
    of_disk(room::check(directory, 1))?;
    let kept = PartialFile::reopen(directory, meter.fid).await;
    let mut answer = source.ask(meter.fid, kept.as_ref().map(|(_, beginning)| beginning)).await?;
    if let Some(total) = answer.total {
        let _was_empty = meter.total.set(total);
    }
    let missing = answer.total.map_or(0, |total| total.saturating_sub(answer.from));
    of_disk(room::check(directory, missing))?;
    let mut part = match kept {
        Some((part, _)) if answer.from > 0 => part,
        _ => of_disk(PartialFile::create(directory, meter.fid, answer.origin.clone()))?,
    };
    if let Err(failure) = receive(source, &mut answer, &mut part, directory, meter, &shared.plan.bandwidth).await {
        if failure.remedy == Remedy::Pause {
            // The parts of several files could fill a disk on which each file alone fits.
            drop(part);
            discard(directory, meter.fid);
        } else {
            // If this fails as well, the next attempt starts from the beginning.
            drop(part.note().await);
        }
        return Err(failure);
    }
    // The disk may be slow; the next file can be requested meanwhile.
    meter.has_come.store(true, Ordering::Relaxed);
    shared.came.notify_one();
    let wanted = name(part.format().extension);
    of_disk(part.finish(wanted).await)
}

/// Writes all bytes that arrive.
async fn receive(
    source: &MediaServer,
    answer: &mut MediaAnswer,
    part: &mut PartialFile,
    directory: &Path,
    meter: &Meter,
    bandwidth: &Bandwidth,
) -> Result<(), FetchFailure> {
    let mut chunk = bytes::Bytes::from(std::mem::take(&mut answer.head));
    loop {
        // Nothing is read during this wait, so the server has to wait as well.
        bandwidth.take(chunk.len()).await;
        of_disk(room::check(directory, chunk.len() as u64))?;
        of_disk(part.write(&chunk).await)?;
        meter.received.store(part.bytes(), Ordering::Relaxed);
        let Some(next) = source.next(answer, part.bytes()).await? else { return Ok(()) };
        chunk = next;
    }
}

/// Turns an error of the disk into a temporary failure. A full disk affects every file: it pauses the queue until there is
/// room again, and no file is given up for it.
fn of_disk<T>(done: io::Result<T>) -> Result<T, FetchFailure> {
    done.map_err(|error| {
        let failure = FetchFailure::new(Remedy::Retry, downloads::UNWRITABLE.with(&error));
        if room::is_lacking(&error) {
            return FetchFailure { remedy: Remedy::Pause, wait: Some(room::RECHECK), ..failure };
        }
        failure
    })
}
