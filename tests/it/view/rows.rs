//! The row with the cursor on it, and where that is in the list.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};
use weibox::view::view;

use super::{draw, inbox};

#[test]
fn the_row_with_the_cursor_is_a_bar_in_which_hits_stand_out() {
    let size = (80, 24);
    let mut session = inbox(size);
    session.keys("/周末<enter>");
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| view(&session.state, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let cells: Vec<_> = (0..size.0).map(|x| &buffer[(x, 3)]).collect();
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && !cell.modifier.contains(Modifier::DIM)));
    let lit: String =
        cells.iter().filter(|cell| !cell.modifier.contains(Modifier::REVERSED)).map(|cell| cell.symbol()).collect();
    assert_eq!(lit.replace(' ', ""), "周末");
}

#[test]
fn a_list_without_a_frame_says_below_where_the_cursor_is() {
    for size in [(80, 24), (40, 20)] {
        let mut session = inbox(size);
        session.keys("jj");
        let above_the_keys = |screen: &str| screen.lines().rev().nth(1).unwrap().trim().to_owned();
        assert_eq!(above_the_keys(&draw(&session, size)), "3/10");
        session.keys("~");
        let told = above_the_keys(&draw(&session, size));
        assert!(told.starts_with("~ does nothing here") && told.ends_with("3/10") == (size.0 > 40), "{told}");
    }
}
