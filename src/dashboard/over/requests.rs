//! The full-screen request log: handshakes and refused requests, with advice.

use crate::controls::action::Action;
use crate::dashboard::world::mask;
use crate::dashboard::{Cell, Effect, Event, Tone, World};
use crate::language::{Language, Words, words};
use crate::reason::calls;
use crate::record::traffic::{Call, Traffic};

use super::{Responder, SHOWS, ScreenReply, Traits, cursor};

pub(super) const TRAITS: Traits = Traits {
    hints: &[
        (Action::Down, words::HINT_DOWN),
        (Action::Up, words::HINT_UP),
        (Action::Read, words::HINT_READ),
        (Action::Copy, words::HINT_CURL),
        (Action::Back, words::HINT_BACK),
    ],
    closed_by: &[Action::Back, Action::Close, Action::Requests],
    ..SHOWS
};

/// The number of entries to load: more than a user reads, and few enough to load again after every refused request.
pub const SHOWN: usize = 500;

/// The log while it is open.
#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    /// The entries, newest first; `None` until they are loaded.
    calls: Option<Vec<Call>>,
    selected: usize,
    /// Whether the head of the selected request is shown.
    is_open: bool,
}

impl RequestLog {
    pub(super) fn open(_: &World) -> ScreenReply {
        ScreenReply::open(Self::default()).and([Effect::LoadCalls])
    }

    /// Returns the entries, newest first, and the index of the selected one; `None` until they are loaded.
    pub fn calls(&self) -> Option<(&[Call], usize)> {
        self.calls.as_deref().map(|calls| (calls, self.selected))
    }

    /// Returns the explanation of the selected request, line by line.
    pub fn explain(&self, world: &World) -> Vec<Cell> {
        let Some((calls, call)) = self.calls().and_then(|(calls, at)| Some((calls, calls.get(at)?))) else {
            return Vec::new();
        };
        // Screenshots must not show addresses and signatures.
        let is_shown = self.is_open && !world.looks.is_masked;
        let head = call.head.lines().filter(|_| is_shown).map(|line| Cell::new(Tone::Dim, line));
        explain(call, calls, &caller(call, world), world.language()).into_iter().chain(head).collect()
    }
}

/// Returns the address of the caller, as the screen shows it.
pub fn caller(call: &Call, world: &World) -> String {
    if world.looks.is_masked { mask::hidden_text(&call.remote) } else { call.remote.clone() }
}

impl Responder for RequestLog {
    fn choose(&mut self, action: Action, world: &World) -> ScreenReply {
        let n = self.calls.as_ref().map_or(0, Vec::len);
        match action {
            Action::Read => {
                self.is_open = !self.is_open;
                ScreenReply::done()
            }
            Action::Copy => {
                let call = self.calls().and_then(|(calls, at)| calls.get(at));
                call.map_or_else(ScreenReply::pass, |call| ScreenReply::effect(Effect::Copy(curl(call))))
            }
            _ => cursor::step(&mut self.selected, action, n, world.size.height.into()),
        }
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        match event {
            // Keep the cursor on its entry, unless that is the newest one.
            Event::Calls(calls) => {
                let selected = self.calls.as_ref().and_then(|calls| calls.get(self.selected));
                let selected = selected.filter(|_| self.selected > 0);
                let moved = selected.and_then(|selected| calls.iter().position(|call| call == selected));
                self.selected = moved.unwrap_or_default();
                self.calls = Some(calls.clone());
                ScreenReply::done()
            }
            Event::Traffic(traffic) => {
                let n_logged = |traffic: &Traffic| traffic.refused + traffic.n_handshakes() + traffic.busy;
                let has_more = n_logged(traffic) > n_logged(&world.traffic);
                ScreenReply::done().and(has_more.then_some(Effect::LoadCalls))
            }
            _ => ScreenReply::done(),
        }
    }
}

/// Returns a curl command that repeats the request, as far as it was kept: without body and secrets.
fn curl(call: &Call) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let target = call.head.split_ascii_whitespace().nth(1).unwrap_or(&call.path);
    let url = format!("http://{}{target}", call.header("host").unwrap_or("localhost"));
    let mut command = format!("curl -i -X {} {}", quoted(&call.method), quoted(&url));
    // curl adds these headers.
    let is_own = |line: &&str| ["host: ", "content-length: "].iter().any(|name| line.starts_with(name));
    for line in call.head.lines().skip(1).filter(|line| !is_own(line)) {
        command.extend([" -H ", &quoted(line)]);
    }
    command
}

