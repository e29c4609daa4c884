//! Counts of the calls to the listener, and the log of calls that did not become messages.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::reason::{Reason, alarms};

/// Counts of calls since the listener started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// Number of messages stored for the first time.
    pub stored: u64,
    /// Number of deliveries of messages that were already stored.
    pub repeated: u64,
    /// Number of these messages and deliveries that were signed.
    pub signed: u64,
    /// Number of refused calls: wrong or missing signature, other path, too large, and the like.
    pub refused: u64,
    /// Number of callbacks answered 503, because the archive failed or was too slow, or too much came at once.
    pub busy: u64,
    /// Number of handshakes answered with their `echostr`, by account; the name is empty where there is only one
    /// account.
    pub handshakes: BTreeMap<String, u64>,
    /// The reason why the last callback could not be stored; `None` when it was.
    pub trouble: Option<Trouble>,
    /// The time until callbacks were answered, measured from the last byte of their head.
    pub latency: Latency,
    /// Number of request log entries that were dropped, because too many came at once or the archive was busy.
    pub unlogged: u64,
    /// Time of the last callback that was stored or should have been; `None` before the first.
    pub last_call_at: Option<DateTime<Utc>>,
    /// Time at which the last handshake was answered.
    pub last_handshake_at: Option<DateTime<Utc>>,
    /// Whether the self-test found that Weibo cannot reach the listener.
    pub is_unreachable: bool,
}

impl Traffic {
    /// Returns the number of answered handshakes of all accounts.
    pub fn n_handshakes(&self) -> u64 {
        self.handshakes.values().sum()
    }
}

/// The head of a callback that became a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The address of the caller, as trusted proxies report it.
    pub remote: IpAddr,
    /// The request line and the headers as received, one on each line.
    pub lines: String,
    /// The time from the head to the answer.
    pub answered_in: Duration,
}

/// A histogram of latencies in steps of half an octave, so that a percentile is at most 50 % too high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub struct Latency {
    steps: [u32; Self::STEPS],
    /// The sum of all latencies; unknown for those from another process.
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

/// Missing steps are 0, and surplus ones are ignored.
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
    /// Number of steps: two for each doubling from a microsecond up to 16 seconds.
    const STEPS: usize = 48;

    /// Counts an answer.
    pub fn note(&mut self, took: Duration) {
        self.sum = self.sum.saturating_add(took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(2);
        let exponent = micros.ilog2();
        // The bit after the leading one.
        let half = (micros >> (exponent - 1)) & 1;
        let step = usize::try_from(u64::from(exponent) * 2 + half).unwrap_or(usize::MAX).min(Self::STEPS - 1);
        if let Some(step) = self.steps.get_mut(step) {
            *step = step.saturating_add(1);
        }
    }

    /// Returns the latency that this percentage of the answers did not exceed; `None` while there are none.
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let all: u64 = self.steps.iter().map(|n| u64::from(*n)).sum();
        let mut left = (all * percent).div_ceil(100);
        let step = self.steps.iter().position(|n| {
            left = left.saturating_sub(u64::from(*n));
            left == 0
        })?;
        (all > 0).then_some(Self::end(step))
    }

    /// Returns the end and the count of each step; the last step includes everything slower.
    pub fn steps(&self) -> impl Iterator<Item = (Duration, u64)> {
        // The first two steps are below the shortest latency that is distinguished.
        self.steps.iter().enumerate().skip(2).map(|(step, n)| (Self::end(step), u64::from(*n)))
    }

    /// Returns the sum of all latencies.
    pub const fn sum(&self) -> Duration {
        self.sum
    }

    fn end(step: usize) -> Duration {
        let (exponent, half) = (step / 2, step % 2);
        Duration::from_micros((2 + half as u64 + 1) << exponent >> 1)
    }
}

/// The reason why messages cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The disk is full.
    Full,
    /// The archive is damaged; its readable part is being salvaged.
    Damaged,
    /// The archive fails or is too slow.
    Failing,
}

impl Trouble {
    /// Returns the reason for people.
    pub fn reason(self) -> Reason {
        match self {
            Self::Full => alarms::DISK_FULL,
            Self::Damaged => alarms::ARCHIVE_DAMAGED_NOW,
            Self::Failing => alarms::ARCHIVE_FAILING,
        }
        .into()
    }
}

/// A handshake or a refused call in the request log. It contains neither body nor secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Time of the answer.
    pub at: DateTime<Utc>,
    /// The caller's address.
    pub remote: String,
    /// `GET`, `POST`, …, at most its first [`Call::METHOD_LIMIT`] bytes; `-` when it could not be read.
    pub method: String,
    /// The path without the query, at most its first [`Call::PATH_LIMIT`] bytes.
    pub path: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The reason for the answer.
    pub reason: Reason,
    /// The request line with its query, and the headers, one on each line; empty when they could not be read.
    pub head: String,
}

impl Call {
    /// The maximum length of a path in bytes; longer ones are cut so that foreign text cannot fill the disk.
    pub const PATH_LIMIT: usize = 256;
    /// The maximum length of a method in bytes. The longest registered method has 17 characters.
    pub const METHOD_LIMIT: usize = 32;
    /// The maximum length of a head in bytes. Each of its lines keeps at most a quarter as many characters.
    pub const HEAD_LIMIT: usize = 2048;
    /// Words in the names of parameters and headers whose values must stay secret.
    const SECRETS: [&str; 9] =
        ["signature", "secret", "token", "key", "pass", "auth", "cookie", "session", "credential"];

    /// Returns the part of a head that may be stored: bounded, with `…` for possible secrets. The first digits of a
    /// signature stay.
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

    /// Returns the value of a header, given its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.into_iter().find_map(|(other, value)| (other == name).then_some(value))
    }

    fn is_secret(name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        Self::SECRETS.iter().any(|word| name.contains(word))
    }
}

/// Returns the request line, with only the query values that may be shown.
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
