//! The content of a notification, as text and as JSON. Sender and text of a message are left out unless the
//! user wants them: a lock screen shows them to everybody.

use serde_json::{Value, json};

use super::gather::{AlertCount, Told};
use crate::language::{Language, alerts};
use crate::reason::Reason;
use crate::record::people::short_name;
use crate::text;

named! {
    /// The parts of a message that an alert may show.
    #[derive(Default)]
    pub enum Show {
        /// The number of messages.
        #[default]
        Count "count",
        /// Also the sender of the last one.
        Name "name",
        /// Also its text.
        All "all",
    }
}

/// The event that a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// Messages arrived.
    Messages(AlertCount),
    /// Reply windows close in quiet hours that are about to begin.
    Closing {
        /// Number of windows.
        n: u64,
        /// Local time at which the hours end: `08:00`.
        until: String,
    },
    /// A fault of weibox itself began or ended.
    Trouble(Reason),
    /// The user tests the alert.
    Test,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Id that is the same each time the notice is sent, so that the recipient can recognise a repetition.
    pub id: String,
    /// Name of the alert.
    pub alert: String,
    /// The event that it is about.
    pub occasion: Occasion,
}

impl Notice {
    /// Returns the title.
    pub fn title(&self) -> String {
        format!("weibox · {}", self.alert)
    }

    /// Returns the text, in one line without control characters for a terminal.
    pub fn words(&self, show: Show, language: Language) -> String {
        let words = match &self.occasion {
            Occasion::Test => alerts::TEST.of(language).to_owned(),
            Occasion::Trouble(reason) => reason.of(language),
            Occasion::Closing { n, until } => alerts::CLOSING.with(language, &[n, &self.alert, until]),
            Occasion::Messages(count) => self.of_messages(count, show, language),
        };
        text::line(&words).into_owned()
    }

    fn of_messages(&self, count: &AlertCount, show: Show, language: Language) -> String {
        let mut said = Vec::new();
        for (n, words) in [(count.n_quiet, alerts::QUIET), (count.n_away, alerts::AWAY), (count.n_new, alerts::NEW)] {
            if n > 0 {
                said.push(words.with(language, &[&n, &self.alert]));
            }
        }
        let separator = alerts::SEPARATOR.of(language);
        let counted = said.join(separator);
        let sender = |told: &Told| short_name(told.sender, told.name.as_deref());
        match (show, &count.latest) {
            (Show::Count, _) | (_, None) => counted,
            (Show::Name, Some(latest)) => alerts::LAST_FROM.with(language, &[&counted, &sender(latest)]),
            (Show::All, Some(latest)) => alerts::LAST_SAYS.with(language, &[&counted, &sender(latest), &latest.words]),
        }
    }

    /// Returns everything that programs may know of it. The names are fixed: scripts rely on them.
    pub fn to_json(&self, show: Show, language: Language) -> Value {
        let mut json = json!({
            "id": self.id,
            "alert": self.alert,
            "title": self.title(),
            "text": self.words(show, language),
        });
        let Some(object) = json.as_object_mut() else { return json };
        match &self.occasion {
            Occasion::Test => drop(object.insert("test".to_owned(), true.into())),
            Occasion::Closing { n, until: _ } => drop(object.insert("closing".to_owned(), (*n).into())),
            Occasion::Trouble(reason) => drop(object.insert("trouble".to_owned(), reason.code.name().into())),
            Occasion::Messages(AlertCount { n_new, n_away, n_quiet, latest }) => {
                for (name, n) in [("count", n_new), ("away", n_away), ("quiet", n_quiet)] {
                    object.insert(name.to_owned(), (*n).into());
                }
                let latest = latest.as_ref().filter(|_| show != Show::Count);
                if let Some(Told { seq, sender, name, words }) = latest {
                    object.insert("seq".to_owned(), (*seq).into());
                    object.insert("sender_id".to_owned(), json!(sender));
                    if let Some(name) = name {
                        object.insert("sender_name".to_owned(), name.clone().into());
                    }
                    if show == Show::All {
                        object.insert("words".to_owned(), words.clone().into());
                    }
                }
            }
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(n_new: u64, n_away: u64, n_quiet: u64) -> Notice {
        let latest = Told {
            seq: 9,
            sender: Some(crate::weibo::UserId(2_489_518_277)),
            name: None,
            words: "我要退款\u{1b}]0;x\u{7}".to_owned(),
        };
        let latest = Some(latest).filter(|_| n_new > 0 || n_quiet > 0);
        let count = AlertCount { n_new, n_away, n_quiet, latest };
        Notice { id: "1".to_owned(), alert: "退款".to_owned(), occasion: Occasion::Messages(count) }
    }

    #[test]
    fn by_default_neither_sender_nor_words_are_said() {
        let english = |notice: Notice, show| notice.words(show, Language::English);
        assert_eq!(english(notice(23, 0, 0), Show::Count), "23 new in 退款");
        assert_eq!(english(notice(1, 14, 0), Show::Count), "14 in 退款 while you were away, 1 new in 退款");
        assert_eq!(english(notice(0, 0, 37), Show::Count), "37 in 退款 in the quiet hours");
        assert_eq!(english(notice(0, 0, 37), Show::Name), "37 in 退款 in the quiet hours, the last from 2489518277");
        assert_eq!(english(notice(2, 0, 0), Show::Name), "2 new in 退款, the last from 2489518277");
        assert_eq!(notice(2, 1, 0).words(Show::Count, Language::Chinese), "离开期间 1 条（退款），新消息 2 条（退款）");
        for show in [Show::Count, Show::Name] {
            let json = notice(2, 0, 0).to_json(show, Language::English).to_string();
            assert!(!json.contains("我要"), "{json}");
        }
        assert!(!notice(2, 0, 0).to_json(Show::Count, Language::English).to_string().contains("2489518277"));
    }

    #[test]
    fn what_a_sender_wrote_moves_no_cursor() {
        let words = notice(1, 0, 0).words(Show::All, Language::English);
        assert!(words.contains("我要退款") && !words.contains(['\u{1b}', '\u{7}']), "{words:?}");
        assert_eq!(notice(1, 0, 0).to_json(Show::All, Language::English)["seq"], 9);
    }
}
