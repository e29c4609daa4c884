//! The first run: what must be so before Weibo's first message comes, each step with its fact and what to do.

use crate::language::{Words, words};
use crate::record::media::Queue;

use super::State;
use super::menu::{Choice, Entry};
use super::{Effect, copying};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whether it is done; `None` when weibox cannot know.
    pub is_done: Option<bool>,
    /// What it is about.
    pub title: &'static str,
    /// How things are, or what to do.
    pub fact: String,
}

/// TABLE: ways to give the listener a public address. `{address}` and `{path}` are put in.
const SNIPPETS: &[(&str, &str)] = &[
    (
        "nginx",
        "location = {path} {\n    proxy_pass http://{address};\n    proxy_set_header X-Forwarded-For $remote_addr;\n}\n",
    ),
    ("Caddy", "wb.example.cn {\n    handle {path} {\n        reverse_proxy {address}\n    }\n}\n"),
    (
        "frp",
        "serverAddr = \"frp.example.cn\"\nserverPort = 7000\n\n[[proxies]]\nname = \"weibox\"\ntype = \"http\"\n\
         localPort = {port}\ncustomDomains = [\"wb.example.cn\"]\n",
    ),
    ("cpolar", "cpolar http {port}"),
    ("cloudflared", "cloudflared tunnel --url http://{address}"),
    ("ssh -R", "ssh -N -R 127.0.0.1:8080:{address} user@wb.example.cn"),
];

impl State {
    /// The steps to the first message, in their order.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let language = self.language();
        let setup = &self.setup;
        let step = |is_done, title: Words, fact: String| Step { is_done, title: title.of(language), fact };
        let said = |words: Words| words.of(language).to_owned();
        let secret = if setup.is_signed { words::STEP_SECRET_SET } else { words::STEP_SECRET_MISSING };
        let has_token = !matches!(self.board.queue, Queue::NoToken);
        let token = if has_token { words::STEP_TOKEN_SET } else { words::STEP_TOKEN_MISSING };
        let key = setup.keymap.first(super::Action::Snippets);
        let handshakes = self.traffic.handshakes;
        vec![
            step(Some(true), words::STEP_LISTENER, format!("http://{}", setup.address)),
            step(Some(setup.is_signed), words::STEP_SECRET, said(secret)),
            step(Some(has_token), words::STEP_TOKEN, said(token)),
            step(None, words::STEP_ADDRESS, words::STEP_ADDRESS_HOW.with(language, &[&key])),
            step(
                Some(handshakes > 0),
                words::STEP_HANDSHAKE,
                words::STEP_HANDSHAKE_SEEN.with(language, &[&handshakes]),
            ),
            step(Some(false), words::STEP_MESSAGE, said(words::STEP_MESSAGE_HOW)),
        ]
    }

    /// What is copied to set up a public address, one entry a tool.
    pub(super) fn snippets(&self) -> Vec<Entry> {
        let (address, path) = self.setup.address.split_once('/').unwrap_or((&self.setup.address, ""));
        let port = address.rsplit(':').next().unwrap_or_default();
        let fill = |text: &str| {
            text.replace("{address}", address).replace("{path}", &format!("/{path}")).replace("{port}", port)
        };
        SNIPPETS
            .iter()
            .map(|(tool, text)| Entry {
                label: (*tool).to_owned(),
                note: crate::text::line(&fill(text)).into_owned(),
                also: String::new(),
                obstacle: String::new(),
                choice: Choice::Do(Effect::Copy(fill(text))),
            })
            .chain(std::iter::once(Entry {
                label: words::SAMPLE_CURL.of(self.language()).to_owned(),
                note: String::new(),
                also: words::SAMPLE_CURL.of(self.language().other()).to_owned(),
                obstacle: String::new(),
                choice: Choice::Do(Effect::Copy(copying::curl(&self.setup.address, SAMPLE, self.setup.is_signed))),
            }))
            .collect()
    }
}

/// A message to try the callback with; its time is old, so that it is no repeat of a real one.
const SAMPLE: &str = r#"{"type":"text","receiver_id":1902538057,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"私信或留言","data":{}}"#;
