//! The command line: types for clap, whose doc comments are the help. What the values mean is the config's business.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// The terminal inbox of a verified Weibo account.
///
/// Without a command: listens for Weibo's callbacks, keeps every message, and shows them live. Where the output is no
/// terminal it runs as `weibox serve`.
#[derive(Debug, Parser)]
#[command(name = "weibox", version, propagate_version = true)]
#[command(after_help = "Try it without an account:  weibox demo\n\
    For real:  WEIBOX_APP_SECRET=… WEIBOX_ACCESS_TOKEN=… weibox --listen 127.0.0.1:8080\n\n\
    Flags go before environment variables, those before the config file, that before the defaults.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where and how.
    #[command(flatten)]
    pub options: Options,
}

/// Options of all commands.
#[expect(clippy::doc_markdown, reason = "these are help texts, where a backtick would be seen")]
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// Where to listen for callbacks; port 0 takes any free one [default: 127.0.0.1:8080] [env: WEIBOX_LISTEN]
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The callback path [default: /weibo] [env: WEIBOX_PATH]
    #[arg(long, global = true, value_name = "PATH")]
    pub path: Option<String>,
    /// Where messages and files are kept [default: weibox in the XDG data directory] [env: WEIBOX_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// The config file [default: weibox/config.toml in the XDG config directory] [env: WEIBOX_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
    /// Where voices and images are fetched [default: Weibo's msget] [env: WEIBOX_MEDIA_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub media_url: Option<String>,
    /// A file with the app secret, which signs callbacks [env: WEIBOX_APP_SECRET holds the secret itself]
    #[arg(long, global = true, value_name = "FILE")]
    pub app_secret_file: Option<String>,
    /// A file with the access token, which fetches files [env: WEIBOX_ACCESS_TOKEN holds the token itself]
    #[arg(long, global = true, value_name = "FILE")]
    pub access_token_file: Option<String>,
    /// Listen on a public address without an app secret: anyone can post messages
    #[arg(long, global = true)]
    pub insecure_accept_unsigned: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Listen without a screen: one JSON object a line on stdout for each new message
    #[command(after_help = "Example:  weibox serve --listen 127.0.0.1:8080 | jq .text")]
    Serve,
    /// The dashboard on a throw-away archive, with a simulator that plays Weibo: no account, no network
    #[command(after_help = "Example:  weibox demo")]
    Demo,
    /// Play Weibo against any callback URL: sign, send, repeat; exit 1 if a message was lost
    #[command(after_help = "Example:  weibox simulate --url http://127.0.0.1:8080/weibo --count 100 --rate 20")]
    Simulate(Simulate),
    /// Write the archive to stdout, oldest first
    #[command(after_help = "Example:  weibox export --format csv > messages.csv")]
    Export {
        /// One JSON object a line, or comma-separated values
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
    },
    /// Download attachments without a screen
    #[command(after_help = "Example:  weibox download --all")]
    Download {
        /// Those of all messages
        #[arg(long, required_unless_present = "seqs", conflicts_with = "seqs")]
        all: bool,
        /// Those of the messages with these numbers
        #[arg(value_name = "SEQ")]
        seqs: Vec<u64>,
    },
    /// Write a completion script for a shell
    #[command(after_help = "Example:  weibox completions zsh > _weibox")]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write the manual page
    #[command(after_help = "Example:  weibox man | man -l -")]
    Man,
    /// Show the settings in force and where each came from
    #[command(after_help = "Example:  weibox config")]
    Config,
}

/// Weibo's side.
#[derive(Debug, Clone, Args)]
pub struct Simulate {
    /// The callback URL
    #[arg(long)]
    pub url: String,
    /// So many messages [default: once through the scenario]
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// So many messages a second [default: as fast as they are answered]
    #[arg(long, value_name = "PER_S")]
    pub rate: Option<f64>,
    /// Which messages
    #[arg(long, value_name = "NAME", default_value = "every-kind")]
    pub scenario: String,
    /// Serve voices and images here, as Weibo's msget does
    #[arg(long, value_name = "ADDR")]
    pub media_listen: Option<std::net::SocketAddr>,
}

/// How the archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a line of titles.
    Csv,
}

impl Cli {
    /// `weibox`, `weibox serve` and the like, for the lock file.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.command {
            None => "weibox",
            Some(Command::Serve) => "weibox serve",
            Some(Command::Demo) => "weibox demo",
            Some(Command::Simulate(_)) => "weibox simulate",
            Some(Command::Export { .. }) => "weibox export",
            Some(Command::Download { .. }) => "weibox download",
            Some(Command::Completions { .. }) => "weibox completions",
            Some(Command::Man) => "weibox man",
            Some(Command::Config) => "weibox config",
        }
    }
}
