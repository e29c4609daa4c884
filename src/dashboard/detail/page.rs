//! A message as lines: its content, its JSON, or the details of its arrival.

use chrono::{DateTime, TimeDelta, Utc};

use crate::controls::action::Action;
use crate::dashboard::world::mask;
use crate::dashboard::{Cell, Tone, World};
use crate::language::{Language, accounts, answers as answer_words, words};
use crate::record::Record;
use crate::record::media::{Queue, Stage};
use crate::record::traffic::Head;
use crate::text;
use crate::weibo::window::{WINDOW, WindowEffect, effect};
use crate::weibo::{Content, FileId, Kind, Medium, UserId, reply};

use super::lines::PageBuilder;
use super::source::{DetailMode, DetailPage, PageSource};
use super::{answers, forwarded, picture, position, sender, voice};

pub(super) fn page(source: &PageSource<'_>) -> DetailPage {
    let width = usize::from(source.size.width).max(1);
    let mut page = PageBuilder { lines: Vec::new(), picture: None, width, language: source.world.language() };
    match source.mode {
        DetailMode::Rendered => position::with_map(&mut page, source, |page| rendered(page, source)),
        DetailMode::Json => page.json(&source.record.raw),
        DetailMode::Arrival => arrival(&mut page, source),
    }
    DetailPage { lines: page.lines, picture: page.picture }
}

fn rendered(page: &mut PageBuilder, source: &PageSource<'_>) {
    let record = source.record;
    let message = &record.message;
    let language = page.language;
    let sent_at = record.sent_at().format("%Y-%m-%d %H:%M:%S %z");
    let ago = ago(source.world.now - record.sent_at().to_utc(), language);
    let receiver = [record.account.clone(), id(message.receiver_id)].join(" ");
    let receiver = receiver.trim_start();
    picture::add_first(page, source);
    let mut heading = vec![
        Cell::new(Tone::Strong, sender::of(source)),
        Cell::new(Tone::Dim, words::TO.with(language, &[&receiver])),
        Cell::new(Tone::Plain, format!("{sent_at} · {ago}")),
    ];
    if let Some(users) = source.claimed_by {
        heading.insert(1, Cell::new(Tone::Warning, answer_words::CLAIMED_BY.with(language, &[&users])));
    }
    if record.marks.is_starred {
        heading.insert(1, Cell::new(Tone::Warning, words::STARRED.of(language)));
    }
    if record.sender.is_muted {
        heading.insert(1, Cell::new(Tone::Dim, words::SENDER_IS_MUTED.of(language)));
    }
    page.heading(&heading);
    if record.dated_at().is_none() && message.kind() != Kind::Unreadable {
        let created_at = format!("{:?}", message.created_at);
        page.field(words::CREATED_AT, Tone::Warning, &words::NO_TIME.with(language, &[&created_at]));
    }
    sender::add(page, record);
    page.blank();
    if !message.text.is_empty() {
        page.block(Tone::Plain, &message.text);
        page.blank();
    }
    answers::add(page, source);
    content(page, source);
    page.blank();
    signature(page, record);
    if record.deliveries > 1 {
        page.field(words::DELIVERIES, Tone::Plain, &record.deliveries.to_string());
    }
    if let Some(answer) = &record.reply {
        page.field(words::REPLIED, Tone::Good, &reply::describe(answer).unwrap_or_else(|| answer.clone()));
    }
    if message.sender_id.is_some() {
        let (tone, words) = window(record, source.world.now, language);
        page.field(words::WINDOW, tone, &words);
    }
    page.field(words::RECEIVED, Tone::Dim, &received_at(record));
    page.field(words::SEQ, Tone::Dim, &record.seq.to_string());
}

