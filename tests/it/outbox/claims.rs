//! Several people with one inbox: everyone sees who answers a sender, and a bot that respects claims is silent.

use serde_json::json;
use weibox::record::outgoing::SendState;

use super::screens::recent;
use super::{FAN, Manner, ReplyServer, TOKEN, states};
use crate::forward::bot::{self, Bot};
use crate::pty::{PATIENCE, Pty};
use crate::support::{Home, Serve, wait_for};

/// Starts what listens, with a token, and the server that takes its replies.
fn desk() -> (Home, ReplyServer, Serve) {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let args = ["--answers", "--reply-url", &server.url];
    let serve = Serve::start(&home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)]);
    (home, server, serve)
}

fn attach(home: &Home, user: &str, size: (u16, u16)) -> Pty {
    Pty::start(&home.weibox(&["attach", "--as", user]), size.0, size.1)
}

fn gone(pty: &mut Pty, words: &str) {
    pty.wait_for(|screen| !screen.contents().contains(words), PATIENCE);
}

#[test]
fn who_answers_a_sender_is_seen_by_others_who_must_press_twice_and_ends_with_the_composer() {
    let (home, server, serve) = desk();
    serve.keep(recent("几点开门？", 3));
    let mut wang = attach(&home, "wang\u{1b}[31m", (120, 36));
    let mut li = attach(&home, "li", (80, 24));
    for pty in [&mut wang, &mut li] {
        pty.wait_for_text("几点开门？");
    }
    wang.send("r");
    li.wait_for_text("claimed by wang␛[31m");
    li.send("r");
    li.wait_for_text("wang␛[31m is on it; r again");
    // After any other key, `r` asks again.
    li.send("jr");
    li.wait_for_text("is on it; r again");
    li.send("r");
    li.wait_for_text("Reply to 24");
    wang.wait_for_text("claimed by li");
    wang.send("\u{1b}");
    gone(&mut li, "claimed by wang");
    wang.wait_for_text("claimed by li");
    li.send("we open at ten\r");
    wait_for("the reply to be sent", || server.texts() == ["we open at ten"]);
    gone(&mut wang, "claimed by");
    wang.send("r");
    li.wait_for_text("claimed by wang");
    wang.kill("KILL");
    gone(&mut li, "claimed by");
}

#[test]
fn the_second_of_two_who_write_to_a_sender_is_told_of_the_first_and_then_may_answer_too() {
    let (home, server, serve) = desk();
    serve.keep(recent("几点开门？", 3));
    let (mut wang, mut li) = (attach(&home, "wang", (120, 36)), attach(&home, "li", (120, 36)));
    wang.wait_for_text("几点开门？");
    wang.send("r");
    li.wait_for_text("claimed by wang");
    assert!(!wang.screen_text().contains("claimed by"), "nobody else answers");
    li.send("rr");
    li.wait_for_text("0/299");
    li.send("at nine");
    li.wait_for_text("7/299");
    wang.send("at ten\r");
    li.wait_for_text("at ten (sent)");
    li.send("\r");
    li.wait_for_text("wang answered");
    assert_eq!(server.texts(), ["at ten"]);
    li.send("\r");
    wait_for("the second reply to be sent", || server.texts() == ["at ten", "at nine"]);
}

#[test]
fn of_two_who_send_at_the_same_moment_the_second_keeps_the_text_and_is_asked() {
    let (home, server, serve) = desk();
    serve.keep(recent("几点开门？", 3));
    let (mut wang, mut li) = (attach(&home, "wang", (120, 36)), attach(&home, "li", (80, 24)));
    wang.wait_for_text("几点开门？");
    wang.send("r");
    li.wait_for_text("claimed by wang");
    li.send("rr");
    for pty in [&mut wang, &mut li] {
        pty.wait_for_text("0/299");
    }
    wang.send("at ten");
    li.send("at nine");
    li.wait_for_text("7/299");
    // Li's Enter waits in the terminal while Wang's reply goes out, so that Li has not seen it.
    li.kill("STOP");
    li.send("\r");
    wang.send("\r");
    wait_for("the first reply to be sent", || server.texts() == ["at ten"]);
    li.kill("CONT");
    li.wait_for_text("wang answered");
    li.wait_for_text("at nine");
    // The server has the text a moment before its answer is kept.
    wait_for("the first reply to be kept as sent", || states(&home) == [SendState::Sent]);
    li.send("\r");
    wait_for("the second reply to be sent", || server.texts() == ["at ten", "at nine"]);
}

