//! The port, the token and the clock.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::archive::Lock;
use crate::config::{Account, Config};
use crate::download::{self, Checked, TokenVerdict};
use crate::language::{Language, doctor as words};
use crate::reason::Reason;
use crate::run::clock;
use crate::run::fetching::download_settings;

use super::report::{Finding, FindingState};
use super::{Told, port};

/// An HTTP date has whole seconds, and the answer was on its way; beyond this a clock is off.
const TOLERANCE_S: i64 = 30;

/// Whether the listener would get its port, and who has it if not.
pub(super) fn port(config: &Config, language: Language) -> Finding {
    let name = words::PORT.of(language);
    let address = config.listen.value;
    let error = match TcpListener::bind(address) {
        Ok(_free) => return Finding::new(FindingState::Fine, name, words::PORT_FREE.with(language, &[&address])),
        Err(error) => error,
    };
    if error.kind() != ErrorKind::AddrInUse {
        return Finding::new(
            FindingState::Wrong,
            name,
            words::PORT_DENIED.with(language, &[&address, &Reason::from(&error).of(language)]),
        )
        .hint(words::PORT_DENIED_HINT.of(language));
    }
    if let Some(ours) = Lock::holder(&config.data_dir.value) {
        return Finding::new(FindingState::Fine, name, words::PORT_OURS.with(language, &[&address, &ours]));
    }
    let holder = port::holder(address.port()).unwrap_or_else(|| words::ANOTHER_PROGRAM.of(language).to_owned());
    Finding::new(FindingState::Wrong, name, words::PORT_TAKEN.with(language, &[&address, &holder]))
        .hint(words::PORT_TAKEN_HINT.of(language))
}

/// Tries the token of every account if that is asked for; also what time it is there.
pub(super) async fn tokens(config: &Config, is_asked: bool, language: Language) -> (Option<Told>, Vec<Finding>) {
    if !is_asked {
        let name = words::TOKEN_CALL.of(language);
        return (None, vec![Finding::new(FindingState::Skipped, name, words::TOKEN_NOT_ASKED.of(language))]);
    }
    let (mut told, mut findings) = (None, Vec::new());
    for account in config.all_accounts() {
        let (newly_told, finding) = token(config, account, language).await;
        told = told.or(newly_told);
        findings.push(finding);
    }
    (told, findings)
}

async fn token(config: &Config, account: Account, language: Language) -> (Option<Told>, Finding) {
    let name = match account.name.as_str() {
        "" => words::TOKEN_CALL.of(language).to_owned(),
        name => words::TOKEN_OF.with(language, &[&name]),
    };
    let checked = download::check_token(download_settings(config), account.access_token).await;
    let Some(Checked { verdict, date }) = checked else {
        return (None, Finding::new(FindingState::Skipped, name, words::TOKEN_NOTHING.of(language)));
    };
    let by = config.media_url.value.host_str().unwrap_or_default().to_owned();
    let finding = match verdict {
        TokenVerdict::Accepted => Finding::new(FindingState::Fine, name, words::TOKEN_ACCEPTED.with(language, &[&by])),
        TokenVerdict::Refused(reason) => {
            Finding::new(FindingState::Wrong, name, words::TOKEN_REFUSED.with(language, &[&reason.of(language)]))
                .hint(words::TOKEN_REFUSED_HINT.of(language))
        }
        TokenVerdict::Unclear(reason) => {
            Finding::new(FindingState::Note, name, words::TOKEN_UNCLEAR.with(language, &[&reason.of(language)]))
                .hint(words::TOKEN_UNCLEAR_HINT.of(language))
        }
    };
    (date.map(|date| Told { at: clock::now(), date, by }), finding)
}

/// Our clock beside that of a server which was asked for something else anyway.
pub(super) fn clock(told: Option<&Told>, has_asked: bool, language: Language) -> Finding {
    let name = words::CLOCK.of(language);
    let Some(Told { at, date, by }) = told else {
        let why = if has_asked { words::CLOCK_NO_DATE } else { words::CLOCK_NOT_ASKED };
        return Finding::new(FindingState::Skipped, name, why.of(language));
    };
    let ahead = at.signed_duration_since(*date).num_seconds();
    if ahead.abs() <= TOLERANCE_S {
        return Finding::new(FindingState::Fine, name, words::CLOCK_RIGHT.with(language, &[by]));
    }
    let words = if ahead > 0 { words::CLOCK_AHEAD } else { words::CLOCK_BEHIND };
    Finding::new(FindingState::Wrong, name, words.with(language, &[&ahead.abs(), by]))
        .hint(words::CLOCK_HINT.of(language))
}
