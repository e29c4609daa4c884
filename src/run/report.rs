//! Reports errors before or without a screen, on stderr and in the user's language. The log and the screen report
//! their own.

use std::io::{self, StdoutLock, Write};
use std::process::ExitCode;

use clap::error::ContextKind;
use indicatif::{ProgressBar, ProgressStyle};
use rustix::io::Errno;

use crate::archive;
use crate::attach;
use crate::language::{Language, commands as words};
use crate::log;
use crate::query::{self, Query, QueryError};
use crate::reason::{Fault, Reason, command, queries};
use crate::terminal;
use crate::text;

use super::limits;

mod clap_words;

/// Writes a message for the user to stderr, where it does not mix with the data.
pub(super) fn say(words: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{}", text::clean(words))
}

/// Returns a progress bar, which only a terminal shows; without a length it shows no end.
pub(super) fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_malformed) => bar,
    }
}

/// Aligns the cells of rows in columns.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| text::width(cell)).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| text::pad(cell, width));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// The standard output, whose errors say that it could not be written.
pub(super) struct Stdout(StdoutLock<'static>);

/// Returns the standard output, for one thread at a time.
pub(super) fn stdout() -> Stdout {
    Stdout(io::stdout().lock())
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| unwritten(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), command::OUTPUT_UNWRITTEN.with(error))
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
    tell(words::ERROR.with(language, &[&reason.of(language)]), hint.as_ref(), language);
    let is_usage = error.downcast_ref::<Fault>().is_some_and(Fault::is_usage);
    if is_usage { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// Prints a warning, and what the user can do about it.
pub(super) fn warn(warning: &Reason, hint: Option<&Reason>, language: Language) {
    tell(words::WARNING.with(language, &[&warning.of(language)]), hint, language);
}

fn tell(told: String, hint: Option<&Reason>, language: Language) {
    let hint = hint.map(|hint| words::HINT.with(language, &[&hint.of(language)]));
    for line in std::iter::once(told).chain(hint) {
        // A closed stderr is no reason not to go on.
        drop(say(&line));
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
    let usage = error.get(ContextKind::Usage).map(ToString::to_string);
    let usage = usage.and_then(|usage| Some(words::USAGE.with(language, &[&usage.trim().strip_prefix("Usage: ")?])));
    let more = ["", words::MORE_HELP.of(language)].map(str::to_owned);
    let usage = usage.into_iter().flat_map(|usage| [String::new(), usage]);
    told.chain(usage).chain(more).collect::<Vec<_>>().join("\n")
}

/// Returns the fault of a command line that is wrong as far as clap cannot see it.
pub(super) fn wrong_usage(reason: Reason) -> Fault {
    Fault::from(reason).of_usage(true)
}

/// Parses the query of a flag; the error repeats it and marks the faulty part.
pub(super) fn query(typed: &str) -> Result<Query, Fault> {
    query::parse(typed).map_err(|QueryError { at, reason, hint }| {
        let cells = |range| text::width(&text::line(typed.get(range).unwrap_or_default()));
        let marked = format!("{}{}", " ".repeat(cells(0..at.start)), "^".repeat(cells(at).max(1)));
        let reason = queries::QUERY_UNUSABLE.with(reason).with(text::line(typed).into_owned()).with(marked);
        reason.hinted(hint).of_usage(true)
    })
}

/// Returns the reason and the hint of an error of weibox; `None` for other errors.
fn ours(cause: &(dyn std::error::Error + 'static)) -> Option<(Reason, Option<Reason>)> {
    let reason = || cause.downcast_ref::<Reason>().map(|reason| (reason.clone(), None));
    let fault = || cause.downcast_ref::<Fault>().map(|fault| (fault.reason(), fault.hint()));
    let archive = || cause.downcast_ref::<archive::Error>().map(|error| (error.reason(), error.hint()));
    let log = || cause.downcast_ref::<log::Error>().map(|error| (error.reason(), error.hint()));
    let terminal = || cause.downcast_ref::<terminal::Error>().map(|error| (error.reason(), error.hint()));
    let attach = || cause.downcast_ref::<attach::Error>().map(|error| (error.reason(), error.hint()));
    let system = || cause.downcast_ref::<io::Error>().map(|error| (error.into(), None));
    reason().or_else(fault).or_else(archive).or_else(log).or_else(terminal).or_else(attach).or_else(system)
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
