//! The first run: what must be so before Weibo's first message comes, each step with its fact and what to do.

use crate::controls::action::{Action, Need, row_of};
use crate::controls::layout::Shape;
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::dashboard::over::{Hint, Responder, ScreenInput, ScreenReply, Wish};
use crate::dashboard::{Effect, World};
use crate::language::{Words, steps, words};
use crate::record::media::Queue;
use crate::text;

/// What can be done here.
pub(in crate::dashboard) const HINTS: &[Hint] = &[
    (Action::Read, words::HINT_STEP),
    (Action::SaveAs, words::HINT_SAMPLE),
    (Action::Simulate, words::HINT_SIMULATE),
    (Action::Copy, words::HINT_CURL),
    (Action::Snippets, words::HINT_SNIPPETS),
];

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistStep {
    /// Whether it is done; `None` when weibox cannot know.
    pub is_done: Option<bool>,
    /// What it is about.
    pub title: &'static str,
    /// How things are, or what to do.
    pub fact: String,
    /// What Enter does about it.
    pub wish: Wish,
}

/// The steps on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checklist {
    /// Whether they are wished for or put away; `None` while the first run decides.
    wish: Option<bool>,
    /// The selected one.
    selected: usize,
    /// Whether nothing ever came but samples that weibox sent itself.
    is_first_run: bool,
    /// The number of messages in the archive.
    n_messages: u64,
}

/// TABLE: ways to give the listener a public address. `{origin}`, `{address}`, `{port}` and `{path}` are put in.
const SNIPPETS: &[(&str, &str)] = &[
    ("nginx", "location = {path} {\n    proxy_pass {origin};\n    proxy_set_header X-Forwarded-For $remote_addr;\n}\n"),
    ("Caddy", "wb.example.cn {\n    handle {path} {\n        reverse_proxy {origin}\n    }\n}\n"),
    (
        "frp",
        "serverAddr = \"frp.example.cn\"\nserverPort = 7000\n\n[[proxies]]\nname = \"weibox\"\ntype = \"http\"\n\
         localPort = {port}\ncustomDomains = [\"wb.example.cn\"]\n",
    ),
    ("cpolar", "cpolar http {port}"),
    ("cloudflared", "cloudflared tunnel --url {origin}"),
    ("ssh -R", "ssh -N -R 127.0.0.1:8080:{address} user@wb.example.cn"),
];

impl Default for Checklist {
    /// Until the archive tells, it is the first run.
    fn default() -> Self {
        Self { wish: None, selected: 0, is_first_run: true, n_messages: 0 }
    }
}

impl Checklist {
    /// Takes note of what the archive holds. The first real message ends the steps, whatever was wished before.
    pub(in crate::dashboard) fn learn(&mut self, is_first_run: bool, n_messages: u64) {
        if self.is_first_run && !is_first_run {
            self.wish = None;
        }
        (self.is_first_run, self.n_messages) = (is_first_run, n_messages);
    }

    /// Shows the steps, also after the first run.
    pub(in crate::dashboard) fn show(&mut self) {
        self.wish = Some(true);
    }

    /// Keeps the steps away, until they are wished for or the first real message ends them.
    pub(in crate::dashboard) fn close(&mut self) {
        self.wish = Some(false);
    }

    /// Whether the user put the steps away.
    pub(in crate::dashboard) fn is_closed(&self) -> bool {
        self.wish == Some(false)
    }

