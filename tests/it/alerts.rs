//! Alerts ring on their channels, once for each message, even after kills and refusals, and reveal no more than
//! configured.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use weibox::archive::{Archive, Arrival};
use weibox::language::Language;
use weibox::notify::Notifying;
use weibox::notify::alert::{Alert, Channel, Means, Way, WebHook};
use weibox::notify::delivery::AlertSender;
use weibox::notify::gather::RingPace;
use weibox::notify::notice::Show;
use weibox::notify::quiet::QuietHours;
use weibox::notify::robot::RobotRow;
use weibox::run::clock;
use weibox::weibo::UserId;
use weibox::weibo::created_at::china;

use crate::forward::bot::{Bot, BotCall, Manner};
use crate::support::{Home, SECRET, Serve, message, wait_for};

mod muted;
mod robots;
mod silent;
mod terminal;

/// Configures a webhook called `hook` and an alert that rings there.
fn configure(home: &Home, bot: &Bot, more: &str) {
    let url = bot.url();
    home.configure(&format!(
        "[[channel]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{url}\"\n\
         [[alert]]\nname = \"退款\"\nquery = \"退款\"\nby = [\"hook\"]\nevery = \"1s\"\n{more}"
    ));
}

fn json(call: &BotCall) -> Value {
    serde_json::from_str(&call.body).unwrap()
}

/// Returns the number of announced messages; calls with the same id count once.
fn told(bot: &Bot) -> u64 {
    let by_id: BTreeMap<String, Value> =
        bot.calls().iter().map(|call| (call.header("x-weibox-alert-id").unwrap().to_owned(), json(call))).collect();
    by_id
        .values()
        .map(|told| ["count", "away", "quiet"].iter().map(|name| told[name].as_u64().unwrap()).sum::<u64>())
        .sum()
}

#[test]
fn an_alert_rings_for_what_its_query_finds_and_says_neither_sender_nor_words() {
    let home = Home::new();
    let bot = Bot::silent();
    configure(&home, &bot, "");
    let mut serve = Serve::signed(&home);
    serve.post(message("几点开门"));
    for n in 1..=23 {
        serve.post(message(&format!("第 {n} 次要退款")));
    }
    wait_for("all to be told", || told(&bot) >= 23);
    serve.stop();
    assert_eq!(told(&bot), 23);
    for call in bot.calls() {
        let body = json(&call);
        assert_eq!((call.method.as_str(), call.header("content-type")), ("POST", Some("application/json")));
        assert_eq!((&body["alert"], body["title"].as_str()), (&"退款".into(), Some("weibox · 退款")));
        assert_eq!(body["text"], format!("{} new in 退款", body["count"]));
        assert!(!call.body.contains("次要") && !call.body.contains("2489518277"), "{}", call.body);
    }
    assert!(bot.calls().len() < 23, "a burst becomes one");
}

/// Starts a bot that holds its answers back while its gate is shut.
fn holding_bot() -> (Bot, Arc<(Mutex<bool>, Condvar)>) {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let held = Arc::clone(&gate);
    let bot = Bot::start(move |_, _| {
        let (is_shut, opened) = &*held;
        drop(opened.wait_while(is_shut.lock().unwrap(), |is_shut| *is_shut).unwrap());
        Manner::says(200, "")
    });
    (bot, gate)
}

