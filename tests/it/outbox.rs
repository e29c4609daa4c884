//! Replies end to end: command, serving process and archive against servers that misbehave. Nothing is sent twice
//! without a request, and no order is lost.

use std::collections::BTreeMap;
use std::process::Output;

use chrono::NaiveDateTime;
use serde_json::Value;
use weibox::record::outgoing::SendState;

use crate::support::{Home, Running, Serve, message, wait_for};

mod claims;
mod kills;
mod screens;
pub(crate) mod server;

use server::{Manner, ReplyServer};

/// The access token of the tests.
const TOKEN: &str = "2.00Answer_Of_The+Tests/1f2e3d";
/// The sender of [`message`].
const FAN: u64 = 2_489_518_277;

/// Creates a home whose archive has one message.
fn home() -> Home {
    let home = Home::new();
    let mut serve = Serve::unsigned(&home);
    serve.keep(message("几点开门？"));
    serve.stop();
    home
}

fn serve(home: &Home, server: &ReplyServer) -> Serve {
    Serve::start(home, &["--answers", "--reply-url", &server.url], &[("WEIBOX_ACCESS_TOKEN", TOKEN)])
}

/// Runs `weibox reply … --json`; returns exit code and output.
fn reply(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, Value) {
    let Output { status, stdout, stderr } = home.output(&[&["reply", "--json"], args].concat(), variables);
    let told = String::from_utf8(stderr).unwrap();
    let object = serde_json::from_slice(&stdout);
    assert!(object.is_ok(), "{told}");
    (status.code(), object.unwrap())
}

/// Runs it while no other process holds the archive.
fn alone(home: &Home, server: &ReplyServer, text: &str) -> (Option<i32>, Value) {
    let args = ["--to", "1", "--text", text, "--answers", "--reply-url", &server.url];
    reply(home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)])
}

/// Returns the states of all replies to [`FAN`], oldest first.
fn states(home: &Home) -> Vec<SendState> {
    let outgoing = home.reader().outgoing_to(weibox::weibo::UserId(FAN)).unwrap();
    outgoing.into_iter().map(|outgoing| outgoing.state).collect()
}

#[test]
fn a_reply_goes_through_the_process_that_listens_in_the_form_of_the_protocol() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let mut serve = serve(&home, &server);
    let (code, told) = reply(&home, &["--to", "1", "--text", "十点 & 22:00 + 100%\n😀"], &[]);
    assert_eq!((code, &told["state"], &told["reason"]), (Some(0), &Value::from("sent"), &Value::Null));
    assert!(home.records()[0].marks.is_read, "who answered it has read it");
    let (code, told) = reply(&home, &["--to", "uid:2489518277", "--text", "-v"], &[]);
    assert_eq!((code, &told["id"]), (Some(0), &Value::from(2)));
    let [first, second] = server.forms().try_into().unwrap();
    let expected = [
        ("access_token", TOKEN),
        ("type", "text"),
        ("data", r#"{"text":"十点 & 22:00 + 100%\n😀"}"#),
        ("receiver_id", "2489518277"),
        ("save_sender_box", "1"),
    ];
    assert_eq!(first, BTreeMap::from(expected.map(|(name, value)| (name.to_owned(), value.to_owned()))));
    assert_eq!(second["data"], r#"{"text":"-v"}"#);
    let head = &server.heads()[0];
    assert_eq!(head.lines().next(), Some("POST /2/messages/reply.json HTTP/1.1"));
    let names = head.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name.to_lowercase());
    let names = names.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    assert_eq!(
        names,
        ["accept", "content-length", "content-type", "host", "user-agent"],
        "nothing else leaves: {head}"
    );
    assert!(!head.contains(TOKEN), "the token is in the body alone");
    serve.stop();
    assert!(!home.log().contains(TOKEN) && !home.log().contains("22:00"), "{}", home.log());
    assert_eq!(states(&home), [SendState::Sent, SendState::Sent]);
}

