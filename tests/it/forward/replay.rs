//! Replaying messages to a bot, side by side with another bot; explaining signatures; and simulating a bot.

use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use weibox::archive::{Archive, Arrival};
use weibox::record::forwarded::ForwardState;
use weibox::weibo::signature::Parameters;

use super::bot::{Bot, Manner};
use super::{FAN, message_of, outcome, reply};
use crate::support::{Home, Running, SECRET, Serve, message, signed_query, wait_for};

/// Returns a home with messages of two senders in turn, without a listener.
pub(super) fn home_with(n: u64) -> Home {
    let home = Home::new();
    let mut serve = Serve::signed(&home);
    for number in 0..n {
        assert_eq!(serve.post(message_of(FAN + number % 2, &format!("number {number}"))).status, 200);
    }
    serve.stop();
    home
}

pub(super) fn replay(home: &Home, args: &[&str]) -> Output {
    home.output(&[&["replay"], args].concat(), &[("WEIBOX_APP_SECRET", SECRET)])
}

/// Returns the summary in the output.
pub(super) fn summary(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_replay_sends_what_the_query_finds_signed_anew_and_marked() {
    let home = home_with(6);
    let bot = Bot::silent();
    let dry = replay(&home, &["--to", &bot.url(), "--dry-run", "--json"]);
    assert_eq!((dry.status.code(), summary(&dry)["sent"].as_u64()), (Some(0), Some(6)));
    assert!(bot.calls().is_empty());

    let query = format!("from:{FAN}");
    let done = replay(&home, &["--to", &bot.url(), "--query", &query, "--json"]);
    let told = summary(&done);
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(
        (told["sent"].as_u64(), told["answered"].as_u64(), told["failed"].as_u64()),
        (Some(3), Some(3), Some(0))
    );
    let calls = bot.calls();
    assert_eq!(calls.iter().map(super::BotCall::seq).collect::<Vec<_>>(), [1, 3, 5], "in order");
    for call in calls {
        assert_eq!((call.header("x-weibox-replay"), call.header("x-weibox-attempt")), (Some("1"), Some("1")));
        assert_ne!(call.query(), signed_query(SECRET));
        let parameters = Parameters::from_query(call.query()).unwrap();
        parameters.verify(SECRET).unwrap();
        parameters.verify_age(weibox::run::clock::now(), Duration::from_mins(5)).unwrap();
    }
    assert!(home.records().iter().all(|record| record.deliveries == 1), "nothing of it is Weibo's");
}

#[test]
fn what_fails_or_differs_is_named_and_ends_with_1() {
    let home = home_with(4);
    let old =
        Bot::start(|_, n| Manner::says(200, reply("old").replace("\"result\"", &format!("\"at\":{n},\"result\""))));
    let new = Bot::start(|call, n| match call.seq() {
        2 => Manner::says(500, ""),
        4 => Manner::says(200, reply("new").replace("\"result\"", &format!("\"at\":{n},\"result\""))),
        _ => Manner::says(200, reply("old").replace("\"result\"", &format!("\"at\":{n},\"result\""))),
    });
    let done = replay(&home, &["--to", &new.url(), "--compare", &old.url(), "--json"]);
    let (told, stderr) = (summary(&done), String::from_utf8(done.stderr).unwrap());
    assert_eq!(done.status.code(), Some(1));
    assert_eq!((told["failed"].as_u64(), told["different"].as_u64()), (Some(1), Some(2)), "{told}");
    assert!(stderr.contains("message 2: it answered 500"), "{stderr}");
    assert!(
        stderr.contains("message 4: different at /data/text\n"),
        "what the old one says anew each time is left out: {stderr}"
    );
    let plain = String::from_utf8(replay(&home, &["--to", &new.url()]).stdout).unwrap();
    assert!(plain.starts_with("sent 4, answered 3, failed 1, different 0\n"), "{plain}");
    let none = String::from_utf8(replay(&home, &["--to", &new.url(), "--query", "nowhere"]).stdout).unwrap();
    assert_eq!(none, "sent 0, answered 0, failed 0, different 0\n");
}

#[test]
fn what_fails_beyond_the_first_twenty_is_counted_and_no_answer_is_told_in_words() {
    let home = home_with(24);
    for (locale, statuses, more) in [
        ("C", "by status: no answer: 24\n", "4 more messages failed or differ"),
        ("zh_CN.UTF-8", "按状态码：无应答：24\n", "另有 4 条失败或不同"),
    ] {
        let done = home.output(&["replay", "--to", "http://127.0.0.1:9/"], &[("LANG", locale)]);
        let (out, told) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert!(out.contains(statuses), "{out}");
        assert!(told.trim_end().lines().last().unwrap().starts_with(more), "{told}");
    }
}

#[test]
fn a_replay_that_is_stopped_says_so_and_ends_with_1() {
    let home = home_with(3);
    let bot = Bot::silent();
    let args = ["replay", "--to", &bot.url(), "--rate", "0.001", "--json"];
    let mut replay = Running::start(home.weibox(&args).env("WEIBOX_APP_SECRET", SECRET));
    bot.called(1);
    replay.signal("TERM");
    assert_eq!(replay.wait().code(), Some(1));
    let told: Value = serde_json::from_str(&replay.stdout().concat()).unwrap();
    assert_eq!((told["end"].as_str(), told["sent"].as_u64()), (Some("stopped"), Some(1)), "{told}");
}

#[test]
fn calls_that_are_not_signed_are_told() {
    let home = home_with(1);
    let bot = Bot::silent();
    let done = home.output(&["replay", "--to", &bot.url()], &[]);
    assert_eq!(done.status.code(), Some(0));
    assert!(String::from_utf8(done.stderr).unwrap().contains("no app secret, so the calls are not signed"));
    assert_eq!(bot.calls()[0].query(), "");
}

#[test]
fn a_target_is_known_by_its_name_and_nothing_goes_elsewhere_unencrypted() {
    let home = home_with(1);
    let bot = Bot::silent();
    home.configure(&format!("[[forward]]\nname = 'bot'\nurl = '{}'", bot.url()));
    assert!(replay(&home, &["--to", "bot"]).status.success());
    assert_eq!(bot.calls().len(), 1);
    for (to, code, words) in [
        ("bit", 1, "neither the name of a target"),
        ("http://8.8.8.8/?token=swordfish", 2, "unencrypted"),
        ("http://u:swordfish@127.0.0.1:1/", 2, "`http://127.0.0.1:1/` is not a web address, or has a user"),
    ] {
        let refused = replay(&home, &["--to", to]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(code));
        assert!(told.contains(words) && !told.contains("swordfish"), "{told}");
    }
}

fn secret_file(home: &Home, name: &str, secret: &str) -> String {
    let path = home.path(name);
    std::fs::write(&path, secret).unwrap();
    path.display().to_string()
}

#[test]
fn a_signature_is_explained_and_the_secret_is_not_shown() {
    let home = Home::new();
    let verify = |query: &str| home.output(&["verify", query], &[("WEIBOX_APP_SECRET", SECRET)]);
    let right = verify(&format!("https://example.org/weibo?{}", signed_query(SECRET)));
    let told = String::from_utf8(right.stdout).unwrap();
    assert_eq!(right.status.code(), Some(0));
    assert!(told.contains("(app secret) + 1397022061823 + 57155157\n") && told.contains("is right"), "{told}");
    assert!(told.contains("signed at 2014-04-09 05:41:01 UTC (") && told.contains(" d ago)\n"), "{told}");
    let wrong = verify(&signed_query("another"));
    let told = String::from_utf8(wrong.stdout).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(told.contains("another app secret") && !told.contains(SECRET), "{told}");
    let unset = home.output(&["verify", &signed_query(SECRET)], &[]);
    assert!(String::from_utf8(unset.stderr).unwrap().contains("--app-secret-file"));
    home.configure(&format!(
        "[[account]]\nname = 'one'\npath = '/one'\napp_secret_file = '{0}'\n\
         [[account]]\nname = 'two'\npath = '/two'\napp_secret_file = '{1}'",
        secret_file(&home, "one", "0123456789"),
        secret_file(&home, "two", SECRET)
    ));
    let line = format!("1.2.3.4 - - \"POST /two?{} HTTP/1.1\" 200 0", signed_query(SECRET));
    assert_eq!(home.output(&["verify", &line], &[]).status.code(), Some(0), "the account of the path");
}

#[test]
fn a_played_bot_answers_weibo_and_what_a_flaky_one_refused_it_gets() {
    let home = Home::new();
    let play = |scenario: &str| {
        let args = ["simulate", "--as-bot", ":0", "--scenario", scenario];
        let mut played = Running::start(&mut home.weibox(&args));
        let url = played.told("playing a bot on ").split(';').next().unwrap().to_owned();
        (played, url)
    };
    for (scenario, is_answered) in
        [("answers", true), ("flaky", false), ("half", false), ("huge", false), ("wrong", false)]
    {
        let (_played, url) = play(scenario);
        let home = Home::new();
        let serve = Serve::start(&home, &["--forward", &url], &[("WEIBOX_APP_SECRET", SECRET)]);
        let answer = serve.post(message("hello"));
        assert_eq!((answer.status, answer.body.contains("hello")), (200, is_answered), "{scenario}: {answer:?}");
        if scenario == "half" {
            wait_for("the failure", || outcome(&home, 1).is_some());
            let reason = outcome(&home, 1).unwrap().reason.unwrap().to_string();
            assert!(reason.starts_with("its answer broke off"), "{reason}");
        }
        if scenario == "flaky" {
            let is_done = || outcome(&home, 1).is_some_and(|row| row.state == ForwardState::Done && row.attempts == 2);
            wait_for("the second attempt", is_done);
        }
    }
}

#[tokio::test]
async fn only_what_is_sent_is_paced() {
    let home = Home::new();
    let archive = Archive::open(&home.data_dir()).unwrap();
    // Each of these exceeds the size of a batch.
    let long = "long ".repeat(250_000);
    for words in [&long, &long, &long, "wanted"] {
        archive.insert(Arrival::new(message(words), weibox::run::clock::now())).await.unwrap();
    }
    archive.close().await.unwrap();
    let bot = Bot::silent();
    let done = replay(&home, &["--to", &bot.url(), "--rate", "0.001", "--query", "wanted", "--json"]);
    assert_eq!(summary(&done)["sent"], 1);
    assert_eq!(bot.calls().len(), 1);
}
