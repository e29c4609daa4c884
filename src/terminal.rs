//! The terminal: screen, keys, what it shows pictures with, clipboard, the desktop's opener, and the signals that end the program.
//!
//! It knows what a key is, not what it does, and draws nothing. Unix only.

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use crate::controls::layout::Size;

mod clipboard;
mod colours;
mod graphics;
mod keys;
mod opener;
mod probe;
mod screen;

pub use clipboard::{COPY_LIMIT, MAC, Programs, WAYLAND, X11, copy, copy_natively};
pub use colours::{TRUE_COLOURS, colours};
pub use graphics::graphics;
pub use keys::{Input, inputs};
pub use opener::{browse, open};
pub use probe::{asked, tmux_option, widths};
pub use screen::{BROKE_OFF, Screen, mouse, panics, suspend};

/// Why the terminal could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Standard output is a file or a pipe.
    #[error("standard output is no terminal")]
    NoTerminal,
    /// The screen could not be taken. What had been changed is restored.
    #[error("cannot take over the terminal: {0}")]
    Enter(#[source] io::Error),
    /// More than terminals take into the clipboard.
    #[error("the text is too long for the clipboard: {bytes} bytes, terminals take {COPY_LIMIT}")]
    TooLong {
        /// The length of the text.
        bytes: usize,
    },
    /// A sequence could not be written.
    #[error("cannot write to the terminal: {0}")]
    Send(#[source] io::Error),
    /// The file to open is not there.
    #[error("cannot open `{path}`: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No program of the desktop took the file or the address.
    #[error("cannot open it with any of {tried}: {source}; it is `{what}`")]
    Opener {
        /// Which.
        what: String,
        /// The programs, in order: `xdg-open, gio`.
        tried: String,
        /// What the last of them said.
        source: io::Error,
    },
    /// A signal could not be waited for, or not be sent.
    #[error("signals do not work: {0}")]
    Signal(#[source] io::Error),
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoTerminal => Some("`weibox serve` prints messages as lines and needs no terminal"),
            Self::TooLong { .. } => Some("save the text to a file instead"),
            Self::Opener { .. } => Some("over ssh there is no desktop to open it; copy it and open it where you are"),
            Self::Enter(_) | Self::Send(_) | Self::File { .. } | Self::Signal(_) => None,
        }
    }
}

/// Writes a sequence that our own code made, as it is.
///
/// # Errors
///
/// [`Error::Send`] when `out` fails.
pub fn send(out: &mut impl Write, sequence: &str) -> Result<(), Error> {
    out.write_all(sequence.as_bytes()).and_then(|()| out.flush()).map_err(Error::Send)
}

/// The size of the screen.
///
/// # Errors
///
/// [`Error::Enter`] when there is no terminal.
pub fn size() -> Result<Size, Error> {
    crossterm::terminal::size().map(|(width, height)| Size { width, height }).map_err(Error::Enter)
}

/// Whether standard output is a terminal.
#[must_use]
pub fn is_tty() -> bool {
    io::stdout().is_terminal()
}

/// Waits until somebody asks the program to end, and returns the signal's name for the log: `SIGINT`, `SIGTERM`, or
/// `SIGHUP` when the terminal is closed. From the first poll on, these signals no longer end the process by themselves,
/// so a signal that comes before the call is made still does.
///
/// # Errors
///
/// [`Error::Signal`] when the system lets nobody wait for signals.
pub async fn asked_to_stop() -> Result<&'static str, Error> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signal)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(Error::Signal)?;
    // Whichever comes first; all of them mean the same.
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
        _ = hangup.recv() => "SIGHUP",
    })
}
