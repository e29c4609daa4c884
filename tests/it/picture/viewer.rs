//! A picture on the whole screen: opening, zooming, moving and closing.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use weibox::controls::layout::Size;
use weibox::dashboard::orders::{ArchiveChange, PictureAnswer};
use weibox::dashboard::{Effect, Event, Over};
use weibox::media::picture::Viewport;
use weibox::media::picture::drawing::{DrawingForm, Protocol};
use weibox::record::page::{Mark, Selection};
use weibox::view::view;

use super::session::{asked, blocks, drawing, find, image, name, session, text};
use crate::dashboard::{Session, record};

fn screen(session: &Session, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let buffer = terminal.draw(|frame| view(&session.state, frame)).unwrap().buffer.clone();
    text(&buffer)
}

fn is_open(session: &Session) -> bool {
    matches!(session.state.stack().last(), Some(Over::PictureViewer(_)))
}

#[test]
fn z_shows_it_at_once_enter_after_reading_and_the_same_keys_leave() {
    for (open, leave) in [("z", "<esc>"), ("z", "z"), ("z", "q"), ("<enter><enter>", "<enter>")] {
        let mut session = session(Protocol::HalfBlocks, 1);
        session.keys(open);
        assert!(is_open(&session), "{open}");
        session.keys(leave);
        assert!(!is_open(&session), "{leave}");
        assert!(!session.effects.contains(&Effect::Quit), "{leave}");
    }
    let mut session = session(Protocol::HalfBlocks, 0);
    session.keys("z");
    assert!(!is_open(&session), "without a picture it is the list that is enlarged");
}

/// Creates a session with a text, an image, one that is not downloaded, another text, and an image: numbers 1 to
/// 5.
fn mixed() -> Session {
    let mut session = session(Protocol::HalfBlocks, 5);
    for seq in [1, 4] {
        session.records[seq - 1] = record(seq as u64, "text", "不是图片", "{}");
    }
    session.records[2].medium = None;
    session.event(Event::Committed);
    session.keys("gz");
    session
}

/// Returns the number of the message whose picture is shown; 0 for none.
fn shown(session: &Session) -> u64 {
    let Some(Over::PictureViewer(viewer)) = session.state.stack().last() else { return 0 };
    assert_eq!(session.state.list().selected().map(|record| record.seq), Some(viewer.record.seq));
    viewer.record.seq
}

#[test]
fn one_key_turns_to_the_next_picture_of_the_list_and_one_back() {
    for (next, previous) in [("n", "N"), ("<space>", "<left>"), ("<right>", "<up>"), ("<down>", "h"), ("j", "k")] {
        let mut session = mixed();
        assert_eq!(shown(&session), 5);
        for (key, seq) in [(next, 3), (next, 2), (next, 2), (previous, 3), (previous, 5), (previous, 5)] {
            session.keys(key);
            assert_eq!(shown(&session), seq, "{key}");
        }
        assert!(screen(&session, (120, 36)).contains("nothing more in this direction"), "{previous}");
    }
    let mut session = mixed();
    session.keys("+<right>");
    assert_eq!(shown(&session), 5, "the arrows move what is zoomed in");
    session.keys("n");
    let parts: Vec<Viewport> = asked(&mut session).into_iter().map(|request| request.part).collect();
    assert_eq!((shown(&session), parts.last()), (3, Some(&Viewport { zoom: 1, centre: (640, 512) })));
    session.keys("n");
    assert_eq!(asked(&mut session).pop().unwrap().part, Viewport::WHOLE, "another picture is seen whole first");
}

#[test]
fn the_list_follows_again_after_a_picture_if_it_followed_before_and_no_other_message_is_selected() {
    let follows = |session: &Session| {
        (session.state.list().inbox.is_following(), session.state.list().selected().map_or(0, |record| record.seq))
    };
    for (before, keys, after) in [
        ("", "<esc>", (true, 6)),
        ("", "nN<esc>", (true, 6)),
        ("", "n<esc>", (false, 3)),
        ("F", "<esc>", (false, 5)),
        ("=", "<esc>=", (true, 6)),
    ] {
        let mut session = mixed();
        session.keys("<esc>");
        if !session.state.list().inbox.is_following() {
            session.keys("F");
        }
        session.keys(before);
        session.keys("z");
        session.records.push(record(6, "text", "new", "{}"));
        session.event(Event::Committed);
        assert_eq!(follows(&session), (false, 5), "{before}: the picture stays");
        session.keys(keys);
        assert_eq!(follows(&session), after, "{before} {keys}");
    }
}

