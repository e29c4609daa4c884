//! TABLE: what keys do in the views that lie over the list, in the words of each. The line below a view and the help, which
//! has them first, read it.

use crate::language::{Words, words};
use crate::text;

use super::{Overlay, State};
use crate::controls::action::Action;

/// An action and what it does in a view.
pub type Hint = (Action, Words);

/// The downloads.
const JOBS: &[Hint] = &[
    (Action::Cancel, words::HINT_CANCEL),
    (Action::Download, words::HINT_AGAIN),
    (Action::DownloadAll, words::HINT_ALL_AGAIN),
    (Action::OpenFile, words::HINT_OPEN),
    (Action::Remove, words::HINT_REMOVE),
    (Action::Copy, words::HINT_PATH),
    (Action::Reveal, words::HINT_FOLDER),
    (Action::Back, words::HINT_BACK),
];
/// The request log.
const REQUESTS: &[Hint] =
    &[(Action::Down, words::HINT_DOWN), (Action::Up, words::HINT_UP), (Action::Back, words::HINT_BACK)];
/// Statistics.
const STATISTICS: &[Hint] =
    &[(Action::Down, words::HINT_KIND), (Action::Up, words::HINT_UP), (Action::Back, words::HINT_BACK)];
/// A picture on the whole screen.
const PICTURE: &[Hint] = &[
    (Action::ZoomIn, words::HINT_CLOSER),
    (Action::ZoomOut, words::HINT_FURTHER),
    (Action::OpenFile, words::HINT_OPEN),
    (Action::Back, words::HINT_BACK),
];
/// The map on the whole screen.
const MAP: &[Hint] = &[
    (Action::ZoomIn, words::HINT_CLOSER),
    (Action::ZoomOut, words::HINT_FURTHER),
    (Action::NextHit, words::HINT_NEXT),
    (Action::PreviousHit, words::HINT_PREVIOUS),
    (Action::Read, words::HINT_READ),
    (Action::Copy, words::HINT_COPY),
    (Action::OpenFile, words::HINT_OPEN),
    (Action::Back, words::HINT_BACK),
];
/// The steps of the first run.
const STEPS: &[Hint] = &[
    (Action::Read, words::HINT_STEP),
    (Action::SaveAs, words::HINT_SAMPLE),
    (Action::Simulate, words::HINT_SIMULATE),
    (Action::Copy, words::HINT_CURL),
    (Action::Snippets, words::HINT_SNIPPETS),
];

impl State {
    /// What keys do in the view that is open; nothing for the list, whose actions have their own words.
    #[must_use]
    pub fn hints(&self) -> &'static [Hint] {
        match self.under.as_ref().or(self.overlay.as_ref()) {
            Some(Overlay::Jobs) => JOBS,
            Some(Overlay::Requests(_)) => REQUESTS,
            Some(Overlay::Picture(_)) => PICTURE,
            Some(Overlay::Map(_)) => MAP,
            Some(Overlay::Statistics(_)) => STATISTICS,
            None if self.step_selected().is_some() => STEPS,
            Some(Overlay::Menu(_) | Overlay::Saving(_) | Overlay::Hidden(_)) | None => &[],
        }
    }

    /// The same in a line of at most so many cells, `x cancel  d again  Esc back`, the last of them always.
    #[must_use]
    pub fn hint_line(&self, width: usize) -> String {
        let hint =
            |(action, words): &Hint| format!("{} {}", self.setup.keymap.first(*action), words.of(self.language()));
        let mut hints: Vec<String> = self.hints().iter().map(hint).collect();
        while text::width(&hints.join("  ")) > width && hints.len() > 1 {
            hints.remove(hints.len() - 2);
        }
        hints.join("  ")
    }
}
