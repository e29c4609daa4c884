//! When nothing is found, a similar word of the archive is suggested.

use weibox::archive::{Import, ImportEntry, Reader};
use weibox::query::{Query, Understanding, parse};
use weibox::record::line;
use weibox::record::people::{Labelled, Relabel};
use weibox::run::clock;
use weibox::weibo::UserId;

use super::Kept;

/// Returns the suggestion for a query.
fn suggested(reader: &Reader, typed: &str) -> Option<String> {
    let query = parse(typed).unwrap().understood(Understanding::default());
    reader.suggestion(&query, clock::now()).unwrap().map(|meant| meant.to_string())
}

const EXPECTED: [(&str, Option<&str>); 17] = [
    // A typing slip.
    ("refnd", Some("refund")),
    ("refudn", Some("refund")),
    ("xefund", Some("refund")),
    ("Ｒｅｆｕｎｄｄ", Some("refund")),
    ("type:text refnd", Some("type:text refund")),
    ("\"refnd\"", Some("\"refund\"")),
    // More frequent words come first.
    ("refumd", Some("refund")),
    // Others with the same sound, in any reading.
    ("退火", Some("退货")),
    ("仲庆", Some("重庆")),
    ("腿貨", Some("退货")),
    // Tones, and letters that are often confused.
    ("tui4huo4", Some("tuihuo")),
    ("tuìhuò", Some("tuihuo")),
    ("tuihou", Some("tuihuo")),
    ("py:cong'qin", Some("py:chong'qin")),
    // Nothing similar, or nothing that matches the other terms.
    ("xyzzyx", None),
    ("type:voice refnd", None),
    ("-refund 好好好", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_like_a_word_is_suggested_if_the_archive_has_it() {
    let mut kept = Kept::new();
    for text in ["请问怎么退貨？", "refund please", "Refund 退货", "refumb", "去重庆", "收到"] {
        kept.keep("text", 7, text, "{}").await;
    }
    for reader in [Reader::open(kept.home.path()).unwrap(), kept.archive.reader().unwrap()] {
        for (typed, expected) in EXPECTED {
            assert_eq!(suggested(&reader, typed).as_deref(), expected, "{typed}");
        }
        let spelled =
            parse("tui4huo4").unwrap().understood(Understanding { has_pinyin: false, ..Understanding::default() });
        assert_eq!(reader.suggestion(&spelled, clock::now()).unwrap(), None, "where pinyin is off");
        assert_eq!(reader.suggestion(&Query::default(), clock::now()).unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_or_a_label_that_nobody_has_is_taken_for_one_that_somebody_has() {
    let mut kept = Kept::new();
    kept.keep("text", 7, "hello", "{}").await;
    let (fan, now) = (UserId(7), clock::now());
    kept.archive.keep_nickname(fan, "Mr Wang".to_owned(), now).await.unwrap();
    kept.archive.keep_profile(fan, "橙子".to_owned(), "要发票，寄到 office".to_owned(), now).await.unwrap();
    kept.archive.keep_nickname(UserId(8), "Anna,Li".to_owned(), now).await.unwrap();
    kept.keep("text", 8, "bonjour", "{}").await;
    let add = ["退款", "VIP"].map(str::to_owned).to_vec();
    kept.archive.relabel(Relabel { of: Labelled::Sender(fan), add, remove: Vec::new() }, now).await.unwrap();
    let reader = kept.archive.reader().unwrap();
    for (typed, expected) in [
        ("label:退", Some("label:退款")),
        ("label:tui", Some("label:退款")),
        ("label:腿款", Some("label:退款")),
        ("label:vpi", Some("label:VIP")),
        ("hello label:v", Some("hello label:VIP")),
        ("name:成子", Some("name:橙子")),
        ("name:mr_wagn", Some("name:Mr_Wang")),
        ("note:fapiao", Some("note:发票")),
        ("hello note:发飘", Some("hello note:发票")),
        ("note:offcie", Some("note:office")),
        ("note:收据", None),
        ("label:急", None),
        ("name:李,成子", Some("name:李,橙子")),
        ("note:收据，发飘", Some("note:收据,发票")),
        // A comma separates names.
        ("name:anna_li", Some("name:Anna")),
        ("name:李", None),
        ("-label:退", None),
        ("label:退 bye", None),
    ] {
        assert_eq!(suggested(&reader, typed).as_deref(), expected, "{typed}");
    }
    let spelled = |typed: &str| {
        let query = parse(typed).unwrap().understood(Understanding { has_pinyin: false, ..Understanding::default() });
        reader.suggestion(&query, clock::now()).unwrap()
    };
    assert_eq!((spelled("label:tui"), spelled("label:腿款"), spelled("label:退").is_some()), (None, None, true));
}

#[test]
fn what_the_index_has_is_suggested_as_well() {
    let home = tempfile::tempdir().unwrap();
    let body = |number: u64| {
        let text = ["退货", "refund", "重庆", "几点了"][usize::try_from(number % 4).unwrap()];
        format!(r#"{{"type":"text","sender_id":7,"text":"{text}","number":{number},"created_at":"{number}"}}"#)
    };
    let entry = |number| ImportEntry::new(line::read(body(number).as_bytes(), clock::now()).unwrap());
    let mut import = Import::open(home.path()).unwrap();
    // Only the index has them: two full blocks.
    import.write(&(0..8_191).map(entry).collect::<Vec<_>>()).unwrap();
    import.finish().unwrap();
    let reader = Reader::open(home.path()).unwrap();
    for (typed, expected) in [("refnd", "refund"), ("退火", "退货"), ("仲庆", "重庆"), ("tui4huo4", "tuihuo")] {
        assert_eq!(suggested(&reader, typed).as_deref(), Some(expected), "{typed}");
    }
}
