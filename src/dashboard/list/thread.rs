//! The rows of the list: one a message, and in a conversation below each what was answered, so that both sides are read in order.

use crate::dashboard::World;
use crate::query::{Term, Test};
use crate::record::outgoing::Outgoing;

use super::List;

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRow<'a> {
    /// The message of this place among those on the screen.
    Message(usize),
    /// What was answered to the message above.
    Ours(&'a Outgoing),
    /// The body with which a rule or a bot answered it.
    Automatic(&'a str),
}

impl List {
    /// The rows on the screen, from top to bottom: the selected message with what was answered to it is among them.
    #[must_use]
    pub fn rows(&self, world: &World) -> Vec<ListRow<'_>> {
        let (records, selected) = self.inbox.visible();
        let mut rows = Vec::new();
        let (mut first, height) = (0, self.inbox.rows().max(1));
        for (index, record) in records.iter().enumerate() {
            let start = rows.len();
            rows.push(ListRow::Message(index));
            if self.is_conversation() {
                // What is private is not for screenshots; the words of a rule say whom it answers.
                let automatic = record.reply.as_deref().filter(|_| !world.looks.is_masked);
                rows.extend(automatic.map(ListRow::Automatic));
                rows.extend(self.inbox.replies_to(record.seq).iter().map(ListRow::Ours));
            }
            if selected == Some(index) {
                first = rows.len().saturating_sub(height).min(start);
            }
        }
        rows.drain(..first);
        rows.truncate(height);
        rows
    }

    /// Whether all that is looked for is from one sender, the oldest on top.
    fn is_conversation(&self) -> bool {
        let is_sender = |term: &Term| !term.is_not && matches!(term.test, Test::From(_));
        self.inbox.is_ascending() && self.inbox.filter().terms.iter().any(is_sender)
    }
}