#[test]
fn a_frozen_list_stays_as_it_is_behind_the_pictures() {
    for (keys, seq) in [("", 5), ("n", 3), ("nnN", 3)] {
        let mut session = mixed();
        session.keys("<esc>=");
        session.records.push(record(6, "text", "new", "{}"));
        session.event(Event::Committed);
        session.keys("z");
        session.keys(keys);
        assert_eq!((shown(&session), session.state.list().inbox.total().n), (seq, 5), "{keys}");
    }
}

#[test]
fn the_next_picture_is_that_of_the_order_on_the_screen() {
    let mut session = mixed();
    session.keys("<esc>,s");
    let order: Vec<u64> = session.state.list().inbox.visible().0.iter().map(|record| record.seq).collect();
    assert_eq!(order, [1, 2, 3, 4, 5], "by sender");
    session.keys("gjz");
    for (key, seq) in [("n", 3), ("n", 5), ("N", 3), ("N", 2), ("N", 2)] {
        session.keys(key);
        assert_eq!(shown(&session), seq, "{key}");
    }
}

#[test]
fn one_that_is_not_there_says_why_and_comes_when_it_is_downloaded() {
    let mut session = mixed();
    session.keys("n");
    let words = screen(&session, (120, 36));
    assert!(words.contains("not saved; d downloads it"), "{words}");
    session.keys("d");
    assert_eq!(session.effects.last(), Some(&Effect::Change(ArchiveChange::Download(Selection::Seqs(vec![3])))));
    asked(&mut session);
    session.records[2].medium = image(3).medium;
    session.event(Event::Committed);
    assert_eq!(asked(&mut session).iter().map(name).collect::<Vec<_>>(), ["3.jpg"]);
    assert_eq!(shown(&session), 3);
}

#[test]
fn keys_act_on_the_picture_that_is_shown_and_not_on_what_is_picked() {
    let mut session = mixed();
    session.keys("<esc>g<space><space>gznn");
    assert_eq!(shown(&session), 2);
    session.keys("*");
    assert_eq!(
        session.effects.last(),
        Some(&Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![2]), Mark::Starred)))
    );
    session.records[1].marks.is_starred = true;
    session.event(Event::Committed);
    session.keys("0");
    let words = screen(&session, (120, 36));
    assert!(words.contains("* 2489518002 11-23 12:00"), "{words}");
    session.keys("*");
    assert_eq!(
        session.effects.last(),
        Some(&Effect::Change(ArchiveChange::Mark(Selection::Seqs(vec![2]), Mark::Unstarred)))
    );
    session.keys("o");
    assert_eq!(session.effects.last(), Some(&Effect::Open("/data/media/2.jpg".into())));
    session.keys("s");
    assert!(matches!(session.state.stack().last(), Some(Over::SavePrompt(_))));
    session.keys("<esc>Y");
    assert!(matches!(session.state.stack().last(), Some(Over::Menu(_))));
    session.keys("/data/media<enter>");
    assert_eq!(session.effects.last(), Some(&Effect::Copy("/data/media/2.jpg".to_owned())));
    session.keys("d");
    assert!(screen(&session, (120, 36)).contains("the file is already saved"));
    session.keys("x");
    assert!(screen(&session, (120, 36)).contains("x does nothing here"), "it does not close the picture either");
    assert_eq!(shown(&session), 2);
}

#[test]
fn what_comes_meanwhile_leaves_the_picture_and_what_goes_closes_it() {
    let mut session = session(Protocol::HalfBlocks, 2);
    session.keys("z");
    session.records.push(image(3));
    session.event(Event::Committed);
    assert_eq!(shown(&session), 2);
    session.records = vec![record(1, "text", "不是图片", "{}")];
    session.event(Event::Committed);
    assert!(session.state.stack().is_empty());
}

