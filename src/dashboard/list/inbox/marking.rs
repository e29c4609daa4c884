//! Shows changes to messages of the page before the next page does.

use crate::record::Seq;
use crate::record::page::{Mark, Selection};
use crate::weibo::UserId;

use super::Inbox;

impl Inbox {
    /// Marks the selected messages of the page; a query stands for all messages of the list.
    pub fn mark(&mut self, selection: &Selection, mark: Mark) {
        let is_selected = |seq: Seq| match selection {
            Selection::Seqs(seqs) => seqs.contains(&seq),
            Selection::Query(_) => true,
        };
        for record in self.page.records.iter_mut().filter(|record| is_selected(record.seq)) {
            match mark {
                Mark::Read | Mark::Unread => record.marks.is_read = mark == Mark::Read,
                Mark::Starred | Mark::Unstarred => record.marks.is_starred = mark == Mark::Starred,
            }
        }
    }

    /// Shows a sender as muted or not.
    pub fn mute(&mut self, fan: UserId, is_muted: bool) {
        for record in self.page.records.iter_mut().filter(|record| record.message.sender_id == Some(fan)) {
            record.sender.is_muted = is_muted;
        }
    }
}
