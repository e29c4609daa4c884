//! `weibox serve`: receives without a screen and prints each new message as a line of JSON.

use std::fs::File;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

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

use super::dashboard::{self, Broken};
use super::handover::Inherited;
use super::receive::Receiver;
use super::{clock, say};

mod output;
mod refusals;

/// How long printing what is left may take after the listener has stopped; a pipe that nobody reads must not hold us.
const LAST_LINES: Duration = Duration::from_secs(2);

/// How a message is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As an object of JSON, for programs.
    Json,
    /// As time, kind, sender and words, for people.
    Plain(Language),
}

/// A line for people, with the number that other commands know the message by: nothing in it moves a cursor.
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

/// What is printed, and until when.
#[derive(Debug, Clone)]
pub(super) struct Printing {
    /// Which messages.
    pub(super) query: Query,
    /// How.
    pub(super) form: Form,
    /// The number after which it ends; `None` for no end.
    pub(super) count: Option<u64>,
    /// Whether it ends when whoever reads it has gone. Listening that loses messages must not.
    pub(super) ends_with_reader: bool,
    /// The bookmark that it goes on from and moves; `None` to begin with what comes from now on.
    pub(super) bookmark: Option<String>,
}

impl Printing {
    /// All messages, without an end.
    pub(super) fn all(form: Form) -> Self {
        Self { query: Query::default(), form, count: None, ends_with_reader: false, bookmark: None }
    }
}

/// Runs until it is asked to stop, or until it has printed as many messages as were asked for.
pub(super) async fn run(config: &Config, name: &str, given: Inherited, printing: Printing) -> anyhow::Result<ExitCode> {
    let receiver = Receiver::start(config, name, given)?;
    let (traffic, form) = (receiver.traffic().clone(), printing.form);
    print_until_stopped(config, receiver, printing).await?;
    if matches!(form, Form::Plain(_)) {
        dashboard::goodbye(config, &traffic.borrow())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what is received, until it is asked to stop or has printed enough.
pub(super) async fn print_until_stopped(config: &Config, receiver: Receiver, printing: Printing) -> anyhow::Result<()> {
    let language = config.language.value;
    let (form, ends_with_reader, last_call) = (printing.form, printing.ends_with_reader, CancellationToken::new());
    let mut printer = begin_to_print(&receiver.archive, printing, language, &last_call).await?;
    tell(receiver.host.watches.told.clone(), language);
    if form != Form::Json {
        refusals::tell(&receiver, language);
    }
    // Before anybody is told that it listens, and may ask it to stop.
    let mut signals = StopSignals::new()?;
    // It needs no terminal, whose end is no reason to refuse calls.
    let ends_with_terminal = ends_with_reader || config.on_hangup.value == OnHangup::Stop;
    let signal =
        async { if ends_with_terminal { signals.next().await } else { signals.next_without_terminal().await } };
    // Scripts wait for these lines, so that they are the same in every language; people get theirs. Nobody is left to tell
    // when stderr is gone, and listening goes on all the same.
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
    // Whatever ended it. What was answered while the listener stopped is printed, too.
    let last_lines = async {
        last_call.cancel();
        match gone {
            Some(ended) => Ok(ended),
            None => tokio::time::timeout(LAST_LINES, printer).await,
        }
    };
    // A pipe that nobody reads holds nobody up.
    let Ok(ended) = receiver.close_after(last_lines).await? else { return Ok(()) };
    Ok(ended.map_err(|_reported| Broken::new(config, start::PRINTING_BROKE_OFF))??)
}

/// Begins to print what is received, until the last call. Lines that nobody can read are not made: they would take the processor
/// from callers.
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
        // Nobody is left to tell when stderr is gone.
        drop(say(&commands::GOES_ON_FROM_BOOKMARK.with(language, &[&name, &feed.lag()?])));
    }
    let goes_on = (!ends_with_reader).then(|| last_call.clone());
    Ok(print(feed, output, form, count, goes_on))
}

/// Says from now on what is wrong, and that it is over.
fn tell(mut told: watch::Receiver<Option<Reason>>, language: Language) {
    tokio::spawn(async move {
        while told.changed().await.is_ok() {
            let reason = told.borrow_and_update().clone();
            if let Some(reason) = reason {
                // Nobody is left to tell when stderr is gone.
                drop(say(&reason.of(language)));
            }
        }
    });
}

/// Prints what a feed delivers, on a thread of its own, until it ends or `count` messages are printed. What cannot be written
/// is tried again until `goes_on` is cancelled; without it, it ends the printing.
fn print(
    mut feed: Feed,
    mut output: Output<File>,
    form: Form,
    count: Option<u64>,
    goes_on: Option<CancellationToken>,
) -> JoinHandle<io::Result<()>> {
    tokio::task::spawn_blocking(move || {
        let mut left = count.unwrap_or(u64::MAX);
        while left > 0 {
            let limit = usize::try_from(left).unwrap_or(usize::MAX);
            let Some(batch) = feed.next_batch(limit).map_err(|error| io::Error::other(error.reason()))? else { break };
            let goes_on = || goes_on.as_ref().is_some_and(|token| !token.is_cancelled());
            output.print(&lines(&feed.filled(&batch), form), goes_on)?;
            feed.delivered(&batch);
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
