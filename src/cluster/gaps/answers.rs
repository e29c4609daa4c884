//! Questions that nodes ask each other to find missing messages, and the answers to them.

use std::sync::{Arc, Mutex};

use async_nats::{Message, Subscriber};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::blocks::bound;
use super::{GapSearch, Own, with};
use crate::archive::Error;
use crate::weibo::identity::MessageId;

/// The maximum number of sums, and of identities, in an answer.
pub(super) const SUMS: usize = 5_000;
const IDENTITIES: usize = 1_000;

/// A question from one node to another.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapQuestion {
    /// The sums of each `step` of a range of hours.
    Sums { from: u64, until: u64, step: u64 },
    /// Identities of the messages of an hour: those after one, or the first ones.
    Identities { after: Option<MessageId>, hour: u64 },
    /// A request to publish messages to the stream again.
    Tell(Vec<MessageId>),
}

impl GapSearch {
    /// Answers questions until it is dropped, or until the subscription ends.
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
        // Plain data always serialises to JSON.
        match question {
            GapQuestion::Sums { from, until, step } => {
                let sums = with(own, move |own| Ok(own.blocks.sums(from..until, step, SUMS))).await?;
                Ok(serde_json::to_vec(&sums).unwrap_or_default())
            }
            GapQuestion::Identities { after, hour } => {
                let after = after.map_or(bound(hour).to_vec(), |id| id.0.to_vec());
                let before = bound(hour.saturating_add(1));
                let kept = with(own, move |own| own.reader.kept(&after, &before, IDENTITIES)).await?;
                let kept: Vec<MessageId> = kept.into_iter().map(MessageId).collect();
                Ok(serde_json::to_vec(&kept).unwrap_or_default())
            }
            GapQuestion::Tell(ids) => {
                let identities = ids.iter().take(IDENTITIES).map(|id| id.0).collect();
                let n = self.node.archive.tell_again(identities).await?;
                tracing::info!(n, "another node lacks messages: the stream is told again");
                self.node.board.nudge.notify_one();
                Ok(n.to_string().into_bytes())
            }
        }
    }
}
