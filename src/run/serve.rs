//! `weibox serve`: receives without a screen and prints each new message as a line of JSON.

use std::fs::File;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::archive::Archive;
use crate::config::{Config, OnHangup};
use crate::feed::Feed;
use crate::language::{Language, commands, words};
use crate::query::Query;
use crate::reason::{Reason, start};
use crate::record::Record;
use crate::record::people::full_name;
use crate::record::title::title;
use crate::terminal::StopSignals;
use crate::text;
use crate::weibo::Content;

use output::Output;

use super::dashboard;
use super::handover::Inherited;
use super::receive::Receiver;
use super::{clock, say};

mod output;
mod refusals;

/// The maximum time to print the remaining lines after the listener has stopped; a full pipe must not block the exit.
const LAST_LINES: Duration = Duration::from_secs(2);

/// The form in which messages are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A JSON object per message, for programs.
    Json,
    /// Time, kind, sender and text, for people.
    Plain(Language),
}

/// Formats a message for people, with its sequence number, which other commands take. Contains no control characters.
fn plain(record: &Record, language: Language) -> String {
    let sender = full_name(record.message.sender_id, record.sender.called());
    let words = match &record.message.content {
        Content::Position { longitude, latitude } => format!("{latitude},{longitude} {}", record.message.text),
        Content::Event { subtype, .. } | Content::Mention { subtype, .. } => {
            format!("{subtype} {}", record.message.text)
        }
        Content::Unreadable { reason } => reason.of(language),
        Content::Text | Content::Voice(_) | Content::Image(_) | Content::Unknown(_) => record.message.text.clone(),
    };
    let mark = match (record.message.is_sample(), record.verified) {
        (true, _) => format!(" {}", words::SAMPLE.of(language)),
        (false, true) => String::new(),
        (false, false) => format!(" {}", words::PLAIN_UNVERIFIED.of(language)),
    };
    let at = record.sent_at().format("%Y-%m-%d %H:%M:%S");
    text::line(&format!("#{} {at} {}{mark} {sender}: {words}", record.seq, title(record, language))).into_owned()
}

/// What is printed, and when printing ends.
#[derive(Debug, Clone)]
pub(super) struct Printing {
    /// Query that selects the messages.
    pub(super) query: Query,
    /// Form of the lines.
    pub(super) form: Form,
    /// Number of messages after which printing ends; `None` for no limit.
    pub(super) count: Option<u64>,
    /// Whether printing ends when its reader closes the pipe. Must be false for real messages, which would be lost.
    pub(super) ends_with_reader: bool,
    /// Bookmark to go on from and to move; `None` to begin with new messages.
    pub(super) bookmark: Option<String>,
}

impl Printing {
    /// Returns the settings that print all messages without end.
    pub(super) fn all(form: Form) -> Self {
        Self { query: Query::default(), form, count: None, ends_with_reader: false, bookmark: None }
    }
}

