//! The cluster in a few words.

use crate::dashboard::{Cell, Tone, World};
use crate::language::cluster as words;
use crate::record::cluster::ClusterStanding;
use crate::text;

impl World {
    /// Returns the status of the cluster in at most `room` cells: the number of nodes, or that messages stay here for
    /// now.
    pub fn cluster_cell(&self, room: usize) -> Cell {
        let Some(cluster) = &self.colleagues.cluster else { return Cell::default() };
        let language = self.language();
        match cluster.standing {
            ClusterStanding::Joining => Cell::new(Tone::Dim, words::JOINING.of(language)),
            ClusterStanding::Whole => Cell::new(Tone::Good, words::NODES.with(language, &[&cluster.nodes.len()])),
            ClusterStanding::Alone => {
                let forms = [words::KEPT_HERE, words::KEPT_HERE_BRIEFLY];
                let mut forms = forms.map(|words| words.with(language, &[&cluster.untold])).into_iter();
                let fitting = forms.find(|form| text::width(form) <= room);
                Cell::new(Tone::Bad, fitting.unwrap_or_else(|| words::NO_QUORUM.of(language).to_owned()))
            }
        }
    }
}
