//! The composition root: opens resources, spawns tasks and joins them in reverse order. Each command has a file of
//! its own.

use std::io::{self, IsTerminal as _};
use std::pin::pin;
use std::process::ExitCode;

use clap::FromArgMatches as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::{AlertCommand, Cli, ClusterCommand, Command};
use crate::config::{Config, Environment};
use crate::language::{Language, commands as words};
use crate::query::Query;
use crate::reason::{Fault, start};
use crate::terminal::{StopSignal, StopSignals};

use handover::Inherited;
use report::say;
use serve::{Form, Printing};

mod alarm;
mod alert;
mod attach;
mod bookmarks;
pub mod budget;
pub mod clock;
mod cluster;
pub mod completions;
pub mod dashboard;
mod demo;
mod doctor;
mod download;
mod export;
mod file;
mod foreground;
mod handover;
pub mod help;
mod history;
mod holder;
mod host;
mod import;
mod key;
mod limits;
pub mod man;
mod metrics;
mod orders;
mod parallel;
mod picture;
mod prune;
mod rate;
mod receive;
mod reindex;
mod replay;
mod reply;
mod report;
mod retention;
pub mod save;
mod secret;
mod self_test;
mod serve;
mod service;
pub mod settings;
mod simulate;
mod status;
mod systemd;
mod trial;
mod verify;
pub mod voice;

/// Name of a listener without a screen.
const SERVE: &str = "weibox serve";

/// The maximum time to wait at the end for threads that still block, such as a reader or a write to a full pipe.
const LAST_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

