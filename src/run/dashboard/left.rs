//! How the screen was left, which says what becomes of the process.

use std::io;

use crate::run::handover::Successor;
use crate::terminal::StopSignal;

/// How the screen was left.
#[derive(Debug)]
pub enum Left {
    /// By the user, or because the process was asked to stop.
    Quit,
    /// By the user, who wants the listener to go on in this process, which is ready.
    Detached(Box<Successor>),
    /// The terminal has gone, and what it said.
    HungUp(Option<io::Error>),
}

impl Left {
    /// The same after a signal: who is asked to stop does so, however the screen was left.
    pub(super) fn after(self, signal: Option<StopSignal>) -> Self {
        match (signal, self) {
            (Some(StopSignal::Interrupt | StopSignal::Terminate), _) => Self::Quit,
            (Some(StopSignal::HangUp), Self::Quit) => Self::HungUp(None),
            (Some(StopSignal::HangUp) | None, left) => left,
        }
    }

    /// The error of a terminal that has gone, for those who have nothing that could go on.
    pub(in crate::run) fn or_broken(self) -> io::Result<()> {
        if let Self::HungUp(Some(error)) = self { Err(error) } else { Ok(()) }
    }
}
