//! What came to the listener, counted, and the log of calls that became no message.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::reason::{Reason, alarms};

/// Calls since the listener started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// Messages stored for the first time.
    pub stored: u64,
    /// Deliveries of messages that were there already.
    pub repeated: u64,
    /// Those of both that were signed.
    pub signed: u64,
    /// Calls refused: wrong or missing signature, other path, too large, and the like.
    pub refused: u64,
    /// Callbacks answered 503, because the archive failed or was too slow, or because too much came at once.
    pub busy: u64,
    /// Handshakes answered with their `echostr`, by the name of the account; it is empty where there is only one.
    pub handshakes: BTreeMap<String, u64>,
    /// Why the last callback could not be stored; `None` when it could.
    pub trouble: Option<Trouble>,
    /// How long callbacks took to be answered, from the last byte of their head on.
    pub latency: Latency,
    /// Entries of the request log that were dropped, because too many came at once or the archive was busy.
    pub unlogged: u64,
    /// When the last callback came that was kept or would have been; `None` before the first.
    pub last_call_at: Option<DateTime<Utc>>,
    /// When the last handshake was answered.
    pub last_handshake_at: Option<DateTime<Utc>>,
    /// Whether the self-test has found that Weibo cannot reach the listener.
    pub is_unreachable: bool,
}

impl Traffic {
    /// How many handshakes were answered, of all accounts.
    pub fn n_handshakes(&self) -> u64 {
        self.handshakes.values().sum()
    }
}

/// The head of a callback that became a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Who called, behind the proxies that are trusted.
    pub remote: IpAddr,
    /// The request line and the headers as they were received, a line each.
    pub lines: String,
    /// From the head to the answer.
    pub answered_in: Duration,
}

/// How long answers took, in steps of half an octave, so that a percentile is at most half too high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub struct Latency {
    steps: [u32; Self::STEPS],
    /// All of them together; not known of those of another process.
    sum: Duration,
}

impl Default for Latency {
    fn default() -> Self {
        Self { steps: [0; Self::STEPS], sum: Duration::ZERO }
    }
}

impl From<Latency> for Vec<u32> {
    fn from(latency: Latency) -> Self {
        latency.steps.to_vec()
    }
}

/// Steps that are missing are 0, and more than there are do not count.
impl From<Vec<u32>> for Latency {
    fn from(counted: Vec<u32>) -> Self {
        let mut latency = Self::default();
        for (step, n) in latency.steps.iter_mut().zip(counted) {
            *step = n;
        }
        latency
    }
}

impl Latency {
    /// Two for each doubling of a microsecond, up to 16 seconds.
    const STEPS: usize = 48;

    /// Counts an answer.
    pub fn note(&mut self, took: Duration) {
        self.sum = self.sum.saturating_add(took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(2);
        let exponent = micros.ilog2();
        // The bit behind the leading one.
        let half = (micros >> (exponent - 1)) & 1;
        let step = usize::try_from(u64::from(exponent) * 2 + half).unwrap_or(usize::MAX).min(Self::STEPS - 1);
        if let Some(step) = self.steps.get_mut(step) {
            *step = step.saturating_add(1);
        }
    }

    /// What this share of the answers, in per cent, did not exceed; `None` while there are none.
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let all: u64 = self.steps.iter().map(|n| u64::from(*n)).sum();
        let mut left = (all * percent).div_ceil(100);
        let step = self.steps.iter().position(|n| {
            left = left.saturating_sub(u64::from(*n));
            left == 0
        })?;
        (all > 0).then_some(Self::end(step))
    }

    /// How many there were in each step, with its end; whatever took longer is in the last one.
    pub fn steps(&self) -> impl Iterator<Item = (Duration, u64)> {
        // The first two steps are below the shortest that is told apart.
        self.steps.iter().enumerate().skip(2).map(|(step, n)| (Self::end(step), u64::from(*n)))
    }

    /// All of them together.
    pub const fn sum(&self) -> Duration {
        self.sum
    }

    fn end(step: usize) -> Duration {
        let (exponent, half) = (step / 2, step % 2);
        Duration::from_micros((2 + half as u64 + 1) << exponent >> 1)
    }
}

/// Why messages cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The disk is full.
    Full,
    /// The archive is damaged; what can be read of it is being saved.
    Damaged,
    /// The archive fails, or is too slow.
    Failing,
}

