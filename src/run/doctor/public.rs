//! The public URL: Weibo's handshake with it, a forged one, and the first difference in words for people.

use secrecy::SecretString;
use url::Url;

use crate::config::{Account, Config};
use crate::language::{Language, doctor as words};
use crate::reason::Reason;
use crate::run::clock;
use crate::simulator::handshake::{Difference, Handshake, shake};

use super::Told;
use super::report::FindingState::{Fine, Skipped, Wrong};
use super::report::{Finding, Topic};

/// Does the handshake with the public URL, and if that is right, one that must be refused. `told` gets to know what time it
/// is there, unless somebody else has said so.
pub(super) async fn findings(
    config: &Config,
    url: Option<&Url>,
    language: Language,
    told: &mut Option<Told>,
) -> Vec<Finding> {
    let topic = Topic::new(words::HANDSHAKE, language);
    let Some(url) = url else {
        return vec![topic.found(Skipped, words::PUBLIC_NOT_ASKED, &[])];
    };
    let account = config.account_at(url.path());
    let Some(secret) = &account.app_secret else {
        return vec![topic.found(Wrong, words::PUBLIC_NO_SECRET, &[]).hint(words::SECRET_MISSING, &[])];
    };
    let Handshake { difference, date, took } = shake(url, secret, clock::now).await;
    if told.is_none() {
        let by = url.host_str().unwrap_or_default().to_owned();
        *told = date.map(|date| Told { at: clock::now(), date, by });
    }
    let mut findings = vec![Topic::named("URL", language).said(Fine, shown(url))];
    if !account.name.is_empty() {
        findings.push(Topic::new(words::SIGNED_AS, language).said(Fine, account.name.clone()));
    }
    if let Some(difference) = difference {
        let (what, hint) = explain(&difference, &account, language);
        findings.push(topic.said(Wrong, what).remedy(hint.map(Reason::other).as_ref()));
    } else {
        findings.extend([topic.found(Fine, words::HANDSHAKE_GOOD, &[&took.as_millis()]), forged(url, language).await]);
    }
    findings
}

/// Without user and query, which may hold anything.
pub(in crate::run) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Whether a call with another secret is answered as if it were Weibo's.
async fn forged(url: &Url, language: Language) -> Finding {
    let topic = Topic::new(words::FORGED, language);
    let answer = shake(url, &SecretString::from("not-the-app-secret"), clock::now).await;
    if answer.difference.is_some() {
        return topic.found(Fine, words::FORGED_REFUSED, &[]);
    }
    topic.found(Wrong, words::FORGED_ANSWERED, &[]).hint(words::FORGED_HINT, &[])
}

/// A difference in plain words, and what to do about it.
pub(in crate::run) fn explain(
    difference: &Difference,
    account: &Account,
    language: Language,
) -> (String, Option<String>) {
    let (what, values, hint): (_, Vec<&dyn std::fmt::Display>, _) = match difference {
        Difference::NoClient(reason) => (words::NO_CLIENT, vec![reason], None),
        Difference::UnknownHost(host) => (words::UNKNOWN_HOST, vec![host], Some(words::UNKNOWN_HOST_HINT)),
        Difference::Refused => (words::REFUSED, vec![], Some(words::REFUSED_HINT)),
        Difference::Unreachable(reason) => (words::UNREACHABLE, vec![reason], Some(words::TIMED_OUT_HINT)),
        Difference::TimedOut => (words::TIMED_OUT, vec![], Some(words::TIMED_OUT_HINT)),
        Difference::HungUp => (words::HUNG_UP, vec![], Some(words::HUNG_UP_HINT)),
        Difference::NoTls => (words::NO_TLS, vec![], Some(words::NO_TLS_HINT)),
        Difference::Tls(reason) => (words::TLS_FAILED, vec![reason], Some(words::TLS_HINT)),
        Difference::NoHttp => (words::NO_HTTP, vec![], Some(words::NO_HTTP_HINT)),
        Difference::Redirected(status, to) => (words::REDIRECTED, vec![status, to], Some(words::REDIRECTED_HINT)),
        Difference::Html(status, said) => (words::HTML_CAME, vec![status, said], Some(words::HTML_HINT)),
        Difference::WrongSecret => (words::WRONG_SECRET, vec![], Some(words::WRONG_SECRET_HINT)),
        Difference::Stale => (words::STALE, vec![], Some(words::CLOCK_HINT)),
        Difference::Denied(status, said) => (words::DENIED, vec![status, said], Some(words::DENIED_HINT)),
        Difference::NotFound(said) => {
            let is_only = account.name.is_empty();
            let hint = if is_only { words::NOT_FOUND_HINT } else { words::NOT_FOUND_OF_HINT };
            let hint = hint.with(language, &[&account.path]);
            return (words::NOT_FOUND.with(language, &[said]), Some(hint));
        }
        Difference::Gateway(status) => (words::GATEWAY, vec![status], Some(words::GATEWAY_HINT)),
        Difference::Status(status, said) => (words::STATUS, vec![status, said], Some(words::STATUS_HINT)),
        Difference::Empty => (words::EMPTY, vec![], Some(words::ECHO_HINT)),
        Difference::Quoted => (words::QUOTED, vec![], Some(words::QUOTED_HINT)),
        Difference::PlusIsSpace => (words::PLUS, vec![], Some(words::PLUS_HINT)),
        Difference::StillEncoded => (words::STILL_ENCODED, vec![], Some(words::ECHO_HINT)),
        Difference::Marked => (words::MARKED, vec![], Some(words::ECHO_HINT)),
        Difference::Blanks => (words::BLANKS, vec![], Some(words::ECHO_HINT)),
        Difference::Surrounded(said) => (words::SURROUNDED, vec![said], Some(words::ECHO_HINT)),
        Difference::SomethingElse(said) => (words::SOMETHING_ELSE, vec![said], Some(words::ECHO_HINT)),
    };
    (what.with(language, &values), hint.map(|hint| hint.of(language).to_owned()))
}
