//! The terminal: screen, keys, pictures, clipboard, the desktop's opener, and the signals that end the program.
//!
//! It knows keys, not what they do, and draws nothing. Unix only.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::Command;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::controls::layout::Size;
use crate::reason::{Reason, files, forward, hints};

mod clipboard;
mod colours;
mod editor;
mod graphics;
mod keys;
mod opener;
mod probe;
mod ringing;
mod screen;

pub use clipboard::{COPY_LIMIT, MAC, Programs, WAYLAND, X11, copy, copy_natively};
pub use colours::{TRUE_COLOURS, colours, recolour};
pub use editor::edit;
pub use graphics::{Looked, graphics};
pub use keys::{Input, Keyboard, inputs};
pub use opener::{browse, open};
pub use probe::{asked, tmux_option, widths};
pub use ringing::{RingForm, give_title_back, ring, set_title};
pub use screen::{Screen, Tty, mouse, panics, suspend};

/// Why the terminal could not do something.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
#[error("{}", self.reason())]
pub enum Error {
    /// Standard output is a file or a pipe.
    NoTerminal,
    /// The screen could not be taken over. What had been changed is restored.
    Enter(#[source] io::Error),
    /// The text is longer than terminals take into the clipboard.
    TooLong {
        /// The length of the text.
        bytes: usize,
    },
    /// A sequence could not be written.
    Send(#[source] io::Error),
    /// The path of the file to open cannot be resolved.
    File { path: PathBuf, source: io::Error },
    /// No program of the desktop took the file or the address.
    Opener {
        what: String,
        /// The programs, in order: `xdg-open, gio`.
        tried: String,
        /// Error of the last of them.
        source: io::Error,
    },
    /// The user's editor could not be started.
    Editor { command: String, source: io::Error },
    /// Signals cannot be waited for or sent.
    Signal(#[source] io::Error),
}

impl Error {
    /// Returns the reason, for users.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NoTerminal => files::NO_TERMINAL.into(),
            Self::Enter(source) => files::TERMINAL_NOT_TAKEN.with(source),
            Self::TooLong { bytes } => files::TEXT_TOO_LONG.with(*bytes).with(COPY_LIMIT),
            Self::Send(source) => files::TERMINAL_UNWRITTEN.with(source),
            Self::File { path, source } => files::FILE_UNOPENED.with(path.display()).with(source),
            Self::Opener { what, tried, source } => files::NOT_OPENED.with(tried).with(source).with(what),
            Self::Editor { command, source } => forward::EDITOR_NOT_STARTED.with(command).with(source),
            Self::Signal(source) => files::SIGNALS_FAIL.with(source),
        }
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        match self {
            Self::NoTerminal => Some(hints::ON_TERMINAL.into()),
            Self::TooLong { .. } => Some(hints::SAVE_TEXT.into()),
            Self::Opener { .. } => Some(hints::NO_DESKTOP.into()),
            Self::Enter(_) | Self::Send(_) | Self::File { .. } | Self::Editor { .. } | Self::Signal(_) => None,
        }
    }
}

/// Writes a sequence that our own code made, unchanged.
///
/// # Errors
///
/// [`Error::Send`] when `out` fails.
pub fn send(out: &mut impl Write, sequence: &str) -> Result<(), Error> {
    out.write_all(sequence.as_bytes()).and_then(|()| out.flush()).map_err(Error::Send)
}

/// Keeps the environment variables in `hidden` from a program.
fn hide(command: &mut Command, hidden: &[&str]) {
    for name in hidden {
        command.env_remove(name);
    }
}

/// Returns the size of the screen.
///
/// # Errors
///
/// [`Error::Enter`] when there is no terminal.
pub fn size() -> Result<Size, Error> {
    crossterm::terminal::size().map(|(width, height)| Size { width, height }).map_err(Error::Enter)
}

/// Whether standard output is a terminal.
pub fn is_tty() -> bool {
    io::stdout().is_terminal()
}

/// A signal that asks the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopSignal {
    /// `SIGINT`, by the user.
    Interrupt,
    /// `SIGTERM`, by another program.
    Terminate,
    /// `SIGHUP`, when the terminal is closed.
    HangUp,
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        })
    }
}

/// The signals that ask the program to end. While this exists, they do not end the program; a signal that arrives
/// between two waits is returned by the next one.
#[derive(Debug)]
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl StopSignals {
    /// Registers for the signals.
    ///
    /// # Errors
    ///
    /// [`Error::Signal`] when the system refuses to deliver signals.
    pub fn new() -> Result<Self, Error> {
        let heard = |kind| signal(kind).map_err(Error::Signal);
        Ok(Self {
            interrupt: heard(SignalKind::interrupt())?,
            terminate: heard(SignalKind::terminate())?,
            hangup: heard(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal. If several have arrived, `SIGHUP` is returned last.
    pub async fn next(&mut self) -> StopSignal {
        let Self { interrupt, terminate, hangup } = self;
        tokio::select! {
            biased;
            signal = next_of(interrupt, terminate) => signal,
            _ = hangup.recv() => StopSignal::HangUp,
        }
    }

    /// Waits for a signal other than `SIGHUP`, for a program that outlives its terminal.
    pub async fn next_without_terminal(&mut self) -> StopSignal {
        next_of(&mut self.interrupt, &mut self.terminate).await
    }
}

async fn next_of(interrupt: &mut Signal, terminate: &mut Signal) -> StopSignal {
    tokio::select! {
        biased;
        _ = terminate.recv() => StopSignal::Terminate,
        () = interrupted(interrupt) => StopSignal::Interrupt,
    }
}

/// Waits until the program is interrupted. While an editor has the terminal, Ctrl-C is for the editor and ignored
/// here.
async fn interrupted(interrupt: &mut Signal) {
    while interrupt.recv().await.is_some() && screen::is_lent() {}
}