/// Returns the meaning of a request's outcome and the advice for it, line by line.
fn explain(call: &Call, calls: &[Call], caller: &str, language: Language) -> Vec<Cell> {
    let mut lines = vec![Cell::new(tone(call), call.reason.of(language))];
    let same = calls.iter().filter(|other| other.remote == call.remote && other.status == call.status).count();
    if call.status >= 400 && same > 1 {
        lines.push(Cell::new(Tone::Dim, words::SAME_CALLER.with(language, &[&same, &caller])));
    }
    lines.extend(advice(call).iter().map(|words| Cell::new(Tone::Plain, words.of(language))));
    lines
}

/// Returns the tone of an outcome: `Bad` if a message may be lost, `Warning` if a request was refused.
pub const fn tone(call: &Call) -> Tone {
    match call.status {
        0..400 => Tone::Good,
        400..500 => Tone::Warning,
        _ => Tone::Bad,
    }
}

/// TABLE: status → likely cause.
fn advice(call: &Call) -> &'static [Words] {
    match (call.status, call.reason.code) {
        (200, _) => &[words::ADVICE_HANDSHAKE],
        (400, _) if call.method == "-" => &[words::ADVICE_AMBIGUOUS],
        (403, calls::ADDRESS_NOT_ALLOWED) => &[words::ADVICE_ALLOW],
        (403, calls::STALE_SIGNATURE) => &[words::ADVICE_AGE],
        (403, calls::WRONG_SIGNATURE | calls::WRONG_SIGNATURE_OF | calls::WRONG_SIGNATURE_OF_SPACES) => {
            &[words::ADVICE_SECRET, words::ADVICE_SPACE, words::ADVICE_PROXY]
        }
        (403, _) => &[words::ADVICE_STRANGER, words::ADVICE_QUERY],
        (404, _) => &[words::ADVICE_PATH],
        (405, _) => &[words::ADVICE_METHOD],
        (413, _) => &[words::ADVICE_TOO_LARGE],
        (408, _) => &[words::ADVICE_SLOW],
        (503, _) => &[words::ADVICE_BUSY],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::reason::Reason;
    use crate::weibo::signature::Refusal;

    #[test]
    fn a_call_is_copied_as_a_command_that_no_shell_reads_otherwise() {
        let head =
            "POST /weibo?signature=90e4c22c…&a='$(x)' HTTP/1.1\nhost: w:8080\nuser-agent: it's\ncontent-length: 5";
        let [remote, method, path] = ["192.0.2.1", "POST", "/weibo"].map(str::to_owned);
        let reason = calls::WRONG_METHOD.into();
        let call = Call { at: DateTime::UNIX_EPOCH, remote, method, path, status: 405, reason, head: head.to_owned() };
        assert_eq!(
            curl(&call),
            r"curl -i -X 'POST' 'http://w:8080/weibo?signature=90e4c22c…&a='\''$(x)'\''' -H 'user-agent: it'\''s'"
        );
    }

    #[test]
    fn a_call_that_is_kept_out_by_a_setting_is_explained_by_it() {
        let explained = |status, method: &str, reason: Reason| {
            let [remote, path] = ["192.0.2.1", "/weibo"].map(str::to_owned);
            let method = method.to_owned();
            let call = Call { at: DateTime::UNIX_EPOCH, remote, method, path, status, reason, head: String::new() };
            explain(&call, &[], "", Language::English)
                .iter()
                .map(|line| line.text.clone())
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert!(explained(403, "POST", calls::ADDRESS_NOT_ALLOWED.into()).contains("`trusted_proxies`"));
        assert!(explained(403, "POST", Refusal::Stale(300).reason()).contains("`signature.max_age`"));
        let mismatch = explained(403, "POST", calls::WRONG_SIGNATURE_OF.with("1").with("2").with("3").with("4"));
        assert!(mismatch.contains("very app") && !mismatch.contains("strangers"), "{mismatch}");
        let unsigned = explained(403, "POST", Refusal::Missing("signature").reason());
        assert!(unsigned.contains("strangers") && !unsigned.contains("very app"), "{unsigned}");
        assert!(explained(400, "-", calls::HEADER_FOLDED.into()).contains("two requests"));
    }
}
