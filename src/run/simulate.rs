//! `weibox simulate`: plays Weibo against any callback URL.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::cli::Simulate;
use crate::config::Config;
use crate::language::{Language, commands as words};
use crate::reason::{Reason, start};
use crate::simulator::bot::{self, BotManner};
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Plan, media};
use crate::weibo::SAMPLE_RECEIVER;

use super::report::{stdout, wrong_usage};
use super::{clock, say};

mod recorded;
mod told;

/// Name of the scenario that shows most in the shortest time.
const DEFAULT: &str = "every-kind";

/// Sends the messages and reports the result. The exit code is 1 if any were lost. With
/// `--media-listen` it goes on serving files until it is asked to stop.
pub(super) async fn run(config: &Config, simulate: Simulate) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    if let (Some(from), Some(expect)) = (&simulate.from, &simulate.expect) {
        return Ok(recorded::run(config, from, expect, &simulate).await);
    }
    let Simulate { url: urls, as_bot, account, count, rate, scenario, media_listen, .. } = simulate;
    if let Some(address) = as_bot {
        return play_bot(address, scenario.as_deref(), language).await;
    }
    let named = Scenario::named(scenario.as_deref().unwrap_or(DEFAULT)).map_err(wrong_usage)?;
    let app_secret = match account {
        Some(name) => config.account(&name)?.app_secret.clone(),
        None => config.account_at(urls.first().map_or("", Url::path)).app_secret,
    };
    let plan = Plan {
        urls,
        app_secret,
        is_own: false,
        // The receiver of samples, so that nobody mistakes them for real messages.
        scenario: Scenario { receiver: SAMPLE_RECEIVER, ..named },
        has_handshake: true,
        count,
        rate,
        now: clock::now,
    };
    let stop = CancellationToken::new();
    super::stop_when_asked(&stop);
    let store = match media_listen {
        Some(address) => Some(serve_media(address, stop.child_token(), language).await?),
        None => None,
    };
    let summary = simulator::push(plan, stop.clone()).await?;
    writeln!(stdout(), "{}", told::lines(&summary, language).join("\n"))?;
    if let Some(store) = store {
        say(words::SERVING_UNTIL.of(language))?;
        stop.cancelled().await;
        store.await.map_err(|_reported| Reason::from(start::FILES_BROKE_OFF))?;
    }
    Ok(if summary.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Answers as a bot until the process is asked to stop.
async fn play_bot(address: SocketAddr, scenario: Option<&str>, language: Language) -> anyhow::Result<ExitCode> {
    let manner = BotManner::named(scenario.unwrap_or("answers")).map_err(wrong_usage)?;
    let socket = TcpListener::bind(address).await;
    let socket = socket.map_err(|error| start::NOT_LISTENING.with(address).with(&error))?;
    say(&words::PLAYING_BOT.with(language, &[&format!("http://{}/", socket.local_addr()?)]))?;
    let stop = CancellationToken::new();
    super::stop_when_asked(&stop);
    bot::serve(socket, manner, stop).await;
    Ok(ExitCode::SUCCESS)
}

async fn serve_media(
    address: SocketAddr,
    stop: CancellationToken,
    language: Language,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let socket = TcpListener::bind(address).await;
    let socket = socket.map_err(|error| start::NOT_LISTENING.with(address).with(&error))?;
    let url = format!("http://{}/2/mss/msget", socket.local_addr()?);
    say(&words::SERVING_FILES.with(language, &[&url]))?;
    Ok(tokio::spawn(media::serve(socket, stop)))
}
