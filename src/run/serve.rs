//! `weibox serve`: receives without a screen and prints each new message as a line of JSON.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::archive::{self, Archive, Reader};
use crate::config::Config;
use crate::language::{Language, words};
use crate::query::Query;
use crate::record::title::title;
use crate::record::traffic::Call;
use crate::record::{Record, Seq};
use crate::text;
use crate::weibo::Content;

use output::Output;

use super::dashboard::{self, Broken};
use super::receive::{self, Receiver};
use super::{clock, say};

mod output;

/// So many messages are read at a time.
const BATCH: usize = 500;
/// After they could not be read, so long until the next try.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// The pause between two lines about refused calls.
const TELL_AGAIN: Duration = Duration::from_secs(1);
/// So many entries of the request log are looked at for a refused call; handshakes are there, too.
const LOOK_BACK: usize = 100;
/// After the listener has stopped, so long may printing what is left take; a pipe that nobody reads must not hold us.
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
    let sender = record.message.sender_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let words = match &record.message.content {
        Content::Position { longitude, latitude } => format!("{latitude},{longitude} {}", record.message.text),
        Content::Event { subtype, .. } | Content::Mention { subtype, .. } => {
            format!("{subtype} {}", record.message.text)
        }
        Content::Unreadable { reason } => reason.of(language),
        Content::Text | Content::Voice(_) | Content::Image(_) | Content::Unknown(_) => record.message.text.clone(),
    };
    let mark = if record.verified { String::new() } else { format!(" {}", words::PLAIN_UNVERIFIED.of(language)) };
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
    /// After so many it ends; `None` for no end.
    pub(super) count: Option<u64>,
    /// Whether it ends when whoever reads it has gone. Listening that loses messages must not.
    pub(super) ends_with_reader: bool,
}

impl Printing {
    /// All messages, without an end.
    pub(super) fn all(form: Form) -> Self {
        Self { query: Query::default(), form, count: None, ends_with_reader: false }
    }
}

