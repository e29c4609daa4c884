//! The data from which a page of the detail is made, and the page.

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

/// The view of a message in the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DetailMode {
    /// The content.
    #[default]
    Rendered,
    /// The JSON as it arrived, indented and decoded.
    Json,
    /// The arrival: the bytes as received, and the facts about the callback.
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
    /// Whether the map is shown.
    pub is_shown: bool,
    /// The zoom level.
    pub zoom: u8,
}

impl Default for SmallMap {
    /// Returns a map that shows a city and its surroundings.
    fn default() -> Self {
        Self { is_shown: true, zoom: 7 }
    }
}

/// The input from which a page is made.
#[derive(Debug, Clone, Copy)]
pub struct PageSource<'a> {
    /// The data that every screen may read.
    pub world: &'a World,
    /// The message, masked if private parts are hidden.
    pub record: &'a Record,
    /// The view of the message.
    pub mode: DetailMode,
    /// The map beside the message.
    pub map: SmallMap,
    /// The play head of the message's voice.
    pub play_head: Option<PlayHead>,
    /// The head of the callback, if known, and the outcome of the message at each target.
    pub call: (Option<&'a Head>, &'a [(String, Forwarded)]),
    /// The replies to the message, oldest first.
    pub replies: &'a [Outgoing],
    /// The names for display of the users who are replying to the sender.
    pub claimed_by: Option<&'a str>,
    /// The positions near the message in the list, as sent.
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
