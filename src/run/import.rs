//! `weibox import`: imports JSON lines into the archive, also while another weibox listens for it.
//!
//! This module reads blocks of whole lines, parses them on all cores, and writes them in order on the calling
//! thread.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;

use crate::archive::{self, Import, ImportEntry, Imported, Salvaged};
use crate::config::Config;
use crate::language::{Language, commands as words};
use crate::reason::{self, Reason, command, files, hints};
use crate::record::line;

use super::{clock, parallel, report, say};

/// The number of bytes that are parsed at a time, plus the rest of the last line.
const BLOCK: u64 = 256 << 10;
/// The number of blocks of each worker that are in progress: enough to continue with while a turn is written.
const UNDER_WAY: usize = 16;
/// The maximum length of a line: the longest body that can be configured is 16 MB, and JSON writes some bytes
/// as six.
const LINE: u64 = 128 << 20;
/// The maximum number of unreadable lines that are reported one by one; others are only counted.
const NAMED: u64 = 100;

/// Some whole lines of a file.
struct Block {
    /// Name of the file, as the user typed it.
    name: String,
    /// Number of the first line, from 1.
    first: u64,
    bytes: Vec<u8>,
}

/// A parsed block.
struct Parsed {
    n_bytes: u64,
    entries: Vec<ImportEntry>,
    /// The unreadable lines, each with the reason.
    refused: Vec<(String, Reason)>,
}

/// The state of an import.
struct Progress {
    language: Language,
    import: Import,
    bar: ProgressBar,
    waiting: Vec<ImportEntry>,
    /// Number of bytes of the waiting entries.
    n_bytes: usize,
    total: Imported,
    n_refused: u64,
}

