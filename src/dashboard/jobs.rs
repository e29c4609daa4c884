//! The downloads on the screen: every medium that was asked for, what became of it, and what can be done about it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::language::{Language, words};
use crate::query::{Query, State as Stored, Term, Test};
use crate::reason::downloads;
use crate::record::media::{Board, Job, Progress, Queue, Stage};
use crate::record::page::Selection;
use crate::text;
use crate::weibo::FileId;

use super::cell::{Cell, Tone};
use super::confirm::Question;
use super::refresh::Refresh;
use super::{Effect, Overlay, State, cursor};
use crate::controls::action::Action;
use crate::controls::key::Key;

/// So many of each state are read: more than anyone looks through.
pub const SHOWN: usize = 200;

/// The downloads, as they were read last.
#[derive(Debug, Clone, Default)]
pub struct Jobs {
    /// Those that wait first, then those given up, then those on disk; `None` until they are read.
    listed: Option<Vec<Job>>,
    selected: usize,
    pub(super) refresh: Refresh,
}

impl Jobs {
    /// The downloads, and the index of the selected one; `None` until they are read.
    #[must_use]
    pub fn jobs(&self) -> Option<(&[Job], usize)> {
        self.listed.as_deref().map(|jobs| (jobs, self.selected))
    }

    /// Has them read, but not while they are being read.
    fn read(&mut self) -> Vec<Effect> {
        if self.refresh.ask() { vec![Effect::LoadJobs] } else { Vec::new() }
    }

    /// Takes what was read. The selection stays on its file.
    pub(super) fn take(&mut self, jobs: Vec<Job>) -> Vec<Effect> {
        let selected = self.selected().map(|job| job.fid);
        let moved = selected.and_then(|fid| jobs.iter().position(|job| job.fid == fid));
        self.selected = moved.unwrap_or_else(|| self.selected.min(jobs.len().saturating_sub(1)));
        self.listed = Some(jobs);
        if self.refresh.came() { vec![Effect::LoadJobs] } else { Vec::new() }
    }

    fn selected(&self) -> Option<&Job> {
        self.listed.as_ref()?.get(self.selected)
    }

    /// Moves the selection, if a wish asks for that.
    fn step(&mut self, action: Action, rows: usize) -> bool {
        let n = self.listed.as_ref().map_or(0, Vec::len);
        let moved = cursor::moved(Some(action), self.selected, n, rows);
        self.selected = moved.unwrap_or(self.selected);
        moved.is_some()
    }
}

/// Since when a file is being fetched, as far as it was seen, and how far it was then.
#[derive(Debug, Clone, Default)]
pub(super) struct Paces(BTreeMap<FileId, (DateTime<Utc>, u64)>);

impl Paces {
    /// Notes what runs now.
    pub(super) fn note(&mut self, now: DateTime<Utc>, board: &Board) {
        self.0.retain(|fid, _| board.running.iter().any(|progress| progress.fid == *fid));
        for Progress { fid, received, .. } in &board.running {
            self.0.entry(*fid).or_insert((now, *received));
        }
    }

    /// Bytes a second since it was seen first; `None` before there is half a second to measure.
    fn rate(&self, progress: &Progress, now: DateTime<Utc>) -> Option<u64> {
        let (since, before) = self.0.get(&progress.fid)?;
        let millis = u64::try_from((now - *since).num_milliseconds()).ok().filter(|millis| *millis >= 500)?;
        Some(progress.received.saturating_sub(*before) * 1000 / millis)
    }
}

impl State {
    /// Takes note of what the downloads do; the list is read again when one of them began or ended.
    pub(super) fn downloads_changed(&mut self, board: Board) -> Vec<Effect> {
        self.paces.note(self.now, &board);
        let before = std::mem::replace(&mut self.board, board);
        let tally = |board: &Board| (board.queued, board.failed, board.done, board.running.len());
        let is_news = tally(&before) != tally(&self.board);
        if is_news { self.jobs.read() } else { Vec::new() }
    }

    /// What to say of files that were queued.
    pub(super) fn queued(&self, n_queued: u64) -> Cell {
        let language = self.looks.language;
        let files = if n_queued == 1 { words::ONE_FILE } else { words::FILES }.with(language, &[&n_queued]);
        match (&self.board.queue, n_queued) {
            (_, 0) => Cell::new(Tone::Dim, words::NOTHING_TO_DOWNLOAD.of(language)),
            (Queue::Open, _) => Cell::new(Tone::Good, words::QUEUED.with(language, &[&files])),
            (Queue::NoToken, _) => {
                let key = self.setup.keymap.first(Action::AccessToken);
                Cell::new(Tone::Warning, words::QUEUED_NO_TOKEN.with(language, &[&files, &key]))
            }
            (Queue::TokenRefused(reason), _) => {
                Cell::new(Tone::Bad, words::QUEUED_TOKEN_REFUSED.with(language, &[&files, &reason.of(language)]))
            }
            (Queue::Paused { reason, .. }, _) => {
                Cell::new(Tone::Warning, words::QUEUED_PAUSED.with(language, &[&files, &reason.of(language)]))
            }
        }
    }

    /// Opens the downloads.
    pub(super) fn open_jobs(&mut self) -> Vec<Effect> {
        self.overlay = Some(Overlay::Jobs);
        self.jobs.selected = 0;
        self.jobs.read()
    }

