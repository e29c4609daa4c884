//! The targets: one by its address, or those of the tables `[[forward]]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;

use crate::config::layers::{Layers, check_name};
use crate::config::row::setting;
use crate::config::{Config, Setting, SettingRow};
use crate::forward::target::{self, Target};
use crate::query;
use crate::reason::config::TARGET_UNUSABLE;
use crate::reason::{Fault, Reason, forward, hints};
use crate::record::target::TargetMode;

/// Name of the target that a flag or a variable sets.
const ONLY: &str = "bot";
/// Headers that weibox sets itself, or that describe how the body is sent.
const OWN_HEADERS: [&str; 6] = ["host", "connection", "content-length", "transfer-encoding", "te", "expect"];

/// The secret of a target, as its file is read.
const SECRET: &SettingRow = &setting("secret_file")
    .secret("secret of the target", "目标的密钥")
    .takes("the secret alone, on one line", "单独一行的密钥");

/// One `[[forward]]`, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    name: String,
    url: String,
    query: Option<String>,
    mode: Option<String>,
    compare: Option<String>,
    timeout: Option<i64>,
    concurrency: Option<i64>,
    secret_file: Option<PathBuf>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    account: Option<String>,
    #[serde(default)]
    respects_claims: bool,
    #[serde(default)]
    insecure_http: bool,
}

/// Parses the address of a target, if messages may be sent to it.
fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(target::is_address).filter(may_go)
}

fn may_go(url: &Url) -> bool {
    url.scheme() == "https" || target::is_private(url)
}

impl Layers<'_> {
    /// Reads the targets. If a flag or a variable sets one, those of the file are ignored. The file may also
    /// set a single one as a string.
    pub(in crate::config) fn targets(&mut self, row: &'static SettingRow) -> Result<Setting<Vec<Target>>, Fault> {
        if let Some(Setting { value: url, source }) = self.text_said(row, address)? {
            self.is_private |= source == self.by_file() && url.query().is_some();
            return Ok(Setting { value: vec![Target::new(ONLY, url)], source });
        }
        self.named_tables(row, Self::target, TARGET_UNUSABLE)
    }

    fn target(&mut self, raw: RawTarget, others: &[Target]) -> Result<Target, Fault> {
        let name = raw.name;
        let names = others.iter().map(|other| other.name.as_str());
        check_name(&name, names, [forward::TARGET_NO_NAME, forward::TARGET_TWICE, hints::NAME_FOR_EACH_TARGET])?;
        let Some(url) = Url::parse(&raw.url).ok().filter(target::is_address) else {
            return Err(forward::TARGET_NO_URL.with(name).hinted(hints::TARGET_URL));
        };
        if !may_go(&url) && !raw.insecure_http {
            return Err(forward::TARGET_UNENCRYPTED.with(target::place(&url)).hinted(hints::TARGET_HTTPS));
        }
        let query = query::parse(raw.query.as_deref().unwrap_or_default());
        let query = query.map_err(|unclear| unclear.reason.hinted(unclear.hint))?;
        let secret = raw.secret_file.map(|file| self.secret_file(SECRET, &file)).transpose()?;
        let mode = mode(raw.mode.as_deref(), others).map_err(|reason| reason.hinted(hints::TARGET_MODES))?;
        let compare = compare(mode, raw.compare, others).map_err(|reason| reason.hinted(hints::TARGET_COMPARE))?;
        let limits = limits(raw.timeout, raw.concurrency).map_err(|reason| reason.hinted(hints::TARGET_LIMITS));
        let (timeout, concurrency) = limits?;
        let headers = raw.headers.iter().map(header).collect::<Result<_, _>>();
        let headers = headers.map_err(|reason| reason.hinted(hints::TARGET_HEADERS))?;
        // The query of an address may hold a key.
        self.is_private |= !raw.headers.is_empty() || url.query().is_some();
        let (account, respects_claims) = (raw.account, raw.respects_claims);
        Ok(Target { name, url, query, mode, compare, timeout, concurrency, secret, headers, account, respects_claims })
    }
}

fn mode(name: Option<&str>, others: &[Target]) -> Result<TargetMode, Reason> {
    let name = name.unwrap_or(TargetMode::Copy.name());
    let mode = TargetMode::from_name(name).ok_or_else(|| forward::TARGET_NO_MODE.with(name))?;
    match others.iter().find(|other| mode == TargetMode::Answer && other.mode == TargetMode::Answer) {
        Some(other) => Err(forward::TARGET_TWO_ANSWER.with(&other.name)),
        None => Ok(mode),
    }
}

/// Returns the target that a shadow is compared with, which must stand above it in the file.
fn compare(mode: TargetMode, name: Option<String>, others: &[Target]) -> Result<Option<String>, Reason> {
    let is_shadow = mode == TargetMode::Shadow;
    let Some(name) = name else {
        return if is_shadow { Err(forward::SHADOW_OF_NONE.into()) } else { Ok(None) };
    };
    if !is_shadow {
        return Err(forward::NO_SHADOW.with(name));
    }
    match others.iter().find(|other| other.name == name) {
        Some(other) if other.mode != TargetMode::Shadow => Ok(Some(name)),
        Some(_) | None => Err(forward::SHADOW_OF_UNKNOWN.with(name)),
    }
}

fn limits(timeout: Option<i64>, concurrency: Option<i64>) -> Result<(Duration, usize), Reason> {
    let timeout = match timeout {
        None => target::TIMEOUT,
        Some(seconds @ 1..=60) => Duration::from_secs(seconds.unsigned_abs()),
        Some(other) => return Err(forward::TARGET_NO_TIMEOUT.with(other)),
    };
    match concurrency {
        None => Ok((timeout, target::CONCURRENCY)),
        Some(n @ 1..=256) => Ok((timeout, usize::try_from(n).unwrap_or(target::CONCURRENCY))),
        Some(other) => Err(forward::TARGET_NO_CONCURRENCY.with(other)),
    }
}

/// Parses a header to add. Its value may be a secret, so no error repeats it.
fn header((name, value): (&String, &String)) -> Result<(HeaderName, HeaderValue), Reason> {
    let unusable = || forward::TARGET_NO_HEADER.with(name);
    let parsed = HeaderName::from_bytes(name.as_bytes()).ok().ok_or_else(unusable)?;
    if OWN_HEADERS.contains(&parsed.as_str()) || parsed.as_str().starts_with("x-weibox-") {
        return Err(unusable());
    }
    let mut value = HeaderValue::from_str(value).ok().ok_or_else(unusable)?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

impl Config {
    /// Applies the settings for queries to the targets, and checks that their accounts and those in their queries
    /// exist.
    pub(in crate::config) fn check_targets(&mut self) -> Result<(), Fault> {
        let understanding = self.understanding();
        for target in &mut self.targets.value {
            target.query = std::mem::take(&mut target.query).understood(understanding);
        }
        for target in &self.targets.value {
            self.check_query(&target.query)?;
            target.account.as_deref().map(|name| self.account(name)).transpose()?;
        }
        Ok(())
    }
}
