//! The active reply (protocol §6): the request to Weibo and the meaning of its answer. Other modules send it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::api::{ApiError, Remedy, answered, remedy_of_status};
use super::assumptions::{
    CLIENT_ERRORS_ARE_REFUSALS, SAVE_SENDER_BOX, SUCCESS_HAS_NO_ERROR, TEXT_LIMIT, UNKNOWN_AFTER,
};
use super::reply::{Article, Reply};
use super::{UserId, wire};
use crate::reason::{Reason, answers};

named! {
    /// The form of a reply, which says how its text is read.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ReplyForm {
        /// A text.
        #[default]
        Text "text",
        /// A position: latitude and longitude, as the key `y` copies them.
        Position "position",
        /// Articles, separated by empty lines: headline, summary, link and picture on a line each.
        Articles "articles",
    }
}

impl ReplyForm {
    /// Returns the next form.
    pub const fn next(self) -> Self {
        match self {
            Self::Text => Self::Position,
            Self::Position => Self::Articles,
            Self::Articles => Self::Text,
        }
    }
}

/// The meaning of Weibo's answer to a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendVerdict {
    /// The sender has it.
    Sent,
    /// The sender does not have it and will not get it.
    Refused(Reason),
    /// The sender does not have it; it can be sent later.
    Later(Remedy, Reason),
    /// It is unknown whether the sender has it.
    Unknown(Reason),
}

/// Returns the number of characters in a text, counted as Weibo is assumed to count them.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// Reads the text of a reply and checks it against Weibo's limits.
///
/// # Errors
///
/// Returns the reason why the reply cannot be sent.
pub fn read(form: ReplyForm, text: &str) -> Result<Reply, Reason> {
    if text.trim().is_empty() {
        return Err(answers::ANSWER_EMPTY.into());
    }
    let reply = match form {
        ReplyForm::Text => match length(text) {
            length if length >= TEXT_LIMIT => {
                return Err(answers::ANSWER_TOO_MANY_CHARACTERS.with(length).with(TEXT_LIMIT));
            }
            _ => Reply::Text(text.to_owned()),
        },
        ReplyForm::Position => position(text).ok_or(answers::ANSWER_NO_POSITION)?,
        ReplyForm::Articles => Reply::Articles(articles(text)?),
    };
    reply.check()?;
    Ok(reply)
}

/// Checks whether the text of a reply can be sent.
///
/// # Errors
///
/// Returns the reason why it cannot be sent.
pub fn check(form: ReplyForm, text: &str) -> Result<(), Reason> {
    read(form, text).map(drop)
}

/// Reads a latitude and a longitude, separated by a comma or a space.
fn position(text: &str) -> Option<Reply> {
    let mut numbers = text.split([',', '，', ' ', '\n']).filter(|number| !number.is_empty());
    let (latitude, longitude) = (numbers.next()?, numbers.next()?);
    let is_number = |number: &str| number.parse::<f64>().is_ok_and(f64::is_finite);
    let is_whole = numbers.next().is_none() && is_number(latitude) && is_number(longitude);
    is_whole.then(|| Reply::Position { longitude: longitude.to_owned(), latitude: latitude.to_owned() })
}

/// Reads the articles of a text, which empty lines separate.
fn articles(text: &str) -> Result<Vec<Article>, Reason> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let each = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
    each.zip(1_u32..)
        .map(|(lines, number)| article(lines).ok_or_else(|| answers::ANSWER_NO_ARTICLE.with(number)))
        .collect()
}

/// Reads one article: the headline, an optional summary, the link and the picture.
fn article(lines: &[&str]) -> Option<Article> {
    let [headline, summary @ .., url, image] = lines else { return None };
    Some(Article {
        display_name: (*headline).to_owned(),
        summary: summary.join(" "),
        image: (*image).to_owned(),
        url: (*url).to_owned(),
    })
}

/// Returns the text that [`read`] reads as these articles.
pub fn text_of(articles: &[Article]) -> String {
    let line = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let each = articles.iter().map(|Article { display_name, summary, image, url }| {
        let lines = [display_name, summary, url, image].map(line);
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    });
    each.collect::<Vec<_>>().join("\n\n")
}

