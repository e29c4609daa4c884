//! Questions that nodes ask each other to find missing messages, and the answers to them.

use std::sync::{Arc, Mutex};

use async_nats::{Message, Subscriber};
use futures_util::StreamExt as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::blocks::bound;
use super::{GapSearch, Own, with};
use crate::archive::Error;
use crate::weibo::identity::MessageId;

/// The maximum number of sums, and of identities, in an answer.
pub(super) const SUMS: usize = 5_000;
const AT_ONCE: usize = 1_000;

/// A question from one node to another.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapQuestion {
    /// The sums of each `step` of a range of hours.
    Sums { from: u64, until: u64, step: u64 },
    /// Identities of the messages of an hour: those after one of an earlier answer, or the first ones.
    Identities { after: Option<MessageId>, hour: u64 },
    /// A request to publish messages to the stream again.
    Tell(Identities),
}

/// Identities of messages. Those in a form that only a later weibox knows are left out when they are read: no message
/// here has one, and none can be taken from the stream.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Identities(#[serde(deserialize_with = "known")] pub(super) Vec<MessageId>);

fn known<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<MessageId>, D::Error> {
    let list = Vec::<Value>::deserialize(list)?;
    Ok(list.into_iter().filter_map(|id| MessageId::deserialize(id).ok()).collect())
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
                let kept = with(own, move |own| own.reader.kept(&after, &before, AT_ONCE)).await?;
                let kept = Identities(kept.into_iter().map(MessageId).collect());
                Ok(serde_json::to_vec(&kept).unwrap_or_default())
            }
            GapQuestion::Tell(Identities(ids)) => {
                let identities = ids.iter().take(AT_ONCE).map(|id| id.0).collect();
                let n = self.node.archive.tell_again(identities).await?;
                tracing::info!(n, "another node lacks messages: the stream is told again");
                self.node.board.nudge.notify_one();
                Ok(n.to_string().into_bytes())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_of_another_form_keeps_no_other_from_being_told() {
        let known = format!(r#"{{"tell":["{}"]}}"#, "07".repeat(24));
        for other in [r#""v2:07""#, "[7]", "7"] {
            let question: GapQuestion = serde_json::from_str(&known.replace('[', &format!("[{other},"))).unwrap();
            assert_eq!(serde_json::to_string(&question).unwrap(), known);
        }
    }
}
