//! The queue of the writer. Writes that somebody waits for come first. Patient writes come while nobody
//! waits, and one of them comes in every turn, so that they get done as well.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::archive::write::{Pending, WriterCommand};

/// The maximum number of writes of a turn that somebody waits for, so that the first of them is answered
/// soon.
const TURN: usize = 256;
/// The target length of a turn that nobody waits for: a longer turn writes fewer pages for each message.
pub(super) const LONGEST: Duration = Duration::from_millis(200);

/// Commands to the writer, and those left for a later turn.
pub(super) struct WriterQueue {
    commands: mpsc::Receiver<WriterCommand>,
    /// Found while a turn was running.
    found: VecDeque<WriterCommand>,
    /// Patient writes, in order.
    patient: VecDeque<Box<dyn Pending>>,
    /// The target length of a turn of patient writes.
    longest: Duration,
    is_closing: bool,
}

/// Commands that were taken from the queue together.
#[derive(Default)]
pub(super) struct TakenWrites {
    pub(super) writes: Vec<Box<dyn Pending>>,
    pub(super) is_damaged: bool,
    pub(super) is_moved: bool,
    /// Wait for the end of the turn.
    pub(super) beats: Vec<oneshot::Sender<()>>,
    /// Waits for the end of the thread, which comes after the writes.
    pub(super) closed: Option<oneshot::Sender<()>>,
}

impl WriterQueue {
    pub(super) const fn new(commands: mpsc::Receiver<WriterCommand>, longest: Duration) -> Self {
        Self { commands, found: VecDeque::new(), patient: VecDeque::new(), longest, is_closing: false }
    }

    /// Waits for a command, and takes up to a turn of them, with one patient write at the end; `None` when
    /// all senders are gone.
    pub(super) fn take(&mut self) -> Option<TakenWrites> {
        let mut taken = TakenWrites::default();
        let mut next = self.next();
        if next.is_none() && self.patient.is_empty() {
            next = Some(self.commands.blocking_recv()?);
        }
        while let Some(command) = next {
            match command {
                WriterCommand::Write(write) if write.is_patient() => self.patient.push_back(write),
                WriterCommand::Write(write) => taken.writes.push(write),
                WriterCommand::Mend => taken.is_damaged = true,
                WriterCommand::Look => taken.is_moved = true,
                WriterCommand::Beat(beat) => taken.beats.push(beat),
                WriterCommand::Close(closed) => {
                    taken.closed = Some(closed);
                    self.is_closing = true;
                    break;
                }
            }
            next = if taken.writes.len() < TURN { self.next() } else { None };
        }
        taken.writes.extend(self.patient.pop_front());
        Some(taken)
    }

    fn next(&mut self) -> Option<WriterCommand> {
        self.found.pop_front().or_else(|| self.commands.try_recv().ok())
    }

    /// Returns one more patient write for a turn that began at `began_at`; `is_urgent` says whether somebody
    /// waits for one of its writes.
    pub(super) fn one_more(&mut self, is_urgent: bool, began_at: Instant) -> Option<Box<dyn Pending>> {
        let is_over = is_urgent || began_at.elapsed() >= self.longest || self.is_awaited();
        if is_over && !self.is_closing { None } else { self.patient.pop_front() }
    }

    /// Returns whether a command has come that waits for the end of the turn.
    fn is_awaited(&mut self) -> bool {
        while self.found.is_empty()
            && let Ok(command) = self.commands.try_recv()
        {
            match command {
                WriterCommand::Write(write) if write.is_patient() => self.patient.push_back(write),
                command @ (WriterCommand::Write(_)
                | WriterCommand::Mend
                | WriterCommand::Look
                | WriterCommand::Beat(_)
                | WriterCommand::Close(_)) => self.found.push_back(command),
            }
        }
        !self.found.is_empty()
    }
}
