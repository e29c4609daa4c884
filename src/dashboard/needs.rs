//! Why an action is not possible now: the first need in the action table that is not met.

use crate::controls::action::{Action, Need, Scope, row_of};
use crate::controls::layout::Shape;
use crate::language::{Words, answers, attach, list, words};
use crate::record::Record;
use crate::record::media::{Queue, Stage};
use crate::record::place::point;
use crate::text;
use crate::weibo::Kind;

use super::{Standing, State, World};

/// The words that say what is missing, with a placeholder for the key of each action that helps, and these actions.
type Lack = (Words, &'static [Action]);

/// What an action lacks that would show hidden data.
const SHOWS_MASKED: Lack = (words::SHOWS_MASKED, &[Action::Mask]);

const fn lack(words: Words) -> Lack {
    (words, &[])
}

impl State {
    /// Returns why an action is not possible now, with the keys that help, or `None` if it is possible.
    pub fn why_not(&self, action: Action) -> Option<String> {
        let (words, helps) = self.lack_for(action)?;
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
            Scope::Downloads => Some((words::ONLY_FOR_JOBS, &[Action::Jobs])),
            Scope::Anywhere | Scope::Screens | Scope::List => row.needs.iter().find_map(|need| self.lack(*need)),
        }
    }

    fn lack(&self, need: Need) -> Option<Lack> {
        let World { setup, looks, .. } = &self.world;
        // The checklist replaces the list.
        let selected = self.list.selected().filter(|_| !self.world.has_checklist);
        // A message that is missing lacks nothing else.
        let of_message = |is_lacking: fn(&Record) -> bool| selected.is_some_and(is_lacking);
        let inbox = &self.list.inbox;
        let (is_lacking, lack): (bool, Lack) = match need {
            Need::Room | Need::Message if self.world.layout().shape == Shape::Line => (true, lack(words::NO_ROOM)),
            Need::Room => return None,
            Need::Message => (selected.is_none(), lack(words::NO_MESSAGE_SELECTED)),
            Need::Pictures => (setup.canvas.is_none(), lack(words::NO_PICTURES)),
            Need::Missed => {
                let has_missed = inbox.last_before_new().is_some() || setup.start.memory.n_missed > 0;
                (!has_missed, lack(words::NOTHING_MISSED))
            }
            Need::Suggestion => (self.list.suggestion().is_none(), lack(list::NO_SUGGESTION)),
            Need::Search => (!self.list.has_hits(), (words::NO_SEARCH_YET, &[Action::Search])),
            Need::Tab(index) => (usize::from(index) >= inbox.tabs().len(), (words::NO_SUCH_TAB, &[Action::SaveTab])),
            Need::Query => {
                (inbox.query().terms.is_empty(), (list::NOTHING_TO_SAVE, &[Action::Search, Action::SaveTab]))
            }
            Need::OwnTab => (!self.list.is_saved_tab(), (list::NO_OWN_TAB, &[Action::SaveTab])),
            Need::Listener => match setup.standing {
                Standing::Listening => return None,
                Standing::Demo => (true, lack(attach::DEMO_STAYS)),
                Standing::Attached { .. } => (true, (attach::ONLY_LISTENER_DETACHES, &[Action::Close])),
            },
            Need::Change => return setup.standing.why_unchanged().map(lack),
            Need::Unmasked => (looks.is_masked, SHOWS_MASKED),
            Need::Sound => (setup.is_mute, (words::MUTE, &[Action::SaveAs, Action::CopyMenu])),
            Need::Map => (!self.detail.has_map(), lack(words::NO_MAP)),
            Need::Sender => (of_message(|record| record.message.sender_id.is_none()), lack(words::NO_SENDER)),
            Need::Link => (of_message(|record| text::links(&record.message.text).is_empty()), lack(words::NO_LINKS)),
            Need::File => (of_message(|record| record.message.attachment().is_none()), lack(words::NO_FILE)),
            Need::Unsaved => (of_message(|record| record.saved_file().is_some()), lack(words::SAVED_ALREADY)),
            Need::Voice => (of_message(|record| record.message.kind() != Kind::Voice), lack(words::NO_VOICE)),
            Need::Window => return self.lack_of_window(selected?),
            Need::Saved => return self.lack_of_file(selected?),
            Need::PlaceOrFile => return self.lack_of_place(selected?),
        };
        is_lacking.then_some(lack)
    }

    /// Returns why the place of a position cannot be shown, or the file of another message.
    fn lack_of_place(&self, record: &Record) -> Option<Lack> {
        match point(&record.message) {
            // The links to the place contain its coordinates.
            Some(_) => self.world.looks.is_masked.then_some(SHOWS_MASKED),
            None if record.message.kind() == Kind::Position => Some(lack(words::NO_PLACE)),
            None if record.message.attachment().is_none() => Some(lack(words::NO_FILE)),
            None => self.lack_of_file(record),
        }
    }

    /// Returns why the file of a message is not there.
    fn lack_of_file(&self, record: &Record) -> Option<Lack> {
        match &record.medium {
            None => Some((words::NOT_DOWNLOADED_YET, &[Action::Download])),
            Some(Stage::Queued { .. }) => Some(match self.world.downloads.board.queue_of(&record.account) {
                Queue::Open => lack(words::STILL_DOWNLOADING),
                Queue::NoToken | Queue::TokenRefused(_) => (words::FILE_WAITS_FOR_TOKEN, &[Action::AccessToken]),
                Queue::Paused { .. } => (words::FILE_WAITS, &[Action::Jobs]),
            }),
            Some(Stage::Failed { .. }) => Some((words::DOWNLOAD_FAILED, &[Action::Download])),
            Some(Stage::Done { .. }) => None,
        }
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
