//! Orders to a target while weibox runs: pausing, resuming, sending again what was set aside, and moving its
//! bookmark; and what the status says about it.

use serde_json::Value;
use weibox::archive::{Archive, ForwardedBatch};
use weibox::attach::{Order, Outcome, client};
use weibox::dashboard::orders::ArchiveChange;
use weibox::query;
use weibox::reason::forward;
use weibox::record::forwarded::{ForwardState, Forwarded};
use weibox::record::target::{BookmarkPlace, TargetOrder};
use weibox::run::clock;

use super::bot::{Bot, BotCall, Manner};
use super::{FAN, bookmark, forwarding, message_of, outcome, reply, wait_until_done};
use crate::attach::screens::screen;
use crate::support::{Connection, Home, wait_for};

/// Sends an order to the serving process through the socket.
pub(super) fn order(home: &Home, order: TargetOrder) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(client::ask(&home.data_dir(), Order::Change(ArchiveChange::Target("bot".to_owned(), order))))
        .unwrap()
}

/// Returns what `weibox status --json` says about the bot, and its exit code.
fn status(home: &Home) -> (Value, Value, Option<i32>) {
    let output = home.output(&["status", "--json"], &[]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    (told["targets"][0].clone(), told["troubles"].clone(), output.status.code())
}

fn seqs(calls: &[BotCall]) -> Vec<u64> {
    calls.iter().map(BotCall::seq).collect()
}

/// Stores this many messages, each of another sender, without forwarding them.
fn kept(home: &Home, count: u64) {
    let mut serve = forwarding(home, &[]);
    for sender in 1..=count {
        assert_eq!(serve.post(message_of(sender, "hello")).status, 200);
    }
    serve.stop();
}

#[test]
fn a_paused_target_is_sent_nothing_also_after_a_restart_until_it_goes_on() {
    let home = Home::new();
    let bot = Bot::silent();
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(1, "before"));
    wait_until_done(&home, 1);
    assert_eq!(order(&home, TargetOrder::Pause), Outcome::Count(0));
    assert_eq!(serve.post(message_of(2, "meanwhile")).status, 200, "it answers all the same");
    serve.stop();
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(3, "after the restart"));
    wait_for("the lag", || status(&home).0["lag"] == 2);
    let (told, troubles, code) = status(&home);
    assert_eq!((&told["state"], troubles.as_array().unwrap().len(), code), (&"paused".into(), 0, Some(0)), "{told}");
    assert_eq!(seqs(&bot.calls()), [1]);
    assert_eq!(order(&home, TargetOrder::GoOn), Outcome::Count(0));
    wait_until_done(&home, 3);
    wait_for("no lag", || status(&home).0["lag"] == 0);
    assert_eq!(status(&home).0["state"], "working");
    serve.stop();
    assert_eq!(bot.calls().len(), 3);
}

#[test]
fn a_target_that_wants_no_more_is_not_asked_after_a_restart_until_it_goes_on() {
    let home = Home::new();
    let bot = Bot::start(|_, before| Manner::says(if before == 0 { 410 } else { 200 }, ""));
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(1, "hello"));
    wait_for("410", || outcome(&home, 1).is_some());
    serve.stop();
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(2, "hello"));
    wait_for("the trouble", || status(&home).1.to_string().contains("answered 410"));
    assert_eq!((status(&home).0["state"].as_str(), status(&home).2), (Some("gone"), Some(1)));
    assert_eq!(bot.calls().len(), 1);
    order(&home, TargetOrder::GoOn);
    wait_until_done(&home, 1);
    wait_until_done(&home, 2);
}

/// Sets messages aside for the bot, each after a number of attempts.
fn set_aside(home: &Home, rows: &[(u64, u32)]) {
    let aside = |(seq, attempts): &(u64, u32)| Forwarded {
        seq: *seq,
        state: ForwardState::Aside,
        attempts: *attempts,
        tried_at: clock::now(),
        took: std::time::Duration::from_millis(1),
        status: Some(400),
        answer: None,
        reason: Some(forward::TARGET_REFUSED.with(400_u16)),
        differences: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        let (target, bookmark) = ("bot".to_owned(), Some(("forward:bot".to_owned(), 3)));
        let batch = ForwardedBatch { target, bookmark, rows: rows.iter().map(aside).collect(), pause: None };
        archive.record_forwarded(batch).await.unwrap();
        archive.close().await.unwrap();
    });
}

#[test]
fn what_another_process_sends_of_what_was_set_aside_is_not_counted_any_more() {
    let home = Home::new();
    kept(&home, 3);
    set_aside(&home, &[(1, 4), (2, 4)]);
    let bot = Bot::silent();
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    wait_for("what is set aside", || status(&home).0["counts"]["aside"] == 2);
    let replayed = home.output(&["replay", "--forward", &bot.url(), "--to", "bot", "--set-aside"], &[]);
    assert!(replayed.status.success(), "{replayed:?}");
    assert_eq!(order(&home, TargetOrder::Retry), Outcome::Count(0), "nothing is left");
    wait_for("nothing set aside", || status(&home).0["counts"]["aside"] == 0);
    drop(serve);
    let mut asked = seqs(&bot.calls());
    asked.sort_unstable();
    assert_eq!(asked, [1, 2]);
}

