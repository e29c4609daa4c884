//! Replying from the screen, over the socket: the first use asks, a kill loses no draft, failed replies are sent
//! again, and conversations are shown in order.

use chrono::TimeDelta;
use weibox::record::outgoing::SendState;
use weibox::run::clock;
use weibox::weibo::created_at;

use super::{FAN, Manner, ReplyServer, TOKEN, reply, states};
use crate::pty::{PATIENCE, Pty};
use crate::support::{Home, Serve, wait_for};

/// Starts a dashboard beside the listening process.
fn attach(home: &Home, (cols, rows): (u16, u16)) -> Pty {
    Pty::start(&home.weibox(&["attach"]), cols, rows)
}

/// Returns a recent message, whose sender can be answered.
pub(super) fn recent(words: &str, minutes_ago: i64) -> String {
    let sent_at = (clock::now() - TimeDelta::minutes(minutes_ago)).with_timezone(&created_at::china());
    serde_json::json!({
        "type": "text",
        "receiver_id": 1_902_538_057_u64,
        "sender_id": FAN,
        "created_at": created_at::format(sent_at),
        "text": words,
        "data": {},
    })
    .to_string()
}

fn listener(home: &Home, server: &ReplyServer, args: &[&str]) -> Serve {
    let args = [&["--reply-url", &server.url], args].concat();
    Serve::start(home, &args, &[("WEIBOX_ACCESS_TOKEN", TOKEN)])
}

fn draft(home: &Home) -> String {
    home.reader().draft("", weibox::weibo::UserId(FAN)).unwrap().text
}

#[test]
fn the_first_reply_asks_and_is_sent_when_the_user_says_yes() {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let serve = listener(&home, &server, &[]);
    serve.keep(recent("几点开门？", 3));
    let mut pty = attach(&home, (80, 24));
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("Reply to 2489518277");
    pty.send("我们十点开门");
    pty.wait_for_text("6/299");
    wait_for("the draft to be kept", || draft(&home) == "我们十点开门");
    pty.send("\r");
    pty.wait_for_text("Replies speak for the account");
    assert!(server.heads().is_empty());
    pty.send("y");
    wait_for("the reply to be sent", || states(&home) == [SendState::Sent]);
    pty.wait_for(|screen| !screen.contents().contains("Reply to 2489518277"), PATIENCE);
    assert_eq!(server.texts(), ["我们十点开门"]);
    assert_eq!(draft(&home), "");
    pty.send("\r");
    pty.wait_for(|screen| screen.contents().contains("我们十点开门") && screen.contents().contains("sent"), PATIENCE);
    drop(serve);
}

#[test]
fn a_kill_of_the_dashboard_or_of_the_listener_loses_no_draft() {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("几点开门？", 3));
    let mut pty = attach(&home, (60, 20));
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("0/299");
    // As terminals mark pasted text.
    pty.send("\u{1b}[200~第一行\r第二行\u{1b}[201~");
    wait_for("the draft to be kept", || draft(&home) == "第一行\n第二行");
    pty.kill("KILL");
    serve.running.signal("KILL");
    drop((pty, serve));
    let _serve = listener(&home, &server, &["--answers"]);
    let mut pty = attach(&home, (60, 20));
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("第二行");
    pty.send("\r");
    wait_for("the reply to be sent", || states(&home) == [SendState::Sent]);
    assert_eq!(server.texts(), ["第一行\n第二行"]);
}

#[test]
fn what_is_written_when_the_dashboard_is_left_is_kept_or_sent() {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let mut serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("几点开门？", 3));
    let left_with = |args: &[&str], keys: &str| {
        let mut pty = Pty::start(&home.weibox(args), 80, 24);
        pty.wait_for_text("几点开门？");
        pty.send("r");
        pty.wait_for_text("/299");
        // All at once, so that the first character is still being kept as a draft at the end.
        pty.send(&format!("\u{15}{keys}"));
        pty.wait();
    };
    for (text, leave) in [("we open at ten", "\u{3}"), ("we open at nine", "\u{1b}[27uq")] {
        left_with(&["attach"], &[text, leave].concat());
        assert_eq!(draft(&home), text);
    }
    left_with(&["attach"], "at eight\r\u{3}");
    wait_for("the reply to be sent", || states(&home) == [SendState::Sent]);
    assert_eq!((server.texts(), draft(&home)), (vec!["at eight".to_owned()], String::new()));
    serve.stop();
    left_with(&["--listen", "127.0.0.1:0"], "at seven\u{3}");
    assert_eq!(draft(&home), "at seven");
}

