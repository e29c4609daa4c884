//! Files that are downloaded because their message is visible.

use chrono::TimeDelta;
use weibox::dashboard::{Effect, Event, Setup};
use weibox::reason::downloads;
use weibox::record::Record;
use weibox::record::media::{Job, Stage};
use weibox::record::policy::{Auto, Policy};
use weibox::weibo::{FileId, Kind};

use super::{Session, noon, record};

const DATA: &str = r#"{"vfid":1,"tovfid":2}"#;

/// Creates a session with two images and, below them, one whose download was cancelled. The newest has been
/// selected and visible since noon.
fn session(auto: Auto, kinds: &[Kind], size: (u16, u16)) -> Session {
    let setup = Setup { policy: Policy { auto, kinds: kinds.to_vec() }, ..Setup::default() };
    let cancelled = Some(Stage::Failed { reason: downloads::CANCELLED.into() });
    let old = Record { medium: cancelled, ..record(1, "image", "", DATA) };
    Session::with(setup, size, vec![old, record(2, "image", "", DATA), record(3, "image", "", DATA)])
}

fn wait(session: &mut Session, millis: i64) {
    session.event(Event::Tick(noon() + TimeDelta::milliseconds(millis)));
}

fn prefetched(session: &Session) -> Vec<u64> {
    let effects = session.effects.iter();
    effects.filter_map(|effect| if let Effect::Prefetch(seq) = effect { Some(*seq) } else { None }).collect()
}

#[test]
fn the_file_of_a_message_is_ordered_once_it_was_shown_for_a_moment_and_once_only() {
    let mut session = session(Auto::Selected, &[], (120, 36));
    wait(&mut session, 499);
    assert_eq!(session.state.next_tick(), Some(noon() + TimeDelta::milliseconds(500)), "the loop is woken for it");
    assert!(prefetched(&session).is_empty());
    session.keys("j");
    wait(&mut session, 900);
    assert!(prefetched(&session).is_empty(), "the first one was only passed by");
    wait(&mut session, 1000);
    wait(&mut session, 5000);
    assert_eq!(prefetched(&session), [2]);
    session.keys("j");
    wait(&mut session, 9000);
    assert_eq!(prefetched(&session), [2], "what was cancelled waits for the user");
}

#[test]
fn nothing_is_ordered_when_it_is_off_of_another_kind_or_not_shown() {
    for (auto, kinds, size, wanted) in [
        (Auto::Off, [].as_slice(), (120, 36), [].as_slice()),
        (Auto::Selected, &[Kind::Voice], (120, 36), &[]),
        (Auto::Selected, &[], (60, 20), &[]),
        (Auto::All, &[], (120, 36), &[3]),
        (Auto::Selected, &[Kind::Image], (80, 24), &[3]),
    ] {
        let mut session = session(auto, kinds, size);
        wait(&mut session, 2000);
        assert_eq!(prefetched(&session), wanted, "{auto:?} {kinds:?} {size:?}");
    }
}

#[test]
fn a_file_that_was_removed_is_not_ordered_again_though_its_message_is_shown() {
    for is_removed in [false, true] {
        let mut session = session(Auto::Selected, &[], (120, 36));
        let saved = Stage::Done { file: "3.jpg".to_owned(), bytes: 2048, sha256: None };
        session.records[2].medium = Some(saved.clone());
        session.event(Event::Committed);
        if is_removed {
            session.keys("w");
            session.event(Event::Jobs(vec![Job { fid: FileId(3), seq: Some(3), origin: None, stage: saved }]));
            session.keys("Xy<esc>");
        }
        session.records[2].medium = None;
        session.event(Event::Committed);
        wait(&mut session, 2000);
        assert_eq!(prefetched(&session), if is_removed { &[][..] } else { &[3] });
    }
}
