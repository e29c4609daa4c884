//! The screens that name senders and label messages, in the middle of the screen.

pub(super) mod labels;
pub(super) mod profile;
