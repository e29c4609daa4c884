//! How the user left the screen, which decides what the process does next.

use std::io;

use crate::run::handover::Successor;
use crate::terminal::StopSignal;

/// How the user left the screen.
#[derive(Debug)]
pub enum Left {
    /// The user quit, or the process was asked to stop.
    Quit,
    /// The user detached; this process is ready to go on listening.
    Detached(Box<Successor>),
    /// The terminal was closed, with its error.
    HungUp(Option<io::Error>),
}

impl Left {
    /// Returns the outcome after a signal: a process that is asked to stop does so, however the user left the screen.
    pub(super) fn after(self, signal: Option<StopSignal>) -> Self {
        match (signal, self) {
            (Some(StopSignal::Interrupt | StopSignal::Terminate), _) => Self::Quit,
            (Some(StopSignal::HangUp), Self::Quit) => Self::HungUp(None),
            (Some(StopSignal::HangUp) | None, left) => left,
        }
    }

    /// Returns the error of a closed terminal, for callers with nothing to go on with.
    pub(in crate::run) fn or_broken(self) -> io::Result<()> {
        if let Self::HungUp(Some(error)) = self { Err(error) } else { Ok(()) }
    }
}
