//! Text → query. An error holds its position, the reason and a hint.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::near::{Circle, NearError};
use super::people::SoughtName;
use super::slips::is_slip_of;
use super::{DAYS, FileState, Flag, Moment, Query, Term, Test, UNITS, folding, pinyin, words};
use crate::language::Words;
use crate::reason::{Reason, hints, queries};
use crate::weibo::created_at::china;
use crate::weibo::{Kind, UserId};

/// The reason why a text is not a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct QueryError {
    /// The position, in bytes of the text.
    pub at: Range<usize>,
    /// The reason.
    pub reason: Reason,
    /// A hint on how to correct it.
    pub hint: Reason,
}

/// TABLE: the fields and the values that each takes.
pub const FIELDS: &[(&str, Words)] = &[
    (
        "type",
        Words::new(
            "text, position, voice, image, event, mention, unknown, unreadable, or several with commas",
            "text、position、voice、image、event、mention、unknown、unreadable，可用逗号并列",
        ),
    ),
    ("from", Words::new("a sender's id", "发送者的 ID")),
    ("name", Words::new("a part of the sender's name, yours or Weibo's", "发送者名字的一部分（备注名或微博昵称）")),
    (
        "label",
        Words::new("a label of the message or its sender, or several with commas", "消息或发送者的标签，可用逗号并列"),
    ),
    ("note", Words::new("words of your note of the sender", "对发送者所作备注中的文字")),
    ("account", Words::new("the name of an account in the config", "配置中的账号名称")),
    (
        "since",
        Words::new(
            "a time such as 2h, 3d, today, monday, 2026-11-01 or 2026-11-01T08:30",
            "时间，例如 2h、3d、今天、周一、2026-11-01 或 2026-11-01T08:30",
        ),
    ),
    (
        "until",
        Words::new(
            "a time such as 2h, 3d, today, monday, 2026-11-01 or 2026-11-01T08:30",
            "时间，例如 2h、3d、今天、周一、2026-11-01 或 2026-11-01T08:30",
        ),
    ),
    ("has", Words::new("file", "file")),
    (
        "is",
        Words::new(
            "unread, read, starred, unverified, verified, sample, answered or muted",
            "unread、read、starred、unverified、verified、sample、answered 或 muted",
        ),
    ),
    ("state", Words::new("new, queued, saved or failed", "new、queued、saved 或 failed")),
    ("due", Words::new("a time such as <4h", "时间，例如 <4h")),
    ("waiting", Words::new("a time such as >2h", "时间，例如 >2h")),
    ("py", Words::new("pinyin such as tuihuo, thuo or th", "拼音，例如 tuihuo、thuo 或 th")),
    (
        "near",
        Words::new(
            "coordinates or a place, and a distance: 39.98,116.31<2km or 深圳<30km",
            "坐标或地名加距离：39.98,116.31<2km 或 深圳<30km",
        ),
    ),
];

/// The fields whose values are the user's own names and words.
const OWN_WORDS: [&str; 4] = ["account", "name", "note", "label"];

/// TABLE: other names of kinds that users may try.
const KINDS: &[(&str, Kind)] = &[
    ("t", Kind::Text),
    ("文字", Kind::Text),
    ("p", Kind::Position),
    ("place", Kind::Position),
    ("位置", Kind::Position),
    ("v", Kind::Voice),
    ("语音", Kind::Voice),
    ("i", Kind::Image),
    ("图片", Kind::Image),
    ("e", Kind::Event),
    ("事件", Kind::Event),
    ("提及", Kind::Mention),
    ("未知", Kind::Unknown),
];

/// Parses a query. Full-width forms from an input method count as ASCII where they are part of the syntax; words are
/// kept as typed.
///
/// # Errors
///
/// Returns the error of the first term that cannot be parsed.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    pieces(text).into_iter().map(|piece| term(&piece)).collect::<Result<_, _>>().map(|terms| Query { terms })
}

/// The characters that enclose a phrase; input methods type the curved ones.
const QUOTES: [char; 3] = ['"', '“', '”'];

/// A piece of the text between spaces.
struct Piece<'a> {
    at: Range<usize>,
    is_not: bool,
    /// The text without minus and quotes.
    text: &'a str,
    is_quoted: bool,
}

