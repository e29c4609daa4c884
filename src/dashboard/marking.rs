//! Marks: what was read, starred, and picked for the next action.

use chrono::{DateTime, TimeDelta, Utc};

use crate::language::{Words, words};
use crate::record::Seq;
use crate::record::page::{Mark, Selection};

use super::cell::Tone;
use super::{Effect, State, load};
use crate::controls::layout::Pane;

/// A message whose detail was shown for so long has been read.
const READ_AFTER: TimeDelta = TimeDelta::seconds(1);

impl State {
    /// Picks the selected message, or puts it back, and goes on to the next.
    pub(super) fn pick(&mut self) -> Vec<Effect> {
        let Some(seq) = self.inbox.selected().map(|record| record.seq) else { return Vec::new() };
        if !self.picked.remove(&seq) {
            self.picked.insert(seq);
        }
        if self.is_reading() {
            self.say(Tone::Good, words::PICKED, &[&self.picked.len()]);
        }
        self.step(1)
    }

    /// What an action on several messages is done to: the picked ones, or else the selected one.
    fn chosen(&self) -> Vec<Seq> {
        if self.picked.is_empty() {
            self.inbox.selected().map(|record| record.seq).into_iter().collect()
        } else {
            self.picked.iter().copied().collect()
        }
    }

    /// Stars the chosen messages; takes the stars away when the selected one has one.
    pub(super) fn star(&mut self) -> Vec<Effect> {
        let is_starred = self.inbox.selected().is_some_and(|record| record.is_starred);
        let mark = if is_starred { Mark::Unstarred } else { Mark::Starred };
        self.mark(Selection::Seqs(self.chosen()), mark)
    }

    /// Marks the chosen messages as unread, or as read when the selected one is unread.
    pub(super) fn toggle_unread(&mut self) -> Vec<Effect> {
        let is_read = self.inbox.selected().is_some_and(|record| record.is_read);
        let mark = if is_read { Mark::Unread } else { Mark::Read };
        // It stays on the screen and must not be read by that at once.
        self.kept_unread = self.shown.map(|(seq, _)| seq).filter(|_| mark == Mark::Unread);
        self.mark(Selection::Seqs(self.chosen()), mark)
    }

    /// Marks everything in the list as read.
    pub(super) fn read_all(&mut self) -> Vec<Effect> {
        self.mark(Selection::Query(self.inbox.query()), Mark::Read)
    }

    fn mark(&mut self, selection: Selection, mark: Mark) -> Vec<Effect> {
        self.picked.clear();
        if self.is_reading() {
            // The list would show it.
            self.say(Tone::Good, words_of(mark), &[]);
        }
        self.have_marked(selection, mark)
    }

    fn have_marked(&mut self, selection: Selection, mark: Mark) -> Vec<Effect> {
        if self.is_frozen {
            // No page comes that would show it.
            self.inbox.mark(&selection, mark);
        }
        vec![Effect::Mark(selection, mark)]
    }

    pub(super) fn marked(&mut self, n_marked: u64) {
        if n_marked > 1 {
            self.say(Tone::Good, words::MARKED, &[&n_marked]);
        }
    }

    /// Notes which message's detail is on the screen, and since when.
    pub(super) fn note_shown(&mut self) {
        let has_detail = self.layout().detail.height > 0 && self.overlay.is_none();
        let shown = self.inbox.selected().filter(|_| has_detail).map(|record| record.seq);
        if shown != self.shown.map(|(seq, _)| seq) {
            self.shown = shown.map(|seq| (seq, self.now));
            self.kept_unread = None;
        }
    }

    /// When the message whose detail is shown counts as read; `None` when it is already, or must not.
    pub(super) fn read_at(&self) -> Option<DateTime<Utc>> {
        let (seq, since) = self.shown?;
        self.inbox.selected().filter(|record| record.seq == seq && !record.is_read)?;
        (self.kept_unread != Some(seq) && self.reading != Some(seq)).then_some(since + READ_AFTER)
    }

    /// Marks the message as read whose detail was shown for long enough.
    pub(super) fn read_shown(&mut self) -> Vec<Effect> {
        match (self.read_at(), self.shown) {
            (Some(at), Some((seq, _))) if at <= self.now => {
                self.reading = Some(seq);
                self.have_marked(Selection::Seqs(vec![seq]), Mark::Read)
            }
            _ => Vec::new(),
        }
    }

    /// Whether a message is picked.
    #[must_use]
    pub fn is_picked(&self, seq: Seq) -> bool {
        self.picked.contains(&seq)
    }

    /// Leaves one layer: what is picked, what is looked for, the pane that has the whole screen. Returns `None` when there
    /// is none.
    pub(super) fn leave_layer(&mut self) -> Option<Vec<Effect>> {
        if self.pane == Pane::Sheet {
            return Some(self.leave_sheet());
        }
        if self.pane != Pane::Both {
            return Some(self.show_pane(Pane::Both));
        }
        if !self.picked.is_empty() {
            self.picked.clear();
            return Some(Vec::new());
        }
        let is_narrowed = self.is_narrowed();
        let mut sorted = load(self.inbox.sort(self.order));
        is_narrowed.then(|| {
            sorted.extend(self.look_for(crate::query::Query::default()));
            sorted
        })
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
