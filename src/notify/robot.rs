//! TABLE: the chat robots and the plain webhook: the JSON that each takes, how it is signed, and how to read
//! its answer.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde_json::{Value, json};
use url::Url;

use super::notice::{Notice, Show};
use crate::language::Language;
use crate::reason::{Reason, alerts};
use crate::text;

/// A kind of robot.
pub struct RobotRow {
    /// Name in the config.
    pub name: &'static str,
    /// Builds the JSON that it takes; `None` where the user defines it.
    body: Option<fn(&str) -> Value>,
    sign: Sign,
    /// The field of the answer that is 0 when the robot accepted the text; the field with the error message;
    /// the code for sending too often, with the pause that follows it.
    answer: Option<(&'static str, &'static str, i64, Duration)>,
}

/// How the calls to a robot are signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Not,
    /// In the body: HMAC of an empty message, with time and secret as the key.
    InBody,
    /// In the query: HMAC of time and secret, with the secret as the key.
    InQuery,
}

/// TABLE: the robots.
pub const ROBOTS: &[RobotRow] = &[
    // https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
    RobotRow {
        name: "feishu",
        body: Some(|words| json!({ "msg_type": "text", "content": { "text": words } })),
        sign: Sign::InBody,
        answer: Some(("code", "msg", 11_232, Duration::from_mins(1))),
    },
    // https://open.dingtalk.com/document/robots/custom-robot-access
    RobotRow {
        name: "dingtalk",
        body: Some(|words| json!({ "msgtype": "text", "text": { "content": words }, "at": { "isAtAll": false } })),
        sign: Sign::InQuery,
        answer: Some(("errcode", "errmsg", 130_101, Duration::from_mins(10))),
    },
    // https://developer.work.weixin.qq.com/document/path/91770
    RobotRow {
        name: "wecom",
        body: Some(|words| json!({ "msgtype": "text", "text": { "content": words } })),
        sign: Sign::Not,
        answer: Some(("errcode", "errmsg", 45_009, Duration::from_mins(1))),
    },
    RobotRow { name: "webhook", body: None, sign: Sign::Not, answer: None },
];

/// The maximum length of the quoted part of an answer, in cells.
const SAID: usize = 200;

impl std::fmt::Debug for RobotRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl RobotRow {
    /// Returns the robot with this name.
    pub fn from_name(name: &str) -> Option<&'static Self> {
        ROBOTS.iter().find(|robot| robot.name == name)
    }

    /// Returns whether its calls can be signed.
    pub fn takes_secret(&self) -> bool {
        self.sign != Sign::Not
    }

    /// Returns whether the user defines the JSON that it takes.
    pub const fn is_webhook(&self) -> bool {
        self.body.is_none()
    }

    /// Builds the JSON that it takes.
    pub fn body(&self, notice: &Notice, show: Show, language: Language) -> Value {
        let Some(body) = self.body else { return notice.to_json(show, language) };
        body(&plain(&format!("{}\n{}", notice.title(), notice.words(show, language))))
    }

    /// Signs a call by adding to its body or its URL.
    pub fn sign(&self, secret: &str, at: DateTime<Utc>, body: &mut Value, url: &mut Url) {
        let hmac = |key: &str, signed: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
        };
        match self.sign {
            Sign::Not => {}
            Sign::InBody => {
                let timestamp = at.timestamp().to_string();
                let signature = hmac(&format!("{timestamp}\n{secret}"), "");
                if let Some(object) = body.as_object_mut() {
                    object.insert("timestamp".to_owned(), timestamp.into());
                    object.insert("sign".to_owned(), signature.into());
                }
            }
            Sign::InQuery => {
                let timestamp = at.timestamp_millis().to_string();
                let signature = hmac(secret, &format!("{timestamp}\n{secret}"));
                url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &signature);
            }
        }
    }

    /// Judges an answer of status 200, and returns its message.
    ///
    /// # Errors
    ///
    /// Why the robot did not accept the text, and how long it asks to be left alone.
    pub fn judge(&self, answer: &[u8]) -> Result<String, (Reason, Option<Duration>)> {
        let said = || text::cut(&text::line(&String::from_utf8_lossy(answer)), SAID).into_owned();
        let Some((code, message, too_often, pause)) = self.answer else { return Ok(said()) };
        let json: Option<Value> = serde_json::from_slice(answer).ok();
        let found = json.as_ref().and_then(|json| json.get(code)?.as_i64());
        let Some(found) = found else { return Err((alerts::ROBOT_SAID_NOTHING.with(code), None)) };
        if found == 0 {
            return Ok(said());
        }
        let words = json.as_ref().and_then(|json| json.get(message)?.as_str()).unwrap_or_default();
        let reason = alerts::ROBOT_REFUSED.with(found).with(text::cut(&text::line(words), SAID).into_owned());
        Err((reason, (found == too_often).then_some(pause)))
    }
}

