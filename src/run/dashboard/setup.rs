//! What the dashboard is told of the config and the machine before its first frame.

use crate::config::Config;
use crate::config::names::{self, Name};
use crate::controls::looks::Looks;
use crate::dashboard::orders::Secret;
use crate::dashboard::world::setup::StartScreen;
use crate::dashboard::{FilePlaces, Setup};
use crate::media::picture::drawing::Canvas;
use crate::player;
use crate::run::history;
use crate::run::receive::Receiver;

/// What the dashboard is told of the config and the machine.
pub(super) fn setup(config: &Config, receiver: &Receiver, is_demo: bool, canvas: Option<Canvas>) -> Setup {
    Setup {
        url: receiver.url(config),
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
        policy: config.download.policy(),
        looks: Looks {
            language: config.language.value,
            theme: config.theme.value,
            glyphs: config.glyphs.value,
            has_mouse: config.mouse.value,
            ..Looks::default()
        },
        start: StartScreen {
            tabs: config.tabs.value.clone(),
            notice: receiver.warning.clone(),
            history: history::read(&history::place(&config.data_dir.value)),
        },
    }
}

/// The secrets that were set in a place of the user's own.
fn fixed(config: &Config) -> Vec<Secret> {
    let secret = |name: &'static Name| if name == names::APP_SECRET { Secret::AppSecret } else { Secret::AccessToken };
    config.fixed_secrets().into_iter().map(secret).collect()
}
