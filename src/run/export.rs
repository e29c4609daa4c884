//! `weibox export`: writes the archive to stdout, oldest first, also while another weibox writes to it.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use rustix::process::setpriority_process;

use crate::archive::{self, Lock, Reader};
use crate::cli::Format;
use crate::config::Config;
use crate::language::list;
use crate::query::Query;
use crate::reason::command;
use crate::record::page::Selection;
use crate::record::{Record, Seq};

use super::report::{stdout, wrong_usage};
use super::{clock, parallel, say};

mod csv;

use csv::{Csv, CsvCells};

/// The number of messages that are rendered at a time; memory does not grow with the archive.
const BATCH: usize = 1000;

/// The number of batches of each worker that are in progress. Each is a megabyte or one message, and some
/// bytes of a body are written as six.
const UNDER_WAY: usize = 4;
/// The nice value of an export beside a listener.
const BESIDE: i32 = 10;

/// A range of consecutive messages.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    /// The last message before the range.
    after: Seq,
    /// The last message of the range.
    last: Seq,
}

/// Writes all messages that are there now. Batches are read and rendered on all cores, each with a connection
/// of its own.
pub(super) fn run(config: &Config, format: Format, is_raw: bool, query: &Query) -> anyhow::Result<ExitCode> {
    if is_raw && format != Format::Csv {
        return Err(wrong_usage(command::ONLY_WITH.with("--csv-raw").with("--format csv")).into());
    }
    if Lock::holder(&config.data_dir.value).is_some() {
        // The listener comes first, and nobody waits for a lock of an export. The export also works at normal
        // priority.
        let _unchanged = setpriority_process(None, BESIDE);
    }
    let has_accounts = !config.accounts.value.is_empty();
    let cells = match is_raw {
        false => CsvCells::Harmless,
        // Nothing parses the output on a terminal.
        true if io::stdout().is_terminal() => CsvCells::Drawable,
        true => CsvCells::Raw,
    };
    let csv = (format == Format::Csv).then_some(Csv { has_accounts, cells });
    let open = || Reader::open(&config.data_dir.value);
    let reader = open()?;
    if let Some(percent) = reader.indexed_again()?.filter(|_| query.has_words()) {
        // A closed stderr is ignored.
        drop(say(&list::INDEXED_AGAIN.with(config.language.value, &[&percent])));
    }
    let workers = (0..parallel::n_workers()).map(|_| {
        let reader = open()?;
        let query = query.clone();
        Ok(move |batch| render(&reader, &query, batch, csv))
    });
    let workers = workers.collect::<anyhow::Result<Vec<_>>>()?;
    let mut out = stdout();
    if let Some(csv) = csv {
        csv.begin(&mut out)?;
    }
    let batches = batches(&reader, BATCH).map(|batch| Ok(batch?));
    parallel::in_order(workers, UNDER_WAY, batches, |text| Ok(out.write_all(&text?)?))?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes some messages that are there now, oldest first, over one connection. CSV gets cells that no
/// spreadsheet executes, and a column for the account.
pub(super) fn write(
    reader: &Reader,
    selection: &Selection,
    format: Format,
    mut out: impl io::Write,
) -> anyhow::Result<()> {
    let csv = (format == Format::Csv).then_some(Csv { has_accounts: true, cells: CsvCells::Harmless });
    if let Some(csv) = csv {
        csv.begin(&mut out)?;
    }
    match selection {
        Selection::Query(query) => {
            for batch in batches(reader, BATCH) {
                out.write_all(&render(reader, query, batch?, csv)?)?;
            }
        }
        Selection::Seqs(seqs) => {
            for seq in seqs {
                let records: Vec<Record> = reader.record(*seq)?.into_iter().collect();
                out.write_all(&rendered(reader, records, csv)?)?;
            }
        }
    }
    Ok(out.flush()?)
}

/// Returns ranges of at most `n` messages, from the oldest on.
pub(super) fn batches(reader: &Reader, n: usize) -> impl Iterator<Item = Result<Batch, archive::Error>> {
    let mut after = 0;
    std::iter::from_fn(move || {
        let end = reader.end_of_batch(after, n).transpose()?;
        Some(end.map(|last| Batch { after: std::mem::replace(&mut after, last), last }))
    })
}

impl Batch {
    /// Returns the messages of the range that match.
    pub(super) fn find(self, reader: &Reader, query: &Query) -> Result<Vec<Record>, archive::Error> {
        reader.find_between(query, self.after, self.last, clock::now())
    }
}

fn render(reader: &Reader, query: &Query, batch: Batch, csv: Option<Csv>) -> anyhow::Result<Vec<u8>> {
    rendered(reader, batch.find(reader, query)?, csv)
}

/// Renders records as CSV, or as JSON lines without one.
fn rendered(reader: &Reader, mut records: Vec<Record>, csv: Option<Csv>) -> anyhow::Result<Vec<u8>> {
    reader.fill(&mut records)?;
    let Some(csv) = csv else {
        let mut lines = Vec::new();
        for record in &records {
            writeln!(lines, "{}", record.to_json())?;
        }
        return Ok(lines);
    };
    csv.rows(&records)
}
