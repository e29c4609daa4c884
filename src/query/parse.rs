//! Text → query. An error holds its position, the reason and a hint.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::near::{Circle, NearError};
use super::people::SoughtName;
use super::slips::is_slip_of;
use super::{DAYS, FileState, Flag, Moment, Query, SoughtWord, Term, Test, UNITS, WordForm, folding, pinyin, words};
use crate::language::Words;
use crate::reason::{Code, Reason, hints, queries};
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
    ("from", Words::new("a sender's id, or several with commas", "发送者的 ID，可用逗号并列")),
    (
        "name",
        Words::new(
            "a part of the sender's name, yours or Weibo's, or several with commas",
            "发送者名字的一部分（备注名或微博昵称），可用逗号并列",
        ),
    ),
    (
        "label",
        Words::new("a label of the message or its sender, or several with commas", "消息或发送者的标签，可用逗号并列"),
    ),
    (
        "note",
        Words::new(
            "words of your note of the sender, or several with commas",
            "对发送者所作备注中的文字，可用逗号并列",
        ),
    ),
    (
        "account",
        Words::new("the name of an account in the config, or several with commas", "配置中的账号名称，可用逗号并列"),
    ),
    ("since", TIME),
    ("until", TIME),
    ("has", Words::new("file", "file")),
    (
        "is",
        Words::new(
            "unread, read, starred, unverified, verified, sample, answered, unsent or muted",
            "unread、read、starred、unverified、verified、sample、answered、unsent 或 muted",
        ),
    ),
    (
        "state",
        Words::new("new, queued, saved, failed, or several with commas", "new、queued、saved、failed，可用逗号并列"),
    ),
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

/// The values of `since:` and `until:`.
const TIME: Words = Words::new(
    "a time such as 2h, 3d, today, monday, 2026-11-01 or 2026-11-01T08:30",
    "时间，例如 2h、3d、今天、周一、2026-11-01 或 2026-11-01T08:30",
);
/// The fields whose values are the user's own names and words.
const OWN_WORDS: [&str; 4] = ["account", "name", "note", "label"];
/// The only value of `has:`.
const FILE: &str = "file";

/// TABLE: other names of kinds that users may try.
const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Text, &["t", "文字"]),
    (Kind::Position, &["p", "place", "位置"]),
    (Kind::Voice, &["v", "语音"]),
    (Kind::Image, &["i", "图片"]),
    (Kind::Event, &["e", "事件"]),
    (Kind::Mention, &["提及"]),
    (Kind::Unknown, &["未知"]),
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
/// The characters that exclude what the term matches.
const MINUS: [char; 2] = ['-', '－'];
/// The characters between alternatives.
const BARS: [char; 2] = ['|', '｜'];
/// The word between alternatives.
const OR: &str = "OR";
/// The characters between the values of a field.
pub const COMMAS: [char; 3] = [',', '，', '、'];

/// A term as typed.
struct Piece<'a> {
    at: Range<usize>,
    is_not: bool,
    /// The only part, or the alternatives.
    parts: Vec<Part<'a>>,
}

/// A part of a term.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// The text without minus and quotes.
    text: &'a str,
    is_quoted: bool,
}

/// Splits the text at spaces outside quotes; bars and `OR` join the parts beside them. An unclosed quote extends to
/// the end, so that nothing jumps while the user types.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let start = text.len() - rest.len();
        let is_minus =
            |after: &&str| !after.is_empty() && !after.starts_with(|c: char| c.is_whitespace() || BARS.contains(&c));
        let minus = rest.strip_prefix(MINUS).filter(is_minus);
        let is_not = minus.is_some();
        rest = minus.unwrap_or(rest);
        if rest.is_empty() {
            return pieces;
        }
        let mut parts = Vec::new();
        let mut next = Some(rest);
        while let Some(body) = next {
            let (part, after) = Part::split(body);
            parts.push(part);
            (rest, next) = (after, alternative(after));
        }
        pieces.push(Piece { at: start..text.len() - rest.len(), is_not, parts });
    }
}

impl<'a> Part<'a> {
    /// Splits the first part from a text.
    fn split(text: &'a str) -> (Self, &'a str) {
        if let Some(quoted) = text.strip_prefix(QUOTES) {
            let end = quoted.find(QUOTES).unwrap_or(quoted.len());
            let (inside, after) = quoted.split_at_checked(end).unwrap_or((quoted, ""));
            (Self { text: inside, is_quoted: true }, after.strip_prefix(QUOTES).unwrap_or(after))
        } else {
            let end = text.find(|c: char| c.is_whitespace() || BARS.contains(&c)).unwrap_or(text.len());
            let (inside, after) = text.split_at_checked(end).unwrap_or((text, ""));
            (Self { text: inside, is_quoted: false }, after)
        }
    }

