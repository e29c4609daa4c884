//! Words with a meaning: what the view gives a style to. Foreign text is still as it came; the view makes it drawable.

/// What a piece of text means. Meaning never hangs on colour alone: the words say it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Ordinary.
    #[default]
    Plain,
    /// A heading, a name.
    Strong,
    /// Less important: labels, ids.
    Dim,
    /// Goes well.
    Good,
    /// Wants attention.
    Warning,
    /// Went wrong.
    Bad,
    /// Stands out: a kind, a key.
    Accent,
}

/// A piece of text and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What it means.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

impl Cell {
    /// A piece of text.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// One line: pieces from left to right.
pub type CellLine = Vec<Cell>;