#[test]
fn kills_lose_no_alert_and_what_was_under_way_comes_again_with_the_same_id() {
    let home = Home::new();
    let (bot, gate) = holding_bot();
    configure(&home, &bot, "show = \"all\"\n");
    let shut = |is_shut| {
        *gate.0.lock().unwrap() = is_shut;
        gate.1.notify_all();
    };
    let mut posted = 0;
    for round in 0..9 {
        let serve = Serve::signed(&home);
        serve.keep(message(&format!("round {round} 退款")));
        posted += 1;
        match round % 3 {
            // Before or during the announcement.
            0 => {}
            // During the announcement: the bot has received it, and weibox has no answer yet.
            1 => {
                shut(true);
                serve.keep(message(&format!("round {round} 退款 again")));
                posted += 1;
                let before = bot.calls().len();
                bot.called(before + 1);
            }
            // After the announcement, or a moment before.
            _ => wait_for("all to be told", || told(&bot) >= posted),
        }
        serve.running.signal("KILL");
        shut(false);
    }
    let mut serve = Serve::signed(&home);
    wait_for("all to be told", || told(&bot) >= posted);
    serve.keep(message("the last 退款"));
    wait_for("the last to be told", || told(&bot) > posted);
    serve.stop();
    assert_eq!(told(&bot), posted + 1, "none is lost, and none is in two");
    let again = bot.calls().iter().filter(|call| call.header("x-weibox-attempt") != Some("1")).count();
    assert!(again >= 3, "what was under way is told once more: {again}");
}

#[test]
fn what_came_more_than_an_hour_ago_is_counted() {
    let home = Home::new();
    let bot = Bot::silent();
    configure(&home, &bot, "show = \"all\"\n");
    let mut serve = Serve::signed(&home);
    serve.post(message("退款 before"));
    wait_for("the first to be told", || told(&bot) == 1);
    serve.stop();
    let lines: Vec<String> = (1..=14)
        .map(|n| {
            let mut line: Value = serde_json::from_str(&message(&format!("退款 {n}"))).unwrap();
            line["received_at"] = "2026-01-01T00:00:00Z".into();
            line.to_string()
        })
        .collect();
    fs::write(home.path("old.jsonl"), lines.join("\n")).unwrap();
    let imported = home.output(&["import", home.path("old.jsonl").to_str().unwrap()], &[]);
    assert!(imported.status.success(), "{imported:?}");
    let serve = Serve::signed(&home);
    wait_for("the others to be counted", || told(&bot) == 15);
    let body = json(bot.calls().last().unwrap());
    assert_eq!((&body["away"], &body["count"], &body["words"]), (&14.into(), &0.into(), &Value::Null), "{body}");
    assert_eq!(body["text"], "14 in 退款 while you were away");
    drop(serve);
}

#[test]
fn a_channel_that_refuses_limits_breaks_off_or_times_out_gets_it_later_and_once() {
    let limited = Manner::Says(429, "retry-after: 31\r\n".to_owned(), String::new());
    let cases = [
        ([Manner::says(500, "no"), Manner::BreaksOff], ["it answered 500", "its answer broke off"]),
        ([Manner::Hangs, limited], ["no answer within 10000 ms", "it answered 429"]),
    ];
    // Both run at once, because they mostly wait.
    let started = cases.map(|(troubles, logged)| {
        let home = Home::new();
        let bot = Bot::start(move |_, n| troubles.get(n).cloned().unwrap_or(Manner::says(200, "")));
        configure(&home, &bot, "");
        let serve = Serve::signed(&home);
        serve.post(message("退款"));
        (home, bot, serve, logged)
    });
    for (home, bot, mut serve, logged) in started {
        let calls = bot.called(3);
        let ids: Vec<_> = calls.iter().map(|call| call.header("x-weibox-alert-id").unwrap().to_owned()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "the same each time: {ids:?}");
        let attempts: Vec<_> = calls.iter().filter_map(|call| call.header("x-weibox-attempt")).collect();
        assert_eq!(attempts, ["1", "2", "3"]);
        serve.post(message("退款 again"));
        wait_for("the second to be told", || told(&bot) == 2);
        serve.stop();
        assert_eq!(bot.calls().len(), 4);
        assert!(logged.iter().all(|words| home.log().contains(words)), "{logged:?}: {}", home.log());
        assert!(!home.log().contains(&bot.address.to_string()), "the address may be a secret");
    }
}

/// How far the moved clock of the test below is ahead, in seconds.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// Returns the moved time, which advances, so that scheduled times are reached.
fn moved_clock() -> DateTime<Utc> {
    clock::now() + TimeDelta::seconds(AHEAD.load(Ordering::SeqCst))
}

