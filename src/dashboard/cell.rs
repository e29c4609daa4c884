//! Text with a meaning, to which the view gives a style. Foreign text is still raw; the view makes it
//! printable.

/// The meaning of a piece of text. Colour never carries it alone: the words say it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Ordinary.
    #[default]
    Plain,
    /// A heading or a name.
    Strong,
    /// Less important: labels, ids.
    Dim,
    /// A success.
    Good,
    /// Needs attention.
    Warning,
    /// A failure.
    Bad,
    /// Stands out, such as a kind or a key.
    Accent,
}

/// A piece of text with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The meaning.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

impl Cell {
    /// Creates a piece of text.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// One line: pieces from left to right.
pub type CellLine = Vec<Cell>;
