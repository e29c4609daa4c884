//! Downloads: turns the files that are queued in the archive into files in the media directory.
//!
//! This module holds the handle and its settings. [`queue`] decides which file is fetched when, [`worker`]
//! fetches one file, [`source`] sends the requests and interprets the answers, [`part`] writes the file,
//! [`room`] checks that it fits on the disk, and [`place`] gives it its name. [`thumbnail`] is independent of
//! the queue. Everything that must survive a restart is in the archive and beside the parts, so there is
//! nothing to save: a new start reads the queue from the archive.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::{self, AccountFilter, Archive, Reader, StoredFile};
use crate::reason::{Reason, downloads};
use crate::record::media::{Board, Queue};
use crate::record::template::Template;
use crate::web::AccountToken;
use crate::weibo::FileId;

mod accounts;
mod bandwidth;
mod claim;
mod part;
mod place;
mod queue;
mod room;
mod source;
mod thumbnail;
mod worker;

use bandwidth::Bandwidth;
pub use source::{Checked, TokenVerdict, check_token};
pub use thumbnail::Thumbnails;

/// The URL from which Weibo serves media (protocol §7.1).
pub const MEDIA_URL: &str = "https://upload.api.weibo.com/2/mss/msget";
/// Default for the number of concurrent downloads: enough to hide the round trips, few enough not to be taken
/// for an attack.
pub const CONCURRENCY: usize = 4;
/// Default for the maximum size of a file, in bytes; longer files are given up. Originals over 5 MB were seen
/// (§7.2).
pub const MAX_BYTES: u64 = 64 << 20;
/// The pauses after the first, second, … temporary failure; after one more failure the file is given up.
pub const BACKOFF: &[Duration] =
    &[Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_mins(1)];

/// Settings of the downloads.
#[derive(Debug, Clone)]
pub struct DownloadSettings {
    /// The full msget URL. A bare `http://host/` stands for the usual path on that host.
    pub media_url: Url,
    /// The maximum number of concurrent downloads; 0 counts as 1.
    pub concurrency: usize,
    /// The maximum size of a file, in bytes; longer files are given up.
    pub max_bytes: u64,
    /// The maximum bandwidth of all downloads together, in bytes a second; `None` for no limit.
    pub bandwidth: Option<u64>,
    /// Layout of the files below the media directory.
    pub template: Template,
    /// The pauses between attempts, usually [`BACKOFF`].
    pub backoff: &'static [Duration],
}

/// The handle of running downloads. Dropping it leaves them running until their `stop`.
#[derive(Debug)]
pub struct Downloads {
    board: watch::Receiver<Board>,
    token: watch::Sender<Option<SecretString>>,
    /// The tokens of all accounts.
    tokens: Vec<AccountToken>,
    media_url: Url,
    /// The queue of each account, with its name.
    queues: Vec<(String, Running)>,
    stop: CancellationToken,
}

/// A running queue.
#[derive(Debug)]
struct Running {
    /// Never marked as seen, so that [`Downloads::finish`] can tell the first true board from the empty one before it.
    board: watch::Receiver<Board>,
    task: JoinHandle<Result<(), archive::Error>>,
}

/// Starts to fetch queued files until `stop`, for accounts given by name and access token. An account without
/// a token, or with an empty one, waits for one. Each account has a queue of its own with its own limit of
/// concurrent downloads. Files that belong to none of the accounts are fetched as the first one's.
pub fn start(
    archive: &Archive,
    settings: &DownloadSettings,
    accounts: Vec<(String, Option<SecretString>)>,
    now: fn() -> DateTime<Utc>,
    stop: &CancellationToken,
) -> Downloads {
    let stop = stop.child_token();
    let names: Vec<String> = accounts.iter().map(|(name, _)| name.clone()).collect();
    let (mut queues, mut tokens) = (Vec::new(), Vec::new());
    let mut first_token = None;
    let bandwidth = Arc::new(Bandwidth::new(settings.bandwidth));
    for (index, (name, token)) in accounts.into_iter().enumerate() {
        let token = token.filter(|token| !token.expose_secret().is_empty());
        // The state that is known before the first look at the queue.
        let queue = if token.is_some() { Queue::Open } else { Queue::NoToken };
        let (board_tx, board) = watch::channel(Board { queue, ..Board::default() });
        let (token_tx, token) = watch::channel(token);
        let token = AccountToken::new(name.clone(), token);
        tokens.push(token.clone());
        let plan = worker::QueuePlan {
            archive: archive.clone(),
            settings: settings.clone(),
            whose: AccountFilter::of_several(&names, index),
            bandwidth: Arc::clone(&bandwidth),
            token,
            now,
        };
        first_token.get_or_insert(token_tx);
        let task = tokio::spawn(queue::keep_running(plan, board_tx, stop.clone()));
        queues.push((name, Running { board, task }));
    }
    let board = match queues.as_slice() {
        [(_, only)] => only.board.clone(),
        several => {
            let (board_tx, board) = watch::channel(Board::default());
            let boards = several.iter().map(|(name, queue)| (name.clone(), queue.board.clone())).collect();
            tokio::spawn(accounts::merge(boards, board_tx, stop.clone()));
            board
        }
    };
    let token = first_token.unwrap_or_else(|| watch::channel(None).0);
    Downloads { board, token, tokens, media_url: settings.media_url.clone(), queues, stop }
}

