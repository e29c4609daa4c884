//! Every screen at every size.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use weibox::controls::key::{Key, KeyCode};
use weibox::controls::layout::Size;
use weibox::dashboard::Event;
use weibox::view::view;

use super::inbox;

/// Every screen, by the keys that open it from the list and close it.
const SCREENS: [(&str, &str); 27] = [
    ("", ""),
    ("<enter>", "<esc>"),
    ("v", "vv"),
    ("vv", "v"),
    ("?", "<esc>"),
    (":", "<esc>"),
    ("Y", "<esc>"),
    (",", "<esc>"),
    ("/退货 typ:", "<esc>"),
    ("E", "<esc>"),
    ("i", "<esc>"),
    ("B", "<esc>"),
    ("fhttp://127.0.0.1:5000/", "<esc>"),
    ("B<enter>", "<esc><esc>"),
    ("z", "z"),
    ("<f9>", "<esc>"),
    ("P|", "P|||"),
    ("w", "<esc>"),
    ("M", "<esc>"),
    ("w?", "<esc><esc>"),
    ("c", "<esc>"),
    ("t", "<esc>"),
    ("5js", "<esc>1g"),
    ("2a", "<esc>1"),
    ("b", "<esc>"),
    ("#", "<esc>"),
    ("e", "<esc>"),
];

/// If set, every screen is drawn at every size in both languages, which takes minutes; otherwise one screen and
/// language is drawn at each size.
const ALL_SIZES: &str = "WEIBOX_TEST_ALL_SIZES";

#[test]
fn every_screen_can_be_drawn_at_every_size_in_both_languages() {
    let is_all = std::env::vars_os().any(|(name, _)| name == ALL_SIZES);
    let threads = std::thread::available_parallelism().map_or(1, |n| u16::try_from(n.get()).unwrap());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || draw_at_widths((1..=200).filter(|width| width % threads == thread), is_all));
        }
    });
}

fn draw_at_widths(widths: impl Iterator<Item = u16>, is_all: bool) {
    let mut session = inbox((1, 1));
    session.event(Event::Calls(Vec::new()));
    for width in widths {
        for height in 1..=60 {
            session.event(Event::Resized(Size { width, height }));
            // All screens of a size share one terminal, so that equal cells are compared instead of written
            // again.
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            for (index, (there, back)) in SCREENS.into_iter().enumerate() {
                // Each step of width or height selects another screen and language, so that each meets every kind
                // of size.
                if !is_all && usize::from(width * 5 + height * 3) % SCREENS.len() != index {
                    continue;
                }
                session.keys(there);
                for _ in 0..if is_all { 2 } else { 1 } {
                    terminal.draw(|frame| view(&session.state, frame)).unwrap();
                    session.event(Event::Key(Key::plain(KeyCode::F(10))));
                }
                session.keys(back);
            }
        }
    }
}
