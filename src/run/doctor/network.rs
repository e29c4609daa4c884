//! Checks the port, the tokens and the clock.

use std::io::ErrorKind;
use std::net::TcpListener;

use secrecy::SecretString;

use crate::archive::Lock;
use crate::config::Config;
use crate::download::{self, Checked, TokenVerdict};
use crate::language::{Language, doctor as words};
use crate::reason::Reason;
use crate::run::clock;
use crate::run::download::download_settings;

use super::report::FindingState::{Fine, Note, Skipped, Wrong};
use super::report::{Finding, Topic};
use super::{ServerTime, port};

/// The maximum difference of a correct clock: an HTTP date has whole seconds, and the response took time to arrive.
const TOLERANCE_S: i64 = 30;

/// Checks whether the listener could bind its port, and which process has it if not.
pub(super) fn port(config: &Config, language: Language) -> Finding {
    let topic = Topic::new(words::PORT, language);
    let address = config.listen.value;
    let error = match TcpListener::bind(address) {
        Ok(_free) => return topic.found(Fine, words::PORT_FREE, &[&address]),
        Err(error) => error,
    };
    if error.kind() != ErrorKind::AddrInUse {
        let reason = Reason::from(&error).of(language);
        return topic.found(Wrong, words::PORT_DENIED, &[&address, &reason]).hint(words::PORT_DENIED_HINT, &[]);
    }
    if let Some(ours) = Lock::holder(&config.data_dir.value) {
        return topic.found(Fine, words::PORT_OURS, &[&address, &Lock::words(&ours).of(language)]);
    }
    let holder = port::holder(address.port()).unwrap_or_else(|| words::ANOTHER_PROGRAM.of(language).to_owned());
    topic.found(Wrong, words::PORT_TAKEN, &[&address, &holder]).hint(words::PORT_TAKEN_HINT, &[])
}

/// Tries the token of every account if the user asked for that; also returns what the server's clock showed.
pub(super) async fn tokens(config: &Config, is_asked: bool, language: Language) -> (Option<ServerTime>, Vec<Finding>) {
    if !is_asked {
        let topic = Topic::new(words::TOKEN_CALL, language);
        return (None, vec![topic.found(Skipped, words::TOKEN_NOT_ASKED, &[])]);
    }
    let (mut told, mut findings) = (None, Vec::new());
    for account in config.all_accounts() {
        let (newly_told, finding) = token(config, &account.name, account.access_token, language).await;
        told = told.or(newly_told);
        findings.push(finding);
    }
    (told, findings)
}

/// Tries the token of the account with this name; also returns what the server's clock showed.
pub(in crate::run) async fn token(
    config: &Config,
    account: &str,
    token: Option<SecretString>,
    language: Language,
) -> (Option<ServerTime>, Finding) {
    let topic = match account {
        "" => Topic::new(words::TOKEN_CALL, language),
        name => Topic::named(words::TOKEN_OF.with(language, &[&name]), language),
    };
    let checked = download::check_token(download_settings(config), token).await;
    let Some(Checked { verdict, date }) = checked else {
        return (None, topic.found(Wrong, words::TOKEN_NOTHING, &[]));
    };
    let by = config.media_url.value.host_str().unwrap_or_default().to_owned();
    let finding = match verdict {
        TokenVerdict::Accepted => topic.found(Fine, words::TOKEN_ACCEPTED, &[&by]),
        TokenVerdict::Refused(reason) => {
            topic.found(Wrong, words::TOKEN_REFUSED, &[&reason.of(language)]).hint(words::TOKEN_REFUSED_HINT, &[])
        }
        TokenVerdict::Unclear(reason) => {
            topic.found(Note, words::TOKEN_UNCLEAR, &[&reason.of(language)]).hint(words::TOKEN_UNCLEAR_HINT, &[])
        }
    };
    (date.map(|date| ServerTime { at: clock::now(), date, by }), finding)
}

/// Compares this machine's clock with the date of a response to another check.
pub(super) fn clock(told: Option<&ServerTime>, has_asked: bool, language: Language) -> Finding {
    let topic = Topic::new(words::CLOCK, language);
    let Some(ServerTime { at, date, by }) = told else {
        let why = if has_asked { words::CLOCK_NO_DATE } else { words::CLOCK_NOT_ASKED };
        return topic.found(Skipped, why, &[]);
    };
    let ahead = at.signed_duration_since(*date).num_seconds();
    if ahead.abs() <= TOLERANCE_S {
        return topic.found(Fine, words::CLOCK_RIGHT, &[by]);
    }
    let words = if ahead > 0 { words::CLOCK_AHEAD } else { words::CLOCK_BEHIND };
    topic.found(Wrong, words, &[&ahead.abs(), by]).hint(words::CLOCK_HINT, &[])
}
