//! The process that holds the archive, as a dashboard sees it: this one, or one at the other end of a socket. The loop and its
//! state cannot tell.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::archive::Readers;
use crate::attach::{Link, Watches, Welcome};

use super::orders::Orders;

/// Whoever holds the archive.
pub struct Holder {
    /// What reads the archive.
    pub readers: Readers,
    /// Where the archive is.
    pub data_dir: PathBuf,
    /// Where media files are kept.
    pub media_dir: PathBuf,
    /// What it tells.
    pub watches: Watches,
    /// Where orders are given.
    pub orders: Orders,
    /// What it said at first.
    pub welcome: Welcome,
    /// How it stands with it; `None` for this process.
    pub link: Option<watch::Receiver<Link>>,
    /// Where it is said that somebody is at the screen; `None` for this process.
    pub presence: Option<Arc<Notify>>,
}
