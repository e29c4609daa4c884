//! The user's bots on the screen: their troubles in the first line, and all of them on their own screen.

use std::time::Duration;

use chrono::TimeDelta;
use weibox::dashboard::Event;
use weibox::reason::{Reason, forward};
use weibox::record::target::{SilentChannel, TargetCounts, TargetError, TargetMode, TargetState, TargetStatus};
use weibox::record::traffic::Latency;

use super::{draw, inbox};
use crate::dashboard::{Session, noon};

fn targets() -> Vec<TargetStatus> {
    let mut latency = Latency::default();
    (0..100).for_each(|_| latency.note(Duration::from_millis(12)));
    let works = TargetStatus {
        name: "bot".to_owned(),
        place: "http://127.0.0.1:5000/weibo".to_owned(),
        mode: TargetMode::Answer,
        bookmark: 10,
        counts: TargetCounts { delivered: 10, last_minute: 4, ..TargetCounts::default() },
        latency,
        ..TargetStatus::default()
    };
    let down = TargetStatus {
        name: "crm".to_owned(),
        place: "https://crm.example.org/in".to_owned(),
        state: TargetState::Down(noon() + TimeDelta::seconds(20)),
        bookmark: 2,
        lag: 8,
        waits_since: Some(noon() - TimeDelta::minutes(5)),
        counts: TargetCounts { delivered: 2, failed: 7, aside: 3, ..TargetCounts::default() },
        last_error: Some(TargetError { at: noon(), seq: 3, reason: forward::TARGET_REFUSED.with(500_u16) }),
        ..TargetStatus::default()
    };
    vec![works, down]
}

fn session(size: (u16, u16)) -> Session {
    let mut session = inbox(size);
    session.event(Event::Targets(targets()));
    session
}

#[test]
fn every_bot_has_a_line_and_the_selected_one_all_there_is_to_know() {
    for (size, seen) in [
        (
            (120, 36),
            &[
                "up",
                "12",
                "down",
                "5 min",
                "it answered 500",
                "nothing is sent until",
                "3 set aside; d tries them again",
            ][..],
        ),
        ((80, 24), &["down", "5 min", "it answered 500", "8 messages behind, the oldest waits for 5 min"]),
        ((60, 20), &["down", "5 min", "https://crm.example.org/in"]),
        ((38, 8), &["bot", "crm", "down", "8"]),
    ] {
        let mut session = session(size);
        session.keys("Bj");
        let screen = draw(&session, size);
        for words in seen {
            assert!(screen.contains(words), "{words} at {size:?}:\n{screen}");
        }
        session.keys("<f10>");
        let screen = draw(&session, size);
        assert!(screen.contains("机器人") && screen.contains("故障"), "{screen}");
    }
}

#[test]
fn what_is_wrong_with_a_bot_stands_in_the_first_line_and_nothing_when_all_is_well() {
    for size in [(120, 36), (80, 24), (60, 20)] {
        let mut session = session(size);
        let first = |session: &Session| draw(session, size).lines().next().unwrap_or_default().to_owned();
        assert!(first(&session).contains("crm down (B)"), "{}", first(&session));
        let mut late = targets();
        late[1].state = TargetState::Working;
        session.event(Event::Targets(late.clone()));
        assert!(first(&session).contains("crm 8 behind (B)"), "{}", first(&session));
        late[1].next_try_at = Some(noon() + TimeDelta::hours(1));
        session.event(Event::Targets(late.clone()));
        assert!(first(&session).contains("crm waits until 21:00 (B)"), "{}", first(&session));
        late[1].waits_since = Some(noon() - TimeDelta::seconds(5));
        session.event(Event::Targets(late.clone()));
        assert!(!first(&session).contains("(B)"), "five seconds are no lag: {}", first(&session));
        late[0].state = TargetState::Gone(noon());
        late[1].state = TargetState::Paused(noon());
        session.event(Event::Targets(late));
        assert!(first(&session).contains("bot 410 +1 (B)"), "{}", first(&session));
    }
}

#[test]
fn a_channel_that_takes_no_alerts_stands_in_the_first_line_until_it_does() {
    for size in [(120, 36), (80, 24), (60, 20)] {
        let mut session = inbox(size);
        let first = |session: &Session| draw(session, size).lines().next().unwrap_or_default().to_owned();
        let silent = |alert: &str, channel: &str, minutes| SilentChannel {
            alert: alert.to_owned(),
            channel: channel.to_owned(),
            since: noon() - TimeDelta::minutes(minutes),
            reason: forward::TARGET_REFUSED.with(500_u16),
        };
        session.event(Event::Channels(vec![silent("refunds", "team", 5), silent("photos", "team", 3)]));
        assert!(first(&session).contains("alerts to team fail since 19:55"), "{}", first(&session));
        session.event(Event::Channels(vec![silent("refunds", "team", 1), silent("photos", "ops", 24 * 60)]));
        assert!(first(&session).contains("alerts to ops +1 fail since "), "{}", first(&session));
        assert!(first(&session).contains(" 20:00"), "{}", first(&session));
        session.event(Event::Channels(Vec::new()));
        assert!(!first(&session).contains("alerts"), "{}", first(&session));
    }
}

#[test]
fn a_notice_on_a_whole_screen_leaves_the_keys_that_have_room_beside_it() {
    for (size, has_all) in [((120, 36), true), ((60, 20), false)] {
        let mut session = session(size);
        session.keys("B");
        session.event(Event::Failed(Reason::other("the disk is full")));
        let screen = draw(&session, size);
        let last = screen.lines().last().unwrap();
        assert!(last.contains("└ the disk is full ") && last.contains("Esc back ┘"), "{screen}");
        assert_eq!(last.contains("Enter") && last.contains("p pause"), has_all, "{screen}");
    }
    let size = (38, 8);
    let mut session = session(size);
    session.keys("B");
    session.event(Event::Failed(Reason::other("the disk is full, so that nothing is kept")));
    let screen = draw(&session, size);
    assert!(!screen.contains("Esc back"), "the notice comes first: {screen}");
}