#[test]
fn positions_and_articles_go_in_the_form_of_the_protocol_and_are_checked_before() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let mut serve = serve(&home, &server);
    let articles =
        r#"[{"display_name":"新品","summary":"两行\n一行","image":"https://e.org/1.jpg","url":"https://e.org/1"}]"#;
    std::fs::write(home.path("articles.json"), articles).unwrap();
    let file = home.path("articles.json").display().to_string();
    for args in [["--position", "-33.8568,151.2153"], ["--articles", &file]] {
        let (code, told) = reply(&home, &[&["--to", "1"], &args[..]].concat(), &[]);
        assert_eq!((code, &told["state"]), (Some(0), &Value::from("sent")), "{told}");
    }
    std::fs::write(home.path("nine.json"), format!("[{}]", [articles.trim_matches(['[', ']']); 9].join(","))).unwrap();
    std::fs::write(home.path("odd.json"), r#"[{"display_name":"x"}]"#).unwrap();
    let nine = home.path("nine.json").display().to_string();
    let (code, told) = reply(&home, &["--to", "1", "--articles", &nine], &[]);
    assert_eq!((code, &told["state"]), (Some(1), &Value::from("refused")));
    assert!(told["reason"].as_str().unwrap().contains("9 entries"), "{told}");
    for (position, words) in [("39", "latitude and longitude"), ("91,0", "not a number from -90 to 90")] {
        let wrong = home.output(&["reply", "--to", "1", "--position", position], &[]);
        let told = String::from_utf8(wrong.stderr).unwrap();
        assert!(wrong.status.code() == Some(2) && told.contains(words), "{told}");
    }
    let odd = home.output(&["reply", "--to", "1", "--articles", home.path("odd.json").to_str().unwrap()], &[]);
    let words = String::from_utf8(odd.stderr).unwrap();
    assert!(odd.status.code() == Some(1) && words.contains("is no list of articles: missing field"), "{words}");
    serve.stop();
    let forms = server.forms();
    assert_eq!(forms.len(), 2);
    assert_eq!(
        (forms[0]["type"].as_str(), forms[0]["data"].as_str()),
        ("position", r#"{"longitude":"151.2153","latitude":"-33.8568"}"#)
    );
    assert_eq!(forms[1]["type"], "articles");
    let data: Value = serde_json::from_str(&forms[1]["data"]).unwrap();
    let expected = serde_json::json!({
        "display_name": "新品", "summary": "两行 一行", "image": "https://e.org/1.jpg", "url": "https://e.org/1",
    });
    assert_eq!(data["articles"], serde_json::json!([expected]));
}

#[test]
fn nothing_is_sent_while_answers_are_off_and_the_command_says_how_to_change_that() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let token = [("WEIBOX_ACCESS_TOKEN", TOKEN), ("WEIBOX_REPLY_URL", server.url.as_str())];
    let args = ["reply", "--to", "1", "--text", "hello"];
    let alone = home.output(&args, &token);
    let mut serve = Serve::start(&home, &[], &token);
    let through = home.output(&args, &[]);
    for told in [alone, through] {
        let words = String::from_utf8(told.stderr).unwrap();
        assert_eq!(told.status.code(), Some(1), "{words}");
        assert!(words.contains("answering is off") && words.contains("[answers] enabled"), "{words}");
    }
    let (code, told) = reply(&home, &["--to", "1", "--text", "hello"], &[]);
    assert_eq!((code, &told["id"], &told["state"]), (Some(1), &Value::Null, &Value::from("refused")));
    serve.stop();
    assert_eq!((server.heads().len(), states(&home).len()), (0, 0));
}

