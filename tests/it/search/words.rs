//! Words, symbols and spellings: queries find what people expect.

use std::fs;

use proptest::prelude::*;
use weibox::archive::Archive;
use weibox::query::words::marks;
use weibox::query::{Query, SoughtWord, Term, Test, WordForm, parse};
use weibox::record::page::{Anchor, Request};
use weibox::weibo::wire;

use super::{Kept, start};

/// Creates an archive with the texts of a fixture.
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
    // A term without any searchable character finds nothing, even if it was not parsed.
    let nothing = SoughtWord { typed: "\u{200b}".to_owned(), form: WordForm::Word };
    let term = Term { is_not: false, test: Test::Words(vec![nothing]) };
    let request =
        Request { query: Query { terms: vec![term] }, anchor: Anchor::Newest, limit: 9, ..Request::default() };
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

#[tokio::test(flavor = "multi_thread")]
async fn traditional_and_simplified_find_each_other_and_are_kept_as_they_came() {
    let mut kept = Kept::new();
    for (sender, text) in [(7, "我要退貨，頭髮掉了"), (8, "我要退货"), (9, "臺灣發貨嗎"), (10, "台湾发货吗")]
    {
        kept.keep("text", sender, text, "{}").await;
    }
    for (query, expected) in [
        ("退货", &[2, 1][..]),
        ("退貨", &[2, 1]),
        ("\"要退貨\"", &[2, 1]),
        ("货", &[4, 3, 2, 1]),
        ("头髮", &[1]),
        ("台灣", &[4, 3]),
        ("发货", &[4, 3]),
        ("-退貨", &[4, 3]),
    ] {
        assert_eq!(kept.found(query), expected, "{query}");
    }
    assert_eq!(marks("我要退貨，頭髮掉了", "退货").first(), Some(&(6..12)));
    assert!(parse("near:臺北<5km").is_ok() && parse("near:台北<5km").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any typed query becomes valid SQL.
    #[test]
    fn no_query_is_an_error(typed in "((type|from|since|is|has|state|due|near):)?[-<,.\"“”*:()^+{}0-9a-z你好退货 ]{0,24}") {
        let Ok(query) = parse(&typed) else { return Ok(()) };
        let home = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let archive = runtime.block_on(async { Archive::open(home.path()).unwrap() });
        let request = Request { query, anchor: Anchor::Newest, limit: 9, ..Request::default() };
        prop_assert!(archive.reader().unwrap().page(&request, start()).is_ok(), "{}", typed);
    }

    /// Every part of any text finds it.
    #[test]
    fn every_part_of_a_text_finds_it(text in "[a-z你好退货几点了，ＡＢ👍+ ]{1,20}", start_at in 0_usize..20, length in 1_usize..8) {
        let part: String = text.chars().skip(start_at).take(length).collect();
        // Latin words are found from their start.
        let before = text.chars().nth(start_at.wrapping_sub(1));
        let starts_inside = before.is_some_and(|char| char.is_ascii_alphanumeric() || ('Ａ'..='Ｂ').contains(&char));
        prop_assume!(!starts_inside && !part.contains(' ') && !part.starts_with('-') && !part.is_empty());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let found = runtime.block_on(async {
            let mut kept = Kept::new();
            kept.keep("text", 7, &text, "{}").await;
            kept.found(&part)
        });
        prop_assert_eq!(found, vec![1], "{:?} in {:?}", part, text);
    }
}