#[test]
fn the_cursor_of_the_terminal_stands_where_an_input_method_writes() {
    for size in [(120, 36), (60, 20), (38, 8)] {
        let home = Home::new();
        let server = ReplyServer::start(|_, _| Manner::taken());
        let serve = listener(&home, &server, &["--answers"]);
        serve.keep(recent("几点开门？", 3));
        let mut pty = attach(&home, size);
        pty.wait_for_text("几点开门？");
        assert!(pty.look(vt100::Screen::hide_cursor), "there is nothing to type in the list");
        let stands_behind = |pty: &Pty, words: &str| {
            pty.wait_for(
                |screen| {
                    let (row, column) = screen.cursor_position();
                    !screen.hide_cursor() && screen.contents_between(row, 0, row, column).ends_with(words)
                },
                PATIENCE,
            );
        };
        pty.send("r");
        pty.wait_for_text("0/299");
        // Words arrive whole, and in some terminals as a paste.
        pty.send("我们十点👍e\u{301}");
        stands_behind(&pty, "👍e\u{301}");
        pty.send("\u{1b}[200~开门。\u{1b}[201~");
        stands_behind(&pty, "e\u{301}开门。");
        pty.send("\u{1b}[D");
        stands_behind(&pty, "开门");
        pty.send("了");
        stands_behind(&pty, "开门了");
        wait_for("the draft to be kept", || draft(&home) == "我们十点👍e\u{301}开门了。");
        pty.send("\u{1b}");
        pty.wait_for(vt100::Screen::hide_cursor, PATIENCE);
    }
}

#[test]
fn what_was_refused_looks_so_and_is_edited_and_sent_again() {
    let home = Home::new();
    let refuse = r#"{"error":"sensitive words","error_code":20019}"#;
    let server =
        ReplyServer::start(move |number, _| if number == 0 { Manner::json(400, refuse) } else { Manner::taken() });
    let serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("几点开门？", 3));
    let mut pty = attach(&home, (120, 30));
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("0/299");
    pty.send("bad word");
    wait_for("the draft to be kept", || draft(&home) == "bad word");
    pty.send("\r");
    pty.wait_for_text("not sent: Weibo refused it");
    pty.wait_for_text(" was not sent: Weibo refused it");
    // The message is read, and the mark of the reply is seen.
    pty.wait_for_text("▌x!");
    pty.send("r");
    pty.wait_for_text("8/299");
    pty.send("s\r");
    wait_for("it to be sent", || states(&home) == [SendState::Refused, SendState::Sent]);
    assert_eq!(server.texts(), ["bad word", "bad words"]);
    drop(serve);
}

#[test]
fn a_conversation_has_both_sides_in_order() {
    let home = Home::new();
    // The answer of a rule is also on our side.
    home.configure("[[reply]]\nkind = 'text'\nwords = ['first']\ntext = 'one moment'");
    let server = ReplyServer::start(|_, _| Manner::taken());
    let serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("first question", 9));
    assert_eq!(reply(&home, &["--to", "1", "--text", "first answer"], &[]).1["state"], "sent");
    serve.keep(recent("second question", 6));
    assert_eq!(reply(&home, &["--to", "2", "--text", "second answer"], &[]).1["state"], "sent");
    let mut pty = attach(&home, (80, 24));
    pty.wait_for_text("second question");
    pty.send("c");
    let order = |screen: &str| {
        let said = ["first question", "one moment", "first answer (sent)", "second question", "second answer (sent)"];
        let rows: Vec<_> = said.iter().map(|said| screen.lines().position(|line| line.contains(said))).collect();
        rows.iter().all(Option::is_some) && rows.is_sorted()
    };
    pty.wait_for(|screen| order(&screen.contents()), PATIENCE);
    drop(serve);
}

