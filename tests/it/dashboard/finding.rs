//! Finding messages, and marking them.

use chrono::TimeDelta;
use weibox::controls::key::{Key, KeyCode};
use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::{Effect, Event};
use weibox::record::Seq;
use weibox::record::media::Weight;
use weibox::record::page::{Mark, Selection};

use super::{Session, all, noon, record};

#[test]
fn the_list_narrows_while_a_query_is_typed_and_escape_brings_it_back() {
    let mut session = Session::texts(30);
    session.keys("jj/text 2");
    assert_eq!(session.state.list().inbox.total().n, 12, "2, 12 and 20 to 29");
    session.keys("<ctrl-u>type:image");
    assert_eq!((session.state.list().inbox.total().n, session.selected()), (0, 0));
    session.keys("<ctrl-u>\"text 28\"");
    assert_eq!((session.state.list().inbox.total().n, session.selected()), (1, 28));
    session.keys("<esc>");
    assert_eq!((session.state.list().inbox.total().n, session.selected()), (30, 28), "where the cursor was");
    session.keys("/type:text<enter>");
    assert!(session.search().is_none() && !session.state.list().inbox.filter().terms.is_empty());
    session.keys("<esc>");
    assert!(session.state.list().inbox.filter().terms.is_empty());
}

#[test]
fn where_nothing_is_found_what_may_be_meant_is_one_key_away() {
    let query = |typed: &str| weibox::query::parse(typed).unwrap();
    let asked = |session: &Session| {
        let asked =
            session.effects.iter().filter_map(|e| if let Effect::Suggest(query) = e { Some(query) } else { None });
        asked.map(ToString::to_string).collect::<Vec<_>>()
    };
    let mut session = Session::texts(9);
    session.keys("/texd");
    assert_eq!(asked(&session), ["texd"], "what finds something asks for nothing");
    assert_eq!(session.state.list().suggestion(), None);
    session.keys(";<backspace>");
    session.event(Event::Suggested(query("texd"), Some(query("text"))));
    assert_eq!(session.state.list().suggestion(), Some(&query("text")));
    session.keys("<tab>");
    assert_eq!((session.search().unwrap().prompt.text(), session.state.list().inbox.total().n), ("text", 9));
    session.keys("<ctrl-u>texd<enter>");
    // A suggestion stays valid until another query is checked.
    session.event(Event::Suggested(query("texd"), Some(query("text"))));
    session.keys(";");
    assert_eq!((session.state.list().inbox.filter(), session.state.list().inbox.total().n), (&query("text"), 9));
    session.keys(";");
    assert!(session.notice().contains("nothing is suggested"), "{}", session.notice());
    // A late answer belongs to another query.
    session.keys("/x<ctrl-u>zzz");
    session.event(Event::Suggested(query("texd"), Some(query("text"))));
    assert_eq!(session.state.list().suggestion(), None);
}

#[test]
fn a_tab_never_has_the_count_of_what_was_looked_for() {
    let mut session = Session::texts(30);
    session.keys("/\"text 28\"<enter>");
    assert_eq!(session.state.list().inbox.total().n, 1);
    // The page of all messages has not arrived yet.
    let _asked = session.state.update(Event::Key(Key::plain(KeyCode::Esc)));
    let inbox = &session.state.list().inbox;
    assert_eq!((inbox.total().n, inbox.count(0).unwrap().n), (1, 30));
}

#[test]
fn a_wrong_query_says_so_and_keeps_what_was_found() {
    let mut session = Session::texts(9);
    session.keys("/");
    session.event(Event::Pasted("type:text type:imgae".to_owned().into()));
    session.keys("<enter>");
    let search = session.search().unwrap();
    let wrong = search.wrong.as_ref().unwrap();
    assert_eq!(
        (wrong.at.clone(), wrong.reason.to_string().as_str()),
        (10..20, "`imgae` is not a valid value for `type:`")
    );
    assert_eq!(session.state.list().inbox.total().n, 9);
}

