//! The content of the screen, by size and state.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr as _;
use weibox::controls::looks::{Glyphs, Looks, Theme};
use weibox::dashboard::orders::SaveAnswer;
use weibox::dashboard::world::setup::StartScreen;
use weibox::dashboard::{Event, Setup};
use weibox::query::Query;
use weibox::reason::{Reason, calls};
use weibox::record::media::{Board, Progress, Queue, Stage, Weight};
use weibox::record::page::Selection;
use weibox::record::traffic::{Call, Traffic};
use weibox::record::{Record, Seq};
use weibox::view::view;
use weibox::weibo::FileId;

use crate::dashboard::{Session, noon, record};

mod accounts;
mod composer;
mod downloads;
mod map;
mod narrow;
mod rows;
mod sizes;
mod statistics;
mod tabs;
mod targets;

/// Returns the text of the screen, without the cells that a wide character covers.
fn screen_text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut line = String::new();
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(symbol.width().max(1)).unwrap();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub(crate) fn draw(session: &Session, size: (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| view(&session.state, frame)).unwrap();
    screen_text(terminal.backend().buffer())
}

/// Creates a session with one message of each kind, in different states.
fn inbox(size: (u16, u16)) -> Session {
    let medium = |seq: Seq, kind: &str, stage| Record {
        verified: true,
        medium: stage,
        ..record(seq, kind, "发了一张图片", &format!(r#"{{"vfid":{},"tovfid":{}}}"#, 10 + seq, 20 + seq))
    };
    let queued =
        Stage::Queued { attempts: 1, next_try_at: noon(), reason: Some(Reason::other("the server answered 500")) };
    let records = vec![
        record(1, "text", "请问你们周末营业到几点？[哈欠] 👨\u{200d}👩\u{200d}👧 ok", "{}"),
        record(2, "position", "我在这里: http://t.cn/zQgLLYO", r#"{"longitude":"116.308586","latitude":"39.982525"}"#),
        medium(3, "voice", Some(queued)),
        medium(
            4,
            "image",
            Some(Stage::Done { file: "24.jpg".to_owned(), bytes: 14360, sha256: Some("0f".repeat(32)) }),
        ),
        medium(5, "image", Some(Stage::Failed { reason: Reason::other("the access token expired") })),
        record(6, "event", "扫描二维码", r#"{"subtype":"scan_follow","key":"QR_42","ticket":"T"}"#),
        record(7, "mention", "@某某旗舰店 今天排队的人好多", r#"{"subtype":"status","key":"3773565649935773"}"#),
        Record { deliveries: 3, ..record(8, "video", "发了一个视频", r#"{"tovfid":28,"duration":12.5}"#) },
        Record::new(9, noon(), "<xml>不是 JSON</xml>".into()),
        record(10, "text", "\u{1b}[2J\u{7}\u{202e}hostile\u{9b}31m", "{}"),
    ];
    let mut session = Session::new(size, records);
    session.event(Event::Traffic(Traffic {
        stored: 10,
        repeated: 2,
        signed: 5,
        refused: 3,
        handshakes: [(String::new(), 1)].into(),
        ..Traffic::default()
    }));
    session.event(Event::Downloads(Board {
        queue: Queue::Open,
        running: vec![Progress { fid: FileId(23), received: 6300, total: Some(10_000) }],
        queued: 1,
        failed: 1,
        done: 1,
        ..Board::default()
    }));
    session
}

#[test]
fn the_inbox_at_three_sizes() {
    for size in [(120, 36), (80, 24), (60, 20)] {
        let mut session = inbox(size);
        session.keys("jjj");
        insta::assert_snapshot!(format!("inbox_{}x{}", size.0, size.1), draw(&session, size));
    }
}

#[test]
fn every_kind_in_full() {
    let size = (80, 24);
    let mut session = inbox(size);
    session.keys("<enter>");
    let mut screens = String::new();
    for _ in 0..10 {
        screens.push_str(&draw(&session, size));
        screens.push_str("════════\n");
        session.keys("j");
    }
    insta::assert_snapshot!(screens);
}

#[test]
fn the_help_json_and_empty_screens() {
    let size = (80, 24);
    let mut session = inbox(size);
    session.keys("?");
    let help = draw(&session, size);
    session.keys("<esc>jjjv");
    let json = draw(&session, size);
    let empty = draw(&Session::new(size, Vec::new()), size);
    insta::assert_snapshot!(format!("{help}════════\n{json}════════\n{empty}"));
}

/// Switches the session to Chinese.
fn in_chinese(session: &mut Session) {
    session.keys("<f10>");
}

#[test]
fn every_word_of_the_screen_has_its_chinese() {
    // Names, texts of the messages, and reasons from parsers and servers.
    let known = "weibox weibo json wav curl geojson uri geo osc enter esc space tab shift pgup pgdn home end ctrl alt del f1 \
        text position voice image event mention video status scan_follow qr_42 follow ticket key tovfid vfid created_at \
        hostile http https jsonl csv t cn zqgllyo ok simulate url data media jpg kb type receiver_id sender_id longitude latitude \
        duration subtype mon nov xml get post english id app secret gcj the body is sender_ swi switch account push format to with eps \
        set_format its 202e 009b 09b 31m send er_id u001b u0007 bytes sta sca f10 f11 f12 \
        geonames natural earth cc by wgs from since 47h nginx caddy frp cpolar ssh seq weibox_app_secret application date random printf sort lc_all sha1sum cut";
    for keys in ["", "<enter>", "v", "vv", "?", "Y", "E", "i", "jjjj<enter>"] {
        let mut session = inbox((120, 50));
        in_chinese(&mut session);
        session.event(Event::Calls(Vec::new()));
        session.keys(keys);
        let screen = draw(&session, (120, 50)).to_lowercase();
        let words = screen.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let foreign: Vec<_> = words
            .filter(|word| word.len() > 2 && word.chars().any(|char| char.is_ascii_alphabetic()))
            .filter(|word| !known.split_whitespace().any(|known| known == *word))
            .collect();
        assert!(foreign.is_empty(), "{keys}: {foreign:?}\n{screen}");
    }
}

#[test]
fn the_inbox_in_chinese() {
    let mut session = inbox((80, 24));
    in_chinese(&mut session);
    insta::assert_snapshot!(draw(&session, (80, 24)));
}

#[test]
fn the_request_log_says_what_to_make_of_a_call() {
    let call = |status, reason: Reason| Call {
        at: noon(),
        remote: "203.0.113.9".to_owned(),
        method: "POST".to_owned(),
        path: "/weibo".to_owned(),
        status,
        reason,
        head: String::new(),
    };
    let mut session = inbox((80, 24));
    session.keys("E");
    assert!(draw(&session, (80, 24)).contains("reading …"));
    let mismatch = calls::WRONG_SIGNATURE_OF.with("1397022061823").with("57155157").with("90e4c22c").with("5f02ab11");
    session.event(Event::Calls(vec![
        call(403, mismatch),
        call(404, calls::WRONG_PATH.with("/weibo")),
        call(403, calls::PARAMETER_MISSING.with("signature")),
        call(200, calls::HANDSHAKE_ANSWERED.into()),
    ]));
    insta::assert_snapshot!(draw(&session, (80, 24)));
    session.keys("jj<esc>");
    assert!(session.state.stack().is_empty());
}

#[test]
fn a_question_stands_in_the_middle_of_the_screen() {
    let mut session = inbox((60, 20));
    let weight = Weight { new: 1204, coming: 2, saved: 3, saved_bytes: 1_300_000 };
    session.event(Event::Weighed(Selection::Query(Query::default()), weight));
    let english = draw(&session, (60, 20));
    session.keys("n<f10>");
    session.event(Event::Weighed(Selection::Query(Query::default()), weight));
    insta::assert_snapshot!(english + &draw(&session, (60, 20)));
    for size in [(120, 36), (80, 24), (40, 10), (10, 4), (3, 2), (1, 1)] {
        draw(&session, size);
    }
}

#[test]
fn the_line_for_a_path_stands_in_the_middle_of_the_screen() {
    let mut session = inbox((60, 20));
    session.keys("5js");
    let found = ["~/图片/", "~/a very long name that shows what is cut.jpg", "~/b.jpg"].map(str::to_owned).to_vec();
    let empty = draw(&session, (60, 20));
    session.event(Event::Saving(SaveAnswer::Completed { typed: "24.jpg".to_owned(), found }));
    insta::assert_snapshot!(empty + &draw(&session, (60, 20)));
    for size in [(120, 36), (80, 24), (40, 10), (10, 4), (3, 2), (1, 1)] {
        draw(&session, size);
    }
}

#[test]
fn nothing_private_is_on_a_masked_screen() {
    for keys in ["P", "P<enter>", "Pv", "Pvv", "Pj", "Pjj<enter>", "Pc", "/营业<enter>P", "PY", "PL", "Pf"] {
        let mut session = inbox((120, 36));
        session.keys("jjjjjj");
        session.keys(keys);
        let screen = draw(&session, (120, 36));
        for private in ["24895180", "1902538057", "营业", "39.982525", "116.308586", "zQgLLYO"] {
            assert!(!screen.contains(private), "{keys}: {private}\n{screen}");
        }
    }
}

#[test]
fn ascii_glyphs_leave_nothing_else_in_the_chrome() {
    let start = StartScreen { looks: Looks { glyphs: Glyphs::Ascii, ..Looks::default() }, ..StartScreen::default() };
    let setup = Setup { start, ..Setup::default() };
    let session = Session::with(setup, (120, 36), vec![record(1, "image", "x", r#"{"tovfid":7}"#)]);
    let screen = draw(&session, (120, 36));
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn a_theme_colours_every_cell_and_no_colour_none() {
    for (theme, is_coloured) in [(Theme::Dark, true), (Theme::Light, true), (Theme::None, false)] {
        let start = StartScreen { looks: Looks { theme, ..Looks::default() }, ..StartScreen::default() };
        let setup = Setup { start, ..Setup::default() };
        let session = Session::with(setup, (80, 24), Vec::new());
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| view(&session.state, frame)).unwrap();
        let cells = &terminal.backend().buffer().content;
        // The cells covered by a wide character have no colours.
        let shown = cells.iter().scan(0, |n_covered: &mut usize, cell| {
            let is_shown = *n_covered == 0;
            *n_covered = if is_shown { cell.symbol().width().saturating_sub(1) } else { *n_covered - 1 };
            Some(is_shown.then_some(cell))
        });
        assert!(
            shown.flatten().all(|cell| (cell.fg != Color::Reset && cell.bg != Color::Reset) == is_coloured),
            "{theme:?}"
        );
    }
}

#[test]
fn no_control_character_reaches_a_cell() {
    for keys in ["", "<enter>", "v", "<enter>v"] {
        let mut session = inbox((80, 24));
        session.keys(keys);
        let screen = draw(&session, (80, 24));
        assert!(screen.chars().all(|char| char == '\n' || !char.is_control()), "{screen}");
        assert!(!screen.contains('\u{202e}') && screen.contains("hostile"), "{screen}");
    }
}

#[test]
fn the_help_stands_whole_over_wide_characters() {
    let wide = record(1, "text", &"宽".repeat(99), "{}");
    for width in [60, 61, 80, 81] {
        let mut session = Session::new((width, 24), vec![wide.clone()]);
        session.keys("?");
        let screen = draw(&session, (width, 24));
        let rows =
            screen.lines().filter(|line| line.contains("│ ") || line.contains('┌') || line.contains('└')).count();
        assert_eq!(rows, 24, "{screen}");
    }
}

#[test]
fn neither_callers_nor_answers_nor_files_are_on_a_masked_screen() {
    let mut session = inbox((120, 36));
    session.keys("PE<enter>");
    let head = "POST /weibo?signature=90e4c22c HTTP/1.1\nx-real-ip: 203.0.113.9";
    let [remote, method, path] = ["203.0.113.9", "POST", "/weibo"].map(str::to_owned);
    let reason = calls::WRONG_SIGNATURE.into();
    let call = Call { at: noon(), remote, method, path, status: 403, reason, head: head.to_owned() };
    session.event(Event::Calls(vec![call.clone(), call]));
    let log = draw(&session, (120, 36));
    assert!(log.contains("403 POST /weibo") && !log.contains("203.0.113.9") && !log.contains("90e4c22c"), "{log}");
    session.keys("P");
    let log = draw(&session, (120, 36));
    assert!(log.contains("x-real-ip: 203.0.113.9") && log.contains("90e4c22c"), "{log}");

    let mut session = inbox((120, 36));
    session.keys("P");
    for keys in ["5js", "3o"] {
        session.keys(keys);
        let screen = draw(&session, (120, 36));
        assert!(session.state.stack().is_empty() && screen.contains("what is masked (P)"), "{keys}: {screen}");
    }
}
