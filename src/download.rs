//! The queue's workers: what is queued in the archive becomes a file in the media directory.
//!
//! Here are the handle and its settings; [`queue`] decides what is fetched when, [`worker`] fetches one file, [`source`]
//! knows where from and what an answer means, [`mod@file`] puts it on disk. What must survive a restart is in the archive,
//! so there is nothing to save and nothing to resume: whoever starts looks what is queued.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::{self, Archive};
use crate::record::media::{Board, Queue};

mod file;
mod queue;
mod source;
mod worker;

pub use source::{Checked, Verdict, check_token};

/// Where Weibo serves media (protocol §7.1).
pub const MEDIA_URL: &str = "https://upload.api.weibo.com/2/mss/msget";
/// So many files are fetched at once: enough to hide the round trips, few enough not to be taken for an attack.
pub const CONCURRENCY: usize = 4;
/// Longer files are given up. Originals over 5 MB were seen (§7.2).
pub const MAX_BYTES: u64 = 64 << 20;
/// How long to wait after the first, second, … failure that can pass; after one more it is given up.
pub const BACKOFF: &[Duration] =
    &[Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_mins(1)];

/// What the downloads go by.
#[derive(Debug)]
pub struct Settings {
    /// The whole msget URL; a bare `http://host/` stands for its usual path there.
    pub media_url: Url,
    /// The account's access token. Without it, or with an empty one, everything waits.
    pub token: Option<SecretString>,
    /// How many files are fetched at once; 0 counts as 1.
    pub concurrency: usize,
    /// Longer files are given up.
    pub max_bytes: u64,
    /// The waits between tries, mostly [`BACKOFF`].
    pub backoff: &'static [Duration],
}

/// Why the downloads ended before they were told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue could not be read.
    #[error("cannot see what is to be downloaded: {0}")]
    Archive(#[from] archive::Error),
    /// A fault of ours.
    #[error("the downloads broke off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// Running downloads. Dropping it leaves them running until their `stop`.
#[derive(Debug)]
pub struct Downloads {
    /// Never marked as seen, so that [`Downloads::finish`] can tell the first true board from the empty one before it.
    board: watch::Receiver<Board>,
    token: watch::Sender<Option<SecretString>>,
    task: JoinHandle<Result<(), archive::Error>>,
    stop: CancellationToken,
}

/// Starts fetching what is queued, and what will be, until `stop`.
#[must_use]
pub fn start(archive: Archive, settings: Settings, now: fn() -> DateTime<Utc>, stop: &CancellationToken) -> Downloads {
    let Settings { media_url, token, concurrency, max_bytes, backoff } = settings;
    let (token, fetched_with) = watch::channel(token.filter(|token| !token.expose_secret().is_empty()));
    let stop = stop.child_token();
    let (board_tx, board) = watch::channel(Board::default());
    let concurrency = concurrency.max(1);
    let plan = queue::Plan { archive, media_url, max_bytes, token: fetched_with, concurrency, backoff, now };
    let task = tokio::spawn(queue::keep_running(plan, board_tx, stop.clone()));
    Downloads { board, token, task, stop }
}

impl Downloads {
    /// What they are doing, and a way to wait for news; at most ten a second while bytes come.
    #[must_use]
    pub fn board(&self) -> watch::Receiver<Board> {
        self.board.clone()
    }

    /// Where another access token is put: what waits for one is fetched with it from then on.
    #[must_use]
    pub fn token(&self) -> watch::Sender<Option<SecretString>> {
        self.token.clone()
    }

    /// Waits until nothing that was queued before [`start`] can move: all is done or given up, or the queue waits for a token or for the
    /// end of a pause. Then stops, and returns how it is. When `stop` comes first, returns what is known by then.
    ///
    /// # Errors
    ///
    /// When the archive could not be read.
    pub async fn finish(mut self) -> Result<Board, Error> {
        // Both fail only when the task has ended, which is an end of the wait as well.
        let looked = self.board.changed().await.is_ok();
        if looked {
            drop(self.board.wait_for(is_at_rest).await);
        }
        self.stop.cancel();
        let board = self.board.borrow().clone();
        self.join().await.map(|()| board)
    }

    /// Waits for the end, after `stop`. What was being fetched stays queued.
    ///
    /// # Errors
    ///
    /// When the archive could not be read.
    pub async fn join(self) -> Result<(), Error> {
        Ok(self.task.await??)
    }
}

fn is_at_rest(board: &Board) -> bool {
    board.running.is_empty() && (board.queued == 0 || board.queue != Queue::Open)
}
