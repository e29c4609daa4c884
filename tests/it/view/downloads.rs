//! The panel of downloads beside the list.

use weibox::dashboard::Event;
use weibox::reason::Reason;
use weibox::record::media::{Board, Job, Progress, Stage};
use weibox::weibo::FileId;

use super::draw;
use crate::dashboard::{Session, noon, record};

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
        (1..).zip(stages).map(|(fid, stage)| Job { fid: FileId(fid), seq: Some(fid), origin: None, stage }).collect();
    let running = vec![Progress { fid: FileId(2), received: 1024, total: Some(2048) }];
    session.event(Event::Downloads(Board { running, queued: 2, failed: 1, done: 1, ..Board::default() }));
    session.event(Event::Jobs(jobs));
    let screen = draw(&session, size);
    let panel = screen.lines().skip_while(|line| !line.contains("Downloads")).skip(1).take(4);
    let rows: Vec<&str> = panel.map(|line| line.rsplit('│').nth(1).unwrap_or_default().trim()).collect();
    assert_eq!(
        rows,
        [
            "2 ███████████████···············  50%  1.0 KB",
            "queued     1",
            "failed     3          the server answered 404",
            "saved      4          2.0 KB",
        ],
        "{screen}"
    );
}
