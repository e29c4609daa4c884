//! The first run: the steps that lead to Weibo's first message, each with its state and what to do.

use crate::controls::action::{Action, Need, row_of};
use crate::controls::layout::Shape;
use crate::dashboard::list::inbox::Inbox;
use crate::dashboard::orders::{Trial, TrialResult};
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::dashboard::over::prompt::LinePurpose;
use crate::dashboard::over::{Hint, Responder, ScreenInput, ScreenReply, Wish};
use crate::dashboard::world::setup::KnownAccount;
use crate::dashboard::{Effect, Standing, World};
use crate::language::{Words, accounts, steps, words};
use crate::record::media::Queue;
use crate::record::page::Total;
use crate::text;
use crate::weibo::Kind;

/// The actions of this screen.
const HINTS: &[Hint] = &[
    (Action::Read, words::HINT_STEP),
    (Action::SaveAs, words::HINT_SAMPLE),
    (Action::Simulate, words::HINT_SIMULATE),
    (Action::Copy, words::HINT_CURL),
    (Action::Snippets, words::HINT_SNIPPETS),
];
/// The actions of a dashboard that cannot change anything.
const READ_ONLY_HINTS: &[Hint] = &[(Action::Copy, words::HINT_CURL), (Action::Snippets, words::HINT_SNIPPETS)];

/// Returns the hints for the keys of this screen.
pub(in crate::dashboard) const fn hints(standing: Standing) -> &'static [Hint] {
    if standing.why_unchanged().is_some() { READ_ONLY_HINTS } else { HINTS }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistStep {
    /// Whether it is done; `None` if weibox cannot know.
    pub is_done: Option<bool>,
    /// The title.
    pub title: String,
    /// The state, or what to do.
    pub fact: String,
    /// The wish that Enter makes.
    pub wish: Wish,
}

/// The screen of steps. The first run is assumed until the archive is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checklist {
    /// Whether the user opened or closed the steps; `None` while the first run decides.
    wish: Option<bool>,
    /// Index of the selected step.
    selected: usize,
    /// Whether a message has ever arrived that is no sample of weibox.
    has_real: bool,
    /// The number of messages in the archive.
    n_messages: u64,
    /// The result of the last trial of the access token.
    token: Option<TrialResult>,
    /// The last public URL that was tried, and the result.
    public_url: Option<(String, TrialResult)>,
    /// The number of messages of each account, if there are several.
    by_account: Vec<(String, Total)>,
}

/// TABLE: configurations that give the listener a public address. `{origin}`, `{address}`, `{port}` and
/// `{paths}` are filled in; an entry with `{path}` is repeated for each account.
const SNIPPETS: &[(&str, &str)] = &[
    ("nginx", "location = {path} {\n    proxy_pass {origin};\n    proxy_set_header X-Forwarded-For $remote_addr;\n}\n"),
    ("Caddy", "wb.example.cn {\n    @weibox path {paths}\n    reverse_proxy @weibox {origin}\n}\n"),
    (
        "frp",
        "serverAddr = \"frp.example.cn\"\nserverPort = 7000\n\n[[proxies]]\nname = \"weibox\"\ntype = \"http\"\n\
         localPort = {port}\ncustomDomains = [\"wb.example.cn\"]\n",
    ),
    ("cpolar", "cpolar http {port}"),
    ("cloudflared", "cloudflared tunnel --url {origin}"),
    ("ssh -R", "ssh -N -R 127.0.0.1:8080:{address} user@wb.example.cn"),
];

impl Checklist {
    /// Reads the counts of the archive. The first real message closes the steps, whatever the user chose before.
    pub(in crate::dashboard) fn learn(&mut self, inbox: &Inbox) {
        let page = inbox.page();
        self.by_account.clone_from(&page.by_account);
        self.n_messages = page.counts.sum(&Kind::ALL);
        let had_real = std::mem::replace(&mut self.has_real, !page.archive.is_first_run);
        if self.has_real && !had_real {
            self.wish = None;
        }
    }

    pub(in crate::dashboard) fn learn_trial(&mut self, trial: Trial, result: TrialResult) {
        match trial {
            Trial::AccessToken => self.token = Some(result),
            Trial::PublicUrl(url) => self.public_url = Some((url, result)),
        }
    }

