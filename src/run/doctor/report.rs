//! Formats the report of `weibox doctor`: sections of findings, made for pasting. The checks themselves are
//! elsewhere.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use crate::controls::looks::Glyphs;
use crate::language::{Language, Words, doctor as words, steps};
use crate::reason::{Fault, Reason};
use crate::text;

/// The state of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FindingState {
    /// The state is as it should be.
    Fine,
    /// It works, but deserves a look.
    Note,
    /// Something is wrong: exit code 1.
    Wrong,
    /// The check did not run.
    Skipped,
}

/// One line of the report.
#[derive(Debug)]
pub(in crate::run) struct Finding {
    mark: FindingState,
    topic: Topic,
    value: String,
    hint: Option<String>,
}

/// The subject of findings, and the language of their words.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    name: String,
    language: Language,
}

impl Topic {
    pub(super) fn new(name: Words, language: Language) -> Self {
        Self::named(name.of(language), language)
    }

    /// Creates a topic whose name is the same in every language.
    pub(super) fn named(name: impl Into<String>, language: Language) -> Self {
        Self { name: name.into(), language }
    }

    pub(super) fn found(&self, mark: FindingState, words: Words, values: &[&dyn Display]) -> Finding {
        self.said(mark, words.with(self.language, values))
    }

    pub(super) fn reason(&self, mark: FindingState, reason: &Reason) -> Finding {
        self.said(mark, reason.of(self.language))
    }

    /// Creates the finding for something that does not work.
    pub(super) fn fault(&self, fault: &Fault) -> Finding {
        self.reason(FindingState::Wrong, &fault.reason()).remedy(fault.hint().as_ref())
    }

    /// Creates a finding whose value is the same in every language.
    pub(super) fn said(&self, mark: FindingState, value: impl Into<String>) -> Finding {
        Finding { mark, topic: self.clone(), value: value.into(), hint: None }
    }
}

impl Finding {
    pub(in crate::run) fn is_fine(&self) -> bool {
        self.mark == FindingState::Fine
    }

    /// Returns the value, and the hint if there is one.
    pub(in crate::run) fn words(self) -> String {
        match self.hint {
            Some(hint) => steps::AND_HINT.with(self.topic.language, &[&self.value, &hint]),
            None => self.value,
        }
    }

    pub(super) fn hint(self, words: Words, values: &[&dyn Display]) -> Self {
        Self { hint: Some(words.with(self.topic.language, values)), ..self }
    }

    /// Adds a hint to the finding, if there is one.
    pub(super) fn remedy(self, remedy: Option<&Reason>) -> Self {
        Self { hint: remedy.map(|remedy| remedy.of(self.topic.language)), ..self }
    }
}

/// Writes the report section by section, because some checks take a while, and counts what is wrong
/// and what deserves a look.
pub(super) struct Report<'a, W> {
    out: W,
    /// The language of the words.
    pub(super) language: Language,
    glyphs: Glyphs,
    /// Home directory, which is written as `~` to keep the user's name private.
    home: &'a Path,
    n_wrong: usize,
    n_notes: usize,
}

impl<'a, W: Write> Report<'a, W> {
    pub(super) const fn new(out: W, language: Language, glyphs: Glyphs, home: &'a Path) -> Self {
        Self { out, language, glyphs, home, n_wrong: 0, n_notes: 0 }
    }

    /// Writes a section: its heading, and its findings with their names in a column.
    pub(super) fn section(&mut self, heading: Words, findings: &[Finding]) -> io::Result<()> {
        let width = |finding: &Finding| text::width(&text::line(&finding.topic.name));
        let width = findings.iter().map(width).max().unwrap_or_default();
        writeln!(self.out, "{}", heading.of(self.language))?;
        for Finding { mark, topic, value, hint } in findings {
            self.n_wrong += usize::from(*mark == FindingState::Wrong);
            self.n_notes += usize::from(*mark == FindingState::Note);
            let name = text::pad(&text::line(&topic.name), width);
            writeln!(self.out, "  {} {name}  {}", self.glyph(*mark), self.drawable(value))?;
            if let Some(hint) = hint {
                writeln!(self.out, "    {}  > {}", " ".repeat(width), self.drawable(hint))?;
            }
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    /// Writes the last line; returns whether nothing is wrong.
    pub(super) fn end(mut self) -> io::Result<bool> {
        let said = match (self.n_wrong, self.n_notes) {
            (0, 0) => words::ALL_WELL.of(self.language).to_owned(),
            (0, n) => words::WELL_WITH_NOTES.with(self.language, &[&n]),
            (n, _) => words::SOME_WRONG.with(self.language, &[&n]),
        };
        writeln!(self.out, "{said}")?;
        Ok(self.n_wrong == 0)
    }

    /// Returns a value on one line, without control characters and the user's home directory.
    fn drawable(&self, value: &str) -> String {
        let line = text::line(value).into_owned();
        match self.home.to_str().map(|home| home.trim_end_matches('/')) {
            Some(home) if !home.is_empty() => line.replace(home, "~"),
            Some(_) | None => line,
        }
    }

    const fn glyph(&self, mark: FindingState) -> &'static str {
        match (mark, self.glyphs) {
            (FindingState::Fine, Glyphs::Unicode) => "✓",
            (FindingState::Fine, Glyphs::Ascii) => "+",
            (FindingState::Note, _) => "!",
            (FindingState::Wrong, Glyphs::Unicode) => "✗",
            (FindingState::Wrong, Glyphs::Ascii) => "x",
            (FindingState::Skipped, _) => "-",
        }
    }
}