impl Trouble {
    /// What it means, for people.
    pub fn reason(self) -> Reason {
        match self {
            Self::Full => alarms::DISK_FULL,
            Self::Damaged => alarms::ARCHIVE_DAMAGED_NOW,
            Self::Failing => alarms::ARCHIVE_FAILING,
        }
        .into()
    }
}

/// A handshake or a refused call, as the request log keeps it. It holds no body and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The caller's address.
    pub remote: String,
    /// `GET`, `POST`, …, at most [`Call::METHOD_LIMIT`] bytes of it; `-` where nobody could read it.
    pub method: String,
    /// The path without the query, at most [`Call::PATH_LIMIT`] bytes of it.
    pub path: String,
    /// The HTTP status it was answered with.
    pub status: u16,
    /// Why.
    pub reason: Reason,
    /// The request line with its query, and the headers, a line each; empty where nobody could read them.
    pub head: String,
}

impl Call {
    /// Longer paths are cut: foreign text must not fill the disk.
    pub const PATH_LIMIT: usize = 256;
    /// So are longer methods. The longest that is registered has 17 characters.
    pub const METHOD_LIMIT: usize = 32;
    /// So are longer heads, and of each line of them what is longer than a quarter of it.
    pub const HEAD_LIMIT: usize = 2048;
    /// Words in the names of parameters and headers whose values nobody else may see.
    const SECRETS: [&str; 9] =
        ["signature", "secret", "token", "key", "pass", "auth", "cookie", "session", "credential"];

    /// Of a head what may be kept: bounded, and `…` for what may be a secret. Of a signature the first digits stay.
    pub fn shown(head: &str) -> String {
        let mut shown = String::new();
        for (index, line) in head.lines().enumerate() {
            let line = if index == 0 { shown_target(line) } else { shown_header(line) };
            let line: String = line.chars().take(Self::HEAD_LIMIT / 4).collect();
            if shown.len() + line.len() > Self::HEAD_LIMIT {
                break;
            }
            shown.extend([if index == 0 { "" } else { "\n" }, &line]);
        }
        shown
    }

    /// The value of a header that was sent, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.into_iter().find_map(|(other, value)| (other == name).then_some(value))
    }

    fn is_secret(name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        Self::SECRETS.iter().any(|word| name.contains(word))
    }
}

/// The request line, with the values of its query that may be shown.
fn shown_target(line: &str) -> String {
    let Some((path, rest)) = line.split_once('?') else { return line.to_owned() };
    let (query, version) = rest.rsplit_once(' ').unwrap_or((rest, ""));
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if Call::is_secret(name) => {
            let n_shown = if name == "signature" { 8 } else { 0 };
            format!("{name}={}…", value.chars().take(n_shown).collect::<String>())
        }
        Some(_) | None => pair.to_owned(),
    });
    format!("{path}?{} {version}", shown.collect::<Vec<_>>().join("&"))
}

fn shown_header(line: &str) -> String {
    match line.split_once(": ") {
        Some((name, _)) if Call::is_secret(name) => format!("{name}: …"),
        Some(_) | None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_head_no_secret_and_no_more_than_the_limit_is_kept() {
        let head = "POST /weibo?signature=90e4c22c90a58f26&timestamp=1&nonce=2&access_token=2.00x&a=b&c HTTP/1.1\n\
                    host: w\nuser-agent: curl/8\nauthorization: Basic abc\ncookie: a=b\nx-api-key: k\nx-forwarded-for: 1.2.3.4";
        let shown = Call::shown(head);
        assert_eq!(
            shown,
            "POST /weibo?signature=90e4c22c…&timestamp=1&nonce=2&access_token=…&a=b&c HTTP/1.1\n\
             host: w\nuser-agent: curl/8\nauthorization: …\ncookie: …\nx-api-key: …\nx-forwarded-for: 1.2.3.4"
        );
        let long = format!("GET /{} HTTP/1.1\n{}", "长".repeat(9000), "a: b\n".repeat(9000));
        assert!(Call::shown(&long).len() <= Call::HEAD_LIMIT);
    }

    #[test]
    fn a_percentile_is_little_more_than_what_it_says() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(50), None);
        for millis in 1..=100 {
            latency.note(Duration::from_millis(millis));
        }
        for percent in [1, 50, 99, 100] {
            let (told, real) = (latency.percentile(percent).unwrap(), Duration::from_millis(percent));
            assert!(told >= real && told <= real * 3 / 2, "{percent}: {told:?}");
        }
        latency.note(Duration::ZERO);
        latency.note(Duration::MAX);
    }
}
