//! Retention: what is older or larger than the settings allow goes, little by little. Used by everything that listens,
//! and by `weibox prune`.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, PruneBatch, Reader, Removal, StoredFile};
use crate::config::Config;
use crate::download;
use crate::reason::command;
use crate::record::Seq;
use crate::worker;

/// Between two batches, also those of another process, which has to find its way in: see `archive::import`.
const PAUSE: Duration = Duration::from_millis(30);
/// So often it is looked whether something may go. An age is given in hours.
const INTERVAL: Duration = Duration::from_mins(10);

/// A clock that went so far astray from the time that really passed is believed no more, for what is removed never comes
/// back. A machine that slept looks the same, and few sleep so long.
const ASTRAY: TimeDelta = TimeDelta::days(1);

/// What is kept; `None` is everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Messages received longer ago go.
    pub(super) max_age: Option<TimeDelta>,
    /// Of a larger archive the oldest messages go, in bytes.
    pub(super) max_size: Option<u64>,
    /// Of more media the oldest files go, in bytes.
    pub(super) media_max_size: Option<u64>,
}

impl Limits {
    /// What the settings say.
    pub(super) const fn of(config: &Config) -> Self {
        Self {
            max_age: config.retention.max_age.value,
            max_size: config.retention.max_size.value,
            media_max_size: config.retention.media_max_size.value,
        }
    }

    /// Whether everything is kept.
    pub(super) const fn is_off(&self) -> bool {
        self.max_age.is_none() && self.max_size.is_none() && self.media_max_size.is_none()
    }