#[test]
fn what_cannot_be_a_reply_is_refused_before_it_is_kept() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    for (to, text, words) in
        [("1", "", "no text"), ("1", &*"字".repeat(300), "fewer than 300"), ("7", "hello", "no message `7`")]
    {
        let args = ["--to", to, "--text", text, "--answers", "--reply-url", &server.url];
        let (code, told) = reply(&home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
        assert_eq!((code, &told["state"]), (Some(1), &Value::from("refused")), "{text}");
        assert!(told["reason"].as_str().unwrap().contains(words), "{told}");
    }
    for to in ["x", "0", "uid:", "uid:x", "-1"] {
        assert_eq!(home.output(&["reply", "--to", to, "--text", "hello"], &[]).status.code(), Some(2), "{to}");
    }
    assert_eq!((server.heads().len(), states(&home).len()), (0, 0));
}

#[test]
fn a_reply_is_read_from_a_file_or_from_stdin_and_its_sender_is_named() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let file = home.path("words.txt");
    std::fs::write(&file, "第一行\n第二行\n").unwrap();
    let token = [("WEIBOX_ACCESS_TOKEN", TOKEN)];
    let fan = format!("uid:{FAN}");
    let args = ["--to", &fan, "--file", file.to_str().unwrap(), "--answers", "--reply-url", &server.url];
    let (code, told) = reply(&home, &args, &token);
    assert_eq!((code, &told["state"]), (Some(0), &Value::from("sent")), "{told}");
    let args = ["reply", "--to", "1", "--file", "-", "--answers", "--reply-url", &server.url];
    let mut command = home.weibox(&args);
    let piped = command.envs(token).stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    assert_eq!(piped.status.code(), Some(0), "{piped:?}");
    assert_eq!(server.texts(), ["第一行\n第二行", "第一行\n第二行"]);
    assert!(server.forms().iter().all(|form| form["receiver_id"] == FAN.to_string()));
}

