//! Reports errors before or without a screen, on stderr and in the user's language. The log and the screen report
//! their own.

use std::io::{self, Write as _};
use std::process::ExitCode;

use rustix::io::Errno;

use crate::archive;
use crate::attach;
use crate::config;
use crate::language::{Language, commands as words};
use crate::listener;
use crate::log;
use crate::query::{self, Query, QueryError};
use crate::reason::{Reason, hints, queries};
use crate::terminal;
use crate::text;

use super::attach::OnlyForListener;
use super::dashboard::Broken;
use super::limits;

mod clap_words;

/// Writes a message for the user to stderr, where it does not mix with the data.
pub(super) fn say(words: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{}", text::clean(words))
}

/// Prints an error with its causes in one line, and a hint. Returns 2 for a wrong command line, 0 if the reader of
/// stdout has closed the pipe, else 1.
pub(super) fn error(error: &anyhow::Error, language: Language) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    // An error of weibox includes its causes in its text.
    let told = error.chain().find_map(ours);
    let (reason, hint) = told.unwrap_or_else(|| (Reason::other(format!("{error:#}")), None));
    let hint = if is_out_of_files(error) { Some(limits::more_files()) } else { hint };
    // A closed stderr is ignored.
    drop(say(&words::ERROR.with(language, &[&reason.of(language)])));
    if let Some(hint) = hint {
        drop(say(&words::HINT.with(language, &[&hint.of(language)])));
    }
    let is_usage = error.downcast_ref::<config::Error>().is_some_and(config::Error::is_usage);
    if is_usage || error.is::<WrongQuery>() || error.is::<OnlyForListener>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Prints what clap reports: help and version unchanged, and an error in the user's language.
pub(super) fn usage(error: &clap::Error, language: Language) -> ExitCode {
    let done = match language {
        _ if !error.use_stderr() || is_help(error) => error.print(),
        Language::English => say(error.render().to_string().trim_end()),
        Language::Chinese => say(&refusal(error, language)),
    };
    // A failure to print is ignored.
    drop(done);
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn is_help(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// Describes a command line that clap refuses, in the given language.
fn refusal(error: &clap::Error, language: Language) -> String {
    let (reason, hints) = clap_words::told(error);
    let tips = hints.iter().map(|hint| words::HINT.with(language, &[&hint.of(language)]));
    let told = std::iter::once(words::ERROR.with(language, &[&reason.of(language)])).chain(tips);
    let more = ["", words::MORE_HELP.of(language)].map(str::to_owned);
    told.chain(more).collect::<Vec<_>>().join("\n")
}

/// The reason why a `--query` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct WrongQuery {
    /// The reason, with the query and a mark at the fault.
    reason: Reason,
    hint: Reason,
}

/// Parses the query of a flag; the error marks the faulty part.
pub(super) fn query(typed: &str) -> Result<Query, WrongQuery> {
    query::parse(typed).map_err(|QueryError { at, reason, hint }| {
        let cells = |range| text::width(&text::line(typed.get(range).unwrap_or_default()));
        let marked = format!("{}{}", " ".repeat(cells(0..at.start)), "^".repeat(cells(at).max(1)));
        let reason = queries::QUERY_UNUSABLE.with(reason).with(text::line(typed).into_owned()).with(marked);
        WrongQuery { reason, hint }
    })
}

/// Returns the reason and the hint of an error of weibox; `None` for other errors.
fn ours(cause: &(dyn std::error::Error + 'static)) -> Option<(Reason, Option<Reason>)> {
    let reason = || cause.downcast_ref::<Reason>().map(|reason| (reason.clone(), None));
    let archive = || cause.downcast_ref::<archive::Error>().map(|error| (error.reason(), error.hint()));
    let listener = || cause.downcast_ref::<listener::Error>().map(|error| (error.reason(), error.hint()));
    let tls = || cause.downcast_ref::<listener::TlsError>().map(|error| (error.reason(), Some(error.hint())));
    let log = || cause.downcast_ref::<log::Error>().map(|error| (error.reason(), error.hint()));
    let config = || cause.downcast_ref::<config::Error>().map(|error| (error.reason(), error.hint()));
    let terminal = || cause.downcast_ref::<terminal::Error>().map(|error| (error.reason(), error.hint()));
    let query = || cause.downcast_ref::<WrongQuery>().map(|error| (error.reason.clone(), Some(error.hint.clone())));
    let screen = || cause.downcast_ref::<Broken>().map(|error| (error.reason(), Some(error.hint())));
    let attach = || cause.downcast_ref::<attach::Error>().map(|error| (error.reason(), error.hint()));
    let flag = || {
        let hint = || Some(hints::ATTACH_OR_STOP.into());
        cause.downcast_ref::<OnlyForListener>().map(|OnlyForListener(reason)| (reason.clone(), hint()))
    };
    let system = || cause.downcast_ref::<io::Error>().map(|error| (error.into(), None));
    let found = reason().or_else(archive).or_else(listener).or_else(tls).or_else(log).or_else(config).or_else(terminal);
    found.or_else(query).or_else(screen).or_else(attach).or_else(flag).or_else(system)
}

/// Returns whether no more files could be opened. SQLite does not say why it could not open one.
fn is_out_of_files(error: &anyhow::Error) -> bool {
    let is_limit = |error: &io::Error| error.raw_os_error() == Some(Errno::MFILE.raw_os_error());
    let is_unopened = |error: &archive::Error| error.is_unopened() && limits::are_files_few();
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(is_limit)
            || cause.downcast_ref::<archive::Error>().is_some_and(is_unopened)
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