#[test]
fn queries_are_remembered_and_hits_are_walked() {
    let mut session = Session::texts(30);
    session.keys("n");
    assert!(session.notice().contains("no search yet"), "{}", session.notice());
    session.keys("/\"text 7\"<enter><esc>/\"text 17\"<enter><esc>g");
    session.keys("/<up>");
    assert_eq!(session.search().unwrap().prompt.text(), "\"text 17\"");
    session.keys("<up>");
    assert_eq!(session.search().unwrap().prompt.text(), "\"text 7\"");
    session.keys("<down><down><ctrl-u>abc<up><up><down><down>");
    assert_eq!(session.search().unwrap().prompt.text(), "abc", "what was typed is the newest entry");
    session.keys("<esc>gn");
    assert_eq!(session.selected(), 17, "the last search, in the whole list");
    session.keys("n");
    assert!(session.notice().contains("nothing more"), "{}", session.notice());
    session.keys("GN");
    assert_eq!(session.selected(), 17);
}

#[test]
fn a_conversation_is_everything_from_one_sender() {
    let mut session = Session::texts(5);
    session.records[0].message.sender_id = session.records[3].message.sender_id;
    session.event(Event::Committed);
    session.keys("jc");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (4, 2));
    let shown = |session: &Session| {
        let (rows, selected) = session.state.list().inbox.visible();
        (rows.iter().map(|record| record.seq).collect::<Vec<_>>(), selected)
    };
    assert_eq!(shown(&session), (vec![1, 4], Some(1)), "oldest on top");
    session.keys("k");
    assert_eq!(session.selected(), 1);
    session.keys("<esc>");
    assert_eq!(shown(&session), (vec![5, 4, 3, 2, 1], Some(4)), "newest on top again");
    session.keys(",t");
    assert_eq!(shown(&session), (vec![1, 2, 3, 4, 5], Some(0)));
    session.keys("Gk");
    assert_eq!(session.selected(), 4);
    session.keys("g");
    assert_eq!(session.selected(), 1);
}

#[test]
fn a_message_is_read_when_its_detail_was_shown_for_a_second() {
    let mut session = Session::texts(3);
    session.keys("jk");
    let later = |ms| noon() + TimeDelta::milliseconds(ms);
    session.event(Event::Tick(later(999)));
    assert_eq!(session.effects, []);
    assert_eq!(session.state.next_tick(), Some(later(1000)));
    session.event(Event::Tick(later(1000)));
    let read = |seq| Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![seq]), Mark::Read));
    assert_eq!(session.effects, [read(3)]);
    session.event(Event::Tick(later(1500)));
    assert_eq!(session.effects.len(), 1, "once is enough");
    session.records[2].marks.is_read = true;
    session.event(Event::Changed(ArchiveChange::Mark(all(), Mark::Read), 1));
    session.event(Event::Committed);
    session.keys("ju");
    assert_eq!(session.effects.last(), Some(&read(2)), "u turns what it is around");
    session.records[1].marks.is_read = true;
    session.event(Event::Changed(ArchiveChange::Mark(all(), Mark::Read), 1));
    session.event(Event::Committed);
    session.keys("u");
    assert_eq!(
        session.effects.last(),
        Some(&Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![2]), Mark::Unread)))
    );
    session.records[1].marks.is_read = false;
    session.event(Event::Changed(ArchiveChange::Mark(all(), Mark::Read), 1));
    session.event(Event::Committed);
    session.event(Event::Tick(later(9000)));
    assert_eq!(
        session.effects.last(),
        Some(&Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![2]), Mark::Unread))),
        "it stays unread"
    );
}