/// Adds the details of the message's arrival, as far as they were kept.
fn arrival(page: &mut PageBuilder, source: &PageSource<'_>) {
    let record = source.record;
    signature(page, record);
    let (head, outcomes) = source.call;
    if let Some(Head { remote, answered_in, .. }) = head {
        if !source.world.looks.is_masked {
            page.field(words::CALLER, Tone::Plain, &remote.to_string());
        }
        page.field(words::TOOK, Tone::Plain, &format!("{:.1} ms", answered_in.as_secs_f64() * 1e3));
    }
    page.field(words::RECEIVED, Tone::Plain, &received_at(record));
    page.field(words::CREATED_AT, Tone::Plain, &record.message.created_at);
    let delay = record.dated_at().map(|sent_at| (record.received_at - sent_at.to_utc()).num_seconds());
    if let Some(seconds) = delay {
        page.field(words::DELAY, Tone::Plain, &format!("{seconds} s"));
    }
    page.field(words::DELIVERIES, Tone::Plain, &record.deliveries.to_string());
    let answer = record.reply.as_deref().unwrap_or_default();
    let answered = if answer.is_empty() { words::EMPTY.of(page.language) } else { answer };
    page.field(words::ANSWERED, Tone::Plain, &format!("200 {answered}"));
    forwarded::add(page, outcomes, record, source.world.looks.is_masked);
    page.field(words::BYTES, Tone::Plain, &record.raw.len().to_string());
    page.blank();
    match head {
        // Screenshots must not show addresses and signatures.
        _ if source.world.looks.is_masked => {}
        Some(head) => page.block(Tone::Dim, &head.lines),
        None => page.block(Tone::Dim, words::HEAD_GONE.of(page.language)),
    }
    page.blank();
    page.block(Tone::Plain, &String::from_utf8_lossy(&record.raw));
}

fn signature(page: &mut PageBuilder, record: &Record) {
    let (tone, words) = match (record.message.is_sample(), record.verified) {
        (true, _) => (Tone::Warning, words::SAMPLE),
        (false, true) => (Tone::Good, words::SIGNED_BY_WEIBO),
        (false, false) => (Tone::Warning, words::UNVERIFIED),
    };
    page.field(words::SIGNATURE, tone, words.of(page.language));
}

/// Returns the time until which the sender can be answered.
fn window(record: &Record, now: DateTime<Utc>, language: Language) -> (Tone, String) {
    match record.answerable_until().filter(|until| *until > now) {
        None => {
            let words = match effect(&record.message) {
                _ if record.message.kind() == Kind::Mention => words::WINDOW_CLOSED,
                WindowEffect::Opens if now < record.sent_at().to_utc() + WINDOW => words::WINDOW_ENDED,
                WindowEffect::Opens => words::WINDOW_CLOSED,
                WindowEffect::Closes | WindowEffect::None => words::WINDOW_NOT_OPENED,
            };
            (Tone::Dim, words.of(language).to_owned())
        }
        Some(until) => {
            let left = until - now;
            let left = match left.num_hours() {
                0 => words::LEFT_MINUTES.with(language, &[&left.num_minutes()]),
                hours => words::LEFT_HOURS.with(language, &[&hours]),
            };
            let until = until.with_timezone(record.sent_at().offset()).format("%m-%d %H:%M");
            (Tone::Plain, words::WINDOW_OPEN.with(language, &[&until, &left]))
        }
    }
}

/// Returns how long ago an event was: `12 min ago`.
fn ago(passed: TimeDelta, language: Language) -> String {
    let (words, n) = match (passed.num_days(), passed.num_hours(), passed.num_minutes()) {
        (days @ 1.., ..) => (words::LEFT_DAYS, days),
        (_, hours @ 1.., _) => (words::LEFT_HOURS, hours),
        (.., minutes @ 1..) => (words::LEFT_MINUTES, minutes),
        _ => return words::NOW.of(language).to_owned(),
    };
    words::AGO.with(language, &[&words.with(language, &[&n])])
}

fn received_at(record: &Record) -> String {
    record.received_at.with_timezone(record.sent_at().offset()).format("%Y-%m-%d %H:%M:%S%.3f %z").to_string()
}

fn id(id: Option<UserId>) -> String {
    id.map_or_else(|| "-".to_owned(), |id| id.to_string())
}

fn content(page: &mut PageBuilder, source: &PageSource<'_>) {
    let record = source.record;
    let language = page.language;
    match &record.message.content {
        Content::Text => {}
        Content::Position { longitude, latitude } => {
            position::add(page, source, latitude, longitude);
        }
        Content::Voice(medium) | Content::Image(medium) => file(page, source, medium),
        Content::Event { subtype, key, ticket } => {
            page.field(words::EVENT, Tone::Strong, subtype);
            for (label, value) in [(words::EVENT_KEY, key), (words::TICKET, ticket)] {
                if let Some(value) = value {
                    page.field(label, Tone::Plain, value);
                }
            }
        }
        Content::Mention { subtype, key } => {
            page.field(words::PUBLIC, Tone::Strong, subtype);
            page.field(words::STATUS_ID, Tone::Plain, key.as_deref().unwrap_or("-"));
        }
        Content::Unknown(medium) => {
            page.block(Tone::Dim, words::KEPT_AS_THEY_CAME.of(language));
            if *medium != Medium::default() {
                file(page, source, medium);
            }
            page.blank();
            page.json(&record.raw);
        }
        Content::Unreadable { reason } => {
            page.field(words::REASON, Tone::Bad, &reason.of(language));
            page.blank();
            page.json(&record.raw);
        }
    }
}

