//! `weibox import`: JSON lines into the archive, also while another weibox listens for it.
//!
//! Blocks of whole lines are read here, parsed on all cores, and written in their order on this thread.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::archive::{self, Import, ImportEntry, Imported, Salvaged};
use crate::config::Config;
use crate::language::Language;
use crate::reason::{self, Reason};
use crate::record::line;

use super::{clock, parallel, say};

/// So many bytes, and the rest of the last line, are parsed at a time.
const BLOCK: u64 = 256 << 10;
/// The longest line: the longest body that can be set is 16 MB, and JSON writes some bytes with six.
const LINE: u64 = 128 << 20;
/// So many lines that cannot be read are named; of more only their number is told.
const NAMED: u64 = 100;

/// Some whole lines of a file.
struct Block {
    /// The file as it was named.
    name: String,
    /// The number of the first line, from 1.
    first: u64,
    bytes: Vec<u8>,
}

/// A block, parsed.
struct Parsed {
    n_bytes: u64,
    entries: Vec<ImportEntry>,
    /// Which line, and why.
    refused: Vec<(String, Reason)>,
}

/// What is under way.
struct Progress {
    language: Language,
    import: Import,
    bar: ProgressBar,
    waiting: Vec<ImportEntry>,
    total: Imported,
    n_refused: u64,
}

/// Imports everything that can be read. 1 if something could not.
pub(super) fn run(config: &Config, files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    // All are opened first, so that a slip in the last name is told before anything is done.
    let (directories, files): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|path| path.is_dir());
    let blocks = files.iter().map(|path| blocks(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let language = config.language.value;
    let import = Import::open(&config.data_dir.value)?;
    if import.is_beside() {
        let words = "another weibox has this archive: importing slowly, so that its answers are not late";
        say(&language.retell(words))?;
    }
    let waiting = Vec::with_capacity(import.turn());
    let mut progress =
        Progress { language, import, bar: bar(&files), waiting, total: Imported::default(), n_refused: 0 };
    let workers = vec![parse; parallel::n_workers()];
    parallel::in_order(workers, blocks.into_iter().flatten(), |parsed| progress.take(parsed))?;
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
        self.waiting.extend(parsed.entries);
        while self.waiting.len() >= self.import.turn() {
            let rest = self.waiting.split_off(self.import.turn());
            self.write()?;
            self.waiting = rest;
        }
        self.bar.inc(parsed.n_bytes);
        Ok(())
    }

    /// Takes what is missing from an archive that was put aside.
    fn merge(&mut self, config: &Config, directory: &Path) -> anyhow::Result<()> {
        let shown = directory.display();
        if directory.canonicalize()? == config.data_dir.value.canonicalize()? {
            bail!("{}", reason::archive::ARCHIVE_ITSELF.with(shown));
        }
        let Salvaged { messages, known, broken, pages, .. } = archive::merge(directory, &mut self.import)?;
        self.total.new += messages;
        self.total.known += known;
        if broken + pages > 0 {
            let words = reason::archive::MERGED_BADLY.with(shown).with(broken).with(pages);
            self.bar.suspend(|| say(&words.of(self.language)))?;
        }
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let Imported { new, known } = self.import.write(&self.waiting)?;
        self.waiting.clear();
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
        let refused = if n_refused == 0 { String::new() } else { format!(", {n_refused} lines refused") };
        say(&self.language.retell(&format!("{new} imported, {known} there already{refused}")))?;
        Ok(if n_refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Shows progress, on a terminal only: a bar if it is known how much there is.
fn bar(files: &[PathBuf]) -> ProgressBar {
    let sizes = files.iter().map(|path| path.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len()));
    let (bar, template) = match sizes.sum::<Option<u64>>() {
        Some(size) => (ProgressBar::new(size), "{bar:30} {bytes}/{total_bytes}  {msg}  {eta} left"),
        None => (ProgressBar::no_length(), "{spinner} {bytes}  {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Opens a file; the iterator reads it block by block.
fn blocks(path: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Block>>> {
    let name = path.display().to_string();
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).with_context(|| format!("cannot open `{name}`"))?))
    };
    let mut first = 1;
    Ok(std::iter::from_fn(move || {
        let bytes = match next_lines(&mut input).with_context(|| format!("cannot read `{name}`, line {first} or later"))
        {
            Ok(bytes) if bytes.is_empty() => return None,
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(error)),
        };
        // All but the last end with a line break, after which splitting finds one more.
        let n_lines = bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        let block = Block { name: name.clone(), first, bytes };
        first += n_lines;
        Some(Ok(block))
    }))
}

/// The next whole lines, the last one also without its end; none at the end of the input.
fn next_lines(input: &mut impl BufRead) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.by_ref().take(BLOCK).read_to_end(&mut bytes)?;
    let n_rest = input.by_ref().take(LINE).read_until(b'\n', &mut bytes)?;
    if n_rest as u64 == LINE {
        bail!("a line is longer than {LINE} bytes");
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
