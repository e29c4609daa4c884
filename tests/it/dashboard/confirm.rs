//! Questions before something is done to many messages at once.

use chrono::TimeDelta;
use weibox::dashboard::orders::{ArchiveChange, SaveAnswer, Secret};
use weibox::dashboard::{Effect, Event, Setup, Standing};
use weibox::reason::{Reason, files};
use weibox::record::media::{Board, Queue, Stage, Weight};
use weibox::record::page::{Mark, Selection};

use super::{Session, all, noon, record};

const WEIGHT: Weight = Weight { new: 12, coming: 2, saved: 3, saved_bytes: 1_300_000 };

/// Creates a session that asks whether to download the whole list.
fn asking() -> Session {
    let mut session = Session::texts(3);
    session.keys("D");
    assert_eq!(session.effects, [Effect::Weigh(all())]);
    session.effects.clear();
    session.event(Event::Weighed(all(), WEIGHT));
    session
}

fn question(session: &Session) -> Option<String> {
    let lines = session.question()?;
    Some(lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_question_names_how_many_files_come_and_how_many_are_there() {
    let asked = question(&asking()).unwrap();
    assert_eq!(
        asked,
        "Download 12 files?\nWeibo gives the size of a file only during the download.\n\
         saved already: 3 (1.3 MB)\nqueued or downloading already: 2"
    );
    let mut session = Session::texts(3);
    session.event(Event::Weighed(all(), Weight { new: 1, ..Weight::default() }));
    assert!(question(&session).unwrap().starts_with("Download 1 file?\n"));
}

#[test]
fn yes_and_no_have_their_keys_full_width_too_and_nothing_else_acts() {
    for yes in ["y", "Y", "ｙ", "<enter>"] {
        let mut session = asking();
        session.keys("djD*");
        assert!(session.effects.is_empty() && session.question().is_some());
        assert_eq!(session.notice(), "* does nothing here, Esc closes");
        session.keys(yes);
        assert_eq!(session.effects, [Effect::Change(ArchiveChange::Download(all()))], "{yes}");
        assert!(session.question().is_none());
    }
    for no in ["n", "ｎ", "<esc>", "q"] {
        let mut session = asking();
        session.keys(no);
        assert_eq!((session.effects.len(), session.notice()), (0, "cancelled, nothing was changed"), "{no}");
        assert!(session.question().is_none());
    }
    let mut session = asking();
    session.keys("<ctrl-c>");
    assert_eq!(session.effects, [Effect::Quit], "one can always leave");
}

#[test]
fn nothing_is_asked_when_there_is_nothing_to_download_and_no_keeps_what_is_picked() {
    let mut session = Session::texts(3);
    session.event(Event::Weighed(all(), Weight { new: 0, ..WEIGHT }));
    assert!(session.question().is_none() && session.notice().contains("nothing to download"));
    session.keys("<space>D");
    let picked = Selection::Seqs(vec![3]);
    session.event(Event::Weighed(picked.clone(), WEIGHT));
    session.keys("n");
    assert!(session.state.list().is_picked(3));
    session.event(Event::Weighed(picked, WEIGHT));
    session.keys("y");
    assert!(!session.state.list().is_picked(3));
}

#[test]
fn messages_are_made_up_among_real_ones_only_after_a_yes_by_key_and_by_menu() {
    let simulate = Effect::Simulate(true);
    for (keys, effect) in [
        ("<f6>", &Effect::Sample),
        ("S", &simulate),
        (":sample<enter>", &Effect::Sample),
        (":simulate<enter>", &simulate),
        ("?simulate<enter>", &simulate),
    ] {
        let mut session = Session::texts(1);
        session.keys(keys);
        assert!(question(&session).is_some_and(|words| words.starts_with("Real messages are here.")), "{keys}");
        assert!(session.effects.is_empty(), "{keys}");
        session.keys("n");
        assert_eq!((session.effects.len(), session.notice()), (0, "cancelled, nothing was changed"), "{keys}");
        session.keys(keys);
        session.keys("y");
        assert_eq!(session.effects, std::slice::from_ref(effect), "{keys}");
    }
    let mut session = Session::texts(1);
    session.keys("SyS");
    assert_eq!(session.effects, [simulate.clone(), Effect::Simulate(false)], "to stop nobody is asked");
    for (keys, effect) in [("<f6>", Effect::Sample), ("S", simulate)] {
        let mut session = Session::new((80, 24), Vec::new());
        session.keys(keys);
        assert_eq!((question(&session), &session.effects), (None, &vec![effect]), "{keys}: there is no real one");
    }
}

#[test]
fn messages_are_deleted_after_a_yes_and_brought_back_by_one_key() {
    let mut session = Session::texts(9);
    let asked = |session: &Session| session.question().map(|lines| lines[0].text.clone()).unwrap_or_default();
    session.keys("j<del>");
    assert_eq!(asked(&session), "Delete this message from 2489518008?");
    session.keys("n");
    assert!(session.effects.is_empty());
    session.keys("<del><enter>");
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Discard(vec![8]))]);
    session.event(Event::Changed(ArchiveChange::Discard(Vec::new()), 1));
    assert_eq!(session.notice(), "1 deleted; Z brings back, for 30 s");
    session.keys("g  <del>");
    assert_eq!(asked(&session), "Delete 2 picked messages?");
    session.keys("y");
    assert_eq!(session.effects.last(), Some(&Effect::Change(ArchiveChange::Discard(vec![8, 9]))));
    session.event(Event::Changed(ArchiveChange::Discard(Vec::new()), 2));
    assert!(!session.state.list().is_picked(9));
    session.keys("Z");
    assert_eq!(session.effects.last(), Some(&Effect::Change(ArchiveChange::Restore)));
    session.event(Event::Changed(ArchiveChange::Restore, 2));
    assert_eq!(session.notice(), "undone for 2 messages");
    session.event(Event::Changed(ArchiveChange::Restore, 0));
    assert_eq!(session.notice(), "there is nothing to undo from the last 30 s");
}

