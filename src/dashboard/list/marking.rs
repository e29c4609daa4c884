//! Actions on several messages at once: pick, star, mark as read, download.

use crate::dashboard::orders::ArchiveChange;
use crate::dashboard::over::ScreenReply;
use crate::dashboard::over::naming::LabelPicker;
use crate::dashboard::over::question::Question;
use crate::dashboard::over::saving::SavePrompt;
use crate::dashboard::over::targets::{MOST, SendScreen};
use crate::dashboard::{Effect, Tone, World};
use crate::language::{Words, forward, words};
use crate::record::Seq;
use crate::record::page::{Mark, Selection, Total};

use super::List;

impl List {
    /// Picks the selected message, or unpicks it, and moves to the next.
    pub(super) fn pick(&mut self, world: &World) -> ScreenReply {
        let Some(seq) = self.selected().map(|record| record.seq) else { return ScreenReply::done() };
        if !self.picked.remove(&seq) {
            self.picked.insert(seq);
        }
        let reply = self.step(1);
        // In the list the mark is visible, so no notice is needed.
        if !world.is_reading() {
            return reply;
        }
        reply.and_say(world, Tone::Good, words::PICKED, &[&self.picked.len()])
    }

    /// Returns the messages to act on: the picked ones, or else the selected one.
    fn chosen(&self) -> Vec<Seq> {
        if self.picked.is_empty() {
            self.selected().map(|record| record.seq).into_iter().collect()
        } else {
            self.picked.iter().copied().collect()
        }
    }

    /// Stars the chosen messages, or unstars them if the selected one is starred.
    pub(super) fn star(&mut self, world: &World) -> ScreenReply {
        let is_starred = self.selected().is_some_and(|record| record.marks.is_starred);
        let mark = if is_starred { Mark::Unstarred } else { Mark::Starred };
        self.mark(Selection::Seqs(self.chosen()), mark, world)
    }

    /// Mutes or unmutes the selected sender.
    pub(super) fn mute(&self) -> ScreenReply {
        let Some(record) = self.selected() else { return ScreenReply::done() };
        let mute = |fan| ScreenReply::effect(ArchiveChange::Mute(fan, !record.sender.is_muted));
        record.message.sender_id.map_or_else(ScreenReply::done, mute)
    }

    /// Marks the chosen messages as unread, or as read if the selected one is unread.
    pub(super) fn toggle_unread(&mut self, world: &World) -> ScreenReply {
        let is_read = self.selected().is_some_and(|record| record.marks.is_read);
        let mark = if is_read { Mark::Unread } else { Mark::Read };
        self.mark(Selection::Seqs(self.chosen()), mark, world)
    }

    /// Marks everything in the list as read.
    pub(super) fn read_all(&mut self, world: &World) -> ScreenReply {
        self.mark(Selection::Query(self.inbox.query()), Mark::Read, world)
    }

    fn mark(&mut self, selection: Selection, mark: Mark, world: &World) -> ScreenReply {
        self.picked.clear();
        let reply = ScreenReply::effect(ArchiveChange::Mark(selection, mark));
        // In the list the mark is visible, so no notice is needed.
        if world.is_reading() { reply.and_say(world, Tone::Good, words_of(mark), &[]) } else { reply }
    }

    /// Opens the labels of the chosen messages, and of their sender if there is only one message.
    pub(super) fn label(&self, world: &World) -> ScreenReply {
        let seqs = self.chosen();
        let record = self.selected().filter(|record| seqs == [record.seq]);
        let sender = record.and_then(|record| Some((record.message.sender_id?, record.sender.called())));
        LabelPicker::of(seqs, sender, world)
    }

    /// Asks for confirmation to delete the chosen messages.
    pub(super) fn delete(&self) -> ScreenReply {
        let seqs = self.chosen();
        let only = if let [seq] = seqs.as_slice() { self.inbox.record(*seq).cloned().map(Box::new) } else { None };
        ScreenReply::open(Question::Delete { seqs, only })
    }

    /// Asks for a path to export the picked messages to, or all messages of the list.
    pub(super) fn export(&self, world: &World) -> ScreenReply {
        let n_picked = Total { n: self.picked.len() as u64, is_more: false };
        let n = if self.picked.is_empty() { self.inbox.total() } else { n_picked };
        ScreenReply::open(SavePrompt::of_messages(self.picked_or_all(), n, world))
    }

    /// Returns the picked messages, or all messages of the list.
    fn picked_or_all(&self) -> Selection {
        if self.picked.is_empty() { Selection::Query(self.inbox.query()) } else { Selection::Seqs(self.chosen()) }
    }

    /// Asks which bot to send the picked messages, or the selected one, to.
    pub(super) fn send_to_bot(&self, world: &World) -> ScreenReply {
        let seqs = self.chosen();
        if seqs.len() > MOST {
            return ScreenReply::say(world, Tone::Warning, forward::TOO_MANY_TO_SEND, &[&MOST]);
        }
        ScreenReply::open(SendScreen::of(seqs, world))
    }

    /// Counts the files to download: those of the picked messages, or of the whole list.
    pub(super) fn weigh(&self, world: &World) -> ScreenReply {
        let weigh = Effect::Weigh(self.picked_or_all());
        ScreenReply::effect(weigh).and_say(world, Tone::Dim, words::COUNTING_FILES, &[])
    }
}

const fn words_of(mark: Mark) -> Words {
    match mark {
        Mark::Starred => words::MARKED_STARRED,
        Mark::Unstarred => words::MARKED_UNSTARRED,
        Mark::Read => words::MARKED_READ,
        Mark::Unread => words::MARKED_UNREAD,
    }
}
