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
pub use protocol::{Order, Outcome, Welcome};
pub use server::Host;
pub use socket::Door;

use tokio::sync::watch;

use crate::archive::Committed;
use crate::reason::Reason;
use crate::record::cluster::ClusterStatus;
use crate::record::media::Board;
use crate::record::people::SenderClaim;
use crate::record::target::TargetStatus;
use crate::record::traffic::Traffic;

/// What the holder of an archive tells whoever looks on, the newest of each.
#[derive(Debug, Clone)]
pub struct Watches {
    /// How far the archive is.
    pub committed: watch::Receiver<Committed>,
    /// What came to the listener.
    pub traffic: watch::Receiver<Traffic>,
    /// What the downloads do.
    pub board: watch::Receiver<Board>,
    /// How it goes with each target.
    pub targets: watch::Receiver<Vec<TargetStatus>>,
    /// Who answers whom.
    pub claims: watch::Receiver<Vec<SenderClaim>>,
    /// How it goes with the cluster; `None` without one.
    pub cluster: watch::Receiver<Option<ClusterStatus>>,
    /// Whether calls are checked with an app secret, which may have been typed on another screen.
    pub is_signed: watch::Receiver<bool>,
    /// What is wrong, and that it is over.
    pub told: watch::Receiver<Option<Reason>>,
}
