//! `weibox download`: fetches attachments without a screen, also while another weibox uses the archive.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::archive::{AccountFilter, Archive, DueMedium, Reader};
use crate::cli::Download;
use crate::config::Config;
use crate::download::{self, DownloadSettings, Downloads};
use crate::language::{Language, commands as words};
use crate::query::Query;
use crate::reason::{Reason, command};
use crate::record::media::{Board, Queue, Stage};
use crate::record::page::Selection;
use crate::text;

use super::report::bar;
use super::{clock, say};

/// Returns the settings to start downloads with.
pub(super) fn download_settings(config: &Config) -> DownloadSettings {
    DownloadSettings {
        media_url: config.media_url.value.clone(),
        concurrency: config.download_concurrency.value,
        max_bytes: config.download_max_bytes.value,
        bandwidth: config.download_bandwidth.value,
        template: config.download_path.value.clone(),
        backoff: download::BACKOFF,
    }
}

/// Starts the downloads of every account.
pub(super) fn start_downloads(archive: &Archive, config: &Config, stop: &CancellationToken) -> Downloads {
    let tokens = config.all_accounts().into_iter().map(|account| (account.name, account.access_token)).collect();
    download::start(archive, &download_settings(config), tokens, clock::now, stop)
}

/// Queues the wanted files and works until nothing can be fetched any more. Returns 1 if something is missing
/// then.
pub(super) async fn run(config: &Config, Download { all, seqs }: Download) -> anyhow::Result<ExitCode> {
    // A reader refuses a directory without an archive, where the writer would make one.
    let reader = Reader::open(&config.data_dir.value)?;
    let archive = Archive::open(&config.data_dir.value)?;
    let mut fids = Vec::new();
    for seq in &seqs {
        let Some(record) = reader.record(*seq)? else { bail!(command::NO_MESSAGE.with(*seq)) };
        match record.message.attachment() {
            Some(fid) => fids.push(fid),
            None => bail!(command::NO_FILE_OF_MESSAGE.with(record.seq)),
        }
    }
    let wanted = if all { Selection::Query(Query::default()) } else { Selection::Seqs(seqs) };
    let n_queued = archive.want(wanted, clock::now()).await?;
    // Not derived from the counts: another weibox may fetch or remove files meanwhile.
    let queued = reader.due(&AccountFilter::All, DateTime::<Utc>::MAX_UTC, usize::MAX >> 1)?;
    let stop = CancellationToken::new();
    let downloads = start_downloads(&archive, config, &stop);
    let shown = tokio::spawn(show(downloads.board(), n_queued, config.language.value));
    let asked = super::stop_when_asked(&stop);
    let board = downloads.finish().await?;
    shown.abort();
    asked.abort();
    let is_saved = |due: &&DueMedium| matches!(reader.stage(due.fid), Ok(Some(Stage::Done { .. })));
    let n_saved = queued.iter().filter(is_saved).count();
    let after = reader.tally(&AccountFilter::All)?;
    archive.close().await?;
    let language = config.language.value;
    let media = config.data_dir.value.join("media");
    say(&words::DOWNLOADED.with(language, &[&n_saved, &media.display(), &after.failed, &after.queued]))?;
    for fid in fids {
        if let Some(Stage::Failed { reason }) = reader.stage(fid)? {
            say(&format!("{fid}: {}", reason.of(language)))?;
        }
    }
    match board.queue {
        Queue::NoToken if board.queued > 0 => {
            let lacking = board.by_account.into_iter().find(|(_, queue)| *queue == Queue::NoToken);
            bail!(lacking.map_or_else(
                || Reason::from(command::WAITING_FOR_TOKEN),
                |(name, _)| command::WAITING_FOR_TOKEN_OF.with(name)
            ))
        }
        Queue::TokenRefused(reason) => bail!(command::WAITING_FOR_OTHER_TOKEN.with(reason)),
        Queue::Paused { reason, until } => bail!(command::PAUSED_UNTIL.with(clock::local(until)).with(reason)),
        Queue::Open | Queue::NoToken => {}
    }
    let is_done = after.queued == 0 && after.failed == 0;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows progress, only on a terminal.
async fn show(mut board: watch::Receiver<Board>, n_queued: u64, language: Language) {
    let bar = bar(Some(n_queued), words::BAR_OF_FILES.of(language));
    while board.changed().await.is_ok() {
        let Board { running, queued, .. } = board.borrow_and_update().clone();
        let received: u64 = running.iter().map(|progress| progress.received).sum();
        bar.set_position(n_queued.saturating_sub(queued));
        bar.set_message(if running.is_empty() { String::new() } else { text::size(received) });
    }
    bar.finish_and_clear();
}
