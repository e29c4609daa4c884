//! Plays Weibo's servers: the file store answers `msget` with real files and with faults, [`replies`] accepts
//! replies, and [`users`] returns names. The last two digits of a file id select the answer, so the store
//! needs no memory and ids of earlier runs still work.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, HeaderValue, LOCATION};
use hyper::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{JSON, replies, users};
use crate::web::serving::{self, Body, full, respond};

/// A file and the content type with which it is served.
#[derive(Debug, Clone, Copy)]
struct File {
    bytes: &'static [u8],
    content_type: &'static str,
    extension: &'static str,
}

/// The behaviour of the store for a file id.
#[derive(Debug, Clone, Copy)]
enum Behaviour {
    /// Sends the file.
    Serve,
    /// Sends the file in twenty pieces, a tenth of a second apart.
    Slow,
    /// Sends the file with a name that no program should use.
    HostileName,
    /// Sends half of the file and closes the connection.
    Cut,
    /// Sends an empty body.
    Empty,
    /// Answers with 500 the first time, then sends the file.
    FailOnce,
    /// Redirects to another host.
    Redirect,
    /// Sends an HTML page with status 200.
    Page,
    /// Sends an error like Weibo's, with this status, code and text.
    Error(u16, u32, &'static str),
}

/// A behaviour and its name in scenario files.
#[derive(Debug)]
pub struct Slot {
    /// The name.
    pub name: &'static str,
    file: &'static File,
    behaviour: Behaviour,
}

const PARCEL: File =
    File { bytes: include_bytes!("../../assets/media/parcel.jpg"), content_type: "image/jpeg", extension: "jpg" };
const SKYLINE: File =
    File { bytes: include_bytes!("../../assets/media/skyline.jpg"), content_type: "image/jpeg", extension: "jpg" };
const RECEIPT: File =
    File { bytes: include_bytes!("../../assets/media/receipt.png"), content_type: "image/png", extension: "png" };
const HOURS: File =
    File { bytes: include_bytes!("../../assets/media/hours.amr"), content_type: "audio/amr", extension: "amr" };
const THANKS: File =
    File { bytes: include_bytes!("../../assets/media/thanks.amr"), content_type: "audio/amr", extension: "amr" };

const fn slot(name: &'static str, file: &'static File, behaviour: Behaviour) -> Slot {
    Slot { name, file, behaviour }
}

/// TABLE: the index of a slot is the last two digits of the file ids that select it. Digits beyond the end
/// select the first slot.
pub const SLOTS: &[Slot] = &[
    slot("parcel", &PARCEL, Behaviour::Serve),
    slot("skyline", &SKYLINE, Behaviour::Serve),
    slot("receipt", &RECEIPT, Behaviour::Serve),
    slot("hours", &HOURS, Behaviour::Serve),
    slot("thanks", &THANKS, Behaviour::Serve),
    slot("slow", &SKYLINE, Behaviour::Slow),
    slot("hostile-name", &PARCEL, Behaviour::HostileName),
    slot("cut", &SKYLINE, Behaviour::Cut),
    slot("empty", &PARCEL, Behaviour::Empty),
    slot("fail-once", &RECEIPT, Behaviour::FailOnce),
    slot("redirect", &PARCEL, Behaviour::Redirect),
    slot("page", &PARCEL, Behaviour::Page),
    slot("error-200", &PARCEL, Behaviour::Error(200, 10017, "parameter value out of range")),
    slot("error-400", &PARCEL, Behaviour::Error(400, 10008, "param error")),
    slot("expired-token", &PARCEL, Behaviour::Error(400, 21327, "expired_token")),
];

/// Returns a file id that selects the slot with this name: 16 digits as today, and different for every
/// message of every run.
pub fn fid(base: u64, number: u64, name: &str) -> u64 {
    let slot = SLOTS.iter().position(|slot| slot.name == name).unwrap_or_default() as u64;
    5_000_000_000_000_000 + (base % 1_000_000 * 1_000_000 + number % 1_000_000) * 100 + slot
}

/// The maximum number of concurrent connections; more wait.
const CONNECTIONS: usize = 64;

/// Serves until `stop`.
pub async fn serve(socket: TcpListener, stop: CancellationToken) {
    let failed_once = Arc::new(Mutex::new(HashSet::new()));
    let answer = move |request| answer(request, Arc::clone(&failed_once));
    let _stopped = stop.run_until_cancelled(serving::serve(socket, CONNECTIONS, None, answer)).await;
}

async fn answer(request: Request<Incoming>, failed_once: Arc<Mutex<HashSet<u64>>>) -> io::Result<Response<Body>> {
    match request.uri().path() {
        replies::PATH => replies::answer(request).await,
        users::PATH => {
            let [token, uid] = ["access_token", "uid"].map(|name| parameter(&request, name));
            let (status, words) = users::answer(token, uid).await?;
            Ok(respond(status, JSON, full(words)))
        }
        _ => Ok(file(&request, &failed_once)),
    }
}

/// Returns the value of a parameter in the query; `None` if it is missing or empty.
fn parameter(request: &Request<Incoming>, wanted: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    pairs.find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.into_owned())
}

