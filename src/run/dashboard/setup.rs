//! What the dashboard is told of the config and the machine before its first frame.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::{self, Account, Config, Desktop, SettingRow};
use crate::controls::looks::Looks;
use crate::controls::tab::{Tab, TabTitle};
use crate::dashboard::orders::Secret;
use crate::dashboard::world::setup::{KnownAccount, StartScreen};
use crate::dashboard::{FilePlaces, Setup};
use crate::media::picture::drawing::Canvas;
use crate::player;
use crate::query::Query;
use crate::reason::start;
use crate::run::history;
use crate::run::receive::Receiver;
use crate::run::secret::Secrets;
use crate::run::{clock, voice};
use crate::simulator::scenario::Scenario;
use crate::simulator::{self, Plan};
use crate::terminal;
use crate::weibo::SAMPLE_RECEIVER;

use super::Sources;

/// What the dashboard is told of the config and the machine.
pub(super) fn setup(config: &Config, receiver: &Receiver, is_demo: bool, canvas: Option<Canvas>) -> Setup {
    let history = history::place(&config.data_dir.value);
    let newest = receiver.archive.committed().borrow().seq;
    Setup {
        url: receiver.url(config),
        accounts: accounts(config),
        is_signed: config.all_accounts().iter().all(|account| account.app_secret.is_some()),
        fixed: fixed(config),
        is_demo,
        files: FilePlaces {
            save_dir: if config.home.join("Downloads").is_dir() { "~/Downloads/" } else { "~/" }.to_owned(),
            media_dir: receiver.archive.media_dir().to_owned(),
            host: config.surroundings.ssh.clone(),
        },
        // Whoever names a player over SSH knows where it is heard.
        is_mute: config.surroundings.ssh.is_some() && config.voice_player.value == player::AUTO,
        canvas,
        keymap: config.keymap.value.clone(),
        datum: config.position_datum.value,
        policy: config.download_policy(),
        start: StartScreen {
            tabs: tabs(config),
            looks: Looks {
                language: config.language.value,
                theme: config.theme.value,
                glyphs: config.glyphs.value,
                has_mouse: config.mouse.value,
                ..Looks::default()
            },
            notice: receiver.warning.clone(),
            history: history::read(&history),
            memory: history::read_screen(&history, newest),
        },
    }
}

/// The accounts, where there are several.
fn accounts(config: &Config) -> Vec<KnownAccount> {
    let known = |Account { name, path, .. }: &Account| KnownAccount { name: name.clone(), path: path.clone() };
    config.accounts.value.iter().map(known).collect()
}

/// The tabs of the config, and one for each of several accounts that has none there.
fn tabs(config: &Config) -> Vec<Tab> {
    let own = &config.tabs.value;
    let is_there = |query: &Query| own.iter().any(|tab| tab.query == *query);
    let of_account = |Account { name, .. }: &Account| Tab {
        title: TabTitle::Own(name.clone()),
        query: Query::of_account(name),
        is_ascending: false,
    };
    let accounts = config.accounts.value.iter().map(of_account).filter(|tab| !is_there(&tab.query));
    own.iter().cloned().chain(accounts).collect()
}

/// What the loop listens to.
pub(super) fn sources(config: &Config, receiver: &Receiver, stop: CancellationToken) -> anyhow::Result<Sources> {
    Ok(Sources {
        archive: receiver.archive.clone(),
        board: receiver.downloads.board(),
        traffic: receiver.traffic.clone(),
        heads: Arc::clone(&receiver.heads),
        multiplexer: config.surroundings.multiplexer,
        clipboard: match config.surroundings.desktop {
            None => &[],
            Some(Desktop::Mac) => terminal::MAC,
            Some(Desktop::Wayland) => terminal::WAYLAND,
            Some(Desktop::X11) => terminal::X11,
        },
        history: history::place(&config.data_dir.value),
        secrets: Secrets {
            config_file: config.file.value.clone(),
            app_secret: receiver.app_secret.clone(),
            access_token: receiver.downloads.token(),
        },
        samples: Plan {
            url: Url::parse(&receiver.url(config)).map_err(|error| start::NO_LISTENER_URL.with(error.to_string()))?,
            app_secret: None,
            scenario: Scenario { receiver: SAMPLE_RECEIVER, ..Scenario::named("every-kind")? },
            has_handshake: false,
            count: None,
            rate: None,
            opening: 0,
            patience: simulator::PATIENCE,
            now: clock::now,
        },
        home: config.home.clone(),
        voice: voice::Settings {
            player: config.voice_player.value.clone(),
            max_bytes: config.download_max_bytes.value,
        },
        thumbnails: receiver.downloads.thumbnails(),
        language: config.language.value,
        told: receiver.told.clone(),
        stop,
    })
}

/// The secrets that were set in a place of the user's own.
fn fixed(config: &Config) -> Vec<Secret> {
    let secret =
        |name: &'static SettingRow| if name == config::APP_SECRET { Secret::AppSecret } else { Secret::AccessToken };
    config.fixed_secrets().into_iter().map(secret).collect()
}
