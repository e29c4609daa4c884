//! The user's JSON for a webhook, with placeholders. It is parsed before anything is filled in, so that a
//! value cannot become anything but a part of its string.

use serde_json::Value;

use super::robot::plain;

/// TABLE: the names of the placeholders.
pub const FIELDS: &[&str] =
    &["title", "text", "alert", "id", "count", "away", "quiet", "sender_id", "sender_name", "words"];

/// A JSON value with placeholders such as `{text}` in its strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyTemplate(Value);

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyTemplateError {
    /// It is not JSON; holds the message of the parser.
    Json(String),
    /// It has an unknown placeholder.
    Field(String),
}

impl BodyTemplate {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// Why the text is not a template.
    pub fn parse(text: &str) -> Result<Self, BodyTemplateError> {
        let json: Value = serde_json::from_str(text).map_err(|error| BodyTemplateError::Json(error.to_string()))?;
        let mut unknown = None;
        drop(replace(&json, &mut |name| {
            if !FIELDS.contains(&name) {
                unknown.get_or_insert_with(|| name.to_owned());
            }
            String::new()
        }));
        unknown.map_or(Ok(Self(json)), |name| Err(BodyTemplateError::Field(name)))
    }

    /// Returns the JSON with the values of a notice filled in; a missing value is empty.
    pub fn fill(&self, notice: &Value) -> Value {
        replace(&self.0, &mut |name| match notice.get(name) {
            Some(Value::String(text)) => plain(text),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        })
    }
}

fn replace(json: &Value, put: &mut impl FnMut(&str) -> String) -> Value {
    match json {
        Value::String(text) => Value::String(replace_in(text, put)),
        Value::Array(list) => Value::Array(list.iter().map(|value| replace(value, put)).collect()),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (name.clone(), replace(value, put))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
    }
}

/// Replaces placeholders in one pass, so that values are not searched again. A brace that begins no
/// placeholder stays.
fn replace_in(text: &str, put: &mut impl FnMut(&str) -> String) -> String {
    let mut pieces = text.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_name =
            |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match piece.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, rest)) => filled.extend([put(name).as_str(), rest]),
            None => filled.extend(["{", piece]),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_in_stays_in_its_string_and_is_not_looked_at_again() {
        let template =
            BodyTemplate::parse(r#"{"chat_id":-1,"text":"{title}: {text} {","more":["{count}","{}","{A}"]}"#);
        let told = json!({ "title": "\",\"x\":\"{count}", "text": "<!channel> {id}\\", "count": 23, "id": "secret" });
        assert_eq!(
            template.unwrap().fill(&told),
            json!({ "chat_id": -1, "text": "\",\"x\":\"{count}: ＜!channel> {id}\\ {", "more": ["23", "{}", "{A}"] })
        );
    }

    #[test]
    fn what_is_no_template_is_refused() {
        assert!(matches!(BodyTemplate::parse("{text}"), Err(BodyTemplateError::Json(_))));
        let wrong = BodyTemplate::parse(r#"{"text":"{token}"}"#);
        assert_eq!(wrong, Err(BodyTemplateError::Field("token".to_owned())));
    }
}