    /// Opens the steps, also after the first run.
    pub(in crate::dashboard) fn show(&mut self) {
        self.wish = Some(true);
    }

    /// Closes the steps until the user opens them or the first real message ends them.
    pub(in crate::dashboard) fn close(&mut self) {
        self.wish = Some(false);
    }

    /// Returns whether the user closed the steps.
    pub(in crate::dashboard) fn is_closed(&self) -> bool {
        self.wish == Some(false)
    }

    /// Returns whether the steps replace the list: before the first real message, or if the user opened them.
    pub fn is_shown(&self) -> bool {
        self.wish.unwrap_or(!self.has_real)
    }

    /// Returns the index of the selected step.
    pub const fn selected(&self) -> usize {
        self.selected
    }

    /// Returns whether `q` closes the steps. It quits if the user did not open them.
    pub(in crate::dashboard) const fn is_closed_first(&self) -> bool {
        self.can_put_away() && self.wish.is_some()
    }

    /// Returns whether there are messages behind the steps.
    pub const fn can_put_away(&self) -> bool {
        self.n_messages > 0 || self.has_real
    }

    /// Returns the steps to the first message, in order; each of several accounts has a step.
    pub fn steps(&self, world: &World) -> Vec<ChecklistStep> {
        let language = world.language();
        let step = |is_done, title: Words, fact: String, wish| ChecklistStep {
            is_done,
            title: title.of(language).to_owned(),
            fact,
            wish,
        };
        let act = Wish::Act;
        let copy = |text: &str| Wish::Do(Effect::Copy(text.to_owned()));
        let (address, is_reached) = match &self.public_url {
            Some((url, tried)) => (format!("{}: {}", text::line(url), tried.found), Some(tried.is_good)),
            None => (steps::ADDRESS_HOW.with(language, &[&world.key(Action::Snippets)]), None),
        };
        let address = step(is_reached, steps::ADDRESS, address, Wish::AskLine(LinePurpose::TryUrl));
        let message = match self.n_messages {
            n if n > 0 && !self.has_real => steps::SAMPLES.with(language, &[&n, &world.key(Action::Back)]),
            _ => steps::MESSAGE_HOW.of(language).to_owned(),
        };
        let message = step(Some(self.has_real), steps::MESSAGE, message, act(Action::Sample));
        if !world.setup.accounts.is_empty() {
            let origin = world.setup.origin();
            let listener = step(Some(true), steps::LISTENER, origin.to_owned(), copy(origin));
            let accounts = world.setup.accounts.iter().map(|known| self.account(known, world));
            return std::iter::once(listener).chain(accounts).chain([address, message]).collect();
        }
        let said = |words: Words| words.of(language).to_owned();
        let (url, is_signed) = (world.setup.url.clone(), world.setup.is_signed);
        let secret = if is_signed { steps::SECRET_SET } else { steps::SECRET_MISSING };
        let has_token = !matches!(world.downloads.board.queue, Queue::NoToken);
        let is_token_good = has_token && self.token.as_ref().is_none_or(|tried| tried.is_good);
        let token = match &self.token {
            Some(tried) => tried.found.clone(),
            None => said(if has_token { steps::TOKEN_SET } else { steps::TOKEN_MISSING }),
        };
        let handshakes = world.traffic.n_handshakes();
        let seen = if handshakes > 0 { steps::HANDSHAKE_SEEN } else { steps::HANDSHAKE_NONE };
        let seen = seen.with(language, &[&handshakes]);
        vec![
            step(Some(true), steps::LISTENER, url.clone(), copy(&url)),
            step(Some(is_signed), steps::SECRET, said(secret), act(Action::AppSecret)),
            step(Some(is_token_good), steps::TOKEN, token, act(Action::AccessToken)),
            address,
            step(Some(handshakes > 0), steps::HANDSHAKE, seen, act(Action::Requests)),
            message,
        ]
    }

