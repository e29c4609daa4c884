//! The text of `weibox doctor`: sections of findings, made to be pasted. What is found is not decided here.

use std::io::{self, Write};
use std::path::Path;

use crate::controls::looks::Glyphs;
use crate::language::{Language, Words, doctor as words};
use crate::text;

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FindingState {
    /// As it should be.
    Fine,
    /// It works, but is worth a look.
    Note,
    /// It is wrong: exit code 1.
    Wrong,
    /// Nobody has looked.
    Skipped,
}

/// One line of the report.
#[derive(Debug)]
pub(super) struct Finding {
    mark: FindingState,
    name: String,
    value: String,
    hint: Option<String>,
}

impl Finding {
    pub(super) fn new(mark: FindingState, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { mark, name: name.into(), value: value.into(), hint: None }
    }

    /// With what to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Writes section by section, because some take a while, and counts what is wrong.
pub(super) struct Report<'a, W> {
    out: W,
    /// The language of the words.
    pub(super) language: Language,
    glyphs: Glyphs,
    /// Written as `~`: whose machine it is stays private.
    home: &'a Path,
    n_wrong: usize,
}

impl<'a, W: Write> Report<'a, W> {
    pub(super) const fn new(out: W, language: Language, glyphs: Glyphs, home: &'a Path) -> Self {
        Self { out, language, glyphs, home, n_wrong: 0 }
    }

    /// One section: its heading, and its findings with their names in a column.
    pub(super) fn section(&mut self, heading: Words, findings: &[Finding]) -> io::Result<()> {
        let width = |finding: &Finding| text::width(&text::line(&finding.name));
        let width = findings.iter().map(width).max().unwrap_or_default();
        writeln!(self.out, "{}", heading.of(self.language))?;
        for Finding { mark, name, value, hint } in findings {
            self.n_wrong += usize::from(*mark == FindingState::Wrong);
            let name = text::pad(&text::line(name), width);
            writeln!(self.out, "  {} {name}  {}", self.glyph(*mark), self.drawable(value))?;
            if let Some(hint) = hint {
                writeln!(self.out, "    {}  > {}", " ".repeat(width), self.drawable(hint))?;
            }
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    /// The last line; returns whether nothing is wrong.
    pub(super) fn end(mut self) -> io::Result<bool> {
        let said = match self.n_wrong {
            0 => words::ALL_WELL.of(self.language).to_owned(),
            n => words::SOME_WRONG.with(self.language, &[&n]),
        };
        writeln!(self.out, "{said}")?;
        Ok(self.n_wrong == 0)
    }

    /// On one line, without what moves a cursor, and without the name of the user.
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
