//! The composition root: opens, spawns, joins, in this order and back. One file a command.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser as _};

use crate::archive;
use crate::cli::{Cli, Command};
use crate::config::{self, Config};
use crate::listener;
use crate::text;

pub mod clock;
pub mod dashboard;
mod demo;
mod download;
mod export;
mod receive;
mod serve;
mod simulate;

/// Threads that still block (a reader, a pipe nobody reads) are left behind after so long at the end.
const LAST_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

/// Runs the program: 0 done, 1 error, 2 usage.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    match &cli.command {
        Some(Command::Completions { shell }) => {
            clap_complete::generate(*shell, &mut Cli::command(), "weibox", &mut out);
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Man) => {
            clap_mangen::Man::new(Cli::command()).render(&mut out)?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => drop(out),
    }
    let name = cli.name();
    let config = Config::load(&cli.options, &config::environment())?;
    for warning in &config.warnings {
        say(&format!("warning: {warning}"))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    let done = runtime.block_on(async {
        match cli.command {
            None if !io::stdout().is_terminal() => {
                say("stdout is no terminal: running as `weibox serve`")?;
                serve::run(&config, name).await
            }
            None => dashboard::run(&config, name).await,
            Some(Command::Serve) => serve::run(&config, name).await,

            Some(Command::Demo) => demo::run(config).await,
            Some(Command::Simulate(simulate)) => simulate::run(&config, simulate).await,
            Some(Command::Export { format }) => export::run(&config, format),
            Some(Command::Download { all, seqs }) => download::run(&config, all, seqs).await,
            Some(Command::Config) => show(&config),
            Some(Command::Completions { .. } | Command::Man) => Ok(ExitCode::SUCCESS),
        }
    });
    runtime.shutdown_timeout(LAST_WAIT);
    done
}

/// The settings in force, aligned, with their sources.
fn show(config: &Config) -> anyhow::Result<ExitCode> {
    let rows = config.rows();
    let width = |column: for<'a> fn(&'a (&'static str, String, String)) -> &'a str| {
        rows.iter().map(|row| text::width(column(row))).max().unwrap_or_default()
    };
    let (names, values) = (width(|row| row.0), width(|row| &row.1));
    let mut out = io::stdout().lock();
    for (name, value, source) in &rows {
        writeln!(out, "{}  {}  {source}", text::pad(name, names), text::pad(value, values))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the user something, where it does not mix with the data.
fn say(words: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{}", text::clean(words))
}

/// An error and its causes in one line, and what to do about it.
fn report(error: &anyhow::Error) {
    let words = text::clean(&format!("{error:#}")).into_owned();
    let hint = error.chain().find_map(hint).map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    // Nobody is left to tell that stderr is gone.
    drop(writeln!(io::stderr().lock(), "error: {words}{hint}"));
}

fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let archive = cause.downcast_ref::<archive::Error>().and_then(archive::Error::hint);
    let config = || cause.downcast_ref::<config::Error>().and_then(config::Error::hint);
    let listener = || cause.downcast_ref::<listener::Error>().and_then(listener::Error::hint);
    archive.or_else(config).or_else(listener)
}

/// Whoever reads our output has enough: that is success.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
