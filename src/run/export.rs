//! `weibox export`: the archive to stdout, oldest first, also while another weibox writes to it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use chrono::SecondsFormat;

use crate::archive::Reader;
use crate::cli::Format;
use crate::config::Config;
use crate::query::Query;
use crate::record::{Record, Seq};

use super::{clock, parallel};

/// So many messages are rendered at a time; memory does not grow with the archive.
const BATCH: usize = 1000;

/// This many batches a worker are under way. Each is a megabyte or one message, and some bytes of a body are written as six.
const UNDER_WAY: usize = 4;

/// The titles of the CSV columns; the JSON fields without `raw`, which stands under `text` for unreadable ones, and
/// without `account`, which comes last and only where there are several.
const TITLES: [&str; 11] = [
    "seq",
    "type",
    "receiver_id",
    "sender_id",
    "created_at",
    "sent_at",
    "received_at",
    "text",
    "data",
    "verified",
    "deliveries",
];

/// Some messages that follow each other.
#[derive(Clone, Copy)]
struct Batch {
    /// The last one before them.
    after: Seq,
    /// The last of them.
    last: Seq,
}

/// Writes everything that is there now. Batches are read and rendered on all cores, each with a connection of its own.
pub(super) fn run(config: &Config, format: Format, query: &Query) -> anyhow::Result<ExitCode> {
    let has_accounts = !config.accounts.value.is_empty();
    let account_title = has_accounts.then_some("account");
    let open = || Reader::open(&config.data_dir.value);
    let reader = open()?;
    let workers = (0..parallel::n_workers()).map(|_| {
        let reader = open()?;
        let query = query.clone();
        Ok(move |batch| render(&reader, &query, batch, format, has_accounts))
    });
    let workers = workers.collect::<anyhow::Result<Vec<_>>>()?;
    let mut out = io::stdout().lock();
    if format == Format::Csv {
        csv::Writer::from_writer(&mut out).write_record(TITLES.into_iter().chain(account_title)).map_err(csv_error)?;
    }
    parallel::in_order(workers, UNDER_WAY, batches(&reader), |text| Ok(out.write_all(&text?)?))?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn batches(reader: &Reader) -> impl Iterator<Item = anyhow::Result<Batch>> {
    let mut after = 0;
    std::iter::from_fn(move || {
        let end = reader.end_of_batch(after, BATCH).transpose()?;
        Some(end.map(|last| Batch { after: std::mem::replace(&mut after, last), last }).map_err(Into::into))
    })
}

fn render(reader: &Reader, query: &Query, batch: Batch, format: Format, has_accounts: bool) -> anyhow::Result<Vec<u8>> {
    let records = reader.find_between(query, batch.after, batch.last, clock::now())?;
    let mut text = Vec::new();
    match format {
        Format::Jsonl => {
            for record in &records {
                writeln!(text, "{}", record.to_json())?;
            }
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut text);
            for record in &records {
                let account = has_accounts.then(|| record.account.clone());
                csv.write_record(cells(record).into_iter().chain(account)).map_err(csv_error)?;
            }
            csv.flush()?;
        }
    }
    Ok(text)
}

fn cells(record: &Record) -> [String; 11] {
    let message = &record.message;
    let id = |id: Option<crate::weibo::UserId>| id.map_or_else(String::new, |id| id.to_string());
    let is_unreadable = message.kind() == crate::weibo::Kind::Unreadable;
    let text = if is_unreadable { String::from_utf8_lossy(&record.raw).into_owned() } else { message.text.clone() };
    [
        record.seq.to_string(),
        message.type_name.clone(),
        id(message.receiver_id),
        id(message.sender_id),
        message.created_at.clone(),
        record.sent_at().to_rfc3339(),
        record.received_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        text,
        serde_json::Value::Object(message.data.clone()).to_string(),
        record.verified.to_string(),
        record.deliveries.to_string(),
    ]
}

/// The I/O error inside, so that a closed pipe is recognised; as a whole it would be of kind `Other`.
fn csv_error(error: csv::Error) -> anyhow::Error {
    let words = error.to_string();
    if let csv::ErrorKind::Io(source) = error.into_kind() { source.into() } else { anyhow::Error::msg(words) }
}
