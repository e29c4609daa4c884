//! Every message is delivered to the user's bots, in order for each sender, and one bot may answer Weibo.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use weibox::archive::{Archive, Arrival};
use weibox::forward::Forwarding;
use weibox::forward::target::Target;
use weibox::record::forwarded::{ForwardState, Forwarded};
use weibox::record::target::TargetOrder;
use weibox::run::clock;
use weibox::weibo::signature::Parameters;

use crate::support::{Answer, DEADLINE, Home, SECRET, Serve, message, signed_query, target, wait_for};

use bot::{Bot, BotCall, Manner};

pub(crate) mod bot;
mod connections;
mod headers;
mod kills;
mod recorded;
mod replay;
mod sending;
mod shadow;
mod targets;

/// Sender and account of [`message`].
const FAN: u64 = 2_489_518_277;
const OWN: u64 = 1_902_538_057;

fn forwarding(home: &Home, args: &[&str]) -> Serve {
    Serve::start(home, args, &[("WEIBOX_APP_SECRET", SECRET)])
}

/// Returns a passive reply of protocol §5.
fn reply(words: &str) -> String {
    let data = json!({ "text": words }).to_string();
    let data: Vec<String> = data.bytes().map(|byte| format!("%{byte:02X}")).collect();
    json!({ "result": true, "receiver_id": FAN, "sender_id": OWN, "type": "text", "data": data.concat() }).to_string()
}

/// Returns a text message of a sender.
fn message_of(sender: u64, words: &str) -> String {
    let mut message: Value = serde_json::from_str(&message(words)).unwrap();
    message["sender_id"] = sender.into();
    message.to_string()
}

/// Returns the result of a message at the target `bot`.
fn outcome(home: &Home, seq: u64) -> Option<Forwarded> {
    home.reader().forwarded_to(seq).unwrap().into_iter().find(|(name, _)| name == "bot").map(|(_, row)| row)
}

fn wait_until_done(home: &Home, seq: u64) -> Forwarded {
    wait_for("the target to have it", || outcome(home, seq).is_some_and(|row| row.state == ForwardState::Done));
    outcome(home, seq).unwrap()
}

fn bookmark(home: &Home) -> Option<u64> {
    let bookmarks = home.reader().bookmarks().unwrap();
    bookmarks.into_iter().find(|bookmark| bookmark.name == "forward:bot").map(|bookmark| bookmark.seq)
}

#[test]
fn a_bot_gets_weibos_own_call_and_what_it_answers_is_the_answer_to_weibo() {
    let home = Home::new();
    let said = reply("我们十点开门");
    let body = said.clone();
    let bot = Bot::start(move |_, _| Manner::says(200, body.clone()));
    let url = format!("{}?own=1", bot.url());
    let mut serve = forwarding(&home, &["--forward", &url]);
    // With whitespace that a parser would not reproduce.
    let sent = message("几点开门?").replacen(':', " :  ", 1);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: weibox\r\nContent-Type: text/json; charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
        target(SECRET),
        sent.len()
    );
    let mut connection = serve.connect();
    connection.send([head.as_bytes(), sent.as_bytes()].concat()).unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, said.as_str()), "byte for byte");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));

    let call = bot.called(1).remove(0);
    assert_eq!((call.method.as_str(), call.body.as_str()), ("POST", sent.as_str()), "byte for byte");
    assert_eq!(call.target, format!("/bot?own=1&{}", signed_query(SECRET)));
    assert_eq!(call.header("content-type"), Some("text/json; charset=UTF-8"));
    assert_eq!((call.header("x-weibox-seq"), call.header("x-weibox-attempt")), (Some("1"), Some("1")));
    assert_eq!(call.header("x-weibox-replay"), None);

    let row = wait_until_done(&home, 1);
    assert_eq!((row.attempts, row.status, row.answer.as_deref()), (1, Some(200), Some(said.as_str())));
    wait_for("the answer kept with the message", || home.records()[0].reply.as_deref() == Some(said.as_str()));
    assert_eq!(connection.call("POST", &target(SECRET), sent.as_bytes()).unwrap().body, said, "a repeat gets the same");
    serve.stop();
    assert_eq!(bot.calls().len(), 1, "and the bot is not asked again");
    assert_eq!(bookmark(&home), Some(1));
}

