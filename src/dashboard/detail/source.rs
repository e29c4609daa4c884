//! What a page of the detail is made of, and the page.

use crate::controls::layout::Size;
use crate::dashboard::orders::PictureRequest;
use crate::dashboard::{CellLine, World};
use crate::language::{Words, words};
use crate::place::Point;
use crate::record::Record;
use crate::record::forwarded::Forwarded;
use crate::record::outgoing::Outgoing;
use crate::record::traffic::Head;

use super::playback::PlayHead;

/// What the detail shows of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DetailMode {
    /// What it says.
    #[default]
    Rendered,
    /// The JSON it came as, indented and decoded.
    Json,
    /// How it arrived: the bytes as received, and what is known of the call.
    Arrival,
}

impl DetailMode {
    /// The next one.
    pub const fn next(self) -> Self {
        match self {
            Self::Rendered => Self::Json,
            Self::Json => Self::Arrival,
            Self::Arrival => Self::Rendered,
        }
    }

    /// What it is called on the screen.
    pub const fn words(self) -> Words {
        match self {
            Self::Rendered => words::VIEW_MESSAGE,
            Self::Json => words::VIEW_JSON,
            Self::Arrival => words::VIEW_ARRIVAL,
        }
    }
}

/// The map beside the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallMap {
    /// Whether it is shown.
    pub is_shown: bool,
    /// How close it is.
    pub zoom: u8,
}

impl Default for SmallMap {
    /// A city and what lies around it.
    fn default() -> Self {
        Self { is_shown: true, zoom: 7 }
    }
}

/// What a page is made of.
#[derive(Debug, Clone, Copy)]
pub struct PageSource<'a> {
    /// What every screen may read.
    pub world: &'a World,
    /// The message, as it is to be shown.
    pub record: &'a Record,
    /// What is shown of it.
    pub mode: DetailMode,
    /// The map beside it.
    pub map: SmallMap,
    /// Where its voice is played.
    pub play_head: Option<PlayHead>,
    /// The head of its call, if that is known, and what each target made of it.
    pub call: (Option<&'a Head>, &'a [(String, Forwarded)]),
    /// The replies to it, oldest first.
    pub replies: &'a [Outgoing],
    /// Who answers its sender, as it is to be shown.
    pub claimed_by: Option<&'a str>,
    /// The positions beside it in the list, as sent.
    pub others: &'a [Point],
    /// The room of the pane.
    pub size: Size,
}

/// A message in lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DetailPage {
    /// None wider than the pane; those of the picture are empty.
    pub lines: Vec<CellLine>,
    /// The picture among them.
    pub picture: Option<PictureSpot>,
}

/// Where a picture stands among the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureSpot {
    /// The line of its upper edge.
    pub line: usize,
    /// The picture, and the room that is kept for it.
    pub request: PictureRequest,
}
