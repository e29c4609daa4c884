//! What the view reads of the state. It changes nothing.

use std::borrow::Cow;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::language::words;
use crate::record::media::{self, Board, Queue};
use crate::record::traffic::{Head, Traffic, Trouble};
use crate::record::{Record, Seq};
use crate::text;
use crate::weibo::UserId;

use super::cell::{Cell, Tone};
use super::detail::Mode;
use super::finding::Search;
use super::inbox::Inbox;
use super::order::By;
use super::rate::Life;
use super::{Overlay, Setup, State, mask};
use crate::controls::action::Action;
use crate::controls::layout::{Layout, Pane};
use crate::controls::looks::Looks;

impl State {
    /// What does not change.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// How the screen looks.
    #[must_use]
    pub const fn looks(&self) -> &Looks {
        &self.looks
    }

    /// The list.
    #[must_use]
    pub const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The downloads.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// What came to the listener.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What the detail shows of the message.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The first line of the detail that is shown.
    #[must_use]
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// Whether the selected message has the whole screen.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.pane == Pane::Detail
    }

    /// What lies over the panes.
    #[must_use]
    pub const fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref()
    }

    /// The view that a menu lies over.
    #[must_use]
    pub const fn under(&self) -> Option<&Overlay> {
        self.under.as_ref()
    }

    /// What just happened.
    #[must_use]
    pub const fn notice(&self) -> Option<&Cell> {
        self.notice.as_ref()
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Messages in the last minute.
    #[must_use]
    pub fn rate(&self) -> u64 {
        self.rate.last_minute()
    }

    /// Messages in each of the last ten minutes, the oldest first.
    #[must_use]
    pub fn minutes(&self) -> Vec<u64> {
        self.rate.minutes()
    }

    /// How it goes.
    #[must_use]
    pub fn life(&self) -> Life {
        match self.traffic.trouble {
            Some(Trouble::Full) => return Life::ArchiveFull,
            Some(Trouble::Damaged) => return Life::ArchiveDamaged,
            Some(Trouble::Failing) => return Life::ArchiveFailing,
            None => {}
        }
        if self.is_frozen {
            Life::Frozen
        } else if !self.setup.is_signed {
            Life::NoSecret
        } else if matches!(self.board.queue, Queue::TokenRefused(_)) {
            Life::TokenRefused
        } else {
            self.rate.quiet(self.now).map_or(Life::Live, Life::Quiet)
        }
    }

    /// The head with which a message came, if it is known.
    pub(super) fn head_of(&self, seq: Seq) -> Option<&Head> {
        let (asked, head) = self.head.as_ref()?;
        head.as_ref().filter(|_| *asked == seq)
    }

    /// A record as it is to be shown: with its private parts hidden if that is wished for.
    #[must_use]
    pub fn shown<'a>(&self, record: &'a Record) -> Cow<'a, Record> {
        if self.looks.is_masked { Cow::Owned(mask::masked(record)) } else { Cow::Borrowed(record) }
    }

    /// What is looked for, as it is to be shown: with its words hidden if that is wished for.
    #[must_use]
    pub fn shown_filter(&self) -> String {
        let filter = self.inbox.filter();
        if self.looks.is_masked { mask::query(filter) } else { filter.to_string() }
    }

    /// A sender as it is to be shown: another number in its place if that is wished for.
    #[must_use]
    pub fn shown_id(&self, id: UserId) -> String {
        if self.looks.is_masked { mask::number(&id.to_string()) } else { id.to_string() }
    }

    /// Where everything lies.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(self.size, self.looks.arrangement, self.shown_pane())
    }

    /// The line in which a query is typed, while it is open.
    #[must_use]
    pub const fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// The tabs in words that fit into so many cells: ` 1 All 128 `, without the counts of those that are not shown, by
    /// their first letters, or the shown one alone; so, too, while something is looked for, which needs the room.
    #[must_use]
    pub fn tabs(&self, room: usize) -> Vec<(usize, String)> {
        let language = self.language();
        let shown = self.inbox.shown();
        let of = |index: usize, title: &str, has_count: bool| {
            let count = self.inbox.count(index).filter(|_| has_count).map(|count| format!(" {count}"));
            (index, format!(" {} {title}{} ", index + 1, count.unwrap_or_default()))
        };
        let titles: Vec<&str> = self.inbox.tabs().iter().map(|tab| tab.title.of(language)).collect();
        let alone = |has_count| titles.get(shown).map(|title| of(shown, title, has_count)).into_iter().collect();
        if self.is_narrowed() {
            return alone(false);
        }
        let all = |is_short: bool, has_counts: bool| {
            let title = |title: &str| title.chars().take(if is_short { 1 } else { usize::MAX }).collect::<String>();
            let tab = |(index, words): (usize, &&str)| of(index, &title(words), has_counts || index == shown);
            titles.iter().enumerate().map(tab).collect()
        };
        let fits =
            |tabs: &Vec<(usize, String)>| tabs.iter().map(|(_, words)| text::width(words)).sum::<usize>() <= room;
        let forms = [(false, true), (false, false), (true, true), (true, false)];
        forms
            .into_iter()
            .map(|(is_short, has_counts)| all(is_short, has_counts))
            .find(fits)
            .unwrap_or_else(|| alone(true))
    }

    /// Whether something is looked for in the tab.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.inbox.filter().terms.is_empty()
    }

    /// Whether there is a layer to go back from, and not only the program to leave.
    #[must_use]
    pub fn has_layer(&self) -> bool {
        let has_list_below = self.step_selected().is_some() && self.can_put_steps_away();
        self.pane != Pane::Both || self.is_narrowed() || !self.picked.is_empty() || has_list_below
    }

    /// The tab under a column of the line of tabs.
    pub(super) fn tab_at(&self, column: u16) -> Option<usize> {
        let mut end = 0;
        let room = usize::from(self.layout().tabs.width);
        let tabs = self.tabs(room.saturating_sub(text::width(&self.following().text) + 2));
        tabs.into_iter().find_map(|(index, words)| {
            end += text::width(&words);
            (usize::from(column) < end).then_some(index)
        })
    }

    /// Whether the list follows, and how much it misses.
    #[must_use]
    pub fn following(&self) -> Cell {
        let language = self.language();
        let key = self.setup.keymap.first(Action::Follow);
        let n_new = self.inbox.n_new();
        if self.inbox.by() != By::Time {
            let name = self.inbox.by().words().of(language);
            let words = if n_new == 0 { words::SORTED } else { words::SORTED_NEW };
            return Cell::new(Tone::Warning, words.with(language, &[&name, &key, &n_new]));
        }
        match n_new {
            _ if self.inbox.is_following() => Cell::new(Tone::Good, words::FOLLOWING.of(language)),
            0 => Cell::new(Tone::Warning, words::PAUSED.with(language, &[&key])),
            n_new => Cell::new(Tone::Warning, words::PAUSED_NEW.with(language, &[&n_new, &key])),
        }
    }

    /// The path of a saved file.
    #[must_use]
    pub fn media_path(&self, file: &str) -> PathBuf {
        media::path(&self.setup.media_dir, file)
    }
}
