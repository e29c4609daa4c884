//! Plays Weibo over real HTTP: sends signed callbacks from scenario files, repeats them as Weibo does, and
//! serves voice and image files, with faults on request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::reason::{HEADER, Reason, start};
use crate::web;
use crate::weibo::{created_at, signature};

pub mod bot;
pub mod handshake;
pub mod media;
mod replies;
pub mod scenario;
pub mod summary;
mod users;

use scenario::{Fill, Scenario, Signature};
use summary::{HandshakeOutcome, Summary};

/// The time that Weibo waits for an answer (protocol §2.2).
const PATIENCE: Duration = Duration::from_secs(5);
/// The number of times that Weibo sends a message at most (§2.2).
const TRIES: u32 = 3;
/// The maximum number of messages in flight; the next one waits.
const IN_FLIGHT: usize = 256;
/// The same limit without a rate, so that the other side is busy but not overloaded.
const UNPACED: usize = 16;

/// The maximum length of a reason in characters.
const REASON_LIMIT: usize = 200;

/// The content type of JSON, as Weibo writes it.
const JSON: &str = "application/json;charset=UTF-8";

/// The parameters of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The callback URLs, which may have queries of their own. Each attempt uses the next one.
    pub urls: Vec<Url>,
    /// App secret that signs the callbacks; without it they are unsigned.
    pub app_secret: Option<SecretString>,
    /// Whether the listener is our own, whose certificate need not match the address at which it listens.
    pub is_own: bool,
    /// The messages to send.
    pub scenario: Scenario,
    /// Whether to begin with the handshake.
    pub has_handshake: bool,
    /// Number of messages; `None` for each message of the scenario once.
    pub count: Option<u64>,
    /// Messages a second, except where the scenario sets a pause; `None` for no limit.
    pub rate: Option<f64>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// Sends the messages of a plan; ends early when `stop` is cancelled.
///
/// # Errors
///
/// When the HTTP client cannot be created.
pub async fn push(plan: Plan, stop: CancellationToken) -> Result<Summary, Reason> {
    let builder = || {
        let builder = Client::builder().timeout(PATIENCE).no_proxy().tls_danger_accept_invalid_certs(plan.is_own);
        // The signed URL is meant for the requested server only, and an answer from another one does not
        // count.
        builder.referer(false).redirect(redirect::Policy::none())
    };
    let client = web::client(builder).map_err(|error| start::NO_HTTP_CLIENT.with(error.without_url().to_string()))?;
    let started_at = (plan.now)();
    let base = started_at.timestamp_millis().unsigned_abs();
    let caller = Arc::new(Caller { client, plan, n_tries: AtomicUsize::new(0), base });
    let mut summary = Summary::default();
    let plan = &caller.plan;
    if plan.has_handshake {
        summary.handshake = caller.handshake().await;
    }
    let count = plan.count.unwrap_or(plan.scenario.messages.len() as u64);
    let slots = Arc::new(Semaphore::new(if plan.rate.is_some() { IN_FLIGHT } else { UNPACED }));
    let mut sending = JoinSet::new();
    let mut next_at = Instant::now();
    for number in 0..count {
        next_at += plan.pause_before(number);
        let slot = tokio::select! {
            () = stop.cancelled() => break,
            slot = paced(next_at, &slots) => slot,
        };
        let caller = Arc::clone(&caller);
        sending.spawn(async move {
            let deliveries = caller.deliver(number).await;
            drop(slot);
            deliveries
        });
        while let Some(Ok(deliveries)) = sending.try_join_next() {
            summary.add_all(&deliveries);
        }
    }
    while let Some(ended) = sending.join_next().await {
        summary.add_all(&ended.unwrap_or_default());
    }
    Ok(summary)
}

