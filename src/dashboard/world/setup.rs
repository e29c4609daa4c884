//! Facts that the dashboard gets once, at its start.

use std::path::PathBuf;

use crate::language::{Language, words};
use crate::media::picture::drawing::Canvas;
use crate::query::Understanding;
use crate::reason::{Reason, attach};
use crate::record::policy::Policy;
use crate::text;

use crate::controls::keymap::Keymap;
use crate::controls::looks::Looks;
use crate::controls::ssh::SshHost;
use crate::controls::tab::Tab;
use crate::dashboard::Standing;
use crate::dashboard::cell::{Cell, Tone};
use crate::dashboard::memory::ScreenMemory;
use crate::dashboard::orders::Secret;

/// The maximum width of an account's tag, in cells.
pub const TAG: u16 = 3;

/// Facts that hardly change while the program runs, and the initial state of the screen.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The callback URL on this machine: `http://127.0.0.1:8080/weibo`. With several accounts, the URL of the first.
    pub url: String,
    /// The accounts, if there are several.
    pub accounts: Vec<KnownAccount>,
    /// Whether callbacks are checked with an app secret.
    pub is_signed: bool,
    /// The secrets that the user set elsewhere; they can be changed only there.
    pub fixed: Vec<Secret>,
    /// The relation to the listening process.
    pub standing: Standing,
    /// Places of files.
    pub files: FilePlaces,
    /// Whether nobody would hear sound from this machine.
    pub is_mute: bool,
    /// The canvas for pictures, or `None` if the terminal shows none.
    pub canvas: Option<Canvas>,
    /// The keys of the actions.
    pub keymap: Keymap,
    /// How queries are understood, and the datum that positions are assumed to have.
    pub understanding: Understanding,
    /// The policy for downloads that the user did not request.
    pub policy: Policy,
    /// The initial state of the screen.
    pub start: StartScreen,
}

/// One of several accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// The name.
    pub name: String,
    /// The path of its callback.
    pub path: String,
    /// The file of its app secret, if known.
    pub app_secret_file: Option<PathBuf>,
}

/// The places of files, and how the user fetches them from there.
#[derive(Debug, Clone, Default)]
pub struct FilePlaces {
    /// Directory of saved files.
    pub media_dir: PathBuf,
    /// The default directory for exported files, with its slash: `~/`.
    pub save_dir: String,
    /// This machine, if the user is on another one.
    pub host: Option<SshHost>,
    /// File of the only account's app secret, unless the environment holds the secret.
    pub app_secret: Option<PathBuf>,
}

/// The initial state of the screen.
#[derive(Debug, Clone, Default)]
pub struct StartScreen {
    /// The user's own tabs, to the right of those built in.
    pub tabs: Vec<Tab>,
    /// The looks of the screen.
    pub looks: Looks,
    /// Whether the user has set the language, rather than the locale.
    pub is_language_set: bool,
    /// Whether Weibo is asked for the names of senders.
    pub has_names: bool,
    /// The first notice to the user.
    pub notice: Option<Reason>,
    /// Earlier queries, the newest first.
    pub history: Vec<String>,
    /// The state of the screen at the last exit.
    pub memory: ScreenMemory,
}

impl Setup {
    /// Returns the first notice: a problem at the start, whose screen it is, or that the demo stays on this machine.
    pub(in crate::dashboard) fn first_notice(&self, language: Language) -> Option<Cell> {
        let tone = |reason: &Reason| if reason.code == attach::ATTACHED { Tone::Good } else { Tone::Bad };
        let told = self.start.notice.as_ref().map(|reason| Cell::new(tone(reason), reason.of(language)));
        let demo = (self.standing == Standing::Demo).then(|| Cell::new(Tone::Accent, words::DEMO_STAYS.of(language)));
        told.or(demo)
    }

    /// Returns the callback URL without its scheme: `127.0.0.1:8080/weibo`; with several accounts, without
    /// their paths.
    pub fn address(&self) -> &str {
        let url = if self.accounts.is_empty() { &self.url } else { self.origin() };
        url.split_once("://").map_or(url, |(_, address)| address)
    }

    /// Returns the callback URL without its path: `http://127.0.0.1:8080`.
    pub fn origin(&self) -> &str {
        let after_scheme = self.url.find("://").map_or(0, |at| at + 3);
        let path = self.url.get(after_scheme..).and_then(|address| address.find('/'));
        path.and_then(|at| self.url.get(..after_scheme + at)).unwrap_or(&self.url)
    }

    /// Returns the paths of the callbacks, one for each account.
    pub fn paths(&self) -> Vec<&str> {
        if self.accounts.is_empty() {
            return self.url.strip_prefix(self.origin()).into_iter().collect();
        }
        self.accounts.iter().map(|known| known.path.as_str()).collect()
    }

    /// Returns the callback URL of an account on this machine.
    pub fn url_of(&self, account: &str) -> String {
        self.account(account).map_or_else(|| self.url.clone(), |known| [self.origin(), &known.path].concat())
    }

    /// Returns the tag of an account in a row of the list: up to three cells of its name, unique among the
    /// accounts.
    pub fn tag(&self, account: &str) -> String {
        let tag = usize::from(TAG);
        let start = text::start(account, tag);
        let alike = |known: &&KnownAccount| text::start(&known.name, tag) == start;
        if self.accounts.iter().filter(alike).count() < 2 {
            return start.to_owned();
        }
        let number = self.accounts.iter().position(|known| known.name == account).unwrap_or_default() + 1;
        let number = number.to_string();
        format!("{}{number}", text::start(account, tag.saturating_sub(number.len())))
    }

    /// Returns the account with a name, or the first one if none has it.
    fn account(&self, name: &str) -> Option<&KnownAccount> {
        self.accounts.iter().find(|known| known.name == name).or(self.accounts.first())
    }

    /// Returns the shell expression for the app secret of an account, which keeps the secret itself out of the
    /// clipboard. It reads the file; the only account prefers the environment variable if it is set, and several
    /// accounts do not use the variable.
    fn app_secret(&self, account: &str) -> String {
        let quoted = |file: &PathBuf| file.to_string_lossy().replace('\'', r"'\''");
        let known = self.account(account);
        match (known, known.map_or(&self.files.app_secret, |known| &known.app_secret_file)) {
            (Some(_), Some(file)) => format!("$(cat '{}')", quoted(file)),
            (None, Some(file)) => format!("${{WEIBOX_APP_SECRET:-$(cat '{}')}}", quoted(file)),
            (_, None) => "$WEIBOX_APP_SECRET".to_owned(),
        }
    }

    /// Returns a command that sends a body, signed with the app secret of the account (protocol §1). The
    /// certificate is for the public name, which the address of this machine does not match.
    pub fn curl(&self, body: &str, account: &str) -> String {
        let (url, body) = (self.url_of(account), body.replace('\'', r"'\''"));
        let curl = if url.starts_with("https") { "curl -k" } else { "curl" };
        let curl = format!("{curl} -H 'Content-Type: application/json' --data-binary '{body}'");
        if !self.is_signed {
            return format!("{curl} {url}");
        }
        // Not every date has milliseconds.
        format!(
            "t=$(date +%s)000 n=$$; s=$(printf '%s\\n' \"{}\" $t $n | LC_ALL=C sort | tr -d '\\r\\n' | sha1sum | cut -c1-40); \
             {curl} \"{url}?signature=$s&timestamp=$t&nonce=$n\"",
            self.app_secret(account)
        )
    }
}
