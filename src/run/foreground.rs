//! `weibox`: listens and shows the dashboard; and what becomes of the listener when the screen is left.

use std::io;
use std::process::ExitCode;

use crate::config::{Config, OnHangup};
use crate::controls::action::Action;
use crate::dashboard::Standing;
use crate::language::attach as words;
use crate::reason::{Reason, files};
use crate::terminal::{self, StopSignal};

use super::dashboard::{self, Left};
use super::handover::{Inherited, Successor};
use super::receive::Receiver;
use super::{SERVE, say};

/// Runs until the user leaves or the process is asked to stop. When the listener cannot go on in another process, it goes on in
/// this one: on the screen, or without one where the terminal has gone.
pub(super) async fn run(config: &Config, mut given: Inherited) -> anyhow::Result<ExitCode> {
    let mut notice = None;
    loop {
        let receiver = Receiver::start(config, "weibox", given)?;
        let mut holder = receiver.holder();
        holder.welcome.notice = notice.or(holder.welcome.notice);
        let left = dashboard::show(config, holder, receiver.stop.child_token(), Standing::Listening).await;
        let successor = match left {
            Ok(Left::Detached(successor)) => *successor,
            Ok(Left::HungUp(error)) if config.on_hangup.value == OnHangup::Detach => {
                return go_on_without_terminal(config, receiver, error).await;
            }
            Ok(Left::Quit) => return stop(config, receiver, Ok(())).await,
            Ok(Left::HungUp(error)) => {
                return stop(config, receiver, error.map_or(Ok(()), |error| Err(error.into()))).await;
            }
            Err(error) => return stop(config, receiver, Err(error)).await,
        };
        let url = receiver.url(config);
        match receiver.hand_over(successor).await {
            Ok(process) => {
                let told = words::BYE_DETACHED.with(config.language.value, &[&url, &process, &process]);
                // It listens, whether that can be told or not.
                drop(say(&told));
                return Ok(ExitCode::SUCCESS);
            }
            Err((reason, back)) => (notice, given) = (Some(reason), *back),
        }
    }
}

/// Stops listening, and says so.
async fn stop(config: &Config, receiver: Receiver, shown: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    let traffic = receiver.traffic().borrow().clone();
    receiver.close().await?;
    shown?;
    dashboard::goodbye(config, &traffic)?;
    say(&words::BYE_STOPPED.with(config.language.value, &[&config.keymap.value.first(Action::Detach)]))?;
    Ok(ExitCode::SUCCESS)
}

/// The terminal has gone. Whoever asks this process to stop from now on is heard once it serves, however long that takes.
async fn go_on_without_terminal(
    config: &Config,
    receiver: Receiver,
    error: Option<io::Error>,
) -> anyhow::Result<ExitCode> {
    let asked = terminal::asked_without_terminal();
    let why = error.map(|error| error.to_string()).unwrap_or_default();
    tracing::warn!(why, "the terminal has gone; listening goes on in the background");
    let data_dir = config.data_dir.value.clone();
    let started = tokio::task::spawn_blocking(move || Successor::start(&data_dir)).await;
    let reason = match started.unwrap_or_else(|_reported| Err(files::FAULT.into())) {
        Ok(successor) => match receiver.hand_over(successor).await {
            Ok(_process) => return Ok(ExitCode::SUCCESS),
            Err((reason, back)) => {
                tell(&reason);
                return serve(Receiver::start(config, SERVE, *back)?, asked).await;
            }
        },
        Err(reason) => reason,
    };
    tell(&reason);
    serve(receiver, asked).await
}

fn tell(reason: &Reason) {
    tracing::error!("{reason}; it goes on in the process whose terminal has gone");
}

/// Listens with what the process before listened with, without a word, until the process is asked to stop.
pub(super) async fn go_on(config: &Config, given: Inherited) -> anyhow::Result<ExitCode> {
    serve(Receiver::start(config, SERVE, given)?, terminal::asked_without_terminal()).await
}

/// Listens until it is `asked` to stop.
async fn serve(
    mut receiver: Receiver,
    asked: Result<impl Future<Output = StopSignal> + Send + 'static, terminal::Error>,
) -> anyhow::Result<ExitCode> {
    let stop = receiver.stop.child_token();
    let asked = super::stop_when(&stop, asked);
    receiver.is_served();
    tracing::info!("listening in the background");
    stop.cancelled().await;
    asked.abort();
    receiver.close().await?;
    Ok(ExitCode::SUCCESS)
}
