//! `weibox download`: attachments without a screen, also while another weibox runs on the archive.

use std::process::ExitCode;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, Wanted};
use crate::cli::Download;
use crate::config::Config;
use crate::download::Downloads;
use crate::record::media::{Board, Queue, Stage};
use crate::terminal;
use crate::weibo::Kind;

use super::{clock, receive, say};

/// Queues what is wanted and works until nothing is left that can move. 1 if something is missing then.
pub(super) async fn run(config: &Config, Download { all, seqs }: Download) -> anyhow::Result<ExitCode> {
    let archive = Archive::open(&config.data_dir.value)?;
    let reader = archive.reader()?;
    let mut fids = Vec::new();
    for seq in &seqs {
        let Some(record) = reader.record(*seq)? else { bail!("there is no message `{seq}`") };
        match record.message.attachment() {
            Some(fid) => fids.push(fid),
            None => bail!("message `{seq}` has no file"),
        }
    }
    let wanted = if all { Wanted::Kinds(&Kind::ALL) } else { Wanted::Seqs(seqs) };
    let before = reader.tally()?;
    let n_queued = archive.want(wanted, clock::now()).await?;
    let stop = CancellationToken::new();
    let downloads = Downloads::start(archive.clone(), receive::download_settings(config), stop.clone())?;
    let blocked = tokio::select! {
        blocked = watch(&downloads, n_queued) => blocked,
        asked = terminal::asked_to_stop() => {
            asked?;
            None
        }
    };
    stop.cancel();
    downloads.join().await;
    let after = reader.tally()?;
    archive.close().await?;
    say(&format!(
        "{} saved in {}, {} failed, {} waiting",
        after.done - before.done,
        config.data_dir.value.join("media").display(),
        after.failed,
        after.queued
    ))?;
    for fid in fids {
        if let Some(Stage::Failed { reason }) = reader.stage(fid)? {
            say(&format!("{fid}: {reason}"))?;
        }
    }
    if let Some(reason) = blocked {
        bail!("the downloads cannot go on: {reason}");
    }
    let is_done = after.queued == 0 && after.failed == 0;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows progress (on a terminal) until nothing is queued, or says why nothing moves.
async fn watch(downloads: &Downloads, n_queued: u64) -> Option<String> {
    let mut board = downloads.board();
    let bar = ProgressBar::new(n_queued);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files  {msg}") {
        bar.set_style(style);
    }
    // The first board is empty until the queue was read.
    while board.changed().await.is_ok() {
        let Board { queue, running, queued, .. } = board.borrow_and_update().clone();
        match queue {
            Queue::NoToken if queued > 0 => {
                return Some("there is no access token; set WEIBOX_ACCESS_TOKEN or --access-token-file".to_owned());
            }
            Queue::TokenRefused(reason) => return Some(reason),
            Queue::Paused { reason, until } => return Some(format!("{reason}; not before {}", until.to_rfc3339())),
            Queue::Open | Queue::NoToken => {}
        }
        let received: u64 = running.iter().map(|progress| progress.received).sum();
        bar.set_position(n_queued.saturating_sub(queued));
        bar.set_message(if running.is_empty() { String::new() } else { crate::dashboard::detail::size(received) });
        if queued == 0 && running.is_empty() {
            break;
        }
    }
    bar.finish_and_clear();
    None
}