/// Runs until the process is asked to stop, or until it has printed the number of messages asked for.
pub(super) async fn run(config: &Config, name: &str, given: Inherited, printing: Printing) -> anyhow::Result<ExitCode> {
    let receiver = Receiver::start(config, name, given)?;
    let (traffic, form) = (receiver.traffic().clone(), printing.form);
    print_until_stopped(config, receiver, printing).await?;
    if matches!(form, Form::Plain(_)) {
        dashboard::goodbye(config, &traffic.borrow(), config.language.value)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what is received, until the process is asked to stop or has printed enough.
pub(super) async fn print_until_stopped(config: &Config, receiver: Receiver, printing: Printing) -> anyhow::Result<()> {
    let language = config.language.value;
    let (form, ends_with_reader, last_call) = (printing.form, printing.ends_with_reader, CancellationToken::new());
    let mut printer = begin_to_print(&receiver.archive, printing, language, &last_call).await?;
    tell(receiver.host.watches.told.clone(), language);
    if form != Form::Json {
        refusals::tell(&receiver, language);
    }
    // Registered before the process says that it listens, because then others may ask it to stop.
    let mut signals = StopSignals::new()?;
    // Serving needs no terminal, so a closed terminal is no reason to refuse requests.
    let ends_with_terminal = ends_with_reader || config.on_hangup.value == OnHangup::Stop;
    let signal =
        async { if ends_with_terminal { signals.next().await } else { signals.next_without_terminal().await } };
    // Scripts wait for these lines, so that they are the same in every language; people get theirs. A closed stderr
    // does not stop the listener.
    let of_lines = if form == Form::Json { Language::English } else { language };
    for url in receiver.urls(config) {
        drop(say(&commands::LISTENING.with(of_lines, &[&url])));
    }
    if receiver.address.is_none() {
        drop(say(commands::LISTENING_NOWHERE.of(of_lines)));
    }
    let gone = tokio::select! {
        signal = signal => {
            super::asked(signal);
            None
        }
        ended = &mut printer => Some(ended),
    };
    // Ends in any case with the last lines, which include messages stored while the listener stopped.
    let last_lines = async {
        last_call.cancel();
        match gone {
            Some(ended) => Ok(ended),
            None => tokio::time::timeout(LAST_LINES, printer).await,
        }
    };
    // A full pipe must not block the exit.
    let Ok(ended) = receiver.close_after(last_lines).await? else { return Ok(()) };
    Ok(ended.map_err(|_reported| dashboard::broken(config, start::PRINTING_BROKE_OFF))??)
}

/// Starts to print what is received, until `last_call`. Formats no lines that nobody can read, because that would
/// take processor time from callers.
async fn begin_to_print(
    archive: &Archive,
    printing: Printing,
    language: Language,
    last_call: &CancellationToken,
) -> anyhow::Result<JoinHandle<io::Result<()>>> {
    let Printing { query, form, count, ends_with_reader, bookmark } = printing;
    let output = Output::stdout(language)?;
    if output.is_nowhere() && count.is_none() && bookmark.is_none() {
        let last_call = last_call.clone();
        return Ok(tokio::spawn(async move {
            last_call.cancelled().await;
            Ok(())
        }));
    }
    let feed = Feed::open(archive, bookmark.clone(), query, clock::now, last_call.clone()).await?;
    if let Some(name) = bookmark {
        // A closed stderr is ignored.
        drop(say(&commands::GOES_ON_FROM_BOOKMARK.with(language, &[&name, &feed.lag().await?])));
    }
    let goes_on = (!ends_with_reader).then(|| last_call.clone());
    Ok(print(feed, output, form, count, goes_on))
}

/// Spawns a task that reports faults and their end from now on.
fn tell(mut told: watch::Receiver<Option<Reason>>, language: Language) {
    tokio::spawn(async move {
        while told.changed().await.is_ok() {
            let reason = told.borrow_and_update().clone();
            if let Some(reason) = reason {
                // A closed stderr is ignored.
                drop(say(&reason.of(language)));
            }
        }
    });
}

/// Prints the messages of a feed on a thread of its own, until it ends or `count` messages are printed. A failed
/// write is retried until `goes_on` is cancelled; without `goes_on`, it ends the printing.
fn print(
    mut feed: Feed,
    mut output: Output<File>,
    form: Form,
    count: Option<u64>,
    goes_on: Option<CancellationToken>,
) -> JoinHandle<io::Result<()>> {
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut left = count.unwrap_or(u64::MAX);
        while left > 0 {
            let limit = usize::try_from(left).unwrap_or(usize::MAX);
            let next = runtime.block_on(feed.next_batch(limit));
            let Some(batch) = next.map_err(|error| io::Error::other(error.reason()))? else { break };
            let goes_on = || goes_on.as_ref().is_some_and(|token| !token.is_cancelled());
            output.print(&lines(&runtime.block_on(feed.filled(&batch)), form), goes_on)?;
            runtime.block_on(feed.delivered(&batch));
            left -= batch.records.len() as u64;
        }
        Ok(())
    })
}

fn lines(records: &[Arc<Record>], form: Form) -> Vec<u8> {
    let line = |record: &Arc<Record>| match form {
        Form::Json => format!("{}\n", record.to_json()),
        Form::Plain(language) => format!("{}\n", plain(record, language)),
    };
    records.iter().map(line).collect::<String>().into_bytes()
}
