//! The selected message in full: its lines, wrapped to the width of the pane.

use serde_json::Value;

use crate::record::Record;
use crate::record::media::{Queue, Stage};
use crate::text;
use crate::weibo::{Content, Kind, Medium, reply};

use super::cell::{Cell, Tone};
use super::columns::percent;
use super::{Action, State, action};

pub mod voice;

/// What the detail shows of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// What it says.
    #[default]
    Rendered,
    /// The JSON it came as.
    Raw,
}

/// One line of the pane.
pub type Line = Vec<Cell>;

/// The width of a label and the space behind it.
const LABEL: usize = 12;

/// The pane's title: what kind of message it is.
#[must_use]
pub fn title(record: &Record) -> String {
    let message = &record.message;
    match message.kind() {
        Kind::Unknown => format!("unknown type {}", message.type_name),
        kind @ (Kind::Text
        | Kind::Position
        | Kind::Voice
        | Kind::Image
        | Kind::Event
        | Kind::Mention
        | Kind::Unreadable) => kind.name().to_owned(),
    }
}

/// The message's lines, none wider than `width` cells.
#[must_use]
pub fn lines(state: &State, record: &Record, width: usize) -> Vec<Line> {
    let mut page = Sheet { lines: Vec::new(), width: width.max(1) };
    match state.mode() {
        Mode::Raw => page.block(Tone::Plain, &raw_json(&record.raw)),
        Mode::Rendered => rendered(&mut page, state, record),
    }
    page.lines
}

fn rendered(page: &mut Sheet, state: &State, record: &Record) {
    let message = &record.message;
    let id = |id: Option<crate::weibo::UserId>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let sent_at = record.sent_at().format("%Y-%m-%d %H:%M:%S %z").to_string();
    page.heading(&[
        Cell::new(Tone::Strong, id(message.sender_id)),
        Cell::new(Tone::Dim, format!("to {}", id(message.receiver_id))),
        Cell::new(Tone::Plain, sent_at),
    ]);
    if message.sent_at.is_none() && message.kind() != Kind::Unreadable {
        page.field("created_at", Tone::Warning, &format!("{:?} is no time", message.created_at));
    }
    page.blank();
    if !message.text.is_empty() {
        page.block(Tone::Plain, &message.text);
        page.blank();
    }
    content(page, state, record);
    page.blank();
    let verified =
        if record.verified { (Tone::Good, "signed by Weibo") } else { (Tone::Warning, "UNVERIFIED, not signed") };
    page.field("signature", verified.0, verified.1);
    if record.deliveries > 1 {
        page.field("deliveries", Tone::Plain, &record.deliveries.to_string());
    }
    if let Some(answer) = &record.reply {
        page.field("replied", Tone::Good, &reply::describe(answer).unwrap_or_else(|| answer.clone()));
    }
    page.field(
        "received",
        Tone::Dim,
        &record.received_at.with_timezone(record.sent_at().offset()).format("%Y-%m-%d %H:%M:%S%.3f %z").to_string(),
    );
    page.field("seq", Tone::Dim, &record.seq.to_string());
}

fn content(page: &mut Sheet, state: &State, record: &Record) {
    match &record.message.content {
        Content::Text => {}
        Content::Position { longitude, latitude } => {
            page.field("latitude", Tone::Strong, &degrees(latitude, 'N', 'S', 90.0));
            page.field("longitude", Tone::Strong, &degrees(longitude, 'E', 'W', 180.0));
            page.field("as sent", Tone::Dim, &format!("longitude {longitude}, latitude {latitude}"));
            page.field("datum", Tone::Dim, "not documented, likely GCJ-02");
        }
        Content::Voice(medium) | Content::Image(medium) => file(page, state, record, medium),
        Content::Event { subtype, key, ticket } => {
            page.field("event", Tone::Strong, subtype);
            for (label, value) in [("key", key), ("ticket", ticket)] {
                if let Some(value) = value {
                    page.field(label, Tone::Plain, value);
                }
            }
        }
        Content::Mention { subtype, key } => {
            page.field("public", Tone::Strong, subtype);
            page.field("id", Tone::Plain, key.as_deref().unwrap_or("-"));
        }
        Content::Unknown(medium) => {
            page.block(Tone::Dim, "Types that weibox does not know are kept as they came.");
            if *medium != Medium::default() {
                file(page, state, record, medium);
            }
            page.blank();
            page.block(Tone::Plain, &raw_json(&record.raw));
        }
        Content::Unreadable { reason } => {
            page.field("reason", Tone::Bad, reason);
            page.blank();
            page.block(Tone::Plain, &raw_json(&record.raw));
        }
    }
}