/// Adds the content of the file, its state, and its ids, which few users need.
fn file(page: &mut PageBuilder, source: &PageSource<'_>, medium: &Medium) {
    let record = source.record;
    if let Some(Stage::Done { .. }) = record.medium {
        if page.picture.is_none() {
            picture::add(page, source);
        }
        if record.message.kind() == Kind::Voice {
            voice::add(page, source);
        }
    }
    stage(page, source);
    let id = |fid: Option<FileId>| fid.map_or_else(|| "-".to_owned(), |fid| fid.to_string());
    page.field(words::TOVFID, Tone::Dim, &id(medium.tovfid));
    page.field(words::VFID, Tone::Dim, &id(medium.vfid));
}

/// Adds the state of the file and its details.
fn stage(page: &mut PageBuilder, source: &PageSource<'_>) {
    let record = source.record;
    let state = file_state(record, source.world);
    page.field(words::FILE, state.tone, &state.text);
    match &record.medium {
        Some(Stage::Done { file, sha256, .. }) => {
            let path = source.world.media_path(file).to_string_lossy().into_owned();
            // The path may contain the sender's id.
            let path = if source.world.looks.is_masked { mask::number(&path) } else { path };
            page.field(words::PATH, Tone::Plain, &path);
            if let Some(digits) = sha256 {
                page.field(words::SHA256, Tone::Dim, digits);
            }
        }
        Some(Stage::Queued { attempts, reason: Some(reason), .. }) => {
            let tries = words::TRIES_FAILED.with(page.language, &[attempts, &reason.of(page.language)]);
            page.field(words::LAST_TRY, Tone::Warning, &tries);
        }
        Some(Stage::Queued { reason: None, .. } | Stage::Failed { .. }) | None => {}
    }
}

/// Returns the state of a message's file and the key that applies to it.
pub(in crate::dashboard) fn file_state(record: &Record, world: &World) -> Cell {
    let language = world.language();
    let key = |action| world.key(action);
    let Some(fid) = record.message.attachment() else { return world.say(Tone::Warning, words::NO_TOVFID, &[]) };
    let has_name = !world.setup.accounts.is_empty();
    match (&record.medium, world.downloads.percent(fid)) {
        (None, _) => return world.say(Tone::Plain, words::NOT_SAVED, &[&key(Action::Download)]),
        (Some(Stage::Done { bytes, .. }), _) => {
            return world.say(Tone::Good, words::SAVED_SIZE, &[&text::size(*bytes), &key(Action::OpenFile)]);
        }
        (Some(Stage::Failed { reason }), _) => {
            return world.say(Tone::Bad, words::FAILED_BECAUSE, &[&reason.of(language), &key(Action::Download)]);
        }
        (Some(Stage::Queued { .. }), Some(percent)) => return world.say(Tone::Accent, words::DOWNLOADING, &[&percent]),
        (Some(Stage::Queued { .. }), None) => {}
    }
    let (account, token) = (world.account_of(record), key(Action::AccessToken));
    match world.downloads.board.queue_of(&record.account) {
        Queue::Open => world.say(Tone::Accent, words::QUEUED_SHORT, &[]),
        Queue::NoToken if has_name => world.say(Tone::Warning, accounts::WAITS_FOR_TOKEN, &[&account]),
        Queue::NoToken => world.say(Tone::Warning, words::WAITS_FOR_TOKEN, &[&token]),
        Queue::TokenRefused(why) if has_name => {
            world.say(Tone::Bad, accounts::WAITS_FOR_OTHER_TOKEN, &[&account, &why.of(language)])
        }
        Queue::TokenRefused(why) => world.say(Tone::Bad, words::WAITS_FOR_OTHER_TOKEN, &[&token, &why.of(language)]),
        Queue::Paused { reason, .. } => world.say(Tone::Warning, words::WAITS_PAUSED, &[&reason.of(language)]),
    }
}
