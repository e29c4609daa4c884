//! Words for the targets: the condition of one target, and the troubles of all; and for the channels of alerts.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::controls::action::Action;
use crate::dashboard::{Cell, Tone, World};
use crate::language::words::{LEFT_DAYS, LEFT_HOURS, LEFT_MINUTES};
use crate::language::{Language, Words, alerts, forward as words};
use crate::record::target::{TargetState, TargetStatus};
use crate::weibo::created_at::china;

/// Returns the condition of a target as one word.
pub fn condition(target: &TargetStatus, now: DateTime<Utc>) -> (Tone, Words) {
    match target.state {
        TargetState::Down(_) => (Tone::Bad, words::TARGET_DOWN),
        TargetState::Gone(_) => (Tone::Bad, words::TARGET_GONE),
        TargetState::Paused(_) => (Tone::Warning, words::TARGET_PAUSED),
        TargetState::Working if target.is_late(now) => (Tone::Warning, words::TARGET_BEHIND),
        TargetState::Working if is_retried(target) => (Tone::Warning, words::TARGET_RETRIED),
        TargetState::Working => (Tone::Good, words::TARGET_WORKS),
    }
}

/// Returns whether the oldest message that the target lacks, or a later one, has already been tried.
fn is_retried(target: &TargetStatus) -> bool {
    target.waits_since.zip(target.last_error.as_ref()).is_some_and(|(since, error)| error.at >= since)
}

/// Formats a time span in its largest unit: `5 s`, `3 min`, `2 h`, `4 d`.
pub fn while_of(passed: TimeDelta, language: Language) -> String {
    let (unit, n) = match passed.num_seconds() {
        ..60 => (words::SECONDS, passed.num_seconds()),
        60..3_600 => (LEFT_MINUTES, passed.num_minutes()),
        3_600..172_800 => (LEFT_HOURS, passed.num_hours()),
        _ => (LEFT_DAYS, passed.num_days()),
    };
    unit.with(language, &[&n])
}

/// Formats a time of today as `09:30`, another one with its date.
fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let [at, now] = [at, now].map(|time| time.with_timezone(&china()));
    let form = if at.date_naive() == now.date_naive() { "%H:%M" } else { "%m-%d %H:%M" };
    at.format(form).to_string()
}

impl World {
    /// Returns the channel of alerts that has failed for the longest time, and the number of others.
    pub fn channel_trouble(&self) -> Cell {
        let Some(first) = self.colleagues.channels.iter().min_by_key(|silent| silent.since) else {
            return Cell::default();
        };
        let names: BTreeSet<&str> = self.colleagues.channels.iter().map(|silent| silent.channel.as_str()).collect();
        let more = if names.len() > 1 { format!(" +{}", names.len() - 1) } else { String::new() };
        self.say(
            Tone::Bad,
            alerts::CHANNEL_FAILS,
            &[&format!("{}{more}", first.channel), &moment(first.since, self.now)],
        )
    }

    /// Returns the troubles of the targets, with the key for details: the worst target by name, and the number of
    /// others.
    pub fn target_trouble(&self) -> Cell {
        let rank = |target: &TargetStatus| match target.state {
            TargetState::Gone(_) => Some(0),
            TargetState::Down(_) => Some(1),
            TargetState::Paused(_) => Some(2),
            TargetState::Working => target.is_late(self.now).then_some(3),
        };
        let mut troubled: Vec<_> =
            self.colleagues.targets.iter().filter_map(|target| Some((rank(target)?, target))).collect();
        troubled.sort_by_key(|(rank, _)| *rank);
        let Some((_, worst)) = troubled.first() else { return Cell::default() };
        let (tone, words) = condition(worst, self.now);
        let language = self.language();
        let state = match worst.state {
            TargetState::Working => match worst.next_try_at.filter(|at| *at > self.now) {
                Some(at) => words::WAITS_UNTIL.with(language, &[&moment(at, self.now)]),
                None => words::N_BEHIND.with(language, &[&worst.lag]),
            },
            TargetState::Down(_) | TargetState::Gone(_) | TargetState::Paused(_) => words.of(language).to_owned(),
        };
        let more = troubled.len() - 1;
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        Cell::new(tone, format!("{} {state}{more} ({})", worst.name, self.key(Action::Targets)))
    }
}
