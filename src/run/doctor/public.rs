//! Checks the public URL with Weibo's handshake and a forged one, and explains the first difference.

use secrecy::SecretString;
use url::Url;

use crate::config::{Account, Config};
use crate::language::{Language, Words, doctor as words};
use crate::reason::{Code, handshake as reasons};
use crate::run::clock;
use crate::simulator::handshake::{Handshake, shake};

use super::ServerTime;
use super::report::FindingState::{Fine, Skipped, Wrong};
use super::report::{Finding, Topic};

/// TABLE: differences, and the hint for each.
const HINTS: &[(Code, Words)] = &[
    (reasons::HANDSHAKE_UNKNOWN_HOST, words::UNKNOWN_HOST_HINT),
    (reasons::HANDSHAKE_REFUSED, words::REFUSED_HINT),
    (reasons::HANDSHAKE_UNREACHABLE, words::TIMED_OUT_HINT),
    (reasons::HANDSHAKE_TIMED_OUT, words::TIMED_OUT_HINT),
    (reasons::HANDSHAKE_HUNG_UP, words::HUNG_UP_HINT),
    (reasons::HANDSHAKE_NO_TLS, words::NO_TLS_HINT),
    (reasons::HANDSHAKE_TLS_FAILED, words::TLS_HINT),
    (reasons::HANDSHAKE_NO_HTTP, words::NO_HTTP_HINT),
    (reasons::HANDSHAKE_REDIRECTED, words::REDIRECTED_HINT),
    (reasons::HANDSHAKE_HTML_CAME, words::HTML_HINT),
    (reasons::HANDSHAKE_WRONG_SECRET, words::WRONG_SECRET_HINT),
    (reasons::HANDSHAKE_STALE, words::CLOCK_HINT),
    (reasons::HANDSHAKE_DENIED, words::DENIED_HINT),
    (reasons::HANDSHAKE_NOT_FOUND, words::NOT_FOUND_HINT),
    (reasons::HANDSHAKE_GATEWAY, words::GATEWAY_HINT),
    (reasons::HANDSHAKE_STATUS, words::STATUS_HINT),
    (reasons::ECHO_EMPTY, words::ECHO_HINT),
    (reasons::ECHO_QUOTED, words::QUOTED_HINT),
    (reasons::ECHO_PLUS, words::PLUS_HINT),
    (reasons::ECHO_STILL_ENCODED, words::ECHO_HINT),
    (reasons::ECHO_MARKED, words::ECHO_HINT),
    (reasons::ECHO_BLANKS, words::ECHO_HINT),
    (reasons::ECHO_SURROUNDED, words::ECHO_HINT),
    (reasons::ECHO_SOMETHING_ELSE, words::ECHO_HINT),
];

/// Performs the handshake with the public URL and, if it succeeds, one that must be refused. Sets `told` to the
/// server's time, unless another server has told it.
pub(super) async fn findings(
    config: &Config,
    url: Option<&Url>,
    language: Language,
    told: &mut Option<ServerTime>,
) -> Vec<Finding> {
    let topic = Topic::new(words::HANDSHAKE, language);
    let Some(url) = url else {
        return vec![topic.found(Skipped, words::PUBLIC_NOT_ASKED, &[])];
    };
    let account = config.account_at(url.path());
    let Some(secret) = &account.app_secret else {
        return vec![topic.found(Wrong, words::PUBLIC_NO_SECRET, &[]).hint(words::SECRET_MISSING, &[])];
    };
    let shaken = shake(url, secret, clock::now).await;
    if told.is_none() {
        let by = url.host_str().unwrap_or_default().to_owned();
        *told = shaken.date.map(|date| ServerTime { at: clock::now(), date, by });
    }
    let mut findings = vec![Topic::named("URL", language).said(Fine, shown(url))];
    if !account.name.is_empty() {
        findings.push(Topic::new(words::SIGNED_AS, language).said(Fine, account.name.clone()));
    }
    findings.push(handshake(&shaken, &account, language));
    if shaken.difference.is_none() {
        findings.push(forged(url, language).await);
    }
    findings
}

/// Returns the finding for a handshake, with a hint for its difference, which may name the account's path.
pub(in crate::run) fn handshake(shaken: &Handshake, account: &Account, language: Language) -> Finding {
    let topic = Topic::new(words::HANDSHAKE, language);
    let Some(difference) = &shaken.difference else {
        return topic.found(Fine, words::HANDSHAKE_GOOD, &[&shaken.took.as_millis()]);
    };
    let finding = topic.reason(Wrong, difference);
    let Some((code, hint)) = HINTS.iter().find(|(code, _)| *code == difference.code) else { return finding };
    let is_other_path = *code == reasons::HANDSHAKE_NOT_FOUND && !account.name.is_empty();
    finding.hint(if is_other_path { words::NOT_FOUND_OF_HINT } else { *hint }, &[&account.path])
}

/// Returns a URL without its user and query, which may contain secrets.
pub(in crate::run) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Checks whether the URL accepts a call signed with another secret.
async fn forged(url: &Url, language: Language) -> Finding {
    let topic = Topic::new(words::FORGED, language);
    let answer = shake(url, &SecretString::from("not-the-app-secret"), clock::now).await;
    if answer.difference.is_some() {
        return topic.found(Fine, words::FORGED_REFUSED, &[]);
    }
    topic.found(Wrong, words::FORGED_ANSWERED, &[]).hint(words::FORGED_HINT, &[])
}
