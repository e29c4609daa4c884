//! Keys wait until the message is known that the keys before them have chosen.

use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::{Effect, Event, Over};
use weibox::reason::Reason;
use weibox::record::page::{Mark, Selection};

use super::{Session, record, script};

impl Session {
    /// Presses keys that arrive together, before anything is read. Returns the effects, which are not carried out.
    fn together(&mut self, keys: &str) -> Vec<Effect> {
        script(keys).into_iter().flat_map(|key| self.state.update(Event::Key(key))).collect()
    }

    fn burst(&mut self, keys: &str) {
        let effects = self.together(keys);
        self.carry_out(effects);
    }
}

#[test]
fn keys_that_arrive_together_act_on_the_message_that_the_ones_before_have_chosen() {
    let mut session = Session::texts(400);
    session.keys("G");
    session.burst("g<del>y");
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Discard(vec![400]))]);
    session.effects.clear();
    session.burst("Gkk*");
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![3]), Mark::Starred))]);
    session.effects.clear();
    session.burst("/\"text 77\"<enter>*");
    let starred = |seq| Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![seq]), Mark::Starred));
    assert!(session.effects.contains(&starred(77)), "{:?}", session.effects);
    session.effects.clear();
    session.burst("<esc>");
    session.burst("FGn*F*");
    assert_eq!((session.effects.len(), session.notice()), (0, "nothing more in this direction"), "no older hit");
    session.burst("*F*");
    assert_eq!(session.effects, [starred(1), starred(400)], "the oldest, then the newest");
    session.effects.clear();
    session.burst("n*,sG*F*");
    assert_eq!(session.effects, [starred(77), starred(400), starred(400)], "the last sender, then the newest");
    session.effects.clear();
    session.burst("Gg<enter>");
    assert!(session.state.world().is_reading());
    assert_eq!(session.selected(), 400);
}

#[test]
fn keys_typed_after_a_search_wait_for_its_hits_and_typing_waits_for_nothing() {
    let mut session = Session::texts(400);
    let effects = session.together("/\"text 7\"");
    assert!(matches!(session.state.stack(), [Over::SearchPrompt(prompt)] if prompt.prompt.text() == "\"text 7\""));
    session.carry_out(effects);
    let effects = session.together("<enter>5j?");
    assert!(session.state.stack().is_empty(), "the help waits for the tab");
    session.carry_out(effects);
    assert_eq!((session.state.list().inbox.shown(), session.state.stack().len()), (4, 1));
}

#[test]
fn what_leaves_or_asks_for_another_list_does_not_wait_for_a_slow_read() {
    for (key, quits) in [("q", true), ("<ctrl-c>", true), ("/", false)] {
        let mut session = Session::texts(400);
        let effects = session.together("G");
        assert!(matches!(effects.as_slice(), [Effect::Load(_)]));
        let effects = session.together(key);
        assert_eq!((effects.contains(&Effect::Quit), session.state.stack().is_empty()), (quits, quits), "{key}");
    }
    let mut session = Session::texts(400);
    drop(session.together("G<del>"));
    drop(session.together("<esc>"));
    assert_eq!(session.together("<ctrl-c>"), [Effect::Quit]);
}

#[test]
fn a_failed_read_forgets_the_keys_that_waited_for_it_and_locks_nothing() {
    for failed in [Event::PageFailed, Event::Failed] {
        let mut session = Session::texts(400);
        let is_page = failed(Reason::other("x")) == Event::PageFailed(Reason::other("x"));
        drop(session.together(if is_page { "G<del>" } else { "JJ<del>" }));
        session.event(failed(Reason::other("disk I/O error")));
        assert!(session.question().is_none());
        session.keys("<del>");
        assert!(session.question().is_some());
    }
}

#[test]
fn an_empty_list_that_is_read_again_all_the_time_takes_keys() {
    let mut session = Session::texts(3);
    session.keys("5");
    drop(session.state.update(Event::Committed));
    drop(session.together("e?"));
    assert!(!session.state.stack().is_empty());
}

#[test]
fn a_click_means_what_is_on_the_screen_and_forgets_the_keys_that_wait() {
    let mut session = Session::texts(400);
    let list = session.state.world().layout().list;
    let effects = session.together("G<del>");
    session.event(Event::Clicked(list.x + 5, list.y + 2));
    session.carry_out(effects);
    assert_eq!((session.selected(), session.question()), (398, None));
}

#[test]
fn a_match_that_comes_late_does_not_move_the_list_after_a_click_the_wheel_or_escape() {
    for (late, stays_at) in [("click", 398), ("wheel", 399), ("escape", 400)] {
        let mut session = Session::texts(400);
        session.keys("jk");
        let list = session.state.world().layout().list;
        let found = session.together("J<del>");
        assert!(matches!(found.as_slice(), [Effect::Find { from: 400, .. }]), "{found:?}");
        match late {
            "click" => session.event(Event::Clicked(list.x + 5, list.y + 2)),
            "wheel" => session.event(Event::Scrolled(1, list.x, list.y)),
            _ => session.keys("<esc>"),
        }
        session.event(Event::Found(400, Some(7)));
        assert_eq!((session.selected(), session.question()), (stays_at, None), "{late}");
    }
}

#[test]
fn keys_wait_for_the_first_message_that_was_missed() {
    let mut session = Session::texts(400);
    session.keys("jj");
    session.arrive("text");
    session.burst("A*");
    assert_eq!(session.effects, [Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![401]), Mark::Starred))]);
}

#[test]
fn the_question_before_deleting_names_the_message_or_the_number_of_picked_ones() {
    let long = record(3, "text", &"long ".repeat(40), "{}");
    let mut session = Session::new((80, 24), vec![record(2, "text", "first words", "{}"), long]);
    let asked = |session: &Session| {
        let lines = session.question().unwrap_or_default();
        lines.into_iter().take(2).map(|line| line.text).collect::<Vec<_>>()
    };
    session.keys("<del>");
    assert_eq!(asked(&session)[0], "Delete this message from 2489518003?");
    assert!(asked(&session)[1].starts_with("long long") && asked(&session)[1].ends_with('…'));
    session.keys("nj<del>");
    assert_eq!(asked(&session), ["Delete this message from 2489518002?", "first words"]);
    session.keys("nP<del>");
    assert_eq!(asked(&session)[1], "xxxxx xxxxx");
    session.keys("nP  g<del>");
    assert_eq!(asked(&session)[0], "Delete this message from 2489518003?", "the other was put back");
    session.keys("ng  <del>");
    assert_eq!(asked(&session)[0], "Delete 2 picked messages?");
}
