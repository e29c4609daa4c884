//! The list of downloads.

use chrono::TimeDelta;
use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::{Effect, Event, Over};
use weibox::query::{Query, Test};
use weibox::reason::{Reason, downloads};
use weibox::record::media::{Board, Job, Progress, Queue, Stage};
use weibox::record::page::Selection;
use weibox::record::statistics::Statistics;
use weibox::record::traffic::Traffic;
use weibox::weibo::FileId;

use super::{Session, noon, record};

fn failed(fid: u64, reason: Reason) -> Job {
    Job { fid: FileId(fid), seq: Some(fid), origin: None, stage: Stage::Failed { reason } }
}

fn jobs() -> Vec<Job> {
    let queued = Stage::Queued { attempts: 0, next_try_at: noon(), reason: None };
    let again = Stage::Queued {
        attempts: 2,
        next_try_at: noon() + TimeDelta::minutes(1),
        reason: Some(Reason::other("it took too long")),
    };
    let done = Stage::Done { file: "5.jpg".to_owned(), bytes: 2048, sha256: None };
    vec![
        Job { fid: FileId(1), seq: Some(1), origin: None, stage: queued },
        Job { fid: FileId(2), seq: Some(2), origin: None, stage: again },
        failed(3, downloads::REFUSED_BY_WEIBO.with(7_u32)),
        failed(4, downloads::CANCELLED.into()),
        Job { fid: FileId(5), seq: Some(5), origin: None, stage: done },
    ]
}

fn open() -> Session {
    let mut session = Session::texts(1);
    session.keys("w");
    assert_eq!(session.effects, [Effect::LoadJobs]);
    session.effects.clear();
    session.event(Event::Jobs(jobs()));
    session
}

#[test]
fn a_list_that_could_not_be_read_is_read_when_it_is_opened_again() {
    for (keys, effect) in
        [("w", Effect::LoadJobs), ("i", Effect::LoadStatistics), ("M", Effect::LoadPlaces(Query::default()))]
    {
        let mut session = Session::new((80, 24), vec![record(1, "text", "text 1", "{}")]);
        session.keys("MM<esc>");
        session.effects.clear();
        session.keys(keys);
        session.event(Event::Failed(Reason::other("cannot read the archive: disk I/O error")));
        session.keys(&format!("<esc>{keys}"));
        assert_eq!(session.effects, [effect.clone(), effect], "{keys}");
    }
}

#[test]
fn what_comes_while_the_help_lies_over_a_view_is_in_the_view() {
    let mut session = Session::new((80, 24), vec![record(1, "text", "text 1", "{}")]);
    session.keys("i?");
    session.event(Event::Statistics(Statistics::default()));
    session.keys("<esc>");
    let Some(Over::StatisticsCharts(shown)) = session.state.stack().last() else {
        panic!("{:?}", session.state.stack().last())
    };
    assert!(shown.counted.is_some());
}

#[test]
fn what_happens_while_messages_are_counted_is_counted_as_well() {
    let mut session = Session::texts(1);
    session.keys("i");
    session.event(Event::Traffic(Traffic { stored: 1, ..Traffic::default() }));
    assert_eq!(session.effects, [Effect::LoadStatistics], "one at a time");
    session.event(Event::Statistics(Statistics::default()));
    assert_eq!(session.effects, [Effect::LoadStatistics, Effect::LoadStatistics]);
    session.event(Event::Statistics(Statistics::default()));
    assert_eq!(session.effects.len(), 2);
}

#[test]
fn each_state_offers_what_can_be_done_about_it() {
    let mut session = open();
    session.keys("xjjdjdGoyODo");
    let Effect::Change(ArchiveChange::Download(Selection::Query(query))) = &session.effects[6] else {
        panic!("{:?}", session.effects)
    };
    assert!(matches!(query.terms[0].test, Test::State(ref states) if states[..] == [weibox::query::FileState::Failed]));
    let at = |index: usize| session.effects[index].clone();
    assert_eq!(at(0), Effect::Change(ArchiveChange::Cancel(FileId(1))));
    assert_eq!(at(1), Effect::Change(ArchiveChange::Download(Selection::Seqs(vec![3]))));
    assert_eq!(
        at(2),
        Effect::Change(ArchiveChange::Download(Selection::Seqs(vec![4]))),
        "what was cancelled can be had after all"
    );
    assert_eq!(at(3), Effect::Open("/data/media/5.jpg".into()));
    assert_eq!(at(4), Effect::Copy("/data/media/5.jpg".to_owned()));
    assert_eq!(at(5), Effect::Open("/data/media".into()));
    session.keys("x");
    assert_eq!(session.notice(), "not possible for this download in its current state");
    session.keys("<esc>");
    assert!(session.state.stack().is_empty());
}