    /// Returns whether the part is missing: `OR` then stands in its place, or nothing.
    fn is_missing(self) -> bool {
        !self.is_quoted && (self.text.is_empty() || is_or(self.text))
    }
}

/// Returns the text behind a bar or `OR`, if the text begins with one.
fn alternative(text: &str) -> Option<&str> {
    let next = text.trim_start();
    let end = next.find(char::is_whitespace).unwrap_or(next.len());
    let behind_or = || next.split_at_checked(end).filter(|(word, _)| next.len() < text.len() && is_or(word));
    next.strip_prefix(BARS).or_else(|| behind_or().map(|(_, after)| after)).map(str::trim_start)
}

fn is_or(word: &str) -> bool {
    word.chars().map(folding::narrow).eq(OR.chars())
}

fn term(piece: &Piece<'_>) -> Result<Term, QueryError> {
    let wrong = |reason: Reason, hint: Code| QueryError { at: piece.at.clone(), reason, hint: hint.into() };
    if piece.parts.iter().any(|part| part.is_missing()) {
        return Err(wrong(queries::NO_ALTERNATIVE.into(), queries::QUOTE_IT));
    }
    let test = match piece.parts.as_slice() {
        [only] => part_test(piece, *only)?,
        parts => {
            let is_excluded = |part: &&Part<'_>| !part.is_quoted && part.text.starts_with(MINUS);
            if let Some(part) = parts.iter().skip(1).find(is_excluded) {
                return Err(wrong(queries::NOT_BESIDE.with(part.text), queries::MINUS_FIRST));
            }
            let mut words = Vec::new();
            for part in parts {
                let Test::Words(found) = part_test(piece, *part)? else {
                    return Err(wrong(queries::NOT_BESIDE.with(part.text), queries::LIST_VALUES));
                };
                words.extend(found);
            }
            Test::Words(words)
        }
    };
    Ok(Term { is_not: piece.is_not, test })
}

fn part_test(piece: &Piece<'_>, part: Part<'_>) -> Result<Test, QueryError> {
    let narrow = |text: &str| text.chars().map(folding::narrow).collect::<String>();
    let field = part.text.split_once([':', '：']).map(|(field, value)| (narrow(field), value));
    let word = |form| Test::Words(vec![SoughtWord { typed: part.text.to_owned(), form }]);
    match field {
        Some((field, value)) if !part.is_quoted && is_field(&field, &narrow(value)) => {
            // Names that the user gave are kept as typed.
            let is_own = OWN_WORDS.iter().any(|own| field.eq_ignore_ascii_case(own));
            let value = if is_own { value.to_owned() } else { narrow(value) };
            field_test(piece, &field, &value)
        }
        _ if words::sought(part.text, part.is_quoted).is_none() => {
            let reason = queries::NOTHING_TO_FIND.with(part.text);
            Err(QueryError { at: piece.at.clone(), reason, hint: queries::TYPE_SOMETHING.into() })
        }
        _ if part.is_quoted => Ok(word(WordForm::Phrase)),
        _ => Ok(word(WordForm::Word)),
    }
}

/// Returns whether this is a field: `12:30` and `http://…` are words.
fn is_field(field: &str, value: &str) -> bool {
    !field.is_empty() && field.chars().all(|char| char.is_ascii_alphabetic()) && !value.starts_with("//")
}

fn field_test(piece: &Piece<'_>, field: &str, value: &str) -> Result<Test, QueryError> {
    let wrong = |reason: Reason, hint: Reason| QueryError { at: piece.at.clone(), reason, hint };
    let field = field.to_ascii_lowercase();
    let Some((name, takes)) = FIELDS.iter().find(|(name, _)| *name == field) else {
        let near = FIELDS.iter().find(|(name, _)| is_near(name, &field));
        let names = || FIELDS.iter().map(|(name, _)| format!("`{name}:`")).collect::<Vec<_>>().join(", ");
        let hint = near
            .map_or_else(|| queries::FIELDS.with(names()), |(near, _)| hints::DID_YOU_MEAN.with(format!("{near}:")));
        return Err(wrong(queries::NO_FIELD.with(&field), hint));
    };
    if *name == "near"
        && let Err(NearError::Place { name, near }) = Circle::read(value)
    {
        let hint = did_you_mean(&near).unwrap_or_else(|| queries::GIVE_COORDINATES.into());
        return Err(wrong(queries::NO_SUCH_PLACE.with(name), hint));
    }
    value_test(name, value).map_err(|value| {
        let reason = match value {
            "" => queries::FIELD_EMPTY.with(*name),
            _ => queries::NO_FIELD_VALUE.with(value).with(*name),
        };
        let near: Vec<&str> = names(name).into_iter().filter(|name| is_near(name, value)).collect();
        let is_name = *name == "from" && value.contains(char::is_alphabetic);
        let other = || if is_name { queries::NAME_FIELD.with(value) } else { hints::IT_TAKES.with(*takes) };
        wrong(reason, did_you_mean(&near).unwrap_or_else(other))
    })
}

