//! What nodes ask each other to find what one of them lacks, and what is answered.

use std::sync::{Arc, Mutex};

use async_nats::{Message, Subscriber};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::blocks::bound;
use super::{GapSearch, Own, with};
use crate::archive::Error;
use crate::cluster::envelope::{hex, identity_of};

/// So many sums, and so many identities, are in an answer at most.
pub(super) const SUMS: usize = 5_000;
const IDENTITIES: usize = 1_000;

/// What one node asks another.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapQuestion {
    /// How much it knows of each `step` of some hours.
    Sums { from: u64, until: u64, step: u64 },
    /// Which messages of an hour it has: those after one, or the first ones.
    Identities { after: Option<String>, hour: u64 },
    /// To tell the stream of messages again.
    Tell(Vec<String>),
}

impl GapSearch {
    /// Answers until it is dropped, or until nobody can ask.
    pub(super) async fn answer_all(&self, own: &Arc<Mutex<Own>>, mut asked: Subscriber) {
        while let Some(asked) = asked.next().await {
            let Message { payload, reply: Some(reply), .. } = asked else { continue };
            let Ok(question) = serde_json::from_slice::<GapQuestion>(&payload) else { continue };
            match self.answer(own, question).await {
                Ok(answer) => self.link.say(reply.to_string(), answer).await,
                Err(error) => tracing::error!(%error, "another node cannot be told what is here"),
            }
        }
    }

    async fn answer(&self, own: &Arc<Mutex<Own>>, question: GapQuestion) -> Result<Vec<u8>, Error> {
        // Plain data has a form in JSON.
        match question {
            GapQuestion::Sums { from, until, step } => {
                let sums = with(own, move |own| Ok(own.blocks.sums(from..until, step, SUMS))).await?;
                Ok(serde_json::to_vec(&sums).unwrap_or_default())
            }
            GapQuestion::Identities { after, hour } => {
                let after = after.and_then(|id| identity_of(&id)).map_or(bound(hour).to_vec(), |id| id.to_vec());
                let before = bound(hour.saturating_add(1));
                let kept = with(own, move |own| own.reader.kept(&after, &before, IDENTITIES)).await?;
                let kept: Vec<String> = kept.iter().map(hex).collect();
                Ok(serde_json::to_vec(&kept).unwrap_or_default())
            }
            GapQuestion::Tell(ids) => {
                let identities = ids.iter().take(IDENTITIES).filter_map(|id| identity_of(id)).collect();
                let n = self.node.archive.tell_again(identities).await?;
                tracing::info!(n, "another node lacks messages: the stream is told again");
                self.node.board.nudge.notify_one();
                Ok(n.to_string().into_bytes())
            }
        }
    }
}
