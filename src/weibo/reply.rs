//! The passive reply: the body that answers a callback (protocol §5), and the rules that choose it.
//!
//! Off unless the config has rules. Weibo never reports whether a reply was delivered.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::message::{Content, Kind, Message};

use crate::reason::{Reason, config};

mod answer;

pub use answer::check_answer;

/// The limit of characters for a text reply, which has fewer (§5).
pub(super) const TEXT_LIMIT: usize = 300;
/// The maximum number of articles (§5).
pub const ARTICLES_LIMIT: usize = 8;
/// The characters to encode. `encodeURIComponent` leaves the removed ones alone.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One entry of an articles reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// The headline.
    pub display_name: String,
    /// A line or two below the headline.
    pub summary: String,
    /// The URL of a picture.
    pub image: String,
    /// The URL that a tap opens.
    pub url: String,
}

/// The content of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A text with fewer than 300 characters.
    Text(String),
    /// One to eight articles.
    Articles(Vec<Article>),
    /// A place in decimal degrees, as strings.
    Position {
        /// −180 to 180.
        longitude: String,
        /// −90 to 90.
        latitude: String,
    },
}

/// A rule: the messages that it matches, and the reply that they get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The kind of messages; `None` for every kind.
    kind: Option<Kind>,
    /// Words of which a message has at least one; empty for every message. See [`Rule::matches`].
    words: Vec<String>,
    reply: Reply,
}

/// A rule as written in the config; [`Rule::check`] turns it into a [`Rule`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawRule {
    kind: Option<String>,
    words: Vec<String>,
    text: Option<String>,
    articles: Option<Vec<Article>>,
    position: Option<RawPosition>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPosition {
    longitude: String,
    latitude: String,
}

impl Rule {
    /// Checks a rule against Weibo's limits.
    ///
    /// # Errors
    ///
    /// Returns the fault of the rule.
    pub fn check(raw: RawRule) -> Result<Self, Reason> {
        let kind = raw.kind.as_deref().map(answerable).transpose()?;
        if raw.words.iter().any(|word| word.trim().is_empty()) {
            return Err(config::REPLY_EMPTY_WORD.into());
        }
        let reply = match (raw.text, raw.articles, raw.position) {
            (Some(text), None, None) => Reply::Text(text),
            (None, Some(articles), None) => Reply::Articles(articles),
            (None, None, Some(RawPosition { longitude, latitude })) => Reply::Position { longitude, latitude },
            _ => return Err(config::REPLY_NOT_ONE.into()),
        };
        reply.check()?;
        if let Some((key, field)) = reply.texts().find_map(|(key, text)| Some((key, field(text)?))) {
            return Err(config::REPLY_FIELD.with(key).with(field));
        }
        Ok(Self { kind, words: raw.words, reply })
    }

    /// Returns whether this rule answers the message. A word matches when the text contains it, in any case. The text
    /// of an event is Weibo's own, so a word must equal the subtype or the key.
    fn matches(&self, message: &Message) -> bool {
        let has = |word: &String| {
            if let Content::Event { subtype, key, .. } = &message.content {
                return subtype == word || key.as_ref() == Some(word);
            }
            message.text.to_lowercase().contains(&word.to_lowercase())
        };
        self.kind.is_none_or(|kind| kind == message.kind()) && (self.words.is_empty() || self.words.iter().any(has))
    }
}

/// Returns the body of the answer by the first matching rule; `None`, which stands for an empty body, when no rule
/// matches or when the message lacks its sender or receiver.
pub fn answer(rules: &[Rule], message: &Message) -> Option<String> {
    let reply = &rules.iter().find(|rule| rule.matches(message))?.reply;
    body(reply, message)
}

/// Returns the body that answers a message with this text; `None` when the message lacks its sender or receiver.
pub fn text_to(message: &Message, words: &str) -> Option<String> {
    body(&Reply::Text(words.to_owned()), message)
}

fn body(reply: &Reply, message: &Message) -> Option<String> {
    let (fan, own) = (message.sender_id?, message.receiver_id?);
    let (kind, data) = reply.data();
    let data = utf8_percent_encode(&data.to_string(), ENCODED).to_string();
    // The ids are swapped: the former sender receives the reply.
    Some(json!({ "result": true, "receiver_id": fan, "sender_id": own, "type": kind, "data": data }).to_string())
}

