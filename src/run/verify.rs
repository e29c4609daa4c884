//! `weibox verify`: explains the signature of a URL.

use std::io::{self, Write as _};
use std::process::ExitCode;

use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::language::commands as words;
use crate::reason::{Reason, verify};
use crate::text;
use crate::weibo::signature::explain::{Explained, explain};

/// Says what was sorted, what came out and what is likely wrong. 1 when the signature is wrong.
pub(super) fn run(config: &Config, url_or_query: &str) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    let path = url::Url::parse(url_or_query).map_or_else(|_| String::new(), |url| url.path().to_owned());
    let secret = config.account_at(&path).app_secret.ok_or_else(|| Reason::from(verify::NO_SECRET))?;
    let explained = explain(url_or_query, secret.expose_secret()).map_err(|refusal| refusal.reason())?;
    let Explained { sorted, wanted, got, fault } = explained;
    let mut out = io::stdout().lock();
    let sorted = sorted.map(|part| text::line(&part).into_owned()).join(" + ");
    writeln!(out, "{}", words::SORTED.with(language, &[&sorted]))?;
    writeln!(out, "{}", words::COMES_OUT.with(language, &[&wanted, &text::line(&got)]))?;
    let verdict =
        fault.as_ref().map_or_else(|| words::SIGNATURE_RIGHT.of(language).to_owned(), |fault| fault.of(language));
    writeln!(out, "{verdict}")?;
    out.flush()?;
    Ok(if fault.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
