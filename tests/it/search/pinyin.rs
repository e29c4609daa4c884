//! Finding Chinese by its sound: in whole syllables, first letters, and both.

use weibox::archive::Reader;
use weibox::query::{Query, Understanding, parse};
use weibox::record::page::{Anchor, Request};

use super::Kept;

/// Creates an archive with some messages, the last one being the newest.
async fn kept() -> Kept {
    let mut kept = Kept::new();
    for text in [
        "我要退貨，頭髮掉了",
        "我要退货",
        "退款退货",
        "去重庆的银行",
        "在西安，先走了",
        "th is tuihuo",
        "收货地址：深圳",
        "退，货",
        "略绿",
    ] {
        kept.keep("text", 7, text, "{}").await;
    }
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn pinyin_finds_what_sounds_so_and_latin_letters_mean_both() {
    let kept = kept().await;
    for (query, expected) in [
        ("tuihuo", &[6, 3, 2, 1][..]),
        ("TuiHuo", &[6, 3, 2, 1]),
        ("ｔｕｉｈｕｏ", &[6, 3, 2, 1]),
        ("tui'huo", &[3, 2, 1]),
        ("tuih", &[6, 3, 2, 1]),
        ("thuo", &[3, 2, 1]),
        ("th", &[6, 3, 2, 1]),
        ("tktui", &[3]),
        ("tktuihuo", &[3]),
        ("tkth", &[3]),
        ("tui huo", &[8, 3, 2, 1]),
        ("py:tuihuo", &[3, 2, 1]),
        ("py:th", &[3, 2, 1]),
        ("\"tuihuo\"", &[6]),
        ("\"th\"", &[6]),
        ("-tuihuo", &[9, 8, 7, 5, 4]),
        ("-py:th", &[9, 8, 7, 6, 5, 4]),
        ("toufa", &[1]),
        ("chongqing", &[4]),
        ("zhongqing", &[4]),
        ("yinhang", &[4]),
        ("yinxing", &[4]),
        ("cqdyh", &[4]),
        ("xian", &[5]),
        ("xi'an", &[5]),
        ("py:xianzou", &[5]),
        ("shdz", &[7]),
        ("shouhuodizhi", &[7]),
        ("shdzsz", &[]),
        ("lvse", &[]),
        ("lv", &[9]),
        ("lue", &[9]),
        ("tui", &[8, 6, 3, 2, 1]),
        ("t", &[6]),
        ("th type:text since:9h -py:tk", &[6, 2, 1]),
    ] {
        assert_eq!(kept.found(query), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_setting_turns_pinyin_off_but_what_asks_for_it_alone() {
    let kept = kept().await;
    let by = Understanding { has_pinyin: false, ..Understanding::default() };
    for (typed, expected) in [("tuihuo", &[6][..]), ("py:tuihuo", &[3, 2, 1]), ("退货", &[3, 2, 1])] {
        let query: Query = parse(typed).unwrap().understood(by);
        assert_eq!(query.to_string(), typed);
        let request = Request { query, anchor: Anchor::Newest, limit: 9, ..Request::default() };
        let page = Reader::open(kept.home.path()).unwrap().page(&request, kept.now()).unwrap();
        assert_eq!(page.records.iter().map(|record| record.seq).collect::<Vec<_>>(), expected, "{typed}");
    }
}

#[test]
fn marks_stand_on_the_characters_that_sound_so() {
    let marks = |query: &str, text: &str| {
        parse(query).unwrap().marks(text).into_iter().filter_map(|mark| text.get(mark)).collect::<Vec<_>>().join("|")
    };
    assert_eq!(marks("th", "我要退貨，th"), "退貨|th");
    assert_eq!(marks("tui huo", "我要退貨"), "退|貨");
    assert_eq!(marks("py:th -走", "th 退\u{200b}货走"), "退\u{200b}货");
    assert_eq!(marks("\"th\"", "退货 th"), "th");
}