/// Runs until it is asked to stop, or until it has printed as many messages as were asked for.
pub(super) async fn run(config: &Config, name: &str, printing: Printing) -> anyhow::Result<ExitCode> {
    let receiver = Receiver::start(config, name)?;
    let (traffic, form) = (receiver.traffic.clone(), printing.form);
    print_until_stopped(config, receiver, printing).await?;
    if matches!(form, Form::Plain(_)) {
        dashboard::goodbye(config, *traffic.borrow())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what is received, until it is asked to stop or has printed enough.
pub(super) async fn print_until_stopped(config: &Config, receiver: Receiver, printing: Printing) -> anyhow::Result<()> {
    let language = config.language.value;
    let form = printing.form;
    let mut printer = print(&receiver.archive, printing, language)?;
    tell_of_damage(&receiver.archive, language);
    if form != Form::Json {
        tell_of_refusals(&receiver, language)?;
    }
    for url in receiver.urls(config) {
        let ready = format!("listening on {url}");
        // Scripts wait for this line, so that it is the same in every language; people get theirs. Nobody is left to tell
        // when stderr is gone, and listening goes on all the same.
        drop(say(&if form == Form::Json { ready } else { language.retell(&ready).into_owned() }));
    }
    let stop = receiver.stop.child_token();
    let asked = super::stop_when_asked(&stop);
    let gone = tokio::select! {
        () = stop.cancelled() => None,
        ended = &mut printer => Some(ended),
    };
    asked.abort();
    // Whatever ended it. What is answered while the listener stops is printed, too: the printer ends when the archive has
    // closed.
    receiver.close().await?;
    let ended = match gone {
        Some(ended) => Ok(ended),
        None => tokio::time::timeout(LAST_LINES, printer).await,
    };
    // A pipe that nobody reads holds nobody up.
    let Ok(ended) = ended else { return Ok(()) };
    Ok(ended.map_err(|_reported| Broken::new(config, "printing"))??)
}

/// Says from now on what becomes of a damaged archive.
fn tell_of_damage(archive: &Archive, language: Language) {
    let mut damage = archive.damage();
    tokio::spawn(async move {
        while damage.changed().await.is_ok() {
            let told = damage.borrow_and_update().as_ref().map(receive::damage);
            if let Some(words) = told {
                // Nobody is left to tell when stderr is gone.
                drop(say(&words.of(language)));
            }
        }
    });
}

/// Says from now on which calls were refused: the last one, at most once in [`TELL_AGAIN`].
fn tell_of_refusals(receiver: &Receiver, language: Language) -> anyhow::Result<()> {
    let (mut traffic, mut reader) = (receiver.traffic.clone(), receiver.archive.reader()?);
    let mut n_told = traffic.borrow().refused;
    tokio::spawn(async move {
        while traffic.changed().await.is_ok() {
            if traffic.borrow().refused == n_told {
                continue;
            }
            // The call is in the log by then, and a flood of them is one line.
            tokio::time::sleep(TELL_AGAIN).await;
            let n_refused = traffic.borrow_and_update().refused;
            let looked = tokio::task::spawn_blocking(move || {
                let calls = reader.calls(LOOK_BACK);
                (reader, calls)
            });
            let Ok((given_back, calls)) = looked.await else { return };
            reader = given_back;
            let last = calls.unwrap_or_default().into_iter().find(|call| call.status >= 400);
            if let Some(Call { method, path, remote, status, reason, .. }) = last {
                let reason = reason.of(language);
                let values: [&dyn std::fmt::Display; 6] =
                    [&(n_refused - n_told), &method, &path, &remote, &status, &reason];
                drop(say(&text::line(&words::PLAIN_REFUSED.with(language, &values))));
            }
            n_told = n_refused;
        }
    });
    Ok(())
}

/// Prints what is stored from now on, on a thread of its own, until the archive is closed and everything is printed.
fn print(archive: &Archive, printing: Printing, language: Language) -> anyhow::Result<JoinHandle<io::Result<()>>> {
    let Printing { query, form, count, ends_with_reader } = printing;
    let (mut output, mut left) = (Output::stdout(language)?, count.unwrap_or(u64::MAX));
    let reader = archive.reader()?;
    let bell = archive.committed();
    let mut seq = bell.borrow().seq;
    let (runtime, archive) = (tokio::runtime::Handle::current(), archive.clone());
    Ok(tokio::task::spawn_blocking(move || {
        let (mut reader, mut bell) = (reader, bell);
        let mut is_open = true;
        while is_open {
            is_open = runtime.block_on(bell.wait_for(|committed| committed.seq > seq)).is_ok();
            loop {
                reader.refresh();
                match next_batch(&reader, &query, seq) {
                    Ok(None) => break,
                    Ok(Some((last, mut records))) => {
                        records.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                        output.print(&lines(&records, form), || !ends_with_reader && bell.has_changed().is_ok())?;
                        seq = last;
                        left -= records.len() as u64;
                        if left == 0 {
                            return Ok(());
                        }
                    }
                    Err(error) if !is_open => return Err(io::Error::other(error)),
                    // It may pass, and the lines are late then, as by a slow pipe.
                    Err(error) => {
                        tracing::error!(%error, "what is to be printed could not be read");
                        if error.is_damaged() {
                            archive.distrust();
                        }
                        std::thread::sleep(READ_AGAIN);
                        is_open = bell.has_changed().is_ok();
                    }
                }
            }
        }
        Ok(())
    }))
}

/// The next messages after this one that the query finds, and the last of all that were looked at; `None` when there are
/// none.
fn next_batch(reader: &Reader, query: &Query, seq: Seq) -> Result<Option<(Seq, Vec<Record>)>, archive::Error> {
    let Some(last) = reader.end_of_batch(seq, BATCH)? else { return Ok(None) };
    Ok(Some((last, reader.find_between(query, seq, last, clock::now())?)))
}

fn lines(records: &[Record], form: Form) -> Vec<u8> {
    let line = |record: &Record| match form {
        Form::Json => format!("{}\n", record.to_json()),
        Form::Plain(language) => format!("{}\n", plain(record, language)),
    };
    records.iter().map(line).collect::<String>().into_bytes()
}
