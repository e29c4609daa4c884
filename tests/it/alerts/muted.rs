//! Muted senders: their messages are stored, but ring no alert and queue no file.

use weibox::query;
use weibox::record::page::Request;
use weibox::weibo::FileId;

use super::{configure, json, told};
use crate::attach::screens::screen;
use crate::forward::bot::Bot;
use crate::support::{Home, Serve, message, wait_for};

/// Returns the number of messages that a query finds.
fn count(home: &Home, typed: &str) -> u64 {
    let request = Request { query: query::parse(typed).unwrap(), limit: 9, ..Request::default() };
    home.reader().page(&request, weibox::run::clock::now()).unwrap().total.n
}

/// Returns a picture message from a sender.
fn picture(sender: u64, fid: u64) -> String {
    format!(
        r#"{{"type":"image","receiver_id":1,"sender_id":{sender},"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"退款 {fid}","data":{{"tovfid":{fid}}}}}"#
    )
}

#[test]
fn a_muted_sender_rings_nobody_and_fetches_nothing_and_is_kept_also_through_an_export() {
    const MUTED: u64 = 2_489_518_277;
    let home = Home::new();
    let bot = Bot::silent();
    configure(&home, &bot, "show = \"name\"\n[download]\nauto = \"all\"\n");
    let mut serve = Serve::signed(&home);
    serve.post(message("退款 before"));
    wait_for("the first to be told", || told(&bot) == 1);
    let mut pty = screen(&home, &["attach"]);
    pty.wait_for_text("退款 before");
    pty.send("m");
    pty.wait_for_text("muted: no alerts");
    pty.wait_for_text("m muted");
    serve.post(picture(MUTED, 20));
    serve.post(picture(7, 21));
    wait_for("the other to be told", || told(&bot) >= 2);
    assert_eq!(json(bot.calls().last().unwrap())["sender_id"], 7);
    assert_eq!([20, 21].map(|fid| home.reader().stage(FileId(fid)).unwrap().is_some()), [false, true]);
    assert_eq!((count(&home, "is:muted"), count(&home, "-is:muted"), count(&home, "")), (2, 1, 3));

    let exported = home.output(&["export", "--query", "is:muted"], &[]).stdout;
    let lines = String::from_utf8(exported.clone()).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains(r#""sender_muted":true"#)).count(), 2, "{lines}");
    let other = Home::new();
    std::fs::write(other.path("lines"), &exported).unwrap();
    let imported = other.output(&["import", other.path("lines").to_str().unwrap()], &[]);
    assert!(imported.status.success(), "{imported:?}");
    assert_eq!(count(&other, "is:muted"), 2);
    assert_eq!(other.output(&["export"], &[]).stdout, exported);

    pty.wait_for_text("退款 21");
    pty.send("jm");
    pty.wait_for_text("not muted any more");
    serve.post(message("退款 again"));
    wait_for("the last to be told", || told(&bot) == 3);
    serve.stop();
    assert_eq!(count(&home, "is:muted"), 0);
}
