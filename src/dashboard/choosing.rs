//! Lists to choose from: which there are of actions and settings, and what choosing does.

use crate::language::Words;

use super::cell::{Cell, Tone};
use super::menu::{Choice, Entry, Menu, Outcome};
use super::{Effect, Overlay, State};
use crate::controls::action::{self, Action, Scope};
use crate::controls::key::{Key, KeyCode};
use crate::controls::looks::Looks;

impl State {
    /// Shows a list to choose from.
    pub(super) fn choose(&mut self, title: Words, entries: Vec<Entry>) -> Vec<Effect> {
        self.overlay = Some(Overlay::Menu(Menu::new(title, entries)));
        Vec::new()
    }

    /// The same over the view that is open, which comes back when nothing is chosen.
    pub(super) fn offer(&mut self, title: Words, entries: Vec<Entry>) -> Vec<Effect> {
        self.under = self.overlay.take();
        self.choose(title, entries)
    }

    /// Every action: what the keys of the view do that is open, then what else can be done now, then the rest.
    pub(super) fn actions(&self) -> Vec<Entry> {
        let language = self.language();
        let hints = self.hints();
        let entry = |action: Action, words: Words| {
            let also = format!("{} {}", action::row_of(action).name, words.of(language.other()));
            Entry::new(words.of(language), self.setup.keymap.text(action), Choice::Act(action)).also(also)
        };
        let here = hints.iter().map(|(action, words)| entry(*action, *words));
        let others = action::TABLE.iter().filter(|row| hints.iter().all(|(action, _)| *action != row.action));
        let others = others
            .map(|row| Entry { obstacle: self.why_not(row.action).unwrap_or_default(), ..entry(row.action, row.help) });
        let mut entries: Vec<Entry> = here.chain(others).collect();
        entries.sort_by_key(|entry| !entry.obstacle.is_empty());
        entries
    }

    /// Every setting that changes while the program runs and has more than two values, or no key of its own.
    pub(super) fn settings(&self) -> Vec<Entry> {
        let language = self.language();
        let entry = |(words, value, looks): (Words, String, Looks)| {
            Entry::new(words.with(language, &[&value]), "", Choice::Look(looks))
                .also(words.with(language.other(), &[&value]))
        };
        self.looks.others().into_iter().map(entry).collect()
    }

    pub(super) fn menu_did(&mut self, key: Key, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Open => Vec::new(),
            Outcome::Unknown => {
                self.no_such_key(key);
                Vec::new()
            }
            Outcome::Closed => {
                self.overlay = self.under.take();
                Vec::new()
            }
            Outcome::Chosen(choice) => {
                self.overlay = self.under.take();
                self.do_chosen(choice)
            }
            Outcome::Refused(reason) => {
                self.notice = Some(Cell::new(Tone::Warning, reason));
                Vec::new()
            }
        }
    }

    pub(super) fn do_chosen(&mut self, choice: Choice) -> Vec<Effect> {
        match choice {
            Choice::Act(action) => self.act_here(action),
            Choice::Do(effect) => vec![effect],
            Choice::Sort(by) => self.sort_by(by),
            Choice::Look(looks) => {
                self.looks = looks;
                self.fit()
            }
        }
    }

    /// Does an action in the view that is open if it means something there, and otherwise in the list.
    fn act_here(&mut self, action: Action) -> Vec<Effect> {
        if self.overlay.is_some() && self.hints().iter().any(|(here, _)| *here == action) {
            let key = self.setup.keymap.keys(action).next().unwrap_or(Key::plain(KeyCode::Enter));
            return self.overlay_key(key, Some(action)).unwrap_or_default();
        }
        if !matches!(action::row_of(action).scope, Scope::Anywhere | Scope::Screens) {
            self.overlay = None;
        }
        self.wish(action)
    }
}
