//! Why an action is not possible now: the first need in the action table that is not met.

use crate::controls::action::{Action, Need, Scope, row_of};
use crate::controls::layout::Shape;
use crate::language::{Words, answers, attach, list, words};
use crate::record::Record;
use crate::record::media::{Queue, Stage};
use crate::record::place::point;
use crate::text;
use crate::weibo::Kind;

use super::{Standing, State};

/// A need that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lack {
    /// The words that say what is missing, with a placeholder for the key of each helpful action.
    words: Words,
    /// The actions that help.
    helps: &'static [Action],
}

const fn lack(words: Words) -> Lack {
    Lack { words, helps: &[] }
}

const NOT_DOWNLOADED_YET: Lack = Lack { words: words::NOT_DOWNLOADED_YET, helps: &[Action::Download] };
const DOWNLOAD_FAILED: Lack = Lack { words: words::DOWNLOAD_FAILED, helps: &[Action::Download] };
const WAITS_FOR_TOKEN: Lack = Lack { words: words::FILE_WAITS_FOR_TOKEN, helps: &[Action::AccessToken] };
const MUTE: Lack = Lack { words: words::MUTE, helps: &[Action::SaveAs, Action::CopyMenu] };
const SHOWS_MASKED: Lack = Lack { words: words::SHOWS_MASKED, helps: &[Action::Mask] };
const NO_SEARCH_YET: Lack = Lack { words: words::NO_SEARCH_YET, helps: &[Action::Search] };
const NO_SUCH_TAB: Lack = Lack { words: words::NO_SUCH_TAB, helps: &[Action::SaveTab] };
const NOTHING_TO_SAVE: Lack = Lack { words: list::NOTHING_TO_SAVE, helps: &[Action::Search, Action::SaveTab] };
const NO_OWN_TAB: Lack = Lack { words: list::NO_OWN_TAB, helps: &[Action::SaveTab] };
const ONLY_LISTENER_DETACHES: Lack = Lack { words: attach::ONLY_LISTENER_DETACHES, helps: &[Action::Close] };
const PAUSED: Lack = Lack { words: words::FILE_WAITS, helps: &[Action::Jobs] };
const ONLY_FOR_JOBS: Lack = Lack { words: words::ONLY_FOR_JOBS, helps: &[Action::Jobs] };

impl State {
    /// Returns why an action is not possible now, with the keys that help, or `None` if it is possible.
    pub fn why_not(&self, action: Action) -> Option<String> {
        let Lack { words, helps } = self.lack_for(action)?;
        let keys: Vec<_> = helps.iter().map(|action| self.world.key(*action)).collect();
        let keys: Vec<&dyn std::fmt::Display> = keys.iter().map(|key| key as &dyn std::fmt::Display).collect();
        Some(words.with(self.world.language(), &keys))
    }

    /// Returns whether an action of the list is possible now.
    pub fn can(&self, action: Action) -> bool {
        self.lack_for(action).is_none()
    }

    fn lack_for(&self, action: Action) -> Option<Lack> {
        let row = row_of(action);
        match row.scope {
            Scope::Downloads => Some(ONLY_FOR_JOBS),
            Scope::Anywhere | Scope::Screens | Scope::List => row.needs.iter().find_map(|need| self.lack(*need)),
        }
    }