/// Returns whether a name begins with the typed text, or differs by one letter.
fn is_near(name: &str, typed: &str) -> bool {
    !typed.is_empty() && (name.starts_with(typed) || is_slip_of(name, typed))
}

fn did_you_mean(names: &[&str]) -> Option<Reason> {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| hints::DID_YOU_MEAN_ONE.with(names.join(", ")))
}

/// Returns the names that a field takes; none if it takes other values.
fn names(field: &str) -> Vec<&'static str> {
    match field {
        "type" => Kind::ALL.map(Kind::name).to_vec(),
        "is" => Flag::ALL.map(Flag::name).to_vec(),
        "state" => FileState::ALL.map(FileState::name).to_vec(),
        "has" => vec![FILE],
        "since" | "until" => DAYS.iter().flat_map(|(_, names)| *names).copied().collect(),
        _ => Vec::new(),
    }
}

/// Returns the test of a field, or the value, or the one of several, that the field does not take.
fn value_test<'a>(field: &str, value: &'a str) -> Result<Test, &'a str> {
    let test = match field {
        "type" => return several(value, kind).map(Test::Kind),
        "from" => return several(value, |id| id.parse().ok().map(UserId)).map(Test::From),
        "account" => return several(value, |name| (!name.is_empty()).then(|| name.to_owned())).map(Test::Account),
        "name" => names_of(value).map(Test::Name),
        "note" => names_of(value).map(Test::Note),
        "label" => names_of(value).map(Test::Label),
        "since" => moment(value).map(Test::Since),
        "until" => moment(value).map(Test::Until),
        "has" => (value == FILE).then_some(Test::HasFile),
        "is" => Flag::from_name(value).map(Test::Is),
        "state" => return several(value, FileState::from_name).map(Test::State),
        "near" => Circle::read(value).ok().map(Test::Near),
        "waiting" => duration(value.trim_start_matches('>')).map(Test::Waiting),
        "py" => sounds(value).map(|sounds| Test::Words(vec![sounds])),
        _ => duration(value.trim_start_matches('<')).map(Test::Due),
    };
    test.ok_or(value)
}

/// Parses values with commas between them, or returns the first that cannot be parsed.
fn several<T>(values: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, &str> {
    values.split(COMMAS).map(|value| parse(value).ok_or(value)).collect()
}

/// Parses names, notes or labels with commas between them. A comma at an end is about to be followed by another.
fn names_of(values: &str) -> Option<Vec<SoughtName>> {
    let values = values.split(COMMAS).filter(|value| !value.is_empty());
    let names: Vec<_> = values.map(|value| SoughtName { typed: value.to_owned(), has_pinyin: true }).collect();
    (!names.is_empty()).then_some(names)
}

fn sounds(value: &str) -> Option<SoughtWord> {
    (!pinyin::ways(value).is_empty()).then(|| SoughtWord { typed: value.to_lowercase(), form: WordForm::Sounds })
}

fn kind(name: &str) -> Option<Kind> {
    let name = name.to_lowercase();
    let other = || KINDS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(kind, _)| *kind);
    Kind::from_name(&name).or_else(other)
}

