//! The process that holds the archive, as a dashboard sees it: this one, or one at the other end of a socket.
//! The loop and its state cannot tell the difference.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::archive::Readers;
use crate::attach::{Link, Watches, Welcome};

use super::orders::Orders;

/// The process that holds the archive.
pub struct Holder {
    /// Opens readers of the archive.
    pub readers: Readers,
    /// The data directory of the archive.
    pub data_dir: PathBuf,
    /// Directory of the media files.
    pub media_dir: PathBuf,
    /// What it reports.
    pub watches: Watches,
    /// Sends orders to it.
    pub orders: Orders,
    /// The first message that it sent.
    pub welcome: Welcome,
    /// State of the connection to it; `None` for this process.
    pub link: Option<watch::Receiver<Link>>,
    /// Notified when the user is at the screen; `None` for this process.
    pub presence: Option<Arc<Notify>>,
}
