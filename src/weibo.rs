//! The Weibo protocol as pure functions: what Weibo sends and what it expects back.
//!
//! Bytes go in and values come out. Nothing here reads a clock, a file, a socket or the archive, and nothing here
//! fails: a callback that cannot be read becomes a [`Message`] of kind [`Kind::Unreadable`] with the reason.

pub mod active;
pub mod api;
pub mod assumptions;
pub mod charset;
pub mod created_at;
pub mod hex;
pub mod identity;
pub mod message;
pub mod number;
pub mod reply;
pub mod signature;
pub mod user_info;
pub mod window;
pub mod wire;

pub use hex::hex;
pub use message::{Content, FileId, Kind, Medium, Message, SAMPLE_RECEIVER, UserId};
