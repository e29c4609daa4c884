//! The composition root: opens, spawns, joins, and one file a command.

pub mod clock;
pub mod completions;
pub mod config;
pub mod man;
