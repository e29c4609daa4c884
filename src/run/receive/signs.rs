//! Where it is seen that something is wrong.

use tokio::sync::watch;

use crate::archive::Archive;
use crate::config::Config;
use crate::download::Downloads;
use crate::forward::Forwarding;
use crate::notify::silence::SilenceWatch;
use crate::reason::Reason;
use crate::record::traffic::Traffic;
use crate::run::alarm::Signs;
use crate::run::clock;

/// What comes to the listener, why nothing is removed by age, why Weibo cannot reach it, and how many panics there were.
pub(super) type SeenHere =
    (watch::Receiver<Traffic>, watch::Receiver<Option<Reason>>, watch::Receiver<Option<Reason>>, watch::Receiver<u64>);

/// Where it is seen that something is wrong.
pub(super) fn signs(
    config: &Config,
    archive: &Archive,
    downloads: &Downloads,
    forwarding: &Forwarding,
    (traffic, clock, way_in, panics): SeenHere,
) -> Signs {
    Signs {
        traffic,
        clock,
        damage: archive.damage(),
        way_in,
        board: downloads.board(),
        targets: forwarding.board.clone(),
        calls: config.watch_silence.value.map(|expected| SilenceWatch::new(expected, clock::now())),
        panics,
        data_dir: config.data_dir.value.clone(),
        now: clock::now,
    }
}
