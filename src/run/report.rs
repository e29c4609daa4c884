//! What goes wrong before there is a screen, or without one, told to people on stderr in their language. The log and the
//! screen have their own ways.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::archive;
use crate::config;
use crate::language::Language;
use crate::listener;
use crate::log;
use crate::query::{self, Query, Wrong};
use crate::reason::Reason;
use crate::terminal;
use crate::text;

use super::dashboard::Broken;

/// Tells the user something, where it does not mix with the data.
pub(super) fn say(words: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{}", text::clean(words))
}

/// An error and its causes in one line, and what to do about it. Returns 2 where the command line is to blame, 0 where
/// whoever reads our output has enough, else 1.
pub(super) fn error(error: &anyhow::Error, language: Language) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // Most of our errors end with their cause.
        if !causes.last().is_some_and(|last| last.ends_with(&cause)) {
            causes.push(cause);
        }
    }
    let between = match language {
        Language::English => ": ",
        Language::Chinese => "：",
    };
    let told = causes.iter().map(|cause| language.retell(cause)).collect::<Vec<_>>().join(between);
    let hint = error.chain().find_map(hint).map(|hint| language.retell(&hint).into_owned());
    let hint = hint.map(|hint| format!("\n{}", language.retell(&format!("hint: {hint}")))).unwrap_or_default();
    // Nobody is left to tell that stderr is gone.
    drop(say(&format!("{}{hint}", language.retell(&format!("error: {told}")))));
    let is_usage = error.downcast_ref::<config::Error>().is_some_and(config::Error::is_usage);
    if is_usage || error.is::<WrongQuery>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// What clap has to say: help and version as they are; of an error each line, which may quote what was typed.
pub(super) fn usage(error: &clap::Error, language: Language) -> ExitCode {
    let done = if error.use_stderr() && !is_help(error) {
        let lines = error.render().to_string();
        let told: Vec<_> = lines.lines().map(|line| language.retell(line)).collect();
        say(&told.join("\n"))
    } else {
        error.print()
    };
    // Nobody is left to tell that it could not be printed.
    drop(done);
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn is_help(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// Why a `--query` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the query: {words}")]
pub(super) struct WrongQuery {
    /// The reason, and where it is.
    words: String,
    hint: Reason,
}

/// The query of a flag, or where in it something is wrong.
pub(super) fn query(typed: &str) -> Result<Query, WrongQuery> {
    query::parse(typed).map_err(|Wrong { at, reason, hint }| {
        let cells = |range| text::width(&text::line(typed.get(range).unwrap_or_default()));
        let (before, marked) = (" ".repeat(cells(0..at.start)), "^".repeat(cells(at).max(1)));
        WrongQuery { words: format!("{reason}\n  {}\n  {before}{marked}", text::line(typed)), hint }
    })
}

fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let archive = cause.downcast_ref::<archive::Error>().and_then(archive::Error::hint);
    let listener = || cause.downcast_ref::<listener::Error>().and_then(listener::Error::hint);
    let tls = || cause.downcast_ref::<listener::TlsError>().map(listener::TlsError::hint);
    let log = || cause.downcast_ref::<log::Error>().and_then(log::Error::hint);
    let config = || cause.downcast_ref::<config::Error>().and_then(config::Error::hint);
    let terminal = || cause.downcast_ref::<terminal::Error>().and_then(terminal::Error::hint);
    let query = || cause.downcast_ref::<WrongQuery>().map(|query| query.hint.to_string());
    let screen = || cause.downcast_ref::<Broken>().map(Broken::hint);
    let ours = archive.or_else(listener).or_else(tls).or_else(log).or_else(terminal).map(|hint| hint.to_string());
    ours.or_else(config).or_else(query).or_else(screen)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