#[test]
fn in_a_low_pane_the_picture_comes_first_and_the_facts_below_it() {
    let mut session = session(Protocol::HalfBlocks, 1);
    session.event(Event::Resized(Size { width: 80, height: 24 }));
    for (keys, above, rows) in [("", 1, 6), ("<enter>", 2, 18)] {
        session.keys(keys);
        let request = asked(&mut session).pop().unwrap();
        assert_eq!(request.most, Size { width: 78, height: rows });
        session.event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(blocks())) }));
        let page = session.state.detail().page().unwrap();
        let line = |at: usize| page.lines[at].iter().map(|cell| cell.text.as_str()).collect::<String>();
        assert_eq!(line(0), "2489518001  11-23 12:00  JPEG 1280×960 · 14.3 KB · halfblocks");
        assert_eq!(page.picture.as_ref().unwrap().line, above);
        assert!(above == 1 || line(1) == "发了一张图片");
        let below: Vec<String> = (usize::from(rows) + above..page.lines.len()).map(line).collect();
        assert!(below.iter().any(|line| line.contains("/data/media/1.jpg")), "{below:?}");
        assert!(below.iter().any(|line| line.contains("发了一张图片")), "{below:?}");
        assert!(!below.iter().any(|line| line.contains("JPEG")), "{below:?}");
    }
}

#[test]
fn the_picture_is_drawn_for_the_whole_screen_and_for_each_part() {
    let mut session = session(Protocol::HalfBlocks, 1);
    asked(&mut session);
    session.keys("z");
    let request = asked(&mut session).pop().unwrap();
    assert_eq!((request.most, request.part), (Size { width: 120, height: 35 }, Viewport::WHOLE));
    session.keys("+");
    assert_eq!(asked(&mut session)[0].part, Viewport { zoom: 1, centre: (512, 512) });
    session.keys("<right><down>");
    let parts: Vec<Viewport> = asked(&mut session).into_iter().map(|request| request.part).collect();
    assert_eq!(parts, [Viewport { zoom: 1, centre: (640, 512) }, Viewport { zoom: 1, centre: (640, 640) }]);
    session.keys("<right><right><right><right>");
    assert_eq!(asked(&mut session).pop().unwrap().part.centre, (768, 640), "not beyond the edge");
    session.keys("-");
    assert_eq!(asked(&mut session)[0].part, Viewport::WHOLE, "what is zoomed out is all in sight again");
    session.keys("++++++++++");
    assert_eq!(asked(&mut session).pop().unwrap().part.zoom, 5);
}

#[test]
fn the_part_before_stays_until_the_next_is_there_and_a_caption_says_what_it_is() {
    let mut session = session(Protocol::HalfBlocks, 1);
    session.keys("z");
    assert!(screen(&session, (120, 36)).contains("decoding"));
    let request = asked(&mut session).pop().unwrap();
    session.event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(blocks())) }));
    let whole = screen(&session, (120, 36));
    assert!(
        whole.contains("▀▀") && whole.contains("JPEG 1280×960 · 14.3 KB · 1×  n next  N previous  + zoom in"),
        "{whole}"
    );
    session.keys("+");
    let zoomed = screen(&session, (120, 36));
    assert!(zoomed.contains("▀▀") && zoomed.contains(" · 2×  arrows move  n next"), "{zoomed}");
    assert!(!zoomed.contains("weibox"), "nothing else is on the screen");
    for size in [(80, 24), (60, 20), (1, 1)] {
        session.event(Event::Resized(Size { width: size.0, height: size.1 }));
        screen(&session, size);
    }
}

#[test]
fn a_picture_that_covers_cells_is_drawn_there_and_not_below() {
    let mut session = session(Protocol::Sixel, 1);
    let request = asked(&mut session).pop().unwrap();
    session
        .event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(DrawingForm::Whole("<small>".to_owned()))) }));
    session.keys("z");
    let request = asked(&mut session).pop().unwrap();
    session
        .event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(DrawingForm::Whole("<large>".to_owned()))) }));
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    for (keys, is_free) in [("", true), ("?", false), ("<esc>", true)] {
        session.keys(keys);
        let buffer = terminal.draw(|frame| view(&session.state, frame)).unwrap().buffer.clone();
        assert_eq!((find(&buffer, "<large>").is_some(), find(&buffer, "<small>")), (is_free, None), "{keys}");
    }
}