#[test]
fn what_was_set_aside_is_tried_again_when_that_is_wished_and_set_aside_again_when_it_is_refused() {
    let home = Home::new();
    kept(&home, 3);
    set_aside(&home, &[(1, 4), (2, 5)]);
    let bot = Bot::start(|call, _| Manner::says(if call.seq() == 2 { 400 } else { 200 }, ""));
    let dry = ["replay", "--forward", &bot.url(), "--to", "bot", "--set-aside", "--dry-run", "--json"];
    let told: Value = serde_json::from_slice(&home.output(&dry, &[]).stdout).unwrap();
    assert_eq!((told["end"].as_str(), told["sent"].as_u64(), bot.calls().len()), (Some("dry_run"), Some(2), 0));
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    wait_for("what is set aside", || status(&home).0["counts"]["aside"] == 2);
    assert_eq!(bot.calls().len(), 0);
    assert_eq!(order(&home, TargetOrder::Retry), Outcome::Count(2));
    assert_eq!(wait_until_done(&home, 1).attempts, 5);
    wait_for("the other one", || outcome(&home, 2).is_some_and(|row| row.attempts == 6));
    assert_eq!(outcome(&home, 2).unwrap().state, ForwardState::Aside);
    wait_for("one less", || status(&home).0["counts"]["aside"] == 1);
    serve.stop();
    let mut asked = seqs(&bot.calls());
    asked.sort_unstable();
    assert_eq!((asked, bookmark(&home)), (vec![1, 2], Some(3)));
}

#[test]
fn a_bookmark_is_moved_to_the_start_to_the_end_and_to_a_date() {
    let home = Home::new();
    let bot = Bot::silent();
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    (1..=3).for_each(|sender| drop(serve.post(message_of(sender, "hello"))));
    bot.called(3);
    wait_for("the bookmark", || bookmark(&home) == Some(3));
    order(&home, TargetOrder::Move(BookmarkPlace::Start));
    let is_replay = |call: &BotCall| call.header("x-weibox-replay") == Some("1");
    assert!(bot.called(6)[3..].iter().all(is_replay), "a bot can tell what it has had");
    let mut again = seqs(&bot.called(6)[3..]);
    again.sort_unstable();
    assert_eq!(again, [1, 2, 3], "although what became of them is known");
    wait_for("the bookmark", || bookmark(&home) == Some(3));
    order(&home, TargetOrder::Pause);
    (4..=5).for_each(|sender| drop(serve.post(message_of(sender, "skipped"))));
    order(&home, TargetOrder::Move(BookmarkPlace::End));
    assert_eq!(bookmark(&home), Some(5));
    order(&home, TargetOrder::GoOn);
    serve.post(message_of(6, "not skipped"));
    assert_eq!(seqs(&bot.called(7)[6..]), [6]);
    assert!(!is_replay(&bot.calls()[6]));
    wait_for("the bookmark", || bookmark(&home) == Some(6));
    for (since, place) in [("1d", 0), ("2100-01-01", 6)] {
        order(&home, TargetOrder::Pause);
        order(&home, TargetOrder::Move(BookmarkPlace::Before(query::parse(&format!("since:{since}")).unwrap())));
        assert_eq!(bookmark(&home), Some(place), "{since}");
    }
    serve.stop();
}

#[test]
fn a_bot_that_is_down_is_a_trouble_in_the_status_and_the_metrics_and_none_of_weiboxs_own() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::says(500, ""));
    let mut serve = forwarding(&home, &["--forward", &bot.url(), "--metrics", "127.0.0.1:0"]);
    let metrics = serve.running.told("metrics on http://").split('/').next().unwrap().parse().unwrap();
    (1..=8).for_each(|sender| drop(serve.post(message_of(sender, "hello"))));
    wait_for("the breaker", || status(&home).0["state"] == "down");
    let (told, troubles, code) = status(&home);
    assert_eq!((code, troubles[0]["code"][0].as_str()), (Some(1), Some("TARGET_DOWN")), "{troubles}");
    assert_eq!((told["lag"].as_u64(), told["counts"]["delivered"].as_u64()), (Some(8), Some(0)), "{told}");
    assert!(told["last_error"]["reason"]["words"].as_str().unwrap().contains("it answered 500"), "{told}");
    let plain = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(plain.contains("it answered 500"), "{plain}");
    let get = |path| Connection::to(metrics).unwrap().call("GET", path, b"").unwrap();
    let figures = get("/metrics").body;
    for line in [
        "weibox_target_lag{name=\"bot\"} 8",
        "weibox_target_delivered_total{name=\"bot\"} 0",
        "weibox_target_breaker_open{name=\"bot\"} 1",
    ] {
        assert!(figures.contains(line), "`{line}` is missing:\n{figures}");
    }
    assert_eq!((get("/healthz").status, get("/healthz").body.as_str()), (200, "ok\n"));
}

