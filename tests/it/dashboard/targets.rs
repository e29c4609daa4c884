//! The user's bots: their status, the actions on them, and the results of a message.

use std::time::Duration;

use chrono::TimeDelta;
use weibox::dashboard::orders::ArchiveChange;
use weibox::dashboard::{Effect, Event, Over, Setup, Standing};
use weibox::query;
use weibox::reason::{attach, forward};
use weibox::record::forwarded::{ForwardState, Forwarded};
use weibox::record::target::{
    BookmarkPlace, Leap, SendOrder, SentAnswer, TargetCounts, TargetOrder, TargetState, TargetStatus,
};

use super::{Session, noon};

fn row(state: ForwardState) -> Forwarded {
    Forwarded {
        seq: 3,
        state,
        attempts: 1,
        tried_at: noon(),
        took: Duration::from_millis(12),
        status: Some(200),
        answer: None,
        reason: None,
        differences: None,
    }
}

/// Returns the detail in one line.
fn lines_of(session: &Session) -> String {
    let page = session.state.detail().page().unwrap();
    let lines: Vec<String> =
        page.lines.iter().map(|line| line.iter().map(|cell| cell.text.as_str()).collect()).collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_arrival_of_a_message_says_what_each_bot_made_of_it() {
    let mut session = Session::texts(3);
    session.keys("vv");
    assert!(session.effects.contains(&Effect::LoadForwarded(3)), "{:?}", session.effects);
    let refused = || Some(forward::TARGET_REFUSED.with(500_u16));
    let answer = r#"{"type":"text","data":"%7B%22text%22%3A%22hello%22%7D"}"#.to_owned();
    let outcomes = vec![
        ("bot".to_owned(), Forwarded { answer: Some(answer), ..row(ForwardState::Done) }),
        (
            "copy".to_owned(),
            Forwarded { reason: refused(), ..row(ForwardState::Waits(noon() + TimeDelta::seconds(5))) },
        ),
        ("new".to_owned(), Forwarded { differences: Some("/data/text".to_owned()), ..row(ForwardState::Done) }),
        ("old".to_owned(), Forwarded { reason: refused(), attempts: 4, ..row(ForwardState::Aside) }),
    ];
    session.event(Event::Forwarded(3, outcomes));
    let text = lines_of(&session);
    for words in [
        "bot: 200 in 12 ms at",
        "attempt 1 text hello Weibo did not get this: it came too late",
        "copy: it answered 500; attempt 2 at",
        "it differs: /data/text",
        "old: set aside after 4 attempts: it answered 500",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    session.keys("P");
    assert!(!lines_of(&session).contains("text hello"), "what a bot says is private, too");
}

#[test]
fn the_cursor_stays_on_its_bot_and_among_those_that_are_left() {
    let mut session = Session::texts(3);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("Bj");
    let selected = |session: &Session| match session.state.stack().last() {
        Some(Over::TargetList(list)) => list.selected,
        _ => usize::MAX,
    };
    let [bot, copy] = targets(TargetState::Working).try_into().unwrap();
    session.event(Event::Targets(vec![copy.clone(), bot.clone()]));
    assert_eq!(selected(&session), 0);
    session.event(Event::Targets(vec![bot.clone(), copy]));
    session.event(Event::Targets(vec![bot]));
    assert_eq!(selected(&session), 0);
}

/// Returns two targets, the second in this state.
fn targets(state: TargetState) -> Vec<TargetStatus> {
    let counts = TargetCounts { aside: 3, ..TargetCounts::default() };
    let bot = TargetStatus { name: "bot".to_owned(), ..TargetStatus::default() };
    vec![bot, TargetStatus { name: "copy".to_owned(), state, counts, ..TargetStatus::default() }]
}

fn orders(session: &mut Session) -> Vec<(String, TargetOrder)> {
    let effects = std::mem::take(&mut session.effects).into_iter();
    let order = |effect| {
        if let Effect::Change(ArchiveChange::Target(name, order)) = effect { Some((name, order)) } else { None }
    };
    effects.filter_map(order).collect()
}

#[test]
fn a_target_is_paused_goes_on_and_is_sent_again_what_was_set_aside() {
    let mut session = Session::texts(3);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("Bd");
    assert_eq!(session.notice(), "nothing is set aside for bot");
    assert_eq!(orders(&mut session), []);
    session.keys("jpd");
    let of_copy = |order| ("copy".to_owned(), order);
    assert_eq!(orders(&mut session), [TargetOrder::Pause, TargetOrder::Retry].map(of_copy));
    session.event(Event::Changed(ArchiveChange::Target("copy".to_owned(), TargetOrder::Retry), 3));
    assert_eq!(session.notice(), "copy: 3 messages are tried again");
    for state in [TargetState::Paused(noon()), TargetState::Gone(noon())] {
        session.event(Event::Targets(targets(state)));
        session.keys("p<enter>p");
        assert_eq!(orders(&mut session), [TargetOrder::GoOn, TargetOrder::GoOn].map(of_copy));
    }
    session.keys("B");
    assert!(session.state.stack().is_empty(), "the key that opens it closes it");
}

#[test]
fn a_bookmark_is_moved_only_after_a_question() {
    let mut session = Session::texts(3);
    session.event(Event::Targets(targets(TargetState::Working)));
    for (keys, asked, place, leap, follows) in [
        (
            "B<enter>e",
            "Move the bookmark of bot to the end?",
            BookmarkPlace::End,
            Leap::Skips(3),
            "3 messages will be skipped, except what the bot has already.",
        ),
        (
            "B<enter>s",
            "Move the bookmark of bot to the start?",
            BookmarkPlace::Start,
            Leap::Repeats(1),
            "1 message will be sent again.",
        ),
        (
            "B<enter>t2026-11-22 08:30<enter>",
            "Move the bookmark of bot to 2026-11-22 08:30:00?",
            BookmarkPlace::Before(query::parse("since:2026-11-22T08:30").unwrap()),
            Leap::Skips(0),
            "No message lies between.",
        ),
    ] {
        for (answer, is_done) in [("n", false), ("y", true)] {
            session.keys(keys);
            assert_eq!(session.question().unwrap()[0].text, asked);
            session.keys("y");
            assert_eq!(session.question().unwrap()[1].text, "counting the messages …");
            assert!(
                session.effects.contains(&Effect::CountLeap("bot".to_owned(), place.clone())),
                "{:?}",
                session.effects
            );
            session.event(Event::Leap(place.clone(), leap));
            assert_eq!(session.question().unwrap()[1].text, follows);
            assert_eq!(orders(&mut session), [], "not before the answer");
            session.keys(answer);
            let moved = is_done.then(|| ("bot".to_owned(), TargetOrder::Move(place.clone())));
            assert_eq!(orders(&mut session), moved.into_iter().collect::<Vec<_>>());
            session.keys("<esc>");
        }
    }
    session.keys("B<enter>tsoon<enter>");
    assert!(session.question().is_none() && session.notice().contains("soon"), "{}", session.notice());
}

#[test]
fn whoever_only_looks_on_changes_no_target() {
    let setup = Setup { standing: Standing::Attached { is_read_only: true, is_gone: false }, ..Setup::default() };
    let mut session = Session::with(setup, (80, 24), Vec::new());
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("Bjp");
    assert_eq!(orders(&mut session), []);
    assert!(session.notice().starts_with("read-only"), "{}", session.notice());
}

fn sent(session: &mut Session) -> Vec<SendOrder> {
    let effects = std::mem::take(&mut session.effects).into_iter();
    effects.filter_map(|effect| if let Effect::SendTo(order) = effect { Some(order) } else { None }).collect()
}

fn order(to: &str, seq: u64, body: Option<&str>) -> SendOrder {
    SendOrder { to: to.to_owned(), seq, body: body.map(str::to_owned) }
}

fn answer(seq: u64, millis: u64) -> SentAnswer {
    let took = Duration::from_millis(millis);
    SentAnswer { seq, status: Some(200), took, said: "text hello".to_owned(), reason: None }
}

/// Returns the lines of the screen with the answers.
fn told(session: &Session) -> Vec<String> {
    let Some(Over::SendScreen(screen)) = session.state.stack().last() else { return Vec::new() };
    screen.lines(session.state.world()).into_iter().map(|cell| cell.text).collect()
}

#[test]
fn picked_messages_go_to_a_chosen_bot_one_after_the_other() {
    let mut session = Session::texts(5);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("  f");
    session.keys("e");
    assert_eq!(session.notice(), "only one message can be edited");
    session.keys("j<enter>");
    assert_eq!(sent(&mut session), [order("copy", 4, None)]);
    session.event(Event::Sent(order("copy", 4, None), Ok(answer(4, 40))));
    assert_eq!(sent(&mut session), [order("copy", 5, None)], "the next when the first is answered");
    assert_eq!(told(&session), ["#4  200  40 ms  █░░░░░░░░░ of 5 s  text hello", "sending 2 of 2 to copy …"]);
    session.event(Event::Sent(order("copy", 5, None), Ok(answer(5, 5_200))));
    assert!(told(&session)[1].contains("██████████ of 5 s  Weibo would have hung up"), "{:?}", told(&session));
    assert_eq!(sent(&mut session), []);
    session.keys("<enter>");
    assert!(session.state.stack().is_empty());
}

#[test]
fn an_answer_for_which_weibox_would_not_have_waited_is_said_to_be_too_late() {
    let mut session = Session::texts(3);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("f<enter>");
    session.event(Event::Sent(order("bot", 3, None), Ok(answer(3, 3_000))));
    assert_eq!(
        told(&session),
        ["#3  200  3000 ms  ██████░░░░ of 5 s  too late: weibox answers Weibo after 2.5 s  text hello"]
    );
}

#[test]
fn a_message_is_edited_before_it_is_sent_and_goes_nowhere_when_it_was_not() {
    let mut session = Session::texts(3);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("fe");
    assert!(session.effects.contains(&Effect::Edit(3, None)), "{:?}", session.effects);
    session.event(Event::Edited(Err((forward::EDITED_NOT_JSON.with("x"), Some("{".to_owned())))));
    assert_eq!(sent(&mut session), []);
    session.keys("j<enter>");
    assert_eq!(sent(&mut session), [], "nor does Enter send what is broken");
    assert!(session.notice().contains("JSON"), "{}", session.notice());
    session.keys("ke");
    assert!(session.effects.contains(&Effect::Edit(3, Some("{".to_owned()))), "what was written is gone on with");
    session.event(Event::Edited(Err((forward::NOTHING_EDITED.into(), None))));
    assert_eq!((sent(&mut session), session.notice()), (vec![], "nothing was changed: nothing was sent"));
    session.event(Event::Edited(Ok("{}".to_owned())));
    assert_eq!(sent(&mut session), [order("bot", 3, Some("{}"))]);
    session.event(Event::Sent(order("bot", 3, Some("{}")), Ok(answer(3, 1))));
    assert!(told(&session).contains(&"the JSON was edited: it went marked as derived".to_owned()));
}

#[test]
fn an_address_is_typed_where_there_is_no_bot_or_another_is_meant() {
    let mut session = Session::texts(3);
    session.keys("f<enter>");
    assert_eq!((sent(&mut session), session.notice()), (vec![], "type the address of a bot"));
    session.keys("http://127.0.0.1:5000/e<enter>");
    assert_eq!(sent(&mut session), [order("http://127.0.0.1:5000/e", 3, None)]);
    session.event(Event::Sent(order("http://127.0.0.1:5000/e", 3, None), Err(forward::NO_TARGET.with("x"))));
    assert!(session.notice().contains("`x` is neither"), "{}", session.notice());
    session.keys("<alt-e>");
    assert!(session.effects.contains(&Effect::Edit(3, None)), "it can be typed anew, and be edited");
}

#[test]
fn a_late_answer_is_not_taken_for_that_of_another_bot() {
    let mut session = Session::texts(3);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("f<enter><esc>f");
    assert_eq!(sent(&mut session), [order("bot", 3, None)]);
    session.event(Event::Sent(order("bot", 3, None), Ok(answer(3, 4_000))));
    session.keys("j<enter>");
    assert_eq!(sent(&mut session), [order("copy", 3, None)], "it goes all the same");
    session.event(Event::Sent(order("bot", 3, None), Ok(answer(3, 4_500))));
    assert_eq!(told(&session), ["sending 1 of 1 to copy …"]);
    session.event(Event::Sent(order("copy", 3, None), Ok(answer(3, 40))));
    assert_eq!(told(&session).len(), 1);
    assert!(told(&session)[0].contains("40 ms"), "{:?}", told(&session));
}

#[test]
fn nothing_is_said_to_be_sent_where_nobody_listens() {
    let setup = Setup { standing: Standing::Attached { is_read_only: false, is_gone: false }, ..Setup::default() };
    let mut session = Session::with(setup, (80, 24), Session::texts(3).records);
    session.event(Event::Targets(targets(TargetState::Working)));
    session.keys("f");
    session.event(Event::Holder(Some(attach::HOLDER_GONE.into())));
    session.keys("<enter>");
    assert_eq!((sent(&mut session), told(&session)), (vec![], Vec::<String>::new()));
    session.event(Event::Holder(None));
    session.keys("<enter>");
    assert_eq!(sent(&mut session), [order("bot", 3, None)]);
}
