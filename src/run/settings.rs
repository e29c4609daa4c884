//! `weibox config`: the settings in force and where each came from. Of a secret it says only how long it is.

use std::io::{self, Write};
use std::path::PathBuf;

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::names::{self, Name};
use crate::config::{self, Account, Config, Setting};
use crate::controls::keymap::Keymap;
use crate::text;

/// Prints one line a setting: name, value, source.
///
/// # Errors
///
/// When `out` does not take it.
pub fn run(out: &mut impl Write, config: &Config) -> io::Result<()> {
    let rows = rows(config);
    let width = |column: fn(&Row) -> &str| rows.iter().map(|row| text::width(column(row))).max().unwrap_or_default();
    let (names, values) = (width(|row| row.name), width(|row| &row.value));
    for row in &rows {
        // Padded by hand: the formatter counts characters, and a Chinese one is two cells wide.
        let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(text::width(cell)));
        let (after_name, after_value) = (pad(row.name, names), pad(&row.value, values));
        writeln!(out, "{}{after_name}  {}{after_value}  {}", row.name, row.value, row.source)?;
    }
    Ok(())
}

struct Row {
    name: &'static str,
    value: String,
    source: String,
}

/// The settings in the order of [`names::ALL`]. The pattern is complete, so that no setting can be forgotten here.
#[expect(clippy::too_many_lines, reason = "one line a setting")]
fn rows(config: &Config) -> Vec<Row> {
    let Config {
        file,
        file_found,
        listen,
        path,
        data_dir,
        media_url,
        app_secret,
        access_token,
        accounts,
        insecure_accept_unsigned,
        body_limit,
        tls_cert,
        tls_key,
        trusted_proxies,
        allow,
        signature_max_age,
        download,
        retention,
        voice_player,
        position_datum,
        language,
        theme,
        glyphs,
        images,
        mouse,
        tabs,
        keymap,
        replies,
        log,
        home: _,
        surroundings: _,
        warnings: _,
    } = config;
    let file_value = format!("{}{}", file.value.display(), if *file_found { "" } else { " (not there)" });
    vec![
        row(names::FILE, file, |_| file_value),
        row(names::LISTEN, listen, ToString::to_string),
        row(names::PATH, path, Clone::clone),
        row(names::DATA_DIR, data_dir, |directory| directory.display().to_string()),
        row(names::MEDIA_URL, media_url, ToString::to_string),
        row(names::APP_SECRET, app_secret, masked),
        row(names::ACCESS_TOKEN, access_token, masked),
        row(names::ACCOUNT, accounts, |accounts| {
            let named = accounts.iter().map(|Account { name, path, .. }| format!("{name} at {path}"));
            if accounts.is_empty() { "one".to_owned() } else { named.collect::<Vec<_>>().join(", ") }
        }),
        row(names::INSECURE_ACCEPT_UNSIGNED, insecure_accept_unsigned, ToString::to_string),
        row(names::TLS_CERT, tls_cert, path_or_none),
        row(names::TLS_KEY, tls_key, path_or_none),
        row(names::BODY_LIMIT, body_limit, ToString::to_string),
        row(names::TRUSTED_PROXIES, trusted_proxies, |networks| list(networks)),
        row(names::ALLOW, allow, |networks| list(networks)),
        row(names::SIGNATURE_MAX_AGE, signature_max_age, |age| age.unwrap_or_default().as_secs().to_string()),
        row(names::DOWNLOAD_AUTO, &download.auto, |auto| auto.name().to_owned()),
        row(names::DOWNLOAD_TYPES, &download.types, |kinds| {
            list(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
        }),
        row(names::DOWNLOAD_PATH, &download.path, |template| template.text().to_owned()),
        row(names::DOWNLOAD_CONCURRENCY, &download.concurrency, ToString::to_string),
        row(names::DOWNLOAD_BANDWIDTH, &download.bandwidth, size),
        row(names::DOWNLOAD_MAX_BYTES, &download.max_bytes, ToString::to_string),
        row(names::RETENTION_MAX_AGE, &retention.max_age, age),
        row(names::RETENTION_MAX_SIZE, &retention.max_size, size),
        row(names::RETENTION_MEDIA_MAX_SIZE, &retention.media_max_size, size),
        row(names::VOICE_PLAYER, voice_player, Clone::clone),
        row(names::POSITION_DATUM, position_datum, |assumed| assumed.name().to_owned()),
        row(names::LANGUAGE, language, |language| language.name().to_owned()),
        row(names::THEME, theme, |theme| theme.name().to_owned()),
        row(names::GLYPHS, glyphs, |glyphs| glyphs.name().to_owned()),
        row(names::IMAGES, images, |images| images.name().to_owned()),
        row(names::MOUSE, mouse, ToString::to_string),
        row(names::TABS, tabs, |tabs| several(tabs.len(), "tab")),
        row(names::KEYS, keymap, |keymap| {
            if *keymap == Keymap::default() { "as in the help" } else { "changed" }.to_owned()
        }),
        row(names::REPLY, replies, |rules| several(rules.len(), "rule")),
        row(names::LOG, log, ToString::to_string),
    ]
}

fn row<T>(name: &Name, setting: &Setting<T>, show: impl FnOnce(&T) -> String) -> Row {
    let [value, source] = [show(&setting.value), setting.source.to_string()];
    Row { name: name.name, value: text::line(&value).into_owned(), source: text::line(&source).into_owned() }
}

#[expect(clippy::ref_option, reason = "a field is shown where it is")]
fn path_or_none(path: &Option<PathBuf>) -> String {
    path.as_ref().map_or_else(|| "not set".to_owned(), |path| path.display().to_string())
}

/// As it would stand in the file, less the quotes.
fn list(entries: &[impl ToString]) -> String {
    format!("[{}]", entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// `1 rule`, `2 rules`.
fn several(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// In days where it has whole ones.
#[expect(clippy::ref_option, reason = "a field is shown where it is")]
fn age(age: &Option<TimeDelta>) -> String {
    match age.map(|age| age.num_hours()) {
        None => "off".to_owned(),
        Some(hours) if hours % 24 == 0 => format!("{}d", hours / 24),
        Some(hours) => format!("{hours}h"),
    }
}

/// In the largest unit without a rest, as the setting takes it.
#[expect(clippy::ref_option, reason = "a field is shown where it is")]
fn size(size: &Option<u64>) -> String {
    let Some(bytes) = size else { return "off".to_owned() };
    let unit = config::UNITS.into_iter().find(|(_, unit)| bytes % unit == 0);
    unit.map_or_else(|| format!("{bytes} bytes"), |(name, unit)| format!("{}{name}", bytes / unit))
}

/// Enough to see whether the right one was taken, and nothing of it.
#[expect(clippy::ref_option, reason = "a field is shown where it is")]
fn masked(secret: &Option<SecretString>) -> String {
    match secret {
        Some(secret) => format!("set, {} characters", secret.expose_secret().len()),
        None => "not set".to_owned(),
    }
}
