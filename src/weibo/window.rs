//! The reply window: the time during which Weibo lets the account answer a sender (protocol §6).

use chrono::TimeDelta;

use super::{Content, Message, assumptions};

/// The time during which Weibo accepts answers after the sender's last message, follow, subscription, menu click or
/// scan.
pub const WINDOW: TimeDelta = TimeDelta::hours(assumptions::WINDOW_HOURS);

/// The effect of a message on its sender's reply window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowEffect {
    /// It opens the window, or starts it again.
    Opens,
    /// It closes the window: a sender who no longer follows cannot be answered.
    Closes,
    /// It has no effect.
    None,
}

/// TABLE: events and their effect on the window.
const EVENTS: &[(&str, WindowEffect)] = &[
    ("follow", WindowEffect::Opens),
    ("subscribe", WindowEffect::Opens),
    ("scan", WindowEffect::Opens),
    ("scan_follow", WindowEffect::Opens),
    ("click", WindowEffect::Opens),
    ("unfollow", WindowEffect::Closes),
];

/// Returns the effect of a message on its sender's reply window. Messages of unknown types count as messages; a
/// mention is public and does not open a window.
pub fn effect(message: &Message) -> WindowEffect {
    match &message.content {
        Content::Text | Content::Position { .. } | Content::Voice(_) | Content::Image(_) | Content::Unknown(_) => {
            WindowEffect::Opens
        }
        Content::Event { subtype, .. } => {
            EVENTS.iter().find(|(event, _)| event == subtype).map_or(WindowEffect::None, |(_, effect)| *effect)
        }
        Content::Mention { .. } | Content::Unreadable { .. } => WindowEffect::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weibo::wire;

    #[test]
    fn the_window_follows_the_table_of_the_protocol() {
        for (kind, data, expected) in [
            ("text", "{}", WindowEffect::Opens),
            ("voice", r#"{"tovfid":1}"#, WindowEffect::Opens),
            ("video", "{}", WindowEffect::Opens),
            ("event", r#"{"subtype":"follow"}"#, WindowEffect::Opens),
            ("event", r#"{"subtype":"click","key":"k"}"#, WindowEffect::Opens),
            ("event", r#"{"subtype":"view"}"#, WindowEffect::None),
            ("event", r#"{"subtype":"unfollow"}"#, WindowEffect::Closes),
            ("mention", r#"{"subtype":"status"}"#, WindowEffect::None),
        ] {
            let body = format!(r#"{{"type":"{kind}","sender_id":1,"text":"","data":{data}}}"#);
            assert_eq!(effect(&wire::parse(body.as_bytes())), expected, "{body}");
        }
    }
}
