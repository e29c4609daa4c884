//! `weibox prune`: retention now, also while another weibox listens for the archive.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, Reader, Removal};
use crate::cli::Prune;
use crate::config::Config;
use crate::language::Language;
use crate::text::size;

use super::retention::{self, Limits};
use super::{clock, say};

/// Removes what the limits say, or tells what that would be. An age on the command line stands alone.
pub(super) async fn run(config: &Config, what: &Prune) -> anyhow::Result<ExitCode> {
    let limits = match what.older_than {
        Some(age) => Limits { max_age: Some(age), max_size: None, media_max_size: None },
        None => Limits::of(config),
    };
    if limits.is_off() {
        bail!("nothing is to be removed: give `--older-than`, or set `retention` in the config file");
    }
    let now = clock::now();
    let before = Reader::open(&config.data_dir.value)?;
    if what.dry_run {
        tell(&before, &limits, limits.cutoff(now), config.language.value)?;
        return Ok(ExitCode::SUCCESS);
    }
    let archive = Archive::open(&config.data_dir.value)?;
    let stop = CancellationToken::new();
    let asked = super::stop_when_asked(&stop);
    let removed = retention::prune(&archive, limits, now, &stop).await;
    asked.abort();
    archive.close().await?;
    say(&config.language.value.retell(&format!("{} removed", words(removed?))))?;
    Ok(ExitCode::SUCCESS)
}

fn words(Removal { messages, files, bytes }: Removal) -> String {
    format!("{messages} messages and {files} files ({})", size(bytes))
}

/// What would be removed. How many messages a size comes to is known only when they have gone.
fn tell(reader: &Reader, limits: &Limits, cutoff: DateTime<Utc>, language: Language) -> anyhow::Result<()> {
    if limits.max_age.is_some() {
        let would_go = words(reader.n_before(cutoff)?);
        say(&language.retell(&format!("{would_go} from before {} would be removed", cutoff.to_rfc3339())))?;
    }
    let usage = reader.usage()?;
    for (what, used, limit) in
        [("archive", usage.archive, limits.max_size), ("media", usage.media, limits.media_max_size)]
    {
        if let Some(limit) = limit {
            let over = used.saturating_sub(limit);
            let words = format!("{what}: {} of {}, {} would be removed", size(used), size(limit), size(over));
            say(&language.retell(&words))?;
        }
    }
    Ok(())
}
