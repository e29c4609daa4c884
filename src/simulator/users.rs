//! Plays Weibo's `eps/user/info.json`: returns the name of a user, and fails in certain ways for ids that end
//! in 9989 to 9998. So it needs no memory.

use std::io;
use std::time::Duration;

use serde_json::json;

/// Its path.
pub(super) const PATH: &str = "/2/eps/user/info.json";

/// TABLE: names of users; each id maps to one of them.
const NAMES: &[&str] = &[
    "橙子汽水",
    "KatherineLi",
    "阿May爱旅行",
    "老王修车铺",
    "小鹿乱撞_",
    "北漂的猫",
    "TomInShenzhen",
    "爱吃火锅的兔子",
    "晴天娃娃2020",
    "大漠孤烟",
    "Echo回声",
    "咖啡不加糖☕",
];

/// TABLE: the last four digits of ids that get another answer, with its status and body.
const OTHERS: &[(u64, u16, &str)] = &[
    (9989, 200, r#"{"uid":"1","nickname":"somebody else","follow":"1"}"#),
    (9990, 200, r#"{"follow":"0"}"#),
    (9991, 403, r#"{"error":"user requests out of rate limit","error_code":10023}"#),
    (9992, 400, r#"{"error":"expired_token","error_code":21327}"#),
    (9993, 200, "<!doctype html><p>please log in</p>"),
    (9994, 400, r#"{"error":"eps error","error_code":"28412"}"#),
    (9995, 500, r#"{"error":"system error","error_code":10001}"#),
    (9996, 200, "{\"nickname\":\"\u{202e}\\u001b[31mevil\",\"follow\":1}"),
];

/// The last four digits of ids whose connection is closed without an answer.
const CUT: u64 = 9997;
/// The last four digits of ids that are answered late, and the delay.
const SLOW: (u64, Duration) = (9998, Duration::from_secs(5));

/// Returns the status and the body for a call. An error closes the connection.
pub(super) async fn answer(token: Option<String>, uid: Option<String>) -> io::Result<(u16, String)> {
    if token.is_none() {
        return Ok((403, r#"{"error":"source paramter(appkey) is missing","error_code":10006}"#.to_owned()));
    }
    let Some(uid) = uid.and_then(|uid| uid.parse::<u64>().ok()) else {
        return Ok((400, r#"{"error":"miss required parameter (uid)","error_code":10016}"#.to_owned()));
    };
    let end = uid % 10_000;
    if end == CUT {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    if end == SLOW.0 {
        tokio::time::sleep(SLOW.1).await;
    }
    if let Some((_, status, body)) = OTHERS.iter().find(|(other, ..)| *other == end) {
        return Ok((*status, (*body).to_owned()));
    }
    let index = usize::try_from(uid % NAMES.len() as u64).unwrap_or_default();
    let name = NAMES.get(index).copied().unwrap_or_default();
    let known = json!({
        "subscribe": 1, "uid": uid.to_string(), "nickname": name, "sex": 0, "language": "zh_CN", "city": "", "follow": "1",
    });
    Ok((200, known.to_string()))
}
