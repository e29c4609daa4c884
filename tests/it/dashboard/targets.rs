//! What the user's bots made of a message stands where its arrival does.

use std::time::Duration;

use chrono::TimeDelta;
use weibox::dashboard::{Effect, Event};
use weibox::reason::forward;
use weibox::record::forwarded::{ForwardState, Forwarded};

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
    }
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
        ("old".to_owned(), Forwarded { reason: refused(), attempts: 4, ..row(ForwardState::Aside) }),
    ];
    session.event(Event::Forwarded(3, outcomes));
    let page = session.state.detail().page().unwrap();
    let lines: Vec<String> =
        page.lines.iter().map(|line| line.iter().map(|cell| cell.text.as_str()).collect()).collect();
    let text = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "bot: 200 in 12 ms at",
        "attempt 1 text hello",
        "copy: it answered 500; attempt 2 at",
        "old: set aside after 4 attempts: it answered 500",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
