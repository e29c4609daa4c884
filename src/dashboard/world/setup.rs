//! What the dashboard is told once, at its start.

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

/// The cells of an account's tag.
pub const TAG: u16 = 3;

/// What hardly changes while the program runs, and how the screen looks at first.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The callback on this machine: `http://127.0.0.1:8080/weibo`; of several accounts that of the first.
    pub url: String,
    /// The accounts, where there are several.
    pub accounts: Vec<KnownAccount>,
    /// Whether calls are checked with an app secret.
    pub is_signed: bool,
    /// Secrets that were set in a place of the user's own, where alone they can be changed.
    pub fixed: Vec<Secret>,
    /// How it stands to the process that listens.
    pub standing: Standing,
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
    /// What is on the screen at first.
    pub start: StartScreen,
}

/// One of several accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// Its name.
    pub name: String,
    /// The path that Weibo calls for it.
    pub path: String,
    /// The file of its app secret, where that is known.
    pub app_secret_file: Option<PathBuf>,
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
    /// That of the one account's app secret, unless the environment has it.
    pub app_secret: Option<PathBuf>,
}

/// What is on the screen at first.
#[derive(Debug, Clone, Default)]
pub struct StartScreen {
    /// The user's own tabs, right of those built in.
    pub tabs: Vec<Tab>,
    /// How the screen looks.
    pub looks: Looks,
    /// Whether Weibo is asked for names of senders.
    pub has_names: bool,
    /// What the user is told first.
    pub notice: Option<Reason>,
    /// Queries that were typed before, the newest first.
    pub history: Vec<String>,
    /// What the screen was when it was left.
    pub memory: ScreenMemory,
}

impl Setup {
    /// What is said first: what was wrong at the start, whose screen it is, or that the demo stays on this machine.
    pub(in crate::dashboard) fn first_notice(&self, language: Language) -> Option<Cell> {
        let tone = |reason: &Reason| if reason.code == attach::ATTACHED { Tone::Good } else { Tone::Bad };
        let told = self.start.notice.as_ref().map(|reason| Cell::new(tone(reason), reason.of(language)));
        let demo = (self.standing == Standing::Demo).then(|| Cell::new(Tone::Good, words::DEMO_STAYS.of(language)));
        told.or(demo)
    }

    /// The callback without its scheme: `127.0.0.1:8080/weibo`; where there are several, what they share of it.
    pub fn address(&self) -> &str {
        let url = if self.accounts.is_empty() { &self.url } else { self.origin() };
        url.split_once("://").map_or(url, |(_, address)| address)
    }

    /// The callback without its path: `http://127.0.0.1:8080`.
    pub fn origin(&self) -> &str {
        let after_scheme = self.url.find("://").map_or(0, |at| at + 3);
        let path = self.url.get(after_scheme..).and_then(|address| address.find('/'));
        path.and_then(|at| self.url.get(..after_scheme + at)).unwrap_or(&self.url)
    }

    /// The paths that are answered, one an account.
    pub fn paths(&self) -> Vec<&str> {
        if self.accounts.is_empty() {
            return self.url.strip_prefix(self.origin()).into_iter().collect();
        }
        self.accounts.iter().map(|known| known.path.as_str()).collect()
    }

    /// The callback on this machine that the messages of an account come to.
    pub fn url_of(&self, account: &str) -> String {
        self.account(account).map_or_else(|| self.url.clone(), |known| [self.origin(), &known.path].concat())
    }

    /// What stands for an account in a row of the list: at most three cells of its name, and another one for each.
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

    /// The account with a name; of several the first one when nobody is called so.
    fn account(&self, name: &str) -> Option<&KnownAccount> {
        self.accounts.iter().find(|known| known.name == name).or(self.accounts.first())
    }

    /// What a shell takes for the app secret of an account, so that no secret is in the clipboard: the file, and of the one
    /// account the variable before it, which several have no use for.
    fn app_secret(&self, account: &str) -> String {
        let quoted = |file: &PathBuf| file.to_string_lossy().replace('\'', r"'\''");
        let known = self.account(account);
        match (known, known.map_or(&self.files.app_secret, |known| &known.app_secret_file)) {
            (Some(_), Some(file)) => format!("$(cat '{}')", quoted(file)),
            (None, Some(file)) => format!("${{WEIBOX_APP_SECRET:-$(cat '{}')}}", quoted(file)),
            (_, None) => "$WEIBOX_APP_SECRET".to_owned(),
        }
    }

    /// A command that sends a body, signed with the app secret of the account (protocol §1). The certificate is that of the
    /// public name, which this machine's address is not.
    pub fn curl(&self, body: &str, account: &str) -> String {
        let (url, body) = (self.url_of(account), body.replace('\'', r"'\''"));
        let curl = if url.starts_with("https") { "curl -k" } else { "curl" };
        let curl = format!("{curl} -H 'Content-Type: application/json' --data-binary '{body}'");
        if !self.is_signed {
            return format!("{curl} {url}");
        }
        format!(
            "t=$(date +%s) n=$$; s=$(printf '%s\\n' \"{}\" $t $n | LC_ALL=C sort | tr -d '\\r\\n' | sha1sum | cut -c1-40); \
             {curl} \"{url}?signature=$s&timestamp=$t&nonce=$n\"",
            self.app_secret(account)
        )
    }
}
