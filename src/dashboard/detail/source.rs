//! The input from which a page of the detail is made, and the page.

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

/// Which view of the message the detail shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DetailMode {
    /// Its content.
    #[default]
    Rendered,
    /// The JSON that arrived, indented and decoded.
    Json,
    /// Its arrival: the bytes as received, and what is known of the callback.
    Arrival,
}

impl DetailMode {
    /// Returns the next mode.
    pub const fn next(self) -> Self {
        match self {
            Self::Rendered => Self::Json,
            Self::Json => Self::Arrival,
            Self::Arrival => Self::Rendered,
        }
    }

    /// Returns the name on the screen.
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
    /// The zoom level.
    pub zoom: u8,
}

impl Default for SmallMap {
    /// Shows a city and its surroundings.
    fn default() -> Self {
        Self { is_shown: true, zoom: 7 }
    }
}

/// The input from which a page is made.
#[derive(Debug, Clone, Copy)]
pub struct PageSource<'a> {
    /// What every screen may read.
    pub world: &'a World,
    /// The message, as it is to be shown.
    pub record: &'a Record,
    /// The view of it.
    pub mode: DetailMode,
    /// The map beside it.
    pub map: SmallMap,
    /// The play head of its voice.
    pub play_head: Option<PlayHead>,
    /// The head of its callback, if known, and its outcome at each target.
    pub call: (Option<&'a Head>, &'a [(String, Forwarded)]),
    /// The replies to it, oldest first.
    pub replies: &'a [Outgoing],
    /// Names of the users who are replying to its sender, as they are to be shown.
    pub claimed_by: Option<&'a str>,
    /// The positions near it in the list, as sent.
    pub others: &'a [Point],
    /// The size of the pane.
    pub size: Size,
}

/// A message rendered as lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DetailPage {
    /// The lines, none wider than the pane; the lines of the picture are empty.
    pub lines: Vec<CellLine>,
    /// The place of the picture.
    pub picture: Option<PictureSpot>,
}

/// The place of a picture among the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureSpot {
    /// Index of the line of its upper edge.
    pub line: usize,
    /// The picture, and the space reserved for it.
    pub request: PictureRequest,
}
