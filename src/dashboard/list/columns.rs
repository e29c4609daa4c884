//! TABLE: the columns of the list, each with its title, width and cell.

use chrono::{DateTime, Datelike as _, NaiveTime, TimeDelta, Utc};

use crate::dashboard::detail::position::place_of;
use crate::dashboard::world::setup::TAG;
use crate::dashboard::{Cell, Tone, World};
use crate::language::{Language, Words, accounts, answers, list, people, words};
use crate::record::Record;
use crate::record::media::{Queue, Stage};
use crate::record::people::short_name;
use crate::weibo::window::{WindowEffect, effect};
use crate::weibo::{Content, Kind};

use crate::controls::layout::{Layout, STANDARD, Shape};
use crate::text;

/// The context in which a cell is rendered.
#[derive(Debug, Clone, Copy)]
pub struct CellContext<'a> {
    /// The time, the language, and the state of voices and downloads.
    pub world: &'a World,
    /// The width of the row.
    pub room: RowRoom,
    /// Whether the row shows its date.
    pub begins_day: bool,
    /// The names for display of the users who are replying to the sender.
    pub claimed_by: Option<&'a str>,
}

/// Width classes of a row. In a narrower row the least important facts take fewer cells, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowRoom {
    /// Wide enough for everything.
    Full,
    /// Beside the detail on a screen that is just wide enough: times without seconds, dates without times.
    Tight,
    /// The only pane of a narrow screen: ages instead of times, and no reply window.
    Narrow,
    /// Wide enough for the kind, the sender and the text.
    Tiny,
}

impl RowRoom {
    /// Returns the class for the list of a screen.
    pub const fn of(layout: &Layout) -> Self {
        /// The minimum cells of a row for everything.
        const FULL: u16 = 64;
        /// The minimum for all but long times.
        const TIGHT: u16 = 56;
        /// The minimum for more than kind, sender and text.
        const NARROW: u16 = 48;
        let is_alone = matches!(layout.shape, Shape::Narrow | Shape::Line);
        match layout.list.width {
            FULL.. if !is_alone => Self::Full,
            STANDARD.. => Self::Full,
            TIGHT.. if !is_alone => Self::Tight,
            NARROW.. => Self::Narrow,
            _ => Self::Tiny,
        }
    }

