//! Builds the lines of the detail: headings, blocks, fields and JSON, wrapped to the width of the pane.

use serde_json::Value;

use crate::dashboard::{Cell, CellLine, Tone};
use crate::language::{Language, Words};
use crate::text;

use super::source::PictureSpot;

/// The width of a label with the space after it.
const LABEL: usize = 12;

/// Returns the body as it is, or indented and with its escapes decoded if it is JSON.
pub fn raw_json(raw: &[u8]) -> String {
    let pretty = serde_json::from_slice::<Value>(raw).and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_not_json| String::from_utf8_lossy(raw).into_owned())
}

/// The lines being built.
pub(super) struct PageBuilder {
    pub(super) lines: Vec<CellLine>,
    pub(super) picture: Option<PictureSpot>,
    pub(super) width: usize,
    pub(super) language: Language,
}

impl PageBuilder {
    pub(super) fn blank(&mut self) {
        // Blank lines are never at the top or next to each other.
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Vec::new());
        }
    }

    /// Adds pieces on one line, or each on its own line if they do not fit.
    pub(super) fn heading(&mut self, pieces: &[Cell]) {
        let space = Cell::new(Tone::Plain, "  ");
        let line: CellLine = pieces.iter().flat_map(|piece| [piece.clone(), space.clone()]).collect();
        if line.iter().map(|cell| text::width(&cell.text)).sum::<usize>() <= self.width + 2 {
            self.lines.push(line);
        } else {
            for piece in pieces {
                self.block(piece.tone, &piece.text);
            }
        }
    }

    pub(super) fn block(&mut self, tone: Tone, words: &str) {
        let wrapped = text::wrap(&text::clean(words), self.width);
        self.lines.extend(wrapped.into_iter().map(|line| vec![Cell::new(tone, line)]));
    }

    /// Adds indented JSON with keys and values in different tones; other bytes as they are.
    pub(super) fn json(&mut self, raw: &[u8]) {
        for line in text::clean(&raw_json(raw)).split('\n') {
            for (index, part) in text::wrap(line, self.width).into_iter().enumerate() {
                let field = part.split_once("\": ").filter(|(key, _)| index == 0 && key.trim_start().starts_with('"'));
                self.lines.push(match field {
                    Some((key, value)) => vec![
                        Cell::new(Tone::Accent, format!("{key}\"")),
                        Cell::new(Tone::Dim, ": "),
                        Cell::new(Tone::Plain, value),
                    ],
                    None => vec![Cell::new(Tone::Plain, part)],
                });
            }
        }
    }

    /// Returns the width of a value's line, which is beside its label or below it.
    pub(super) const fn room_for_values(&self) -> usize {
        let beside = self.width.saturating_sub(LABEL);
        if beside < LABEL { self.width } else { beside }
    }

    /// Adds a line that belongs to the field above, below its value.
    pub(super) fn below(&mut self, tone: Tone, value: &str) {
        self.field(Words::new("", ""), tone, value);
    }

    /// Adds a label and its value, which is wrapped beside the label, or below it in a narrow pane.
    pub(super) fn field(&mut self, label: Words, tone: Tone, value: &str) {
        let label = Cell::new(Tone::Dim, text::pad(label.of(self.language), LABEL.min(self.width)));
        let room = self.room_for_values();
        if room == self.width {
            self.lines.push(vec![label]);
            self.block(tone, value);
            return;
        }
        let indent = Cell::new(Tone::Dim, " ".repeat(LABEL));
        for (index, line) in text::wrap(&text::clean(value), room).into_iter().enumerate() {
            let before = if index == 0 { label.clone() } else { indent.clone() };
            self.lines.push(vec![before, Cell::new(tone, line)]);
        }
    }
}
