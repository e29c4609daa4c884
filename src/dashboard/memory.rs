//! What the screen was when it was left, so that the next start goes on there.

use serde::{Deserialize, Serialize};

use crate::controls::looks::{Arrangement, Looks, Theme};
use crate::language::{Language, words};
use crate::query;
use crate::record::Seq;

use super::State;
use super::cell::{Cell, Tone};
use super::sorting::SortOrder;
use crate::controls::action::Action;

/// What the screen was. It is data for a file of weibox's own; whatever a file lacks has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScreenMemory {
    /// The highest number that a message had.
    pub newest: Seq,
    /// The number of messages that came since; told by whoever reads the file.
    #[serde(skip)]
    pub n_missed: u64,
    /// The selected message; `None` while the list followed the newest one.
    selected: Option<Seq>,
    /// The title of the tab, in English or in the user's own words.
    tab: String,
    /// What was looked for in it.
    query: String,
    order: SortOrder,
    is_checklist_closed: bool,
    /// What was configured, and what the user made of it while the program ran.
    looks: Option<(KeptLooks, KeptLooks)>,
}

/// The looks that are kept. Mask and mouse begin as they are configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct KeptLooks {
    language: Language,
    theme: Theme,
    arrangement: Arrangement,
}

impl KeptLooks {
    const fn of(looks: Looks) -> Self {
        Self { language: looks.language, theme: looks.theme, arrangement: looks.arrangement }
    }
}

impl ScreenMemory {
    /// The looks to begin with. Where the configured value is another one than it was, the user has decided anew, and it
    /// holds; otherwise what the user switched to is there again.
    pub(super) fn looks(&self, configured: Looks) -> Looks {
        let Some((before, shown)) = self.looks else { return configured };
        let now = KeptLooks::of(configured);
        Looks {
            language: if now.language == before.language { shown.language } else { now.language },
            theme: if now.theme == before.theme { shown.theme } else { now.theme },
            arrangement: if now.arrangement == before.arrangement { shown.arrangement } else { now.arrangement },
            ..configured
        }
    }

    /// The first message that came while nobody looked; `None` when none did.
    pub fn first_missed(&self) -> Option<Seq> {
        (self.n_missed > 0).then_some(self.newest + 1)
    }
}

impl State {
    /// What the next start goes on with, when this is the highest number that a message has.
    pub fn memory(&self, newest: Seq) -> ScreenMemory {
        let inbox = &self.list.inbox;
        ScreenMemory {
            newest,
            n_missed: 0,
            selected: self.list.selected().map(|record| record.seq).filter(|_| !inbox.is_following()),
            tab: inbox.tabs().get(inbox.shown()).map_or("", |tab| tab.title.of(Language::English)).to_owned(),
            query: inbox.filter().to_string(),
            order: self.list.order(),
            is_checklist_closed: self.checklist.is_closed(),
            looks: Some((KeptLooks::of(self.world.setup.start.looks), KeptLooks::of(self.world.looks))),
        }
    }

    /// Goes on where an earlier session ended, before anything is read.
    pub(super) fn resume(&mut self) {
        let memory = &self.world.setup.start.memory;
        if memory.is_checklist_closed {
            self.checklist.close();
        }
        let is_meant = |title: &str| title == memory.tab;
        let tabs = self.list.inbox.tabs();
        let tab = tabs.iter().position(|tab| is_meant(tab.title.of(Language::English))).unwrap_or_default();
        let filter = query::parse(&memory.query).unwrap_or_default().understood(self.world.setup.understanding);
        self.list.inbox.resume(tab, filter, memory.order, memory.selected);
        if memory.n_missed > 0 && self.notice.is_none() {
            let key = self.world.key(Action::FirstMissed);
            let missed = Cell::new(Tone::Good, words::MISSED.with(self.world.language(), &[&memory.n_missed, &key]));
            self.notice = Some(missed);
        }
    }
}
