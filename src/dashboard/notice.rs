//! What the status line says when downloads were asked for.

use crate::record::media::Queue;

use super::State;
use super::cell::{Cell, Tone};

impl State {
    /// What became of a wish that queued so many files.
    pub(super) fn queued(&self, n_queued: u64) -> Cell {
        let files = if n_queued == 1 { "1 file".to_owned() } else { format!("{n_queued} files") };
        match (&self.board.queue, n_queued) {
            (_, 0) => Cell::new(Tone::Dim, "nothing to download, all files here are saved or on their way"),
            (Queue::Open, _) => Cell::new(Tone::Good, format!("{files} queued")),
            (Queue::NoToken, _) => Cell::new(
                Tone::Warning,
                format!("{files} queued, waiting for an access token: set WEIBOX_ACCESS_TOKEN and start again"),
            ),
            (Queue::TokenRefused(reason), _) => {
                Cell::new(Tone::Bad, format!("{files} queued, waiting for another access token: {reason}"))
            }
            (Queue::Paused { reason, .. }, _) => Cell::new(Tone::Warning, format!("{files} queued, paused: {reason}")),
        }
    }
}