/// Returns the content of an answer's body in readable form, such as `text 我们十点开门`; `None` when it is no
/// reply.
pub fn describe(answer: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        r#type: String,
        data: String,
    }
    let Body { r#type, data } = serde_json::from_str(answer).ok()?;
    let data = percent_encoding::percent_decode_str(&data).decode_utf8_lossy().into_owned();
    let inner: serde_json::Value = serde_json::from_str(&data).ok()?;
    let words = match inner.get("text").and_then(serde_json::Value::as_str) {
        Some(text) => text.to_owned(),
        None => inner.to_string(),
    };
    Some(format!("{type} {words}"))
}

impl Reply {
    /// Returns the type and the data in JSON (§5, §6).
    pub(super) fn data(&self) -> (&'static str, Value) {
        match self {
            Self::Text(text) => ("text", json!({ "text": text })),
            Self::Articles(articles) => ("articles", json!({ "articles": articles })),
            Self::Position { longitude, latitude } => {
                ("position", json!({ "longitude": longitude, "latitude": latitude }))
            }
        }
    }

    /// Returns the texts that the sender reads, each with its key.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let (text, articles) = match self {
            Self::Text(text) => (Some(("text", text.as_str())), &[][..]),
            Self::Articles(articles) => (None, articles.as_slice()),
            Self::Position { .. } => (None, &[][..]),
        };
        let of_articles = articles.iter().flat_map(|Article { display_name, summary, .. }| {
            [("display_name", display_name.as_str()), ("summary", summary.as_str())]
        });
        text.into_iter().chain(of_articles)
    }

    pub(super) fn check(&self) -> Result<(), Reason> {
        match self {
            Self::Text(text) => match text.chars().count() {
                0 => Err(config::REPLY_EMPTY.with("text")),
                length if length >= TEXT_LIMIT => Err(config::REPLY_TOO_LONG.with(length).with(TEXT_LIMIT)),
                _ => Ok(()),
            },
            Self::Articles(articles) => match articles.len() {
                1..=ARTICLES_LIMIT => articles.iter().try_for_each(Article::check),
                length => Err(config::REPLY_ARTICLES.with(length).with(1_u32).with(ARTICLES_LIMIT)),
            },
            Self::Position { longitude, latitude } => {
                let within = |value: &str, limit: f64| value.parse().is_ok_and(|value: f64| value.abs() <= limit);
                if !within(longitude, 180.0) {
                    return Err(no_degrees("longitude", longitude, 180));
                }
                if !within(latitude, 90.0) {
                    return Err(no_degrees("latitude", latitude, 90));
                }
                Ok(())
            }
        }
    }
}

impl Article {
    fn check(&self) -> Result<(), Reason> {
        for (name, address) in [("image", &self.image), ("url", &self.url)] {
            if !(address.starts_with("http://") || address.starts_with("https://")) {
                return Err(config::REPLY_NO_ADDRESS.with(name).with(address));
            }
        }
        if self.display_name.is_empty() { Err(config::REPLY_EMPTY.with("display_name")) } else { Ok(()) }
    }
}

/// Returns the first field of a quick reply in a text, such as `{name}`. A rule would send it as it is.
fn field(text: &str) -> Option<&'static str> {
    ["{name}", "{text}", "{date}", "{place}"].into_iter().find(|field| text.contains(field))
}

fn no_degrees(name: &str, value: &str, limit: i64) -> Reason {
    config::REPLY_NO_DEGREES.with(name).with(value).with(-limit).with(limit)
}

