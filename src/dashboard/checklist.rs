//! The first run: what must be so before Weibo's first message comes, each step with its fact and what to do.

use crate::controls::action::{Action, Need, row_of};
use crate::language::{Words, steps, words};
use crate::record::media::Queue;
use crate::weibo::Kind;

use super::menu::{Choice, Entry};
use super::{Effect, State, copying};
use crate::controls::layout::Shape;

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
    /// Whether they are wished for or put away; `None` while the first run decides.
    pub(super) wish: Option<bool>,
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
        let secret = if setup.is_signed { steps::SECRET_SET } else { steps::SECRET_MISSING };
        let has_token = !matches!(self.board.queue, Queue::NoToken);
        let token = if has_token { steps::TOKEN_SET } else { steps::TOKEN_MISSING };
        let key = setup.keymap.first(Action::Snippets);
        let handshakes = self.traffic.handshakes;
        let act = Choice::Act;
        let address = steps::ADDRESS_HOW.with(language, &[&key]);
        let seen = if handshakes > 0 { steps::HANDSHAKE_SEEN } else { steps::HANDSHAKE_NONE };
        let seen = seen.with(language, &[&handshakes]);
        let message = match self.n_messages() {
            n if n > 0 && self.inbox.is_first_run() => {
                steps::SAMPLES.with(language, &[&n, &setup.keymap.first(Action::Back)])
            }
            _ => said(steps::MESSAGE_HOW),
        };
        vec![
            step(Some(true), steps::LISTENER, url.clone(), Choice::Do(Effect::Copy(url))),
            step(Some(setup.is_signed), steps::SECRET, said(secret), act(Action::AppSecret)),
            step(Some(has_token), steps::TOKEN, said(token), act(Action::AccessToken)),
            step(None, steps::ADDRESS, address, act(Action::Snippets)),
            step(Some(handshakes > 0), steps::HANDSHAKE, seen, act(Action::Requests)),
            step(Some(!self.inbox.is_first_run()), steps::MESSAGE, message, act(Action::Sample)),
        ]
    }

    /// The selected step, while the steps are on the screen: before the first real message, and when they are wished for.
    #[must_use]
    pub fn step_selected(&self) -> Option<usize> {
        self.steps.wish.unwrap_or(self.inbox.is_first_run()).then_some(self.steps.selected)
    }

    /// Whether there are messages behind the steps.
    #[must_use]
    pub fn can_put_steps_away(&self) -> bool {
        self.n_messages() > 0 || !self.inbox.is_first_run()
    }

    fn n_messages(&self) -> u64 {
        self.inbox.counts().sum(&Kind::ALL)
    }

    /// What an action does to the steps while they are on the screen; `None` when it is no matter of theirs.
    pub(super) fn act_on_steps(&mut self, action: Action) -> Option<Vec<Effect>> {
        let selected = self.step_selected().filter(|_| self.layout().shape != Shape::Line)?;
        match (action, self.can_put_steps_away()) {
            (Action::Down, _) => self.steps.selected = (selected + 1).min(self.steps().len() - 1),
            (Action::Up, _) => self.steps.selected = selected.saturating_sub(1),
            (Action::Read, _) => return self.steps().into_iter().nth(selected).map(|step| self.do_chosen(step.choice)),
            // With nothing to save and nothing to copy these two are at hand.
            (Action::SaveAs, _) => return Some(self.do_chosen(Choice::Act(Action::Sample))),
            (Action::Copy, _) => {
                return Some(vec![Effect::Copy(copying::curl(&self.setup, SAMPLE))]);
            }
            // Who has not asked for them leaves with `q`.
            (Action::Close, _) if self.steps.wish.is_none() => return None,
            (Action::Back | Action::Close | Action::Setup, true) => {
                self.steps.wish = Some(false);
                return Some(self.fit());
            }
            // What is about the list shows it.
            (action, true) if row_of(action).needs.contains(&Need::Room) => {
                self.steps.wish = Some(false);
                let mut effects = self.fit();
                effects.extend(self.wish(action));
                return Some(effects);
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
        let curl = Choice::Do(Effect::Copy(copying::curl(&self.setup, SAMPLE)));
        let sample = Entry::new(words::SAMPLE_CURL.of(self.language()), "curl", curl)
            .also(words::SAMPLE_CURL.of(self.language().other()));
        SNIPPETS
            .iter()
            .map(|(tool, text)| Entry::new(crate::text::line(&fill(text)), *tool, Choice::Do(Effect::Copy(fill(text)))))
            .chain(std::iter::once(sample))
            .collect()
    }
}

/// A message to try the callback with, for [`SAMPLE_RECEIVER`](crate::weibo::SAMPLE_RECEIVER), so that it is taken for no real one.
const SAMPLE: &str = r#"{"type":"text","receiver_id":9007199254740991,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"私信或留言","data":{}}"#;
