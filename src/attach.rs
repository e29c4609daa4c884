//! Attaches dashboards to the process that holds the archive, over a Unix socket.
//!
//! Each dashboard reads pages from the archive itself. State that only the holder knows is sent over the
//! socket, newest values only. Dashboards send each [`Order`] with a number, and its [`Outcome`] comes back.
//! Each message is one line of JSON ([`protocol`]). [`server`] is the holder's end and [`client`] the
//! dashboard's; [`socket`] knows its path and who may connect; [`claims`] knows who is replying to whom.
//!
//! A dashboard that is slow, stopped or gone delays nobody: only the newest values are kept for it, and its
//! connection is closed when a line cannot be sent for [`server::STUCK`].

pub mod claims;
pub mod client;
mod hidden;
mod newest;
pub mod protocol;
mod pulse;
pub mod server;
pub mod socket;
mod turns;

pub use claims::ClaimBoard;
pub use client::{Error, Link, Remote};
pub use newest::{News, Watches};
pub use protocol::{Order, Outcome, Welcome};
pub use server::Host;
pub use socket::Door;