/// Escapes text so that no chat finds a mention or a tag in it: `<at user_id="all">`, `<!channel>` and
/// `<@all>` call everybody.
pub fn plain(words: &str) -> String {
    words.replace('<', "＜").replace('&', "＆")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::gather::{AlertCount, Told};
    use crate::notify::notice::Occasion;

    fn hostile() -> Notice {
        let words = "\"},{\"x\":\"\\ <at user_id=\"all\"></at><@all><!channel>\u{1b}[2J".to_owned();
        let latest = Some(Told { seq: 1, sender: Some(crate::weibo::UserId(7)), name: None, words });
        let count = AlertCount { n_new: 1, latest, ..AlertCount::default() };
        Notice { id: "1".to_owned(), alert: "a".to_owned(), occasion: Occasion::Messages(count) }
    }

    #[test]
    fn a_hostile_text_stays_one_string_of_the_json_and_calls_nobody() {
        for robot in ROBOTS {
            let body = robot.body(&hostile(), Show::All, Language::English);
            let back: Value = serde_json::from_str(&body.to_string()).unwrap();
            assert_eq!(back, body, "{robot:?}");
            let n_members = body.as_object().unwrap().len();
            assert_eq!(n_members, robot.body(&hostile(), Show::All, Language::Chinese).as_object().unwrap().len());
            assert!(!body.to_string().contains('\u{1b}'), "{robot:?}");
            assert!(robot.is_webhook() || !body.to_string().contains('<'), "{robot:?}: {body}");
        }
    }

    #[test]
    fn calls_are_signed_as_the_robots_want_it() {
        let at = DateTime::from_timestamp(1_599_360_473, 0).unwrap();
        let url = || Url::parse("https://example.org/robot?access_token=a").unwrap();
        let (mut body, mut signed) = (json!({}), url());
        RobotRow::from_name("feishu").unwrap().sign("demo", at, &mut body, &mut signed);
        // printf '' | openssl dgst -sha256 -hmac $'1599360473\ndemo' -binary | base64
        assert_eq!(body, json!({ "timestamp": "1599360473", "sign": "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=" }));
        assert_eq!(signed, url());
        let mut signed = url();
        RobotRow::from_name("dingtalk").unwrap().sign("SECdemo", at, &mut body, &mut signed);
        // printf '1599360473000\nSECdemo' | openssl dgst -sha256 -hmac SECdemo -binary | base64
        assert_eq!(
            signed.query(),
            Some("access_token=a&timestamp=1599360473000&sign=tGWkA5eQOQNCNPDgphtxIoNLO%2B%2FgD8Lcb705KQoRzeY%3D")
        );
    }

    #[test]
    fn a_robot_that_says_200_may_have_refused() {
        let robot = |name| RobotRow::from_name(name).unwrap();
        assert_eq!(
            robot("feishu").judge(br#"{"code":0,"msg":"success"}"#),
            Ok(r#"{"code":0,"msg":"success"}"#.to_owned())
        );
        let (reason, pause) = robot("dingtalk").judge(br#"{"errcode":310000,"errmsg":"sign not match"}"#).unwrap_err();
        assert_eq!((reason.to_string().as_str(), pause), ("it answered 310000: sign not match", None));
        let (_, pause) = robot("dingtalk").judge(br#"{"errcode":130101,"errmsg":"send too fast"}"#).unwrap_err();
        assert_eq!(pause, Some(Duration::from_mins(10)));
        assert!(robot("wecom").judge(b"<html>").is_err());
        assert_eq!(robot("webhook").judge(b""), Ok(String::new()));
    }
}
