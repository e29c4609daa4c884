//! Notices to the user. A key removes the last notice; one that only reports what was done goes by itself.

use std::fmt::Display;

use chrono::{DateTime, TimeDelta, Utc};

use crate::controls::action::Action;
use crate::controls::key::Key;
use crate::dashboard::orders::{ArchiveChange, Secret, Trial, TrialResult};
use crate::dashboard::over::question::Question;
use crate::dashboard::{Cell, Effect, State, Tone, load};
use crate::language::{Words, list, people, words};
use crate::reason::Reason;
use crate::record::page::Mark;
use crate::record::people::{Labelled, Relabel};

/// The time after which a notice goes by itself, unless the user should act on it.
const SHOWN_FOR: TimeDelta = TimeDelta::seconds(10);

impl State {
    /// Shows a notice instead of the last one.
    pub(in crate::dashboard) fn show(&mut self, notice: Cell) {
        self.notice = Some(notice);
        self.noticed_at = self.world.now;
    }

    /// Returns the time at which the notice goes by itself.
    pub(in crate::dashboard) fn notice_goes_at(&self) -> Option<DateTime<Utc>> {
        let reports = |notice: &&Cell| matches!(notice.tone, Tone::Good | Tone::Dim);
        self.notice.as_ref().filter(reports).map(|_notice| self.noticed_at + SHOWN_FOR)
    }

    /// Removes a notice that has been shown long enough.
    pub(in crate::dashboard) fn let_notice_go(&mut self) {
        if self.notice_goes_at().is_some_and(|at| at <= self.world.now) {
            self.notice = None;
        }
    }

    /// Says that a secret was saved and is now in force. After an access token, asks whether to try it.
    pub(in crate::dashboard) fn kept(&mut self, secret: Secret, file: &str) {
        self.world.setup.is_signed |= secret == Secret::AppSecret;
        self.say(Tone::Good, words::SECRET_KEPT, &[&crate::text::line(file)]);
        if secret == Secret::AccessToken && self.stack.is_empty() {
            self.stack.push(Question::TryToken.into());
        }
    }

    pub(in crate::dashboard) fn tried(&mut self, trial: Trial, result: TrialResult) {
        let tone = if result.is_good { Tone::Good } else { Tone::Bad };
        self.show(Cell::new(tone, crate::text::line(&result.found)));
        self.checklist.learn_trial(trial, result);
    }

    pub(in crate::dashboard) fn say(&mut self, tone: Tone, words: Words, values: &[&dyn Display]) {
        self.show(self.world.say(tone, words, values));
    }

    pub(in crate::dashboard) fn tell(&mut self, reason: &Reason) {
        self.show(Cell::new(Tone::Bad, reason.of(self.world.language())));
    }

    pub(in crate::dashboard) fn no_such_key(&mut self, key: Key) {
        if self.is_asking() {
            // The help key may be text in this screen.
            return self.say(Tone::Dim, words::KEY_TYPES_NOTHING, &[&key]);
        }
        let help = self.world.key(Action::Help);
        if key.is_from_input_method() {
            return self.say(Tone::Warning, words::KEY_OF_INPUT_METHOD, &[&key]);
        }
        self.say(Tone::Dim, words::KEY_DOES_NOTHING, &[&key, &help]);
    }

    /// Shows a change that was carried out, and says so; `n` is the number of messages or senders that it affected.
    pub(in crate::dashboard) fn changed(&mut self, change: ArchiveChange, n: u64) -> Vec<Effect> {
        match change {
            ArchiveChange::Download(_) => self.show(self.world.queued(n)),
            ArchiveChange::Mark(_, mark) => self.marked(mark, n),
            ArchiveChange::Mute(fan, is_muted) => {
                self.list.inbox.mute(fan, is_muted);
                let words = if is_muted { list::SENDER_MUTED } else { list::SENDER_UNMUTED };
                self.say(Tone::Good, words, &[&self.world.key(Action::Mute)]);
            }
            ArchiveChange::Discard(_) => {
                self.list.unpick();
                self.say(Tone::Good, list::DELETED, &[&n, &self.world.key(Action::Restore)]);
            }
            ArchiveChange::Restore if n == 0 => self.say(Tone::Dim, list::NOTHING_TO_RESTORE, &[]),
            ArchiveChange::Restore => {
                self.say(Tone::Good, list::RESTORED, &[&n]);
                return load(self.list.go_to_restored());
            }
            ArchiveChange::Cancel(_) => self.say(Tone::Good, words::JOB_CANCELLED, &[]),
            ArchiveChange::Remove(_) => self.say(Tone::Good, words::JOB_REMOVED, &[]),
            ArchiveChange::Profile { .. } => self.profile_kept(),
            ArchiveChange::Relabel(relabel) => self.relabelled(&relabel, n),
            ArchiveChange::Target(name, order) => self.say_done(&name, &order, n),
        }
        Vec::new()
    }

    fn marked(&mut self, mark: Mark, n_marked: u64) {
        self.detail.attention.marked();
        if n_marked > 1 {
            // From now on the key undoes this.
            self.list.note_discarded(&[]);
            let words = match mark {
                Mark::Starred => list::STARRED_SEVERAL,
                Mark::Unstarred => list::UNSTARRED_SEVERAL,
                Mark::Read => list::READ_SEVERAL,
                Mark::Unread => list::UNREAD_SEVERAL,
            };
            let key = self.world.key(Action::Restore);
            self.say(Tone::Good, words, &[&n_marked, &key]);
        }
    }

    fn relabelled(&mut self, Relabel { of, add, remove }: &Relabel, n: u64) {
        let signed = |sign: char, labels: &[String]| -> Vec<String> {
            labels.iter().map(|label| format!("{sign}{}", crate::text::line(label))).collect()
        };
        let labels = [signed('+', add), signed('-', remove)].concat().join(" ");
        match (n, of) {
            (0, _) => self.say(Tone::Dim, people::LABELS_SAME, &[]),
            (_, Labelled::Messages(_)) => self.say(Tone::Good, people::RELABELLED_MESSAGES, &[&labels, &n]),
            (_, Labelled::Sender(_)) => self.say(Tone::Good, people::RELABELLED_SENDER, &[&labels]),
        }
    }
}
