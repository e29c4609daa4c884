//! The process that holds the archive, as its dashboards see it: its addresses, its reports, and the
//! execution of their orders.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::Archive;
use crate::attach::protocol::{PROTOCOL, VERSION};
use crate::attach::server::{self, Caller};
use crate::attach::{ClaimBoard, Door, Host, Order, Outcome, Watches, Welcome};
use crate::config::{self, Account, Config, SettingRow};
use crate::dashboard::orders::Secret;
use crate::download::Downloads;
use crate::forward::TargetOrders;
use crate::listener::Heads;
use crate::names::{NameDoor, NamePolicy};
use crate::reason::{self, start};
use crate::simulator::Plan;
use crate::simulator::scenario::Scenario;
use crate::weibo::SAMPLE_RECEIVER;

use super::orders::Desk;
use super::rate::MinuteRate;
use super::secret::Secrets;
use super::status::{self, Facts};
use super::{clock, report};

/// Returns the URL of the first account at an address; empty without one.
pub(super) fn url(config: &Config, address: Option<SocketAddr>) -> String {
    let Some(address) = address else { return String::new() };
    let accounts = config.all_accounts();
    format!("{}://{address}{}", config.scheme(), accounts.first().map_or("", |account| &account.path))
}

/// Returns the URL of each account at an address, with its name if there are several; none without an
/// address.
pub(super) fn urls(config: &Config, address: Option<SocketAddr>) -> Vec<String> {
    let Some(address) = address else { return Vec::new() };
    let base = format!("{}://{address}", config.scheme());
    let url = |Account { name, path, .. }: Account| {
        if name.is_empty() { format!("{base}{path}") } else { format!("{base}{path} for {name}") }
    };
    config.all_accounts().into_iter().map(url).collect()
}

/// Creates the desk that carries out the orders of dashboards.
pub(super) fn desk(
    config: &Config,
    address: Option<SocketAddr>,
    (archive, downloads, targets): (&Archive, &Downloads, TargetOrders),
    (heads, app_secret): (Arc<Heads>, watch::Sender<Option<SecretString>>),
    (answers, claims, names): (watch::Sender<bool>, ClaimBoard, NameDoor),
    stop: CancellationToken,
) -> anyhow::Result<Arc<Desk>> {
    let parsed = |url: String| Url::parse(&url).map_err(|error| start::NO_LISTENER_URL.with(error.to_string()));
    let samples = match address.map(|_| parsed(url(config, address))).transpose()? {
        Some(url) => Some(Plan {
            urls: vec![url],
            app_secret: None,
            is_own: true,
            scenario: Scenario { receiver: SAMPLE_RECEIVER, ..Scenario::named("every-kind")? },
            has_handshake: false,
            count: None,
            rate: None,
            now: clock::now,
        }),
        None => None,
    };
    Ok(Arc::new(Desk {
        archive: archive.clone(),
        heads,
        targets,
        secrets: Secrets { config_file: config.file.value.clone(), app_secret, access_token: downloads.token() },
        config: config.clone(),
        samples,
        thumbnails: Mutex::new(downloads.thumbnails()),
        answers,
        claims,
        names,
        stop,
    }))
}

/// Returns the first message to dashboards, without the facts that only the start knows.
pub(super) fn welcome(config: &Config, address: Option<SocketAddr>) -> Welcome {
    let secret =
        |name: &'static SettingRow| if name == config::APP_SECRET { Secret::AppSecret } else { Secret::AccessToken };
    Welcome {
        protocol: PROTOCOL,
        version: VERSION.to_owned(),
        pid: std::process::id(),
        url: url(config, address),
        accounts: config.accounts.value.iter().map(|account| (account.name.clone(), account.path.clone())).collect(),
        is_signed: config.all_accounts().iter().all(|account| account.app_secret.is_some()),
        fixed: config.fixed_secrets().into_iter().map(secret).collect(),
        has_names: config.names.value != NamePolicy::Off,
        policy: config.download_policy(),
        ..Welcome::default()
    }
}

/// Returns whether callbacks are checked with an app secret, and later changes. With several accounts, none
/// takes a secret that the user types.
pub(super) fn is_signed(
    config: &Config,
    mut app_secret: watch::Receiver<Option<SecretString>>,
) -> watch::Receiver<bool> {
    let (signed_tx, signed) = watch::channel(config.all_accounts().iter().all(|account| account.app_secret.is_some()));
    if config.accounts.value.is_empty() {
        tokio::spawn(async move {
            while app_secret.changed().await.is_ok() {
                signed_tx.send_replace(app_secret.borrow_and_update().is_some());
            }
        });
    }
    signed
}

/// Returns what dashboards see of this process, and the facts for its status. `rate` is the number of
/// messages of the last minute.
pub(super) fn host(
    desk: &Arc<Desk>,
    watches: Watches,
    (welcome, urls): (Welcome, Vec<String>),
    rate: MinuteRate,
) -> (Host, Arc<Facts>) {
    let is_signed = watches.is_signed.clone();
    // A secret that was typed also counts for dashboards that attach later.
    let welcome = move || Welcome { is_signed: *is_signed.borrow(), ..welcome.clone() };
    let attached = Arc::new(watch::channel(0).0);
    let facts = Arc::new(Facts {
        watches: watches.clone(),
        welcome: welcome(),
        attached: attached.subscribe(),
        rate,
        urls,
        since: clock::now(),
        archive: desk.archive.clone(),
    });
    let (desk, asked) = (Arc::clone(desk), Arc::clone(&facts));
    let carry_out = move |order, caller: Arc<Caller>| -> BoxFuture<'static, Outcome> {
        let (desk, facts) = (Arc::clone(&desk), Arc::clone(&asked));
        Box::pin(async move {
            if let Order::Status = order {
                return Outcome::Status(status::value(&facts).await);
            }
            desk.carry_out(order, &caller).await
        })
    };
    let farewell = Arc::default();
    (Host { watches, welcome: Arc::new(welcome), carry_out: Arc::new(carry_out), attached, farewell }, facts)
}

/// Lets dashboards attach until `stop`. A failure is only a warning: the listener works without it.
pub(super) fn open_door(config: &Config, host: Host, stop: &CancellationToken) -> JoinHandle<()> {
    match Door::open(&config.data_dir.value, config.surroundings.runtime_dir.as_deref()) {
        Ok(door) => tokio::spawn(server::run(door, host, stop.child_token())),
        Err(error) => {
            let reason = reason::attach::NO_DOOR.with(config.data_dir.value.display()).with(&error);
            tracing::warn!("{reason}");
            report::warn(&reason, None, config.language.value);
            tokio::spawn(async {})
        }
    }
}