#[test]
fn who_was_answered_is_neither_due_nor_waiting_and_messages_say_so() {
    let home = Home::new();
    let server =
        ReplyServer::start(
            |_, text| if text == "no" { Manner::json(200, r#"{"result":false}"#) } else { Manner::taken() },
        );
    let serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("几点开门？", 180));
    let found = |query: &str| {
        let found = home.output(&["export", "--query", query], &[]);
        assert_eq!(found.status.code(), Some(0), "{query}");
        String::from_utf8(found.stdout).unwrap().lines().count()
    };
    let queries = ["due:<48h", "waiting:>2h", "waiting:>4h", "is:answered", "-is:answered", "is:unsent", "-is:unsent"];
    let each = || queries.map(found);
    assert_eq!(each(), [1, 1, 0, 0, 1, 0, 1]);
    assert_eq!(reply(&home, &["--to", "1", "--text", "no"], &[]).1["state"], "refused");
    assert_eq!(each(), [1, 1, 0, 0, 1, 1, 0], "who got nothing waits on");
    assert_eq!(reply(&home, &["--to", "1", "--text", "yes"], &[]).1["state"], "sent");
    assert_eq!(each(), [0, 0, 0, 1, 0, 0, 1]);
    serve.keep(recent("还在吗", 150));
    assert_eq!(each(), [1, 1, 0, 1, 1, 0, 2], "who writes again waits again");
}

#[test]
fn who_was_answered_stays_once_among_those_who_wait_until_the_tab_is_left() {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("几点开门？", 9));
    let mut pty = attach(&home, (80, 24));
    pty.wait_for_text("几点开门？");
    pty.send("8");
    pty.wait_for_text("[8 Waiting 1]");
    assert_eq!(reply(&home, &["--to", "1", "--text", "ten"], &[]).1["state"], "sent");
    for n in 1..=6_u64 {
        serve.keep(recent("another", 1).replace(&FAN.to_string(), &(FAN + n).to_string()));
        pty.wait_for_text(&format!("[8 Waiting {}]", n + 1));
    }
    let screen = pty.screen_text();
    let list = screen.lines().take_while(|line| !line.starts_with('─'));
    assert_eq!(list.filter(|line| line.contains("几点开门？")).count(), 1, "{screen}");
    pty.send("18");
    pty.wait_for_text("[8 Waiting 6]");
}

#[test]
fn quick_replies_come_from_their_files_as_they_are_now_and_are_edited_from_the_screen() {
    let home = Home::new();
    let server = ReplyServer::start(|_, _| Manner::taken());
    let serve = listener(&home, &server, &["--answers"]);
    serve.keep(recent("几点开门？", 3));
    home.configure("");
    let replies = home.path(".config/weibox/replies");
    std::fs::create_dir_all(&replies).unwrap();
    std::fs::write(replies.join("hours.toml"), "name = \"营业时间\"\ntext = \"十点开门\"\n").unwrap();
    std::fs::write(replies.join("bad.toml"), "text = \"a\"\nkind = \"text\"\n").unwrap();
    let mut command = home.weibox(&["attach"]);
    let mut pty = Pty::start(command.env("EDITOR", "sed -i s/十点/九点/"), 80, 24);
    pty.wait_for_text("几点开门？");
    pty.send("r");
    pty.wait_for_text("0/299");
    pty.send("\u{12}yysj");
    pty.wait_for_text("bad.toml`, line 2");
    pty.wait_for_text("十点开门");
    pty.send(":");
    pty.wait_for_text("九点开门");
    // A file written by another program is used the next time.
    pty.send("\u{1b}");
    pty.wait_for_text("Enter send");
    std::fs::write(replies.join("bye.toml"), "name = \"再见\"\ntext = \"再见\"\n").unwrap();
    pty.send("\u{12}");
    pty.wait_for_text("再见");
    pty.send("\u{1b}[B\r");
    pty.wait_for_text("4/299");
    pty.send("\u{12}zj\r");
    wait_for("the draft to be kept", || draft(&home) == "九点开门\n再见");
    let report = home.output(&["doctor"], &[]);
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("bad.toml`, line 2: unknown field `kind`"), "{report}");
    pty.send("\r");
    wait_for("the reply to be sent", || states(&home) == [SendState::Sent]);
    assert_eq!(server.texts(), ["九点开门\n再见"]);
}
