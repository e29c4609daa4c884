//! The command line: what can be typed, as types. The doc comments are the help; what stands below it is in
//! [`crate::language::help`].
//!
//! The flags of the settings come from their table in [`crate::config`], which checks their values as well, so that a wrong
//! one gets the same words wherever it came from.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

use crate::config::{self, Options};
use crate::reason::{Reason, answers, command};
use crate::weibo::active::{self, ReplyForm};

/// The terminal inbox of a verified Weibo account
///
/// Receives Weibo's message callbacks, keeps every one, shows them, and downloads their media. Without a command it
/// listens and shows the dashboard.
#[derive(Debug, Parser)]
#[command(name = "weibox", version)]
pub struct Cli {
    /// Print messages as lines of text instead of the dashboard: for screen readers and simple terminals
    #[arg(long)]
    pub plain: bool,
    /// The settings given as flags.
    #[command(flatten)]
    pub options: Options,
    /// What to do; `None` is the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,
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
        /// Do not listen: keep the archive and serve dashboards only, as a node of a cluster
        #[arg(long)]
        no_listen: bool,
        /// Take over from the weibox that starts this one, which sends its sockets over stdin
        #[arg(long, hide = true, conflicts_with_all = ["query", "count", "bookmark", "no_listen"])]
        take_over: bool,
    },
    /// Show the dashboard of the weibox that listens already
    Attach {
        /// Change nothing: no marks, no downloads, no secrets
        #[arg(long)]
        read_only: bool,
    },
    /// List the bookmarks of `serve`: name, last message printed, and how many came after it
    Bookmarks {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Show which process serves the archive and its state; exits 1 if something is wrong, 3 if nobody serves
    Status {
        /// Exit 1 only if messages are not kept, when `/healthz` answers 503; other faults do not count
        #[arg(long)]
        health: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make the stream of a cluster, or show how its servers, its stream and its nodes are
    Cluster {
        /// `init` makes the stream unless it is there, `status` shows how all are; exits 1 if something is wrong
        #[arg(value_enum)]
        what: ClusterCommand,
        /// Number of servers that keep a copy of the stream, for `init`; of three, one may fail
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
        replicas: u8,
        /// Print one JSON object, for `status`
        #[arg(long)]
        json: bool,
    },
    /// Print systemd units for this binary and these settings, or write them into a directory
    Service(Service),
    /// Show the dashboard with simulated messages: no account, no network, nothing kept
    Demo,
    /// Send messages to any callback address as Weibo would, or play a bot
    Simulate(Box<Simulate>),
    /// Send messages of the archive once more to a bot, and compare its answers with another's
    Replay(Replay),
    /// Send a test of an alert, and print what came back
    Alert {
        /// `test` sends a test in each way of the alert, and prints what came back; exits 1 if one failed
        #[arg(value_enum)]
        what: AlertCommand,
        /// Name of the alert
        name: String,
    },
    /// Explain the signature of a call: what is sorted, what comes out, and what is likely wrong
    Verify {
        /// URL of the call, its query, or a line of a log that has it; in quotes, as a shell cuts it at `&`
        #[arg(value_name = "URL|QUERY")]
        url: String,
    },
    /// Print the archive, oldest message first
    Export {
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
        /// Leave CSV cells as they are, for programs: spreadsheets run what looks like a formula
        #[arg(long)]
        csv_raw: bool,
        /// Print only the messages that match
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
    /// Send a reply to a sender; exits 0 only if Weibo took it
    Reply(ReplyWords),
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
    Config {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
}

/// What to do with the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClusterCommand {
    /// Make the stream
    Init,
    /// Show the state of the stream and of this node
    Status,
}

/// What to do with alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlertCommand {
    /// Send a test
    Test,
}

/// How the simulated Weibo calls.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct Simulate {
    /// Callback address; given several times, each try goes to the next one, as through a load balancer
    #[arg(long, value_parser = web_address, required_unless_present = "as_bot")]
    pub url: Vec<Url>,
    /// Play a bot on this address instead; `--scenario` is answers, silent, slow, flaky, fails, hangs, wrong, huge or half
    #[arg(long, value_name = "ADDR", value_parser = local_address, conflicts_with_all = ["url", "account", "count", "rate", "media_listen"])]
    pub as_bot: Option<SocketAddr>,
    /// Send recorded callbacks instead: lines of `export`, or bodies one a line
    #[arg(long, value_name = "FILE", requires = "expect", conflicts_with_all = ["as_bot", "account", "count", "rate", "scenario", "media_listen"])]
    pub from: Option<PathBuf>,
    /// Recorded answers that those of the bot are compared with
    #[arg(long, value_name = "FILE", requires = "from")]
    pub expect: Option<PathBuf>,
    /// Write the bot's answers to the file of `--expect` instead
    #[arg(long, requires = "expect")]
    pub record: bool,
    /// Place in the JSON of an answer that may differ, with all below it, such as `/data/time`; `*` is any member of a list or an object, as in `/data/articles/*/url`; can be given several times
    #[arg(long, value_name = "PATH", requires = "expect", value_parser = json_place)]
    pub ignore: Vec<String>,
    /// Account to sign as; by default the one whose path the address has
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Number of messages; by default each message of the scenario once
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// Messages per second; by default as fast as they are answered
    #[arg(long, value_name = "PER_S", value_parser = rate)]
    pub rate: Option<f64>,
    /// Which messages to send: every-kind, demo, hostile, repeats, faults or load
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Address to serve the files of the messages on, for `--media-url`
    #[arg(long, value_name = "ADDR", value_parser = local_address)]
    pub media_listen: Option<SocketAddr>,
}

