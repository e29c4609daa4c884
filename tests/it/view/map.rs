//! The map in the detail and on the whole screen, by size, language and glyphs.

use weibox::controls::looks::{Glyphs, Looks};
use weibox::dashboard::world::setup::StartScreen;
use weibox::dashboard::{Event, Setup};
use weibox::record::place::{Spot, point};

use super::draw;
use crate::dashboard::{Session, record};

/// Creates a session with positions around the mouth of the Pearl River, the selected one in Shenzhen, and one in
/// Beijing.
fn session(size: (u16, u16), setup: Setup) -> Session {
    let places =
        [("39.910634", "116.403672"), ("23.1065", "113.3245"), ("22.2815", "114.158"), ("22.5431", "114.0579")];
    let data = |(latitude, longitude)| format!(r#"{{"longitude":"{longitude}","latitude":"{latitude}"}}"#);
    let records = (1..).zip(places).map(|(seq, place)| record(seq, "position", "我在这里", &data(place)));
    Session::with(setup, size, records.collect())
}

/// Opens the map of the whole screen and fills it.
fn open(session: &mut Session) {
    session.keys("MM");
    let spot = |seq, record| point(record).map(|point| Spot { seq, point });
    let spots = session.records.iter().rev().filter_map(|record| spot(record.seq, &record.message)).collect();
    session.event(Event::Places(spots));
}

#[test]
fn the_map_at_three_sizes() {
    for size in [(120, 36), (80, 24), (60, 20)] {
        let mut session = session(size, Setup::default());
        session.keys(if size.0 == 120 { "" } else { "<enter>" });
        let mut screens = draw(&session, size) + "════════\n";
        open(&mut session);
        screens += &(draw(&session, size) + "════════\n");
        session.keys("n+++");
        screens += &draw(&session, size);
        insta::assert_snapshot!(format!("map_{}x{}", size.0, size.1), screens);
    }
}

#[test]
fn the_map_of_the_world_in_chinese() {
    let size = (80, 24);
    let mut session = session(size, Setup::default());
    session.keys("<f10>");
    open(&mut session);
    session.keys("---------");
    insta::assert_snapshot!(draw(&session, size));
}

#[test]
fn a_map_in_ascii_has_nothing_else() {
    let start = StartScreen { looks: Looks { glyphs: Glyphs::Ascii, ..Looks::default() }, ..StartScreen::default() };
    let setup = Setup { start, ..Setup::default() };
    let size = (80, 24);
    let mut session = session(size, setup);
    open(&mut session);
    let screen = draw(&session, size);
    let (map, _) = screen.rsplit_once("#4").unwrap();
    // Towns keep their accents.
    assert!(map.chars().all(|char| char.is_ascii() || char.is_alphabetic() || char == '’'), "{screen}");
    assert!(map.contains('#') && map.contains('@'), "{screen}");
}

#[test]
fn a_map_of_any_size_is_drawn() {
    for width in (1..70).step_by(4) {
        for height in (1..30).step_by(3) {
            let mut session = session((width, height), Setup::default());
            draw(&session, (width, height));
            open(&mut session);
            draw(&session, (width, height));
        }
    }
}
