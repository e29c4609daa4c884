//! Effects about replies: reads the conversation with a sender, sends a reply, and reads what became of it.

use crate::attach::{Order, Outcome};
use crate::dashboard::Event;
use crate::dashboard::orders::SenderAnswers;
use crate::reason::files;
use crate::record::outgoing::{Composed, OutgoingId};
use crate::run::dashboard::Loop;
use crate::run::key;
use crate::weibo::UserId;

impl Loop {
    pub(super) fn load_answers(&self, account: String, fan: UserId) {
        self.read(move |reader| {
            let (draft, outgoing) = (reader.draft(&account, fan)?, reader.outgoing_to(fan)?);
            Ok(Event::Answers(Box::new(SenderAnswers { fan, key: key::new(), draft, outgoing })))
        });
    }

    pub(super) fn load_outgoing(&self, ids: Vec<OutgoingId>) {
        self.read(move |reader| {
            let found = ids.iter().map(|id| reader.outgoing(*id)).collect::<Result<Vec<_>, _>>()?;
            Ok(Event::Outgoing(found.into_iter().flatten().collect()))
        });
    }

    /// Sends a reply to the holder of the archive, after allowing replies if the user did.
    pub(super) fn reply(&self, composed: Composed, is_allowed: bool) {
        let orders = self.sources.holder.orders.clone();
        self.answer_later(Box::pin(async move {
            if is_allowed {
                // If allowing fails, the reply is refused below.
                drop(orders.carry_out(Order::AllowReplies).await);
            }
            let outcome = orders.carry_out(Order::Reply(composed.clone())).await;
            Some(if let Outcome::Composed(id) = outcome {
                Event::Composed(id, composed.key)
            } else {
                Event::NotComposed(composed, outcome.failed().unwrap_or_else(|| files::FAULT.into()))
            })
        }));
    }
}
