//! A shadow also gets the messages, and its answers are compared with those of another bot.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use weibox::record::forwarded::{ForwardState, Forwarded};

use super::bot::{Bot, Manner};
use super::{forwarding, message_of, reply};
use crate::support::{Home, message, wait_for};

/// Configures a bot, and a shadow whose answers are compared with the bot's.
fn with_shadow(home: &Home, old: &Bot, new: &Bot) {
    home.configure(&format!(
        "[[forward]]\nname = 'bot'\nmode = 'answer'\nurl = '{}'\n\
         [[forward]]\nname = 'new'\nmode = 'shadow'\ncompare = 'bot'\nurl = '{}'",
        old.url(),
        new.url()
    ));
}

/// Returns the counts of the shadow.
fn counts(home: &Home) -> Value {
    let told: Value = serde_json::from_slice(&home.output(&["status", "--json"], &[]).stdout).unwrap();
    told["targets"][1]["counts"].clone()
}

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
    with_shadow(&home, &old, &new);
    let mut serve = forwarding(&home, &[]);
    (1..=3).for_each(|number| drop(serve.post(message(&format!("when? {number}")))));
    wait_for("the comparisons", || counts(&home)["compared"] == 3);
    wait_for("the rows", || (2..=3).all(|seq| settled(&home, seq).differences.is_some()));
    let rows: Vec<Forwarded> = (1..=3).map(|seq| settled(&home, seq)).collect();
    // On a busy machine the times may differ as well.
    let differences: Vec<&str> = rows.iter().map(|row| row.differences.as_deref().unwrap_or_default()).collect();
    assert!(!differences[0].contains('/') && !differences[0].contains("status"), "{differences:?}");
    assert!(differences[1].starts_with("/data/text"), "{differences:?}");
    assert!(differences[2].starts_with("status 200 → 404"), "{differences:?}");
    assert!(counts(&home)["different"].as_u64() >= Some(2));
    serve.stop();
    assert_eq!(new.calls().len(), 3, "a shadow is asked once");
    let again: Vec<_> = old.calls().into_iter().filter(|call| call.header("x-weibox-replay").is_some()).collect();
    assert_eq!((old.calls().len(), again.len()), (6, 3), "and the other one once more where they differ");
}

#[test]
fn the_bot_that_a_shadow_is_compared_with_is_not_asked_again_before_it_has_answered_weibo() {
    let home = Home::new();
    // The bot answers each message once, like bots that ignore repeats. It delays its answer until it is
    // asked again, at most half a second.
    let again = Arc::<Mutex<Vec<u64>>>::default();
    let asked = Arc::clone(&again);
    let old = Bot::start(move |call, _| {
        let seq = call.seq();
        if call.header("x-weibox-replay").is_some() {
            asked.lock().unwrap().push(seq);
            return Manner::says(200, "");
        }
        let (is_asked, begun_at) = (|| asked.lock().unwrap().contains(&seq), Instant::now());
        while !is_asked() && begun_at.elapsed() < Duration::from_millis(500) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(!is_asked(), "asked again while it answers");
        Manner::says(200, reply("ten"))
    });
    let new = Bot::start(|call, _| Manner::says(200, reply(if call.seq() == 2 { "nine" } else { "ten" })));
    with_shadow(&home, &old, &new);
    let mut serve = forwarding(&home, &[]);
    for number in 1..=3 {
        let answer = serve.post(message(&format!("when? {number}")));
        assert_eq!(answer.body, reply("ten"), "{number}");
    }
    wait_for("the comparisons", || counts(&home)["compared"] == 3);
    serve.stop();
    assert!(settled(&home, 2).differences.unwrap().starts_with("/data/text"));
    assert_eq!(*again.lock().unwrap(), [2], "the answer that it gave Weibo is compared");
}

#[test]
fn a_bot_that_wants_no_more_is_not_asked_for_comparisons_and_makes_no_difference() {
    let home = Home::new();
    let old = Bot::start(|_, _| Manner::says(410, ""));
    let new = Bot::start(|_, _| Manner::says(200, reply("ten")));
    with_shadow(&home, &old, &new);
    let mut serve = forwarding(&home, &[]);
    (1..=5).for_each(|sender| drop(serve.post(message_of(sender, "when?"))));
    (1..=5).for_each(|seq| assert_eq!(settled(&home, seq).differences, None, "{seq}"));
    wait_for("what is counted", || counts(&home)["delivered"] == 5);
    assert_eq!((&counts(&home)["compared"], &counts(&home)["different"]), (&0.into(), &0.into()));
    serve.stop();
    let again = old.calls().iter().filter(|call| call.header("x-weibox-replay").is_some()).count();
    assert_eq!(again, 0);
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