    /// Messages received before this go. Ages that reach beyond all times keep everything.
    pub(super) fn cutoff(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.max_age.and_then(|age| now.checked_sub_signed(age)).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// The next messages that have to go.
    fn messages(&self, reader: &Reader, now: DateTime<Utc>) -> anyhow::Result<Vec<Seq>> {
        let too_old = reader.oldest(self.cutoff(now))?;
        if let Some(limit) = self.max_size
            && too_old.is_empty()
            && reader.usage()?.archive > limit
        {
            return Ok(reader.oldest(DateTime::<Utc>::MAX_UTC)?);
        }
        Ok(too_old)
    }

    /// The next files that have to go.
    fn media(&self, reader: &Reader) -> anyhow::Result<Vec<StoredFile>> {
        let unused = reader.unused_media()?;
        let Some(limit) = self.media_max_size.filter(|_| unused.is_empty()) else { return Ok(unused) };
        let mut excess = reader.usage()?.media.saturating_sub(limit);
        let mut too_many = reader.oldest_media()?;
        too_many.retain(|medium| {
            let goes = excess > 0;
            excess = excess.saturating_sub(medium.bytes);
            goes
        });
        Ok(too_many)
    }
}

/// Removes all that has to go at `now`, a batch at a time, and gives its space back. Ends early with `stop`.
pub(super) async fn prune(
    archive: &Archive,
    limits: Limits,
    now: DateTime<Utc>,
    stop: &CancellationToken,
) -> anyhow::Result<Removal> {
    let mut reader = archive.reader()?;
    let mut removed = Removal::default();
    loop {
        let directory = archive.media_dir().to_owned();
        let found = tokio::task::spawn_blocking(move || {
            reader.refresh();
            let found = find(&reader, limits, now, &directory);
            (reader, found)
        });
        let (back, found) = found.await.context("looking for what may go broke off")?;
        reader = back;
        let (messages, media) = found?;
        removed.files += media.iter().filter(|medium| medium.file.is_some()).count() as u64;
        removed.bytes += media.iter().map(|medium| medium.bytes).sum::<u64>();
        let batch = PruneBatch { messages, media: media.into_iter().map(|medium| medium.fid).collect() };
        let is_last = batch == PruneBatch::default();
        let pruned = archive.prune(batch).await?;
        removed.messages += pruned.messages;
        if is_last && !pruned.has_free_pages {
            return Ok(removed);
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(removed),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// The next batch. The files of its media are removed here, before the archive forgets them: whoever is killed in
/// between finds them again, and a file that is missing is no failure.
fn find(
    reader: &Reader,
    limits: Limits,
    now: DateTime<Utc>,
    directory: &Path,
) -> anyhow::Result<(Vec<Seq>, Vec<StoredFile>)> {
    let (messages, media) = (limits.messages(reader, now)?, limits.media(reader)?);
    for StoredFile { fid, file, .. } in &media {
        download::remove(directory, *fid, file.as_deref()).map_err(|error| {
            let file = directory.join(file.as_deref().unwrap_or_default());
            command::NOT_REMOVED.with(file.display()).with(&error)
        })?;
    }
    Ok((messages, media))
}

/// Keeps the archive within its limits until `stop`; ends at once when there are none. Nothing is removed by age once the
/// clock jumped.
pub(super) fn start(
    archive: Archive,
    limits: Limits,
    now: fn() -> DateTime<Utc>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    let began = (now(), Instant::now());
    tokio::spawn(async move {
        worker::keep_running("retention", &stop, || keep_within(&archive, limits, now, began, &stop)).await;
    })
}

async fn keep_within(
    archive: &Archive,
    mut limits: Limits,
    now: fn() -> DateTime<Utc>,
    (began_at, began): (DateTime<Utc>, Instant),
    stop: &CancellationToken,
) {
    while !limits.is_off() && !stop.is_cancelled() {
        let now = now();
        if limits.max_age.is_some() && is_astray(began_at, began.elapsed(), now) {
            tracing::error!("the clock jumped: nothing is removed by age until weibox is started again");
            limits.max_age = None;
        }
        match prune(archive, limits, now, stop).await {
            Ok(Removal { messages: 0, files: 0, .. }) => {}
            Ok(Removal { messages, files, bytes }) => tracing::info!(messages, files, bytes, "retention"),
            Err(error) => tracing::error!(%error, "retention failed"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// Whether the clock shows another time than the one that passed since it was read first.
fn is_astray(began_at: DateTime<Utc>, passed: Duration, now: DateTime<Utc>) -> bool {
    let passed = TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX);
    (now - began_at - passed).abs() > ASTRAY
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::archive::Committed;
    use crate::run::clock;

    /// How often the clock was looked at.
    static LOOKS: AtomicU32 = AtomicU32::new(0);

    /// Breaks at the second look.
    fn fragile() -> DateTime<Utc> {
        assert_ne!(LOOKS.fetch_add(1, Ordering::SeqCst), 1, "the clock broke");
        clock::now()
    }

    #[tokio::test]
    async fn a_panic_costs_a_round() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let limits = Limits { max_age: Some(TimeDelta::days(1)), max_size: None, media_max_size: None };
        let stop = CancellationToken::new();
        let mut committed = archive.committed();
        let running = start(archive.clone(), limits, fragile, stop.clone());
        // A round is a turn of the archive at least.
        let has_pruned = |committed: &Committed| committed.changes > 0;
        tokio::time::timeout(Duration::from_mins(1), committed.wait_for(has_pruned)).await.unwrap().unwrap();
        assert_eq!(LOOKS.load(Ordering::SeqCst), 3);
        stop.cancel();
        running.await.unwrap();
    }

    #[test]
    fn a_clock_is_believed_as_long_as_it_goes_with_the_time_that_passed() {
        let began_at = DateTime::UNIX_EPOCH;
        let passed = Duration::from_hours(2_000);
        for (hours, astray) in
            [(2_000, false), (1_980, false), (2_023, false), (2_025, true), (1_970, true), (90_000, true)]
        {
            assert_eq!(is_astray(began_at, passed, began_at + TimeDelta::hours(hours)), astray, "{hours}");
        }
    }
}
