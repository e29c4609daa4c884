//! A picture on the whole screen: how one gets there, zooms, moves, and leaves.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use weibox::controls::layout::Size;
use weibox::dashboard::orders::PictureAnswer;
use weibox::dashboard::{Effect, Event, Over};
use weibox::media::picture::Part;
use weibox::media::picture::drawing::{Form, Protocol};
use weibox::view::view;

use super::session::{asked, blocks, drawing, find, session, text};
use crate::dashboard::Session;

fn screen(session: &Session, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let buffer = terminal.draw(|frame| view(&session.state, frame)).unwrap().buffer.clone();
    text(&buffer)
}

fn is_open(session: &Session) -> bool {
    matches!(session.state.stack().last(), Some(Over::PictureViewer(_)))
}

#[test]
fn z_shows_it_at_once_enter_after_reading_and_everything_else_leaves() {
    for (open, leave) in [("z", "<esc>"), ("z", "z"), ("z", "q"), ("<enter><enter>", "<enter>"), ("z", "x")] {
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

#[test]
fn the_picture_is_drawn_for_the_whole_screen_and_for_each_part() {
    let mut session = session(Protocol::HalfBlocks, 1);
    asked(&mut session);
    session.keys("z");
    let request = asked(&mut session).pop().unwrap();
    assert_eq!((request.most, request.part), (Size { width: 120, height: 35 }, Part::WHOLE));
    session.keys("+");
    assert_eq!(asked(&mut session)[0].part, Part { zoom: 1, centre: (512, 512) });
    session.keys("<right><down>");
    let parts: Vec<Part> = asked(&mut session).into_iter().map(|request| request.part).collect();
    assert_eq!(parts, [Part { zoom: 1, centre: (640, 512) }, Part { zoom: 1, centre: (640, 640) }]);
    session.keys("<right><right><right><right>");
    assert_eq!(asked(&mut session).pop().unwrap().part.centre, (768, 640), "not beyond the edge");
    session.keys("-");
    assert_eq!(asked(&mut session)[0].part, Part::WHOLE, "what is zoomed out is all in sight again");
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
    assert!(whole.contains("▀▀") && whole.contains("JPEG 1280×960 · 14.0 KB · 1×  arrows move  + zoom in"), "{whole}");
    session.keys("+");
    let zoomed = screen(&session, (120, 36));
    assert!(zoomed.contains("▀▀") && zoomed.contains(" · 2×  "), "{zoomed}");
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
    session.event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(Form::Whole("<small>".to_owned()))) }));
    session.keys("z");
    let request = asked(&mut session).pop().unwrap();
    session.event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(Form::Whole("<large>".to_owned()))) }));
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    for (keys, is_free) in [("", true), ("?", false), ("<esc>", true)] {
        session.keys(keys);
        let buffer = terminal.draw(|frame| view(&session.state, frame)).unwrap().buffer.clone();
        assert_eq!((find(&buffer, "<large>").is_some(), find(&buffer, "<small>")), (is_free, None), "{keys}");
    }
}
