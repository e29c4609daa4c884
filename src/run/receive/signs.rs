//! Collects the sources of troubles.

use tokio::sync::watch;

use crate::archive::Archive;
use crate::config::Config;
use crate::download::Downloads;
use crate::forward::Forwarding;
use crate::notify::silence::SilenceWatch;
use crate::reason::Reason;
use crate::record::target::SilentChannel;
use crate::record::traffic::Traffic;
use crate::run::alarm::Signs;
use crate::run::clock;

/// Traffic, channels that do not take their alerts, the reason why nothing is removed by age, the reason why Weibo
/// cannot reach the listener, and the number of panics.
pub(super) type SeenHere = (
    watch::Receiver<Traffic>,
    watch::Receiver<Vec<SilentChannel>>,
    watch::Receiver<Option<Reason>>,
    watch::Receiver<Option<Reason>>,
    watch::Receiver<u64>,
);

/// Returns the sources of troubles.
pub(super) fn signs(
    config: &Config,
    archive: &Archive,
    downloads: &Downloads,
    forwarding: &Forwarding,
    (traffic, channels, clock, way_in, panics): SeenHere,
) -> Signs {
    Signs {
        traffic,
        clock,
        damage: archive.damage(),
        way_in,
        board: downloads.board(),
        targets: forwarding.board.clone(),
        channels,
        calls: config.watch_silence.value.map(|expected| SilenceWatch::new(expected, clock::now())),
        panics,
        data_dir: config.data_dir.value.clone(),
        now: clock::now,
    }
}
