//! Communication with the service manager: the socket that it passes, and status messages to it. Does nothing
//! without one.
//!
//! The archive's writer feeds the watchdog: it has to answer first each time. A process whose writer is stuck
//! stores no message, and is restarted. Libraries for the protocol read the values of its variables.

use std::net::TcpListener;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, Damage};
use crate::attach::Watches;
use crate::config::Config;
use crate::language::{Language, commands as words};
use crate::reason::start;
use crate::record::traffic::Trouble;

use super::rate::MinuteRate;

/// The minimum interval between two status lines.
const PAUSE: Duration = Duration::from_secs(5);
/// The watchdog is fed this many times as often as necessary.
const SPARE: u32 = 3;

/// Returns the socket that the parent process opened for this one. To be called once, before a second thread
/// starts, because it removes the variables from the environment. Anything but one listening socket is an error.
pub(super) fn passed_socket() -> anyhow::Result<Option<TcpListener>> {
    let mut passed = ListenFd::from_env();
    match passed.len() {
        0 => Ok(None),
        1 => passed.take_tcp_listener(0).map_err(|error| start::PASSED_SOCKET_UNUSABLE.with(&error).into()),
        n_sockets => Err(start::SEVERAL_SOCKETS_PASSED.with(n_sockets).into()),
    }
}

/// The state reported to the service manager.
struct Signs {
    watches: Watches,
    rate: MinuteRate,
    language: Language,
}

impl Signs {
    /// Returns the status line.
    fn line(&self) -> String {
        match self.watches.traffic.borrow().trouble.map(Trouble::reason) {
            Some(reason) => reason.of(self.language),
            None => words::SERVICE_STATUS.with(self.language, &[&self.rate.now(), &self.watches.board.borrow().queued]),
        }
    }
}

/// Tells the service manager, if there is one, that callbacks are answered from now on, then the status until
/// `stop`, and at last that the process ends.
pub(super) fn start(archive: &Archive, watches: &Watches, rate: MinuteRate, config: &Config, stop: CancellationToken) {
    if !config.surroundings.is_service {
        return;
    }
    let signs = Signs { watches: watches.clone(), rate, language: config.language.value };
    tell(&[NotifyState::Ready, NotifyState::Status(&signs.line())]);
    if let Some(period) = watchdog_enabled() {
        let feed = feed_watchdog(archive.clone(), period / SPARE);
        let stop = stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(feed).await });
    }
    tokio::spawn(async move {
        stop.run_until_cancelled(keep_telling(signs)).await;
        tell(&[NotifyState::Stopping]);
    });
}

async fn keep_telling(mut signs: Signs) {
    let mut told = signs.line();
    loop {
        if signs.rate.now() == 0 {
            // Nothing changes until something arrives.
            signs.watches.changed().await;
            let _news = signs.watches.take();
        }
        tokio::time::sleep(PAUSE).await;
        let line = signs.line();
        if line != told {
            tell(&[NotifyState::Status(&line)]);
            told = line;
        }
    }
}

/// Feeds the watchdog until the archive is closed.
async fn feed_watchdog(archive: Archive, pause: Duration) {
    let mut damage = archive.damage();
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let is_open = tokio::select! {
            beat = archive.beat() => beat.is_ok(),
            // Saving a damaged archive, or copying one whose file was removed, occupies the writer for a long
            // time. A restart would begin the one again, and lose what the other has not copied.
            saving = damage.wait_for(|damage| matches!(damage, Some(Damage::Found | Damage::Moved))) => saving.is_ok(),
        };
        if !is_open {
            return;
        }
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = notify(state) {
        tracing::warn!(%error, "the service manager cannot be told how it goes");
    }
}