    /// Returns the step of one of several accounts, which is done once messages have arrived and their files can be
    /// downloaded.
    fn account(&self, known: &KnownAccount, world: &World) -> ChecklistStep {
        let language = world.language();
        let queue = world.downloads.board.queue_of(&known.name);
        let token = match queue {
            Queue::NoToken => accounts::TOKEN_MISSING,
            Queue::TokenRefused(_) => accounts::TOKEN_REFUSED,
            Queue::Open | Queue::Paused { .. } => accounts::TOKEN_SET,
        };
        let n_handshakes = world.traffic.handshakes.get(&known.name).copied().unwrap_or_default();
        let handshake = if n_handshakes > 0 { accounts::HANDSHAKE_SEEN } else { accounts::HANDSHAKE_NONE };
        let n_messages = self.by_account.iter().find(|(name, _)| *name == known.name).map(|(_, total)| *total);
        let n_messages = n_messages.unwrap_or_default();
        let facts = [
            known.path.clone(),
            accounts::SECRET_SET.of(language).to_owned(),
            token.of(language).to_owned(),
            handshake.with(language, &[&n_handshakes]),
            accounts::MESSAGES.with(language, &[&n_messages]),
        ];
        let has_token = matches!(queue, Queue::Open | Queue::Paused { .. });
        ChecklistStep {
            is_done: Some(has_token && n_messages.n > 0),
            title: known.name.clone(),
            fact: facts.join(" · "),
            wish: Wish::Do(Effect::Copy(world.setup.url_of(&known.name))),
        }
    }

    fn action(&mut self, action: Action, world: &World) -> ScreenReply {
        match (action, self.can_put_away()) {
            (Action::Down, _) => self.selected = (self.selected + 1).min(self.steps(world).len() - 1),
            (Action::Up, _) => self.selected = self.selected.saturating_sub(1),
            (Action::Read, _) => {
                let step = self.steps(world).into_iter().nth(self.selected);
                return step.map_or_else(ScreenReply::done, |step| ScreenReply::wish(step.wish));
            }
            // There is nothing to save or copy here, so these keys have other uses.
            (Action::SaveAs, _) => return ScreenReply::wish(Wish::Act(Action::Sample)),
            (Action::Copy, _) => return ScreenReply::effect(Effect::Copy(world.setup.curl(SAMPLE, ""))),
            // `q` quits if the user did not open the steps.
            (Action::Close, _) if self.wish.is_none() => return ScreenReply::pass(),
            (Action::Back | Action::Close | Action::Setup, true) => self.wish = Some(false),
            // Actions of the list show the list.
            (action, true) if row_of(action).needs.contains(&Need::Room) => {
                self.wish = Some(false);
                return ScreenReply::wish(Wish::Act(action));
            }
            _ => return ScreenReply::pass(),
        }
        ScreenReply::done()
    }
}

impl Responder for Checklist {
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Action(action) if world.layout().shape != Shape::Line => self.action(action, world),
            _ => ScreenReply::pass(),
        }
    }
}

/// Opens a menu of configurations to copy for a public address, one entry for each tool.
pub(in crate::dashboard) fn snippets(world: &World) -> ScreenReply {
    let setup = &world.setup;
    let paths = setup.paths();
    let origin = setup.origin();
    let address = origin.split_once("://").map_or(origin, |(_, address)| address);
    let port = address.rsplit(':').next().unwrap_or_default();
    let fill = |text: &str| {
        let n_times = if text.contains("{path}") { paths.len() } else { 1 };
        let each = paths.iter().take(n_times).map(|path| text.replace("{path}", path));
        let all = each.collect::<String>().replace("{paths}", &paths.join(" "));
        all.replace("{origin}", origin).replace("{address}", address).replace("{port}", port)
    };
    let language = world.language();
    let curl = Wish::Do(Effect::Copy(setup.curl(SAMPLE, "")));
    let sample = MenuEntry::new(words::SAMPLE_CURL.of(language), "curl", curl);
    let entries = SNIPPETS
        .iter()
        .map(|(tool, text)| MenuEntry::new(text::line(&fill(text)), *tool, Wish::Do(Effect::Copy(fill(text)))))
        .chain(std::iter::once(sample.also(words::SAMPLE_CURL.of(language.other()))));
    ScreenReply::open(Menu::new(words::PUBLIC_ADDRESS, entries.collect()))
}

/// A message to test the callback with. Its receiver is [`SAMPLE_RECEIVER`](crate::weibo::SAMPLE_RECEIVER), so that
/// nobody takes it for a real one.
const SAMPLE: &str = r#"{"type":"text","receiver_id":9007199254740991,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"私信或留言","data":{}}"#;
