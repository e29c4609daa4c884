//! The downloads: what runs, what was asked for, and how fast it comes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::dashboard::{Cell, Effect, Tone};
use crate::language::{Language, words};
use crate::reason::downloads;
use crate::record::media::{Board, Job, Progress, Queue, Stage};
use crate::text;
use crate::weibo::FileId;

use super::voices::KnownVoices;
use crate::dashboard::refresh::Refresh;

/// The most downloads of each state that are read: more than anyone looks through.
pub const SHOWN: usize = 200;

/// The downloads, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct KnownDownloads {
    /// What runs and waits now.
    pub board: Board,
    /// What is known of the voices among them.
    pub voices: KnownVoices,
    /// Those that wait first, then those given up, then those on disk; `None` until they are read.
    listed: Option<Vec<Job>>,
    /// When each running file was seen first, and how many bytes of it were there then.
    seen_first: BTreeMap<FileId, (DateTime<Utc>, u64)>,
    refresh: Refresh,
}

impl KnownDownloads {
    /// What was asked for; `None` until it is read.
    pub fn listed(&self) -> Option<&[Job]> {
        self.listed.as_deref()
    }

    /// Has the list read, but not while it is being read.
    pub(in crate::dashboard) fn read(&mut self) -> Option<Effect> {
        self.refresh.ask().then_some(Effect::LoadJobs)
    }

    /// Takes the list that was read.
    pub(in crate::dashboard) fn take(&mut self, jobs: Vec<Job>) -> Option<Effect> {
        self.listed = Some(jobs);
        self.refresh.came().then_some(Effect::LoadJobs)
    }

    /// The list could not be read.
    pub(in crate::dashboard) fn fail(&mut self) {
        self.refresh.fail();
    }

    /// Takes note of what runs now. The list is read again when a download began or ended.
    pub(in crate::dashboard) fn changed(&mut self, board: Board, now: DateTime<Utc>) -> Option<Effect> {
        self.seen_first.retain(|fid, _| board.running.iter().any(|progress| progress.fid == *fid));
        for Progress { fid, received, .. } in &board.running {
            self.seen_first.entry(*fid).or_insert((now, *received));
        }
        let before = std::mem::replace(&mut self.board, board);
        let tally = |board: &Board| (board.queued, board.failed, board.done, board.running.len());
        if tally(&before) == tally(&self.board) { None } else { self.read() }
    }

    /// How far a download is, in per cent; `None` when it is not running, 0 while the length is not known.
    pub fn percent(&self, fid: FileId) -> Option<u64> {
        let progress = self.board.running.iter().find(|progress| progress.fid == fid)?;
        let total = progress.total.filter(|total| *total > 0);
        Some(total.map_or(0, |total| (progress.received * 100 / total).min(100)))
    }

    /// Bytes a second since it was seen first; `None` before there is half a second to measure.
    fn rate(&self, progress: &Progress, now: DateTime<Utc>) -> Option<u64> {
        let (since, before) = self.seen_first.get(&progress.fid)?;
        let millis = u64::try_from((now - *since).num_milliseconds()).ok().filter(|millis| *millis >= 500)?;
        Some(progress.received.saturating_sub(*before) * 1000 / millis)
    }

    /// The job about a file, if it is listed.
    pub fn job_of(&self, fid: FileId) -> Option<&Job> {
        self.listed()?.iter().find(|job| job.fid == fid)
    }

    /// What is being done about a file, in the words of the screen: its state, how far it is, and what is known of it.
    pub fn job(&self, job: &Job, now: DateTime<Utc>, language: Language) -> [Cell; 3] {
        let running = self.board.running.iter().find(|progress| progress.fid == job.fid);
        let nothing = Cell::default;
        match (&job.stage, running) {
            (Stage::Queued { .. }, Some(progress)) => {
                let [far, pace] = self.motion(progress, now, language);
                [Cell::new(Tone::Accent, words::JOB_RUNNING.of(language)), far, pace]
            }
            (Stage::Queued { attempts, next_try_at, reason }, None) => {
                let at = next_try_at.with_timezone(&crate::weibo::created_at::china()).format("%H:%M:%S");
                let waits = *next_try_at > now;
                let why = match reason {
                    Some(reason) if waits => words::JOB_AGAIN.with(language, &[&at, attempts, &reason.of(language)]),
                    Some(reason) => reason.of(language),
                    None => String::new(),
                };
                let account = job.origin.as_ref().map_or("", |origin| &origin.account);
                let lacks_token = matches!(self.board.queue_of(account), Queue::NoToken | Queue::TokenRefused(_));
                let how = match (lacks_token, attempts) {
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
    fn motion(&self, progress: &Progress, now: DateTime<Utc>, language: Language) -> [Cell; 2] {
        let received = text::size(progress.received);
        let far = match progress.total {
            Some(total) => format!("{received} / {}", text::size(total)),
            None => received,
        };
        let rate = self.rate(progress, now).filter(|rate| *rate > 0);
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
