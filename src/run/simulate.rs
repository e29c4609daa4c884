//! `weibox simulate`: plays Weibo against any callback URL.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::Simulate;
use crate::config::Config;
use crate::language::{Language, commands as words};
use crate::reason::{Reason, start};
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Plan, media};
use crate::weibo::SAMPLE_RECEIVER;

use super::{clock, say};

/// The scenario that shows most in least time.
const DEFAULT: &str = "every-kind";

/// Sends, then says how it went. 1 if anything was lost or sent elsewhere. With `--media-listen` it goes on serving files until it is asked
/// to stop.
pub(super) async fn run(config: &Config, simulate: Simulate) -> anyhow::Result<ExitCode> {
    let Simulate { url, account, count, rate, scenario, media_listen } = simulate;
    let language = config.language.value;
    let app_secret = match account {
        Some(name) => config.account(&name)?.app_secret.clone(),
        None => config.account_at(url.path()).app_secret,
    };
    let plan = Plan {
        url,
        app_secret,
        // So that nobody takes them for real ones.
        scenario: Scenario { receiver: SAMPLE_RECEIVER, ..Scenario::named(scenario.as_deref().unwrap_or(DEFAULT))? },
        has_handshake: true,
        count,
        rate,
        opening: 0,
        patience: simulator::PATIENCE,
        now: clock::now,
    };
    let stop = CancellationToken::new();
    super::stop_when_asked(&stop);
    let store = match media_listen {
        Some(address) => Some(serve_media(address, stop.child_token(), language).await?),
        None => None,
    };
    let summary = simulator::push(plan, stop.clone()).await?;
    writeln!(io::stdout().lock(), "{summary}")?;
    if let Some(store) = store {
        say(words::SERVING_UNTIL.of(language))?;
        stop.cancelled().await;
        store.await.map_err(|_reported| Reason::from(start::FILES_BROKE_OFF))?;
    }
    Ok(if summary.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
