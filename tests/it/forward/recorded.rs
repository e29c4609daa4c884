//! Recorded calls to a bot in CI, whose answers are compared with recorded ones: an answer that is different,
//! failed, missing or not compared never looks like success.

use std::fs;
use std::process::Output;

use super::bot::{Bot, Manner};
use super::replay::{home_with, replay, summary};
use super::{message_of, reply};
use crate::support::{Home, SECRET, message};

/// Runs `weibox simulate --url BOT --from calls.jsonl --expect answers.jsonl` with both files in the home.
fn simulate(home: &Home, bot: &Bot, more: &[&str]) -> Output {
    let (from, expect) = (home.path("calls.jsonl"), home.path("answers.jsonl"));
    let (from, expect, url) = (from.display().to_string(), expect.display().to_string(), bot.url());
    let args = ["simulate", "--url", &url, "--from", &from, "--expect", &expect];
    home.output(&[&args, more].concat(), &[("WEIBOX_APP_SECRET", SECRET)])
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn recorded_callbacks_and_answers_tell_in_ci_that_a_bot_answers_otherwise() {
    let home = home_with(3);
    let export = home.output(&["export"], &[]);
    fs::write(home.path("calls.jsonl"), export.stdout).unwrap();
    let bot = |words: &'static str| {
        Bot::start(move |call, n| {
            let said = if call.body.contains("number 1") { reply(words) } else { reply("same") };
            Manner::says(200, said.replace("\"result\"", &format!("\"at\":{n},\"result\"")))
        })
    };
    let (old, new) = (bot("old"), bot("new"));
    let simulate = |bot: &Bot, more: &[&str]| simulate(&home, bot, more);
    let expect = home.path("answers.jsonl").display().to_string();
    let recorded = simulate(&old, &["--record"]);
    assert_eq!(recorded.status.code(), Some(0), "{recorded:?}");
    let same = simulate(&old, &["--ignore", "/at"]);
    assert_eq!(
        (same.status.code(), String::from_utf8(same.stdout).unwrap().as_str()),
        (Some(0), "compared 3, different 0\n")
    );
    let other = simulate(&new, &["--ignore", "/at"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8(other.stderr).unwrap().contains("message 2: different at /data/text\n"));
    let to_new = ["--to", &new.url(), "--compare", &expect, "--query", "number"];
    let replayed = replay(&home, &[&to_new[..], &["--json"]].concat());
    assert_eq!(summary(&replayed)["different"].as_u64(), Some(3), "`/at` is told there: {replayed:?}");
    let answers = fs::read_to_string(&expect).unwrap();
    fs::write(&expect, answers.lines().next().unwrap()).unwrap();
    let replayed = replay(&home, &to_new);
    let told = String::from_utf8(replayed.stderr).unwrap();
    assert!(replayed.status.code() == Some(1) && told.contains("message 3: different at (no answer"), "{told}");
}

#[test]
fn no_number_of_places_that_may_differ_hides_another() {
    let home = Home::new();
    fs::write(home.path("calls.jsonl"), message("hello")).unwrap();
    let with = |varying: usize, last: usize| {
        let members: Vec<String> = (0..12).map(|n| format!("\"a{n:02}\":{varying}")).collect();
        let said = reply("same").replacen('{', &format!("{{{},\"z\":{last},", members.join(",")), 1);
        Bot::start(move |_, _| Manner::says(200, said.clone()))
    };
    assert_eq!(simulate(&home, &with(0, 0), &["--record"]).status.code(), Some(0));
    let ignored: Vec<String> = (0..12).map(|n| format!("--ignore=/a{n:02}/")).collect();
    let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
    assert_eq!(simulate(&home, &with(1, 0), &ignored).status.code(), Some(0));
    let other = simulate(&home, &with(1, 1), &ignored);
    assert_eq!((other.status.code(), told(&other).as_str()), (Some(1), "message 1: different at /z\n"));
}

#[test]
fn what_a_bot_that_fails_answers_is_not_recorded_and_never_the_same() {
    let home = Home::new();
    fs::write(home.path("calls.jsonl"), [message("one"), message("two")].join("\n")).unwrap();
    let flaky = Bot::start(|call, _| Manner::says(if call.seq() == 1 { 200 } else { 500 }, ""));
    fs::write(home.path("answers.jsonl"), "old").unwrap();
    let recorded = simulate(&home, &flaky, &["--record"]);
    assert_eq!(recorded.status.code(), Some(1));
    assert!(told(&recorded).contains("message 2: it answered 500\n1 call failed: nothing was written"), "{recorded:?}");
    assert_eq!(fs::read_to_string(home.path("answers.jsonl")).unwrap(), "old");

    let answers: String = [(1, 200), (2, 500)].map(|(n, status)| answer(n, status)).concat();
    fs::write(home.path("answers.jsonl"), answers).unwrap();
    let compared = simulate(&home, &flaky, &[]);
    assert_eq!((compared.status.code(), told(&compared).as_str()), (Some(1), "message 2: it answered 500\n"));
    // An answer that is too long to be read does not count as empty.
    let huge = Bot::start(|_, _| Manner::says(200, " ".repeat(100_000)));
    assert_eq!(simulate(&home, &huge, &[]).status.code(), Some(1));
}

/// Returns a line of recorded answers with a status and a null answer.
fn answer(seq: u64, status: u16) -> String {
    format!("{{\"seq\":{seq},\"status\":{status},\"answer\":null}}\n")
}

#[test]
fn what_was_not_compared_is_no_success() {
    let home = Home::new();
    let bot = Bot::silent();
    let (calls, answers) = (home.path("calls.jsonl"), home.path("answers.jsonl"));
    let two = [message("one"), message_of(7, "two")].join("\n");
    for (recorded, expected, code, words) in [
        // A blank line is no call, but counts as a line.
        (format!("\n{two}\n\n"), format!("{}\n{}", answer(2, 200), answer(3, 200)), 0, ""),
        (two.clone(), answer(1, 200), 1, "message 2: different at (no answer was recorded)"),
        (
            two.clone(),
            (1..=3).map(|n| answer(n, 200)).collect(),
            1,
            "message 3: an answer was recorded, and there is no",
        ),
        ("\n".to_owned(), answer(1, 200), 2, "there is no call in"),
        (two.clone(), "what".to_owned(), 2, "answers.jsonl`, line 1: "),
        (two.clone(), answer(1, 200).repeat(2), 2, "line 2: another line has the number 1, too"),
        ("what".to_owned(), answer(1, 200), 2, "calls.jsonl`, line 1: "),
    ] {
        fs::write(&calls, &recorded).unwrap();
        fs::write(&answers, &expected).unwrap();
        let done = simulate(&home, &bot, &[]);
        assert_eq!(done.status.code(), Some(code), "{recorded} {expected}: {done:?}");
        assert!(told(&done).contains(words), "{words}: {done:?}");
    }
    fs::remove_file(&calls).unwrap();
    let unread = simulate(&home, &bot, &[]);
    assert_eq!(unread.status.code(), Some(2), "{unread:?}");
    fs::write(&calls, &two).unwrap();
    let second = simulate(&home, &bot, &["--url", &bot.url()]);
    assert!(second.status.code() == Some(2) && told(&second).contains("go to one `--url`"), "{second:?}");
    for place in ["data/text", "/"] {
        let refused = simulate(&home, &bot, &["--ignore", place]);
        assert!(refused.status.code() == Some(2) && told(&refused).contains("not a place in JSON"), "{refused:?}");
    }

    let home = home_with(1);
    let none = replay(&home, &["--to", &bot.url(), "--compare", "missing.jsonl"]);
    assert!(told(&none).contains("`missing.jsonl` is neither the name of a target nor a file of answers"), "{none:?}");
    let url = bot.url();
    let none = replay(&home, &["--to", &url, "--compare", &url, "--query", "nowhere"]);
    assert!(none.status.code() == Some(1) && told(&none).contains("nothing was compared"), "{none:?}");
}
