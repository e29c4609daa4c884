//! The summary of `weibox simulate` as lines.

use crate::language::{Language, alerts, commands as words};
use crate::run::report::columns;
use crate::simulator::summary::{HandshakeOutcome, Summary};
use crate::text;

/// Returns the summary: a name and a figure in each line.
pub(super) fn lines(summary: &Summary, language: Language) -> Vec<String> {
    let handshake = match summary.handshake {
        HandshakeOutcome::Answered => words::HANDSHAKE_ANSWERED,
        HandshakeOutcome::Wrong => words::HANDSHAKE_WRONG,
        HandshakeOutcome::Silent => words::NOBODY_ANSWERED,
        HandshakeOutcome::NotTried => words::HANDSHAKE_NOT_TRIED,
    };
    let lost = match summary.lost {
        0 => 0.to_string(),
        lost => words::LOST_BECAUSE.with(language, &[&lost, &why_lost(summary, language)]),
    };
    let [p50, p99, max] = [50, 99, 100].map(|per_cent| summary.percentile(per_cent).as_secs_f64() * 1000.0);
    let rows = [
        (words::HANDSHAKE, handshake.of(language).to_owned()),
        (words::SENT, summary.sent.to_string()),
        (words::ANSWERED, summary.answered.to_string()),
        (words::REFUSED, words::AS_EXPECTED.with(language, &[&summary.refused])),
        (words::REPEATED, summary.repeated.to_string()),
        (words::LOST, lost),
        (words::REPLIES, summary.replies.to_string()),
        (words::LATENCY, format!("p50 {p50:.1} ms  p99 {p99:.1} ms  max {max:.1} ms")),
    ];
    columns(&rows.map(|(name, figure)| [name.of(language).to_owned(), figure]))
}

/// Says what was answered to the lost deliveries.
fn why_lost(summary: &Summary, language: Language) -> String {
    let by_status = summary.lost_by_status.iter().map(|(status, count)| match status {
        None => words::LOST_SILENT.with(language, &[count]),
        Some(status @ 300..400) => words::LOST_ELSEWHERE.with(language, &[status, count]),
        Some(status) => format!("{status}: {count}"),
    });
    let said = text::line(&summary.reason);
    let first = (!said.is_empty()).then(|| words::LOST_FIRST.with(language, &[&said]));
    by_status.chain(first).collect::<Vec<_>>().join(alerts::SEPARATOR.of(language))
}