/// Splits the text at spaces outside quotes. An unclosed quote extends to the end, so that nothing jumps while the
/// user types.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let start = text.len() - rest.len();
        let minus = rest.strip_prefix(['-', '－']).filter(|after| !after.is_empty() && !after.starts_with(' '));
        let is_not = minus.is_some();
        let body = minus.unwrap_or(rest);
        if body.is_empty() {
            return pieces;
        }
        let (inside, after, is_quoted) = if let Some(quoted) = body.strip_prefix(QUOTES) {
            let end = quoted.find(QUOTES).unwrap_or(quoted.len());
            let (inside, after) = quoted.split_at_checked(end).unwrap_or((quoted, ""));
            (inside, after.strip_prefix(QUOTES).unwrap_or(after), true)
        } else {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            let (inside, after) = body.split_at_checked(end).unwrap_or((body, ""));
            (inside, after, false)
        };
        pieces.push(Piece { at: start..text.len() - after.len(), is_not, text: inside, is_quoted });
        rest = after;
    }
}

fn term(piece: &Piece<'_>) -> Result<Term, QueryError> {
    let narrow = |text: &str| text.chars().map(folding::narrow).collect::<String>();
    let field = piece.text.split_once([':', '：']).map(|(field, value)| (narrow(field), value));
    let test = match field {
        Some((field, value)) if !piece.is_quoted && is_field(&field, &narrow(value)) => {
            // Names that the user gave are kept as typed.
            let is_own = OWN_WORDS.iter().any(|own| field.eq_ignore_ascii_case(own));
            let value = if is_own { value.to_owned() } else { narrow(value) };
            field_test(piece, &field, &value)?
        }
        _ if words::sought(piece.text, piece.is_quoted).is_none() => {
            let reason = queries::NOTHING_TO_FIND.with(piece.text);
            return Err(QueryError { at: piece.at.clone(), reason, hint: queries::TYPE_SOMETHING.into() });
        }
        _ if piece.is_quoted => Test::Phrase(piece.text.to_owned()),
        _ => Test::Word(piece.text.to_owned()),
    };
    Ok(Term { is_not: piece.is_not, test })
}

/// Returns whether this is a field: `12:30` and `http://…` are words.
fn is_field(field: &str, value: &str) -> bool {
    !field.is_empty() && field.chars().all(|char| char.is_ascii_alphabetic()) && !value.starts_with("//")
}

fn field_test(piece: &Piece<'_>, field: &str, value: &str) -> Result<Test, QueryError> {
    let wrong = |reason: Reason, hint: Reason| QueryError { at: piece.at.clone(), reason, hint };
    let field = field.to_ascii_lowercase();
    let Some((name, takes)) = FIELDS.iter().find(|(name, _)| *name == field) else {
        let near = FIELDS.iter().find(|(name, _)| name.starts_with(&field) || is_slip_of(name, &field));
        let names = || FIELDS.iter().map(|(name, _)| format!("`{name}:`")).collect::<Vec<_>>().join(", ");
        let hint = near
            .map_or_else(|| queries::FIELDS.with(names()), |(near, _)| hints::DID_YOU_MEAN.with(format!("{near}:")));
        return Err(wrong(queries::NO_FIELD.with(&field), hint));
    };
    let circle = |value| match Circle::read(value) {
        Err(NearError::Place { name, near }) => {
            let near: Vec<String> = near.into_iter().map(|name| format!("`{name}`")).collect();
            let hint = if near.is_empty() {
                queries::GIVE_COORDINATES.into()
            } else {
                hints::DID_YOU_MEAN_ONE.with(near.join(", "))
            };
            Err(wrong(queries::NO_SUCH_PLACE.with(name), hint))
        }
        Err(NearError::Form) => Ok(None),
        Ok(circle) => Ok(Some(Test::Near(circle))),
    };
    let found = match *name {
        "type" => kinds(value).map(Test::Kind),
        "from" => value.parse().ok().map(|id| Test::From(UserId(id))),
        "account" => (!value.is_empty()).then(|| Test::Account(value.to_owned())),
        "name" => sought(value).map(Test::Name),
        "note" => sought(value).map(Test::Note),
        "label" => labels(value).map(Test::Label),
        "since" => moment(value).map(Test::Since),
        "until" => moment(value).map(Test::Until),
        "has" => (value == "file").then_some(Test::HasFile),
        "is" => Flag::from_name(value).map(Test::Is),
        "state" => FileState::from_name(value).map(Test::State),
        "near" => circle(value)?,
        "waiting" => duration(value.trim_start_matches('>')).map(Test::Waiting),
        "py" => (!pinyin::ways(value).is_empty()).then(|| Test::Sounds(value.to_lowercase())),
        _ => duration(value.trim_start_matches('<')).map(Test::Due),
    };
    found.ok_or_else(|| wrong(queries::NO_FIELD_VALUE.with(value).with(*name), hints::IT_TAKES.with(*takes)))
}

