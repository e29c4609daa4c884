//! Events of the stream other than messages, one JSON object each: deeds of a node, and which nodes had a
//! message.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::envelope::Copies;
use crate::archive::{CopyNews, DeedNews, StreamNews, Untold};
use crate::reason::{Reason, cluster};
use crate::record::cluster::Deed;
use crate::weibo::identity::MessageId;

/// An event. Kinds that a later weibox adds are unreadable for this one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StreamEvent {
    /// A deed of a node, with its number, which grows with each deed of the node, and the node's epoch in which
    /// it is published.
    Done { node: String, epoch: i64, number: i64, deed: Deed },
    /// Which nodes had messages.
    Copies(Vec<CopyLine>),
}

/// Which nodes had a message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CopyLine {
    id: MessageId,
    copies: Copies,
    /// Unix milliseconds.
    received: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

impl CopyLine {
    /// Returns the copies of a message that the stream already has.
    pub(super) fn of(untold: &Untold) -> Self {
        Self {
            id: MessageId(untold.identity),
            copies: untold.copies.iter().cloned().collect(),
            received: untold.record.received_at.timestamp_millis(),
            reply: untold.record.reply.clone(),
        }
    }

    fn news(self, place: u64) -> Option<CopyNews> {
        Some(CopyNews {
            identity: self.id.0,
            copies: self.copies.into_iter().collect(),
            received_at: DateTime::from_timestamp_millis(self.received)?,
            reply: self.reply,
            place,
        })
    }
}

impl StreamEvent {
    pub(super) fn to_json(&self) -> String {
        // Serializing plain data does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Reads an event of the stream; fails with the reason when it is not one of weibox.
pub(super) fn read(body: &[u8], place: u64) -> Result<Vec<StreamNews>, Reason> {
    let no_event = |words: &str| cluster::NO_EVENT.with(words);
    let event = serde_json::from_slice(body).map_err(|error| no_event(&error.to_string()))?;
    match event {
        StreamEvent::Done { node, epoch, number, deed } => {
            let deed = Some(deed).filter(Deed::is_sound).ok_or_else(|| no_event("deed"))?;
            Ok(vec![StreamNews::Done(DeedNews { node, epoch, number, deed })])
        }
        StreamEvent::Copies(lines) => {
            let news = lines.into_iter().map(|line| line.news(place).map(StreamNews::Copies));
            news.collect::<Option<Vec<_>>>().ok_or_else(|| no_event("copies"))
        }
    }
}