#[test]
fn nothing_is_read_while_nobody_is_there() {
    let mut session = Session::texts(3);
    let later = |seconds| noon() + TimeDelta::seconds(seconds);
    let mut now = 0;
    let mut wait = |session: &mut Session, seconds| {
        now += seconds;
        session.event(Event::Tick(later(now)));
    };
    // The list follows: every message is visible for three seconds, but the user is away.
    for _ in 0..12 {
        session.arrive("text");
        wait(&mut session, 3);
    }
    assert_eq!(session.effects, []);
    // The user switches to another window.
    session.keys("j");
    session.event(Event::Focused(false));
    wait(&mut session, 60);
    assert_eq!(session.effects, []);
    session.event(Event::Focused(true));
    wait(&mut session, 1);
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![14]), Mark::Read))]);
    // Opening the newest message reads it, also while the list follows.
    session.keys("F<enter>");
    wait(&mut session, 1);
    assert_eq!(
        session.effects.last(),
        Some(&Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![15]), Mark::Read)))
    );
    session.arrive("text");
    wait(&mut session, 9);
    assert_eq!(session.effects.len(), 2, "nobody asked for the one that came then");
}

#[test]
fn the_next_unread_message_is_found_in_both_directions() {
    let mut session = Session::texts(9);
    for record in &mut session.records {
        record.marks.is_read = ![2, 7].contains(&record.seq);
    }
    session.event(Event::Committed);
    session.keys("J");
    assert_eq!(session.selected(), 7);
    session.keys("J");
    assert_eq!(session.selected(), 2);
    session.keys("J");
    assert_eq!((session.selected(), session.notice()), (2, "nothing more in this direction"));
    session.keys("K");
    assert_eq!(session.selected(), 7);
}

#[test]
fn nothing_is_read_where_no_detail_is_on_the_screen() {
    let mut session = Session::new((60, 20), vec![record(1, "text", "t", "{}")]);
    session.event(Event::Tick(noon() + TimeDelta::seconds(60)));
    assert_eq!(session.effects, []);
    session.keys("<enter>");
    session.event(Event::Tick(noon() + TimeDelta::seconds(62)));
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![1]), Mark::Read))]);
}

#[test]
fn picked_messages_are_starred_and_downloaded_together() {
    let mut session = Session::texts(5);
    session.keys("<space>j<space>*");
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![3, 5]), Mark::Starred))]);
    session.keys("<space><space>D");
    let picked = Selection::Seqs(vec![1, 2]);
    assert_eq!(session.effects.last(), Some(&Effect::Weigh(picked.clone())));
    session.event(Event::Weighed(picked.clone(), Weight { new: 2, ..Weight::default() }));
    session.keys("y");
    assert_eq!(session.effects.last(), Some(&Effect::Change(ArchiveChange::Download(picked))));
    session.keys("U");
    assert_eq!(session.effects.last(), Some(&Effect::Change(ArchiveChange::Mark(all(), Mark::Read))));
    session.keys("g<space><esc>D");
    assert_eq!(session.effects.last(), Some(&Effect::Weigh(all())), "Esc puts back what was picked");
}

#[test]
fn what_is_due_soonest_stands_on_top() {
    let mut session = Session::texts(3);
    session.keys("7");
    assert!(session.state.list().inbox.is_ascending());
    session.keys("1");
    assert!(!session.state.list().inbox.is_ascending());
}

/// Returns the rows of the list, and those among them that no longer match.
fn rows(session: &Session) -> (Vec<Seq>, Vec<Seq>) {
    let inbox = &session.state.list().inbox;
    let rows: Vec<Seq> = inbox.visible().0.iter().map(|record| record.seq).collect();
    let kept = rows.iter().copied().filter(|seq| inbox.is_kept(*seq)).collect();
    (rows, kept)
}

/// Marks a message as read elsewhere.
fn read(session: &mut Session, seq: Seq) {
    session.records.iter_mut().find(|record| record.seq == seq).unwrap().marks.is_read = true;
    session.event(Event::Changed(ArchiveChange::Mark(all(), Mark::Read), 1));
    session.event(Event::Committed);
}