/// Imports everything that can be read. Returns 1 if something could not.
pub(super) fn run(config: &Config, files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    // All files are opened first, so that a wrong name is reported before anything is done.
    let (directories, files): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|path| path.is_dir());
    let blocks = files.iter().map(|path| blocks(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let language = config.language.value;
    let import = Import::open(&config.data_dir.value)?;
    if import.is_beside() {
        say(words::IMPORTING_SLOWLY.of(language))?;
    }
    let mut progress = Progress {
        language,
        import,
        bar: bar(&files, language),
        waiting: Vec::new(),
        n_bytes: 0,
        total: Imported::default(),
        n_refused: 0,
    };
    // The listener needs a processor as well.
    let n_workers = if progress.import.is_beside() { 1 } else { parallel::n_workers() };
    let workers = vec![parse; n_workers];
    parallel::in_order(workers, UNDER_WAY, blocks.into_iter().flatten(), |parsed| progress.take(parsed))?;
    directories.iter().try_for_each(|directory| progress.merge(config, directory))?;
    progress.finish()
}

impl Progress {
    fn take(&mut self, parsed: Parsed) -> anyhow::Result<()> {
        for (line, reason) in &parsed.refused {
            self.n_refused += 1;
            if self.n_refused <= NAMED {
                self.bar.suspend(|| say(&format!("{line}: {}", reason.of(self.language))))?;
            }
        }
        for entry in parsed.entries {
            self.n_bytes += entry.size();
            self.waiting.push(entry);
            if self.import.is_turn(self.waiting.len(), self.n_bytes) {
                self.write()?;
            }
        }
        self.bar.inc(parsed.n_bytes);
        Ok(())
    }

    /// Adds what is missing from an archive that was put aside.
    fn merge(&mut self, config: &Config, directory: &Path) -> anyhow::Result<()> {
        let shown = directory.display();
        if directory.canonicalize()? == config.data_dir.value.canonicalize()? {
            return Err(reason::archive::ARCHIVE_ITSELF.with(shown).into());
        }
        let merged = archive::merge(directory, &mut self.import).map_err(|error| {
            if matches!(error, archive::Error::Missing { .. }) {
                return error.reason().with_hint(Some(hints::IMPORT_TAKES.into())).into();
            }
            anyhow::Error::from(error)
        });
        let Salvaged { messages, known, lost, pages, .. } = merged?;
        self.total.new += messages;
        self.total.known += known;
        if lost + pages > 0 {
            let words = reason::archive::MERGED_BADLY.with(shown).with(lost).with(pages);
            self.bar.suspend(|| say(&words.of(self.language)))?;
        }
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let Imported { new, known } = self.import.write(&self.waiting)?;
        self.waiting.clear();
        self.n_bytes = 0;
        self.total.new += new;
        self.total.known += known;
        self.bar.set_message(format!("{} messages", self.total.new + self.total.known));
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<ExitCode> {
        self.write()?;
        self.import.finish()?;
        self.bar.finish_and_clear();
        let (Imported { new, known }, n_refused) = (self.total, self.n_refused);
        say(&match n_refused {
            0 => words::IMPORTED.with(self.language, &[&new, &known]),
            n_refused => words::IMPORTED_REFUSED.with(self.language, &[&new, &known, &n_refused]),
        })?;
        Ok(if n_refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Shows progress, only on a terminal: as a bar if the size is known.
fn bar(files: &[PathBuf], language: Language) -> ProgressBar {
    let sizes = files.iter().map(|path| path.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len()));
    let size = sizes.sum::<Option<u64>>();
    let template = if size.is_some() { words::BAR_OF_BYTES.of(language) } else { "{spinner} {bytes}  {msg}" };
    report::bar(size, template)
}

/// Opens a file; the iterator reads it block by block.
fn blocks(path: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Block>>> {
    let name = path.display().to_string();
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).map_err(|error| files::FILE_UNOPENED.with(&name).with(&error))?))
    };
    let mut first = 1;
    Ok(std::iter::from_fn(move || {
        let bytes =
            match next_lines(&mut input).map_err(|reason| command::LINES_UNREAD.with(&name).with(first).with(reason)) {
                Ok(bytes) if bytes.is_empty() => return None,
                Ok(bytes) if first == 1 && looks_like_csv(&bytes) => {
                    let reason = command::CSV_NOT_IMPORTED.with(&name).with(hints::IMPORT_TAKES);
                    return Some(Err(reason.into()));
                }
                Ok(bytes) => bytes,
                Err(reason) => return Some(Err(reason.into())),
            };
        // All blocks but the last end with a line break, after which `split` yields one more piece.
        let n_lines = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        let block = Block { name: name.clone(), first, bytes };
        first += n_lines;
        Some(Ok(block))
    }))
}

/// Whether a file begins like the CSV of `weibox export`, also if a spreadsheet has saved it again.
fn looks_like_csv(begin: &[u8]) -> bool {
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin);
    let rest = begin.strip_prefix(b"seq").or_else(|| begin.strip_prefix(b"\"seq\""));
    rest.and_then(<[u8]>::first).is_some_and(|byte| b",;\t".contains(byte))
}

/// Reads the next whole lines, the last one also without a line break; nothing at the end of the input.
fn next_lines(input: &mut impl BufRead) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    input.by_ref().take(BLOCK).read_to_end(&mut bytes).map_err(|error| Reason::from(&error))?;
    let n_rest = input.by_ref().take(LINE).read_until(b'\n', &mut bytes).map_err(|error| Reason::from(&error))?;
    if n_rest as u64 == LINE {
        return Err(command::LINE_TOO_LONG.with(LINE));
    }
    Ok(bytes)
}

fn parse(block: Block) -> Parsed {
    let now = clock::now();
    let Block { name, first, bytes } = block;
    let mut parsed = Parsed { n_bytes: bytes.len() as u64, entries: Vec::new(), refused: Vec::new() };
    let lines = (first..).zip(bytes.split(|byte| *byte == b'\n'));
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        match line::read(line, now) {
            Ok(record) => parsed.entries.push(ImportEntry::new(record)),
            Err(reason) => parsed.refused.push((format!("{name}:{number}"), reason)),
        }
    }
    parsed
}