fn labels(value: &str) -> Option<Vec<SoughtName>> {
    let labels = value.split([',', '，', '、']);
    Some(labels.filter_map(sought).collect::<Vec<_>>()).filter(|labels| !labels.is_empty())
}

fn sought(value: &str) -> Option<SoughtName> {
    (!value.is_empty()).then(|| SoughtName { typed: value.to_owned(), has_pinyin: true })
}

fn kinds(value: &str) -> Option<Vec<Kind>> {
    let kind = |name: &str| {
        let other = KINDS.iter().find(|(other, _)| *other == name).map(|(_, kind)| *kind);
        Kind::from_name(name).or(other)
    };
    value.split(',').map(|name| kind(&name.to_lowercase())).collect()
}

fn moment(value: &str) -> Option<Moment> {
    let day = || DAYS.iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, day)| Moment::Of(*day));
    duration(value).map(Moment::Ago).or_else(day).or_else(|| time(value).map(Moment::At))
}

/// Parses a duration such as `90s` or `2h`; never negative.
fn duration(value: &str) -> Option<TimeDelta> {
    let (unit, seconds) = UNITS.iter().find(|(unit, _)| value.ends_with(*unit))?;
    let number: i64 = value.strip_suffix(*unit)?.parse().ok().filter(|number| *number >= 0)?;
    TimeDelta::try_seconds(number.checked_mul(*seconds)?)
}

