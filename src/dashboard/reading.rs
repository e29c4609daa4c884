//! What the view reads of the state. It changes nothing.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::record::media::Board;
use crate::record::traffic::Traffic;

use super::cell::Cell;
use super::detail::Mode;
use super::inbox::Inbox;
use super::layout::Layout;
use super::{Setup, State};

impl State {
    /// What does not change.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The list.
    #[must_use]
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The downloads.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// What came to the listener.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What the detail shows of the message.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The first line of the detail that is shown.
    #[must_use]
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// Whether the selected message has the whole screen.
    #[must_use]
    pub const fn is_reading(&self) -> bool {
        self.is_reading
    }

    /// The first line of the help that is shown; `None` while it is closed.
    #[must_use]
    pub const fn help(&self) -> Option<usize> {
        self.help
    }

    /// What just happened.
    #[must_use]
    pub const fn notice(&self) -> Option<&Cell> {
        self.notice.as_ref()
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Messages in the last minute.
    #[must_use]
    pub fn rate(&self) -> u64 {
        self.rate.sum()
    }

    /// Where everything lies.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(self.size, self.is_reading)
    }

    /// The path of a saved file.
    #[must_use]
    pub fn media_path(&self, file: &str) -> PathBuf {
        // A bare name, whatever the archive says.
        Path::new(file).file_name().map_or_else(|| self.setup.media_dir.clone(), |name| self.setup.media_dir.join(name))
    }
}