#[test]
fn a_notice_tells_which_mark_several_messages_got_and_the_key_that_undoes_it() {
    let mut session = Session::texts(3);
    for (mark, notice) in [
        (Mark::Read, "59 messages are read now; Z undoes it, for 30 s"),
        (Mark::Unread, "59 messages are unread now; Z undoes it, for 30 s"),
        (Mark::Starred, "59 messages are starred now; Z undoes it, for 30 s"),
        (Mark::Unstarred, "59 messages have no star now; Z undoes it, for 30 s"),
    ] {
        session.event(Event::Changed(ArchiveChange::Mark(all(), mark), 59));
        assert_eq!(session.notice(), notice);
    }
}

#[test]
fn a_notice_of_what_was_done_goes_by_itself_and_an_error_stays_until_a_key() {
    let mut session = Session::texts(3);
    let later = |seconds| noon() + TimeDelta::seconds(seconds);
    session.event(Event::Tick(later(2)));
    session.event(Event::Changed(ArchiveChange::Mark(all(), Mark::Read), 3));
    assert!(session.state.next_tick().is_some_and(|at| at <= later(12)));
    session.event(Event::Tick(later(11)));
    assert_ne!(session.notice(), "");
    session.event(Event::Tick(later(12)));
    assert_eq!(session.notice(), "");
    session.event(Event::Failed(Reason::other("the disk is full")));
    session.event(Event::Tick(later(60)));
    assert_eq!(session.notice(), "the disk is full");
    session.event(Event::Failed(files::NOT_OPENED.with("xdg-open").with("none").with("/a.jpg")));
    assert_eq!(session.notice(), "no program here opens it: L copies links, Y paths and more");
}

#[test]
fn nobody_is_asked_what_cannot_be_done_from_here() {
    let standing = Standing::Attached { is_read_only: true, is_gone: false };
    let mut session = Session::with(Setup { standing, ..Setup::default() }, (80, 24), Session::texts(3).records);
    for keys in ["<del>", "Z"] {
        session.keys(keys);
        assert!(question(&session).is_none() && session.notice().starts_with("read-only"), "{}", session.notice());
    }
    assert!(session.effects.is_empty());
}

#[test]
fn what_is_typed_while_files_are_counted_answers_no_question() {
    for typing in ["/", ":", "e"] {
        let mut session = Session::texts(3);
        session.keys("D");
        session.keys(typing);
        session.event(Event::Weighed(all(), WEIGHT));
        assert_eq!((question(&session), session.notice()), (None, "12 files to download; D asks again"));
        session.effects.clear();
        session.keys("y<enter>");
        assert!(!session.effects.contains(&Effect::Change(ArchiveChange::Download(all()))), "{typing}");
    }
    let mut session = Session::texts(3);
    session.keys("e<enter>");
    let Some(Effect::Save(order)) = session.effects.pop() else { panic!() };
    session.keys("<esc>/");
    session.event(Event::Saving(SaveAnswer::Taken(order)));
    assert_eq!(question(&session), None, "the line for the path was closed");
    let kept = || Event::Kept(Secret::AccessToken, "token".to_owned());
    session.event(kept());
    assert_eq!(question(&session), None, "whether the token is to be tried");
    session.keys("<esc>");
    session.event(kept());
    assert!(question(&session).is_some());
}

#[test]
fn a_queued_file_that_lacks_a_token_is_said_to_wait_for_it() {
    let mut session = Session::new((80, 24), vec![record(1, "image", "i", r#"{"tovfid":7}"#)]);
    session.event(Event::Downloads(Board { queue: Queue::NoToken, ..Board::default() }));
    session.records[0].medium = Some(Stage::Queued { attempts: 0, next_try_at: noon(), reason: None });
    session.event(Event::Committed);
    session.keys("o");
    assert_eq!(session.notice(), "the file waits for an access token: Alt-t enters it");
}
