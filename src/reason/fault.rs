//! A failure as a command reports it: the reason, and what the user can do about it.

use std::io;

use super::{Code, Reason};

/// A failure: the reason, and what the user can do about it. Code that has to decide compares the code of the reason.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Fault {
    reason: Reason,
    hint: Option<Reason>,
    is_usage: bool,
    source: Option<io::Error>,
}

impl Fault {
    /// Returns the failure with this reason and, where something can be done about it, that.
    pub const fn new(reason: Reason, hint: Option<Reason>) -> Self {
        Self { reason, hint, is_usage: false, source: None }
    }

    /// Says whether the command line is at fault, which means exit code 2.
    pub fn of_usage(self, is_usage: bool) -> Self {
        Self { is_usage, ..self }
    }

    /// Adds the error of the operating system that the reason describes.
    pub fn caused_by(self, source: io::Error) -> Self {
        Self { source: Some(source), ..self }
    }

    /// Whether the reason has this code.
    pub fn is(&self, code: Code) -> bool {
        self.reason.code == code
    }

    /// Whether the command line is at fault.
    pub const fn is_usage(&self) -> bool {
        self.is_usage
    }

    /// Returns the reason.
    pub fn reason(&self) -> Reason {
        self.reason.clone()
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        self.hint.clone()
    }
}

impl Reason {
    /// Returns the failure with this reason, and what the user can do about it.
    pub fn hinted(self, hint: impl Into<Self>) -> Fault {
        Fault::new(self, Some(hint.into()))
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self::new(reason, None)
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Reason::from(code).into()
    }
}