impl Plan {
    fn pause_before(&self, number: u64) -> Duration {
        let own = usize::try_from(number).ok().and_then(|index| self.scenario.messages.get(index)?.pause);
        let paced = self.rate.filter(|_| number > 0).map(|rate| 1.0 / rate);
        let seconds = self.rate.and(own).or(paced).unwrap_or_default();
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

async fn paced(at: Instant, slots: &Arc<Semaphore>) -> Option<tokio::sync::OwnedSemaphorePermit> {
    tokio::time::sleep_until(at).await;
    Arc::clone(slots).acquire_owned().await.ok()
}

/// The result for one message, over all attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Number of attempts.
    pub tries: u32,
    /// Status of the last attempt; `None` for no answer.
    pub status: Option<u16>,
    /// Whether the status is the one that the scenario expects.
    pub is_expected: bool,
    /// Whether the answer contained a reply.
    pub has_reply: bool,
    /// The reason with which a weibox refused it; empty if there is none.
    pub reason: String,
    /// Duration of the last attempt.
    pub latency: Duration,
}

struct Caller {
    client: Client,
    plan: Plan,
    /// Number of attempts so far.
    n_tries: AtomicUsize,
    /// Makes the senders and file ids of this run differ from those of other runs.
    base: u64,
}

impl Caller {
    /// Sends the GET that Weibo sends at binding, and checks that `echostr` comes back unchanged.
    async fn handshake(&self) -> HandshakeOutcome {
        let Some(secret) = &self.plan.app_secret else { return HandshakeOutcome::NotTried };
        let echostr = format!("echo+{}", self.base);
        let Some(mut url) = self.signed(Some(secret), 0) else { return HandshakeOutcome::NotTried };
        url.query_pairs_mut().append_pair("echostr", &echostr);
        let Ok(answer) = self.client.get(url).send().await else { return HandshakeOutcome::Silent };
        let is_right = answer.status().is_success() && answer.text().await.is_ok_and(|body| body == echostr);
        if is_right { HandshakeOutcome::Answered } else { HandshakeOutcome::Wrong }
    }

    /// Sends one message of the scenario, as often as the scenario says.
    async fn deliver(&self, number: u64) -> Vec<Delivery> {
        let messages = &self.plan.scenario.messages;
        let index = usize::try_from(number % messages.len().max(1) as u64).unwrap_or_default();
        let Some(message) = messages.get(index) else { return Vec::new() };
        let sent_at = (self.plan.now)() - TimeDelta::minutes(message.age);
        let time = created_at::format(sent_at.with_timezone(&created_at::china()));
        let Scenario { senders, receiver, .. } = self.plan.scenario;
        let fill = Fill { number, base: self.base, created_at: time, senders, receiver };
        let mut deliveries = Vec::new();
        for body in message.bodies(&fill) {
            for _ in 0..message.times.max(1) {
                deliveries.push(self.send(body.clone(), message.signature, message.expect()).await);
            }
        }
        deliveries
    }

    /// Sends a callback until the answer is as expected, at most [`TRIES`] times. A callback that the
    /// listener must refuse is sent once.
    async fn send(&self, body: Vec<u8>, signature: Signature, expected: u16) -> Delivery {
        let wrong = SecretString::from("not-the-app-secret");
        let secret = match signature {
            Signature::Right => self.plan.app_secret.as_ref(),
            Signature::Wrong => Some(&wrong),
            Signature::Missing => None,
        };
        // Without a secret the listener checks nothing, so it accepts every signature.
        let expected = if self.plan.app_secret.is_none() { 200 } else { expected };
        let mut tries = 0;
        loop {
            tries += 1;
            let sent_at = Instant::now();
            let answer = match self.signed(secret, tries) {
                Some(url) => self.client.post(url).body(body.clone()).send().await.ok(),
                None => None,
            };
            let status = answer.as_ref().map(|answer| answer.status().as_u16());
            // Only weibox's own words are repeated: those of others may hold anything.
            let has_reason = answer.as_ref().is_some_and(|answer| answer.headers().contains_key(HEADER));
            let body = match answer {
                Some(answer) => answer.bytes().await.unwrap_or_default(),
                None => bytes::Bytes::new(),
            };
            let is_expected = status == Some(expected);
            if is_expected || tries == TRIES {
                let latency = sent_at.elapsed();
                let has_reply = status == Some(200) && !body.is_empty();
                let reason = if has_reason { first_line(&body) } else { String::new() };
                return Delivery { tries, status, is_expected, has_reply, reason, latency };
            }
        }
    }

    /// Returns the next URL, signed; `None` when there is none.
    fn signed(&self, secret: Option<&SecretString>, nonce: u32) -> Option<Url> {
        let next = self.n_tries.fetch_add(1, Ordering::Relaxed);
        let mut url = self.plan.urls.get(next % self.plan.urls.len().max(1))?.clone();
        if let Some(secret) = secret {
            let timestamp = (self.plan.now)().timestamp_millis().to_string();
            let nonce = format!("{}{nonce}", self.base % 100_000_000);
            let signature = signature::sign(secret.expose_secret(), &timestamp, &nonce);
            url.query_pairs_mut()
                .append_pair("signature", &signature)
                .append_pair("timestamp", &timestamp)
                .append_pair("nonce", &nonce);
        }
        Some(url)
    }
}

/// Returns the first line of a text, shortened.
fn first_line(body: &[u8]) -> String {
    String::from_utf8_lossy(body).lines().next().unwrap_or_default().chars().take(REASON_LIMIT).collect()
}
