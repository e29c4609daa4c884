//! What gives names to senders and messages, in the middle of the screen.

pub(super) mod labels;
pub(super) mod profile;
