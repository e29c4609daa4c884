//! Words, symbols and spellings: what is typed finds what people expect.

use std::fs;

use weibox::query::{Query, Term, Test, parse};
use weibox::record::page::{Anchor, Request};
use weibox::weibo::wire;

use super::Kept;

/// The texts of a fixture.
async fn texts(name: &str) -> Kept {
    let mut kept = Kept::new();
    for line in fs::read_to_string(format!("tests/fixtures/search/{name}.jsonl")).unwrap().lines() {
        let message = wire::parse(line.as_bytes());
        kept.keep("text", message.sender_id.unwrap().0, &message.text, "{}").await;
    }
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn symbols_and_emoji_are_found_and_nothing_is_not_everything() {
    let kept = texts("emoji-and-symbols").await;
    for (query, expected) in [
        ("👍", &[1][..]),
        ("好👍", &[1]),
        ("😂", &[2]),
        ("C++", &[4]),
        ("c＋+", &[4]),
        ("¥99", &[5]),
        ("￥９９", &[5]),
        ("¥", &[5]),
        ("退货", &[6]),
        ("❤\u{fe0f}", &[7]),
        ("❤", &[7]),
        ("打八折%", &[8]),
        ("%", &[8]),
        ("-👍", &[8, 7, 6, 5, 4, 3, 2]),
        ("👎", &[]),
        ("C#", &[]),
        ("\"C++\"", &[4]),
    ] {
        assert_eq!(kept.found(query), expected, "{query}");
    }
    for (typed, at) in [("好 \"\"", 4..6), ("-\"　\" 好", 0..6), ("\u{200b}\u{2060}", 0..6), ("“”", 0..6)] {
        let wrong = parse(typed).unwrap_err();
        assert_eq!((wrong.at, wrong.reason.to_string().contains("has nothing in it")), (at, true), "{typed}");
    }
    // Whatever made it, what nothing can be found by finds nothing.
    let term = Term { is_not: false, test: Test::Word("\u{200b}".to_owned()) };
    let request = Request { query: Query { terms: vec![term] }, anchor: Anchor::Newest, limit: 9 };
    assert_eq!(kept.archive.reader().unwrap().page(&request, kept.now()).unwrap().records, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn spellings_that_are_the_same_find_each_other() {
    let kept = texts("composed-and-decomposed").await;
    for (composed, decomposed, expected) in [
        ("환불", "\u{1112}\u{116a}\u{11ab}\u{1107}\u{116e}\u{11af}", [2, 1]),
        ("muốn", "muo\u{302}\u{301}n", [4, 3]),
        ("été", "e\u{301}te\u{301}", [6, 5]),
        ("RÉCLAMATION", "re\u{301}clam\u{200b}ation", [6, 5]),
    ] {
        assert_eq!(
            (kept.found(composed), kept.found(decomposed)),
            (expected.to_vec(), expected.to_vec()),
            "{composed}"
        );
    }
    let kept = texts("thai").await;
    for part in ["คืนเงิน", "สินค้า", "ฉัน", "ค่า"] {
        assert_eq!(kept.found(part), [1], "{part}");
    }
    assert_eq!(kept.found("เงินคืน"), [0; 0]);
}
