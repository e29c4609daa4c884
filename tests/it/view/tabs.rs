//! The line of tabs: which of them fit, and the query within one of them.

use weibox::dashboard::Event;
use weibox::record::page::Total;

use crate::dashboard::Session;

use super::{draw, inbox};

fn line(session: &Session, size: (u16, u16)) -> String {
    draw(session, size).lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_counts_go_before_the_words_and_the_words_before_the_tabs() {
    for (width, told) in [
        (120, "[1 All 10] 2 Text 2  3 Position 1  4 Voice 1  5 Image 2  6 Other 4  7 Due <4h 0  8 Waiting 0"),
        (80, "[1 All 10] 2 Text  3 Position  4 Voice  5 Image  6 Other  7 Due <4h  …"),
        (60, "[1 All 10] 2 Text  3 Position  4 Voice  5 Image  …"),
        (50, "[1 All 10] 2 Text  3 Position  4 Voice  …"),
        (38, "[1 All 10] 2 Text  …"),
    ] {
        let size = (width, 24);
        let line = line(&inbox(size), size);
        assert_eq!(line.split("  FOLLOW").next().map(str::trim_end), Some(told), "{line}");
    }
}

#[test]
fn who_waits_is_counted_before_the_tab_was_opened_and_in_little_room() {
    for (size, told) in [
        ((120, 24), "6 Other 4  7 Due <4h 0  8 Waiting 7  "),
        ((100, 24), "[1 All 10] 2 Text 2  3 Position 1  4 Voice 1  5 Image 2  6 Other 4  7 Due <4h  8 Waiting 7  "),
        ((96, 24), "[1 All 10] 2 Text  3 Position  4 Voice  5 Image  6 Other  7 Due <4h  8 Waiting 7  "),
    ] {
        let mut session = inbox(size);
        let of = |tab: usize| session.state.list().inbox.tabs()[tab].query.clone();
        let counts = [(6, 0), (7, 7)].map(|(tab, n)| (of(tab), Total { n, is_more: false }));
        session.event(Event::Counted(Some(counts.to_vec())));
        let line = line(&session, size);
        assert!(line.contains(told), "{line}");
    }
}

#[test]
fn the_shown_tab_and_its_neighbours_have_whole_words_where_there_is_little_room() {
    let size = (60, 24);
    for (keys, told) in [
        ("", "[1 全部 10] 2 文字  3 位置  4 语音  5 图片  6 其他  …"),
        ("4", "1 全部  2 文字  3 位置 [4 语音 1] 5 图片  6 其他  …"),
        ("7", "…  3 位置  4 语音  5 图片  6 其他 [7 即将超时 0] …"),
    ] {
        let mut session = inbox(size);
        session.keys("<f10>");
        session.keys(keys);
        let line = line(&session, size);
        assert!(line.trim_start().starts_with(told), "{line}");
    }
    let mut session = inbox(size);
    session.keys("<f10><f2>7");
    session.event(Event::Clicked(1, 1));
    assert_eq!(session.state.list().inbox.shown(), 1, "what stands for the others leads to the next of them");
}

#[test]
fn what_is_looked_for_stands_above_the_list_until_it_is_left() {
    for width in [120, 80, 60] {
        let size = (width, 24);
        let mut session = inbox(size);
        session.keys("/type:image -word<enter>");
        let found = line(&session, size);
        assert!(found.starts_with("[1 All] / type:image -word ") && found.contains("2 of 10  FOLLOW"), "{found}");
        assert!(draw(&session, size).contains("Esc back"), "the way back");
        session.keys("<esc>");
        assert!(line(&session, size).starts_with("[1 A"), "{}", line(&session, size));
    }
}

#[test]
fn a_search_for_words_says_how_far_an_older_archive_is_indexed_again() {
    for (size, keys) in
        [((120, 36), "/周末<enter>"), ((80, 24), "/周末"), ((38, 8), "/nothing"), ((60, 20), "<f10>/无此")]
    {
        let mut session = inbox(size);
        session.keys(keys);
        session.indexed_again = Some(43);
        session.event(Event::Committed);
        let screen = draw(&session, size);
        assert!(screen.contains("43 %"), "{screen}");
        session.indexed_again = None;
        session.event(Event::Committed);
        assert!(!draw(&session, size).contains("43 %"));
    }
    let mut session = inbox((120, 36));
    session.indexed_again = Some(43);
    session.keys("/type:image<enter>");
    assert!(!draw(&session, (120, 36)).contains("43 %"), "nothing of that depends on it");
}

#[test]
fn the_footer_has_the_keys_of_the_line_while_a_query_is_typed() {
    let mut session = inbox((80, 24));
    session.keys("/");
    let screen = draw(&session, (80, 24));
    assert!(screen.contains("Enter keep  Esc leave") && !screen.contains("q quit"), "{screen}");
    for keys in ["Y", "<alt-t>"] {
        let mut session = inbox((80, 24));
        session.keys(keys);
        let screen = draw(&session, (80, 24));
        assert_eq!(screen.lines().last(), Some(""), "{screen}");
    }
}

#[test]
fn a_search_in_a_tab_names_the_tab_and_counts_in_it_and_offers_what_all_have() {
    for (width, typing, kept) in
        [(120, "[Position] / 图片", "[3 Position] / 图片"), (60, "[Position] / 图片", "[3 Position] / 图片")]
    {
        let size = (width, 24);
        let mut session = inbox(size);
        session.keys("3/");
        session.event(Event::Pasted("图片".to_owned().into()));
        let found = line(&session, size);
        assert!(found.starts_with(typing) && found.ends_with("0 of 1  3 in All (Tab)"), "{found}");
        session.keys("<enter>");
        let found = line(&session, size);
        assert!(found.starts_with(kept) && found.contains("0 of 1  3 in All (1)  FOLLOW"), "{found}");
        let screen = draw(&session, size);
        assert!(screen.contains("Nothing matches in Position.") && screen.contains("3 in All (1)"), "{screen}");
        session.keys("1");
        assert!(line(&session, size).contains("3 of 10  FOLLOW"), "{}", line(&session, size));
    }
}

#[test]
fn a_query_that_is_wrong_has_no_count_and_its_error_is_whole() {
    let size = (80, 24);
    let mut session = inbox(size);
    session.keys("/type:image");
    assert!(line(&session, size).contains("2 of 10"));
    session.keys("x");
    assert!(!line(&session, size).contains(" of "), "{}", line(&session, size));
    session.keys("<ctrl-u>is:x");
    let shown = draw(&session, size);
    let below = shown.lines().skip(22).collect::<Vec<_>>();
    assert!(below[0].contains("is not a valid value for `is:`") && !below[1].contains("Enter"), "{shown}");
    assert!(below.iter().all(|line| !line.contains('…')), "{shown}");
}

#[test]
fn the_number_of_picked_messages_stands_beside_whether_the_list_follows() {
    let size = (80, 24);
    let mut session = inbox(size);
    session.keys("  ");
    assert!(line(&session, size).ends_with("2 picked  PAUSED (F)"), "{}", line(&session, size));
}

#[test]
fn an_empty_tab_of_urgent_messages_says_that_nothing_is_urgent() {
    let size = (80, 24);
    for (tab, words) in [("7", "No reply window closes soon."), ("8", "Nobody waits for an answer.")] {
        let mut session = inbox(size);
        session.keys(tab);
        let screen = draw(&session, size);
        assert!(screen.contains(words), "{screen}");
    }
}