#[test]
fn a_second_reply_to_a_mention_is_warned_of_though_the_first_was_there_before() {
    let (home, server, serve) = desk();
    let mention = recent("@shop is it open?", 3).replace(r#""type":"text""#, r#""type":"mention""#);
    serve.keep(mention.replace(r#""data":{}"#, r#""data":{"subtype":"comment","key":"9"}"#));
    let (mut wang, mut li) = (attach(&home, "wang", (120, 36)), attach(&home, "li", (120, 36)));
    wang.wait_for_text("is it open?");
    wang.send("r");
    wang.wait_for_text("0/299");
    li.wait_for_text("claimed by wang");
    wang.send("at ten\r");
    li.wait_for_text("at ten");
    gone(&mut li, "claimed by");
    li.send("r");
    li.wait_for_text("at ten (sent)");
    li.send("at nine\r");
    li.wait_for_text("this mention was answered");
    assert_eq!(server.texts(), ["at ten"]);
    li.send("\r");
    wait_for("the second reply to be sent", || server.texts() == ["at ten", "at nine"]);
}

#[test]
fn a_reply_that_waits_for_a_token_is_told_to_wait_and_is_taken_back() {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let serve = Serve::start(&home, &["--answers", "--reply-url", &server.url], &[]);
    serve.keep(recent("几点开门？", 3));
    let mut pty = attach(&home, "wang", (120, 36));
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("0/299");
    pty.send("at ten\r");
    pty.wait_for_text(" waits: there is no access token");
    pty.wait_for_text("▌…!");
    let unsent = || String::from_utf8(home.output(&["export", "--query", "is:unsent"], &[]).stdout).unwrap();
    assert!(unsent().contains("几点开门？"));
    pty.send("r");
    pty.wait_for_text("the last reply still waits to be sent");
    pty.send("\u{18}");
    pty.wait_for_text("6/299");
    assert_eq!(states(&home), [SendState::Refused]);
    assert_eq!(unsent(), "", "it is a draft again");
}

#[test]
fn a_bot_that_respects_claims_is_silent_until_they_end_and_gets_all_messages_then() {
    let home = Home::new();
    let said = |call: &bot::BotCall, _: usize| {
        let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
        let data = "%7B%22text%22%3A%22bot%22%7D";
        let answer = json!({
            "result": true, "receiver_id": body["sender_id"], "sender_id": body["receiver_id"], "type": "text", "data": data,
        });
        bot::Manner::says(200, answer.to_string())
    };
    let bot = Bot::start(said);
    home.configure(&format!(
        "[[forward]]\nname = \"bot\"\nurl = \"{}\"\nmode = \"answer\"\nrespects_claims = true\n",
        bot.url()
    ));
    let serve = Serve::unsigned(&home);
    assert!(serve.post(recent("几点开门？", 9)).body.contains("bot"));
    let mut pty = attach(&home, "wang", (80, 24));
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("0/299");
    let other = attach(&home, "li", (60, 20));
    other.wait_for_text("claimed by wang");
    for words in ["second", "third"] {
        let answer = serve.post(recent(words, 1));
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "nobody but wang answers");
    }
    let stranger = recent("another", 1).replace(&FAN.to_string(), "2489518278");
    assert!(serve.post(stranger).body.contains("bot"), "others are answered");
    let seqs = || bot.calls().iter().map(bot::BotCall::seq).collect::<Vec<_>>();
    assert_eq!(seqs(), [1, 4]);
    pty.send("\u{1b}");
    bot.called(4);
    assert_eq!(seqs(), [1, 4, 2, 3]);
    let answered = || home.records().into_iter().filter(|record| record.reply.is_some()).map(|record| record.seq);
    wait_for("the answers kept with their messages", || answered().eq([1, 4]));
}
