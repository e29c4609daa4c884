//! The line of tabs: its words, what lies under a click, and whether the list follows.

use crate::controls::action::Action;
use crate::dashboard::sorting::SortKey;
use crate::dashboard::{Cell, Tone, World};
use crate::language::words;
use crate::text;

use super::List;

impl List {
    /// The tabs in words that fit into `room` cells: ` 1 All 128 `, without the counts of those that are not shown, by
    /// their first letters, or the shown one alone; so, too, while something is looked for, which needs the room.
    #[must_use]
    pub fn tabs(&self, room: usize, world: &World) -> Vec<(usize, String)> {
        let shown = self.inbox.shown();
        let of = |index: usize, title: &str, has_count: bool| {
            let count = self.inbox.count(index).filter(|_| has_count).map(|count| format!(" {count}"));
            (index, format!(" {} {title}{} ", index + 1, count.unwrap_or_default()))
        };
        let titles: Vec<&str> = self.inbox.tabs().iter().map(|tab| tab.title.of(world.language())).collect();
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

    /// The tab under a column of the line of tabs.
    pub(super) fn tab_at(&self, column: u16, world: &World) -> Option<usize> {
        let mut end = 0;
        let room = usize::from(world.layout().tabs.width);
        let tabs = self.tabs(room.saturating_sub(text::width(&self.following(world).text) + 2), world);
        tabs.into_iter().find_map(|(index, words)| {
            end += text::width(&words);
            (usize::from(column) < end).then_some(index)
        })
    }

    /// Whether the list follows, and how much it misses.
    #[must_use]
    pub fn following(&self, world: &World) -> Cell {
        let key = world.key(Action::Follow);
        let n_new = self.inbox.n_new();
        if self.inbox.by() != SortKey::Time {
            let name = self.inbox.by().words().of(world.language());
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