#[test]
fn each_answer_of_weibo_is_one_state_and_its_words_are_told() {
    let home = home();
    let error =
        |status, words, code: u32| Manner::json(status, &format!(r#"{{"error":"{words}","error_code":{code}}}"#));
    let cases = [
        (Manner::taken(), "sent", ""),
        (Manner::json(200, "{}"), "sent", ""),
        (Manner::json(200, r#"{"result":false}"#), "refused", "result"),
        (error(400, "out of the reply time limit", 20502), "refused", "20502 out of the reply time limit"),
        (error(400, "expired_token", 21327), "waiting", "the access token expired"),
        (error(403, "out of rate limit", 10023), "waiting", "too many calls"),
        (error(503, "busy", 10009), "waiting", "busy"),
        (error(500, "system error", 10001), "unknown", "10001"),
        (Manner::Page(200, "<p>please log in"), "unknown", "please log in"),
        (Manner::Page(502, "<p>bad gateway"), "unknown", "502"),
        (Manner::Page(400, "<p>bad request"), "refused", "400"),
        (Manner::json(200, &format!("echo {TOKEN}")), "unknown", "[access token]"),
        (Manner::Redirect, "refused", "302"),
        (Manner::Cut, "unknown", "no answer came"),
        (Manner::Half, "unknown", "no answer came"),
    ];
    for (manner, state, words) in cases {
        let server = ReplyServer::start(move |_, _| manner.clone());
        let (code, told) = alone(&home, &server, "hello");
        assert_eq!((&told["state"], code), (&Value::from(state), Some(i32::from(state != "sent"))), "{told}");
        let reason = told["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(words) && !reason.contains(TOKEN), "{told}");
        if let Some(later) = reason.strip_prefix("it is sent after ") {
            let (at, _) = later.split_at("11-23 20:00:00".len());
            assert!(NaiveDateTime::parse_from_str(&format!("2000-{at}"), "%Y-%m-%d %H:%M:%S").is_ok(), "{told}");
        }
        assert_eq!(server.heads().len(), 1, "{told}");
        withdraw_waiting(&home);
    }
    // Nothing listens there.
    let gone = ReplyServer::nobody();
    let (code, told) = alone(&home, &gone, "hello");
    assert_eq!((&told["state"], code), (&Value::from("waiting"), Some(1)), "{told}");
    assert!(told["reason"].as_str().unwrap().contains("connection failed"), "{told}");
}

/// Withdraws waiting replies, which the next command would send first.
fn withdraw_waiting(home: &Home) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let archive = weibox::archive::Archive::open(&home.data_dir()).unwrap();
        for outgoing in home.reader().outgoing_to(weibox::weibo::UserId(FAN)).unwrap() {
            archive.withdraw(outgoing.id, outgoing.made_at).await.unwrap();
        }
        archive.close().await.unwrap();
    });
}

#[test]
fn what_waits_for_a_token_goes_once_there_is_one_and_once_only() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let mut without = Serve::start(&home, &["--answers", "--reply-url", &server.url], &[]);
    let (code, told) = reply(&home, &["--to", "1", "--text", "later"], &[]);
    assert_eq!((code, &told["state"]), (Some(1), &Value::from("waiting")));
    assert!(told["reason"].as_str().unwrap().contains("no access token"), "{told}");
    without.stop();
    assert_eq!(server.heads().len(), 0);
    let mut with = serve(&home, &server);
    wait_for("the reply to be sent", || states(&home) == [SendState::Sent]);
    with.stop();
    let mut again = serve(&home, &server);
    let (_, told) = reply(&home, &["--to", "1", "--text", "another"], &[]);
    assert_eq!(told["state"], "sent");
    again.stop();
    assert_eq!(server.texts(), ["later", "another"]);
}

#[test]
fn a_server_that_is_slow_holds_up_no_callback() {
    let home = home();
    let server = ReplyServer::start(|_, _| Manner::Never);
    let serve = serve(&home, &server);
    let mut asked = Running::start(&mut home.weibox(&["reply", "--to", "1", "--text", "hello", "--json"]));
    wait_for("the reply to go out", || server.heads().len() == 1);
    assert_eq!(states(&home), [SendState::Sending]);
    for number in 0..200 {
        assert_eq!(serve.post(message(&format!("number {number}"))).status, 200);
    }
    assert_eq!(states(&home), [SendState::Sending], "all of them were answered before the reply was");
    drop(serve);
    drop(asked.stdout());
    asked.signal("KILL");
    asked.wait();
}

#[test]
fn the_simulator_takes_replies_and_does_what_weibo_can_do_wrong() {
    let home = home();
    let mut simulate = home.weibox(&["simulate", "--url", "http://127.0.0.1:9/", "--count", "1"]);
    let mut simulator = Running::start(simulate.args(["--media-listen", "127.0.0.1:0"]));
    let url = simulator.told("serving files on ").replace("mss/msget", "messages/reply.json");
    for (text, state) in [
        ("hello", "sent"),
        ("[bare]", "sent"),
        ("[window-closed]", "refused"),
        ("[unfollowed]", "refused"),
        ("[too-long]", "refused"),
        ("[false]", "refused"),
        ("[page-400]", "refused"),
        ("[page]", "unknown"),
        ("[page-502]", "unknown"),
        ("[system]", "unknown"),
        ("[cut]", "unknown"),
        ("[slow]", "sent"),
        ("[limit]", "waiting"),
        ("[dead-token]", "waiting"),
        ("[busy]", "waiting"),
    ] {
        let args = ["--to", "1", "--text", text, "--answers", "--reply-url", &url];
        let (_, told) = reply(&home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
        assert_eq!(told["state"], state, "{text}: {told}");
        withdraw_waiting(&home);
    }
    let articles = r#"[{"display_name":"x [cut]","summary":"","image":"http://e.org/1","url":"http://e.org/1"}]"#;
    std::fs::write(home.path("articles.json"), articles).unwrap();
    let file = home.path("articles.json").display().to_string();
    for (flag, value, state) in [("--position", "1,2", "sent"), ("--articles", &file, "unknown")] {
        let args = ["--to", "1", flag, value, "--answers", "--reply-url", &url];
        let (_, told) = reply(&home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
        assert_eq!(told["state"], state, "{flag}: {told}");
    }
}
