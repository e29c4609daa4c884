//! Stores the message of a POST: checks signature and body, waits for the request's turn among those with the
//! same signature, parses the message, and inserts it into the archive.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body;
use hyper::header::{CONTENT_TYPE, HeaderName, ORIGIN};
use hyper::{HeaderMap, Request, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::archive::{self, Archive, Arrival, Stored};
use crate::cluster::FirstAnswer;
use crate::forward::{Announced, BotAnswer};
use crate::reason::calls;
use crate::record::traffic::Trouble;
use crate::web::seats::Seat;
use crate::weibo::charset::Charset;
use crate::weibo::{Content, Kind, Message, reply, wire};

use super::body::{self, Failure, Taken};
use super::replays::{PATIENCE, Share};
use super::verdict::{Kept, Verdict, count, verify};
use super::{ANSWER_TIMEOUT, Context, ListenerAccount, coding};

/// The time to read the body of a request that is refused anyway, because a caller that is cut off while it sends
/// often never sees the answer.
const REFUSED_TIMEOUT: Duration = Duration::from_millis(500);

/// Handles a callback for an account.
pub(super) async fn take<B>(
    context: &Context,
    account: &ListenerAccount,
    client: IpAddr,
    seat: &Seat,
    request: Request<B>,
) -> Verdict
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let signature = match signature(context, account, &request) {
        Ok(signature) => signature,
        Err(refused) => {
            drop(tokio::time::timeout(REFUSED_TIMEOUT, body::read(request.into_body(), 0, &context.room)).await);
            return refused;
        }
    };
    let deadline = Instant::now() + ANSWER_TIMEOUT;
    let (head, body) = request.into_parts();
    let verified = signature.is_some();
    let share = context.replays.share(client, signature.unwrap_or_default());
    let too_much = || Verdict::Busy(calls::SIGNATURE_TOO_MUCH.into());
    let length = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    // Without a secret there are no signatures and thus no replays to limit.
    if verified && !share.admit(length.unwrap_or(0).min(context.settings.body_limit)).await {
        return too_much();
    }
    let (body, taken) = match timeout_at(deadline, body::read(body, context.settings.body_limit, &context.room)).await {
        Ok(Ok(body)) => body,
        Ok(Err(failure)) => {
            if failure == Failure::Crowded {
                // The unread bytes stay in the kernel, which slows the caller down.
                tokio::time::sleep(PATIENCE).await;
            }
            return refuse(context, failure);
        }
        Err(_elapsed) => return Verdict::Refused(StatusCode::REQUEST_TIMEOUT, calls::BODY_SLOW.into()),
    };
    // The length of a chunked body is known only after it was read.
    if verified && length.is_none() && !share.admit(body.len()).await {
        return too_much();
    }
    let Ok(Some(place)) = timeout_at(deadline, share.place()).await else {
        return Verdict::Busy(calls::SIGNATURE_TOO_OFTEN.into());
    };
    // Not earlier: an attacker who has seen one signed address could hold seats with slow or many bodies.
    seat.protect();
    let (raw, taken) = match unpack(context, &head.headers, &share, (body, taken)) {
        Ok(unpacked) => unpacked,
        Err(failure) => return refuse(context, failure),
    };
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let charset = Charset::of(content_type, &raw);
    let message = wire::parse_as(&raw, charset);
    let forwarded = (head.uri.query().unwrap_or_default(), &head.headers);
    let announced = context.settings.door.announce(&account.name, (&message, &raw), forwarded);
    // A bot that may answer takes precedence over the rules.
    let is_bots = announced.as_ref().is_some_and(Announced::is_answered);
    let reply = if is_bots { None } else { reply::answer(&context.settings.rules, &message) };
    let of_rules = is_bots.then(|| reply::answer(&context.settings.rules, &message)).flatten();
    let verdict = keep(context, account, (message, raw, taken), (verified, reply), deadline).await;
    // Other requests with this signature need not wait for the bot.
    drop(place);
    match (announced, verdict) {
        (Some(announced), Verdict::Kept(kept)) if kept.stored.deliveries == 1 => {
            Verdict::Kept(ask_bot(context, announced, of_rules, kept, deadline).await)
        }
        (announced, verdict) => {
            announced.into_iter().for_each(Announced::withdraw);
            verdict
        }
    }
}

/// Returns the signature of a call, `None` if there is no secret to verify it with, or else why the call is refused.
///
/// Without a secret, every web page that this machine's user visits could post messages. Browsers add headers to such
/// calls that pages cannot remove, and that Weibo has no reason to send.
fn signature<B>(context: &Context, account: &ListenerAccount, request: &Request<B>) -> Result<Option<String>, Verdict> {
    match verify(context, account, request.uri().query().unwrap_or_default()) {
        Some(Ok(parameters)) => return Ok(parameters.signature),
        Some(Err(refusal)) => return Err(Verdict::Forged(refusal)),
        None => {}
    }
    let is_of_a_page = |name: &&HeaderName| **name == ORIGIN || name.as_str().starts_with("sec-fetch-");
    request
        .headers()
        .keys()
        .find(is_of_a_page)
        .map_or(Ok(None), |name| Err(Verdict::Refused(StatusCode::FORBIDDEN, calls::FROM_WEB_PAGE.with(name.as_str()))))
}

