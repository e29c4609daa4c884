//! The tabs that the user saves on the screen: named, renamed, moved, removed. They are to the right of all
//! others.

use crate::controls::action::Action;
use crate::controls::tab::{Tab, TabChange, TabTitle};
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::dashboard::over::prompt::LinePrompt;
use crate::dashboard::over::{ScreenReply, Wish};
use crate::dashboard::{Effect, Tone, World};
use crate::language::{Language, Words, list};
use crate::query::Query;

use super::List;

/// TABLE: the changes to a saved tab, and the key of each.
const CHANGES: [(TabChange, char, Words); 4] = [
    (TabChange::AskName, 'r', list::RENAME),
    (TabChange::MoveLeft, '<', list::MOVE_LEFT),
    (TabChange::MoveRight, '>', list::MOVE_RIGHT),
    (TabChange::Remove, 'x', list::REMOVE_TAB),
];

impl List {
    /// Returns whether the current tab was saved on the screen.
    pub fn is_saved_tab(&self) -> bool {
        self.inbox.tabs().get(self.inbox.shown()).is_some_and(|tab| tab.is_saved)
    }

    /// Opens the menu of changes to the current tab.
    pub(super) fn edit_tab(world: &World) -> ScreenReply {
        let entry = |(change, key, words)| MenuEntry::keyed(key, words, Wish::ChangeTab(change), world.language());
        let entries = CHANGES.into_iter().map(entry);
        ScreenReply::open(Menu::new(list::EDIT_TAB, entries.collect()))
    }

    /// Returns whether a name is free for a tab; the tab `but` may keep its own.
    pub(in crate::dashboard) fn is_free(&self, name: &str, but: Option<usize>) -> bool {
        let has_it =
            |tab: &Tab| [Language::English, Language::Chinese].iter().any(|language| tab.title.of(*language) == name);
        !self.inbox.tabs().iter().enumerate().any(|(index, tab)| Some(index) != but && has_it(tab))
    }

    /// Changes the tabs and stores them.
    pub(in crate::dashboard) fn change_tab(&mut self, change: TabChange, world: &World) -> ScreenReply {
        let shown = self.inbox.shown();
        let mut tabs = self.inbox.tabs().to_vec();
        let is_saved = |index: usize| tabs.get(index).is_some_and(|tab| tab.is_saved);
        let mut to = shown;
        match change {
            TabChange::Add(name) => {
                if !self.is_free(&name, None) {
                    return ScreenReply::say(world, Tone::Warning, list::TAB_NAME_TAKEN, &[]);
                }
                let key = world.key(Action::EditTab);
                let said = world.say(Tone::Good, list::TAB_SAVED, &[&name, &key]);
                tabs.push(Tab::saved(name, self.inbox.query()));
                to = tabs.len() - 1;
                let reply = self.put_tabs(tabs, to).and_wish(Wish::Find(Query::default()));
                return ScreenReply { notice: Some(said), ..reply };
            }
            TabChange::Rename(name) if is_saved(shown) => {
                if !self.is_free(&name, Some(shown)) {
                    return ScreenReply::say(world, Tone::Warning, list::TAB_NAME_TAKEN, &[]);
                }
                if let Some(tab) = tabs.get_mut(shown) {
                    tab.title = TabTitle::Own(name);
                }
            }
            TabChange::MoveLeft if is_saved(shown) && shown > 0 && is_saved(shown - 1) => to = shown - 1,
            TabChange::MoveRight if is_saved(shown) && is_saved(shown + 1) => to = shown + 1,
            TabChange::Remove if is_saved(shown) => {
                tabs.remove(shown);
                return self.put_tabs(tabs, shown - 1).and_say(world, Tone::Good, list::TAB_REMOVED, &[]);
            }
            TabChange::AskName => {
                let tab = tabs.get(shown);
                let prompt = tab.map(|tab| LinePrompt::of_tab(tab.title.of(world.language()), &tab.query));
                return prompt.map_or_else(ScreenReply::done, ScreenReply::open);
            }
            TabChange::Rename(_) | TabChange::MoveLeft | TabChange::MoveRight | TabChange::Remove => {
                return ScreenReply::done();
            }
        }
        tabs.swap(shown, to);
        self.put_tabs(tabs, to)
    }

    fn put_tabs(&mut self, tabs: Vec<Tab>, shown: usize) -> ScreenReply {
        let kept = tabs.iter().filter(|tab| tab.is_saved).cloned().collect();
        ScreenReply::load(self.inbox.put_tabs(tabs, shown)).and([Effect::KeepTabs(kept)])
    }
}
