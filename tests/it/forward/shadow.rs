//! A shadow also gets the messages, and its answers are compared with those of another bot.

use serde_json::Value;
use weibox::record::forwarded::{ForwardState, Forwarded};

use super::bot::{Bot, Manner};
use super::{forwarding, reply};
use crate::support::{Home, message, wait_for};

fn of_shadow(home: &Home, seq: u64) -> Option<Forwarded> {
    home.reader().forwarded_to(seq).unwrap().into_iter().find(|(name, _)| name == "new").map(|(_, row)| row)
}

fn settled(home: &Home, seq: u64) -> Forwarded {
    wait_for("the shadow", || of_shadow(home, seq).is_some_and(|row| row.state == ForwardState::Done));
    of_shadow(home, seq).unwrap()
}

#[test]
fn the_answers_of_a_shadow_are_compared_and_what_the_other_does_not_say_twice_is_no_difference() {
    let home = Home::new();
    let said = |words: &str, more: usize| reply(words).replacen('{', &format!(r#"{{"time":{more},"#), 1);
    let old = Bot::start(move |_, before| Manner::says(200, said("ten", before)));
    let new = Bot::start(move |call, _| match call.seq() {
        1 => Manner::says(200, said("ten", 100)),
        2 => Manner::says(200, said("nine", 100)),
        _ => Manner::says(404, ""),
    });
    home.configure(&format!(
        "[[forward]]\nname = 'bot'\nmode = 'answer'\nurl = '{}'\n\
         [[forward]]\nname = 'new'\nmode = 'shadow'\ncompare = 'bot'\nurl = '{}'",
        old.url(),
        new.url()
    ));
    let mut serve = forwarding(&home, &[]);
    (1..=3).for_each(|number| drop(serve.post(message(&format!("when? {number}")))));
    let rows: Vec<Forwarded> = (1..=3).map(|seq| settled(&home, seq)).collect();
    // On a busy machine there may be a difference in time.
    let differences: Vec<&str> = rows.iter().map(|row| row.differences.as_deref().unwrap_or_default()).collect();
    assert!(!differences[0].contains('/') && !differences[0].contains("status"), "{differences:?}");
    assert!(differences[1].starts_with("/data/text"), "{differences:?}");
    assert!(differences[2].starts_with("status 200 → 404"), "{differences:?}");
    wait_for("what is told", || {
        let told: Value = serde_json::from_slice(&home.output(&["status", "--json"], &[]).stdout).unwrap();
        told["targets"][1]["counts"]["different"].as_u64() >= Some(2)
    });
    serve.stop();
    assert_eq!(new.calls().len(), 3, "a shadow is asked once");
    let again: Vec<_> = old.calls().into_iter().filter(|call| call.header("x-weibox-replay").is_some()).collect();
    assert!((6..=9).contains(&old.calls().len()) && again.len() == old.calls().len() - 3, "{again:?}");
}

#[test]
fn a_shadow_needs_another_target_above_it() {
    let home = Home::new();
    for (toml, words) in [
        ("mode = 'shadow'", "needs the target"),
        ("mode = 'shadow'\ncompare = 'later'", "`later` is no target above"),
        ("mode = 'copy'\ncompare = 'bot'", "only a shadow is compared"),
    ] {
        home.configure(&format!(
            "[[forward]]\nname = 'bot'\nurl = 'http://10.0.0.1/'\n\
             [[forward]]\nname = 'new'\nurl = 'http://10.0.0.1/'\n{toml}\n\
             [[forward]]\nname = 'later'\nurl = 'http://10.0.0.1/'"
        ));
        let told = String::from_utf8(home.output(&["config"], &[]).stderr).unwrap();
        assert!(told.contains(words) && told.contains("hint:"), "{toml}: {told}");
    }
}
