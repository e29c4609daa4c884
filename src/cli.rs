//! The command line: what can be typed, as types. The doc comments are the help.
//!
//! Values that the environment and the config file can give as well stay text here; [`crate::config`] checks them, so
//! that a wrong value gets the same words wherever it came from.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

/// The terminal inbox of a verified Weibo account
///
/// Receives Weibo's message callbacks, keeps every one, shows them, and downloads their media. Without a command it
/// listens and shows the dashboard.
#[derive(Debug, Parser)]
#[command(
    name = "weibox",
    version,
    after_help = "Examples:\n  weibox demo\n  weibox --listen :8080 --app-secret-file ~/.weibo-secret\n\nPlaces: GeoNames (https://www.geonames.org), CC BY 4.0; map: Natural Earth, public domain"
)]
pub struct Cli {
    /// The settings given as flags.
    #[command(flatten)]
    pub options: Options,
    /// Show messages as lines of text, without a screen: for screen readers and simple terminals
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
    /// Where to listen; port 0 takes any free one (env `WEIBOX_LISTEN`, default `127.0.0.1:8080`)
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The one path that Weibo calls (env `WEIBOX_PATH`, default `/weibo`)
    #[arg(long, global = true, value_name = "PATH")]
    pub path: Option<String>,
    /// Where messages and media are kept (env `WEIBOX_DATA_DIR`, default `$XDG_DATA_HOME/weibox`)
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The config file (env `WEIBOX_CONFIG`, default `$XDG_CONFIG_HOME/weibox/config.toml`)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where media come from (env `WEIBOX_MEDIA_URL`, default `https://upload.api.weibo.com/2/mss/msget`)
    #[arg(long, global = true, value_name = "URL")]
    pub media_url: Option<String>,
    /// A file with the app secret, which signs Weibo's calls (env `WEIBOX_APP_SECRET`: the secret itself)
    #[arg(long, global = true, value_name = "FILE")]
    pub app_secret_file: Option<PathBuf>,
    /// A file with the access token, which downloads need (env `WEIBOX_ACCESS_TOKEN`: the token itself)
    #[arg(long, global = true, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
    /// What to download unasked: off, selected (what is looked at) or all (env `WEIBOX_DOWNLOAD_AUTO`, default `off`)
    #[arg(long, global = true, value_name = "WHAT")]
    pub download_auto: Option<String>,
    /// Speak TLS with this certificate chain, PEM, read again when it changes (env `WEIBOX_TLS_CERT`)
    // A key in the place of its file begins with a hyphen, and clap would repeat it.
    #[arg(long, global = true, value_name = "FILE", allow_hyphen_values = true)]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM (env `WEIBOX_TLS_KEY`)
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
    /// Listen without a screen: one JSON line on stdout for each new message
    #[command(
        after_help = "It listens until it is stopped, also when its output cannot be written: messages are kept, and their lines come\nonce they can. In a script, `--count` ends it.\n\nExamples:\n  weibox serve --listen :8080 --app-secret-file ~/.weibo-secret | jq .text\n  weibox serve --query 'type:image -from:2489518277'\n  weibox serve --count 1 | jq .text\n  weibox serve --bookmark bot | ./bot"
    )]
    Serve {
        /// Print only what a query finds; everything is kept
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        query: Option<String>,
        /// End after so many messages; without it, listen until stopped, whoever reads the lines
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        count: Option<u64>,
        /// Go on after the last message that was printed under this name, also after a crash; a new name begins with what
        /// comes from now on
        #[arg(long, value_name = "NAME", value_parser = bookmark)]
        bookmark: Option<String>,
    },
    /// List the bookmarks of `serve`: name, last message printed, and how many came after it
    #[command(after_help = "Example:\n  weibox bookmarks --json | jq 'select(.lag > 1000)'")]
    Bookmarks {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Show the dashboard with a simulated Weibo: no account, no network, nothing kept
    #[command(after_help = "Example:\n  weibox demo")]
    Demo,
    /// Call any callback address as Weibo would
    #[command(after_help = "Example:\n  weibox simulate --url http://127.0.0.1:8080/weibo --count 100 --rate 20")]
    Simulate(Simulate),
    /// Print the archive, oldest message first
    #[command(
        after_help = "Examples:\n  weibox export --format csv > messages.csv\n  weibox export --query 'since:7d 退货 -is:read'"
    )]
    Export {
        /// How
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
        /// Only what a query finds: type: from: account: since: until: has:file is: state: due: near: "words" -word
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        query: Option<String>,
    },
    /// Put into the archive what `export` or `serve` wrote, or bodies of callbacks, one a line
    #[command(
        after_help = "What is there already is left alone, and lines that cannot be read are named and skipped.\n\nExamples:\n  weibox import messages.jsonl\n  ssh old-host weibox export | weibox import -"
    )]
    Import {
        /// Files of JSON lines; `-` is stdin; a directory is that of an archive that was put aside
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Remove the oldest messages and files, by the retention settings or by age
    #[command(after_help = "Examples:\n  weibox prune --older-than 90d --dry-run\n  weibox prune")]
    Prune(Prune),
    /// Download media without a screen
    #[command(after_help = "Examples:\n  weibox download --all\n  weibox download 17 23")]
    Download(Download),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  weibox completions bash > ~/.local/share/bash-completion/completions/weibox")]
    Completions {
        /// Which
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  weibox man | man -l -")]
    Man,
    /// Look for what is wrong with this machine and these settings, as text to be pasted; 1 if something is
    #[command(
        after_help = "No server is asked unless a flag says so, and no secret is printed.\n\nExamples:\n  weibox doctor\n  weibox doctor --token --public https://example.org/weibo"
    )]
    Doctor(Doctor),
    /// Print the effective settings and where each comes from; secrets stay hidden
    #[command(after_help = "Example:\n  WEIBOX_LISTEN=:9000 weibox config")]
    Config,
}

