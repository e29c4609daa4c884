//! Unique keys of orders.

use std::hash::{BuildHasher as _, RandomState};

use super::clock;

/// Returns a new key.
pub(super) fn new() -> String {
    let seed = (clock::now().timestamp_nanos_opt(), std::process::id());
    format!("{:016x}{:016x}", RandomState::new().hash_one(seed), RandomState::new().hash_one(seed))
}
