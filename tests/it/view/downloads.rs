//! The panel of downloads beside the list.

use chrono::TimeDelta;
use weibox::dashboard::Event;
use weibox::reason::Reason;
use weibox::record::media::{Board, Job, MediumOrigin, Progress, Stage};
use weibox::weibo::created_at::china;
use weibox::weibo::{FileId, Kind, UserId};

use super::draw;
use crate::dashboard::{Session, noon, record};

/// Returns the origin from the message with this number; the third message was removed.
fn origin(seq: u64) -> Option<MediumOrigin> {
    let sent_at = noon().with_timezone(&china()) - TimeDelta::days(i64::from(seq == 4));
    let kind = if seq == 2 { Kind::Voice } else { Kind::Image };
    (seq != 3).then(|| MediumOrigin {
        account: String::new(),
        sender_id: Some(UserId(2_489_518_000 + seq)),
        name: (seq == 4).then(|| "橙\u{1b}子".to_owned()),
        sent_at,
        kind,
    })
}

#[test]
fn the_panel_shows_what_runs_then_what_waits_failed_and_is_saved() {
    let size = (120, 36);
    let mut session = Session::new(size, vec![record(1, "text", "hello", "{}")]);
    let stages = [
        Stage::Queued { attempts: 0, next_try_at: noon(), reason: None },
        Stage::Queued { attempts: 0, next_try_at: noon(), reason: None },
        Stage::Failed { reason: Reason::other("the server answered 404") },
        Stage::Done { file: "4.jpg".to_owned(), bytes: 2048, sha256: None },
    ];
    let jobs =
        (1..).zip(stages).map(|(fid, stage)| Job { fid: FileId(fid), seq: Some(fid), origin: origin(fid), stage });
    let jobs = jobs.collect();
    let running = vec![Progress { fid: FileId(2), received: 1024, total: Some(2048) }];
    session.event(Event::Downloads(Board { running, queued: 2, failed: 1, done: 1, ..Board::default() }));
    session.event(Event::Jobs(jobs));
    let screen = draw(&session, size);
    let panel = screen.lines().skip_while(|line| !line.contains("Downloads")).skip(1).take(4);
    let rows: Vec<&str> = panel.map(|line| line.rsplit('│').nth(1).unwrap_or_default().trim()).collect();
    assert_eq!(
        rows,
        [
            "V 2489518002 █████████··········  50%  1.0 KB",
            "queued    I 2489518001 20:00",
            "failed      3                 the server ans…",
            "saved     I 橙␛子      11-22  2.0 KB",
        ],
        "{screen}"
    );
}

#[test]
fn each_download_says_who_sent_it_when_and_what_it_is() {
    let stages = [
        Stage::Queued { attempts: 0, next_try_at: noon(), reason: None },
        Stage::Failed { reason: Reason::other("the server answered 404") },
        Stage::Failed { reason: Reason::other("the server answered 404") },
        Stage::Done { file: "2026-11-22/200000-2489518004-4.jpg".to_owned(), bytes: 2048, sha256: None },
    ];
    let jobs: Vec<Job> = (1..)
        .zip(stages)
        .map(|(fid, stage)| Job { fid: FileId(fid), seq: Some(fid), origin: origin(fid), stage })
        .collect();
    let rows = |size, keys: &str| {
        let mut session = Session::new(size, vec![record(1, "text", "hello", "{}")]);
        session.event(Event::Jobs(jobs.clone()));
        session.keys(keys);
        let screen = draw(&session, size);
        let rows: Vec<String> =
            screen.lines().skip(1).take(4).map(|line| line.trim_matches(['│', ' ']).to_owned()).collect();
        rows
    };
    assert_eq!(
        rows((100, 24), "w"),
        [
            "queued    11-23 20:00 I 2489518001                    1",
            "failed    11-23 20:00 V 2489518002                    the server answered 404",
            "failed                  3                             the server answered 404",
            "saved     11-22 20:00 I 橙␛子      2.0 KB             2026-11-22/200000-2489518004-4.jpg",
        ]
    );
    assert_eq!(
        rows((60, 20), "w"),
        [
            "queued    I 2489518001 20:00",
            "failed    V 2489518002 20:00  the server answered 404",
            "failed      3                 the server answered 404",
            "saved     I 橙␛子      11-22  2.0 KB",
        ]
    );
    let hidden = rows((100, 24), "Pw");
    assert!(!hidden.iter().any(|row| row.contains("2489518004") || row.contains("橙")), "{hidden:?}");
}