fn moment(value: &str) -> Option<Moment> {
    let is_named = |names: &[&str]| names.iter().any(|name| value.eq_ignore_ascii_case(name));
    let day = || DAYS.iter().find(|(_, names)| is_named(names)).map(|(day, _)| Moment::Of(*day));
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
            ("account:shop -account:客服，shop", "account:shop -account:客服,shop"),
            (
                "name:橙子，chengzi、小_王 note:发票,收据 state:new，failed",
                "name:橙子,chengzi,小_王 note:发票,收据 state:new,failed",
            ),
            ("-state:new,failed name:橙子,", "-state:new,failed name:橙子"),
            ("since:2h until:2026-11-01", "since:2h until:2026-11-01T00:00:00"),
            ("since:Yesterday until:今天 since:前天", "since:yesterday until:today since:前天"),
            ("since:monday until:周日 -since:WED", "since:monday until:sunday -since:wednesday"),
            ("since:90m since:2026-11-01T08:30", "since:90m since:2026-11-01T08:30:00"),
            (
                "has:file is:unread -is:starred state:failed due:<4h is:answered waiting:2h",
                "has:file is:unread -is:starred state:failed due:<4h is:answered waiting:>2h",
            ),
            ("退货 -\"exact words\" refund", "退货 -\"exact words\" refund"),
            ("from:1，2 from:3", "from:1,2 from:3"),
            ("退款|退货 refund", "退款|退货 refund"),
            ("退款 OR 退货 ＯＲ　thuo refund", "退款|退货|thuo refund"),
            ("退款 | 退货 |py:TH｜ “a b”|\"|\" x", "退款|退货|py:th|\"a b\"|\"|\" x"),
            ("-退款|退货 -a OR b", "-退款|退货 -a|b"),
            ("one or other \"OR\" ORDER a-b|x", "one or other \"OR\" ORDER a-b|x"),
            ("-|x -", "-|x -"),
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
            ("type:imgae", 0..10, "`imgae` is not a valid value for `type:`", "did you mean `image`?"),
            ("type:image,vioce", 0..16, "`vioce` is not a valid value for `type:`", "did you mean `voice`?"),
            ("type:picture", 0..12, "`picture` is not a valid value for `type:`", "it takes text, position"),
            ("is:unred", 0..8, "`unred` is not a valid value for `is:`", "did you mean `unread`?"),
            ("state:new,fialed", 0..16, "`fialed` is not a valid value for `state:`", "did you mean `failed`?"),
            ("account:shop,", 0..13, "`account:` has no value", "it takes the name"),
            ("name:,", 0..6, "`,` is not a valid value for `name:`", "it takes a part"),
            ("is:un", 0..5, "`un` is not a valid value for `is:`", "did you mean `unread`, `unverified`, `unsent`?"),
            ("is:", 0..3, "`is:` has no value", "it takes unread, read"),
            ("type:image,", 0..11, "`type:` has no value", "it takes text, position"),
            ("state:save", 0..10, "`save` is not a valid value for `state:`", "did you mean `saved`?"),
            ("has:fiel", 0..8, "`fiel` is not a valid value for `has:`", "did you mean `file`?"),
            ("since:yesteday", 0..14, "`yesteday` is not a valid value for `since:`", "did you mean `yesterday`?"),
            ("from:bob", 0..8, "`bob` is not a valid value for `from:`", "`name:bob` finds senders by name"),
            ("from:1,阿杰", 0..13, "`阿杰` is not a valid value for `from:`", "`name:阿杰` finds senders by name"),
            ("from:-5", 0..7, "`-5` is not a valid value for `from:`", "it takes a sender's id"),
            ("since:", 0..6, "`since:` has no value", "it takes a time such as 2h"),
            ("好 退款|", 4..11, "a word is missing beside `|` or `OR`", "in quotes it is a word"),
            ("|退款", 0..7, "a word is missing beside `|` or `OR`", "in quotes it is a word"),
            ("a||b", 0..4, "a word is missing beside `|` or `OR`", "in quotes it is a word"),
            ("退款 OR ", 0..10, "a word is missing beside `|` or `OR`", "in quotes it is a word"),
            ("OR", 0..2, "a word is missing beside `|` or `OR`", "in quotes it is a word"),
            ("a OR OR b", 0..7, "a word is missing beside `|` or `OR`", "in quotes it is a word"),
            ("退款|type:image", 0..17, "`type:image` cannot stand beside `|` or `OR`", "they join words"),
            ("label:退款|VIP", 0..16, "`label:退款` cannot stand beside `|` or `OR`", "they join words"),
            ("a OR -b", 0..7, "`-b` cannot stand beside `|` or `OR`", "`-` stands before the first word"),
            ("since:-2h", 0..9, "`-2h` is not a valid value for `since:`", "it takes a time"),
            ("since:2026-13-01", 0..16, "`2026-13-01` is not a valid value", "it takes a time"),
            ("since:999999999999999w", 0..22, "`999999999999999w` is not a valid value", "it takes a time"),
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
        fn whatever_is_read_is_written_as_the_same(typed in "(near:|[a-z]{1,5}:)?[-<,.\"“”： 0-9a-z你好退货T:深圳|｜OR]{0,20}") {
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
