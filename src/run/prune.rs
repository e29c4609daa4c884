//! `weibox prune`: applies retention now, also while another weibox listens for the archive.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use rustix::fs::statvfs;
use tokio_util::sync::CancellationToken;

use crate::archive::{Reader, Removal, reserve};
use crate::cli::Prune;
use crate::config::Config;
use crate::language::{Language, commands as words};
use crate::reason::{Reason, command};
use crate::text::size;

use super::retention::{self, Limits, Reckoning};
use super::{clock, cluster, say};

/// A disk with fewer free bytes than this is full.
const NOTHING: u64 = 1 << 20;

/// Removes what the limits say, or only reports it. An age or the samples on the command line replace all
/// configured limits.
pub(super) async fn run(config: &Config, what: &Prune) -> anyhow::Result<ExitCode> {
    let limits = if what.samples || what.older_than.is_some() {
        Limits { max_age: what.older_than, max_size: None, media_max_size: None, samples_go: what.samples }
    } else {
        Limits::of(config)
    };
    if limits.is_off() {
        bail!(Reason::from(command::NOTHING_TO_PRUNE));
    }
    let (data_dir, language) = (&config.data_dir.value, config.language.value);
    let mut reckoning = Reckoning::new(retention::touched(data_dir));
    make_room(data_dir);
    let before = Reader::open(data_dir)?;
    let (now, doubt) = reckoning.reckon(clock::now(), &before.witnesses()?);
    if let Some(doubt) = doubt.filter(|_| limits.max_age.is_some()) {
        say(&words::WARNING.with(language, &[&doubt.of(language)]))?;
    }
    if what.dry_run {
        tell(&before, &limits, (limits.cutoff(now), now), language)?;
        return Ok(ExitCode::SUCCESS);
    }
    let archive = cluster::open(config)?;
    let stop = CancellationToken::new();
    let asked = super::stop_when_asked(&stop);
    let removed = retention::prune(&archive, limits, now, &stop).await;
    asked.abort();
    archive.close().await?;
    let Removal { messages, files, bytes } = removed?;
    say(&words::REMOVED.with(language, &[&messages, &files, &size(bytes)]))?;
    Ok(ExitCode::SUCCESS)
}

/// Gives up the space reserved for a full disk, on which not even the archive could be opened.
fn make_room(data_dir: &Path) {
    let is_full = statvfs(data_dir).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < NOTHING);
    if is_full {
        reserve::give_up(data_dir);
    }
}

/// Reports what would be removed. How many messages a size amounts to is known only after they are removed.
fn tell(
    reader: &Reader,
    limits: &Limits,
    (cutoff, now): (DateTime<Utc>, DateTime<Utc>),
    language: Language,
) -> anyhow::Result<()> {
    if limits.samples_go {
        let n_samples = reader.samples(usize::MAX >> 1)?.len();
        say(&words::SAMPLES_WOULD_GO.with(language, &[&n_samples]))?;
    }
    if limits.max_age.is_some() {
        let Removal { messages, files, bytes } = reader.n_before(cutoff, now)?;
        let before = clock::local(cutoff);
        say(&words::WOULD_GO_BY_AGE.with(language, &[&messages, &files, &size(bytes), &before]))?;
    }
    let usage = reader.usage()?;
    for (words, used, limit) in [
        (words::WOULD_GO_OF_ARCHIVE, usage.archive, limits.max_size),
        (words::WOULD_GO_OF_MEDIA, usage.media, limits.media_max_size),
    ] {
        if let Some(limit) = limit {
            let over = used.saturating_sub(limit);
            say(&words.with(language, &[&size(used), &size(limit), &size(over)]))?;
        }
    }
    Ok(())
}