    fn lack(&self, need: Need) -> Option<Lack> {
        let when = |is_lacking: bool, lack: Lack| is_lacking.then_some(lack);
        match need {
            Need::Room | Need::Message if self.world.layout().shape == Shape::Line => Some(lack(words::NO_ROOM)),
            Need::Room => None,
            Need::Pictures => when(self.world.setup.canvas.is_none(), lack(words::NO_PICTURES)),
            Need::Missed => {
                let has_missed =
                    self.list.inbox.last_before_new().is_some() || self.world.setup.start.memory.n_missed > 0;
                when(!has_missed, lack(words::NOTHING_MISSED))
            }
            Need::Suggestion => when(self.list.suggestion().is_none(), lack(list::NO_SUGGESTION)),
            Need::Search => when(!self.list.has_hits(), NO_SEARCH_YET),
            Need::Tab(index) => when(usize::from(index) >= self.list.inbox.tabs().len(), NO_SUCH_TAB),
            Need::Query => when(self.list.inbox.query().terms.is_empty(), NOTHING_TO_SAVE),
            Need::OwnTab => when(!self.list.is_saved_tab(), NO_OWN_TAB),
            Need::Listener => match self.world.setup.standing {
                Standing::Listening => None,
                Standing::Demo => Some(lack(attach::DEMO_STAYS)),
                Standing::Attached { .. } => Some(ONLY_LISTENER_DETACHES),
            },
            Need::Change => self.world.setup.standing.why_unchanged().map(lack),
            Need::Unmasked => when(self.world.looks.is_masked, SHOWS_MASKED),
            Need::Sound => when(self.world.setup.is_mute, MUTE),
            Need::Map => when(!self.detail.has_map(), lack(words::NO_MAP)),
            // The links to the place contain its coordinates.
            Need::PlaceOrFile if self.world.looks.is_masked && self.is_place_selected() => Some(SHOWS_MASKED),
            Need::Window => self.list.selected().and_then(|record| self.lack_of_window(record)),
            Need::Message
            | Need::Sender
            | Need::Link
            | Need::File
            | Need::Unsaved
            | Need::Saved
            | Need::PlaceOrFile
            | Need::Voice => {
                // The checklist replaces the list.
                let selected = self.list.selected().filter(|_| !self.world.has_checklist);
                selected.map_or(Some(lack(words::NO_MESSAGE_SELECTED)), |record| self.lack_of(record, need))
            }
        }
    }
}

impl State {
    fn is_place_selected(&self) -> bool {
        self.list.selected().is_some_and(|record| point(&record.message).is_some())
    }

    /// Returns what a message lacks for a need.
    fn lack_of(&self, record: &Record, need: Need) -> Option<Lack> {
        let lack = lack_of(record, need)?;
        if lack.words != words::STILL_DOWNLOADING {
            return Some(lack);
        }
        Some(match self.world.downloads.board.queue_of(&record.account) {
            Queue::Open => lack,
            Queue::NoToken | Queue::TokenRefused(_) => WAITS_FOR_TOKEN,
            Queue::Paused { .. } => PAUSED,
        })
    }

    /// Returns why the sender of a message cannot be answered now.
    fn lack_of_window(&self, record: &Record) -> Option<Lack> {
        if record.message.is_sample() {
            return Some(lack(answers::SAMPLE_SENDER));
        }
        let is_open = record.answerable_until().is_some_and(|until| until > self.world.now);
        (!is_open).then_some(lack(answers::NO_WINDOW))
    }
}

/// Returns what a message lacks for a need.
fn lack_of(record: &Record, need: Need) -> Option<Lack> {
    let message = &record.message;
    let when = |is_lacking: bool, words: Words| is_lacking.then_some(lack(words));
    match need {
        Need::Sender => when(message.sender_id.is_none(), words::NO_SENDER),
        Need::Link => when(text::links(&message.text).is_empty(), words::NO_LINKS),
        Need::File => when(message.attachment().is_none(), words::NO_FILE),
        Need::Unsaved => when(matches!(record.medium, Some(Stage::Done { .. })), words::SAVED_ALREADY),
        Need::Voice => when(message.kind() != Kind::Voice, words::NO_VOICE),
        Need::Saved => match &record.medium {
            None => Some(NOT_DOWNLOADED_YET),
            Some(Stage::Queued { .. }) => Some(lack(words::STILL_DOWNLOADING)),
            Some(Stage::Failed { .. }) => Some(DOWNLOAD_FAILED),
            Some(Stage::Done { .. }) => None,
        },
        Need::PlaceOrFile if message.kind() == Kind::Position => when(point(message).is_none(), words::NO_PLACE),
        Need::PlaceOrFile => lack_of(record, Need::File).or_else(|| lack_of(record, Need::Saved)),
        Need::Message
        | Need::Room
        | Need::Pictures
        | Need::Missed
        | Need::Search
        | Need::Query
        | Need::Suggestion
        | Need::Tab(_)
        | Need::OwnTab
        | Need::Unmasked
        | Need::Change
        | Need::Window
        | Need::Listener
        | Need::Sound
        | Need::Map => None,
    }
}