    /// The downloads.
    #[must_use]
    pub const fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// What a wish does while the downloads are open.
    pub(super) fn act_on_jobs(&mut self, key: Key, action: Option<Action>) -> Vec<Effect> {
        let rows = usize::from(self.size.height);
        if action.is_some_and(|action| self.jobs.step(action, rows)) {
            return Vec::new();
        }
        let selected = self.jobs.selected().cloned();
        match (action, selected) {
            (Some(Action::DownloadAll), _) => {
                let failed = Term { is_not: false, test: Test::State(Stored::Failed) };
                vec![Effect::Download(Selection::Query(Query { terms: vec![failed] }))]
            }
            (Some(Action::OpenFile), Some(Job { stage: Stage::Done { file, .. }, .. })) => {
                vec![Effect::Open(self.media_path(&file))]
            }
            (Some(Action::Copy), Some(Job { stage: Stage::Done { file, .. }, .. })) => {
                vec![Effect::Copy(self.media_path(&file).display().to_string())]
            }
            (Some(Action::Reveal), _) => vec![Effect::Open(self.setup.media_dir.clone())],
            (
                Some(Action::Download),
                Some(Job { seq: Some(seq), stage: Stage::Failed { .. } | Stage::Queued { .. }, .. }),
            ) => {
                vec![Effect::Download(Selection::Seqs(vec![seq]))]
            }
            (Some(Action::Cancel), Some(Job { fid, stage: Stage::Queued { .. }, .. })) => vec![Effect::Cancel(fid)],
            (Some(Action::Remove), Some(job @ Job { stage: Stage::Failed { .. }, .. })) => self.remove(job),
            (Some(Action::Remove), Some(job @ Job { stage: Stage::Done { .. }, .. })) => {
                self.question = Some(Question::Remove(job));
                Vec::new()
            }
            (Some(Action::Download | Action::OpenFile | Action::Copy | Action::Cancel | Action::Remove), _) => {
                self.say(Tone::Warning, words::NOT_FOR_THIS_JOB, &[]);
                Vec::new()
            }
            _ => self.leave_by(key, action, Action::Jobs),
        }
    }

    /// Takes one out of the list, and its file from the disk. What was removed is not fetched again for being looked at.
    pub(super) fn remove(&mut self, job: Job) -> Vec<Effect> {
        self.prefetched = job.seq;
        vec![Effect::Remove(job)]
    }

    /// What is being done about a medium, in the words of the screen: its state, how far it is, and what is known of it.
    #[must_use]
    pub fn job(&self, job: &Job) -> [Cell; 3] {
        let language = self.language();
        let running = self.board.running.iter().find(|progress| progress.fid == job.fid);
        let nothing = Cell::default;
        match (&job.stage, running) {
            (Stage::Queued { .. }, Some(progress)) => {
                let [far, pace] = self.motion(progress, language);
                [Cell::new(Tone::Accent, words::JOB_RUNNING.of(language)), far, pace]
            }
            (Stage::Queued { attempts, next_try_at, reason }, None) => {
                let at = next_try_at.with_timezone(&crate::weibo::created_at::china()).format("%H:%M:%S");
                let waits = *next_try_at > self.now;
                let why = match reason {
                    Some(reason) if waits => words::JOB_AGAIN.with(language, &[&at, attempts, &reason.of(language)]),
                    Some(reason) => reason.of(language),
                    None => String::new(),
                };
                // Of several accounts another one may be at work.
                let lacks_token = matches!(self.board.queue, Queue::NoToken | Queue::TokenRefused(_));
                let how = match (lacks_token && self.board.running.is_empty(), attempts) {
                    (true, _) => words::JOB_WAITING,
                    (false, 0) => words::JOB_QUEUED,
                    (false, _) => words::JOB_RETRY,
                };
                [Cell::new(Tone::Plain, how.of(language)), nothing(), Cell::new(Tone::Dim, why)]
            }
            (Stage::Done { file, bytes, .. }, _) => [
                Cell::new(Tone::Good, words::SAVED.of(language)),
                Cell::new(Tone::Plain, text::size(*bytes)),
                Cell::new(Tone::Dim, file),
            ],
            (Stage::Failed { reason }, _) => {
                let is_cancelled = reason.code == downloads::CANCELLED;
                let words = if is_cancelled { words::JOB_CANCELLED } else { words::JOB_FAILED };
                let why = if is_cancelled { String::new() } else { reason.of(language) };
                [Cell::new(Tone::Warning, words.of(language)), nothing(), Cell::new(Tone::Bad, why)]
            }
        }
    }

    /// How far a running one is, and how fast.
    fn motion(&self, progress: &Progress, language: Language) -> [Cell; 2] {
        let received = text::size(progress.received);
        let far = match progress.total {
            Some(total) => format!("{received} / {}", text::size(total)),
            None => received,
        };
        let rate = self.paces.rate(progress, self.now).filter(|rate| *rate > 0);
        let pace = rate.map(|rate| {
            let speed = format!("{}/s", text::size(rate));
            match progress.total {
                Some(total) => {
                    let left = total.saturating_sub(progress.received) / rate;
                    format!("{speed}  {}", words::JOB_LEFT.with(language, &[&left]))
                }
                None => speed,
            }
        });
        [Cell::new(Tone::Plain, far), Cell::new(Tone::Dim, pace.unwrap_or_default())]
    }
}