#[test]
fn a_bot_that_says_when_it_may_be_called_again_is_not_called_before_also_not_by_others() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::Says(429, "Retry-After: 600\r\n".to_owned(), String::new()));
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    for sender in 1..=4 {
        assert_eq!(serve.post(message_of(sender, "hello")).body, "");
        wait_for("the first outcome", || outcome(&home, 1).is_some());
    }
    assert_eq!(bot.calls().len(), 1);
    wait_for("all to wait", || status(&home).0["lag"] == 4);
    let (told, ..) = status(&home);
    assert!(told["next_try_at"].as_str().unwrap().ends_with('Z'), "{told}");
    let plain = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    let line = plain.lines().find(|line| line.contains("bot: waits until "));
    assert!(line.is_some_and(|line| line.contains(" +00:00, 4 behind")), "{plain}");
}

#[test]
fn what_is_wrong_with_a_bot_is_told_after_a_restart_too() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::Says(429, "Retry-After: 600\r\n".to_owned(), String::new()));
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(1, "hello"));
    wait_for("the outcome", || outcome(&home, 1).is_some());
    serve.stop();
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    let wrong = |told: &Value| told["last_error"]["reason"]["words"] == "it answered 429";
    wait_for("the error", || wrong(&status(&home).0));
    assert_eq!(status(&home).0["last_error"]["seq"], 1);
    let mut pty = screen(&home, &["attach"]);
    pty.wait_for_text("weibox attached");
    pty.send("B");
    pty.wait_for_text("To send it now, pause and resume with p.");
    serve.stop();
    assert_eq!(bot.calls().len(), 1, "it is not called again");
    let silent = Bot::silent();
    let _serve = forwarding(&home, &["--forward", &silent.url()]);
    order(&home, TargetOrder::GoOn);
    wait_for("nothing to wait", || status(&home).0["lag"] == 0);
    let plain = String::from_utf8(home.output(&["status"], &[]).stdout).unwrap();
    assert!(plain.contains("bot: up; 1 delivered, 0 attempts failed"), "{plain}");
}

#[test]
fn whoever_moves_a_bookmark_beyond_what_a_bot_has_is_told_what_it_never_gets() {
    let home = Home::new();
    let bot = Bot::silent();
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(1, "one"));
    wait_for("the bookmark", || bookmark(&home) == Some(1));
    order(&home, TargetOrder::Pause);
    (2..=4).for_each(|sender| drop(serve.post(message_of(sender, "lacking"))));
    let mut pty = screen(&home, &["attach"]);
    pty.wait_for_text("weibox attached");
    pty.send("B\rt2100-01-01\r");
    pty.wait_for_text("Move the bookmark of bot to 2100-01-01 00:00:00?");
    pty.wait_for_text("3 messages will be skipped");
    pty.send("n\rs");
    pty.wait_for_text("1 message will be sent again.");
}

#[test]
fn an_attached_dashboard_sees_the_bots_and_pauses_one() {
    let home = Home::new();
    let bot = Bot::silent();
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    let mut pty = screen(&home, &["attach"]);
    pty.wait_for_text("weibox attached");
    serve.post(message_of(1, "one"));
    wait_until_done(&home, 1);
    pty.send("B");
    pty.wait_for_text("since the start 1 delivered, 0 attempts failed");
    pty.send("p");
    pty.wait_for_text("bot is paused, also after a restart");
    serve.post(message_of(2, "two"));
    pty.wait_for_text("1 message behind");
    pty.send("p");
    pty.wait_for_text("since the start 2 delivered");
    wait_until_done(&home, 2);
}

#[test]
fn one_address_in_the_file_is_the_bot_that_answers() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::says(200, reply("open")));
    home.configure(&format!("forward = '{}'", bot.url()));
    let mut serve = forwarding(&home, &[]);
    assert_eq!(serve.post(message_of(FAN, "when?")).body, reply("open"));
    assert_eq!(status(&home).0["name"], "bot");
    serve.stop();
    home.configure("forward = 'http://u:swordfish@127.0.0.1:1/'");
    let told = String::from_utf8(home.output(&["config"], &[]).stderr).unwrap();
    assert!(told.contains("127.0.0.1:1") && !told.contains("swordfish"), "{told}");
}

#[test]
fn weibox_is_no_target_of_its_own() {
    let home = Home::new();
    let refused =
        home.output(&["serve", "--listen", "127.0.0.1:18080", "--forward", "http://localhost:18080/weibo"], &[]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && told.contains("`bot` is weibox itself"), "{told}");
}
