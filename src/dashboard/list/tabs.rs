//! The line of tabs: its text, clicks on it, and whether the list follows.

use crate::controls::action::Action;
use crate::controls::tab::Tab;
use crate::dashboard::sorting::SortKey;
use crate::dashboard::{Cell, Tone, World};
use crate::language::words;
use crate::text;

use super::List;

/// The placeholder for the tabs that do not fit.
const OTHERS: &str = " … ";

/// Returns the tabs of a range, with a placeholder on either side for the others. The placeholder leads to the
/// nearest hidden tab.
fn part(tabs: &[(usize, String)], first: usize, end: usize) -> Vec<(usize, String)> {
    let others = |index: Option<usize>| index.map(|index| (index, OTHERS.to_owned()));
    let left = others(first.checked_sub(1));
    let right = others(Some(end).filter(|end| *end < tabs.len()));
    left.into_iter().chain(tabs.get(first..end).unwrap_or_default().iter().cloned()).chain(right).collect()
}

impl List {
    /// Returns the tabs as text that fits into `room` cells: ` 1 All 128 `. If they are too wide, counts of 0 go first,
    /// and then all but those of the shown tab and of senders who are to be answered; if they still are, as many as fit
    /// around the shown one remain, with ` … ` for the others. During a search, which needs the room, returns only the
    /// shown tab.
    pub fn tabs(&self, room: usize, world: &World) -> Vec<(usize, String)> {
        let shown = self.inbox.shown();
        let of = |index: usize, title: &str, has_count: bool| {
            let count = self.count(index).filter(|_| has_count).map(|count| format!(" {count}"));
            (index, format!(" {} {title}{} ", index + 1, count.unwrap_or_default()))
        };
        // The user's own titles may contain control characters from an editor.
        let drawable = |tab: &Tab| text::line(tab.title.of(world.language())).into_owned();
        let titles: Vec<String> = self.inbox.tabs().iter().map(drawable).collect();
        if self.is_narrowed() {
            return titles.get(shown).map(|title| of(shown, title, false)).into_iter().collect();
        }
        let with = |has_count: &dyn Fn(usize) -> bool| -> Vec<(usize, String)> {
            let title = |(index, title): (usize, &String)| of(index, title, has_count(index) || index == shown);
            titles.iter().enumerate().map(title).collect()
        };
        let has_some = |index| self.count(index).is_some_and(|count| count.n > 0);
        let least = with(&|index| self.is_urgent(index) && has_some(index));
        let fits =
            |tabs: &Vec<(usize, String)>| tabs.iter().map(|(_, words)| text::width(words)).sum::<usize>() <= room;
        let n_tabs = titles.len();
        let ends = |first| (shown + 1..=n_tabs).rev().map(move |end| (first, end));
        let some = (0..=shown).flat_map(ends).map(|(first, end)| part(&least, first, end));
        let alone = || part(&least, shown, shown + 1).into_iter().filter(|(index, _)| *index == shown).collect();
        [with(&|_| true), with(&has_some), least.clone()].into_iter().chain(some).find(fits).unwrap_or_else(alone)
    }

    /// Returns the tab at a column of the line of tabs.
    pub(super) fn tab_at(&self, column: u16, world: &World) -> Option<usize> {
        let mut end = 0;
        let room = usize::from(world.layout().tabs.width);
        let tabs = self.tabs(room.saturating_sub(text::width(&self.following(world).text) + 2), world);
        tabs.into_iter().find_map(|(index, words)| {
            end += text::width(&words);
            (usize::from(column) < end).then_some(index)
        })
    }

    /// Returns the number of picked messages, whether the list follows, and the number of messages that it misses.
    pub fn following(&self, world: &World) -> Cell {
        let mut following = self.follows(world);
        if !self.picked.is_empty() {
            let picked = words::PICKED.with(world.language(), &[&self.picked.len()]);
            following.text = format!("{picked}  {}", following.text);
        }
        following
    }

    fn follows(&self, world: &World) -> Cell {
        let key = world.key(Action::Follow);
        let n_new = self.inbox.n_new();
        if self.inbox.order().by != SortKey::Time {
            let name = self.inbox.order().by.words().of(world.language());
            let words = if n_new == 0 { words::SORTED } else { words::SORTED_NEW };
            return world.say(Tone::Warning, words, &[&name, &key, &n_new]);
        }
        match n_new {
            _ if self.inbox.is_following() => world.say(Tone::Good, words::FOLLOWING, &[]),
            0 => world.say(Tone::Warning, words::PAUSED, &[&key]),
            n_new => world.say(Tone::Warning, words::PAUSED_NEW, &[&n_new, &key]),
        }
    }
}