/// Returns the fields of the request form, without the access token.
pub fn form(fan: UserId, reply: &Reply) -> [(&'static str, String); 4] {
    let (kind, data) = reply.data();
    [
        ("type", kind.to_owned()),
        ("data", data.to_string()),
        ("receiver_id", fan.to_string()),
        ("save_sender_box", SAVE_SENDER_BOX.to_owned()),
    ]
}

/// Returns the meaning of an answer. `quote` makes foreign text safe to store.
pub fn verdict(status: u16, body: &[u8], quote: impl Fn(&str) -> String) -> SendVerdict {
    if let Some(error) = ApiError::from_body(body) {
        let reason = error.reason(quote);
        return match error.remedy() {
            _ if UNKNOWN_AFTER.contains(&error.code) => SendVerdict::Unknown(reason),
            Remedy::GiveUp => SendVerdict::Refused(reason),
            remedy @ (Remedy::Retry | Remedy::Pause | Remedy::Token) => SendVerdict::Later(remedy, reason),
        };
    }
    let words = quote(&String::from_utf8_lossy(body));
    let answered = || answered(status, &words);
    match (status, serde_json::from_slice::<Value>(wire::bare(body))) {
        (200..=299, Ok(Value::Object(object))) => match said(&object) {
            Some(false) => SendVerdict::Refused(answered()),
            Some(true) if SUCCESS_HAS_NO_ERROR => SendVerdict::Sent,
            Some(true) | None => SendVerdict::Unknown(answered()),
        },
        (300..=399, _) => SendVerdict::Refused(answered()),
        (400..=499, _) if CLIENT_ERRORS_ARE_REFUSALS => match remedy_of_status(status) {
            Remedy::GiveUp => SendVerdict::Refused(answered()),
            Remedy::Retry if status == 408 => SendVerdict::Unknown(answered()),
            remedy @ (Remedy::Retry | Remedy::Pause | Remedy::Token) => SendVerdict::Later(remedy, answered()),
        },
        _ => SendVerdict::Unknown(answered()),
    }
}

/// Returns whether an answer reports success; `None` when its `result` cannot be understood.
fn said(object: &Map<String, Value>) -> Option<bool> {
    let is_error = |error: &Value| !error.is_null() && *error != "";
    match object.get("result") {
        _ if object.get("error").is_some_and(is_error) => Some(false),
        None | Some(Value::Bool(true)) => Some(true),
        Some(Value::Bool(false)) => Some(false),
        // Numbers may arrive as strings, and booleans as numbers (trap T23).
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64().filter(|number| *number < 2).map(|number| number == 1),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(status: u16, body: &str) -> &'static str {
        match verdict(status, body.as_bytes(), str::to_owned) {
            SendVerdict::Sent => "sent",
            SendVerdict::Refused(_) => "refused",
            SendVerdict::Later(Remedy::Token, _) => "token",
            SendVerdict::Later(Remedy::Pause, _) => "pause",
            SendVerdict::Later(..) => "later",
            SendVerdict::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn only_weibos_own_answer_says_what_became_of_a_reply() {
        for (status, body, expected) in [
            (200, r#"{"result":true}"#, "sent"),
            (200, "{}", "sent"),
            (200, r#"{"result":false}"#, "refused"),
            (200, r#"{"result":"true"}"#, "sent"),
            (200, r#"{"result":1}"#, "sent"),
            (200, r#"{"result":true,"error":null}"#, "sent"),
            (200, r#"{"result":true,"error":"","error_code":0}"#, "sent"),
            (200, r#"{"result":"false"}"#, "refused"),
            (200, r#"{"result":0}"#, "refused"),
            (200, r#"{"result":null}"#, "unknown"),
            (200, r#"{"result":{"id":7}}"#, "unknown"),
            (200, r#"{"error":"no code"}"#, "refused"),
            (200, r#"{"error":"?","error_code":"20502"}"#, "refused"),
            (400, r#"{"error":"out of time","error_code":20502}"#, "refused"),
            (403, r#"{"error":"expired_token","error_code":21327}"#, "token"),
            (403, r#"{"error":"limit","error_code":10023}"#, "pause"),
            (503, r#"{"error":"busy","error_code":10009}"#, "later"),
            (500, r#"{"error":"system","error_code":10001}"#, "unknown"),
            (200, r#"{"error":"job expired","error_code":"10010"}"#, "unknown"),
            (200, "<!doctype html><p>please log in", "unknown"),
            (200, "", "unknown"),
            (200, "[]", "unknown"),
            (302, "", "refused"),
            (400, "<html>", "refused"),
            (401, "", "token"),
            (408, "", "unknown"),
            (429, "", "later"),
            (502, "<html>bad gateway", "unknown"),
            (504, "", "unknown"),
        ] {
            assert_eq!(name(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_text_has_fewer_characters_than_the_limit_and_is_not_empty() {
        assert!(check(ReplyForm::Text, &"字".repeat(TEXT_LIMIT - 1)).is_ok());
        assert!(check(ReplyForm::Text, &"字".repeat(TEXT_LIMIT)).is_err());
        for form in ReplyForm::ALL {
            assert_eq!(check(form, " \n").unwrap_err().code, answers::ANSWER_EMPTY);
        }
        assert_eq!(length("a字👨‍👩‍👧"), 7);
    }

    #[test]
    fn a_position_is_two_numbers_of_the_earth_and_goes_as_it_was_written() {
        for text in ["39.982525,116.308586", " 39.982525， 116.308586 ", "39.982525 116.308586\n"] {
            let [(_, kind), (_, data), ..] = form(UserId(7), &read(ReplyForm::Position, text).unwrap());
            assert_eq!(kind, "position");
            assert_eq!(data, r#"{"longitude":"116.308586","latitude":"39.982525"}"#);
        }
        for text in ["39", "39,116,1", "a,b", "91,0", "0,181", "inf,0", "NaN,1", "116.308586,39.982525"] {
            assert!(check(ReplyForm::Position, text).is_err(), "{text}");
        }
    }

    #[test]
    fn articles_are_paragraphs_and_come_back_as_they_were() {
        let text = "新品\n第一行\nhttps://e.org/1\nhttps://e.org/1.jpg\n\n\n二\nhttps://e.org/2\nhttps://e.org/2.jpg\n";
        let Reply::Articles(articles) = read(ReplyForm::Articles, text).unwrap() else { unreachable!() };
        let said: Vec<_> = articles.iter().map(|one| (one.display_name.as_str(), one.summary.as_str())).collect();
        assert_eq!(said, [("新品", "第一行"), ("二", "")]);
        assert_eq!(read(ReplyForm::Articles, &text_of(&articles)).unwrap(), Reply::Articles(articles.clone()));
        let [(_, kind), (_, data), ..] = form(UserId(7), &Reply::Articles(articles));
        assert!(kind == "articles" && data.starts_with(r#"{"articles":[{"display_name":"新品","#), "{data}");
        let nine = [text; 5].join("\n");
        for text in ["a", "a\nhttps://e.org/", "a\nb\nc\nd", nine.as_str()] {
            assert!(check(ReplyForm::Articles, text).is_err(), "{text}");
        }
    }
}
