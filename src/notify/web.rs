//! One call to a robot or a webhook. The URL is a secret, and appears in no error.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::alert::WebHook;
use super::notice::{Notice, Show};
use super::robot::plain;
use crate::forward;
use crate::language::Language;
use crate::reason::{Reason, forward as failed};
use crate::web;

/// The maximum size of an answer, in bytes.
const ANSWER_LIMIT: usize = 64 << 10;
/// The timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest pause that a receiver can ask for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Why a call was not accepted, and how long the receiver asks to be left alone.
pub(super) type NotTaken = (Reason, Option<Duration>);

/// A notice, with how and in which language to phrase it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saying<'a> {
    pub(super) notice: &'a Notice,
    pub(super) show: Show,
    pub(super) language: Language,
    /// Counts from 1.
    pub(super) attempt: u32,
}

/// Sends the notice, and returns what the receiver answered.
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
    let response = response.map_err(|error| (forward::unanswered(&error), None))?;
    let status = response.status();
    if !status.is_success() {
        let reason = failed::TARGET_REFUSED.with(status.as_u16());
        let is_limited = matches!(status, StatusCode::TOO_MANY_REQUESTS) || status.is_server_error();
        let pause = web::retry_after(&response, Some(now)).map(|pause| pause.min(LONGEST_PAUSE));
        return Err((reason, pause.filter(|_| is_limited)));
    }
    hook.robot.judge(&read(response).await?)
}

fn body(hook: &WebHook, notice: &Notice, show: Show, language: Language) -> Value {
    match &hook.template {
        Some(template) => template.fill(&notice.to_json(show, language)),
        None => hook.robot.body(notice, show, language),
    }
}

async fn read(response: Response) -> Result<Vec<u8>, NotTaken> {
    match web::read(response, ANSWER_LIMIT + 1).await {
        Ok(body) if body.len() > ANSWER_LIMIT => Err((failed::ANSWER_TOO_LONG.with(ANSWER_LIMIT), None)),
        Ok(body) => Ok(body),
        Err(error) => Err((failed::TARGET_BROKE_OFF.with(forward::cause(&error)), None)),
    }
}

/// Returns title and text for the desktop, which may interpret tags.
pub(super) fn desktop_words(saying: Saying<'_>) -> (String, String) {
    (plain(&saying.notice.title()), plain(&saying.notice.words(saying.show, saying.language)))
}
