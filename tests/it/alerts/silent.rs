//! A channel that does not take its alerts is a trouble until it takes one again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::forward::bot::{Bot, Manner};
use crate::support::{Home, Serve, message, wait_for};

use super::{configure, json};

/// Returns the troubles in the status, and the exit code.
fn status(home: &Home) -> (Value, Option<i32>) {
    let output = home.output(&["status", "--json"], &[]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    (told["troubles"].clone(), output.status.code())
}

fn doctor(home: &Home) -> (String, Option<i32>) {
    let output = home.output(&["doctor", "--listen", "127.0.0.1:0"], &[]);
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn a_channel_that_takes_no_alert_is_a_trouble_until_it_takes_one() {
    let home = Home::new();
    let is_well = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&is_well);
    let hook = Bot::start(move |_, _| Manner::says(if answers.load(Ordering::SeqCst) { 200 } else { 500 }, ""));
    let other = Bot::silent();
    let more = format!(
        "[[channel]]\nname = \"other\"\nkind = \"webhook\"\nurl = \"{}\"\n\
         [[alert]]\nname = \"watch\"\ntrouble = true\nby = [\"hook\", \"other\"]\n",
        other.url()
    );
    configure(&home, &hook, &more);
    let mut serve = Serve::signed(&home);
    serve.post(message("退款"));
    wait_for("the trouble", || status(&home).1 == Some(1));
    let (troubles, _) = status(&home);
    assert_eq!((troubles.as_array().unwrap().len(), &troubles[0]["code"][0]), (1, &"CHANNEL_SILENT".into()));
    let words = troubles[0]["words"].as_str().unwrap();
    assert!(words.starts_with("the alert `退款` has not reached `hook` since 2"), "{words}");
    assert!(words.ends_with(" +00:00: it answered 500"), "{words}");
    let (text, code) = doctor(&home);
    assert!(code == Some(1) && text.contains(words), "{text}");
    is_well.store(true, Ordering::SeqCst);
    wait_for("its end", || status(&home).1 == Some(0));
    let (text, code) = doctor(&home);
    assert!(code == Some(0) && !text.contains("hook"), "{text}");
    let told: Vec<Value> = other.called(2).iter().map(|call| json(call)["trouble"].clone()).collect();
    assert_eq!(told, ["CHANNEL_SILENT", "CHANNEL_WORKS"], "the other channel is told");
    assert!(hook.calls().iter().all(|call| json(call)["trouble"].is_null()), "and this one is not");
    serve.stop();
}