/// What to send once more, and where.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct Replay {
    /// Name of a target of the settings, or the address of any bot
    #[arg(long, value_name = "NAME|URL")]
    pub to: String,
    /// Send only the messages that match
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub query: Option<String>,
    /// Messages per second; by default as fast as they are answered
    #[arg(long, value_name = "PER_S", value_parser = rate)]
    pub rate: Option<f64>,
    /// Send nothing, and tell how many messages would be sent
    #[arg(long)]
    pub dry_run: bool,
    /// Compare the answers with those of another bot, or with recorded ones; a value that the other bot changes from call to call does not count
    #[arg(long, value_name = "NAME|URL|FILE")]
    pub compare: Option<String>,
    /// Send the messages that were set aside for the target, and note which it takes
    #[arg(long, conflicts_with_all = ["query", "compare"])]
    pub set_aside: bool,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What is said to whom.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(group(ArgGroup::new("content").required(true)))]
pub struct ReplyWords {
    /// The number of the message that is answered, or `uid:` and the number of a sender
    #[arg(long, value_name = "SEQ|uid:N", value_parser = receiver)]
    pub to: ReplyTo,
    /// What it says, fewer than 300 characters
    #[arg(long, value_name = "TEXT", group = "content", allow_hyphen_values = true)]
    pub text: Option<String>,
    /// File with what it says; `-` for stdin
    #[arg(long, value_name = "FILE", group = "content")]
    pub file: Option<PathBuf>,
    /// Send a position instead: its latitude and its longitude
    #[arg(long, value_name = "LAT,LON", group = "content", value_parser = position, allow_hyphen_values = true)]
    pub position: Option<String>,
    /// Send articles instead: file with a JSON list of 1 to 8 with `display_name`, `summary`, `url` and `image`; `-` for stdin
    #[arg(long, value_name = "FILE", group = "content")]
    pub articles: Option<PathBuf>,
    /// Print one JSON object: `id`, `state` (waiting, sent, refused or unknown), `reason`
    #[arg(long)]
    pub json: bool,
}

/// Who gets a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyTo {
    /// Whoever sent this message.
    Message(u64),
    /// This sender.
    Fan(u64),
}

/// Which service.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Service {
    /// A service of the user, which is the default
    #[arg(long, conflicts_with = "system")]
    pub user: bool,
    /// A service of the machine, under the user who owns the data directory
    #[arg(long)]
    pub system: bool,
    /// Directory to write `weibox.service` and `weibox.socket` into; without it they are printed
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
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

fn parse_age(text: &str) -> Result<TimeDelta, Reason> {
    config::age(text).ok_or(command::NO_DURATION.into())
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

/// What Weibo could call: a URL of HTTP, with or without TLS.
///
/// # Errors
///
/// [`command::NO_URL`] of anything else.
pub fn web_address(text: &str) -> Result<Url, Reason> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or(command::NO_URL.into())
}

/// Where to listen, as with `--metrics-listen`: a port alone is for this machine.
fn local_address(text: &str) -> Result<SocketAddr, Reason> {
    config::local_address(text).ok_or(command::NO_SOCKET_ADDRESS.into())
}

/// A place in JSON, which is not all of it.
fn json_place(text: &str) -> Result<String, Reason> {
    let place = text.trim_end_matches('/');
    if place.starts_with('/') { Ok(place.to_owned()) } else { Err(command::NO_JSON_PLACE.into()) }
}

fn at_least_1(text: &str) -> Result<u64, Reason> {
    text.parse().ok().filter(|number| *number > 0).ok_or(command::NOT_ABOVE_0.into())
}

/// The position of a reply.
fn position(text: &str) -> Result<String, Reason> {
    active::check(ReplyForm::Position, text).map(|()| text.to_owned())
}

/// Who gets a reply.
fn receiver(text: &str) -> Result<ReplyTo, Reason> {
    let number = |digits: &str| digits.parse().ok().filter(|number| *number > 0);
    let found = match text.strip_prefix("uid:") {
        Some(digits) => number(digits).map(ReplyTo::Fan),
        None => number(text).map(ReplyTo::Message),
    };
    found.ok_or(answers::ANSWER_WRONG_SENDER.into())
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