    /// Whether the steps stand in the place of the list: before the first real message, and when they are wished for.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.wish.unwrap_or(self.is_first_run)
    }

    /// The selected step.
    #[must_use]
    pub const fn selected(&self) -> usize {
        self.selected
    }

    /// Whether there are messages behind the steps.
    #[must_use]
    pub const fn can_put_away(&self) -> bool {
        self.n_messages > 0 || !self.is_first_run
    }

    /// The steps to the first message, in their order.
    #[must_use]
    pub fn steps(&self, world: &World) -> Vec<ChecklistStep> {
        let language = world.language();
        let step = |is_done, title: Words, fact: String, wish| ChecklistStep {
            is_done,
            title: title.of(language),
            fact,
            wish,
        };
        let said = |words: Words| words.of(language).to_owned();
        let act = Wish::Act;
        let (url, is_signed) = (world.setup.url.clone(), world.setup.is_signed);
        let secret = if is_signed { steps::SECRET_SET } else { steps::SECRET_MISSING };
        let has_token = !matches!(world.downloads.board.queue, Queue::NoToken);
        let token = if has_token { steps::TOKEN_SET } else { steps::TOKEN_MISSING };
        let handshakes = world.traffic.handshakes;
        let address = steps::ADDRESS_HOW.with(language, &[&world.key(Action::Snippets)]);
        let seen = if handshakes > 0 { steps::HANDSHAKE_SEEN } else { steps::HANDSHAKE_NONE };
        let seen = seen.with(language, &[&handshakes]);
        let message = match self.n_messages {
            n if n > 0 && self.is_first_run => steps::SAMPLES.with(language, &[&n, &world.key(Action::Back)]),
            _ => said(steps::MESSAGE_HOW),
        };
        vec![
            step(Some(true), steps::LISTENER, url.clone(), Wish::Do(Effect::Copy(url))),
            step(Some(is_signed), steps::SECRET, said(secret), act(Action::AppSecret)),
            step(Some(has_token), steps::TOKEN, said(token), act(Action::AccessToken)),
            step(None, steps::ADDRESS, address, act(Action::Snippets)),
            step(Some(handshakes > 0), steps::HANDSHAKE, seen, act(Action::Requests)),
            step(Some(!self.is_first_run), steps::MESSAGE, message, act(Action::Sample)),
        ]
    }

    fn action(&mut self, action: Action, world: &World) -> ScreenReply {
        match (action, self.can_put_away()) {
            (Action::Down, _) => self.selected = (self.selected + 1).min(self.steps(world).len() - 1),
            (Action::Up, _) => self.selected = self.selected.saturating_sub(1),
            (Action::Read, _) => {
                let step = self.steps(world).into_iter().nth(self.selected);
                return step.map_or_else(ScreenReply::done, |step| ScreenReply::wish(step.wish));
            }
            // With nothing to save and nothing to copy these two are at hand.
            (Action::SaveAs, _) => return ScreenReply::wish(Wish::Act(Action::Sample)),
            (Action::Copy, _) => return ScreenReply::effect(Effect::Copy(world.setup.curl(SAMPLE))),
            // Who has not asked for them leaves with `q`.
            (Action::Close, _) if self.wish.is_none() => return ScreenReply::pass(),
            (Action::Back | Action::Close | Action::Setup, true) => self.wish = Some(false),
            // What is about the list shows it.
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

/// What is copied to set up a public address, one entry a tool.
pub(in crate::dashboard) fn snippets(world: &World) -> ScreenReply {
    let setup = &world.setup;
    let (address, path) = setup.address().split_once('/').unwrap_or((setup.address(), ""));
    let origin = setup.url.strip_suffix(&format!("/{path}")).unwrap_or(&setup.url);
    let port = address.rsplit(':').next().unwrap_or_default();
    let fill = |text: &str| {
        text.replace("{origin}", origin)
            .replace("{address}", address)
            .replace("{path}", &format!("/{path}"))
            .replace("{port}", port)
    };
    let language = world.language();
    let curl = Wish::Do(Effect::Copy(setup.curl(SAMPLE)));
    let sample = MenuEntry::new(words::SAMPLE_CURL.of(language), "curl", curl);
    let entries = SNIPPETS
        .iter()
        .map(|(tool, text)| MenuEntry::new(text::line(&fill(text)), *tool, Wish::Do(Effect::Copy(fill(text)))))
        .chain(std::iter::once(sample.also(words::SAMPLE_CURL.of(language.other()))));
    ScreenReply::open(Menu::new(words::PUBLIC_ADDRESS, entries.collect()))
}

/// A message to try the callback with, for [`SAMPLE_RECEIVER`](crate::weibo::SAMPLE_RECEIVER), so that it is taken for no real one.
const SAMPLE: &str = r#"{"type":"text","receiver_id":9007199254740991,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"私信或留言","data":{}}"#;