impl Downloads {
    /// Returns the state of the downloads and a way to wait for changes, of which there are at most ten a
    /// second while bytes arrive.
    pub fn board(&self) -> watch::Receiver<Board> {
        self.board.clone()
    }

    /// Returns the sender for a new access token of the first account. Files that wait for a token are
    /// fetched with it from then on.
    pub fn token(&self) -> watch::Sender<Option<SecretString>> {
        self.token.clone()
    }

    /// Returns the token of each account, in order.
    pub fn tokens(&self) -> &[AccountToken] {
        &self.tokens
    }

    /// Returns a fetcher of thumbnails with the same tokens.
    pub fn thumbnails(&self) -> Thumbnails {
        Thumbnails::new(&self.media_url, &self.tokens)
    }

    /// Waits until nothing that was queued before [`start`] can proceed: every file is done or given up, or
    /// each queue waits for a token or for the end of a pause. Then stops, and returns the final state. When
    /// `stop` comes first, returns the state by then.
    ///
    /// # Errors
    ///
    /// When the archive could not be read.
    pub async fn finish(mut self) -> Result<Board, Reason> {
        for (_, queue) in &mut self.queues {
            // Both fail only when the task has ended, which ends the wait as well.
            let looked = queue.board.changed().await.is_ok();
            if looked {
                drop(queue.board.wait_for(is_at_rest).await);
            }
        }
        self.stop.cancel();
        let boards = self.queues.iter().map(|(name, queue)| (name.as_str(), queue.board.borrow().clone()));
        let board = match self.queues.as_slice() {
            [(_, only)] => only.board.borrow().clone(),
            _ => accounts::sum(boards),
        };
        self.join().await.map(|()| board)
    }

    /// Waits for the end after `stop`. Files that were being fetched stay queued.
    ///
    /// # Errors
    ///
    /// When the archive could not be read.
    pub async fn join(self) -> Result<(), Reason> {
        for (_, queue) in self.queues {
            let ended = queue.task.await.map_err(|broken| downloads::DOWNLOADS_BROKE_OFF.with(broken.to_string()))?;
            ended.map_err(|error| downloads::JOBS_UNSEEN.with(error.reason()))?;
        }
        Ok(())
    }
}

/// Returns the names of files, including WAVs of voices, that media to be removed share with media that stay.
///
/// # Errors
///
/// When the archive cannot be read.
pub fn shared(reader: &Reader, gone: &[StoredFile]) -> Result<BTreeSet<String>, archive::Error> {
    let names: Vec<String> = gone.iter().filter_map(|medium| medium.file.as_deref()).flat_map(place::names).collect();
    let fids: Vec<FileId> = gone.iter().map(|medium| medium.fid).collect();
    reader.names_beside(&fids, &names)
}

/// Removes everything of a medium from disk: its part, its file, the WAV of a voice beside it, and
/// directories that are empty then. Files that are [`shared`] stay. A missing file is no error. Blocks.
///
/// # Errors
///
/// When the file cannot be removed, or when its path contains a symbolic link.
pub fn remove(media: &Path, fid: FileId, file: Option<&str>, shared: &BTreeSet<String>) -> io::Result<()> {
    part::discard(media, fid);
    file.filter(|file| !shared.contains(*file)).map_or(Ok(()), |file| place::remove(media, file, shared))
}

fn is_at_rest(board: &Board) -> bool {
    board.running.is_empty() && (board.queued == 0 || board.queue != Queue::Open)
}
