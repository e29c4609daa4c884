//! Self-test of the public URL: performs Weibo's own handshake with it every few minutes, so that a broken proxy,
//! certificate or name is reported before customers notice.

use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::Config;
use crate::language::Language;
use crate::reason::{Reason, alarms};
use crate::record::traffic::Traffic;
use crate::simulator::handshake::{Handshake, shake};

use super::{clock, doctor};

/// The pause before a failed handshake is repeated, because a name server may fail briefly.
const AGAIN: Duration = Duration::from_secs(5);

/// The URL to test, and the secret to sign with.
struct SelfTest {
    url: Url,
    app_secret: watch::Receiver<Option<SecretString>>,
    language: Language,
}

/// Tests the URL in the config, if there is one, until `stop`. Returns a receiver of the fault, and sets it in the
/// traffic as well, for every screen.
pub(super) fn start(
    config: &Config,
    app_secret: watch::Receiver<Option<SecretString>>,
    traffic: watch::Sender<Traffic>,
    stop: CancellationToken,
) -> watch::Receiver<Option<Reason>> {
    let (wrong_tx, wrong) = watch::channel(None);
    let Some(url) = config.watch_self_test.value.clone() else { return wrong };
    let account = config.account_at(url.path());
    let app_secret =
        if config.accounts.value.is_empty() { app_secret } else { watch::channel(account.app_secret.clone()).1 };
    let test = SelfTest { url, app_secret, language: config.language.value };
    let mut ticks = interval(config.watch_every.value);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::spawn(async move {
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let Some(found) = stop.run_until_cancelled(test.run()).await else { return };
            traffic.send_modify(|traffic| traffic.is_unreachable = found.is_some());
            wrong_tx.send_replace(found);
        }
    });
    wrong
}

impl SelfTest {
    /// Returns the reason why Weibo could not bind the URL; `None` if it could.
    async fn run(&self) -> Option<Reason> {
        self.once().await?;
        sleep(AGAIN).await;
        self.once().await
    }

    async fn once(&self) -> Option<Reason> {
        let secret = self.app_secret.borrow().clone();
        let Some(secret) = secret else { return Some(alarms::NO_SECRET_FOR_SELF_TEST.into()) };
        let Handshake { difference, .. } = shake(&self.url, &secret, clock::now).await;
        Some(alarms::WAY_IN_BROKEN.with(doctor::shown(&self.url)).with(difference?.of(self.language)))
    }
}
