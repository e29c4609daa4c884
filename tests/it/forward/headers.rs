//! The headers of a call to a bot: those of the content as Weibo sent them, those of the target, and ours.

use super::bot::{Bot, BotCall};
use super::{forwarding, wait_until_done};
use crate::support::{Home, SECRET, message, target};

/// Returns all values of a header, in order.
fn all<'c>(call: &'c BotCall, name: &str) -> Vec<&'c str> {
    call.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn a_header_of_the_content_that_comes_twice_reaches_a_bot_twice_unless_the_target_has_one_of_its_own() {
    let home = Home::new();
    let (bot, own) = (Bot::silent(), Bot::silent());
    home.configure(&format!(
        "[[forward]]\nname = 'bot'\nurl = '{}'\n\
         [[forward]]\nname = 'own'\nurl = '{}'\nheaders = {{ Content-Language = 'fr', X-Own = 'a' }}",
        bot.url(),
        own.url()
    ));
    let serve = forwarding(&home, &[]);
    let sent = message("hello");
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: weibox\r\nContent-Language: zh\r\nContent-Type: text/json\r\nContent-Language: en\r\n\
         Content-Length: {}\r\nX-Weibox-Attempt: 7\r\nX-Weibox-Replay: 1\r\nX-Other: b\r\n\r\n",
        target(SECRET),
        sent.len()
    );
    let mut connection = serve.connect();
    connection.send([head.as_bytes(), sent.as_bytes()].concat()).unwrap();
    assert_eq!(connection.answer().unwrap().status, 200);
    let calls = [bot.called(1).remove(0), own.called(1).remove(0)];
    wait_until_done(&home, 1);
    let each = |name: &str| calls.each_ref().map(|call| all(call, name));
    assert_eq!(each("content-language"), [vec!["zh", "en"], vec!["fr"]]);
    assert_eq!(each("content-type"), [["text/json"]; 2]);
    assert_eq!(each("content-length"), [[sent.len().to_string().as_str()]; 2]);
    assert_eq!(
        (each("x-weibox-seq"), each("x-weibox-attempt")),
        ([["1"]; 2].map(Vec::from), [["1"]; 2].map(Vec::from))
    );
    assert_eq!(each("x-own"), [vec![], vec!["a"]]);
    for foreign in ["x-weibox-replay", "x-weibox-derived", "x-other"] {
        assert_eq!(each(foreign), [Vec::<&str>::new(), vec![]], "{foreign}");
    }
}
