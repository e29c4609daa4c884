//! `weibox simulate --from FILE --expect ANSWERS`: recorded callbacks to a bot, and its answers compared with those that were
//! recorded, for CI.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::config::Config;
use crate::forward::replay::{AnswerLine, BotSaid, ReplayOutlet, Replayed, differences, line_of};
use crate::forward::target::Target;
use crate::language::{Language, commands as words};
use crate::reason::{Reason, command, files};
use crate::record::{Record, Seq, line};

use super::super::{clock, replay, say};

/// What is played, and what it is compared with.
pub(super) struct Recorded<'a> {
    /// The lines of an export, or bodies of callbacks.
    pub(super) from: &'a Path,
    /// The answers.
    pub(super) expect: &'a Path,
    /// Whether they are written instead of being compared.
    pub(super) is_recording: bool,
    /// The places in the JSON that may differ, such as `/data/time`.
    pub(super) ignore: &'a [String],
}

/// Plays all of it. 1 when an answer differs or is missing.
pub(super) async fn run(config: &Config, target: Target, recorded: &Recorded<'_>) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    let expected = if recorded.is_recording { BTreeMap::new() } else { replay::answers(recorded.expect)? };
    let mut outlet = ReplayOutlet::new(target, None, replay::secrets(config), clock::now)?;
    let mut lines = BufReader::new(open(recorded.from)?).split(b'\n').zip(1..);
    let (mut got, mut is_over) = (BTreeMap::new(), false);
    loop {
        while !is_over && outlet.has_room() {
            match lines.next() {
                Some((line, number)) => outlet.take(Arc::new(record(&line?, number, recorded.from)?)),
                None => is_over = true,
            }
        }
        let Some(replayed) = outlet.next().await else { break };
        got.insert(replayed.seq, replayed);
    }
    if recorded.is_recording {
        return write(recorded.expect, got, language);
    }
    let n_different = compare(&got, &expected, recorded.ignore, language)?;
    writeln!(io::stdout().lock(), "{}", words::COMPARED.with(language, &[&got.len(), &n_different]))?;
    Ok(if n_different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> Result<File, Reason> {
    File::open(path).map_err(|error| files::FILE_UNREAD.with(path.display()).with(&error))
}

/// A line as a message; a body alone has the number of its line.
fn record(bytes: &[u8], number: Seq, path: &Path) -> Result<Record, Reason> {
    let mut record = line::read(bytes.trim_ascii_end(), clock::now())
        .map_err(|reason| command::LINES_UNREAD.with(path.display()).with(number).with(reason))?;
    if record.seq == 0 {
        record.seq = number;
    }
    Ok(record)
}

fn write(path: &Path, got: BTreeMap<Seq, Replayed>, language: Language) -> anyhow::Result<ExitCode> {
    let mut out =
        BufWriter::new(File::create(path).map_err(|error| files::FILE_UNWRITTEN.with(path.display()).with(&error))?);
    let n = got.len();
    for (seq, replayed) in got {
        let BotSaid { status, answer } = replayed.said;
        writeln!(out, "{}", serde_json::to_string(&AnswerLine { seq, status, answer })?)?;
    }
    out.flush()?;
    say(&words::RECORDED.with(language, &[&n, &path.display()]))?;
    Ok(ExitCode::SUCCESS)
}

/// Names what differs, and returns how many.
fn compare(
    got: &BTreeMap<Seq, Replayed>,
    expected: &BTreeMap<Seq, BotSaid>,
    ignore: &[String],
    language: Language,
) -> io::Result<u64> {
    let mut n_different = 0;
    for (seq, replayed) in got {
        let differs = match expected.get(seq) {
            None => vec![words::NO_ANSWER_RECORDED.of(language).to_owned()],
            Some(expected) => differences(expected, &replayed.said),
        };
        let is_ignored = |place: &String| {
            ignore
                .iter()
                .any(|ignored| place.strip_prefix(ignored).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        };
        let differs: Vec<String> = differs.into_iter().filter(|place| !is_ignored(place)).collect();
        if !differs.is_empty() {
            n_different += 1;
            say(&words::REPLAY_DIFFERS.with(language, &[seq, &line_of(&differs)]))?;
        }
    }
    Ok(n_different)
}
