//! Sending messages to a bot from the screen, unchanged or edited.

use serde_json::Value;
use weibox::weibo::signature::Parameters;

use super::bot::{Bot, Manner};
use super::{forwarding, reply};
use crate::attach::screens::screen_with;
use crate::support::{Home, SECRET, message, wait_for};

#[test]
fn a_message_goes_to_a_bot_once_more_edited_and_signed_anew_and_the_archive_stays_as_it_is() {
    let home = Home::new();
    let said = reply("我们十点开门");
    let bot = Bot::start(move |_, _| Manner::says(200, said.clone()));
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message("the original"));
    bot.called(1);
    let mut pty = screen_with(&home, &["attach"], &[("EDITOR", "sed -i s/original/edited/")]);
    pty.wait_for_text("the original");
    pty.send("f");
    pty.wait_for_text("bot  http://127.0.0.1");
    pty.send("\r");
    pty.wait_for_text("of 5 s  text 我们十点开门");
    pty.wait_for_text("Enter or Esc back");
    let again = bot.called(2).remove(1);
    assert_eq!(again.body, message("the original"), "byte for byte");
    assert_eq!((again.header("x-weibox-replay"), again.header("x-weibox-derived")), (Some("1"), None));
    pty.send("\r");
    pty.wait_for(|screen| !screen.contents().contains("Send message"), crate::pty::PATIENCE);
    pty.send("f");
    pty.wait_for_text("bot  http://127.0.0.1");
    pty.send("e");
    pty.wait_for_text("it went marked as derived");
    pty.wait_for_text("Enter or Esc back");
    let edited = bot.called(3).remove(2);
    let body: Value = serde_json::from_str(&edited.body).unwrap();
    assert_eq!((&body["text"], &body["sender_id"]), (&"the edited".into(), &super::FAN.into()));
    let marks = ["x-weibox-seq", "x-weibox-replay", "x-weibox-derived"].map(|name| edited.header(name));
    assert_eq!(marks, [Some("1"); 3]);
    Parameters::from_query(edited.query()).unwrap().verify(SECRET).unwrap();
    assert_eq!(home.records().len(), 1);
    assert_eq!(home.records()[0].message.text, "the original");
    // weibox has the terminal again: it reads keys, and restores the terminal at the end.
    pty.send("\r");
    pty.wait_for(|screen| !screen.contents().contains("Send message"), crate::pty::PATIENCE);
    pty.send("q");
    assert_eq!(pty.wait().exit_code(), 0);
    pty.assert_whole();
}

/// The number of lines typed into the editor.
const LINES: usize = 12;

#[test]
fn an_editor_has_the_terminal_for_itself_and_what_it_leaves_alone_is_not_sent() {
    let home = Home::new();
    let bot = Bot::silent();
    let serve = forwarding(&home, &["--forward", &bot.url()]);
    serve.post(message("the original"));
    bot.called(1);
    // The editor reads the terminal repeatedly, as editors do: with this many lines, another reader of the keys
    // would take some.
    let editor = home.path("editor.sh");
    std::fs::write(
        &editor,
        format!(
            "for n in $(seq {LINES}); do printf \"what now, $n? \"; read -r line; echo \"$line\" >> \"$0.answer\"; done\n"
        ),
    )
    .unwrap();
    let command = format!("sh {}", editor.display());
    let mut pty = screen_with(&home, &["attach"], &[("VISUAL", &command), ("EDITOR", "false")]);
    pty.wait_for_text("the original");
    pty.send("f");
    pty.wait_for_text("bot  http://127.0.0.1");
    pty.send("e");
    let lines = |n: usize| (1..=n).map(|n| format!("leave it {n}\n")).collect::<Vec<_>>().concat();
    let answer = home.path("editor.sh.answer");
    for n in 1..=LINES {
        pty.wait_for_text(&format!("what now, {n}?"));
        pty.send(&format!("leave it {n}\r"));
        wait_for("the answer", || std::fs::read_to_string(&answer).is_ok_and(|answer| answer == lines(n)));
    }
    pty.wait_for_text("nothing was changed: nothing was sent");
    assert_eq!(bot.calls().len(), 1);
    pty.send("\x1b");
    pty.wait_for(|screen| !screen.contents().contains("Send message"), crate::pty::PATIENCE);
    pty.send("q");
    assert_eq!(pty.wait().exit_code(), 0);
    pty.assert_whole();
}
