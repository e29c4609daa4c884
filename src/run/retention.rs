//! Retention: removes what is older or larger than the settings allow, in small batches. Used by every process that
//! listens, and by `weibox prune`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Archive, PruneBatch, Pruned, Reader, Removal, StoredFile, Witnesses, reserve};
use crate::config::Config;
use crate::download;
use crate::reason::{Code, Reason, alarms, command, start};
use crate::record::Seq;
use crate::worker;

use super::clock;

/// Pause between two batches, which lets other processes write as well: see `archive::import`.
const PAUSE: Duration = Duration::from_millis(30);
/// The minimum pause between two rounds, even if a removal fails.
const BREATH: Duration = Duration::from_secs(1);
/// Interval between two rounds. Ages are given in hours.
const INTERVAL: Duration = Duration::from_mins(10);

/// Interval between two rounds while the clock is in doubt.
const DOUBTED: Duration = Duration::from_secs(5);
/// The difference to the other evidence of the time above which the clock is in doubt. A machine that slept, or a
/// start after days without a message, looks the same until the next message arrives.
const ASTRAY: TimeDelta = TimeDelta::days(1);
/// Interval at which a confirmed time is stored.
const CONFIRMED: TimeDelta = TimeDelta::hours(1);
/// Attempts at a batch on a full disk. They use the reserved space and what earlier ones freed.
const TRIES: usize = 20;
/// Messages that one batch removes on a full disk.
const FEW: usize = 20;

/// The limits of what is kept; `None` keeps everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// The maximum age; older messages are removed.
    pub(super) max_age: Option<TimeDelta>,
    /// The maximum size of the archive in bytes; the oldest messages are removed beyond it.
    pub(super) max_size: Option<u64>,
    /// The maximum size of the media in bytes; the oldest files are removed beyond it.
    pub(super) media_max_size: Option<u64>,
    /// Whether the samples that weibox made up are removed.
    pub(super) samples_go: bool,
}

impl Limits {
    /// Returns the limits from the settings.
    pub(super) const fn of(config: &Config) -> Self {
        Self {
            max_age: config.retention_max_age.value,
            max_size: config.retention_max_size.value,
            media_max_size: config.retention_media_max_size.value,
            samples_go: false,
        }
    }

    /// Returns whether everything is kept.
    pub(super) const fn is_off(&self) -> bool {
        self.max_age.is_none() && self.max_size.is_none() && self.media_max_size.is_none() && !self.samples_go
    }

