//! One call to a robot or a webhook. The address is a secret, and is in no error.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::alert::WebHook;
use super::notice::{Notice, Show};
use super::robot::plain;
use crate::forward;
use crate::language::Language;
use crate::reason::{Reason, forward as failed};

/// Longer answers are not read.
const ANSWER_LIMIT: usize = 64 << 10;
/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A pause that is asked for counts up to this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Why it was not taken, and how long whoever should take it wants to be left alone.
pub(super) type NotTaken = (Reason, Option<Duration>);

/// What an alert says, and in which language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saying<'a> {
    pub(super) notice: &'a Notice,
    pub(super) show: Show,
    pub(super) language: Language,
    /// From 1.
    pub(super) attempt: u32,
}

/// Sends it, and says what came back.
pub(super) async fn call(
    client: &Client,
    hook: &WebHook,
    saying: Saying<'_>,
    now: DateTime<Utc>,
) -> Result<String, NotTaken> {
    let called = tokio::time::timeout(TIMEOUT, send(client, hook, saying, now)).await;
    called.unwrap_or_else(|_elapsed| {
        let millis = u64::try_from(TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        Err((failed::TARGET_SLOW.with(millis), None))
    })
}

async fn send(client: &Client, hook: &WebHook, saying: Saying<'_>, now: DateTime<Utc>) -> Result<String, NotTaken> {
    let Saying { notice, show, language, attempt } = saying;
    let (mut body, mut url) = (body(hook, notice, show, language), hook.url.clone());
    if let Some(secret) = &hook.secret {
        hook.robot.sign(secret.expose_secret(), now, &mut body, &mut url);
    }
    let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string());
    if hook.robot.is_webhook() {
        request = request.header("x-weibox-alert-id", &notice.id).header("x-weibox-attempt", attempt);
    }
    let response = request.send().await;
    let response = response.map_err(|error| (failed::TARGET_NOT_REACHED.with(forward::cause(&error)), None))?;
    let status = response.status();
    if !status.is_success() {
        let reason = failed::TARGET_REFUSED.with(status.as_u16());
        let is_limited = matches!(status, StatusCode::TOO_MANY_REQUESTS) || status.is_server_error();
        return Err((reason, pause(&response).filter(|_| is_limited)));
    }
    hook.robot.judge(&read(response).await?)
}

fn body(hook: &WebHook, notice: &Notice, show: Show, language: Language) -> Value {
    match &hook.template {
        Some(template) => template.fill(&notice.to_json(show, language)),
        None => hook.robot.body(notice, show, language),
    }
}

/// The seconds that `Retry-After` asks for.
fn pause(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

async fn read(mut response: Response) -> Result<Vec<u8>, NotTaken> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_LIMIT => {
                return Err((failed::ANSWER_TOO_LONG.with(ANSWER_LIMIT), None));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err((failed::TARGET_BROKE_OFF.with(forward::cause(&error)), None)),
        }
    }
}

/// The words for the desktop, which may read tags in them.
pub(super) fn desktop_words(saying: Saying<'_>) -> (String, String) {
    (plain(&saying.notice.title()), plain(&saying.notice.words(saying.show, saying.language)))
}
