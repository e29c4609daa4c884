//! Announces this node to the others every second, and hears them. Nothing of this is stored.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::Node;
use super::board::TroubleKind;
use super::link::StreamLink;
use crate::archive::KeptReader;
use crate::reason::cluster;
use crate::record::cluster::NodeLine;

/// Interval at which a node announces itself.
const BEAT: Duration = Duration::from_secs(1);
/// A node that was not heard for this long is gone.
const SILENCE: Duration = Duration::from_secs(5);
/// The maximum difference between two clocks; if there is more, one of them is wrong.
pub(super) const APART: TimeDelta = TimeDelta::minutes(1);

/// An announcement of a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beat {
    node: String,
    /// Distinguishes two nodes with the same name.
    instance: u64,
    /// Time of the announcement, in Unix milliseconds.
    at: i64,
    version: String,
    cursor: u64,
    untold: u64,
    messages: u64,
    #[serde(default)]
    gaps: u64,
}

fn subject(stream: &str) -> String {
    format!("weibox.nodes.{stream}")
}

/// Returns the difference between a node's clock and ours.
fn apart(beat: &Beat, now: DateTime<Utc>) -> TimeDelta {
    let apart = now.timestamp_millis().abs_diff(beat.at);
    TimeDelta::milliseconds(i64::try_from(apart).unwrap_or(i64::MAX >> 20))
}

/// Listens for two beats; returns the difference of each node's clock from ours, by the node's name and
/// instance.
pub(super) async fn hear(
    link: &StreamLink,
    stream: &str,
    now: fn() -> DateTime<Utc>,
) -> BTreeMap<(String, u64), TimeDelta> {
    let mut nodes = BTreeMap::new();
    let Ok(mut heard) = link.client.subscribe(subject(stream)).await else { return nodes };
    let until = Instant::now() + 2 * BEAT + BEAT / 2;
    while let Ok(Some(said)) = timeout_at(until, heard.next()).await {
        if let Ok(beat) = serde_json::from_slice::<Beat>(&said.payload) {
            let apart = apart(&beat, now());
            nodes.insert((beat.node, beat.instance), apart);
        }
    }
    nodes
}

/// Announces this node, and hears the others.
#[derive(Clone)]
pub(super) struct Presence {
    pub(super) node: Arc<Node>,
    pub(super) instance: u64,
    pub(super) link: StreamLink,
}

impl Presence {
    /// Announces and listens until it is dropped or the subscription ends.
    pub(super) async fn run(self) {
        let subject = subject(&self.node.settings.stream);
        let mut heard = match self.link.client.subscribe(subject.clone()).await {
            Ok(heard) => heard,
            Err(error) => {
                tracing::error!(%error, "the other nodes are not heard");
                return;
            }
        };
        let mut nodes: BTreeMap<(String, u64), (Beat, Instant, TimeDelta)> = BTreeMap::new();
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Opening a reader every second would take longer than counting.
        let reader = KeptReader::new(&self.node.archive);
        loop {
            tokio::select! {
                _ = beats.tick() => {
                    let beat = self.beat(&reader).await;
                    // Plain data always serialises to JSON.
                    self.link.say(subject.clone(), serde_json::to_vec(&beat).unwrap_or_default()).await;
                    nodes.retain(|_, (_, at, _)| at.elapsed() < SILENCE);
                    self.tell(&nodes, &beat);
                }
                said = heard.next() => {
                    let Some(said) = said else { return };
                    let Ok(beat) = serde_json::from_slice::<Beat>(&said.payload) else { continue };
                    if (beat.instance, beat.node.as_str()) != (self.instance, self.node.settings.node.as_str()) {
                        let apart = apart(&beat, (self.node.now)());
                        nodes.insert((beat.node.clone(), beat.instance), (beat, Instant::now(), apart));
                    }
                }
            }
        }
    }

    async fn beat(&self, reader: &KeptReader) -> Beat {
        let (cursor, untold, gaps) = {
            let status = self.node.board.status();
            let status = status.borrow();
            (status.cursor, status.untold, status.gaps)
        };
        let messages = reader.read(|reader| reader.n_after(0)).await.unwrap_or_default();
        Beat {
            node: self.node.settings.node.clone(),
            instance: self.instance,
            at: (self.node.now)().timestamp_millis(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cursor,
            untold,
            messages,
            gaps,
        }
    }

    fn tell(&self, nodes: &BTreeMap<(String, u64), (Beat, Instant, TimeDelta)>, own: &Beat) {
        let furthest = nodes.values().map(|(beat, ..)| beat.cursor).chain([own.cursor]).max().unwrap_or_default();
        self.node.board.see(furthest);
        let line = |beat: &Beat| NodeLine {
            name: beat.node.clone(),
            version: beat.version.clone(),
            lag: furthest.saturating_sub(beat.cursor),
            untold: beat.untold,
            messages: beat.messages,
            gaps: beat.gaps,
        };
        let others = nodes.values().filter(|(beat, ..)| beat.node != self.node.settings.node);
        let lines: Vec<NodeLine> = [line(own)].into_iter().chain(others.map(|(beat, ..)| line(beat))).collect();
        self.node.board.change(|status| status.nodes = lines);
        let twin = nodes.keys().any(|(node, _)| *node == self.node.settings.node);
        self.node.board.trouble(TroubleKind::Twin, twin.then(|| cluster::NODE_TWICE.with(&self.node.settings.node)));
        let apart = nodes.values().find(|(_, _, apart)| *apart > APART);
        let apart = apart.map(|(beat, _, apart)| cluster::CLOCKS_APART.with(&beat.node).with(apart.num_seconds()));
        self.node.board.trouble(TroubleKind::Clock, apart);
    }
}
