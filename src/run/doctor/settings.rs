//! What the settings say: the config file, the secrets by their length, who may call, and what was warned of.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use crate::config::{self, Config, Setting};
use crate::language::{Language, Words, doctor as words};

use super::report::{Finding, Mark};

/// Others may write.
const WRITE: u32 = 0o022;
/// Others may read.
const READ: u32 = 0o044;

/// Settings that cannot be used.
pub(super) fn unusable(error: &config::Error, language: Language) -> Finding {
    let finding = Finding::new(Mark::Wrong, words::CONFIG_UNUSABLE.of(language), error.to_string());
    match error.hint() {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

/// One finding a setting that matters, and one a warning.
pub(super) fn findings(config: &Config, language: Language) -> Vec<Finding> {
    let mut findings = vec![
        file(config, language),
        secret(&config.app_secret, words::APP_SECRET, words::SECRET_MISSING, language),
        secret(&config.access_token, words::ACCESS_TOKEN, words::TOKEN_MISSING, language),
        listener(config, language),
    ];
    let warning = |warning: &String| Finding::new(Mark::Note, words::WARNING.of(language), warning);
    findings.extend(config.warnings.iter().map(warning));
    findings
}

fn file(config: &Config, language: Language) -> Finding {
    let path = config.file.value.display();
    let finding = |mark, value: String| Finding::new(mark, words::CONFIG_FILE.of(language), value);
    if !config.file_found {
        return finding(Mark::Fine, words::NOT_THERE.with(language, &[&path]));
    }
    let mode = mode(&config.file.value).unwrap_or_default();
    let open = |mark, how: Words| {
        let chmod = words::CHMOD.with(language, &[&"600", &path]);
        finding(mark, format!("{path}: {}", how.of(language))).hint(chmod)
    };
    if mode & WRITE != 0 {
        // Whoever writes it names the program that plays voices.
        open(Mark::Wrong, words::OTHERS_WRITE)
    } else if mode & READ != 0 {
        open(Mark::Note, words::OTHERS_READ)
    } else {
        finding(Mark::Fine, path.to_string())
    }
}

fn mode(path: &Path) -> Option<u32> {
    Some(path.metadata().ok()?.mode())
}

fn secret(secret: &Setting<Option<SecretString>>, name: Words, missing: Words, language: Language) -> Finding {
    let name = name.of(language);
    match &secret.value {
        Some(value) => {
            let length = value.expose_secret().len();
            Finding::new(Mark::Fine, name, words::SET.with(language, &[&length, &secret.source]))
        }
        None => Finding::new(Mark::Note, name, words::NOT_SET.of(language)).hint(missing.of(language)),
    }
}

fn listener(config: &Config, language: Language) -> Finding {
    let name = words::LISTENER.of(language);
    if let Err(error) = config.check_listener() {
        let hint = error.hint().unwrap_or_default();
        return Finding::new(Mark::Wrong, name, error.to_string()).hint(hint);
    }
    let scheme = if config.tls_cert.value.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}{}", config.listen.value, config.path.value);
    match config.app_secret.value {
        Some(_) => Finding::new(Mark::Fine, name, words::SIGNED_ONLY.with(language, &[&address])),
        None => Finding::new(Mark::Note, name, words::UNSIGNED.with(language, &[&address])),
    }
}