/// Creates a message that arrives now by the moved clock; one with "today" can be answered for five more hours.
fn arrival(words: &str) -> Arrival {
    let sent_at =
        (moved_clock() - TimeDelta::hours(if words.contains("today") { 43 } else { 0 })).with_timezone(&china());
    let sent_at = weibox::weibo::created_at::format(sent_at);
    let raw = message(words).replace("Mon Jul 16 18:09:20 +0800 2012", &sent_at);
    // A message of another sender does not end this sender's window.
    let raw = if words.contains("退款") { raw } else { raw.replace("2489518277", "7") }.into_bytes();
    Arrival::new(raw, moved_clock())
}

/// Creates an alert that is quiet at night.
fn night_alert(bot: &Bot) -> Alert {
    let hook = WebHook {
        robot: RobotRow::from_name("webhook").unwrap(),
        url: bot.url().parse().unwrap(),
        secret: None,
        template: None,
    };
    Alert {
        name: "退款".to_owned(),
        query: Some(weibox::query::parse("退款").unwrap()),
        has_trouble: false,
        by: vec![Way::Channel(Arc::new(Channel { name: "hook".to_owned(), means: Means::Web(hook) }))],
        pace: RingPace { quiet: QuietHours::parse("23:00-08:00"), every: TimeDelta::seconds(1) },
        show: Show::All,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_end_with_a_digest_by_a_moved_clock() {
    let home = Home::new();
    let bot = Bot::silent();
    let set = |text: &str| {
        let ahead = DateTime::parse_from_rfc3339(text).unwrap().to_utc() - clock::now();
        AHEAD.store(ahead.num_seconds(), Ordering::SeqCst);
    };
    let archive = Archive::open(&home.data_dir()).unwrap();
    let insert = async |words: &str| drop(archive.insert(arrival(words)).await.unwrap());
    set("2026-11-29T21:50:00+08:00");
    let delivery = AlertSender::new(Language::English, Vec::new(), moved_clock).unwrap();
    let (_told_tx, told_rx) = tokio::sync::watch::channel(None);
    let notifying = Notifying::start(&archive, &[night_alert(&bot)], 0, &delivery, &told_rx, moved_clock);
    // It can be answered until three at night.
    insert("退款 today please").await;
    let calls = tokio::task::block_in_place(|| bot.called(1));
    assert_eq!((&json(&calls[0])["count"], &json(&calls[0])["closing"]), (&1.into(), &Value::Null));
    set("2026-11-29T22:00:10+08:00");
    insert("something else").await;
    let calls = tokio::task::block_in_place(|| bot.called(2));
    let told = "1 in 退款 can be answered until 08:00 only, and the quiet hours begin soon";
    assert_eq!((&json(&calls[1])["closing"], json(&calls[1])["text"].as_str()), (&1.into(), Some(told)));
    for hour in 0..3 {
        set(&format!("2026-11-30T0{hour}:00:00+08:00"));
        insert(&format!("第 {hour} 次要退款")).await;
    }
    set("2026-11-30T07:00:00+08:00");
    insert("something else").await;
    assert_eq!(bot.calls().len(), 2, "once");
    set("2026-11-30T08:00:03+08:00");
    // This message wakes the alert, which then checks the clock.
    insert("something else again").await;
    // On a busy machine the clock may advance before the alert has all of the messages: what it lacks then rings
    // separately.
    let told = |call: &BotCall| ["count", "quiet"].map(|name| json(call)[name].as_u64().unwrap()).iter().sum::<u64>();
    let night = || bot.calls().iter().skip(2).map(told).sum::<u64>();
    tokio::task::block_in_place(|| wait_for("all of the night", || night() == 3));
    let calls = bot.calls();
    let digest = json(calls.last().unwrap())["text"].as_str().unwrap().to_owned();
    assert!(digest.contains(" in 退款 in the quiet hours, the last from 2489518277: 第 2 次要退款"), "{digest}");
    set("2026-11-30T08:10:00+08:00");
    insert("退款 at last").await;
    let n_calls = calls.len();
    let calls = tokio::task::block_in_place(|| bot.called(n_calls + 1));
    let last = json(&calls[n_calls]);
    assert_eq!((&last["count"], &last["words"]), (&1.into(), &"退款 at last".into()));
    notifying.end().await;
    archive.close().await.unwrap();
    assert_eq!(bot.calls().len(), n_calls + 1);
}

/// Stores a nickname for the sender of [`message`].
fn keep_nickname(home: &Home, nickname: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        archive.keep_nickname(UserId(2_489_518_277), nickname.to_owned(), clock::now()).await.unwrap();
        archive.close().await.unwrap();
    });
}