    /// Returns the time before which received messages are removed. An age that exceeds the range of dates keeps
    /// everything.
    pub(super) fn cutoff(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.max_age.and_then(|age| now.checked_sub_signed(age)).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Returns the next messages to remove.
    fn messages(&self, reader: &Reader, now: DateTime<Utc>) -> anyhow::Result<Vec<Seq>> {
        let discarded = reader.discarded(clock::now(), PruneBatch::LIMIT)?;
        if !discarded.is_empty() {
            return Ok(discarded);
        }
        if self.samples_go {
            return Ok(reader.samples(PruneBatch::LIMIT)?);
        }
        let too_old = reader.oldest(self.cutoff(now), now)?;
        if let Some(limit) = self.max_size
            && too_old.is_empty()
            && reader.usage()?.archive > limit
        {
            return Ok(reader.oldest(DateTime::<Utc>::MAX_UTC, now)?);
        }
        Ok(too_old)
    }

    /// Returns the next files to remove.
    fn media(&self, reader: &Reader) -> anyhow::Result<Vec<StoredFile>> {
        let unused = reader.unused_media()?;
        let Some(limit) = self.media_max_size.filter(|_| unused.is_empty()) else { return Ok(unused) };
        let excess = reader.usage()?.media.saturating_sub(limit);
        let (mut freed, mut too_many) = (0, Vec::new());
        for of_file in reader.oldest_media()?.chunk_by(|one, next| one.file == next.file) {
            if freed >= excess {
                break;
            }
            freed += of_file.first().map_or(0, |medium| medium.bytes);
            too_many.extend_from_slice(of_file);
        }
        Ok(too_many)
    }
}

/// Removes everything that is due at `now`, one batch at a time, and frees its space. Ends early with `stop`.
pub(super) async fn prune(
    archive: &Archive,
    limits: Limits,
    now: DateTime<Utc>,
    stop: &CancellationToken,
) -> anyhow::Result<Removal> {
    let mut reader = archive.reader()?;
    let mut tally = Tally::default();
    loop {
        let directory = archive.media_dir().to_owned();
        let found = tokio::task::spawn_blocking(move || {
            reader.refresh();
            let found = find(&reader, limits, now, &directory);
            (reader, found)
        });
        let (back, found) = found.await.map_err(|_reported| Reason::from(start::PRUNING_BROKE_OFF))?;
        reader = back;
        let (messages, media) = found?;
        let batch = PruneBatch { messages, media: media.iter().map(|medium| medium.fid).collect() };
        let is_last = batch == PruneBatch::default();
        let pruned = prune_batch(archive, batch).await?;
        tally.removed.messages += pruned.messages;
        tally.count(&media, pruned.media);
        if is_last && !pruned.has_free_pages {
            return Ok(tally.removed);
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(tally.removed),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Counts what is removed.
#[derive(Debug, Default)]
struct Tally {
    removed: Removal,
    /// Counted files of which a medium is left, because its turn had no time for it.
    cut: BTreeSet<String>,
}

impl Tally {
    /// Counts the files of the first media of a batch, which a turn removed. The others are found again by the next
    /// batch. A file that several media share is counted once.
    fn count(&mut self, media: &[StoredFile], n_removed: usize) {
        let (gone, left) = media.split_at(n_removed.min(media.len()));
        let mut counted = self.cut.clone();
        for StoredFile { file, bytes, .. } in gone {
            if file.as_ref().is_some_and(|file| counted.insert(file.clone())) {
                self.removed.files += 1;
                self.removed.bytes += bytes;
            }
        }
        self.cut.extend(left.iter().filter_map(|medium| medium.file.clone()).filter(|file| counted.contains(file)));
    }
}

/// Removes a batch. On a full disk, gives up the reserved space and removes a smaller batch.
async fn prune_batch(archive: &Archive, mut batch: PruneBatch) -> Result<Pruned, archive::Error> {
    let mut tries = 1;
    loop {
        match archive.prune(batch.clone()).await {
            Err(error) if error.is_full() && tries < TRIES => {
                reserve::give_up(archive.data_dir());
                batch.messages.truncate(FEW);
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Returns the next batch. Removes its media files before the archive forgets them: after a kill in between they are
/// found again, and a missing file is no error.
fn find(
    reader: &Reader,
    limits: Limits,
    now: DateTime<Utc>,
    directory: &Path,
) -> anyhow::Result<(Vec<Seq>, Vec<StoredFile>)> {
    let (messages, mut media) = (limits.messages(reader, now)?, limits.media(reader)?);
    let shared = download::shared(reader, &media)?;
    for StoredFile { fid, file, bytes } in &mut media {
        download::remove(directory, *fid, file.as_deref(), &shared).map_err(|error| {
            let file = directory.join(file.as_deref().unwrap_or_default());
            command::NOT_REMOVED.with(file.display()).with(&error)
        })?;
        if file.as_ref().is_some_and(|file| shared.contains(file)) {
            // Other media share the file, so it was not removed.
            (*file, *bytes) = (None, 0);
        }
    }
    Ok((messages, media))
}

/// Returns the time of the last write to the archive, as the file system recorded it; `None` without an archive. Must
/// be called before the archive is opened.
pub(super) fn touched(data_dir: &Path) -> Option<DateTime<Utc>> {
    let written =
        ["weibox.db", "weibox.db-wal"].map(|name| data_dir.join(name).metadata().and_then(|file| file.modified()));
    written.into_iter().flatten().max().map(DateTime::from)
}

/// The time by which ages are reckoned: that of the clock, but never later than the other evidence, because removed
/// messages are lost. The time that has passed since is added to the evidence.
pub(super) struct Reckoning {
    /// The latest time known without the clock, and the instant at which it was known.
    latest: Option<(DateTime<Utc>, Instant)>,
    /// Time of the last write to the archive, used while no better evidence exists.
    touched: Option<DateTime<Utc>>,
}

impl Reckoning {
    pub(super) const fn new(touched: Option<DateTime<Utc>>) -> Self {
        Self { latest: None, touched }
    }

    /// Returns the time to reckon by, and the reason if the clock is in doubt.
    pub(super) fn reckon(&mut self, now: DateTime<Utc>, witnesses: &Witnesses) -> (DateTime<Utc>, Option<Reason>) {
        let Witnesses { sent_at, is_signed, confirmed_at, is_empty } = *witnesses;
        // A caller that may send without a signature could also forge a future date.
        let sent_at = sent_at.filter(|time| is_signed || *time <= now);
        let since = |(time, at): (DateTime<Utc>, Instant)| {
            time.checked_add_signed(TimeDelta::from_std(at.elapsed()).unwrap_or(TimeDelta::MAX)).unwrap_or(time)
        };
        let latest = [self.latest.map(since), sent_at, confirmed_at.or(self.touched)].into_iter().flatten().max();
        self.latest = latest.map(|latest| (latest, Instant::now()));
        match latest {
            None if is_empty => (now, None),
            None => (DateTime::<Utc>::MIN_UTC, Some(alarms::CLOCK_UNKNOWN.with(now.to_rfc3339()))),
            Some(latest) if now - latest > ASTRAY => (latest, Some(said(alarms::CLOCK_AHEAD, now, latest))),
            Some(latest) if latest - now > ASTRAY => (now, Some(said(alarms::CLOCK_BEHIND, now, latest))),
            Some(latest) => (now.min(latest), None),
        }
    }
}

fn said(code: Code, now: DateTime<Utc>, latest: DateTime<Utc>) -> Reason {
    let [now, latest] = [now, latest].map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    code.with(now).with(latest)
}

/// The worker that keeps the archive within its limits.
#[derive(Clone)]
pub(super) struct Keeper {
    pub(super) archive: Archive,
    pub(super) limits: Limits,
    pub(super) now: fn() -> DateTime<Utc>,
    /// Time of the last write to the archive before it was opened.
    pub(super) touched: Option<DateTime<Utc>>,
    /// Sender of the reason why nothing is removed by age.
    pub(super) doubt: watch::Sender<Option<Reason>>,
}

/// Spawns a task that keeps the archive within its limits until `stop`, and stores confirmed times.
pub(super) fn start(keeper: Keeper, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        worker::keep_running("retention", &stop, || keep_within(&keeper, &stop)).await;
    })
}

async fn keep_within(keeper: &Keeper, stop: &CancellationToken) {
    let Keeper { now, touched, doubt, .. } = keeper;
    let mut reckoning = Reckoning::new(*touched);
    while !stop.is_cancelled() {
        if let Err(error) = round(keeper, now(), &mut reckoning, stop).await {
            tracing::error!(%error, "retention failed");
        }
        let usual = if doubt.borrow().is_some() { DOUBTED } else { INTERVAL };
        let pause = next_removal(&keeper.archive).await.map_or(usual, |removal| removal.clamp(BREATH, usual));
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
            () = keeper.archive.next_deletion() => {}
        }
    }
}

/// Returns the time until messages that the user deleted are due for removal; `None` if there are none.
async fn next_removal(archive: &Archive) -> Option<Duration> {
    let at = archive.read(|reader| reader.next_removal()).await.ok()??;
    Some((at - clock::now()).to_std().unwrap_or_default())
}

/// Reports doubts about the clock if ages are limited, and removes what is due.
async fn round(
    keeper: &Keeper,
    now: DateTime<Utc>,
    reckoning: &mut Reckoning,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let Keeper { archive, limits, doubt, .. } = keeper;
    let witnesses = archive.read(|reader| reader.witnesses()).await?;
    let (time, found) = reckoning.reckon(now, &witnesses);
    doubt.send_replace(found.filter(|_| limits.max_age.is_some()));
    if !witnesses.is_empty && witnesses.confirmed_at.is_none_or(|before| time - before > CONFIRMED) {
        archive.confirm(time).await?;
    }
    // Deleted messages are removed whatever the limits are.
    if !limits.is_off() || next_removal(archive).await.is_some_and(|pause| pause.is_zero()) {
        match prune(archive, *limits, time, stop).await? {
            Removal { messages: 0, files: 0, .. } => {}
            Removal { messages, files, bytes } => tracing::info!(messages, files, bytes, "retention"),
        }
    }
    drop(reserve::keep(archive.data_dir()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::archive::Committed;
    use crate::run::clock;

    /// Number of calls of the clock.
    static LOOKS: AtomicU32 = AtomicU32::new(0);

    /// Panics at the first call.
    fn fragile() -> DateTime<Utc> {
        assert_ne!(LOOKS.fetch_add(1, Ordering::SeqCst), 0, "the clock broke");
        clock::now()
    }

    #[tokio::test]
    async fn a_panic_costs_a_round() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let limits =
            Limits { max_age: Some(TimeDelta::days(1)), max_size: None, media_max_size: None, samples_go: false };
        let stop = CancellationToken::new();
        let mut committed = archive.committed();
        let doubt = watch::Sender::new(None);
        let keeper = Keeper { archive: archive.clone(), limits, now: fragile, touched: None, doubt };
        let running = start(keeper, stop.clone());
        // A round writes to the archive at least once.
        let has_pruned = |committed: &Committed| committed.changes > 0;
        tokio::time::timeout(Duration::from_mins(1), committed.wait_for(has_pruned)).await.unwrap().unwrap();
        assert_eq!(LOOKS.load(Ordering::SeqCst), 2);
        stop.cancel();
        running.await.unwrap();
    }

    #[test]
    fn a_file_of_several_media_counts_once_though_a_turn_ends_between_them() {
        let medium = |fid, file: Option<&str>, bytes| StoredFile {
            fid: crate::weibo::FileId(fid),
            file: file.map(str::to_owned),
            bytes,
        };
        let media = [
            medium(1, Some("a"), 10),
            medium(2, Some("b"), 20),
            medium(3, Some("a"), 10),
            medium(4, None, 0),
            medium(5, Some("b"), 20),
        ];
        for turns in [&[5][..], &[1, 4], &[2, 1, 2], &[0, 3, 2], &[1, 1, 1, 1, 1]] {
            let (mut tally, mut left) = (Tally::default(), &media[..]);
            for n in turns {
                tally.count(left, *n);
                left = &left[*n..];
            }
            assert_eq!(tally.removed, Removal { messages: 0, files: 2, bytes: 30 }, "{turns:?}");
        }
    }

    #[tokio::test]
    async fn what_the_user_deleted_goes_in_its_time_whatever_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        for number in 1..=3 {
            let raw = format!(r#"{{"type":"text","sender_id":{number},"created_at":"","text":"t","data":{{}}}}"#);
            let arrival = crate::archive::Arrival::new(raw, clock::now());
            archive.insert(arrival).await.unwrap();
        }
        let limits = Limits { max_age: None, max_size: None, media_max_size: None, samples_go: false };
        let stop = CancellationToken::new();
        let doubt = watch::Sender::new(None);
        let keeper = Keeper { archive: archive.clone(), limits, now: clock::now, touched: None, doubt };
        let running = start(keeper, stop.clone());
        let mut committed = archive.committed();
        archive.discard(vec![1], clock::now() + TimeDelta::hours(1)).await.unwrap();
        archive.discard(vec![2], clock::now()).await.unwrap();
        let reader = archive.reader().unwrap();
        let is_gone = |_: &Committed| reader.record(2).unwrap().is_none();
        tokio::time::timeout(Duration::from_mins(1), committed.wait_for(is_gone)).await.unwrap().unwrap();
        assert!(reader.record(1).unwrap().is_some() && reader.record(3).unwrap().is_some());
        stop.cancel();
        running.await.unwrap();
    }

    #[test]
    fn no_more_time_passes_than_two_witnesses_say() {
        let day = |days: i64| DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + days);
        let sent = |days| Witnesses { sent_at: Some(day(days)), is_signed: true, ..Witnesses::default() };
        let reckon = |touched: Option<i64>, now, witnesses: Witnesses| {
            let (time, doubt) = Reckoning::new(touched.map(day)).reckon(day(now), &witnesses);
            ((time - day(0)).num_days(), doubt.map(|doubt| doubt.code))
        };
        let confirmed = Witnesses { confirmed_at: Some(day(1)), ..sent(0) };
        let none = Witnesses::default();
        for (touched, now, witnesses, time, doubt) in [
            (None, 0, sent(0), 0, None),
            (None, 100, sent(0), 0, Some(alarms::CLOCK_AHEAD)),
            (Some(100), 100, sent(0), 100, None),
            (Some(100), 100, confirmed, 1, Some(alarms::CLOCK_AHEAD)),
            (None, 1, confirmed, 1, None),
            (None, -19_000, sent(0), -19_000, Some(alarms::CLOCK_BEHIND)),
            (None, 7, Witnesses { is_empty: true, ..none }, 7, None),
        ] {
            assert_eq!(reckon(touched, now, witnesses), (time, doubt), "{touched:?} {now} {witnesses:?}");
        }
        assert_eq!(reckon(None, 7, none).1, Some(alarms::CLOCK_UNKNOWN));
        // A message from Weibo confirms the clock; time that passes afterwards needs no other evidence.
        let mut reckoning = Reckoning::new(None);
        assert!(reckoning.reckon(day(100), &sent(0)).1.is_some());
        assert_eq!(reckoning.reckon(day(100), &sent(100)), (day(100), None));
        assert_eq!(reckoning.reckon(day(100), &sent(0)), (day(100), None));
    }
}
