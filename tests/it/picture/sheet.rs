//! The contact sheet: which images it shows, what is drawn for it, and how the selection moves.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use weibox::controls::layout::Size;
use weibox::dashboard::list::grid::TileGrid;
use weibox::dashboard::orders::{ArchiveChange, PictureAnswer, PictureRequest};
use weibox::dashboard::{Effect, Event, Over, Setup};
use weibox::media::picture::drawing::Protocol;
use weibox::reason::{Reason, downloads};
use weibox::record::media::{Board, Queue, Stage};
use weibox::record::policy::{Auto, Policy};
use weibox::record::{Record, Seq};
use weibox::view::view;

use super::session::{asked, blocks, drawing, image, name, session, text};
use crate::dashboard::{Session, record};

fn screen(session: &Session, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    text(terminal.draw(|frame| view(&session.state, frame)).unwrap().buffer)
}

fn selected(session: &Session) -> Seq {
    session.state.list().inbox.selected().unwrap().seq
}

/// Draws all requested pictures, and returns the requests.
fn draw_all(session: &mut Session) -> Vec<PictureRequest> {
    let mut all = Vec::new();
    while let Some(request) = asked(session).pop() {
        all.push(request.clone());
        session.event(Event::Picture(PictureAnswer { request, drawn: Ok(drawing(blocks())) }));
    }
    all
}

#[test]
fn the_sheet_has_the_images_of_the_list_and_loads_those_on_the_screen() {
    let mut session = session(Protocol::HalfBlocks, 100);
    session.records.push(record(101, "text", "between", "{}"));
    session.event(Event::Committed);
    draw_all(&mut session);
    session.keys("I");
    let tiles = TileGrid::shown(session.state.world()).unwrap().n_tiles();
    let all = draw_all(&mut session);
    assert!((8..30).contains(&tiles) && all.len() == tiles, "{tiles} tiles, {} drawn", all.len());
    assert!(all.iter().all(|request| request.most.width >= 20 && request.most.height >= 7), "{:?}", all[0]);
    let shown = screen(&session, (120, 36));
    assert_eq!(shown.matches("▀▀").count(), tiles * 2, "{shown}");
    assert!(!shown.contains("between"));
    session.keys("<esc>");
    assert!(TileGrid::shown(session.state.world()).is_none() && session.state.list().inbox.filter().terms.is_empty());
    assert!(screen(&session, (120, 36)).contains("between"));
}

#[test]
fn arrows_move_through_the_sheet_and_whole_rows_scroll() {
    let mut session = session(Protocol::HalfBlocks, 100);
    session.keys("I");
    let columns = Seq::from(TileGrid::shown(session.state.world()).unwrap().columns());
    session.keys("<right><right><left>");
    assert_eq!(selected(&session), 99);
    session.keys("<down>");
    assert_eq!(selected(&session), 99 - columns);
    for _ in 0..7 {
        session.keys("j");
        let (records, _) = session.state.list().inbox.visible();
        assert_eq!((100 - records[0].seq) % columns, 0, "a row begins with {}", records[0].seq);
    }
    session.keys("kkkkkkkk");
    assert_eq!(selected(&session), 99);
}

#[test]
fn enter_shows_the_picture_and_leads_back_to_the_sheet() {
    let mut session = session(Protocol::HalfBlocks, 5);
    session.keys("I<right><enter>");
    assert!(matches!(session.state.stack().last(), Some(Over::PictureViewer(_))));
    session.keys("<esc>");
    assert!(session.state.stack().is_empty() && TileGrid::shown(session.state.world()).is_some());
    assert_eq!(selected(&session), 4);
    session.keys("q");
    assert!(TileGrid::shown(session.state.world()).is_none() && !session.effects.contains(&Effect::Quit));
}

