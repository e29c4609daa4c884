//! The full-screen list of downloads: every requested file and the actions for it.

use crate::controls::action::Action;
use crate::dashboard::orders::ArchiveChange;
use crate::dashboard::{Effect, Event, Tone, World};
use crate::language::words;
use crate::query::{FileState, Query, Term, Test};
use crate::record::media::{Job, Stage};
use crate::record::page::Selection;

use super::question::Question;
use super::{Responder, SHOWS, ScreenReply, Traits, Wish, cursor};

pub(super) const TRAITS: Traits = Traits {
    hints: &[
        (Action::Read, words::HINT_MESSAGE),
        (Action::Cancel, words::HINT_CANCEL),
        (Action::Download, words::HINT_AGAIN),
        (Action::DownloadAll, words::HINT_ALL_AGAIN),
        (Action::OpenFile, words::HINT_OPEN),
        (Action::Remove, words::HINT_REMOVE),
        (Action::Copy, words::HINT_PATH),
        (Action::Reveal, words::HINT_FOLDER),
        (Action::Back, words::HINT_BACK),
    ],
    closed_by: &[Action::Back, Action::Close, Action::Jobs],
    ..SHOWS
};

/// The list of downloads while it is open.
#[derive(Debug, Clone, Default)]
pub struct DownloadList {
    /// The index of the row with the cursor.
    pub selected: usize,
}

impl DownloadList {
    pub(super) fn open(world: &mut World) -> ScreenReply {
        ScreenReply::open(Self::default()).and(world.downloads.read())
    }
}

/// Returns the effect of an action on a download, or `None` if the action does not apply to it.
fn act_on(job: &Job, action: Action, world: &World) -> Option<ScreenReply> {
    Some(match (action, &job.stage) {
        (Action::Read, _) => ScreenReply::close().and_wish(Wish::GoToAnywhere(job.seq?)),
        (Action::OpenFile, Stage::Done { file, .. }) => ScreenReply::effect(Effect::Open(world.media_path(file))),
        (Action::Copy, Stage::Done { file, .. }) => {
            ScreenReply::effect(Effect::Copy(world.media_path(file).display().to_string()))
        }
        (Action::Download, Stage::Failed { .. } | Stage::Queued { .. }) => {
            ScreenReply::effect(ArchiveChange::Download(Selection::Seqs(vec![job.seq?])))
        }
        (Action::Cancel, Stage::Queued { .. }) => ScreenReply::effect(ArchiveChange::Cancel(job.fid)),
        (Action::Remove, Stage::Failed { .. }) => ScreenReply::effect(ArchiveChange::Remove(Box::new(job.clone()))),
        (Action::Remove, Stage::Done { .. }) => ScreenReply::open(Question::Remove(job.clone())),
        _ => return None,
    })
}

impl Responder for DownloadList {
    fn choose(&mut self, action: Action, world: &World) -> ScreenReply {
        let jobs = world.downloads.listed().unwrap_or_default();
        match action {
            Action::DownloadAll => {
                let failed = Term { is_not: false, test: Test::State(vec![FileState::Failed]) };
                ScreenReply::effect(ArchiveChange::Download(Selection::Query(Query { terms: vec![failed] })))
            }
            Action::Reveal => ScreenReply::effect(Effect::Open(world.setup.files.media_dir.clone())),
            Action::Read | Action::Download | Action::OpenFile | Action::Copy | Action::Cancel | Action::Remove => jobs
                .get(self.selected)
                .and_then(|job| act_on(job, action, world))
                .unwrap_or_else(|| ScreenReply::say(world, Tone::Warning, words::NOT_FOR_THIS_JOB, &[])),
            _ => cursor::step(&mut self.selected, action, jobs.len(), world.size.height.into()),
        }
    }

    /// Keeps the cursor on its file.
    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        if let Event::Jobs(jobs) = event {
            let selected = world.downloads.listed().and_then(|jobs| jobs.get(self.selected)).map(|job| job.fid);
            let moved = selected.and_then(|fid| jobs.iter().position(|job| job.fid == fid));
            self.selected = moved.unwrap_or_else(|| self.selected.min(jobs.len().saturating_sub(1)));
        }
        ScreenReply::done()
    }
}
