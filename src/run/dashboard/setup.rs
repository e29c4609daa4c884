//! The settings and facts about the machine that the dashboard needs before its first frame.

use tokio_util::sync::CancellationToken;

use crate::config::{Config, Desktop, Source, quick_replies};
use crate::controls::looks::Looks;
use crate::controls::tab::{Tab, TabTitle};
use crate::dashboard::world::setup::{KnownAccount, StartScreen};
use crate::dashboard::{FilePlaces, Setup, Standing};
use crate::media::picture::drawing::Canvas;
use crate::player;
use crate::query::Query;
use crate::run::history;
use crate::run::holder::Holder;
use crate::run::voice;
use crate::terminal;

use super::{Sources, TerminalAlerts, colours, tabs};

/// Collects the settings and facts about the machine that the dashboard needs.
pub(super) fn setup(config: &Config, holder: &Holder, standing: Standing, canvas: Option<Canvas>) -> Setup {
    let history = history::place(&config.data_dir.value);
    let newest = holder.watches.committed.borrow().seq;
    let welcome = &holder.welcome;
    let (saved_tabs, unread) = match tabs::read(&tabs::place(&config.file.value)) {
        Ok(tabs) => (tabs, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let known = |(name, path): &(String, String)| KnownAccount {
        name: name.clone(),
        path: path.clone(),
        app_secret_file: config.account(name).ok().and_then(|account| account.app_secret_file.clone()),
    };
    let accounts: Vec<KnownAccount> = welcome.accounts.iter().map(known).collect();
    let tabs = tabs(&config.tabs.value, &accounts);
    Setup {
        url: welcome.url.clone(),
        accounts,
        is_signed: welcome.is_signed,
        fixed: welcome.fixed.clone(),
        standing,
        files: FilePlaces {
            save_dir: if config.home.join("Downloads").is_dir() { "~/Downloads/" } else { "~/" }.to_owned(),
            media_dir: holder.media_dir.clone(),
            host: config.surroundings.ssh.clone(),
            app_secret: config.app_secret_file.clone(),
        },
        // A user who names a player over SSH knows where it will be heard.
        is_mute: config.surroundings.ssh.is_some() && config.voice_player.value == player::AUTO,
        canvas,
        keymap: config.keymap.value.clone(),
        understanding: config.understanding(),
        policy: welcome.policy.clone(),
        start: StartScreen {
            tabs: [tabs, saved_tabs].concat(),
            looks: Looks {
                language: config.language.value,
                theme: config.theme.value,
                glyphs: config.glyphs.value,
                has_mouse: config.mouse.value,
                ..Looks::default()
            },
            is_language_set: config.language.source != Source::Default,
            has_names: welcome.has_names,
            notice: welcome.notice.clone().or(unread),
            history: history::read(&history),
            memory: history::read_screen(&history, &holder.readers, newest),
        },
    }
}

/// Returns the user's own tabs, and one tab per account if there are several and no tab of the user's has that query.
fn tabs(own: &[Tab], accounts: &[KnownAccount]) -> Vec<Tab> {
    let of_account = |KnownAccount { name, .. }: &KnownAccount| Tab {
        title: TabTitle::Own(name.clone()),
        query: Query::of_account(name),
        is_ascending: false,
        is_saved: false,
    };
    let is_new = |tab: &Tab| own.iter().all(|other| other.query != tab.query);
    own.iter().cloned().chain(accounts.iter().map(of_account).filter(is_new)).collect()
}

/// Creates what the loop reads from. `terminal` is the name that the terminal answered with, if any.
pub(super) fn sources(config: &Config, holder: Holder, stop: CancellationToken, terminal: Option<&str>) -> Sources {
    Sources {
        holder,
        keyboard: terminal::Keyboard::default(),
        editor: config.surroundings.editor.clone(),
        multiplexer: config.surroundings.multiplexer,
        colours: colours(&config.surroundings),
        clipboard: match config.surroundings.desktop {
            None => &[],
            Some(Desktop::Mac) => terminal::MAC,
            Some(Desktop::Wayland) => terminal::WAYLAND,
            Some(Desktop::X11) => terminal::X11,
        },
        history: history::place(&config.data_dir.value),
        tabs: tabs::place(&config.file.value),
        user: config.user.value.clone(),
        quick_replies: quick_replies::place(&config.file.value),
        home: config.home.clone(),
        voice: voice::VoiceSettings {
            player: config.voice_player.value.clone(),
            max_bytes: config.download_max_bytes.value,
        },
        ringing: TerminalAlerts::of(config, terminal),
        stop,
    }
}
