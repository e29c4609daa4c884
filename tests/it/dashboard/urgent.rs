//! The tabs of urgent messages, and where the list stands after something else was shown.

use chrono::TimeDelta;
use weibox::controls::key::script;
use weibox::controls::layout::Size;
use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::{Effect, Event};
use weibox::query::Query;
use weibox::record::Seq;
use weibox::record::page::{Page, Request, Total};

use super::{Session, noon, record};

impl Session {
    /// Answers as if every message were in every tab.
    fn answer_with_all(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Load(request) = effect {
                let all = self.page(&Request { query: Query::default(), ..request.clone() });
                let effects = self.state.update(Event::Page(Page { request, ..all }));
                self.answer_with_all(effects);
            }
        }
    }

    fn keys_among_all(&mut self, keys: &str) {
        for key in script(keys) {
            let effects = self.state.update(Event::Key(key));
            self.answer_with_all(effects);
        }
    }

    /// Returns the first row on the screen, and the place of the selected one.
    fn top(&self) -> (Seq, Option<usize>) {
        let (rows, selected) = self.state.list().inbox.visible();
        (rows.first().map_or(0, |record| record.seq), selected)
    }
}

#[test]
fn a_tab_of_urgent_messages_opens_at_the_most_urgent_one() {
    for (before, is_following) in [("", true), ("jj", false)] {
        for tab in ["7", "8"] {
            let mut session = Session::texts(400);
            session.keys(before);
            session.keys_among_all(tab);
            assert_eq!((session.selected(), session.top()), (1, (1, Some(0))), "{before}{tab}");
            session.keys_among_all("gk");
            assert_eq!(session.state.list().inbox.is_following(), is_following, "nothing is above it");
            session.keys_among_all("j");
            assert_eq!((session.selected(), session.top()), (2, (1, Some(1))));
            session.keys_among_all("G");
            assert_eq!(session.selected(), 400);
            session.keys_among_all("F");
            assert_eq!(session.top(), (1, Some(0)));
            session.keys_among_all("1");
            assert_eq!((session.selected(), session.top()), (400, (400, Some(0))), "the others follow the newest");
        }
    }
}

#[test]
fn a_list_that_depends_on_the_time_is_read_again_once_a_minute_and_no_other() {
    let after = |seconds| Event::Tick(noon() + TimeDelta::seconds(seconds));
    let is_read = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Load(_)));
    for (keys, depends) in [("1", false), ("8", true), ("/since:2h<enter>", true), ("/since:2026-11-01<enter>", false)]
    {
        let mut session = Session::texts(3);
        session.keys(keys);
        let is_soon = session.state.next_tick().is_some_and(|at| at <= noon() + TimeDelta::minutes(1));
        assert!(is_soon || !depends, "{keys}");
        assert!(!is_read(&session.state.update(after(59))), "{keys}");
        assert_eq!(is_read(&session.state.update(after(60))), depends, "{keys}");
        assert!(!is_read(&session.state.update(after(61))), "{keys}");
    }
}

#[test]
fn a_screen_that_grows_is_filled_while_the_list_follows() {
    let mut session = Session::new((30, 6), Session::texts(400).records);
    session.event(Event::Resized(Size { width: 120, height: 36 }));
    let inbox = &session.state.list().inbox;
    assert_eq!((inbox.visible().0.len(), inbox.is_following()), (inbox.rows(), true));
}

#[test]
fn the_list_stands_where_it_stood_after_a_conversation_or_a_search() {
    for keys in ["c<esc>", "/text 3<enter><esc>", "/text 3<esc>", "2/text<enter>1<esc>"] {
        let mut session = Session::texts(400);
        session.keys("j");
        assert_eq!(session.top(), (400, Some(1)));
        session.keys(keys);
        assert_eq!((session.selected(), session.top()), (399, (400, Some(1))), "{keys}");
    }
}

#[test]
fn restored_messages_are_in_view() {
    for is_read_first in [true, false] {
        let mut session = Session::texts(400);
        session.keys("g  <del>y");
        let deleted = session.records.split_off(398);
        session.event(Event::Committed);
        session.event(Event::Changed(ArchiveChange::Discard(Vec::new()), 2));
        assert_eq!(session.top(), (398, Some(0)));
        session.records.extend(deleted);
        let mut events = [Event::Committed, Event::Changed(ArchiveChange::Restore, 2)];
        if !is_read_first {
            events.reverse();
        }
        for event in events {
            session.event(event);
        }
        assert_eq!(session.top(), (400, Some(0)));
    }
}

#[test]
fn a_tab_opens_where_the_list_stood_before_an_urgent_tab_that_is_empty_or_was_left_at_once() {
    let mut session = Session::texts(400);
    session.keys("jj81");
    assert_eq!((session.selected(), session.top()), (398, (400, Some(2))), "nothing is due");
    let mut effects = session.state.update(Event::Key(script("8")[0]));
    effects.extend(session.state.update(Event::Key(script("1")[0])));
    session.carry_out(effects);
    assert_eq!(session.selected(), 398, "the page of the urgent ones had not come");
}

