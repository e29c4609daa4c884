//! What waits for the writer. What somebody waits for comes first; what can wait comes as long as nobody waits, and one of it in
//! every turn, so that it comes to an end as well.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::archive::write::{Pending, WriterCommand};

/// One turn takes at most this many changes that somebody waits for, so that the first of them does not wait long for its answer.
const TURN: usize = 256;
/// A turn that nobody waits for takes about so long: the longer it is, the fewer pages are written for each message.
pub(super) const LONGEST: Duration = Duration::from_millis(200);

/// What was asked of the writer, and what of it was left for a later turn.
pub(super) struct WriterQueue {
    commands: mpsc::Receiver<WriterCommand>,
    /// Was found while a turn was under way.
    found: VecDeque<WriterCommand>,
    /// What can wait, in its order.
    patient: VecDeque<Box<dyn Pending>>,
    /// A turn of it takes about so long.
    longest: Duration,
    is_closing: bool,
}

/// What was taken from the queue at once.
#[derive(Default)]
pub(super) struct TakenWrites {
    pub(super) writes: Vec<Box<dyn Pending>>,
    pub(super) is_damaged: bool,
    pub(super) is_moved: bool,
    /// Who wants to know that the turn is over.
    pub(super) beats: Vec<oneshot::Sender<()>>,
    /// Who waits for the end, which comes after the writes.
    pub(super) closed: Option<oneshot::Sender<()>>,
}

impl WriterQueue {
    pub(super) const fn new(commands: mpsc::Receiver<WriterCommand>, longest: Duration) -> Self {
        Self { commands, found: VecDeque::new(), patient: VecDeque::new(), longest, is_closing: false }
    }

    /// Waits until there is something, and takes it, at most a turn of it, with one change that can wait at its end; `None` when nobody
    /// can ask any more.
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

    /// One more change that can wait, for a turn that began then and has changes that somebody waits for or not.
    pub(super) fn one_more(&mut self, is_urgent: bool, began_at: Instant) -> Option<Box<dyn Pending>> {
        let is_over = is_urgent || began_at.elapsed() >= self.longest || self.is_awaited();
        if is_over && !self.is_closing { None } else { self.patient.pop_front() }
    }

    /// Whether somebody has come who waits for the end of the turn.
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