#[test]
fn what_a_bot_answers_wrongly_weibo_does_not_get() {
    let home = Home::new();
    let bot = Bot::start(|call, _| match call.seq() {
        1 => Manner::says(200, "success"),
        2 => Manner::says(200, reply("x").replace(&FAN.to_string(), "7")),
        3 => Manner::says(200, format!("{}{}", reply("x"), " ".repeat(100_000))),
        4 => Manner::says(200, ""),
        _ => Manner::says(200, r#"{"result":false}"#),
    });
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    for seq in 1..=5 {
        let answer = serve.post(message(&format!("number {seq}")));
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{seq}");
        let row = wait_until_done(&home, seq);
        assert_eq!(row.reason.is_some(), seq <= 3, "{row:?}");
        assert_eq!(row.answer, None);
    }
    assert_eq!(bot.calls().len(), 5, "whoever said 200 has the message");
    let counts = || {
        let told: Value = serde_json::from_slice(&home.output(&["status", "--json"], &[]).stdout).unwrap();
        told["targets"][0]["counts"].clone()
    };
    wait_for("what is counted", || counts()["delivered"] == 5);
    assert_eq!(counts()["failed"], 0, "and no attempt has failed");
}

#[test]
fn what_comes_right_after_the_start_is_not_left_out_by_a_new_target() {
    let home = Home::new();
    let bot = Bot::silent();
    // With a single thread, no other task runs before the message is in the archive's queue.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        let target = Target::new("bot", bot.url().parse().unwrap());
        let forwarding = Forwarding::start(
            &archive,
            vec![target],
            &Vec::new(),
            &tokio::sync::watch::channel(Vec::new()).1,
            clock::now,
        )
        .unwrap();
        let raw = message("hello").into_bytes();
        let arrival = Arrival::new(raw, clock::now());
        assert_eq!(archive.insert(arrival).await.unwrap().seq, 1);
        let (at, begun_at) = (home.data_dir(), Instant::now());
        while bot.calls().is_empty() {
            assert!(begun_at.elapsed() < DEADLINE, "message 1 was left out of {}", at.display());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        forwarding.end().await;
        archive.close().await.unwrap();
    });
    assert_eq!(bookmark(&home), Some(1));
}

#[test]
fn what_failed_waits_for_no_clock_that_was_set_back() {
    static IS_SET_BACK: AtomicBool = AtomicBool::new(false);
    fn now() -> DateTime<Utc> {
        clock::now() - TimeDelta::hours(IS_SET_BACK.load(Ordering::Relaxed).into())
    }
    let home = Home::new();
    let bot = Bot::start(|_, before| Manner::says(if before == 0 { 503 } else { 200 }, ""));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let archive = Archive::open(&home.data_dir()).unwrap();
        let target = Target::new("bot", bot.url().parse().unwrap());
        let claims = tokio::sync::watch::channel(Vec::new()).1;
        let mut forwarding = Forwarding::start(&archive, vec![target], &Vec::new(), &claims, now).unwrap();
        archive.insert(Arrival::new(message("hello").into_bytes(), now())).await.unwrap();
        forwarding.board.wait_for(|board| board[0].counts.failed == 1).await.unwrap();
        IS_SET_BACK.store(true, Ordering::Relaxed);
        let has_it = forwarding.board.wait_for(|board| board[0].counts.delivered == 1);
        let tried_again = tokio::time::timeout(DEADLINE, has_it).await.is_ok();
        forwarding.end().await;
        archive.close().await.unwrap();
        assert!(tried_again);
    });
}

#[test]
fn a_bot_that_hangs_breaks_off_or_fails_costs_weibo_nothing_and_gets_the_message_by_its_feed() {
    let home = Home::new();
    let bot = Bot::start(|call, _| match (call.seq(), call.header("x-weibox-attempt").unwrap()) {
        (1, "1") => Manner::Hangs,
        (2, "1") => Manner::BreaksOff,
        (3, "1") => Manner::says(500, "no"),
        (4, "1") => Manner::Says(302, "Location: http://127.0.0.1:1/\r\n".to_owned(), String::new()),
        _ => Manner::says(200, reply("late")),
    });
    home.configure(&format!("[[forward]]\nname = 'bot'\nmode = 'answer'\ntimeout = 3\nurl = '{}'", bot.url()));
    let serve = forwarding(&home, &[]);
    std::thread::scope(|scope| {
        for sender in 1..=4 {
            let (serve, home) = (&serve, &home);
            scope.spawn(move || {
                let begun_at = Instant::now();
                let answer = serve.post(message_of(sender, "hello"));
                assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{sender}");
                assert!(begun_at.elapsed() < Duration::from_secs(5), "{sender}: Weibo has hung up");
                wait_until_done(home, sender);
            });
            // One at a time, so that message numbers equal sender numbers.
            wait_for("the message", || home.records().len() as u64 == sender);
        }
    });
    let attempts = |seq| outcome(&home, seq).unwrap().attempts;
    assert_eq!([1, 2, 3, 4].map(attempts), [2; 4]);
    for call in bot.calls().iter().filter(|call| call.header("x-weibox-attempt") == Some("2")) {
        assert_ne!(call.query(), signed_query(SECRET), "signed anew");
        Parameters::from_query(call.query()).unwrap().verify(SECRET).unwrap();
        assert_eq!(call.header("content-type"), Some("application/json; charset=utf-8"));
    }
    assert!(home.records().iter().all(|record| record.reply.is_none()), "what came late is no answer to Weibo");
}