#[test]
fn an_urgent_tab_comes_back_at_the_row_it_was_left_on() {
    for keys in ["c<esc>", "/text<tab><esc>"] {
        let mut session = Session::texts(400);
        session.keys("j");
        session.keys_among_all("7jj");
        assert_eq!(session.selected(), 3);
        session.keys_among_all(keys);
        assert_eq!((session.state.list().inbox.shown(), session.selected()), (6, 3), "{keys}");
    }
}

#[test]
fn who_is_to_be_answered_is_counted_from_the_start_at_most_once_a_second_and_while_the_counts_may_change() {
    let mut session = Session::texts(3);
    let of = [6, 7].map(|tab| session.state.list().inbox.tabs()[tab].query.clone());
    let count = |session: &Session| session.state.list().count(7).map(|total| total.n);
    assert_eq!(count(&session), Some(0), "nobody has pressed 8");
    let counts = |session: &mut Session, event: Event| {
        let effects = session.state.update(event);
        effects.iter().filter(|effect| matches!(effect, Effect::CountTabs(_))).count()
    };
    let after = |milliseconds| noon() + TimeDelta::milliseconds(milliseconds);
    let counted = |n| Event::Counted(Some(of.clone().map(|query| (query, Total { n, is_more: false })).to_vec()));
    assert_eq!(counts(&mut session, Event::Committed), 0, "they were counted just now");
    assert_eq!(counts(&mut session, Event::Tick(after(999))), 0);
    assert_eq!(counts(&mut session, Event::Tick(after(1_000))), 1);
    assert_eq!(counts(&mut session, Event::Committed), 0, "one read at a time");
    // It took half a second, so that the next one waits for ten.
    assert_eq!(counts(&mut session, Event::Tick(after(1_500))), 0);
    assert_eq!(counts(&mut session, counted(0)), 0);
    assert_eq!(counts(&mut session, Event::Tick(after(11_499))), 0);
    assert_eq!(counts(&mut session, Event::Tick(after(11_500))), 1);
    assert_eq!(counts(&mut session, counted(2)), 0);
    assert_eq!(count(&session), Some(2));
    // As time passes, others wait or can no longer be answered.
    assert_eq!(counts(&mut session, Event::Tick(after(59_999))), 0);
    assert_eq!(counts(&mut session, Event::Tick(after(60_000))), 1);
    assert_eq!(counts(&mut session, counted(0)), 0);
    for minute in [2, 3] {
        assert_eq!(counts(&mut session, Event::Tick(after(minute * 60_000))), 1, "the last change was so recent");
        assert_eq!(counts(&mut session, Event::Counted(None)), 0);
    }
    assert_eq!((counts(&mut session, Event::Tick(after(240_000))), count(&session)), (0, Some(0)));
    let mut empty = Session::texts(0);
    assert_eq!((empty.state.next_tick(), counts(&mut empty, Event::Committed)), (None, 0));
    assert_eq!(empty.state.next_tick(), Some(after(1_000)), "the loop is woken for it");
    // In a frozen list they stand still, also if they were outdated before.
    assert_eq!(counts(&mut session, Event::Committed), 1);
    assert_eq!(counts(&mut session, counted(0)) + counts(&mut session, Event::Committed), 0, "there is a pause");
    session.keys("=");
    assert_eq!(counts(&mut session, Event::Committed) + counts(&mut session, Event::Tick(after(300_000))), 0);
    assert_eq!(counts(&mut session, Event::Key(script("=")[0])), 1);
}

#[test]
fn a_night_in_suspension_does_not_end_the_counting_of_those_who_wait() {
    let mut session = Session::texts(1);
    let counts = |session: &mut Session, event: Event| {
        let effects = session.state.update(event);
        effects.iter().any(|effect| matches!(effect, Effect::CountTabs(_)))
    };
    let after = |time: TimeDelta| Event::Tick(noon() + time);
    session.event(Event::Committed);
    assert!(counts(&mut session, after(TimeDelta::seconds(1))));
    // It began before the machine was suspended, and ends afterwards.
    assert!(!counts(&mut session, after(TimeDelta::hours(8))));
    assert!(!counts(&mut session, Event::Counted(None)));
    session.event(Event::Committed);
    assert!(counts(&mut session, after(TimeDelta::hours(8) + TimeDelta::minutes(5))));
}

#[test]
fn who_wrote_just_before_the_start_is_counted_once_they_have_waited_for_a_minute() {
    for (passed, is_counted) in [(TimeDelta::seconds(30), true), (TimeDelta::minutes(10), false)] {
        let mut newest = record(1, "text", "几点开门？", "{}");
        newest.received_at = noon() - passed;
        let mut session = Session::new((120, 36), vec![newest]);
        let effects = session.state.update(Event::Tick(noon() + TimeDelta::minutes(1)));
        assert_eq!(effects.iter().any(|effect| matches!(effect, Effect::CountTabs(_))), is_counted, "{passed}");
    }
}
