//! `weibox`: listens and shows the dashboard, and decides what happens to the listener when the user leaves the
//! screen.

use std::io;
use std::process::{Child, ExitCode};

use futures_util::FutureExt as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::config::{Config, OnHangup, Source};
use crate::controls::action::Action;
use crate::dashboard::Standing;
use crate::language::{Language, attach as words};
use crate::reason::{Reason, files};
use crate::terminal::StopSignals;

use super::dashboard::{self, Left};
use super::handover::{Inherited, Successor};
use super::receive::Receiver;
use super::{SERVE, asked, say};

/// Name of a listener with a screen.
const NAME: &str = "weibox";

/// Runs until the user leaves or the process is asked to stop. If another process fails to take over the listener,
/// this process goes on: with the screen, or without it if the terminal was closed.
pub(super) async fn run(config: &Config, given: Inherited) -> anyhow::Result<ExitCode> {
    let mut receiver = Receiver::start(config, NAME, given)?;
    // One instance for all phases, so that no signal is lost between two waits.
    let mut signals = StopSignals::new()?;
    let mut notice = None;
    loop {
        let mut holder = receiver.holder();
        holder.welcome.notice = notice.or(holder.welcome.notice);
        let left = dashboard::show(config, holder, Standing::Listening, &mut signals).await;
        let (successor, language) = match left {
            Ok((Left::Detached(successor), language)) => (*successor, language),
            Ok((Left::HungUp(error), _)) if config.on_hangup.value == OnHangup::Detach => {
                return go_on_without_terminal(config, receiver, error, signals).await;
            }
            Ok((Left::Quit, language)) => return stop(config, receiver, Ok(language)).await,
            Ok((Left::HungUp(error), language)) => {
                return stop(config, receiver, error.map_or(Ok(language), |error| Err(error.into()))).await;
            }
            Err(error) => return stop(config, receiver, Err(error)).await,
        };
        let url = receiver.url(config);
        match receiver.hand_over(successor).await {
            Ok(process) => {
                let told = words::BYE_DETACHED.with(language, &[&url, &process.id(), &command(config), &process.id()]);
                // A message that cannot be shown changes nothing: the other process listens.
                drop(say(&told));
                pass_on(&process, signals);
                return Ok(ExitCode::SUCCESS);
            }
            Err((reason, back)) => (notice, receiver) = (Some(reason), Receiver::start(config, NAME, *back)?),
        }
    }
}

/// Returns the command that shows the archive again.
fn command(config: &Config) -> String {
    let is_given = matches!(config.data_dir.source, Source::Flag(_));
    if is_given { format!("weibox --data-dir {}", config.data_dir.value.display()) } else { "weibox".to_owned() }
}

/// Passes a stop request that arrived during the handover on to the process that goes on listening.
fn pass_on(process: &Child, mut signals: StopSignals) {
    if let Some(signal) = signals.next_without_terminal().now_or_never() {
        asked(signal);
        // The child has not been waited for, so the system cannot have reused its number.
        if let Err(error) = kill_process(Pid::from_child(process), Signal::TERM) {
            tracing::error!(%error, "the process that goes on listening could not be asked to stop");
        }
    }
}

/// Stops listening and says goodbye.
async fn stop(config: &Config, receiver: Receiver, shown: anyhow::Result<Language>) -> anyhow::Result<ExitCode> {
    let traffic = receiver.traffic().borrow().clone();
    receiver.close().await?;
    let language = shown?;
    dashboard::goodbye(config, &traffic, language)?;
    say(&words::BYE_STOPPED.with(language, &[&config.keymap.value.first(Action::Detach)]))?;
    Ok(ExitCode::SUCCESS)
}

/// Goes on after the terminal was closed. Stop signals from now on are handled once the listener serves again.
async fn go_on_without_terminal(
    config: &Config,
    receiver: Receiver,
    error: Option<io::Error>,
    signals: StopSignals,
) -> anyhow::Result<ExitCode> {
    let why = error.map(|error| error.to_string()).unwrap_or_default();
    tracing::warn!(why, "the terminal has gone; listening goes on in the background");
    let data_dir = config.data_dir.value.clone();
    let started = tokio::task::spawn_blocking(move || Successor::start(&data_dir)).await;
    let reason = match started.unwrap_or_else(|_reported| Err(files::FAULT.into())) {
        Ok(successor) => match receiver.hand_over(successor).await {
            Ok(process) => {
                pass_on(&process, signals);
                return Ok(ExitCode::SUCCESS);
            }
            Err((reason, back)) => {
                tell(&reason);
                return serve(Receiver::start(config, SERVE, *back)?, signals).await;
            }
        },
        Err(reason) => reason,
    };
    tell(&reason);
    serve(receiver, signals).await
}

fn tell(reason: &Reason) {
    tracing::error!("{reason}; it goes on in the process whose terminal has gone");
}

/// Listens silently with what the previous process handed over, until the process is asked to stop.
pub(super) async fn go_on(config: &Config, given: Inherited) -> anyhow::Result<ExitCode> {
    // Registered before other processes can find this one and ask it to stop.
    let signals = StopSignals::new()?;
    serve(Receiver::start(config, SERVE, given)?, signals).await
}

/// Listens until it is asked to stop.
async fn serve(mut receiver: Receiver, mut signals: StopSignals) -> anyhow::Result<ExitCode> {
    receiver.is_served();
    tracing::info!("listening in the background");
    asked(signals.next_without_terminal().await);
    receiver.close().await?;
    Ok(ExitCode::SUCCESS)
}