/// Lets the bot answer a message that is on disk, until the deadline. A reply is stored with the message. The
/// rules may answer if the bot replies nothing or is not asked; if the bot fails to answer, nobody does.
async fn ask_bot(
    context: &Context,
    announced: Announced<'_>,
    of_rules: Option<String>,
    mut kept: Kept,
    deadline: Instant,
) -> Kept {
    let reply = match announced.answer(kept.stored.seq, deadline).await {
        Some(BotAnswer::Reply(reply)) => Some(reply),
        Some(BotAnswer::Empty) => of_rules,
        None => None,
    };
    if reply.is_some() {
        kept.stored.reply = reply;
        keep_reply(&context.archive, &kept.stored);
    }
    kept
}

/// Marks a message that another node received first as a repeat and gives it the first answer.
fn repeat(archive: &Archive, stored: &mut Stored, FirstAnswer(reply): FirstAnswer) {
    stored.deliveries += 1;
    if stored.reply != reply {
        stored.reply = reply;
        keep_reply(archive, stored);
    }
}

/// Keeps the answer to a message. Weibo need not wait for this, because the message itself is on disk.
fn keep_reply(archive: &Archive, Stored { seq, reply, .. }: &Stored) {
    let (archive, seq, reply) = (archive.clone(), *seq, reply.clone());
    tokio::spawn(async move {
        if let Err(error) = archive.keep_reply(seq, reply).await {
            tracing::error!(%error, seq, "the answer to a message could not be kept");
        }
    });
}

/// Decodes a body according to its Content-Encoding.
fn unpack(
    context: &Context,
    headers: &HeaderMap,
    share: &Share,
    (body, taken): (Vec<u8>, Taken),
) -> Result<(Vec<u8>, Taken), Failure> {
    let codings = coding::of(headers)?;
    if codings.is_empty() {
        return Ok((body, taken));
    }
    let unpacked = coding::unpack(body, &codings, context.settings.body_limit)?;
    // If this body exceeds the rate, the requests after it wait for it.
    let _in_time = share.pay(unpacked.len(), Instant::now().into_std());
    let taken = context.room.grow(taken, unpacked.len()).ok_or(Failure::Crowded)?;
    Ok((unpacked, taken))
}

fn refuse(context: &Context, failure: Failure) -> Verdict {
    match failure {
        Failure::Crowded => Verdict::Busy(calls::BODIES_TOO_MANY.into()),
        Failure::TooLarge => {
            Verdict::Refused(StatusCode::PAYLOAD_TOO_LARGE, calls::BODY_TOO_LONG.with(context.settings.body_limit))
        }
        Failure::Packed(coding) => {
            Verdict::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, calls::BODY_PACKED.with(coding))
        }
        Failure::Broken(words) => Verdict::Refused(StatusCode::BAD_REQUEST, calls::BODY_UNREAD.with(words)),
    }
}

/// Stores a message and waits for the quorum.
async fn keep(
    context: &Context,
    account: &ListenerAccount,
    (message, raw, taken): (Message, Vec<u8>, Taken),
    (verified, reply): (bool, Option<String>),
    deadline: Instant,
) -> Verdict {
    let settings = &context.settings;
    let is_readable = message.kind() != Kind::Unreadable;
    if let Content::Unreadable { reason } = &message.content
        && !verified
    {
        return Verdict::Refused(StatusCode::BAD_REQUEST, reason.clone());
    }
    let arrival = Arrival {
        account: account.name.clone(),
        received_at: (settings.now)(),
        is_file_wanted: settings.policy.wants_new(&message),
        // A sample made by weibox is not from Weibo, though it is signed.
        verified: verified && !message.is_sample(),
        message,
        raw,
        reply,
    };
    let publication = context.quorum.as_ref().map(|quorum| (quorum, quorum.prepare(&arrival)));
    match timeout_at(deadline, insert(&context.archive, arrival, taken)).await {
        Ok(Ok(mut stored)) => {
            // A message that is not confirmed in time is published again later.
            if let Some((quorum, publication)) = publication
                && let Ok(Some(first)) = timeout_at(deadline, quorum.confirm(publication, &stored)).await
            {
                repeat(&context.archive, &mut stored, first);
            }
            Verdict::Kept(Kept { stored, is_signed: verified, is_readable })
        }
        Ok(Err(error)) => {
            let trouble = if error.is_full() {
                Trouble::Full
            } else if error.is_damaged() {
                Trouble::Damaged
            } else {
                Trouble::Failing
            };
            count(context, |traffic| traffic.trouble = Some(trouble));
            Verdict::Busy(error.reason())
        }
        Err(_elapsed) => {
            count(context, |traffic| traffic.trouble = Some(Trouble::Failing));
            Verdict::Busy(calls::ARCHIVE_SLOW.into())
        }
    }
}

/// Inserts a message. A long one takes its room until the archive has finished with it, even if the request has
/// timed out.
async fn insert(archive: &Archive, arrival: Arrival, taken: Taken) -> Result<Stored, archive::Error> {
    let Some(taken) = taken else { return archive.insert(arrival).await };
    let archive = archive.clone();
    let inserted = tokio::spawn(async move {
        let stored = archive.insert(arrival).await;
        drop(taken);
        stored
    });
    inserted.await.unwrap_or(Err(archive::Error::BrokeOff))
}
