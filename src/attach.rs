//! Dashboards beside the process that holds the archive: its socket, and what is said over it.
//!
//! Pages are read by each dashboard itself, from the archive. What only the holder knows comes over the socket, newest
//! only; what is to be done goes over it as an [`Order`] with a number, and its [`Outcome`] comes back. One line of JSON
//! a message ([`protocol`]). [`server`] is the holder's end, [`client`] the dashboard's, [`socket`] knows where it lies
//! and who may come in, [`claims`] who answers whom.
//!
//! A dashboard that is slow, stopped or gone holds nobody up: nothing is kept for it but the newest of each, and what
//! cannot be sent for [`server::STUCK`] closes its connection.

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