#[test]
fn what_is_not_saved_or_cannot_be_drawn_says_so_and_can_be_downloaded() {
    let mut session = session(Protocol::HalfBlocks, 1);
    session.records.push(record(2, "image", "x", r#"{"tovfid":2}"#));
    let failed = Some(Stage::Failed { reason: Reason::other("the access token expired") });
    session.records.push(weibox::record::Record { medium: failed, ..image(3) });
    session.event(Event::Committed);
    session.effects.clear();
    session.keys("I");
    let request = asked(&mut session).pop().unwrap();
    session.event(Event::Picture(PictureAnswer { request, drawn: Err(Reason::other("too large to be shown")) }));
    let shown = screen(&session, (120, 36));
    for words in ["new", "failed", "too large to be shown"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    session.keys("<right><enter>");
    assert!(
        session.state.stack().is_empty() && TileGrid::shown(session.state.world()).is_some(),
        "there is nothing to show"
    );
    assert_eq!(session.state.notice().unwrap().text, "the file is not downloaded yet: d downloads it");
    session.keys("<left><enter>");
    assert_eq!(session.state.notice().unwrap().text, "the download failed: d tries again");
    session.keys("<right>");
    session.keys("d");
    assert!(session.effects.iter().any(|effect| matches!(effect, Effect::Change(ArchiveChange::Download(_)))));
}

/// Opens a sheet with a saved picture, a failed one, and three that were never requested; returns what it
/// requests.
fn asked_with(auto: Auto, queue: Queue) -> (Session, Vec<String>) {
    let policy = Policy { auto, kinds: Vec::new() };
    let setup = Setup { policy, ..session(Protocol::HalfBlocks, 0).state.world().setup.clone() };
    let new = |seq: Seq| Record { medium: None, account: "shop".to_owned(), ..image(seq) };
    let failed = Record { medium: Some(Stage::Failed { reason: downloads::CANCELLED.into() }), ..image(2) };
    let mut session = Session::with(setup, (120, 36), vec![image(1), failed, new(3), new(4), new(5)]);
    session.event(Event::Downloads(Board { queue, ..Board::default() }));
    session.effects.clear();
    session.keys("I");
    let names = draw_all(&mut session).iter().map(name).collect();
    (session, names)
}

#[test]
fn thumbnails_of_what_is_not_saved_are_fetched_after_what_is_where_files_may_be() {
    let (mut sheet, names) = asked_with(Auto::Selected, Queue::Open);
    assert_eq!(names, ["1.jpg", "thumbnail of shop's 5", "thumbnail of shop's 4", "thumbnail of shop's 3"]);
    assert_eq!(screen(&sheet, (120, 36)).matches("▀▀").count(), 8);
    sheet.keys("<esc>");
    assert!(asked(&mut sheet).is_empty(), "the detail waits for the file");
    let paused = Queue::Paused { reason: Reason::other("busy"), until: chrono::DateTime::UNIX_EPOCH };
    for (auto, queue) in [(Auto::Off, Queue::Open), (Auto::All, Queue::NoToken), (Auto::All, paused)] {
        assert_eq!(asked_with(auto, queue).1, ["1.jpg"], "{auto:?}");
    }
}

#[test]
fn a_thumbnail_that_does_not_come_leaves_the_tile_as_it_was() {
    let (mut session, _) = asked_with(Auto::Off, Queue::Open);
    let without = screen(&session, (120, 36));
    (session, _) = asked_with(Auto::All, Queue::NoToken);
    session.event(Event::Downloads(Board::default()));
    while let Some(request) = asked(&mut session).pop() {
        session.event(Event::Picture(PictureAnswer {
            request,
            drawn: Err(Reason::other("Weibo answered 404 Not Found")),
        }));
    }
    assert_eq!(screen(&session, (120, 36)), without);
}

#[test]
fn a_click_hits_the_tile_below_it() {
    let mut session = session(Protocol::HalfBlocks, 9);
    session.keys("I");
    let (picture, _) = TileGrid::shown(session.state.world()).unwrap().tiles().nth(2).unwrap();
    session.event(Event::Clicked(picture.x + 3, picture.y + 2));
    assert_eq!(selected(&session), 7);
    session.event(Event::Clicked(picture.x + 3, picture.y + 2));
    assert!(matches!(session.state.stack().last(), Some(Over::PictureViewer(_))));
}

#[test]
fn the_sheet_fits_every_screen() {
    let mut session = session(Protocol::HalfBlocks, 40);
    session.keys("I");
    for (width, height) in [(120, 36), (80, 24), (60, 20), (40, 10), (200, 60), (10, 4), (1, 1)] {
        session.event(Event::Resized(Size { width, height }));
        draw_all(&mut session);
        screen(&session, (width, height));
    }
    session.event(Event::Resized(Size { width: 80, height: 24 }));
    draw_all(&mut session);
    let shown = screen(&session, (80, 24));
    assert!(shown.matches("▀▀").count() == 12 && shown.contains("12:00:40 2489518040"), "{shown}");
}

#[test]
fn a_terminal_without_pictures_has_no_sheet() {
    let mut session = Session::new((80, 24), vec![image(1)]);
    session.keys("I");
    assert!(TileGrid::shown(session.state.world()).is_none());
    assert!(session.state.notice().unwrap().text.contains("dashboard.images"));
}

#[test]
fn tiles_and_the_whole_picture_say_who_sent_them_by_name() {
    let mut session = session(Protocol::HalfBlocks, 2);
    session.records[1].sender.name = "Li\u{1b}W".to_owned();
    session.event(Event::Committed);
    for keys in ["I", "z"] {
        session.keys(keys);
        draw_all(&mut session);
        let shown = screen(&session, (120, 36));
        assert!(shown.contains("Li␛W"), "{keys}: {shown}");
    }
    session.keys("P");
    let shown = screen(&session, (120, 36));
    assert!(!shown.contains("Li␛W") && !shown.contains("24895180"), "{shown}");
}
