//! What may be removed and when: the settings of the table `[retention]`, all `off` by default.

use chrono::TimeDelta;

use super::Error;
use super::file;
use super::layers::{Layers, Setting};
use super::names;
use crate::cli;

/// The units of a size, the largest first, in bytes. Decimal, as disks are sold.
pub const UNITS: [(&str, u64); 4] = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)];

/// The limits; `None` is none.
#[derive(Debug)]
pub struct Retention {
    /// Messages received longer ago are removed.
    pub max_age: Setting<Option<TimeDelta>>,
    /// Of a larger archive the oldest messages are removed, in bytes.
    pub max_size: Setting<Option<u64>>,
    /// Of more media the oldest files are removed, in bytes.
    pub media_max_size: Setting<Option<u64>>,
}

impl Retention {
    pub(super) fn of(layers: &Layers<'_>, file: file::Retention) -> Result<Self, Error> {
        let file::Retention { max_age, max_size, media_max_size } = file;
        Ok(Self {
            max_age: layers.limit(names::RETENTION_MAX_AGE, max_age, cli::age)?,
            max_size: layers.limit(names::RETENTION_MAX_SIZE, max_size, size)?,
            media_max_size: layers.limit(names::RETENTION_MEDIA_MAX_SIZE, media_max_size, size)?,
        })
    }
}

/// A whole number of a unit, above 0.
pub(super) fn size(text: &str) -> Option<u64> {
    let (digits, unit) = UNITS.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    digits.parse::<u64>().ok().filter(|count| *count > 0)?.checked_mul(unit)
}