#[test]
fn what_is_read_stays_in_the_list_of_the_unread_until_it_is_left() {
    let mut session = Session::texts(4);
    session.keys("/is:unread<enter>j");
    read(&mut session, 3);
    assert_eq!((rows(&session), session.selected()), ((vec![4, 3, 2, 1], vec![3]), 3));
    assert_eq!(session.state.list().inbox.total().n, 4);
    session.keys("J");
    assert_eq!(session.selected(), 2, "the next unread one");
    read(&mut session, 2);
    session.arrive("text");
    assert_eq!((rows(&session), session.selected()), ((vec![5, 4, 3, 2, 1], vec![3, 2]), 2));
    session.keys("K");
    assert_eq!(session.selected(), 4, "the ones that were read are passed");
    session.keys("JJ");
    assert_eq!(session.selected(), 1);
    assert!(session.notice().contains("nothing more"), "{}", session.notice());
    session.keys("/<enter>");
    assert_eq!(rows(&session), (vec![5, 4, 1], vec![]), "the same query runs again");
    read(&mut session, 4);
    assert_eq!(rows(&session), (vec![5, 4, 1], vec![4]));
    session.keys("21");
    assert_eq!(rows(&session), (vec![5, 1], vec![]), "the tab was left");
    read(&mut session, 1);
    session.keys("1");
    assert_eq!(rows(&session), (vec![5], vec![]), "the tab is asked for again");
}

#[test]
fn what_is_gone_does_not_stay_in_the_list() {
    let mut session = Session::texts(3);
    session.keys("/is:unread<enter>");
    read(&mut session, 2);
    session.records.retain(|record| record.seq == 1);
    session.event(Event::Committed);
    assert_eq!(rows(&session), (vec![1], vec![]));
}

#[test]
fn a_search_in_a_tab_looks_in_all_of_them_by_one_key_and_comes_back_by_another() {
    let mut session = Session::texts(30);
    session.arrive("position");
    session.keys("3/\"text 2");
    session.keys("\"");
    let inbox = |session: &Session| {
        let inbox = &session.state.list().inbox;
        (inbox.shown(), inbox.total().n, inbox.n_in_all().map(|total| total.n))
    };
    assert_eq!(inbox(&session), (2, 0, Some(11)));
    session.keys("<tab>");
    assert_eq!(inbox(&session), (0, 11, None));
    session.keys("<esc>");
    assert_eq!(inbox(&session), (2, 1, None), "where it began");
    session.keys("/\"text 2\"<tab><enter>");
    assert_eq!(inbox(&session), (0, 11, None));
    assert!(session.search().is_none());
}

#[test]
fn esc_in_the_prompt_goes_back_to_the_message_that_was_selected() {
    let mut session = Session::texts(300);
    session.keys("jjjjj");
    let before = session.selected();
    session.keys("/\"text 123\"");
    assert_eq!(session.selected(), 123);
    session.keys("<esc>");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (before, 300));
    session.keys("2/\"text 123\"<tab><esc>");
    assert_eq!((session.selected(), session.state.list().inbox.shown()), (before, 1));
    session.keys("/\"text 123\"<enter><esc>");
    assert_eq!(session.selected(), 123, "what was found stays, with what is around it");
    session.keys("F/\"text 124\"<esc>");
    assert_eq!((session.selected(), session.state.list().inbox.is_following()), (300, true));
}

#[test]
fn a_query_that_is_cancelled_is_not_run_again() {
    let mut session = Session::texts(300);
    session.keys("jjjjj/\"text 123\"");
    let effects = session.state.update(Event::Key(Key::plain(KeyCode::Esc)));
    let asked =
        effects.iter().filter_map(|effect| if let Effect::Load(request) = effect { Some(request) } else { None });
    let asked: Vec<_> = asked.map(|request| request.query.to_string()).collect();
    assert_eq!(asked, [""]);
}
