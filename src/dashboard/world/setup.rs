//! What the dashboard is told once, at its start.

use std::path::PathBuf;

use crate::media::picture::drawing::Canvas;
use crate::query::Understanding;
use crate::reason::Reason;
use crate::record::policy::Policy;

use crate::controls::keymap::Keymap;
use crate::controls::looks::Looks;
use crate::controls::ssh::SshHost;
use crate::controls::tab::Tab;
use crate::dashboard::memory::ScreenMemory;
use crate::dashboard::orders::Secret;

/// What hardly changes while the program runs, and how the screen looks at first.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The callback on this machine: `http://127.0.0.1:8080/weibo`.
    pub url: String,
    /// Whether calls are checked with an app secret.
    pub is_signed: bool,
    /// Secrets that were set in a place of the user's own, where alone they can be changed.
    pub fixed: Vec<Secret>,
    /// Whether this is the demo.
    pub is_demo: bool,
    /// Where files are.
    pub files: FilePlaces,
    /// Whether sound that is made here is heard by nobody.
    pub is_mute: bool,
    /// What pictures are drawn for; `None` where there are none.
    pub canvas: Option<Canvas>,
    /// Which key asks for what.
    pub keymap: Keymap,
    /// How queries are meant, and what datum positions are taken to have.
    pub understanding: Understanding,
    /// What is downloaded without being asked for.
    pub policy: Policy,
    /// How the screen looks.
    pub looks: Looks,
    /// What is on the screen at first.
    pub start: StartScreen,
}

/// Where files are, and how the user gets them from there.
#[derive(Debug, Clone, Default)]
pub struct FilePlaces {
    /// Where saved files are.
    pub media_dir: PathBuf,
    /// Where files are saved to unless the user says otherwise, with its slash: `~/`.
    pub save_dir: String,
    /// This machine, when the user is somewhere else.
    pub host: Option<SshHost>,
}

/// What is on the screen at first.
#[derive(Debug, Clone, Default)]
pub struct StartScreen {
    /// The user's own tabs, right of those built in.
    pub tabs: Vec<Tab>,
    /// What the user is told first.
    pub notice: Option<Reason>,
    /// Queries that were typed before, the newest first.
    pub history: Vec<String>,
    /// What the screen was when it was left.
    pub memory: ScreenMemory,
}

impl Setup {
    /// The callback without its scheme: `127.0.0.1:8080/weibo`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.split_once("://").map_or(&self.url, |(_, address)| address)
    }

    /// A command that sends a body. It signs with the app secret of the environment, so that no secret is in the clipboard
    /// (protocol §1). The certificate is that of the public name, which this machine's address is not.
    #[must_use]
    pub fn curl(&self, body: &str) -> String {
        let (url, body) = (&self.url, body.replace('\'', r"'\''"));
        let curl = if url.starts_with("https") { "curl -k" } else { "curl" };
        let curl = format!("{curl} -H 'Content-Type: application/json' --data-binary '{body}'");
        if !self.is_signed {
            return format!("{curl} {url}");
        }
        format!(
            "t=$(date +%s) n=$$; s=$(printf '%s\\n' \"$WEIBOX_APP_SECRET\" $t $n | LC_ALL=C sort | tr -d '\\n' | sha1sum | cut -c1-40); \
             {curl} \"{url}?signature=$s&timestamp=$t&nonce=$n\""
        )
    }
}
