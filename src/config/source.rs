//! A setting in force: its value, and the layer that set it.

use std::fmt;
use std::path::PathBuf;

use crate::reason::{Reason, config};

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The checked value.
    pub value: T,
    /// Layer that set it.
    pub source: Source,
}

/// The layer that a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// No layer sets it.
    Default,
    /// The config file.
    File(PathBuf),
    /// A line of the config file, for an error.
    Line(PathBuf, usize),
    /// An environment variable.
    Environment(&'static str),
    /// A flag on the command line.
    Flag(&'static str),
    /// A file in which weibox keeps what was typed on the screen.
    Kept(PathBuf),
}

impl Source {
    /// Whether it is the command line.
    pub(super) const fn is_flag(&self) -> bool {
        matches!(self, Self::Flag(_))
    }

    /// Returns the words for this source.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Default => config::BY_DEFAULT.into(),
            Self::File(path) => config::BY_FILE.with(path.display()),
            Self::Line(path, line) => config::BY_LINE.with(path.display()).with(*line),
            Self::Environment(name) => config::BY_VARIABLE.with(*name),
            Self::Flag(name) => config::BY_FLAG.with(*name),
            Self::Kept(path) => config::BY_KEPT.with(path.display()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}
