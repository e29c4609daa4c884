//! Checks the settings: the config file, the lengths of the secrets, the callers that are allowed, and the warnings.

use std::os::unix::fs::MetadataExt as _;

use secrecy::{ExposeSecret as _, SecretString};

use crate::config::{Account, Config, Source, quick_replies};
use crate::language::{Language, Words, doctor as words};
use crate::listener::Tls;
use crate::reason::config::OTHERS_READ_CONFIG;
use crate::reason::{Fault, Reason};

use super::report::FindingState::{Fine, Note, Wrong};
use super::report::{Finding, Topic};

/// Write permission of the group and of others.
const WRITE: u32 = 0o022;
/// Read permission of the group and of others.
const READ: u32 = 0o044;

/// Number of characters below which an app secret is not whole. Weibo's have 32.
const SHORT: usize = 16;

/// Returns the finding for settings that cannot be used.
pub(super) fn unusable(fault: &Fault, language: Language) -> Finding {
    Topic::new(words::CONFIG_UNUSABLE, language).fault(fault)
}

/// Returns one finding for each setting that matters and one for each warning.
pub(super) fn findings(config: &Config, language: Language) -> Vec<Finding> {
    let mut findings = vec![file(config, language)];
    if config.accounts.value.is_empty() {
        let (secret_from, token_from) = (&config.app_secret.source, &config.access_token.source);
        findings.extend(secrets(&config.account_at(""), secret_from, token_from, language));
    }
    for account in &config.accounts.value {
        let from = &config.accounts.source;
        let listening = format!("{} ({})", account.path, account.name);
        findings.push(Topic::new(words::ACCOUNT, language).said(Fine, listening));
        findings.extend(secrets(account, from, from, language));
    }
    findings.extend(quick(config, language));
    findings.push(listener(config, language));
    findings.extend(tls(config, language));
    // The warning about the config file is the first finding already.
    let warnings = config.warnings.iter().filter(|warning| warning.code != OTHERS_READ_CONFIG);
    let topic = Topic::new(words::WARNING, language);
    findings.extend(warnings.map(|warning| topic.reason(Note, warning)));
    findings
}

/// Reports which secrets an account has, and where each comes from.
fn secrets(account: &Account, secret_from: &Source, token_from: &Source, language: Language) -> [Finding; 2] {
    let secret = |value: Option<&SecretString>, from: &Source, name, missing: Words| {
        let topic = Topic::new(name, language);
        let Some(value) = value else { return topic.found(Note, words::NOT_SET, &[]).hint(missing, &[&account.name]) };
        let n = value.expose_secret().len();
        let found = |mark| topic.found(mark, words::SET, &[&n, &from.reason().of(language)]);
        if name == words::APP_SECRET && n < SHORT { found(Note).hint(words::SECRET_SHORT, &[]) } else { found(Fine) }
    };
    let token_missing = if account.name.is_empty() { words::TOKEN_MISSING } else { words::TOKEN_MISSING_OF };
    [
        secret(account.app_secret.as_ref(), secret_from, words::APP_SECRET, words::SECRET_MISSING),
        secret(account.access_token.as_ref(), token_from, words::ACCESS_TOKEN, token_missing),
    ]
}

fn file(config: &Config, language: Language) -> Finding {
    let path = config.file.value.display();
    let topic = Topic::new(words::CONFIG_FILE, language);
    if !config.file_found {
        return topic.found(Fine, words::NOT_THERE, &[&path]);
    }
    let mode = config.file.value.metadata().map_or(0, |found| found.mode());
    let open = |mark, how: Words| {
        topic.said(mark, format!("{path}: {}", how.of(language))).hint(words::CHMOD, &[&"600", &path])
    };
    if mode & WRITE != 0 {
        // A user who can write the file can name the program that plays voices.
        open(Wrong, words::OTHERS_WRITE)
    } else if mode & READ != 0 {
        open(Note, words::OTHERS_READ)
    } else {
        topic.said(Fine, path.to_string())
    }
}

/// Counts the quick replies and names the files that cannot be used; no findings if there are none.
fn quick(config: &Config, language: Language) -> Vec<Finding> {
    let found = quick_replies::read(&quick_replies::place(&config.file.value));
    let topic = Topic::new(words::QUICK_REPLIES, language);
    let there = || topic.found(Fine, words::QUICK_THERE, &[&found.replies.len(), &found.directory.display()]);
    let fine = (!found.replies.is_empty()).then(there);
    let wrong = |fault: &Reason| topic.reason(Wrong, fault);
    fine.into_iter().chain(found.faults.iter().map(wrong)).collect()
}

/// Checks whether the certificate and the key can be used, if they are set.
fn tls(config: &Config, language: Language) -> Option<Finding> {
    let (certificate, key) = config.tls_cert.value.clone().zip(config.tls_key.value.clone())?;
    let topic = Topic::named("TLS", language);
    let fine = topic.found(Fine, words::TLS_PAIR, &[&certificate.display(), &key.display()]);
    Some(match Tls::open(certificate, key) {
        Ok(_) => fine,
        Err(fault) => topic.fault(&fault),
    })
}

fn listener(config: &Config, language: Language) -> Finding {
    let topic = Topic::new(words::LISTENER, language);
    if let Err(fault) = config.check_listener(config.listen.value) {
        return topic.fault(&fault);
    }
    let scheme = config.scheme();
    let accounts = config.all_accounts();
    let paths = accounts.iter().map(|account| account.path.as_str()).collect::<Vec<_>>().join(", ");
    let address = format!("{scheme}://{}{paths}", config.listen.value);
    if accounts.iter().all(|account| account.app_secret.is_some()) {
        topic.found(Fine, words::SIGNED_ONLY, &[&address])
    } else {
        topic.found(Note, words::UNSIGNED, &[&address])
    }
}