/// Runs the program; the exit code is 0 for success, 1 for an error and 2 for wrong usage.
pub fn main() -> ExitCode {
    let environment = Environment::of_process();
    // The environment decides until the config is read, which may set another language.
    let mut language = environment.as_ref().map(Environment::language).unwrap_or_default();
    let environment = match environment.map(|environment| (completions::asking(&environment), environment)) {
        Ok((Some(shell), environment)) => {
            let done = completions::answer(&shell, environment);
            return if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Ok((None, environment)) => Ok(environment),
        Err(error) => Err(error),
    };
    let typed = help::command(language).try_get_matches();
    let done = match typed.and_then(|typed| Cli::from_arg_matches(&typed)) {
        Ok(cli) => run(cli, environment, &mut language),
        Err(error) => return report::usage(&error, language),
    };
    done.unwrap_or_else(|error| report::error(&error, language))
}

fn run(cli: Cli, environment: Result<Environment, Fault>, language: &mut Language) -> anyhow::Result<ExitCode> {
    limits::set();
    let given = Inherited::of_manager(systemd::passed_socket()?);
    let mut out = report::stdout();
    match cli.command {
        Some(Command::Completions { shell }) => {
            completions::run(&mut out, shell)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Man) => {
            man::run(*language, &mut out)?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => drop(out),
    }
    let environment = environment?;
    if let Some(Command::Doctor(asked)) = &cli.command {
        let runtime = runtime()?;
        let done = runtime.block_on(Box::pin(doctor::run(&cli.options, &environment, asked)));
        runtime.shutdown_timeout(LAST_WAIT);
        return done;
    }
    let config = Config::load(&cli.options, &environment)?;
    *language = config.language.value;
    for warning in &config.warnings {
        report::warn(warning, None, *language);
    }
    let given = match &cli.command {
        Some(Command::Serve { take_over: true, .. }) => Inherited::take_over(&config)?,
        _ => given,
    };
    let runtime = runtime()?;
    // Boxed, so that the future is built once and not copied into each way of polling it.
    let done = runtime.block_on(Box::pin(carry_out(cli, &config, &environment, given)));
    runtime.shutdown_timeout(LAST_WAIT);
    done
}

/// Runs a command that needs the settings.
async fn carry_out(cli: Cli, config: &Config, environment: &Environment, given: Inherited) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    match cli.command {
        // A dumb terminal can only print.
        None if cli.plain || (config.surroundings.is_dumb() && io::stdout().is_terminal()) => {
            serve::run(config, "weibox", given, Printing::all(Form::Plain(language))).await
        }
        None if !io::stdout().is_terminal() => {
            drop(say(words::AS_SERVE.of(language)));
            serve::run(config, SERVE, given, Printing::all(Form::Json)).await
        }
        None => match Box::pin(foreground::run(config, given)).await {
            Err(error) => Box::pin(attach::instead(config, &cli.options, error)).await,
            done => done,
        },
        Some(Command::Serve { take_over: true, .. }) => foreground::go_on(config, given).await,
        Some(Command::Serve { query, count, bookmark, no_listen, .. }) => {
            let query = wanted(config, query.as_deref())?;
            let mut given = given;
            given.is_without_listener = no_listen;
            let printing = Printing { query, count, bookmark, ..Printing::all(Form::Json) };
            serve::run(config, SERVE, given, printing).await
        }
        Some(Command::Attach { read_only }) => Box::pin(attach::run(config, &cli.options, read_only)).await,
        Some(Command::Status { health, json }) => status::run(config, json, health).await,
        Some(Command::Cluster { what: ClusterCommand::Init, replicas, .. }) => {
            cluster::init(config, usize::from(replicas)).await
        }
        Some(Command::Cluster { what: ClusterCommand::Status, json, .. }) => cluster::status(config, json).await,
        Some(Command::Service(asked)) => service::run(config, &cli.options, environment, &asked),
        Some(Command::Bookmarks { json }) => bookmarks::run(config, json),
        Some(Command::Demo) => Box::pin(demo::run(&cli.options)).await,
        Some(Command::Simulate(simulate)) => Box::pin(simulate::run(config, *simulate)).await,
        Some(Command::Replay(asked)) => {
            let query = wanted(config, asked.query.as_deref())?;
            Box::pin(replay::run(config, asked, query)).await
        }
        Some(Command::Alert { what: AlertCommand::Test, name }) => alert::test(config, &name).await,
        Some(Command::Verify { url }) => verify::run(config, &url),
        Some(Command::Export { format, csv_raw, query }) => {
            export::run(config, format, csv_raw, &wanted(config, query.as_deref())?)
        }
        Some(Command::Import { files }) => import::run(config, &files),
        Some(Command::Prune(what)) => prune::run(config, &what).await,
        Some(Command::Reindex) => reindex::run(config),
        Some(Command::Download(wanted)) => download::run(config, wanted).await,
        Some(Command::Reply(words)) => Box::pin(reply::run(config, words)).await,
        Some(Command::Config { json }) => {
            Ok(settings::run(&mut report::stdout(), config, json).map(|()| ExitCode::SUCCESS)?)
        }
        Some(Command::Completions { .. } | Command::Man | Command::Doctor(_)) => Ok(ExitCode::SUCCESS),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = built.map_err(|error| start::NO_RUNTIME.with(&error))?;
    let entered = runtime.enter();
    limits::outlive_file_size();
    drop(entered);
    Ok(runtime)
}

/// Spawns a task that cancels `stop` when the process is asked to stop, or at once if signals cannot be received.
fn stop_when_asked(stop: &CancellationToken) -> JoinHandle<()> {
    let (signals, stop) = (StopSignals::new(), stop.clone());
    tokio::spawn(async move {
        match signals {
            Ok(mut signals) => asked(signals.next().await),
            Err(error) => tracing::error!(%error, "signals are not heard"),
        }
        stop.cancel();
    })
}

/// Waits for a future and returns its output. A signal that comes first cancels `stop` and is returned as well.
async fn until_asked<T>(
    going_on: impl Future<Output = T>,
    stop: &CancellationToken,
    signals: &mut StopSignals,
) -> (T, Option<StopSignal>) {
    let mut going_on = pin!(going_on);
    tokio::select! {
        ended = &mut going_on => (ended, None),
        signal = signals.next() => {
            asked(signal);
            stop.cancel();
            (going_on.await, Some(signal))
        }
    }
}

/// Logs that the process was asked to stop.
fn asked(signal: StopSignal) {
    tracing::info!(%signal, "asked to stop");
}

/// Parses the query of a flag; without one, the query matches everything. It may name only configured accounts.
fn wanted(config: &Config, typed: Option<&str>) -> anyhow::Result<Query> {
    let Some(typed) = typed else { return Ok(Query::default()) };
    let query = report::query(typed)?;
    config.check_query(&query)?;
    Ok(query.understood(config.understanding()))
}
