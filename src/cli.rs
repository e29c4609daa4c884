//! The command line: what can be typed, as types. The doc comments are the help; what stands below it is in
//! [`crate::language::help`].
//!
//! Values that the environment and the config file can give as well stay text here; [`crate::config`] checks them, so
//! that a wrong value gets the same words wherever it came from.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

use crate::reason::{Reason, command};

/// The terminal inbox of a verified Weibo account
///
/// Receives Weibo's message callbacks, keeps every one, shows them, and downloads their media. Without a command it
/// listens and shows the dashboard.
#[derive(Debug, Parser)]
#[command(name = "weibox", version)]
pub struct Cli {
    /// The settings given as flags.
    #[command(flatten)]
    pub options: Options,
    /// Print messages as lines of text instead of the dashboard: for screen readers and simple terminals
    #[arg(long)]
    pub plain: bool,
    /// What to do; `None` is the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that stand before or after any command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Settings")]
pub struct Options {
    /// Address to listen on; port 0 picks any free one (env `WEIBOX_LISTEN`, default `127.0.0.1:8080`)
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Path that Weibo calls (env `WEIBOX_PATH`, default `/weibo`)
    #[arg(long, global = true, value_name = "PATH")]
    pub path: Option<String>,
    /// Directory for messages and media (env `WEIBOX_DATA_DIR`, default `$XDG_DATA_HOME/weibox`)
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Config file (env `WEIBOX_CONFIG`, default `$XDG_CONFIG_HOME/weibox/config.toml`)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to download media from (env `WEIBOX_MEDIA_URL`, default `https://upload.api.weibo.com/2/mss/msget`)
    #[arg(long, global = true, value_name = "URL")]
    pub media_url: Option<String>,
    /// File with the app secret, which verifies Weibo's calls (env `WEIBOX_APP_SECRET`: the secret itself)
    #[arg(long, global = true, value_name = "FILE")]
    pub app_secret_file: Option<PathBuf>,
    /// File with the access token, which downloads need (env `WEIBOX_ACCESS_TOKEN`: the token itself)
    #[arg(long, global = true, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
    /// Automatic downloads: off, selected (the message being viewed) or all (env `WEIBOX_DOWNLOAD_AUTO`, default `off`)
    #[arg(long, global = true, value_name = "WHAT")]
    pub download_auto: Option<String>,
    /// Certificate chain for TLS, PEM; it is read again when it changes (env `WEIBOX_TLS_CERT`)
    // A key in the place of its file begins with a hyphen, and clap would repeat it.
    #[arg(long, global = true, value_name = "FILE", allow_hyphen_values = true)]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM (env `WEIBOX_TLS_KEY`)
    // A key in the place of its file begins with a hyphen, and clap would repeat it.
    #[arg(long, global = true, value_name = "FILE", allow_hyphen_values = true)]
    pub tls_key: Option<PathBuf>,
    /// Listen beyond this machine without an app secret: anyone can then post messages (default `false`)
    #[arg(long, global = true)]
    pub insecure_accept_unsigned: bool,
}

/// What weibox can be told to do.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Listen without a screen and print each new message as one JSON line
    Serve {
        /// Print only the messages that match; all are kept
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        query: Option<String>,
        /// Stop after N messages; without it, listen until stopped, even when nobody reads the lines
        #[arg(long, value_name = "N", value_parser = at_least_1)]
        count: Option<u64>,
        /// Continue after the last message printed under this name, even after a crash; a new name starts with new messages
        #[arg(long, value_name = "NAME", value_parser = bookmark)]
        bookmark: Option<String>,
    },
    /// List the bookmarks of `serve`: name, last message printed, and how many came after it
    Bookmarks {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Show the dashboard with simulated messages: no account, no network, nothing kept
    Demo,
    /// Send messages to any callback address as Weibo would
    Simulate(Simulate),
    /// Print the archive, oldest message first
    Export {
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
        /// Leave CSV cells as they are, for programs: spreadsheets run what looks like a formula
        #[arg(long)]
        csv_raw: bool,
        /// Print only the messages that match: type: from: account: since: until: has:file is: state: due: near: "words" -word
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        query: Option<String>,
    },
    /// Import `export`/`serve` output, or raw callback bodies, one per line
    Import {
        /// Files of JSON lines, `-` for stdin, or the directory of a damaged archive that was put aside
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Remove the oldest messages and files, by the retention settings or by age
    Prune(Prune),
    /// Rebuild the search index and all counts from the messages
    Reindex,
    /// Download voice and image files without a screen
    Download(Download),
    /// Print a shell completion script
    Completions {
        /// Shell to complete for
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Check this machine and these settings, and print a report to paste; exits 1 if something is wrong
    Doctor(Doctor),
    /// Print the effective settings and where each comes from, without secrets
    Config,
}

/// How the simulated Weibo calls.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct Simulate {
    /// Callback address
    #[arg(long, value_parser = web_address)]
    pub url: Url,
    /// Account to sign as; by default the one whose path the address has
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Number of messages; by default each of the scenario once
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// Messages per second; by default as fast as they are answered
    #[arg(long, value_name = "PER_S", value_parser = rate)]
    pub rate: Option<f64>,
    /// Which messages to send
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Address to serve the files of the messages on, for `--media-url`
    #[arg(long, value_name = "ADDR")]
    pub media_listen: Option<SocketAddr>,
}

/// What to remove.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Prune {
    /// Remove messages received longer ago than this, whatever the settings say: `90d` or `36h`
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    pub older_than: Option<TimeDelta>,
    /// Remove the samples that weibox made up, and nothing else
    #[arg(long, conflicts_with = "older_than")]
    pub samples: bool,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which media to download.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct Download {
    /// All files that are not downloaded yet
    #[arg(long)]
    pub all: bool,
    /// Files of these messages, by their numbers
    #[arg(value_name = "SEQ")]
    pub seqs: Vec<u64>,
}

/// What else to look at.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Doctor {
    /// Compare the search index and all counts with every message; a million messages take about 20 s
    #[arg(long)]
    pub deep: bool,
    /// Do Weibo's handshake with the URL that was entered at Weibo, and explain the first difference
    #[arg(long, value_name = "URL", value_parser = web_address)]
    pub public: Option<Url>,
    /// Ask Weibo for a file that does not exist, to check the access token
    #[arg(long)]
    pub token: bool,
}

/// How messages are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

/// An age: days or hours, from one, as in `90d` and `36h`. `None` for anything else.
#[must_use]
pub fn age(text: &str) -> Option<TimeDelta> {
    let hours = match text.strip_suffix('d') {
        Some(days) => days.parse::<u32>().ok().map(|days| i64::from(days) * 24),
        None => text.strip_suffix('h')?.parse::<u32>().ok().map(i64::from),
    };
    hours.filter(|hours| *hours > 0).and_then(TimeDelta::try_hours)
}

fn parse_age(text: &str) -> Result<TimeDelta, Reason> {
    age(text).ok_or(command::NO_DURATION.into())
}

/// The longest name of a bookmark, in characters.
const BOOKMARK_LIMIT: usize = 64;

/// A name that stands in a table and in a shell without quotes.
fn bookmark(text: &str) -> Result<String, Reason> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.chars().count() > BOOKMARK_LIMIT || !text.chars().all(is_plain) {
        return Err(command::NO_BOOKMARK_NAME.with(BOOKMARK_LIMIT));
    }
    Ok(text.to_owned())
}

/// What Weibo could call.
fn web_address(text: &str) -> Result<Url, Reason> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or(command::NO_URL.into())
}

fn at_least_1(text: &str) -> Result<u64, Reason> {
    text.parse().ok().filter(|number| *number > 0).ok_or(command::NOT_ABOVE_0.into())
}

/// Refuses what no clock can keep: zero, below, what is no number, and pauses of more than a day.
fn rate(text: &str) -> Result<f64, Reason> {
    const SLOWEST: f64 = 1.0 / 86_400.0;
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= SLOWEST => Ok(rate),
        Ok(rate) if rate > 0.0 && rate < SLOWEST => Err(command::SLOWER_THAN_DAILY.into()),
        Ok(_) | Err(_) => Err(command::NOT_ABOVE_0.into()),
    }
}
