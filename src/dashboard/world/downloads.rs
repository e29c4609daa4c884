//! The downloads: the running ones, the requested ones, and their speed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::dashboard::{Cell, Effect, Tone};
use crate::language::{Language, words};
use crate::reason::downloads;
use crate::record::media::{Board, Job, Progress, Stage};
use crate::text;
use crate::weibo::FileId;

use super::voices::KnownVoices;
use crate::dashboard::refresh::Refresh;

/// The maximum number of downloads to read for each state, more than a user looks through.
pub const SHOWN: usize = 200;

/// The downloads, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct KnownDownloads {
    /// The downloads that are running or waiting now.
    pub board: Board,
    /// Summaries of the voices among the downloads.
    pub voices: KnownVoices,
    /// Waiting downloads first, then failed, then saved; `None` until they are read.
    listed: Option<Vec<Job>>,
    /// The time at which each running file was first seen, and its number of bytes then.
    seen_first: BTreeMap<FileId, (DateTime<Utc>, u64)>,
    refresh: Refresh,
}

impl KnownDownloads {
    /// Returns the requested downloads, or `None` until they are read.
    pub fn listed(&self) -> Option<&[Job]> {
        self.listed.as_deref()
    }

    /// Requests the list, unless it is being read.
    pub(in crate::dashboard) fn read(&mut self) -> Option<Effect> {
        self.refresh.ask().then_some(Effect::LoadJobs)
    }

    /// Handles the list that was read.
    pub(in crate::dashboard) fn take(&mut self, jobs: Vec<Job>) -> Option<Effect> {
        self.listed = Some(jobs);
        self.refresh.came().then_some(Effect::LoadJobs)
    }

    /// Records that the list could not be read.
    pub(in crate::dashboard) fn fail(&mut self) {
        self.refresh.fail();
    }

    /// Records the running downloads. Requests the list if a download began or ended.
    pub(in crate::dashboard) fn changed(&mut self, board: Board, now: DateTime<Utc>) -> Option<Effect> {
        self.seen_first.retain(|fid, _| board.running.iter().any(|progress| progress.fid == *fid));
        for Progress { fid, received, .. } in &board.running {
            self.seen_first.entry(*fid).or_insert((now, *received));
        }
        let before = std::mem::replace(&mut self.board, board);
        let tally = |board: &Board| (board.queued, board.failed, board.done, board.running.len());
        if tally(&before) == tally(&self.board) { None } else { self.read() }
    }

    /// Returns the progress of a download in per cent: `None` if it is not running, and 0 while the length is unknown.
    pub fn percent(&self, fid: FileId) -> Option<u64> {
        let progress = self.board.running.iter().find(|progress| progress.fid == fid)?;
        let total = progress.total.filter(|total| *total > 0);
        Some(total.map_or(0, |total| (progress.received * 100 / total).min(100)))
    }

    /// Returns the bytes per second since the download was first seen, or `None` for the first half second.
    fn rate(&self, progress: &Progress, now: DateTime<Utc>) -> Option<u64> {
        let (since, before) = self.seen_first.get(&progress.fid)?;
        let millis = u64::try_from((now - *since).num_milliseconds()).ok().filter(|millis| *millis >= 500)?;
        Some(progress.received.saturating_sub(*before) * 1000 / millis)
    }

    /// Returns the job of a file, if it is listed.
    pub fn job_of(&self, fid: FileId) -> Option<&Job> {
        self.listed()?.iter().find(|job| job.fid == fid)
    }

    /// Describes a job in the words of the screen: its state, its progress, and details.
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
                let lacks_token = self.board.queue_of(account).lacks_token();
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

    /// Describes the progress and the speed of a running download.
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
