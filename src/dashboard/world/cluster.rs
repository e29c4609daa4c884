//! The cluster in a few words.

use crate::dashboard::{Cell, Tone, World};
use crate::language::cluster as words;
use crate::record::cluster::ClusterStanding;

impl World {
    /// How it goes with the cluster: how many nodes there are, or that messages stay here for now.
    #[must_use]
    pub fn cluster_cell(&self) -> Cell {
        let Some(cluster) = &self.colleagues.cluster else { return Cell::default() };
        let language = self.language();
        match cluster.standing {
            ClusterStanding::Joining => Cell::new(Tone::Dim, words::JOINING.of(language)),
            ClusterStanding::Whole => Cell::new(Tone::Good, words::NODES.with(language, &[&cluster.nodes.len()])),
            ClusterStanding::Alone => Cell::new(Tone::Bad, words::KEPT_HERE.with(language, &[&cluster.untold])),
        }
    }
}