#[test]
fn a_dead_bot_is_left_alone_and_gets_everything_when_it_is_back() {
    let home = Home::new();
    let bot = Bot::silent();
    let (address, url) = (bot.address, bot.url());
    drop(bot);
    let mut serve = forwarding(&home, &["--forward", &url]);
    for sender in 1..=40 {
        assert_eq!(serve.post(message_of(sender, "hello")).status, 200);
    }
    wait_for("failures", || outcome(&home, 1).is_some());
    assert_eq!(bookmark(&home), Some(0), "the target has nothing");
    let bot = Bot::at(address, |_, _| Manner::says(200, ""));
    (1..=40).for_each(|seq| drop(wait_until_done(&home, seq)));
    wait_for("the bookmark", || bookmark(&home) == Some(40));
    serve.stop();
    assert_eq!(bot.calls().len(), 40);
}

#[test]
fn a_message_that_is_refused_holds_its_sender_alone() {
    let home = Home::new();
    let bot = Bot::start(|call, before| {
        let is_refused = call.body.contains("poison") && before < 2;
        Manner::says(if is_refused { 400 } else { 200 }, "")
    });
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message_of(1, "poison"));
    serve.post(message_of(1, "behind it"));
    serve.post(message_of(2, "beside it"));
    wait_until_done(&home, 3);
    let first = outcome(&home, 1).unwrap();
    assert!(matches!(first.state, ForwardState::Waits(_)), "{first:?}");
    assert_eq!(first.reason.unwrap().to_string(), "it answered 400");
    assert_eq!(outcome(&home, 2), None, "in order for each sender");
    assert_eq!(bookmark(&home), Some(0));
    serve.stop();
    let n_before = bot.calls().len();
    let _serve = forwarding(&home, &["--forward", &bot.url()]);
    targets::order(&home, TargetOrder::GoOn);
    wait_until_done(&home, 2);
    wait_for("the bookmark", || bookmark(&home) == Some(3));
    let after: Vec<u64> = bot.calls()[n_before..].iter().map(BotCall::seq).filter(|seq| *seq != 1).collect();
    assert_eq!(after, [2], "what it has behind the one that waits is not sent again");
}

#[test]
fn a_target_that_wants_no_more_is_asked_no_more() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::says(410, ""));
    let mut serve = forwarding(&home, &["--forward", &bot.url()]);
    for sender in 1..=5 {
        assert_eq!(serve.post(message_of(sender, "hello")).status, 200);
        wait_for("the first outcome", || outcome(&home, 1).is_some());
    }
    serve.stop();
    assert_eq!(bot.calls().len(), 1);
    assert!(home.log().contains("it answered 410"));
}

#[test]
fn rules_answer_when_the_bot_says_nothing_and_never_beside_it() {
    let home = Home::new();
    let bot = Bot::start(|call, _| match call.seq() {
        1 => Manner::says(200, reply("by the bot")),
        2 => Manner::says(200, ""),
        _ => Manner::says(500, ""),
    });
    home.configure("[[reply]]\ntext = 'by a rule'");
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    let answers: Vec<Answer> = [FAN, 2, 3].iter().map(|sender| serve.post(message_of(*sender, "hello"))).collect();
    assert_eq!(answers[0].body, reply("by the bot"));
    assert!(answers[1].body.contains("by%20a%20rule"), "{:?}", answers[1]);
    assert_eq!(answers[2].body, "", "the bot gets it once more, and may still answer by itself");
}

#[test]
fn rules_answer_what_the_query_of_the_bot_leaves_out() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::says(200, reply("by the bot")));
    home.configure(&format!(
        "[[reply]]\ntext = 'by a rule'\n[[forward]]\nname = 'bot'\nmode = 'answer'\nquery = '-from:2'\nurl = '{}'",
        bot.url()
    ));
    let serve = forwarding(&home, &[]);
    for sender in [2, FAN, 2] {
        let answer = serve.post(message_of(sender, &format!("hello {}", home.records().len())));
        let is_as_wished =
            if sender == 2 { answer.body.contains("by%20a%20rule") } else { answer.body == reply("by the bot") };
        assert!(is_as_wished, "{sender}: {answer:?}");
    }
    assert_eq!(bot.calls().len(), 1);
}

