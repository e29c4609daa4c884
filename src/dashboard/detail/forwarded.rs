//! Outcome of a message at each of the user's bots: its answer, the time, and the latency.

use chrono::{DateTime, FixedOffset, Utc};

use crate::dashboard::Tone;
use crate::language::{Language, forward as words};
use crate::reason::Reason;
use crate::record::Record;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::weibo::reply;

use super::lines::PageBuilder;

/// Names of targets, each with the outcome of the message there.
pub(super) type Outcomes = [(String, Forwarded)];

/// Adds a line for each target. More lines follow if the bot answered, or if its answer differs or came too late.
/// The answer is as private as the sender's text, and may not be what Weibo got.
pub(super) fn add(page: &mut PageBuilder, outcomes: &Outcomes, record: &Record, is_masked: bool) {
    let offset = *record.sent_at().offset();
    for (name, row) in outcomes {
        let (tone, line) = line(name, row, offset, page.language);
        page.field(words::TARGET, tone, &line);
        if let Some(differences) = &row.differences {
            page.below(Tone::Warning, &words::TARGET_DIFFERS.with(page.language, &[differences]));
        }
        let said = row
            .answer
            .as_ref()
            .filter(|_| !is_masked)
            .map(|answer| reply::describe(answer).unwrap_or_else(|| answer.clone()));
        if let Some(said) = said {
            page.below(Tone::Good, &said);
        }
        // Only an answer that was meant for Weibo is kept. What Weibo got is masked.
        if !is_masked && row.answer.is_some() && row.answer != record.reply {
            page.below(Tone::Warning, words::TOO_LATE.of(page.language));
        }
    }
}

fn line(name: &str, row: &Forwarded, offset: FixedOffset, language: Language) -> (Tone, String) {
    let time = |at: DateTime<Utc>| at.with_timezone(&offset).format("%m-%d %H:%M:%S").to_string();
    let reason = row.reason.as_ref().map(|reason: &Reason| reason.of(language)).unwrap_or_default();
    match row.state {
        ForwardState::Done => {
            let status = row.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            let took = row.took.as_millis();
            let line =
                words::TARGET_HAS_IT.with(language, &[&name, &status, &took, &time(row.tried_at), &row.attempts]);
            let is_well = reason.is_empty();
            (if is_well { Tone::Plain } else { Tone::Warning }, [line, reason].join(if is_well { "" } else { "; " }))
        }
        ForwardState::Waits(at) => {
            let next = row.attempts.saturating_add(1);
            (Tone::Warning, words::TARGET_WAITS.with(language, &[&name, &reason, &next, &time(at)]))
        }
        ForwardState::Aside => (Tone::Bad, words::TARGET_PUT_ASIDE.with(language, &[&name, &row.attempts, &reason])),
    }
}
