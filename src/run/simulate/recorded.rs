//! `weibox simulate --from FILE --expect ANSWERS`: sends recorded callbacks to a bot and compares its answers with
//! the recorded ones, for CI.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::Simulate;
use crate::config::Config;
use crate::forward::replay::{AnswerLine, BotSaid, ReplayOutlet, Replayed, line_of, meant};
use crate::language::{Language, commands as words};
use crate::reason::{Reason, command, files};
use crate::record::{Record, Seq, line};

use super::super::{clock, replay, report, say};

/// Sends every callback in `from`, and compares the answers with those in `expect` or records them there. The exit code
/// is 1 if an answer differs, failed or is missing, and 2 if nothing could be compared.
pub(super) async fn run(config: &Config, from: &Path, expect: &Path, asked: &Simulate) -> ExitCode {
    play(config, from, expect, asked).await.unwrap_or_else(|error| {
        report::error(&error, config.language.value);
        ExitCode::from(2)
    })
}

async fn play(config: &Config, from: &Path, expect: &Path, asked: &Simulate) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    let [url] = asked.url.as_slice() else { return Err(Reason::from(command::ONE_URL).into()) };
    let target = meant(url.as_str(), &[])?;
    let expected = if asked.record { BTreeMap::new() } else { replay::answers(expect)? };
    let mut lines = BufReader::new(open(from)?).split(b'\n').zip(1..);
    replay::tell_unsigned(config, [&target])?;
    let mut outlet = ReplayOutlet::new(target, None, replay::secrets(config), clock::now)?;
    let (mut got, mut taken, mut is_over) = (BTreeMap::new(), BTreeSet::new(), false);
    loop {
        while !is_over && outlet.has_room() {
            match lines.next() {
                Some((line, number)) => {
                    let line = line.map_err(|error| files::FILE_UNREAD.with(from.display()).with(&error))?;
                    if line.trim_ascii().is_empty() {
                        continue;
                    }
                    let record = record(&line, number, from)?;
                    if !taken.insert(record.seq) {
                        let place = command::SEQ_TWICE.with(from.display()).with(number);
                        return Err(place.with(record.seq).into());
                    }
                    outlet.take(Arc::new(record));
                }
                None => is_over = true,
            }
        }
        let Some(replayed) = outlet.next().await else { break };
        got.insert(replayed.seq, replayed);
    }
    if got.is_empty() {
        return Err(command::NO_CALLS.with(from.display()).into());
    }
    if asked.record {
        return write(expect, got, language);
    }
    let n_different = compare(&got, &expected, &asked.ignore, language)?;
    writeln!(report::stdout(), "{}", words::COMPARED.with(language, &[&got.len(), &n_different]))?;
    Ok(if n_different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> Result<File, Reason> {
    File::open(path).map_err(|error| files::FILE_UNREAD.with(path.display()).with(&error))
}

/// Parses a line as a message; a bare body takes its line number as sequence number.
fn record(bytes: &[u8], number: Seq, path: &Path) -> Result<Record, Reason> {
    let mut record = line::read(bytes.trim_ascii_end(), clock::now())
        .map_err(|reason| command::LINE_UNREAD.with(path.display()).with(number).with(reason))?;
    if record.seq == 0 {
        record.seq = number;
    }
    Ok(record)
}

/// Writes the answers, unless the bot failed for a message; then the earlier recording is kept.
fn write(path: &Path, got: BTreeMap<Seq, Replayed>, language: Language) -> anyhow::Result<ExitCode> {
    let n_failed = got.values().filter(|replayed| replayed.failure.is_some()).count();
    if n_failed > 0 {
        for (seq, failure) in got.iter().filter_map(|(seq, replayed)| Some((seq, replayed.failure.as_ref()?))) {
            say(&words::REPLAY_FAILED.with(language, &[seq, &failure.of(language)]))?;
        }
        say(&words::NOT_RECORDED.with(language, &[&n_failed, &path.display()]))?;
        return Ok(ExitCode::FAILURE);
    }
    let unwritten = |error: io::Error| files::FILE_UNWRITTEN.with(path.display()).with(&error);
    let mut out = BufWriter::new(File::create(path).map_err(unwritten)?);
    let n = got.len();
    for (seq, replayed) in got {
        let BotSaid { status, answer } = replayed.said;
        writeln!(out, "{}", serde_json::to_string(&AnswerLine { seq, status, answer })?).map_err(unwritten)?;
    }
    out.flush().map_err(unwritten)?;
    say(&words::RECORDED.with(language, &[&n, &path.display()]))?;
    Ok(ExitCode::SUCCESS)
}

/// Names the messages that differ, failed or were not sent, and returns their number.
fn compare(
    got: &BTreeMap<Seq, Replayed>,
    expected: &BTreeMap<Seq, BotSaid>,
    ignore: &[String],
    language: Language,
) -> io::Result<u64> {
    let mut n_different = 0;
    for (seq, replayed) in got {
        let mut differs = replay::compare(expected, *seq, &replayed.said, language);
        differs.retain(|place| !ignore.iter().any(|ignored| is_within(place, ignored)));
        let told = match &replayed.failure {
            Some(failure) => words::REPLAY_FAILED.with(language, &[seq, &failure.of(language)]),
            None if differs.is_empty() => continue,
            None => words::REPLAY_DIFFERS.with(language, &[seq, &line_of(&differs)]),
        };
        n_different += 1;
        say(&told)?;
    }
    for seq in expected.keys().filter(|seq| !got.contains_key(seq)) {
        n_different += 1;
        say(&words::RECORDED_WITHOUT_CALL.with(language, &[seq]))?;
    }
    Ok(n_different)
}

/// Returns whether a JSON pointer equals another one or lies below it; `*` in the other matches any member.
fn is_within(place: &str, other: &str) -> bool {
    let mut parts = place.split('/');
    other.split('/').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn what_may_differ_is_a_place_and_all_below_it() {
        for (place, other, is_so) in [
            ("/data/text", "/data/text", true),
            ("/data/text", "/data", true),
            ("/data", "/data/text", false),
            ("/database", "/data", false),
            ("/data/articles/1/url", "/data/articles/*/url", true),
            ("/data/articles/1/image", "/data/articles/*/url", false),
            ("body", "/*", false),
            ("status 200 → 500", "/*", false),
        ] {
            assert_eq!(is_within(place, other), is_so, "{place} {other}");
        }
    }
}
