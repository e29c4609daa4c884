//! Why an action cannot be done now, in words. What it would do is no matter of this file.

use crate::language::{Words, words};
use crate::record::media::Stage;
use crate::record::place::point;
use crate::weibo::Kind;

use super::layout::Shape;
use super::{Action, State};

impl State {
    /// Why an action cannot be done now, with the keys that help; `None` when it can.
    #[must_use]
    pub fn why_not(&self, action: Action) -> Option<String> {
        let reason = self.obstacle(action)?;
        let helps: &[Action] = match reason {
            words::NOT_DOWNLOADED_YET | words::DOWNLOAD_FAILED => &[Action::Download],
            words::MUTE => &[Action::SaveAs, Action::CopyMenu],
            words::MAP_MASKED => &[Action::Mask],
            words::NO_SEARCH_YET => &[Action::Search],
            words::ONLY_FOR_JOBS => &[Action::Jobs],
            _ => &[],
        };
        let keys: Vec<_> = helps.iter().map(|action| self.setup.keymap.first(*action)).collect();
        let keys: Vec<&dyn std::fmt::Display> = keys.iter().map(|key| key as &dyn std::fmt::Display).collect();
        Some(reason.with(self.language(), &keys))
    }

    /// Why an action cannot be done now; `None` when it can.
    #[must_use]
    pub fn obstacle(&self, action: Action) -> Option<Words> {
        if self.layout().shape == Shape::Line && (needs_the_list(action) || needs_a_message(action)) {
            return Some(words::NO_ROOM);
        }
        if action == Action::Sheet && self.setup.canvas.is_none() {
            return Some(words::NO_PICTURES);
        }
        if matches!(action, Action::Cancel | Action::Remove | Action::Reveal) {
            return Some(words::ONLY_FOR_JOBS);
        }
        if matches!(action, Action::NextHit | Action::PreviousHit) && self.has_no_hits() {
            return Some(words::NO_SEARCH_YET);
        }
        if matches!(action, Action::Show(index) if usize::from(index) >= self.inbox.tabs().len()) {
            return Some(words::NO_SUCH_TAB);
        }
        // The steps stand in the place of the list.
        let Some(record) = self.inbox.selected().filter(|_| self.step_selected().is_none()) else {
            return needs_a_message(action).then_some(words::NO_MESSAGE_SELECTED);
        };
        match (action, record.message.attachment(), &record.medium) {
            (Action::Map, ..) if self.looks.is_masked => Some(words::MAP_MASKED),
            (Action::ZoomIn | Action::ZoomOut, ..) => self.map_obstacle(),
            (Action::Play, ..) => self.voice_obstacle(record),
            (Action::SaveAs, ..) => Self::save_obstacle(record),
            (Action::Conversation, ..) if record.message.sender_id.is_none() => Some(words::NO_SENDER),
            (Action::Links, ..) if crate::text::links(&record.message.text).is_empty() => Some(words::NO_LINKS),
            (Action::OpenFile, ..) if record.message.kind() == Kind::Position => {
                point(&record.message).is_none().then_some(words::NO_PLACE)
            }
            (Action::Download | Action::OpenFile, None, _) => Some(words::NO_FILE),
            (Action::Download, _, Some(Stage::Done { .. })) => Some(words::SAVED_ALREADY),
            (Action::OpenFile, _, None) => Some(words::NOT_DOWNLOADED_YET),
            (Action::OpenFile, _, Some(Stage::Queued { .. })) => Some(words::STILL_DOWNLOADING),
            (Action::OpenFile, _, Some(Stage::Failed { .. })) => Some(words::DOWNLOAD_FAILED),
            _ => None,
        }
    }
}

/// Whether an action is about the list, and nothing to do where it is not on the screen.
pub(super) const fn needs_the_list(action: Action) -> bool {
    matches!(
        action,
        Action::Search
            | Action::Show(_)
            | Action::PreviousTab
            | Action::NextTab
            | Action::NextHit
            | Action::PreviousHit
            | Action::Top
            | Action::Bottom
            | Action::PageDown
            | Action::PageUp
            | Action::HalfDown
            | Action::HalfUp
            | Action::Follow
            | Action::Sort
            | Action::Sheet
            | Action::Zoom
    )
}

/// Whether an action is done to the selected message, or to those of the list.
const fn needs_a_message(action: Action) -> bool {
    matches!(
        action,
        Action::Down
            | Action::Up
            | Action::Read
            | Action::View
            | Action::Download
            | Action::OpenFile
            | Action::Copy
            | Action::Play
            | Action::SaveAs
            | Action::CopyMenu
            | Action::Links
            | Action::DownloadAll
            | Action::Conversation
            | Action::Star
            | Action::Unread
            | Action::AllRead
            | Action::Pick
            | Action::Map
            | Action::ZoomIn
            | Action::ZoomOut
    )
}
