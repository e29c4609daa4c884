//! `weibox verify`: explains the signature of a URL.

use std::io::Write as _;
use std::process::ExitCode;

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::language::{Language, commands as words, words as units};
use crate::reason::{Reason, verify};
use crate::text;
use crate::weibo::signature::explain::{Explained, call_in, explain};

use super::clock;
use super::report::stdout;

/// Prints the sorted values, the time of the signature, the computed signature beside the one received, and the
/// likely fault. The exit code is 1 if the signature is wrong.
pub(super) fn run(config: &Config, pasted: &str) -> anyhow::Result<ExitCode> {
    let language = config.language.value;
    let call = call_in(pasted).split('?').next().unwrap_or_default();
    // Logs contain only the path.
    let path = url::Url::parse(call).map_or_else(|_| call.to_owned(), |url| url.path().to_owned());
    let secret = config.account_at(&path).app_secret.ok_or_else(|| Reason::from(verify::NO_SECRET))?;
    let Explained { sorted, wanted, got, signed_at, escape, fault } = explain(pasted, secret.expose_secret())?;
    let mut out = stdout();
    if let Some(escape) = escape {
        writeln!(out, "{}", words::ESCAPED_AMPERSAND.with(language, &[&escape]))?;
    }
    let part = |part: Option<String>| {
        part.map_or_else(|| words::SECRET_STANDS_HERE.of(language).to_owned(), |part| text::line(&part).into_owned())
    };
    let sorted = sorted.map(part).join(" + ");
    writeln!(out, "{}", words::SORTED.with(language, &[&sorted]))?;
    if let Some(signed_at) = signed_at {
        let time = signed_at.format("%Y-%m-%d %H:%M:%S UTC");
        let age = age(clock::now() - signed_at, language);
        writeln!(out, "{}", words::SIGNED_AT.with(language, &[&time, &age]))?;
    }
    writeln!(out, "{}", words::COMES_OUT.with(language, &[&wanted, &text::line(&got)]))?;
    let verdict =
        fault.as_ref().map_or_else(|| words::SIGNATURE_RIGHT.of(language).to_owned(), |fault| fault.of(language));
    writeln!(out, "{verdict}")?;
    out.flush()?;
    Ok(if fault.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Describes how old a signature is, because many bots refuse one that is minutes old. It may be in the future, as
/// clocks differ.
fn age(passed: TimeDelta, language: Language) -> String {
    let length = passed.abs();
    let (unit, n) = match (length.num_days(), length.num_hours()) {
        (days @ 1.., _) => (units::LEFT_DAYS, days),
        (_, hours @ 1..) => (units::LEFT_HOURS, hours),
        _ => (units::LEFT_MINUTES, length.num_minutes()),
    };
    let length = unit.with(language, &[&n]);
    let words = if passed < TimeDelta::zero() { words::SIGNED_LATER } else { units::AGO };
    words.with(language, &[&length])
}
