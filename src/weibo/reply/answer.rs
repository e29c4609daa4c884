//! Checks a bot's answer, which Weibo gets only if it is a valid passive reply (protocol §5). Reasons name
//! the faulty field, because the author of a bot has no other feedback.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::Reply;
use crate::reason::{Code, Reason, forward};
use crate::weibo::message::Message;

/// The fields that are checked. A field that is null is `Some`.
#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "there")]
    result: Option<Value>,
    #[serde(default, deserialize_with = "there")]
    receiver_id: Option<Value>,
    #[serde(default, deserialize_with = "there")]
    sender_id: Option<Value>,
    #[serde(default, deserialize_with = "there")]
    r#type: Option<Value>,
    #[serde(default, deserialize_with = "there")]
    data: Option<Value>,
}

fn there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Checks a bot's answer, and returns the body that Weibo gets, or `None` for an empty one. Ids may be
/// numbers or strings, and may be missing.
///
/// # Errors
///
/// The reason why Weibo does not get it.
pub fn check_answer(body: &[u8], message: &Message) -> Result<Option<String>, Reason> {
    let text = str::from_utf8(body).map_err(|_no_utf8| forward::ANSWER_NOT_UTF8)?;
    // An empty answer in Weibo's own example (§2.3) is two quotes.
    if matches!(text.trim_ascii(), "" | "\"\"") {
        return Ok(None);
    }
    if text.starts_with('\u{feff}') {
        return Err(forward::ANSWER_WITH_MARK.into());
    }
    if !serde_json::from_str(text).is_ok_and(|value: Value| value.is_object()) {
        return Err(forward::ANSWER_NOT_JSON.into());
    }
    // The only fault that an object can have here is a repeated field, of which two readers could use
    // different values.
    let Body { result, receiver_id, sender_id, r#type, data } =
        serde_json::from_str(text).map_err(|_twice| forward::ANSWER_FIELD_TWICE)?;
    match result {
        Some(Value::Bool(false)) => return Ok(None),
        None | Some(Value::Bool(true)) => {}
        Some(_) => return Err(must_be("result", forward::TRUE_OR_FALSE)),
    }
    // The ids are swapped: the former sender receives the reply.
    for (name, found, wanted) in
        [("receiver_id", receiver_id, message.sender_id), ("sender_id", sender_id, message.receiver_id)]
    {
        let digits = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let wanted = wanted.map(|id| id.to_string()).unwrap_or_default();
        if found.is_some_and(|found| digits(&found) != wanted) {
            return Err(forward::ANSWER_TO_OTHERS.with(name).with(wanted));
        }
    }
    reply(r#type.as_ref(), data.as_ref())?.check()?;
    Ok(Some(text.to_owned()))
}

fn reply(kind: Option<&Value>, data: Option<&Value>) -> Result<Reply, Reason> {
    let kind = kind.and_then(Value::as_str).ok_or(forward::ANSWER_NO_TYPE)?;
    if !matches!(kind, "text" | "position" | "articles") {
        return Err(forward::ANSWER_NO_TYPE.into());
    }
    let data = data.and_then(Value::as_str).ok_or_else(|| must_be("data", forward::ENCODED_TEXT))?;
    let data = percent_encoding::percent_decode_str(data).decode_utf8().ok();
    let data = data.and_then(|data| serde_json::from_str(&data).ok());
    let mut data: Map<String, Value> = data.ok_or_else(|| forward::ANSWER_NO_DATA.with(kind))?;
    let mut word = |name: &str| match data.remove(name) {
        Some(Value::String(word)) => Ok(word),
        _ => Err(must_be(&format!("data.{name}"), forward::A_TEXT)),
    };
    Ok(match kind {
        "text" => Reply::Text(word("text")?),
        "position" => Reply::Position { longitude: word("longitude")?, latitude: word("latitude")? },
        _ => {
            let articles = data.remove("articles").and_then(|articles| serde_json::from_value(articles).ok());
            Reply::Articles(articles.ok_or_else(|| must_be("data.articles", forward::A_LIST_OF_ARTICLES))?)
        }
    })
}

fn must_be(name: &str, what: Code) -> Reason {
    forward::ANSWER_FIELD.with(name).with(what)
}

#[cfg(test)]
mod tests {
    use super::check_answer;
    use crate::weibo::message::Message;
    use crate::weibo::reply::text_to;
    use crate::weibo::wire;

    fn message() -> Message {
        wire::parse(br#"{"receiver_id":1902538057,"sender_id":2489518277,"type":"text","text":"?"}"#)
    }

    #[test]
    fn what_a_bot_answers_is_checked_before_weibo_gets_it() {
        let message = message();
        let own = text_to(&message, "十点 100%").unwrap();
        assert_eq!(check_answer(own.as_bytes(), &message), Ok(Some(own.clone())), "the same bytes");
        for empty in ["", " \n", "\"\"", "\"\"\n", r#"{"result":false}"#] {
            assert_eq!(check_answer(empty.as_bytes(), &message), Ok(None), "{empty}");
        }
        let as_strings = own.replace("2489518277", "\"2489518277\"");
        assert!(check_answer(as_strings.as_bytes(), &message).unwrap().is_some());
        let without_ids = own.replace("\"receiver_id\":2489518277,", "");
        assert!(without_ids != own && check_answer(without_ids.as_bytes(), &message).unwrap().is_some());
    }

    #[test]
    fn what_is_wrong_is_said_by_its_field() {
        let message = message();
        let own = text_to(&message, "hi").unwrap();
        let of = |kind: &str, data: &str| serde_json::json!({ "type": kind, "data": data }).to_string();
        for (wrong, words) in [
            ("success".to_owned(), "not a JSON object"),
            ("[]".to_owned(), "not a JSON object"),
            (format!("\u{feff}{own}"), "begins with a byte order mark"),
            (own.replace("2489518277", "7"), "`receiver_id` is not `2489518277`"),
            (own.replace("2489518277", "null"), "`receiver_id` is not `2489518277`"),
            (own.replace("\"type\"", "\"sender_id\":1902538057,\"type\""), "a field twice"),
            (own.replace("true", "\"true\""), "`result` must be true or false"),
            (own.replace("\"text\"", "\"video\""), "`type` is none of text, articles and position"),
            (own.replace("\"text\"", "5"), "`type` is none of"),
            (own.replace("\"type\":\"text\",", ""), "`type` is none of"),
            (own.replace("%7B", "%5B"), "`data` is not percent-encoded JSON of a `text`"),
            (r#"{"type":"text"}"#.to_owned(), "`data` must be percent-encoded JSON in a string"),
            (r#"{"type":"text","data":{"text":"hi"}}"#.to_owned(), "`data` must be percent-encoded JSON in a string"),
            (of("text", r#"{"words":"hi"}"#), "`data.text` must be a string"),
            (of("text", &format!("{{\"text\":\"{}\"}}", "a".repeat(300))), "300"),
            (of("position", r#"{"longitude":116.3,"latitude":"39.9"}"#), "`data.longitude` must be a string"),
            (of("articles", r#"{"articles":[{"display_name":1}]}"#), "`data.articles` must be a list"),
        ] {
            let refused = check_answer(wrong.as_bytes(), &message).unwrap_err().to_string();
            assert!(refused.contains(words), "{wrong}: {refused}");
        }
        let gbk = own.replace("hi", "\u{fffd}").into_bytes();
        let gbk = [b"\xce\xd2", &gbk[..]].concat();
        assert!(check_answer(&gbk, &message).unwrap_err().to_string().contains("not UTF-8"));
    }
}
