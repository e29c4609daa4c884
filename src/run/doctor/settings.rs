//! What the settings say: the config file, the secrets by their length, who may call, and what was warned of.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use crate::config::{self, Account, Config, Source, quick_replies};
use crate::language::{Language, Words, doctor as words};
use crate::listener::Tls;
use crate::reason::Reason;
use crate::reason::config::OTHERS_READ_CONFIG;

use super::report::{Finding, FindingState};

/// Others may write.
const WRITE: u32 = 0o022;
/// Others may read.
const READ: u32 = 0o044;

/// Settings that cannot be used.
pub(super) fn unusable(error: &config::Error, language: Language) -> Finding {
    let finding = Finding::new(FindingState::Wrong, words::CONFIG_UNUSABLE.of(language), error.reason().of(language));
    match error.hint() {
        Some(hint) => finding.hint(hint.of(language)),
        None => finding,
    }
}

/// One finding a setting that matters, and one a warning.
pub(super) fn findings(config: &Config, language: Language) -> Vec<Finding> {
    let mut findings = vec![file(config, language)];
    if config.accounts.value.is_empty() {
        let (secret_from, token_from) = (&config.app_secret.source, &config.access_token.source);
        findings.extend(secrets(&config.account_at(""), secret_from, token_from, language));
    }
    for account in &config.accounts.value {
        let from = &config.accounts.source;
        let listening = format!("{} ({})", account.path, account.name);
        findings.push(Finding::new(FindingState::Fine, words::ACCOUNT.of(language), listening));
        findings.extend(secrets(account, from, from, language));
    }
    findings.extend(quick(config, language));
    findings.push(listener(config, language));
    findings.extend(tls(config, language));
    let warning =
        |warning: &Reason| Finding::new(FindingState::Note, words::WARNING.of(language), warning.of(language));
    // That of the file was told as the first one.
    let warnings = config.warnings.iter().filter(|warning| warning.code != OTHERS_READ_CONFIG);
    findings.extend(warnings.map(warning));
    findings
}

/// What an account has of secrets, and where each comes from.
fn secrets(account: &Account, secret_from: &Source, token_from: &Source, language: Language) -> [Finding; 2] {
    let secret_missing = words::SECRET_MISSING.of(language).to_owned();
    let token_missing = match account.name.as_str() {
        "" => words::TOKEN_MISSING.of(language).to_owned(),
        name => words::TOKEN_MISSING_OF.with(language, &[&name]),
    };
    [
        secret(account.app_secret.as_ref(), secret_from, words::APP_SECRET, &secret_missing, language),
        secret(account.access_token.as_ref(), token_from, words::ACCESS_TOKEN, &token_missing, language),
    ]
}

fn file(config: &Config, language: Language) -> Finding {
    let path = config.file.value.display();
    let finding = |mark, value: String| Finding::new(mark, words::CONFIG_FILE.of(language), value);
    if !config.file_found {
        return finding(FindingState::Fine, words::NOT_THERE.with(language, &[&path]));
    }
    let mode = mode(&config.file.value).unwrap_or_default();
    let open = |mark, how: Words| {
        let chmod = words::CHMOD.with(language, &[&"600", &path]);
        finding(mark, format!("{path}: {}", how.of(language))).hint(chmod)
    };
    if mode & WRITE != 0 {
        // Whoever writes it names the program that plays voices.
        open(FindingState::Wrong, words::OTHERS_WRITE)
    } else if mode & READ != 0 {
        open(FindingState::Note, words::OTHERS_READ)
    } else {
        finding(FindingState::Fine, path.to_string())
    }
}

/// How many quick replies there are, and which files cannot be used; nothing where there is none.
fn quick(config: &Config, language: Language) -> Vec<Finding> {
    let found = quick_replies::read(&quick_replies::place(&config.file.value));
    let name = words::QUICK_REPLIES.of(language);
    let there = words::QUICK_THERE.with(language, &[&found.replies.len(), &found.directory.display()]);
    let fine = (!found.replies.is_empty()).then(|| Finding::new(FindingState::Fine, name, there));
    let wrong = |fault: &Reason| Finding::new(FindingState::Wrong, name, fault.of(language));
    fine.into_iter().chain(found.faults.iter().map(wrong)).collect()
}

fn mode(path: &Path) -> Option<u32> {
    Some(path.metadata().ok()?.mode())
}

fn secret(value: Option<&SecretString>, from: &Source, name: Words, missing: &str, language: Language) -> Finding {
    let name = name.of(language);
    match value {
        Some(value) => {
            let length = value.expose_secret().len();
            Finding::new(FindingState::Fine, name, words::SET.with(language, &[&length, &from.reason().of(language)]))
        }
        None => Finding::new(FindingState::Note, name, words::NOT_SET.of(language)).hint(missing),
    }
}

/// Whether certificate and key can be used, where they are set.
fn tls(config: &Config, language: Language) -> Option<Finding> {
    let (certificate, key) = config.tls_cert.value.clone().zip(config.tls_key.value.clone())?;
    let fine = words::TLS_PAIR.with(language, &[&certificate.display(), &key.display()]);
    Some(match Tls::open(certificate, key) {
        Ok(_) => Finding::new(FindingState::Fine, "TLS", fine),
        Err(error) => {
            Finding::new(FindingState::Wrong, "TLS", error.reason().of(language)).hint(error.hint().of(language))
        }
    })
}

fn listener(config: &Config, language: Language) -> Finding {
    let name = words::LISTENER.of(language);
    if let Err(error) = config.check_listener(config.listen.value) {
        let finding = Finding::new(FindingState::Wrong, name, error.reason().of(language));
        return error.hint().map(|hint| hint.of(language)).into_iter().fold(finding, Finding::hint);
    }
    let scheme = config.scheme();
    let accounts = config.all_accounts();
    let paths = accounts.iter().map(|account| account.path.as_str()).collect::<Vec<_>>().join(", ");
    let address = format!("{scheme}://{}{paths}", config.listen.value);
    if accounts.iter().all(|account| account.app_secret.is_some()) {
        Finding::new(FindingState::Fine, name, words::SIGNED_ONLY.with(language, &[&address]))
    } else {
        Finding::new(FindingState::Note, name, words::UNSIGNED.with(language, &[&address]))
    }
}
