//! In which order the list stands. By time it reaches through the whole archive; in another order it holds the newest
//! messages only, because that is what people sort.

use crate::language::{Words, words};
use crate::record::Record;
use crate::weibo::Kind;

use super::cell::Tone;
use super::menu::{Choice, Entry};
use super::{Effect, State, load};
use crate::controls::action::Action;

/// So many of the newest messages are sorted: enough for the day of a busy account, few enough to be read and sorted for
/// every frame of a flood.
pub const SORTED: usize = 1_000;

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum By {
    #[default]
    Time,
    Sender,
    Kind,
    Window,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// By what. Within the same, the newest comes first.
    pub by: By,
    /// Whether it stands the other way round: the oldest on top.
    pub is_reversed: bool,
}

/// TABLE: what can be sorted by, the key that chooses it in the menu, and what it is called.
const ORDERS: [(By, char, Words); 4] = [
    (By::Time, 't', words::BY_TIME),
    (By::Sender, 's', words::BY_SENDER),
    (By::Kind, 'y', words::BY_KIND),
    (By::Window, 'w', words::BY_WINDOW),
];

impl By {
    /// What it is called.
    #[must_use]
    pub fn words(self) -> Words {
        ORDERS.into_iter().find_map(|(by, _, words)| (by == self).then_some(words)).unwrap_or(words::BY_TIME)
    }

    /// Sorts records that stand newest first.
    pub(super) fn sort(self, records: &mut [Record]) {
        let kind = |record: &Record| Kind::ALL.iter().position(|kind| *kind == record.message.kind());
        match self {
            Self::Time => {}
            // What has none comes last.
            Self::Sender => records.sort_by_key(|record| {
                let sender = record.message.sender_id;
                (sender.is_none(), sender.map(|id| id.0))
            }),
            Self::Kind => records.sort_by_key(kind),
            Self::Window => records.sort_by_key(|record| (record.window_until.is_none(), record.window_until)),
        }
    }
}

impl State {
    /// Asks what to sort by.
    pub(super) fn choose_order(&mut self) -> Vec<Effect> {
        let language = self.language();
        let entry = |(by, key, words): (By, char, Words)| Entry {
            key: Some(key),
            ..Entry::new(words.of(language), key, Choice::Sort(by)).also(words.of(language.other()))
        };
        self.choose(words::SORT_MENU, ORDERS.into_iter().map(entry).collect())
    }

    /// Sorts by something; by the same again, the other way round.
    pub(super) fn sort_by(&mut self, by: By) -> Vec<Effect> {
        let is_again = self.order.by == by;
        self.order = Order { by, is_reversed: is_again && !self.order.is_reversed };
        let next = load(self.inbox.sort(self.order));
        let name = by.words().of(self.language());
        match by {
            By::Time => {
                let words = if self.inbox.is_ascending() { words::OLDEST_FIRST } else { words::NEWEST_FIRST };
                self.say(Tone::Dim, words, &[]);
            }
            By::Sender | By::Kind | By::Window => {
                let key = self.setup.keymap.first(Action::Follow);
                self.say(Tone::Dim, words::SORTED_BY, &[&name, &SORTED, &key]);
            }
        }
        next
    }
}
