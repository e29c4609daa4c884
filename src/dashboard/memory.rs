//! The state of the screen at exit, which the next start restores.

use serde::{Deserialize, Serialize};

use crate::controls::looks::Looks;
use crate::language::{Language, words};
use crate::query;
use crate::record::Seq;

use super::State;
use super::cell::{Cell, Tone};
use super::sorting::SortOrder;
use crate::controls::action::Action;

/// The saved state of the screen. It is the content of one of weibox's files; missing fields have their defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScreenMemory {
    /// The highest number of a message.
    pub newest: Seq,
    /// The highest number now; filled in by the code that reads the file, as is the next field.
    #[serde(skip)]
    pub newest_now: Seq,
    /// The number of messages that arrived since. Numbers have gaps: a repeat uses one up.
    #[serde(skip)]
    pub n_missed: u64,
    /// The selected message; `None` while the list followed the newest one.
    selected: Option<Seq>,
    /// The title of the tab, in English or as the user named it.
    tab: String,
    /// The search within the tab.
    query: String,
    order: SortOrder,
    is_checklist_closed: bool,
    /// The configured looks, and the looks at exit.
    looks: Option<(Looks, Looks)>,
}

impl ScreenMemory {
    /// Returns the initial looks. A configured value that has changed since the last exit applies, because the user
    /// has decided again; otherwise the value from the last exit applies. A language that the user has set applies
    /// always.
    pub(super) fn looks(&self, now: Looks, is_language_set: bool) -> Looks {
        let Some((before, shown)) = self.looks else { return now };
        Looks {
            language: if now.language == before.language && !is_language_set { shown.language } else { now.language },
            theme: if now.theme == before.theme { shown.theme } else { now.theme },
            arrangement: if now.arrangement == before.arrangement { shown.arrangement } else { now.arrangement },
            ..now
        }
    }

    /// Returns the first message that arrived while no dashboard was open, or `None` if there is none.
    pub fn first_missed(&self) -> Option<Seq> {
        (self.n_missed > 0).then_some(self.newest + 1)
    }
}

impl State {
    /// Returns the state for the next start; `newest` is the highest number of a message.
    pub fn memory(&self, newest: Seq) -> ScreenMemory {
        let inbox = &self.list.inbox;
        ScreenMemory {
            newest,
            newest_now: newest,
            n_missed: 0,
            selected: self.list.selected().map(|record| record.seq).filter(|_| !inbox.is_following()),
            tab: inbox.tabs().get(inbox.shown()).map_or("", |tab| tab.title.of(Language::English)).to_owned(),
            query: inbox.filter().to_string(),
            order: self.list.order(),
            is_checklist_closed: self.checklist.is_closed(),
            looks: Some((self.world.setup.start.looks, self.world.looks)),
        }
    }

    /// Restores the state of an earlier session, before anything is read.
    pub(super) fn resume(&mut self) {
        let memory = &self.world.setup.start.memory;
        if memory.is_checklist_closed {
            self.checklist.close();
        }
        let is_meant = |title: &str| title == memory.tab;
        let tabs = self.list.inbox.tabs();
        let tab = tabs.iter().position(|tab| is_meant(tab.title.of(Language::English))).unwrap_or_default();
        let filter = query::parse(&memory.query).unwrap_or_default().understood(self.world.setup.understanding);
        self.list.inbox.resume(tab, filter, memory.order, memory.selected, memory.newest_now);
        if memory.n_missed > 0 && self.notice.is_none() {
            let key = self.world.key(Action::FirstMissed);
            let missed = Cell::new(Tone::Accent, words::MISSED.with(self.world.language(), &[&memory.n_missed, &key]));
            self.show(missed);
        }
    }
}