/// Returns the kind with this name if rules may answer it.
fn answerable(name: &str) -> Result<Kind, Reason> {
    Kind::from_name(name).filter(|kind| *kind != Kind::Unreadable).ok_or_else(|| {
        let names: Vec<_> =
            Kind::ALL.iter().filter(|kind| **kind != Kind::Unreadable).map(|kind| kind.name()).collect();
        config::REPLY_NO_KIND.with(name).with(names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weibo::wire;

    fn rule(toml: &str) -> Result<Rule, Reason> {
        Rule::check(toml::from_str(toml).unwrap())
    }

    fn answer_to(rules: &[&str], rest: &str) -> Option<String> {
        let rules: Vec<Rule> = rules.iter().map(|toml| rule(toml).unwrap()).collect();
        let body = format!(r#"{{"receiver_id":1902538057,"sender_id":"2489518277",{rest}}}"#);
        answer(&rules, &wire::parse(body.as_bytes()))
    }

    #[test]
    fn the_first_rule_that_matches_answers_with_ids_swapped() {
        let rules =
            ["kind = 'text'\nwords = ['几点', 'Hours']\ntext = '十点 & 22:00'", "kind = 'image'\ntext = 'nice'"];
        let body = answer_to(&rules, r#""type":"text","text":"your HOURS?""#).unwrap();
        assert_eq!(
            body,
            concat!(
                r#"{"result":true,"receiver_id":2489518277,"sender_id":1902538057,"type":"text","#,
                r#""data":"%7B%22text%22%3A%22%E5%8D%81%E7%82%B9%20%26%2022%3A00%22%7D"}"#
            )
        );
        assert_eq!(describe(&body).as_deref(), Some("text 十点 & 22:00"));
        assert_eq!(answer_to(&rules, r#""type":"text","text":"hello""#), None);
        assert!(answer_to(&rules, r#""type":"image","text":"hello""#).is_some());
        assert_eq!(answer_to(&[], r#""type":"text","text":"hello""#), None);
    }

    #[test]
    fn events_match_on_subtype_and_key_not_on_weibos_words() {
        let rules = ["words = ['follow', 'menu_hours']\ntext = 'welcome'"];
        let event = |data| answer_to(&rules, &format!(r#""type":"event","text":"follow","data":{data}"#)).is_some();
        assert!(event(r#"{"subtype":"follow"}"#));
        assert!(event(r#"{"subtype":"click","key":"menu_hours"}"#));
        assert!(!event(r#"{"subtype":"unfollow"}"#));
    }

    #[test]
    fn who_did_not_say_who_they_are_gets_no_reply() {
        let rules = [rule("text = 'hi'").unwrap()];
        assert_eq!(answer(&rules, &wire::parse(br#"{"type":"text","sender_id":1}"#)), None);
    }

    #[test]
    fn rules_beyond_weibos_limits_are_refused_with_the_reason() {
        let article = "{ display_name = 'a', summary = '', image = 'https://a.example/i', url = 'https://a.example' }";
        for (toml, words) in [
            ("text = ''".to_owned(), "`text` is empty"),
            (format!("text = '{}'", "啊".repeat(300)), "300 characters"),
            (format!("articles = [{}]", [article; 9].join(",")), "9 entries"),
            ("articles = []".to_owned(), "0 entries"),
            (format!("articles = [{}]", article.replace("https://a.example/i", "javascript:1")), "web address"),
            ("position = { longitude = '181', latitude = '1' }".to_owned(), "longitude"),
            ("position = { longitude = '1', latitude = 'north' }".to_owned(), "latitude"),
            ("kind = 'video'\ntext = 'x'".to_owned(), "`video`, not one of text, position"),
            ("kind = 'unreadable'\ntext = 'x'".to_owned(), "not one of"),
            ("text = '您好{name}'".to_owned(), "`text` holds `{name}`"),
            (format!("articles = [{}]", article.replace("'a'", "'{text} {'")), "`display_name` holds `{text}`"),
            ("words = [' ']\ntext = 'x'".to_owned(), "empty word"),
            ("words = ['a']".to_owned(), "exactly one"),
            ("text = 'a'\nposition = { longitude = '1', latitude = '1' }".to_owned(), "exactly one"),
        ] {
            let refused = rule(&toml).unwrap_err();
            assert!(refused.to_string().contains(words), "{toml}: {refused}");
        }
        assert!(rule(&format!("text = '{}'", "啊".repeat(299))).is_ok());
        assert!(rule("text = 'a { b } {} {1} {A'").is_ok(), "braces without a field are text");
        assert!(rule(&format!("articles = [{}]", [article; 8].join(","))).is_ok());
    }
}