/// Parses a date or a time in China's time zone, which the screen uses.
fn time(value: &str) -> Option<DateTime<Utc>> {
    let whole = |format| NaiveDateTime::parse_from_str(value, format).ok();
    let day = || NaiveDate::parse_from_str(value, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN));
    let local = whole("%Y-%m-%dT%H:%M:%S").or_else(|| whole("%Y-%m-%dT%H:%M")).or_else(day)?;
    local.and_local_timezone(china()).single().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_term_is_read_and_written_back() {
        for (typed, canonical) in [
            ("type:image from:2489518277", "type:image from:2489518277"),
            ("type:t,图片", "type:text,image"),
            ("name:橙子 -label：退款，VIP note:老_客户", "name:橙子 -label:退款,VIP note:老_客户"),
            ("account:shop -account:客服", "account:shop -account:客服"),
            ("since:2h until:2026-11-01", "since:2h until:2026-11-01T00:00:00"),
            ("since:Yesterday until:今天 since:前天", "since:yesterday until:today since:前天"),
            ("since:monday until:周日 -since:WED", "since:monday until:sunday -since:wednesday"),
            ("since:90m since:2026-11-01T08:30", "since:90m since:2026-11-01T08:30:00"),
            (
                "has:file is:unread -is:starred state:failed due:<4h is:answered waiting:2h",
                "has:file is:unread -is:starred state:failed due:<4h is:answered waiting:>2h",
            ),
            ("退货 -\"exact words\" refund", "退货 -\"exact words\" refund"),
            ("near:39.98,116.310<2km", "near:39.98,116.31<2km"),
            ("near：-33.86，151.2＜1.5公里 -near:深圳<30km", "near:-33.86,151.2<1500m -near:深圳<30km"),
            ("near:New_York_City<500m", "near:New_York_City<500m"),
            ("near:xianggang<9km near:Aomen<9km", "near:xianggang<9km near:Aomen<9km"),
            ("type：voice －好 “你 好”", "type:voice -好 \"你 好\""),
            ("ｔｙｐｅ：ｔｅｘｔ，voice　ｄｕｅ：＜４ｈ　ＡＢＣ", "type:text,voice due:<4h ＡＢＣ"),
            ("account：客服（一）", "account:客服（一）"),
            ("py:TuiHuo -py：th py:xi'an", "py:tuihuo -py:th py:xi'an"),
            ("12:30 http://t.cn/x -", "12:30 http://t.cn/x -"),
            ("\"open to the end", "\"open to the end\""),
            ("", ""),
        ] {
            assert_eq!(parse(typed).unwrap().to_string(), canonical, "{typed}");
        }
    }

    #[test]
    fn what_is_wrong_says_where_and_what_to_do() {
        for (typed, at, reason, hint) in [
            ("好 typ:image", 4..13, "`typ:` is no field", "did you mean `type:`?"),
            ("form:1", 0..6, "`form:` is no field", "did you mean `from:`?"),
            ("ｆｏｒｍ：１", 0..18, "`form:` is no field", "did you mean `from:`?"),
            ("type:imgae", 0..10, "`imgae` is not a valid value for `type:`", "it takes text, position"),
            ("from:bob", 0..8, "`bob` is not a valid value for `from:`", "it takes a sender's id"),
            ("since:", 0..6, "`` is not a valid value for `since:`", "it takes a time such as 2h"),
            ("since:-2h", 0..9, "`-2h` is not a valid value for `since:`", "it takes a time"),
            ("since:2026-13-01", 0..16, "`2026-13-01` is no value", "it takes a time"),
            ("since:999999999999999w", 0..22, "`999999999999999w` is no value", "it takes a time"),
            ("label:,", 0..7, "`,` is not a valid value for `label:`", "it takes a label"),
            ("is:nice", 0..7, "`nice` is not a valid value for `is:`", "it takes unread, read"),
            ("near:深圳", 0..11, "`深圳` is not a valid value for `near:`", "it takes coordinates or a place"),
            ("near:深圳<", 0..12, "`深圳<` is not a valid value for `near:`", "it takes coordinates or a place"),
            (
                "near:154.2,70<2km",
                0..17,
                "`154.2,70<2km` is not a valid value for `near:`",
                "it takes coordinates or a place",
            ),
            ("好 near:shenzen<2km", 4..20, "no place `shenzen` is known", "did you mean `Shenzhen`"),
            ("near:乌鲁<2km", 0..15, "no place `乌鲁` is known", "did you mean `乌鲁木齐`"),
            ("near:qxqxqx<2km", 0..15, "no place `qxqxqx` is known", "give its coordinates"),
            ("py:退货", 0..9, "`退货` is not a valid value for `py:`", "it takes pinyin"),
            ("py:t", 0..4, "`t` is not a valid value for `py:`", "it takes pinyin"),
            ("xyzzy:1", 0..7, "`xyzzy:` is no field", "fields are `type:`, `from:`"),
        ] {
            let wrong = parse(typed).unwrap_err();
            assert_eq!(wrong.at, at, "{typed}");
            let (told, to_do) = (wrong.reason.to_string(), wrong.hint.to_string());
            assert!(told.starts_with(reason) && to_do.starts_with(hint), "{told}: {to_do}");
        }
    }

    #[test]
    fn days_begin_by_the_clock_of_china() {
        // Thursday, half past midnight in China, and still Wednesday in Greenwich.
        let now: DateTime<Utc> = "2026-11-25T16:30:00Z".parse().unwrap();
        for (typed, begins) in [
            ("today", "2026-11-26"),
            ("今天", "2026-11-26"),
            ("yesterday", "2026-11-25"),
            ("昨天", "2026-11-25"),
            ("前天", "2026-11-24"),
            ("thursday", "2026-11-26"),
            ("周四", "2026-11-26"),
            ("friday", "2026-11-20"),
            ("星期五", "2026-11-20"),
            ("周一", "2026-11-23"),
            ("mon", "2026-11-23"),
            ("wednesday", "2026-11-25"),
            ("礼拜天", "2026-11-22"),
        ] {
            let midnight: DateTime<Utc> = format!("{begins}T00:00:00+08:00").parse().unwrap();
            assert_eq!(moment(typed).map(|moment| moment.at(now)), Some(midnight), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_as_the_same(typed in "(near:|[a-z]{1,5}:)?[-<,.\"“”： 0-9a-z你好退货T:深圳]{0,20}") {
            if let Ok(query) = parse(&typed) {
                let written = query.to_string();
                prop_assert_eq!(parse(&written).map(|query| query.to_string()), Ok(written));
            }
        }

        #[test]
        fn nothing_panics(typed in any::<String>()) {
            if let Err(wrong) = parse(&typed) {
                prop_assert!(typed.get(wrong.at).is_some());
            }
        }
    }
}
