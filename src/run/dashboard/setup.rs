//! What the dashboard is told of the config and the machine before its first frame.

use tokio_util::sync::CancellationToken;

use crate::config::{Config, Desktop};
use crate::controls::looks::Looks;
use crate::dashboard::world::setup::StartScreen;
use crate::dashboard::{FilePlaces, Setup};
use crate::media::picture::drawing::Canvas;
use crate::player;
use crate::run::history;
use crate::run::holder::Holder;
use crate::run::voice;
use crate::terminal;

use super::Sources;

/// What the dashboard is told of the config and the machine.
pub(super) fn setup(config: &Config, holder: &Holder, is_demo: bool, canvas: Option<Canvas>) -> Setup {
    let history = history::place(&config.data_dir.value);
    let newest = holder.watches.committed.borrow().seq;
    let welcome = &holder.welcome;
    Setup {
        url: welcome.url.clone(),
        is_signed: welcome.is_signed,
        fixed: welcome.fixed.clone(),
        is_demo,
        files: FilePlaces {
            save_dir: if config.home.join("Downloads").is_dir() { "~/Downloads/" } else { "~/" }.to_owned(),
            media_dir: holder.media_dir.clone(),
            host: config.surroundings.ssh.clone(),
        },
        // Whoever names a player over SSH knows where it is heard.
        is_mute: config.surroundings.ssh.is_some() && config.voice_player.value == player::AUTO,
        canvas,
        keymap: config.keymap.value.clone(),
        understanding: config.understanding(),
        policy: welcome.policy.clone(),
        looks: Looks {
            language: config.language.value,
            theme: config.theme.value,
            glyphs: config.glyphs.value,
            has_mouse: config.mouse.value,
            ..Looks::default()
        },
        start: StartScreen {
            tabs: config.tabs.value.clone(),
            notice: welcome.notice.clone(),
            history: history::read(&history),
            memory: history::read_screen(&history, newest),
        },
    }
}

/// What the loop listens to.
pub(super) fn sources(config: &Config, holder: Holder, stop: CancellationToken) -> Sources {
    Sources {
        holder,
        multiplexer: config.surroundings.multiplexer,
        clipboard: match config.surroundings.desktop {
            None => &[],
            Some(Desktop::Mac) => terminal::MAC,
            Some(Desktop::Wayland) => terminal::WAYLAND,
            Some(Desktop::X11) => terminal::X11,
        },
        history: history::place(&config.data_dir.value),
        home: config.home.clone(),
        voice: voice::Settings {
            player: config.voice_player.value.clone(),
            max_bytes: config.download_max_bytes.value,
        },
        stop,
    }
}
