//! Pictures in the dashboard's state and on the screen: what is drawn when, and what the detail shows.

use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::style::Color;
use weibox::controls::layout::Size;
use weibox::dashboard::orders::{PictureAnswer, PictureOrder, PictureOrigin, PictureRequest};
use weibox::dashboard::{Effect, Event, FilePlaces, Setup};
use weibox::media::picture::drawing::{Canvas, Drawing, DrawingForm, Protocol};
use weibox::media::picture::kitty;
use weibox::reason::Reason;
use weibox::record::media::Stage;
use weibox::record::{Marks, Record, Seq};
use weibox::view::view;

use crate::dashboard::{Session, record};

pub(super) fn image(seq: Seq) -> Record {
    let medium = Some(Stage::Done { file: format!("{seq}.jpg"), bytes: 14_360, sha256: None });
    let marks = Marks { is_read: true, ..Marks::default() };
    Record { medium, marks, ..record(seq, "image", "发了一张图片", &format!(r#"{{"tovfid":{seq}}}"#)) }
}

fn canvas(protocol: Protocol) -> Canvas {
    Canvas { protocol, cell: (10, 20), is_in_tmux: false }
}

pub(crate) fn session(protocol: Protocol, n: Seq) -> Session {
    let setup = Setup {
        url: "http://127.0.0.1:8080/weibo".to_owned(),
        is_signed: true,
        files: FilePlaces { media_dir: "/data/media".into(), ..FilePlaces::default() },
        canvas: Some(canvas(protocol)),
        ..Setup::default()
    };
    Session::with(setup, (120, 36), (1..=n).map(image).collect())
}

/// Returns the requested pictures.
pub(crate) fn asked(session: &mut Session) -> Vec<PictureRequest> {
    session
        .effects
        .drain(..)
        .filter_map(
            |effect| if let Effect::Picture(PictureOrder { request, .. }) = effect { Some(request) } else { None },
        )
        .collect()
}

fn files(session: &mut Session) -> Vec<String> {
    asked(session).iter().map(name).collect()
}

/// Returns the name of the requested file or thumbnail.
pub(super) fn name(request: &PictureRequest) -> String {
    match &request.origin {
        PictureOrigin::File(path) => path.strip_prefix("/data/media").unwrap().display().to_string(),
        PictureOrigin::Thumbnail { account, fid } => format!("thumbnail of {account}'s {fid}"),
    }
}

/// Returns a drawing of two columns and two rows.
pub(crate) fn drawing(form: DrawingForm) -> Arc<Drawing> {
    Arc::new(Drawing { id: 1, format: "JPEG", pixels: (1280, 960), is_whole: true, cells: (2, 2), form })
}

pub(crate) fn blocks() -> DrawingForm {
    let cell = |n: u8| [[n, 0, 0], [0, n, 0]];
    DrawingForm::Blocks([10, 20, 30, 40].map(cell).to_vec())
}

/// Answers the session's request.
fn drawn(session: &mut Session, form: DrawingForm) {
    drawn_as(session, Drawing::clone(&drawing(form)));
}

pub(super) fn drawn_as(session: &mut Session, drawing: Drawing) {
    let request = asked(session).pop().unwrap();
    session.event(Event::Picture(PictureAnswer { request, drawn: Ok(Arc::new(drawing)) }));
}

pub(super) fn screen(session: &Session) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    // The backend's buffer lacks cells that were not sent to it.
    terminal.draw(|frame| view(&session.state, frame)).unwrap().buffer.clone()
}

pub(super) fn text(buffer: &Buffer) -> String {
    buffer
        .content
        .chunks(120)
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n")
        .collect()
}

pub(super) fn find(buffer: &Buffer, symbol: &str) -> Option<(u16, u16)> {
    let at = buffer.content.iter().position(|cell| cell.symbol() == symbol)?;
    Some(buffer.pos_of(at))
}

#[test]
fn the_newest_order_takes_the_place_of_the_one_before_and_nothing_is_drawn_twice() {
    let mut session = session(Protocol::HalfBlocks, 3);
    assert_eq!(files(&mut session), ["3.jpg"]);
    session.keys("jj");
    assert_eq!(files(&mut session), ["2.jpg", "1.jpg"], "it does not wait for one that is passed by");
    session.keys("k");
    drawn(&mut session, blocks());
    session.keys("k?<esc>j");
    assert_eq!(files(&mut session), ["3.jpg"], "neither what is there is ordered again, nor what is under way");
    session.keys("k");
    assert_eq!(files(&mut session), ["3.jpg"], "what was left is begun again");
}

#[test]
fn a_picture_is_drawn_for_the_room_it_has() {
    let mut session = session(Protocol::HalfBlocks, 1);
    let most = asked(&mut session)[0].most;
    assert!(most.width == 45 && (10..20).contains(&most.height), "{most:?}");
    session.keys("<enter>");
    let larger = asked(&mut session)[0].most;
    assert!(larger.width > most.width && larger.height > most.height, "{larger:?}");
    session.event(Event::Resized(Size { width: 60, height: 20 }));
    let smaller = asked(&mut session)[0].most;
    assert!(smaller.width < larger.width && smaller.height < larger.height, "{smaller:?}");
}

#[test]
fn nothing_is_drawn_where_nothing_is_shown() {
    for keys in ["P", "v"] {
        let mut session = session(Protocol::HalfBlocks, 2);
        session.keys(keys);
        session.effects.clear();
        session.keys("j");
        assert!(files(&mut session).is_empty(), "{keys}");
        assert!(!text(&screen(&session)).contains("decoding"), "{keys}");
    }
    let setup =
        Setup { files: FilePlaces { media_dir: "/data/media".into(), ..FilePlaces::default() }, ..Setup::default() };
    let mut session = Session::with(setup, (120, 36), vec![image(1)]);
    assert!(files(&mut session).is_empty(), "a terminal without pictures");
}

#[test]
fn nothing_jumps_when_the_picture_comes() {
    let mut session = session(Protocol::HalfBlocks, 1);
    let lines = |session: &Session| {
        let record = session.state.list().inbox.selected().unwrap();
        session.state.page_of(record, 50).lines.len()
    };
    let before = lines(&session);
    assert!(text(&screen(&session)).contains("picture     decoding"));
    drawn(&mut session, blocks());
    assert_eq!(lines(&session), before);
    assert!(text(&screen(&session)).contains("picture     JPEG 1280×960 · 14.3 KB"));
}

#[test]
fn what_cannot_be_shown_is_a_line_of_text() {
    let mut session = session(Protocol::HalfBlocks, 1);
    let request = asked(&mut session).pop().unwrap();
    let reason = "too large to be shown: 60000×60000 pixels";
    session.event(Event::Picture(PictureAnswer { request, drawn: Err(Reason::other(reason)) }));
    assert!(text(&screen(&session)).contains("picture     too large to be shown:"), "{}", text(&screen(&session)));
    assert!(files(&mut session).is_empty(), "it is not tried again and again");
}

#[test]
fn half_blocks_have_two_colours_a_cell() {
    let mut session = session(Protocol::HalfBlocks, 1);
    drawn(&mut session, blocks());
    let buffer = screen(&session);
    let (x, y) = find(&buffer, "▀").unwrap();
    for (at, n) in [((x, y), 10), ((x + 1, y), 20), ((x, y + 1), 30), ((x + 1, y + 1), 40)] {
        assert_eq!(buffer[at].symbol(), "▀");
        assert_eq!((buffer[at].fg, buffer[at].bg), (Color::Rgb(n, 0, 0), Color::Rgb(0, n, 0)));
    }
    insta::assert_snapshot!(text(&buffer).lines().filter(|line| line.contains('▀')).collect::<Vec<_>>().join("\n"));
}

#[test]
fn kitty_is_sent_a_picture_once_and_forgets_it_at_the_end() {
    let mut session = session(Protocol::Kitty, 60);
    let placed = |id| Drawing { id, ..Drawing::clone(&drawing(DrawingForm::Placed(vec![format!("<picture {id}>")]))) };
    drawn_as(&mut session, placed(0x01_02_03));
    assert_eq!(session.effects.drain(..).collect::<Vec<_>>(), [Effect::Send(vec!["<picture 66051>".to_owned()])]);
    let buffer = screen(&session);
    let at = find(&buffer, &kitty::placeholder(0, 0)).unwrap();
    assert_eq!(buffer[at].fg, Color::Rgb(1, 2, 3));
    assert_eq!(buffer[(at.0 + 1, at.1 + 1)].symbol(), kitty::placeholder(1, 1));
    assert!(matches!(buffer[at].diff_option, CellDiffOption::ForcedWidth(width) if width.get() == 1));
    let forgotten = |session: &mut Session| {
        let sent = |effect| if let Effect::Send(pieces) = effect { Some(pieces.concat()) } else { None };
        let sent: Vec<_> = session.effects.drain(..).filter_map(sent).collect();
        sent.into_iter().filter(|text| text.contains("a=d,d=I")).collect::<Vec<_>>()
    };
    let mut n_sent = 1;
    let first = loop {
        n_sent += 1;
        session.keys("j");
        drawn_as(&mut session, placed(u32::try_from(n_sent).unwrap()));
        let forgotten = forgotten(&mut session);
        if !forgotten.is_empty() {
            break forgotten;
        }
    };
    assert_eq!(first, [kitty::forget(0x01_02_03, false)], "the oldest of more than are kept");
    assert!(n_sent > 10, "{n_sent}");
    session.keys("<ctrl-l>");
    assert_eq!(forgotten(&mut session).len(), n_sent - 1);
}

#[test]
fn a_picture_that_covers_cells_gives_way_to_what_is_drawn_over_them() {
    let mut session = session(Protocol::Sixel, 1);
    drawn(&mut session, DrawingForm::Whole("<sixel>".to_owned()));
    let with = screen(&session);
    let (x, y) = find(&with, "<sixel>").unwrap();
    for at in [(x + 1, y), (x, y + 1), (x + 1, y + 1)] {
        assert!(matches!(with[at].diff_option, CellDiffOption::Skip), "{at:?}");
    }
    session.keys("?");
    let over = screen(&session);
    assert_eq!(find(&over, "<sixel>"), None);
    // Each cell that it covered is sent, or its remains would stay.
    let sent: Vec<(u16, u16)> = with.diff(&over).into_iter().map(|(x, y, _)| (x, y)).collect();
    for at in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
        assert!(sent.contains(&at), "{at:?} is not sent");
    }
    session.keys("<esc>");
    assert!(over.diff(&screen(&session)).iter().any(|(column, row, _)| (*column, *row) == (x, y)));
}

#[test]
fn a_picture_that_is_cut_by_the_scroll_is_cut_or_left_out() {
    for (protocol, form, symbol) in
        [(Protocol::HalfBlocks, blocks(), "▀"), (Protocol::Sixel, DrawingForm::Whole("<sixel>".to_owned()), "<sixel>")]
    {
        let mut session = session(protocol, 1);
        session.event(Event::Resized(Size { width: 60, height: 12 }));
        session.keys("<enter>");
        drawn(&mut session, form);
        let mut terminal = Terminal::new(TestBackend::new(60, 12)).unwrap();
        terminal.draw(|frame| view(&session.state, frame)).unwrap();
        assert!(find(terminal.backend().buffer(), symbol).is_some());
        for _ in 0..9 {
            session.keys("<pgdn>");
            terminal.draw(|frame| view(&session.state, frame)).unwrap();
        }
        assert!(find(terminal.backend().buffer(), symbol).is_none(), "{protocol:?}");
    }
}
