//! The composition root: opens, spawns, joins, in this order and back. One file a command.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::archive;
use crate::cli::{Cli, Command};
use crate::config::{self, Config, Environment};
use crate::listener;
use crate::log;
use crate::query::{self, Query, Wrong};
use crate::terminal;
use crate::text;

use serve::Form;

pub mod clock;
pub mod completions;
pub mod dashboard;
mod demo;
mod doctor;
mod download;
mod export;
mod history;
mod import;
mod limits;
pub mod man;
mod parallel;
mod picture;
mod prune;
mod receive;
mod retention;
pub mod secret;
mod serve;
pub mod settings;
mod simulate;
pub mod voice;

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
            let is_usage = error.downcast_ref::<config::Error>().is_some_and(config::Error::is_usage);
            if is_usage || error.is::<WrongQuery>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    limits::set();
    let mut out = io::stdout().lock();
    match cli.command {
        Some(Command::Completions { shell }) => {
            completions::run(&mut out, shell)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Man) => {
            man::run(&mut out)?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => drop(out),
    }
    let environment = Environment::of_process()?;
    if let Some(Command::Doctor(asked)) = &cli.command {
        let runtime = runtime()?;
        let done = runtime.block_on(doctor::run(&cli.options, &environment, asked));
        runtime.shutdown_timeout(LAST_WAIT);
        return done;
    }
    let config = Config::load(&cli.options, &environment)?;
    for warning in &config.warnings {
        say(&format!("warning: {warning}"))?;
    }
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        match cli.command {
            None if cli.plain => serve::run(&config, "weibox", &Query::default(), Form::Plain).await,
            None if !io::stdout().is_terminal() => {
                say("stdout is no terminal: running as `weibox serve`")?;
                serve::run(&config, "weibox serve", &Query::default(), Form::Json).await
            }
            None => dashboard::run(&config, "weibox").await,
            Some(Command::Serve { query }) => {
                serve::run(&config, "weibox serve", &wanted(&config, query.as_deref())?, Form::Json).await
            }
            Some(Command::Demo) => demo::run(&cli.options).await,
            Some(Command::Simulate(simulate)) => simulate::run(&config, simulate).await,
            Some(Command::Export { format, query }) => {
                export::run(&config, format, &wanted(&config, query.as_deref())?)
            }
            Some(Command::Import { files }) => import::run(&config, &files),
            Some(Command::Prune(what)) => prune::run(&config, &what).await,
            Some(Command::Download(wanted)) => download::run(&config, wanted).await,
            Some(Command::Config) => Ok(settings::run(&mut io::stdout().lock(), &config).map(|()| ExitCode::SUCCESS)?),
            Some(Command::Completions { .. } | Command::Man | Command::Doctor(_)) => Ok(ExitCode::SUCCESS),
        }
    });
    runtime.shutdown_timeout(LAST_WAIT);
    done
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")
}

/// Cancels `stop` when the process is asked to stop, or when nobody can be waited for to ask.
fn stop_when_asked(stop: &CancellationToken) -> JoinHandle<()> {
    let stop = stop.clone();
    tokio::spawn(async move {
        match terminal::asked_to_stop().await {
            Ok(signal) => tracing::info!(signal, "asked to stop"),
            Err(error) => tracing::error!(%error, "signals are not heard"),
        }
        stop.cancel();
    })
}

/// Why a `--query` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the query: {words}")]
struct WrongQuery {
    /// The reason, and where it is.
    words: String,
    hint: String,
}

/// The query of a flag; without one, that for everything. Only accounts that there are can be looked for.
fn wanted(config: &Config, typed: Option<&str>) -> anyhow::Result<Query> {
    let Some(typed) = typed else { return Ok(Query::default()) };
    let query = query::parse(typed).map_err(|Wrong { at, reason, hint }| {
        let cells = |range| text::width(&text::line(typed.get(range).unwrap_or_default()));
        let (before, marked) = (" ".repeat(cells(0..at.start)), "^".repeat(cells(at).max(1)));
        WrongQuery { words: format!("{reason}\n  {}\n  {before}{marked}", text::line(typed)), hint }
    })?;
    config.check_query(&query)?;
    Ok(query.assuming(config.position_datum.value))
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

fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let archive = cause.downcast_ref::<archive::Error>().and_then(archive::Error::hint);
    let listener = || cause.downcast_ref::<listener::Error>().and_then(listener::Error::hint);
    let tls = || cause.downcast_ref::<listener::TlsError>().map(listener::TlsError::hint);
    let log = || cause.downcast_ref::<log::Error>().and_then(log::Error::hint);
    let config = || cause.downcast_ref::<config::Error>().and_then(config::Error::hint);
    let terminal = || cause.downcast_ref::<terminal::Error>().and_then(terminal::Error::hint);
    let query = || cause.downcast_ref::<WrongQuery>().map(|query| query.hint.clone());
    let ours = archive.or_else(listener).or_else(tls).or_else(log).or_else(terminal).map(str::to_owned);
    ours.or_else(config).or_else(query)
}

/// Whoever reads our output has enough: that is success.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