    /// Returns the width of a column: `full`, in a narrow pane, or in a tiny one.
    const fn pick(self, full: u16, narrow: u16, tiny: u16) -> u16 {
        match self {
            Self::Full | Self::Tight => full,
            Self::Narrow => narrow,
            Self::Tiny => tiny,
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The title.
    pub title: Words,
    /// The maximum width in cells in a row of this class and width; 0 hides the column, and [`REST`] gives it the
    /// remaining cells.
    pub width: fn(RowRoom, u16) -> u16,
    /// Whether hits of the search are highlighted in the column.
    pub is_searched: bool,
    /// The function that renders its cells.
    pub cell: fn(&Record, CellContext<'_>) -> Cell,
}

/// The number of hours left below which a reply is urgent.
const SOON: i64 = 4;
/// The number of days from which an age is shown as a date.
const DAYS: i64 = 7;
/// The width of the one column that takes the remaining cells.
pub const REST: u16 = u16::MAX;

/// The columns from left to right, separated by one space.
pub const TABLE: &[Column] = &[
    column(words::TIME_COLUMN, |room, _| room.pick(11, 10, 0), time),
    column(accounts::COLUMN, |room, _| room.pick(TAG, 0, 0), account),
    column(words::KIND_COLUMN, |_, _| 1, kind),
    column(words::SENDER_COLUMN, |_, width| sender_width(width), sender),
    column(people::LABELS_COLUMN, |room, _| room.pick(10, 8, 0), labels),
    Column { is_searched: true, ..column(words::MESSAGE_COLUMN, |_, _| REST, message) },
    column(words::FILE_COLUMN, |room, _| room.pick(6, 6, 0), file),
    column(words::WINDOW_COLUMN, |room, _| room.pick(4, 0, 0), window),
];

/// Returns the maximum width of the senders in a row: a quarter of what is left of a wide row belongs to them, so that
/// names are whole there.
fn sender_width(width: u16) -> u16 {
    const NARROWEST: u16 = 10;
    const WIDEST: u16 = 24;
    /// The width up to which the message needs every cell.
    const TAKEN: u16 = 64;
    (NARROWEST + width.saturating_sub(TAKEN) / 4).min(WIDEST)
}

const fn column(title: Words, width: fn(RowRoom, u16) -> u16, cell: fn(&Record, CellContext<'_>) -> Cell) -> Column {
    Column { title, width, is_searched: false, cell }
}

/// Renders the account if there are several. In a tiny row the text names it.
fn account(record: &Record, context: CellContext<'_>) -> Cell {
    let setup = &context.world.setup;
    let tag = if setup.accounts.is_empty() { String::new() } else { setup.tag(&record.account) };
    Cell::new(Tone::Dim, tag)
}

/// Returns whether a row shows its date: the first row below those of another day, and the topmost row unless it is
/// from today. A list that is not sorted by time has no row `above`.
pub fn begins_day(record: &Record, above: Option<&Record>, now: DateTime<Utc>) -> bool {
    let day = record.sent_at().date_naive();
    day != above
        .map_or_else(|| now.with_timezone(record.sent_at().offset()).date_naive(), |above| above.sent_at().date_naive())
}

/// Renders the time of day, with the date on the first row of a day, in the sender's time zone. A tight row has only
/// the date there, and a narrow one has the age.
pub fn time(record: &Record, context: CellContext<'_>) -> Cell {
    let sent_at = record.sent_at();
    let today = context.world.now.with_timezone(sent_at.offset());
    let is_this_year = sent_at.year() == today.year();
    let format = match (context.room, context.begins_day) {
        (RowRoom::Narrow | RowRoom::Tiny, _) => {
            let passed = context.world.now - sent_at.to_utc();
            if passed < TimeDelta::days(DAYS) {
                return Cell::new(Tone::Dim, ago(passed, context.world.language()));
            }
            if is_this_year { "%m-%d" } else { "%Y-%m-%d" }
        }
        (RowRoom::Full, true) if is_this_year => "%m-%d %H:%M",
        (RowRoom::Tight, true) if is_this_year => "%m-%d",
        (RowRoom::Full | RowRoom::Tight, true) => "%Y-%m-%d",
        (RowRoom::Full, false) if sent_at.date_naive() == today.date_naive() => "%H:%M:%S",
        (RowRoom::Full, false) if is_this_year => "      %H:%M",
        (RowRoom::Full, false) => "     %H:%M",
        (RowRoom::Tight, false) => "%H:%M",
    };
    Cell::new(Tone::Dim, sent_at.format(format).to_string())
}

/// Renders an age in few cells: `now`, `59m`, `23h`, `6d`.
fn ago(passed: TimeDelta, language: Language) -> String {
    match (passed.num_days(), passed.num_hours(), passed.num_minutes()) {
        (days @ 1.., ..) => list::DAYS_AGO.with(language, &[&days]),
        (_, hours @ 1.., _) => list::HOURS_AGO.with(language, &[&hours]),
        (.., minutes @ 1..) => list::MINUTES_AGO.with(language, &[&minutes]),
        _ => words::NOW.of(language).to_owned(),
    }
}

/// Renders the time left to answer the sender (protocol §6): `47h`, `3h!`, `40m!`, `exp`. Empty for a message that
/// opened no window.
fn window(record: &Record, context: CellContext<'_>) -> Cell {
    if record.message.sender_id.is_none() {
        return Cell::default();
    }
    let left =
        record.answerable_until().map(|until| until - context.world.now).filter(|left| *left > TimeDelta::zero());
    match left.map(|left| (left.num_hours(), left.num_minutes())) {
        None if record.answerable_until().is_none() && effect(&record.message) != WindowEffect::Opens => {
            Cell::default()
        }
        None => Cell::new(Tone::Dim, words::EXPIRED.of(context.world.language())),
        Some((0, minutes)) => Cell::new(Tone::Bad, format!("{minutes}m!")),
        Some((hours @ ..SOON, _)) => Cell::new(Tone::Warning, format!("{hours}h!")),
        Some((hours, _)) => Cell::new(Tone::Plain, format!("{hours}h")),
    }
}

/// Returns the time at which a row changes without any input: its age, its date at midnight, or the hours left for a
/// reply.
pub fn next_change(record: &Record, now: DateTime<Utc>, room: RowRoom) -> Option<DateTime<Utc>> {
    if matches!(room, RowRoom::Narrow | RowRoom::Tiny) {
        return Some(ages_at(record, now));
    }
    [midnight(record, now), closes_at(record, now)].into_iter().flatten().min()
}

/// Returns the same for a message in full, which shows its age and the time left for a reply.
pub fn next_change_in_full(record: &Record, now: DateTime<Utc>) -> DateTime<Utc> {
    closes_at(record, now).map_or(ages_at(record, now), |closes_at| closes_at.min(ages_at(record, now)))
}

/// Returns the time at which the shown age changes.
fn ages_at(record: &Record, now: DateTime<Utc>) -> DateTime<Utc> {
    let passed = (now - record.sent_at().to_utc()).max(TimeDelta::zero());
    let unit = if passed < TimeDelta::days(1) { unit(passed) } else { TimeDelta::days(1) };
    now + unit - rest(passed, unit)
}

/// Returns a time just after the shown time left for a reply changes.
fn closes_at(record: &Record, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let left = record.answerable_until().map(|until| until - now).filter(|left| *left > TimeDelta::zero())?;
    Some(now + rest(left, unit(left)) + TimeDelta::milliseconds(1))
}

/// Returns the midnight at which a time of today becomes one of yesterday.
fn midnight(record: &Record, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(record.sent_at().offset()).date_naive();
    let tomorrow = today.succ_opt().filter(|_| record.sent_at().date_naive() == today)?;
    let midnight = tomorrow.and_time(NaiveTime::MIN).and_local_timezone(*record.sent_at().offset());
    midnight.single().map(|midnight| midnight.to_utc())
}

/// Returns the unit in which a time span is shown: minutes, then hours.
fn unit(apart: TimeDelta) -> TimeDelta {
    if apart < TimeDelta::hours(1) { TimeDelta::minutes(1) } else { TimeDelta::hours(1) }
}

fn rest(apart: TimeDelta, unit: TimeDelta) -> TimeDelta {
    TimeDelta::milliseconds(apart.num_milliseconds() % unit.num_milliseconds())
}

fn kind(record: &Record, _: CellContext<'_>) -> Cell {
    let kind = record.message.kind();
    let tone = if kind == Kind::Unreadable { Tone::Bad } else { Tone::Accent };
    Cell::new(tone, kind.letter())
}

/// Renders the name of the sender.
pub fn sender(record: &Record, _: CellContext<'_>) -> Cell {
    let tone = if record.sender.is_muted { Tone::Dim } else { Tone::Plain };
    Cell::new(tone, short_name(record.message.sender_id, record.sender.called()))
}

/// Renders the labels of the message, then those of its sender.
fn labels(record: &Record, _: CellContext<'_>) -> Cell {
    let own = &record.marks.labels;
    let others = record.sender.labels.iter().filter(|label| !own.contains(label));
    Cell::new(Tone::Accent, own.iter().chain(others).map(String::as_str).collect::<Vec<_>>().join(","))
}

pub(in crate::dashboard) fn message(record: &Record, context: CellContext<'_>) -> Cell {
    let language = context.world.language();
    let message = &record.message;
    let words = match &message.content {
        Content::Text | Content::Image(_) => message.text.clone(),
        Content::Voice(_) => match context.world.downloads.voices.of(record) {
            Some(Ok(summary)) => words::VOICE_LENGTH.with(language, &[&text::clock(summary.duration), &message.text]),
            Some(Err(_)) | None => message.text.clone(),
        },
        Content::Position { longitude, latitude } => {
            let place = place_of(message, context.world).unwrap_or_else(|| format!("{latitude},{longitude}"));
            format!("{place}  {}", message.text)
        }
        Content::Event { subtype, key, .. } => {
            let key = key.as_deref().map(|key| format!(" {key}")).unwrap_or_default();
            format!("{subtype}{key}  {}", message.text)
        }
        Content::Mention { subtype, .. } => format!("{subtype}  {}", message.text),
        Content::Unknown(_) => {
            format!("{}  {}", words::UNKNOWN_TYPE.with(language, &[&message.type_name]), message.text)
        }
        Content::Unreadable { reason } => words::UNREADABLE.with(language, &[&reason.of(language)]),
    };
    let repeats = if record.deliveries > 1 { format!("×{}  ", record.deliveries) } else { String::new() };
    let claimed_by = context.claimed_by.map(|users| match context.room {
        RowRoom::Tiny => format!("({users}) "),
        RowRoom::Full | RowRoom::Tight | RowRoom::Narrow => {
            format!("{}  ", answers::CLAIMED_BY.with(language, &[&users]))
        }
    });
    let draft = || context.world.draft_left(record).map(|_| format!("[{}] ", answers::DRAFT.of(language)));
    let before = claimed_by.or_else(draft);
    Cell::new(Tone::Plain, format!("{}{repeats}{words}", before.unwrap_or_default()))
}

/// Renders the stage of a message's file; empty if it has none.
pub fn file(record: &Record, context: CellContext<'_>) -> Cell {
    let Some(fid) = record.message.attachment() else { return Cell::default() };
    let running = context.world.downloads.percent(fid);
    let said = |tone, words: Words| Cell::new(tone, words.of(context.world.language()));
    match (&record.medium, running) {
        (Some(Stage::Done { .. }), _) => said(Tone::Good, words::SAVED),
        (Some(Stage::Failed { .. }), _) => said(Tone::Bad, words::FAILED),
        (Some(Stage::Queued { .. }), Some(percent)) => Cell::new(Tone::Accent, format!("{percent}%")),
        (Some(Stage::Queued { .. }), None) => match context.world.downloads.board.queue_of(&record.account) {
            Queue::NoToken | Queue::TokenRefused(_) => said(Tone::Warning, words::TOKEN_WANTED),
            Queue::Open | Queue::Paused { .. } => said(Tone::Accent, words::QUEUED_SHORT),
        },
        (None, _) => said(Tone::Dim, words::NEW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::people::KnownSender;

    #[test]
    fn the_screen_is_drawn_again_when_a_time_is_told_in_other_words() {
        let body = br#"{"type":"text","sender_id":1,"created_at":"Mon Nov 23 23:59:30 +0800 2026","text":"t"}"#;
        let received_at = "2026-11-23T16:00:00Z".parse().unwrap();
        let record = Record::new(1, received_at, body.to_vec());
        let sent_at = record.sent_at().to_utc();
        let after = |seconds| sent_at + TimeDelta::seconds(seconds);
        assert_eq!(next_change(&record, after(10), RowRoom::Full), Some(after(30)), "midnight");
        assert_eq!(next_change(&record, after(30), RowRoom::Full), None);
        for (now, next) in
            [(0, 60), (59, 60), (60, 120), (3599, 3600), (3600, 7200), (85_000, 86_400), (90_000, 172_800)]
        {
            assert_eq!(next_change(&record, after(now), RowRoom::Narrow), Some(after(next)), "{now}");
            assert_eq!(next_change_in_full(&record, after(now)), after(next), "{now}");
        }
        let open = Record { sender: KnownSender::until(after(3630)), ..record };
        assert_eq!(next_change_in_full(&open, after(20)), after(30) + TimeDelta::milliseconds(1), "an hour is left");
    }

    #[test]
    fn what_opens_no_reply_window_has_none_that_could_have_passed() {
        let now = "2026-11-26T04:00:00Z".parse().unwrap();
        let world = World::new(crate::dashboard::Setup::default(), crate::controls::layout::Size::default(), now);
        for (kind, data, told) in [
            ("text", "{}", "exp"),
            ("event", r#"{"subtype":"follow"}"#, "exp"),
            ("event", r#"{"subtype":"unfollow"}"#, ""),
            ("mention", r#"{"subtype":"status"}"#, "exp"),
        ] {
            let body = format!(
                r#"{{"type":"{kind}","sender_id":1,"created_at":"Mon Nov 23 12:00:00 +0800 2026","text":"t","data":{data}}}"#
            );
            let record = Record::new(1, now, body.into_bytes());
            assert_eq!(
                window(
                    &record,
                    CellContext { world: &world, room: RowRoom::Full, begins_day: false, claimed_by: None }
                )
                .text,
                told,
                "{kind} {data}"
            );
        }
    }
}
