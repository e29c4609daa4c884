//! Masks the private parts of a message for screenshots: different content of the same length. The same id always
//! becomes the same made-up id, so that a conversation can still be followed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Number, Value};

use crate::query::Query;
use crate::record::people::KnownSender;
use crate::record::{Marks, Record};

/// The keys whose values say the type of a message rather than its content.
const OPEN: &[&str] = &["type", "created_at", "subtype"];

/// Returns the record with its private parts masked.
pub fn masked(record: &Record) -> Record {
    let raw = match serde_json::from_slice::<Value>(&record.raw) {
        Ok(mut body) => {
            hide(&mut body, "");
            body.to_string().into_bytes()
        }
        Err(_not_json) => hidden_text(&String::from_utf8_lossy(&record.raw)).into_bytes(),
    };
    let Record { message, raw, .. } = Record::new(record.seq, record.received_at, raw);
    let sender = KnownSender {
        window_until: record.sender.window_until,
        is_muted: record.sender.is_muted,
        ..Default::default()
    };
    let marks = Marks { labels: Vec::new(), ..record.marks };
    Record { message, raw, account: String::new(), reply: None, marks, sender, ..record.clone() }
}

fn hide(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| hide(value, key)),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, key)),
        Value::String(_) if OPEN.contains(&key) => {}
        Value::String(text) if text.parse::<f64>().is_ok() => *text = number(text),
        Value::String(text) => *text = hidden_text(text),
        Value::Number(value) => {
            if let Ok(hidden) = number(&value.to_string()).parse::<Number>() {
                *value = hidden;
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Returns a query with its words and ids masked, which still shows that there is one.
pub fn query(query: &Query) -> String {
    hidden_text(&query.to_string())
}

/// Replaces letters by `x`, wide ones by `某`; keeps spaces and punctuation, so that lines break at the same
/// places.
pub fn hidden_text(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            _ if !char.is_alphanumeric() => char,
            '\0'..='\u{2e7f}' => 'x',
            _ => '某',
        })
        .collect()
}

/// Replaces the digits except the first, which keeps a coordinate in its range.
pub fn number(digits: &str) -> String {
    let mut hasher = DefaultHasher::new();
    digits.hash(&mut hasher);
    let mut state = hasher.finish();
    let mut n_digits = 0;
    digits
        .chars()
        .map(|char| {
            if !char.is_ascii_digit() {
                return char;
            }
            n_digits += 1;
            if n_digits == 1 {
                return char;
            }
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from_digit(u32::try_from(state >> 60).unwrap_or_default() % 10, 10).unwrap_or('0')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn nothing_private_is_left_and_the_shape_stays() {
        let raw = r#"{"type":"position","receiver_id":1902538057,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"我在这里: http://t.cn/zQgLLYO","data":{"longitude":"116.308586","latitude":"39.982525"}}"#;
        let record = Record {
            marks: Marks { is_read: true, is_starred: true, labels: vec!["退款".to_owned()] },
            sender: KnownSender {
                window_until: Some(DateTime::default()),
                is_muted: true,
                nickname: "橙子".to_owned(),
                name: "老王".to_owned(),
                note: "要发票".to_owned(),
                labels: vec!["VIP".to_owned()],
                draft: "您好".to_owned(),
            },
            ..Record::new(7, DateTime::default(), raw.into())
        };
        let masked = masked(&record);
        assert_eq!(masked.marks, Marks { is_read: true, is_starred: true, labels: Vec::new() });
        let window_until = record.sender.window_until;
        assert_eq!(masked.sender, KnownSender { window_until, is_muted: true, ..KnownSender::default() });
        let shown = String::from_utf8(masked.raw.clone()).unwrap();
        for private in ["2489518277", "1902538057", "我在", "zQgLLYO", "116.308586", "39.982525"] {
            assert!(!shown.contains(private), "{private}: {shown}");
        }
        assert_eq!(masked.message.kind(), record.message.kind());
        assert_eq!(masked.message.text.chars().count(), record.message.text.chars().count());
        assert_eq!(masked.message.sender_id, super::masked(&record).message.sender_id, "the same id, the same mask");
        assert_eq!(masked.message.created_at, record.message.created_at);
    }
}
