//! `weibox export`: the archive to stdout, oldest first, also while another weibox writes to it.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use chrono::SecondsFormat;

use crate::archive::Reader;
use crate::cli::Format;
use crate::config::Config;
use crate::record::Record;

/// So many messages are read at a time; memory does not grow with the archive.
const BATCH: usize = 1000;

/// The titles of the CSV columns; the JSON fields without `raw`, which stands under `text` for unreadable ones.
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

/// Writes everything.
pub(super) fn run(config: &Config, format: Format) -> anyhow::Result<ExitCode> {
    let reader = Reader::open(&config.data_dir.value)?;
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        Format::Jsonl => each(&reader, |record| Ok(writeln!(out, "{}", record.to_json())?))?,
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(TITLES).map_err(csv_error)?;
            each(&reader, |record| csv.write_record(cells(record)).map_err(csv_error))?;
            csv.flush()?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn each(reader: &Reader, mut write: impl FnMut(&Record) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut seq = 0;
    loop {
        let records = reader.after(seq, BATCH)?;
        let Some(last) = records.last() else { return Ok(()) };
        seq = last.seq;
        records.iter().try_for_each(&mut write)?;
    }
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