#[test]
fn a_program_gets_json_and_its_arguments_whatever_a_sender_writes() {
    let home = Home::new();
    let script = home.path("ring");
    let out = home.path("rung");
    fs::write(&script, format!("#!/bin/sh\n{{ echo \"$#:$1:$WEIBOX_APP_SECRET\"; cat; }} >>{}\n", out.display()))
        .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    home.configure(&format!(
        "[[channel]]\nname = \"own\"\nkind = \"program\"\nprogram = [\"{}\", \"$(touch x); --now\"]\n\
         [[alert]]\nname = \"all\"\nquery = \"\"\nby = [\"own\"]\nevery = \"1s\"\nshow = \"all\"\n",
        script.display()
    ));
    let hostile = "'; touch x; \"$(touch x)\" `touch x`\n\u{1b}]0;x\u{7}";
    keep_nickname(&home, hostile);
    let mut serve = Serve::start(&home, &[], &[("WEIBOX_APP_SECRET", SECRET), ("PATH", "/usr/bin:/bin")]);
    serve.post(message(hostile));
    let lines = || fs::read_to_string(&out).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    wait_for("the program to have run", || lines().len() >= 2 && lines()[1].ends_with('}'));
    serve.stop();
    assert_eq!(lines().len(), 2, "{:?}", lines());
    assert_eq!(lines()[0], "1:$(touch x); --now:");
    let told: Value = serde_json::from_str(&lines()[1]).unwrap();
    for name in ["words", "sender_name"] {
        assert!(told[name].as_str().unwrap().starts_with("'; touch x; \"$(touch x)\" `touch x`"), "{told}");
    }
    assert!(told["text"].as_str().unwrap().starts_with("1 new in all, the last from '; touch x;"), "{told}");
    assert!(!told.to_string().contains(['\u{1b}', '\u{7}']));
}

#[test]
fn the_desktop_is_told_by_the_program_that_is_there() {
    let home = Home::new();
    fs::create_dir(home.path("bin")).unwrap();
    let (program, out) = (home.path("bin/notify-send"), home.path("shown"));
    fs::write(&program, format!("#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done >>{}\n", out.display()))
        .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    home.configure("[[alert]]\nname = \"all\"\nquery = \"\"\nby = [\"desktop\"]\nevery = \"1s\"\nshow = \"all\"\n");
    let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
    let mut serve = Serve::start(&home, &[], &[("PATH", &path)]);
    serve.post(message("<b>&--help"));
    let shown = || fs::read_to_string(&out).unwrap_or_default();
    wait_for("something on the desktop", || shown().contains("--help"));
    serve.stop();
    let words = "1 new in all, the last from 2489518277: ＜b>＆--help\n";
    assert_eq!(shown(), format!("--app-name=weibox\n--\nweibox · all\n{words}"));
    let nowhere = home.output(&["alert", "test", "all"], &[("PATH", "/nowhere")]);
    assert_eq!(
        (nowhere.status.code(), String::from_utf8_lossy(&nowhere.stdout).contains("notify-send")),
        (Some(1), true),
        "{nowhere:?}"
    );
}