fn file(request: &Request<Incoming>, failed_once: &Mutex<HashSet<u64>>) -> Response<Body> {
    let parameter = |wanted| parameter(request, wanted);
    // The file itself serves as its thumbnail.
    if !["/2/mss/msget", "/2/mss/msget_thumbnail"].contains(&request.uri().path()) {
        return error(404, 10020, "request api not found");
    }
    if parameter("access_token").is_none() {
        return error(403, 10006, "source paramter(appkey) is missing");
    }
    let Some(fid) = parameter("fid").and_then(|fid| fid.parse::<u64>().ok()) else {
        return error(400, 10016, "miss required parameter (fid)");
    };
    let index = usize::try_from(fid % 100).unwrap_or_default();
    let Slot { file, behaviour, .. } = SLOTS.get(index).unwrap_or(&SLOTS[0]);
    match *behaviour {
        Behaviour::Slow => serve_file(file, pieces(file.bytes, file.bytes.len()), fid),
        Behaviour::Cut => serve_file(file, pieces(file.bytes, file.bytes.len() / 2), fid),
        Behaviour::Empty => serve_file(&File { bytes: b"", ..**file }, full(Bytes::new()), fid),
        Behaviour::HostileName => {
            let mut response = serve_file(file, full(file.bytes), fid);
            let name = HeaderValue::from_static(r#"attachment;filename="../../../../tmp/weibox-was-here.sh""#);
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
            response
        }
        Behaviour::FailOnce if failed_once.lock().unwrap_or_else(PoisonError::into_inner).insert(fid) => {
            error(500, 10001, "system error")
        }
        Behaviour::Serve | Behaviour::FailOnce => serve_file(file, full(file.bytes), fid),
        Behaviour::Redirect => {
            let mut response = respond(302, "text/html", full(Bytes::new()));
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("http://localhost.invalid/login"));
            response
        }
        Behaviour::Page => respond(200, "text/html", full("<!doctype html><p>please log in</p>")),
        Behaviour::Error(status, code, words) => error(status, code, words),
    }
}

/// Answers with a file and the headers that were recorded from the real server (protocol §7.2).
fn serve_file(file: &File, body: Body, fid: u64) -> Response<Body> {
    let mut response = respond(200, file.content_type, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(file.bytes.len()));
    let name = format!("attachment;filename=\"20130814124334-{fid}.{}\"", file.extension);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

fn error(status: u16, code: u32, words: &str) -> Response<Body> {
    let body = format!(r#"{{"error":"{words}","error_code":{code},"request":"/2/mss/msget"}}"#);
    respond(status, JSON, full(body))
}

/// Returns the first `length` bytes in twenty pieces; if these are not all, the connection is closed after
/// them.
fn pieces(bytes: &'static [u8], length: usize) -> Body {
    const PIECES: usize = 20;
    const PAUSE: Duration = Duration::from_millis(100);
    let is_cut = length < bytes.len();
    let sent = bytes.get(..length).unwrap_or(bytes);
    let chunks: Vec<&'static [u8]> = sent.chunks(sent.len().div_ceil(PIECES).max(1)).collect();
    let frames = stream::unfold(chunks.into_iter(), move |mut chunks| async move {
        match chunks.next() {
            Some(chunk) => {
                if !is_cut {
                    tokio::time::sleep(PAUSE).await;
                }
                Some((Ok(Frame::data(Bytes::from_static(chunk))), chunks))
            }
            None if is_cut => Some((Err(std::io::ErrorKind::ConnectionAborted.into()), chunks)),
            None => None,
        }
    });
    StreamBody::new(frames).boxed_unsync()
}
