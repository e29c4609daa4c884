//! weibox and the bot are killed under load, repeatedly: the bot receives each message, those of a sender in
//! order, and only deliveries in progress are repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::bot::{Bot, BotCall, Manner};
use super::{bookmark, forwarding, message_of};
use crate::support::{Connection, Home, SECRET, target, wait_for};

/// The number of concurrent senders.
const SENDERS: u64 = 4;

/// Returns the number in a variable, or the default.
fn asked(variable: &str, usual: u64) -> u64 {
    let asked = std::env::vars().find(|(name, _)| name == variable);
    asked.map_or(usual, |(_, times)| times.parse().unwrap())
}

/// Checks that the bot received every stored message, those of a sender in order; returns how many came more than
/// once.
fn check(home: &Home, calls: &[BotCall]) -> u64 {
    let (mut latest, mut got, mut n_repeats) = (BTreeMap::new(), BTreeSet::new(), 0);
    for call in calls {
        let sender = serde_json::from_str::<Value>(&call.body).unwrap()["sender_id"].as_u64().unwrap();
        let latest: &mut u64 = latest.entry(sender).or_default();
        if got.insert(call.seq()) {
            assert!(call.seq() > *latest, "message {} came after {latest}", call.seq());
            *latest = call.seq();
        } else {
            n_repeats += 1;
        }
    }
    let kept: BTreeSet<u64> = home.records().iter().map(|record| record.seq).collect();
    assert_eq!(got, kept, "everything that was kept reached the bot");
    n_repeats
}

#[test]
fn weibox_killed_under_load_again_and_again_skips_nothing_and_keeps_each_sender_in_order() {
    let kills = asked("WEIBOX_TEST_FORWARD_KILLS", 6);
    let home = Home::new();
    let bot = Bot::silent();
    home.configure(&format!("[[forward]]\nname = 'bot'\nmode = 'answer'\nurl = '{}'", bot.url()));
    for round in 0..kills {
        let mut serve = forwarding(&home, &[]);
        let n_answered = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for sender in 1..=SENDERS {
                let (address, n_answered) = (serve.address, &n_answered);
                scope.spawn(move || {
                    let mut connection = Connection::to(address).unwrap();
                    for number in 0.. {
                        let body = message_of(sender, &format!("round {round} number {number}"));
                        if connection.call("POST", &target(SECRET), body.as_bytes()).is_err() {
                            return;
                        }
                        n_answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            wait_for("answers", || n_answered.load(Ordering::Relaxed) > 20);
            serve.running.signal("KILL");
        });
        serve.running.wait();
    }
    let mut serve = forwarding(&home, &[]);
    let last = home.records().last().unwrap().seq;
    wait_for("the last messages", || bookmark(&home) == Some(last));
    serve.stop();
    let n_repeats = check(&home, &bot.calls());
    // Deliveries in progress: one of each sender, and those whose result was not on disk yet.
    assert!(n_repeats <= kills * SENDERS * 8, "{n_repeats} repeats");
}

#[test]
fn a_bot_killed_under_load_again_and_again_gets_everything_and_each_sender_in_order() {
    let kills = asked("WEIBOX_TEST_BOT_KILLS", 3);
    let home = Home::new();
    let calls = Arc::<Mutex<Vec<BotCall>>>::default();
    let manner = |calls: &Arc<Mutex<Vec<BotCall>>>| {
        let calls = Arc::clone(calls);
        move |call: &BotCall, _| {
            calls.lock().unwrap().push(call.clone());
            Manner::says(200, "")
        }
    };
    let mut bot = Bot::start(manner(&calls));
    let (address, url) = (bot.address, bot.url());
    let mut serve = forwarding(&home, &["--forward", &url]);
    let is_over = AtomicBool::new(false);
    let _bot = std::thread::scope(|scope| {
        for sender in 1..=SENDERS {
            let (address, is_over) = (serve.address, &is_over);
            scope.spawn(move || {
                let mut connection = Connection::to(address).unwrap();
                for number in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let body = message_of(sender, &format!("number {number}"));
                    assert_eq!(connection.call("POST", &target(SECRET), body.as_bytes()).unwrap().status, 200);
                }
            });
        }
        for _ in 0..kills {
            let before = calls.lock().unwrap().len();
            wait_for("calls at the bot", || calls.lock().unwrap().len() > before + 20);
            drop(bot);
            wait_for("its port", || TcpListener::bind(address).is_ok());
            bot = Bot::at(address, manner(&calls));
        }
        is_over.store(true, Ordering::Relaxed);
        bot
    });
    let last = home.records().last().unwrap().seq;
    wait_for("the last messages", || bookmark(&home) == Some(last));
    serve.stop();
    let n_repeats = check(&home, &calls.lock().unwrap());
    // One delivery of each sender was in progress at each kill.
    assert!(n_repeats <= kills * SENDERS * 2, "{n_repeats} repeats");
}