#[test]
fn several_targets_get_what_their_queries_and_accounts_want_with_their_headers_and_secrets() {
    let home = Home::new();
    let (shop, all) = (Bot::silent(), Bot::silent());
    fs::write(home.path("other-secret"), "another").unwrap();
    fs::write(home.path("shop-secret"), SECRET).unwrap();
    fs::write(home.path("news-secret"), "newsnews").unwrap();
    let at = |name: &str| home.path(name).display().to_string();
    home.configure(&format!(
        "[[account]]\nname = 'shop'\npath = '/shop'\napp_secret_file = '{}'\n\
         [[account]]\nname = 'news'\npath = '/news'\napp_secret_file = '{}'\n\
         [[forward]]\nname = 'bot'\nurl = '{}'\naccount = 'shop'\nquery = 'refund'\nheaders = {{ Authorization = 'Bearer swordfish', content-type = 'text/x-weibo' }}\n\
         [[forward]]\nname = 'all'\nurl = '{}'\nsecret_file = '{}'",
        at("shop-secret"), at("news-secret"), shop.url(), all.url(), at("other-secret")
    ));
    let mut serve = Serve::start(&home, &[], &[]);
    let mut connection = serve.connect();
    for (path, secret, words) in
        [("/shop", SECRET, "refund"), ("/shop", SECRET, "hello"), ("/news", "newsnews", "refund!")]
    {
        let target = format!("{path}?{}", signed_query(secret));
        assert_eq!(connection.call("POST", &target, message(words).as_bytes()).unwrap().status, 200);
    }
    let all_calls = all.called(3);
    wait_for("the bookmark", || bookmark(&home) == Some(3));
    serve.stop();
    let seqs = |calls: &[BotCall]| calls.iter().map(BotCall::seq).collect::<Vec<_>>();
    assert_eq!(seqs(&shop.calls()), [1]);
    // A message for another account does not wait for the others.
    assert!([[1, 2, 3], [1, 3, 2], [3, 1, 2]].iter().any(|order| seqs(&all_calls) == order), "{:?}", seqs(&all_calls));
    assert_eq!(shop.calls()[0].header("authorization"), Some("Bearer swordfish"));
    let types = |call: &BotCall| call.headers.iter().filter(|(name, _)| name == "content-type").count();
    assert_eq!((types(&shop.calls()[0]), shop.calls()[0].header("content-type")), (1, Some("text/x-weibo")));
    assert_eq!(shop.calls()[0].query(), signed_query(SECRET), "Weibo's own");
    for call in all_calls {
        assert_eq!(call.header("authorization"), None);
        Parameters::from_query(call.query()).unwrap().verify("another").unwrap();
    }
    assert!(!home.log().contains("swordfish"));
}

#[test]
fn no_secret_is_in_a_call_a_log_or_an_error() {
    let home = Home::new();
    let bot = Bot::start(|_, _| Manner::says(500, ""));
    let mut serve = forwarding(&home, &["--forward", &format!("{}?token=swordfish", bot.url())]);
    serve.post(message("hello"));
    let call = bot.called(1).remove(0);
    wait_for("the outcome", || outcome(&home, 1).is_some());
    let shown = home.output(&["config", "--forward", "http://127.0.0.1:9/x?token=swordfish"], &[]);
    serve.stop();
    assert!(!format!("{call:?}").contains(SECRET));
    let told = [serve.running.stderr().join("\n"), home.log(), String::from_utf8(shown.stdout).unwrap()].concat();
    assert!(told.contains("http://127.0.0.1:9/x") && !told.contains("swordfish") && !told.contains(SECRET), "{told}");
}

#[test]
fn messages_do_not_leave_the_private_network_unencrypted() {
    let home = Home::new();
    let refused = home.output(&["serve", "--forward", "http://bot.example.org/weibo?token=swordfish"], &[]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("`http://bot.example.org/weibo`") && told.contains("https"), "{told}");
    assert!(!told.contains("swordfish"), "{told}");
    for (toml, words) in [
        ("url = 'http://8.8.8.8/'", "unencrypted"),
        ("url = 'http://me:swordfish@10.0.0.1/'", "web address"),
        ("url = 'http://10.0.0.1/'\nmode = 'both'", "`both` is no mode"),
        ("url = 'http://10.0.0.1/'\ntimeout = 0", "`0` is no number of seconds"),
        ("url = 'http://10.0.0.1/'\nheaders = { Host = 'swordfish' }", "`Host` is no header"),
        ("url = 'http://10.0.0.1/'\naccount = 'shop'", "no account `shop`"),
    ] {
        home.configure(&format!("[[forward]]\nname = 'bot'\n{toml}"));
        let told = String::from_utf8(home.output(&["config"], &[]).stderr).unwrap();
        assert!(told.contains(words) && told.contains("hint:") && !told.contains("swordfish"), "{toml}: {told}");
    }
    home.configure("[[forward]]\nname = 'bot'\nurl = 'http://8.8.8.8/'\ninsecure_http = true");
    assert!(home.output(&["config"], &[]).status.success());
}
