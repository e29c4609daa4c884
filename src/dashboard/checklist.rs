//! The first run: what must be so before Weibo's first message comes, each step with its fact and what to do.

use crate::language::{Words, words};
use crate::record::media::Queue;
use crate::weibo::Kind;

use super::menu::{Choice, Entry};
use super::{Action, Effect, State, copying};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whether it is done; `None` when weibox cannot know.
    pub is_done: Option<bool>,
    /// What it is about.
    pub title: &'static str,
    /// How things are, or what to do.
    pub fact: String,
    /// What Enter does about it.
    pub choice: Choice,
}

/// The steps on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Steps {
    /// Whether they are wished for, whatever came.
    pub(super) is_wanted: bool,
    /// The selected one.
    pub(super) selected: usize,
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

impl State {
    /// The steps to the first message, in their order.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let language = self.language();
        let setup = &self.setup;
        let step =
            |is_done, title: Words, fact: String, choice| Step { is_done, title: title.of(language), fact, choice };
        let said = |words: Words| words.of(language).to_owned();
        let url = setup.url.clone();
        let secret = if setup.is_signed { words::STEP_SECRET_SET } else { words::STEP_SECRET_MISSING };
        let has_token = !matches!(self.board.queue, Queue::NoToken);
        let token = if has_token { words::STEP_TOKEN_SET } else { words::STEP_TOKEN_MISSING };
        let key = setup.keymap.first(super::Action::Snippets);
        let handshakes = self.traffic.handshakes;
        let act = Choice::Act;
        let address = words::STEP_ADDRESS_HOW.with(language, &[&key]);
        let seen = if handshakes > 0 { words::STEP_HANDSHAKE_SEEN } else { words::STEP_HANDSHAKE_NONE };
        let seen = seen.with(language, &[&handshakes]);
        vec![
            step(Some(true), words::STEP_LISTENER, url.clone(), Choice::Do(Effect::Copy(url))),
            step(Some(setup.is_signed), words::STEP_SECRET, said(secret), act(Action::AppSecret)),
            step(Some(has_token), words::STEP_TOKEN, said(token), act(Action::AccessToken)),
            step(None, words::STEP_ADDRESS, address, act(Action::Snippets)),
            step(Some(handshakes > 0), words::STEP_HANDSHAKE, seen, act(Action::Requests)),
            step(Some(!self.is_bare()), words::STEP_MESSAGE, said(words::STEP_MESSAGE_HOW), act(Action::Sample)),
        ]
    }

    /// The selected step, while the steps are on the screen: before the first message, and when they are wished for.
    #[must_use]
    pub fn step_selected(&self) -> Option<usize> {
        (self.is_bare() || self.steps.is_wanted).then_some(self.steps.selected)
    }

    /// Whether nothing ever came, or all of it was pruned.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.inbox.counts().sum(&Kind::ALL) == 0
    }

    /// What an action does to the steps while they are on the screen; `None` when it is no matter of theirs.
    pub(super) fn act_on_steps(&mut self, action: Action) -> Option<Vec<Effect>> {
        let selected = self.step_selected()?;
        match (action, self.steps.is_wanted) {
            (Action::Down, _) => self.steps.selected = (selected + 1).min(self.steps().len() - 1),
            (Action::Up, _) => self.steps.selected = selected.saturating_sub(1),
            (Action::Read, _) => return self.steps().into_iter().nth(selected).map(|step| self.do_chosen(step.choice)),
            // With nothing to save and nothing to copy these two are at hand.
            (Action::SaveAs, _) => return Some(self.do_chosen(Choice::Act(Action::Sample))),
            (Action::Copy, _) => {
                return Some(vec![Effect::Copy(copying::curl(&self.setup, SAMPLE))]);
            }
            (Action::Back | Action::Close | Action::Setup, true) => {
                self.steps.is_wanted = false;
                return Some(self.fit());
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    /// What is copied to set up a public address, one entry a tool.
    pub(super) fn snippets(&self) -> Vec<Entry> {
        let (address, path) = self.setup.address().split_once('/').unwrap_or((self.setup.address(), ""));
        let origin = self.setup.url.strip_suffix(&format!("/{path}")).unwrap_or(&self.setup.url);
        let port = address.rsplit(':').next().unwrap_or_default();
        let fill = |text: &str| {
            text.replace("{origin}", origin)
                .replace("{address}", address)
                .replace("{path}", &format!("/{path}"))
                .replace("{port}", port)
        };
        SNIPPETS
            .iter()
            .map(|(tool, text)| Entry {
                label: crate::text::line(&fill(text)).into_owned(),
                note: (*tool).to_owned(),
                also: String::new(),
                obstacle: String::new(),
                choice: Choice::Do(Effect::Copy(fill(text))),
            })
            .chain(std::iter::once(Entry {
                label: words::SAMPLE_CURL.of(self.language()).to_owned(),
                note: "curl".to_owned(),
                also: words::SAMPLE_CURL.of(self.language().other()).to_owned(),
                obstacle: String::new(),
                choice: Choice::Do(Effect::Copy(copying::curl(&self.setup, SAMPLE))),
            }))
            .collect()
    }
}

/// A message to try the callback with; its time is old, so that it is no repeat of a real one.
const SAMPLE: &str = r#"{"type":"text","receiver_id":1902538057,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"私信或留言","data":{}}"#;
