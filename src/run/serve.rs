//! `weibox serve`: receives without a screen and prints each new message as a line of JSON.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::archive::{Archive, Reader};
use crate::config::Config;
use crate::query::Query;
use crate::record::Seq;
use crate::terminal;

use super::receive::Receiver;
use super::{clock, say};

/// So many messages are read at a time.
const BATCH: usize = 500;
/// After the listener has stopped, so long may printing what is left take; a pipe that nobody reads must not hold us.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Runs until it is asked to stop, or until whoever reads its output has gone.
pub(super) async fn run(config: &Config, name: &str, query: &Query) -> anyhow::Result<ExitCode> {
    let receiver = Receiver::start(config, name)?;
    print_until_stopped(config, receiver, query).await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what is received, until it is asked to stop or until whoever reads its output has gone.
pub(super) async fn print_until_stopped(config: &Config, receiver: Receiver, query: &Query) -> anyhow::Result<()> {
    let mut printer = print(&receiver.archive, query.clone())?;
    say(&format!("listening on {}", receiver.url(config)))?;
    let mut is_gone = false;
    tokio::select! {
        signal = terminal::asked_to_stop() => tracing::info!(signal = signal?, "asked to stop"),
        ended = &mut printer => {
            is_gone = true;
            ended??;
        }
    }
    // What is answered while the listener stops is printed, too: the printer ends when the archive has closed.
    receiver.close().await?;
    if !is_gone && let Ok(ended) = tokio::time::timeout(LAST_LINES, printer).await {
        ended??;
    }
    Ok(())
}

/// Prints what is stored from now on, on a thread of its own, until the archive is closed and everything is printed.
fn print(archive: &Archive, query: Query) -> anyhow::Result<JoinHandle<io::Result<()>>> {
    let reader = archive.reader()?;
    let bell = archive.committed();
    let mut seq = bell.borrow().seq;
    let runtime = tokio::runtime::Handle::current();
    Ok(tokio::task::spawn_blocking(move || {
        let mut bell = bell;
        while runtime.block_on(bell.wait_for(|committed| committed.seq > seq)).is_ok() {
            seq = print_after(&reader, &query, seq)?;
        }
        print_after(&reader, &query, seq).map(drop)
    }))
}

/// Prints all messages after this one that the query finds; returns the last of all there were.
fn print_after(reader: &Reader, query: &Query, mut seq: Seq) -> io::Result<Seq> {
    let now = clock::now();
    loop {
        let Some(last) = reader.end_of_batch(seq, BATCH).map_err(io::Error::other)? else { return Ok(seq) };
        let records = reader.find_between(query, seq, last, now).map_err(io::Error::other)?;
        seq = last;
        let mut out = io::stdout().lock();
        for record in &records {
            writeln!(out, "{}", record.to_json())?;
        }
        out.flush()?;
    }
}