fn file(page: &mut Sheet, state: &State, record: &Record, medium: &Medium) {
    let id = |fid: Option<crate::weibo::FileId>| fid.map_or_else(|| "-".to_owned(), |fid| fid.to_string());
    page.field("tovfid", Tone::Plain, &id(medium.tovfid));
    page.field("vfid", Tone::Dim, &id(medium.vfid));
    let Some(fid) = medium.tovfid else {
        page.field("file", Tone::Warning, "there is no `tovfid`, so that it cannot be downloaded");
        return;
    };
    match &record.medium {
        None => page.field("file", Tone::Plain, &format!("not saved; {} downloads it", keys(Action::Download))),
        Some(Stage::Done { file, bytes }) => {
            page.field("file", Tone::Good, &format!("saved, {}; {} opens it", size(*bytes), keys(Action::OpenFile)));
            page.field("path", Tone::Plain, &state.media_path(file).to_string_lossy());
            if record.message.kind() == Kind::Voice {
                voice::add(page, state, record);
            }
        }
        Some(Stage::Failed { reason }) => {
            page.field("file", Tone::Bad, &format!("failed: {reason}; {} tries again", keys(Action::Download)));
        }
        Some(Stage::Queued { attempts, reason, .. }) => {
            let (tone, words) = match (percent(state.board(), fid), &state.board().queue) {
                (Some(percent), _) => (Tone::Accent, format!("downloading, {percent}%")),
                (None, Queue::NoToken) => (Tone::Warning, "waits for an access token".to_owned()),
                (None, Queue::TokenRefused(why)) => (Tone::Bad, format!("waits for another access token: {why}")),
                (None, Queue::Paused { reason, .. }) => {
                    (Tone::Warning, format!("waits, Weibo asked for a pause: {reason}"))
                }
                (None, Queue::Open) => (Tone::Accent, "queued".to_owned()),
            };
            page.field("file", tone, &words);
            if let Some(reason) = reason {
                page.field("last try", Tone::Warning, &format!("{attempts} failed, the last: {reason}"));
            }
        }
    }
}

/// The keys of a wish: `d F5`.
fn keys(wish: Action) -> String {
    action::TABLE.iter().find(|row| row.action == wish).map(action::Row::keys_text).unwrap_or_default()
}

/// A coordinate with its hemisphere; as sent, and marked, when it is none.
fn degrees(sent: &str, positive: char, negative: char, limit: f64) -> String {
    match sent.trim().parse::<f64>() {
        Ok(value) if value.abs() <= limit => {
            let hemisphere = if value < 0.0 { negative } else { positive };
            format!("{:.6}° {hemisphere}", value.abs())
        }
        Ok(_) => format!("{sent} (out of range)"),
        Err(_) if sent.is_empty() => "missing".to_owned(),
        Err(_) => format!("{sent} (not a number)"),
    }
}

/// Bytes for people: `512 B`, `8.9 KB`, `1.2 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const KILO: u64 = 1024;
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    if bytes < KILO {
        format!("{bytes} B")
    } else if bytes < KILO * KILO {
        format!("{} KB", tenths(KILO))
    } else {
        format!("{} MB", tenths(KILO * KILO))
    }
}

/// The body indented and with its escapes decoded if it is JSON, as it came otherwise.
#[must_use]
pub fn raw_json(raw: &[u8]) -> String {
    let pretty = serde_json::from_slice::<Value>(raw).and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_not_json| String::from_utf8_lossy(raw).into_owned())
}

/// Lines in the making.
struct Sheet {
    lines: Vec<Line>,
    width: usize,
}

impl Sheet {
    fn blank(&mut self) {
        // Never two in a row, never one at the top.
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Vec::new());
        }
    }

    /// Pieces in one line, or in one each where they do not fit.
    fn heading(&mut self, pieces: &[Cell]) {
        let space = Cell::new(Tone::Plain, "  ");
        let line: Line = pieces.iter().flat_map(|piece| [piece.clone(), space.clone()]).collect();
        if line.iter().map(|cell| text::width(&cell.text)).sum::<usize>() <= self.width + 2 {
            self.lines.push(line);
        } else {
            for piece in pieces {
                self.block(piece.tone, &piece.text);
            }
        }
    }

    fn block(&mut self, tone: Tone, words: &str) {
        let wrapped = text::wrap(&text::clean(words), self.width);
        self.lines.extend(wrapped.into_iter().map(|line| vec![Cell::new(tone, line)]));
    }

    /// A label and its value, which is wrapped beside it, or under it where the pane is too narrow.
    fn field(&mut self, label: &str, tone: Tone, value: &str) {
        let label = Cell::new(Tone::Dim, text::pad(label, LABEL.min(self.width)));
        let room = self.width.saturating_sub(LABEL);
        if room < LABEL {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_a_hemisphere_or_a_mark() {
        assert_eq!(degrees("39.982525", 'N', 'S', 90.0), "39.982525° N");
        assert_eq!(degrees("-0.5", 'E', 'W', 180.0), "0.500000° W");
        assert_eq!(degrees("154.2", 'N', 'S', 90.0), "154.2 (out of range)");
        assert_eq!(degrees("NaN", 'N', 'S', 90.0), "NaN (out of range)");
        assert_eq!(degrees("north", 'N', 'S', 90.0), "north (not a number)");
        assert_eq!(degrees("", 'N', 'S', 90.0), "missing");
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!([0, 1023, 1024, 9088, 1 << 20].map(size), ["0 B", "1023 B", "1.0 KB", "8.8 KB", "1.0 MB"]);
    }
}