/// How the simulated Weibo calls.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct Simulate {
    /// The callback address to call
    #[arg(long, value_parser = web_address)]
    pub url: Url,
    /// Sign as one of several accounts; without it, as the one whose path the address has
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// So many messages; without it, each of the scenario once
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// So many messages a second; without it, as fast as they are answered
    #[arg(long, value_name = "PER_S", value_parser = rate)]
    pub rate: Option<f64>,
    /// Which messages to send
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Serve the media of the messages there, for `--media-url`
    #[arg(long, value_name = "ADDR")]
    pub media_listen: Option<SocketAddr>,
}

/// What to remove.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Prune {
    /// Messages received longer ago than this, whatever the settings say: `90d` or `36h`
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    pub older_than: Option<TimeDelta>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which media to download.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct Download {
    /// Every medium that is not there yet
    #[arg(long)]
    pub all: bool,
    /// The media of these messages, by their number
    #[arg(value_name = "SEQ")]
    pub seqs: Vec<u64>,
}

/// What else to look at.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Doctor {
    /// Do Weibo's own handshake with the URL that was given to Weibo, and explain the first difference
    #[arg(long, value_name = "URL", value_parser = web_address)]
    pub public: Option<Url>,
    /// Ask Weibo for a file that nobody has, to see whether it takes the access token
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

fn parse_age(text: &str) -> Result<TimeDelta, String> {
    age(text).ok_or_else(|| "not a number of days or hours, such as `90d` or `36h`".to_owned())
}

/// The longest name of a bookmark, in characters.
const BOOKMARK_LIMIT: usize = 64;

/// A name that stands in a table and in a shell without quotes.
fn bookmark(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.chars().count() > BOOKMARK_LIMIT || !text.chars().all(is_plain) {
        return Err("not a name of letters, digits, `-`, `_` and `.`, 64 at most".to_owned());
    }
    Ok(text.to_owned())
}

/// What Weibo could call.
fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| "not a web address, such as `https://example.org/weibo`".to_owned())
}

/// Refuses what no clock can keep: zero, below, what is no number, and pauses of more than a day.
fn rate(text: &str) -> Result<f64, String> {
    const SLOWEST: f64 = 1.0 / 86_400.0;
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= SLOWEST => Ok(rate),
        Ok(rate) if rate > 0.0 && rate < SLOWEST => Err("slower than one a day".to_owned()),
        Ok(_) | Err(_) => Err("not above 0".to_owned()),
    }
}
