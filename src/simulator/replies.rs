//! Plays Weibo's `reply.json`: accepts replies, and fails in a certain way when the text names it in
//! brackets, such as `hello [cut]`. So it needs no memory.

use std::io;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use serde_json::Value;

use super::JSON;
use crate::web::serving::{Body, full, respond};
use crate::weibo::reply::ARTICLES_LIMIT;

/// Its path.
pub(super) const PATH: &str = "/2/messages/reply.json";
/// The maximum size of a form, in bytes.
const LONGEST: usize = 64 << 10;
/// The delay of a slow answer.
const SLOW: Duration = Duration::from_secs(5);

/// The way to answer a reply.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Answers with this status and this JSON.
    Json(u16, &'static str),
    /// Answers with an HTML page and this status.
    Page(u16),
    /// Closes the connection without an answer.
    Cut,
    /// Accepts the reply after a delay.
    Slow,
}

/// TABLE: failures of Weibo or of a server in front of it, by name.
const MANNERS: &[(&str, Manner)] = &[
    ("window-closed", Manner::Json(400, r#"{"error":"out of the reply time limit","error_code":20502}"#)),
    ("unfollowed", Manner::Json(400, r#"{"error":"the user does not follow you","error_code":20506}"#)),
    ("too-long", Manner::Json(400, r#"{"error":"text too long","error_code":"10017"}"#)),
    ("limit", Manner::Json(403, r#"{"error":"user requests out of rate limit","error_code":10023}"#)),
    ("dead-token", Manner::Json(400, r#"{"error":"expired_token","error_code":21327}"#)),
    ("busy", Manner::Json(503, r#"{"error":"too many pending tasks, system is busy","error_code":10009}"#)),
    ("system", Manner::Json(500, r#"{"error":"system error","error_code":10001}"#)),
    ("bare", Manner::Json(200, "{}")),
    ("false", Manner::Json(200, r#"{"result":false}"#)),
    ("page", Manner::Page(200)),
    ("page-400", Manner::Page(400)),
    ("page-502", Manner::Page(502)),
    ("cut", Manner::Cut),
    ("slow", Manner::Slow),
];
/// Weibo's answer to an accepted reply.
const TAKEN: Manner = Manner::Json(200, r#"{"result":true}"#);

/// Answers a call. An error ends the connection.
pub(super) async fn answer(request: Request<Incoming>) -> io::Result<Response<Body>> {
    let respond = |status, content_type, words: &'static str| Ok(respond(status, content_type, full(words)));
    if request.method() != Method::POST {
        return respond(405, "application/json", r#"{"error":"HTTP METHOD is not suported","error_code":10021}"#);
    }
    let body = Limited::new(request.into_body(), LONGEST).collect().await.map_err(io::Error::other)?.to_bytes();
    match manner(&body) {
        Manner::Json(status, words) => respond(status, JSON, words),
        Manner::Page(status) => respond(status, "text/html", "<!doctype html><p>please log in</p>"),
        Manner::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
        Manner::Slow => {
            tokio::time::sleep(SLOW).await;
            respond(200, "application/json", r#"{"result":true}"#)
        }
    }
}

/// Chooses the answer to a form.
fn manner(form: &[u8]) -> Manner {
    let field = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(form);
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    if field("access_token").is_empty() {
        return Manner::Json(403, r#"{"error":"source paramter(appkey) is missing","error_code":10006}"#);
    }
    let data: Option<Value> = serde_json::from_str(&field("data")).ok();
    let is_whole = field("receiver_id").parse::<u64>().is_ok();
    let said = data.filter(|_| is_whole).and_then(|data| said(&field("type"), &data));
    let Some(text) = said else {
        return Manner::Json(400, r#"{"error":"param error","error_code":10008}"#);
    };
    let asked = MANNERS.iter().find(|(name, _)| text.contains(&format!("[{name}]")));
    asked.map_or(TAKEN, |(_, manner)| *manner)
}

/// Returns the text of a reply if it has everything that Weibo requires for its type (protocol §5, §6).
fn said(kind: &str, data: &Value) -> Option<String> {
    let word = |data: &Value, name: &str| data.get(name)?.as_str().map(str::to_owned);
    match kind {
        "text" => word(data, "text"),
        "position" => word(data, "latitude").zip(word(data, "longitude")).map(|_| String::new()),
        "articles" => {
            let articles = data.get("articles")?.as_array().filter(|all| (1..=ARTICLES_LIMIT).contains(&all.len()))?;
            let whole = |article: &Value| ["summary", "url", "image"].iter().all(|name| word(article, name).is_some());
            articles.iter().map(|article| word(article, "display_name").filter(|_| whole(article))).collect()
        }
        _ => None,
    }
}