#[test]
fn enter_goes_to_the_message_in_the_list_or_among_all() {
    let mut records: Vec<_> = (1..=4).map(|seq| record(seq, "text", "text", "{}")).collect();
    records.push(record(5, "image", "发了一张图片", r#"{"tovfid":5}"#));
    for (tab, row, shown) in [("1", 3, 0), ("5", 4, 4), ("5", 3, 0)] {
        let mut session = Session::new((80, 24), records.clone());
        session.keys(tab);
        session.keys("w");
        session.event(Event::Jobs(jobs()));
        session.keys(&"j".repeat(row));
        session.keys("<enter>");
        assert!(session.state.stack().is_empty());
        let inbox = &session.state.list().inbox;
        assert_eq!((session.selected(), inbox.shown()), (row as u64 + 1, shown), "{tab}");
    }
    let mut session = open();
    session.event(Event::Jobs(vec![Job { seq: None, ..failed(9, downloads::CANCELLED.into()) }]));
    session.keys("<enter>");
    assert_eq!(session.notice(), "not possible for this download in its current state", "its message is gone");
}

#[test]
fn the_words_say_how_far_each_is_and_how_fast() {
    let mut session = open();
    let progress = |received| Board {
        running: vec![Progress { fid: FileId(1), received, total: Some(10_000_000) }],
        queued: 2,
        ..Board::default()
    };
    session.event(Event::Downloads(progress(1_000_000)));
    session.event(Event::Tick(noon() + TimeDelta::seconds(2)));
    session.event(Event::Downloads(progress(5_000_000)));
    let rows: Vec<_> = jobs().iter().map(|job| session.job(job).map(|cell| cell.text).join("|")).collect();
    assert_eq!(
        rows,
        [
            "running|5.0 MB / 10.0 MB|2.0 MB/s  2 s left",
            "to retry||retries at 20:01:00 after 2 tries: it took too long",
            "failed||Weibo refused it (7)",
            "cancelled||",
            "saved|2.0 KB|5.jpg",
        ]
    );
}

#[test]
fn the_list_is_read_again_when_one_ends_and_the_selection_stays_on_its_file() {
    let mut session = open();
    session.keys("jj");
    session.event(Event::Downloads(Board { done: 1, ..Board::default() }));
    assert_eq!(session.effects, [Effect::LoadJobs]);
    session.event(Event::Jobs(jobs().into_iter().skip(1).collect()));
    let Some(Over::DownloadList(list)) = session.state.stack().last() else { panic!("no downloads") };
    let jobs = session.state.world().downloads.listed().unwrap();
    assert_eq!(jobs[list.selected].fid, FileId(3));
}

#[test]
fn a_name_that_comes_late_is_shown_with_the_downloads_that_are_open() {
    let reads = |effects: &[Effect]| effects.iter().filter(|effect| **effect == Effect::LoadJobs).count();
    let mut session = open();
    // The next read begins when this one is done.
    for _ in 0..2 {
        session.event(Event::Committed);
    }
    assert_eq!(reads(&session.effects), 1);
    session.event(Event::Jobs(jobs()));
    session.event(Event::Jobs(jobs()));
    assert_eq!(reads(&session.effects), 2);
    session.keys("<esc>");
    session.event(Event::Committed);
    assert_eq!(reads(&session.effects), 2, "nobody sees them");
}

#[test]
fn what_is_settled_is_taken_out_and_a_file_only_after_a_yes() {
    let mut session = open();
    session.keys("X");
    assert_eq!(session.notice(), "not possible for this download in its current state", "it waits: cancel it first");
    let job = |index: usize| jobs()[index].clone();
    session.keys("jjXjX");
    assert_eq!(
        session.effects,
        [
            Effect::Change(ArchiveChange::Remove(Box::new(job(2)))),
            Effect::Change(ArchiveChange::Remove(Box::new(job(3))))
        ],
        "nothing of these is on disk"
    );
    session.effects.clear();
    session.keys("jX");
    let question = session.question().unwrap();
    assert_eq!(question[0].text, "Remove the file `5.jpg` (2.0 KB) from the disk?");
    session.keys("n");
    assert!(session.effects.is_empty() && session.question().is_none());
    assert!(matches!(session.state.stack().last(), Some(Over::DownloadList(_))), "the list stays open");
    session.keys("Xy");
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Remove(Box::new(job(4))))]);
    session.event(Event::Changed(ArchiveChange::Remove(Box::new(job(4))), 1));
    assert_eq!(session.notice(), "removed");
}

#[test]
fn what_waits_for_a_token_says_so() {
    let mut session = open();
    let waiting = Board { queue: Queue::NoToken, queued: 2, ..Board::default() };
    session.event(Event::Downloads(waiting));
    let words = jobs().iter().map(|job| session.job(job)[0].text.clone()).collect::<Vec<_>>();
    assert_eq!(words, ["no token", "no token", "failed", "cancelled", "saved"]);
}
