//! Positions in the dashboard: what is opened and copied, and in which datum.

use weibox::dashboard::over::map::size;
use weibox::dashboard::{Effect, Event, Over, Setup};
use weibox::language::Language;
use weibox::place::datum::{Assumed, Datum};
use weibox::query::Query;
use weibox::query::Understanding;
use weibox::record::place::{Spot, point};
use weibox::record::{Record, Seq};

use super::{Session, record};

/// A point near Tiananmen as GPS reports it.
const GPS: &str = r#"{"longitude":"116.397428","latitude":"39.909230"}"#;
/// The same point, shifted.
const GCJ02: &str = r#"{"longitude":"116.403672","latitude":"39.910634"}"#;

fn session(data: &str, datum: Assumed) -> Session {
    let understanding = Understanding { datum, ..Understanding::default() };
    let setup = Setup { understanding, ..Setup::default() };
    Session::with(setup, (80, 24), vec![record(1, "position", "我在这里", data)])
}

#[test]
fn a_position_is_opened_where_it_was_sent_from_whatever_its_datum() {
    for (data, datum) in [(GCJ02, Assumed::Auto), (GPS, Assumed::Always(Datum::Wgs84))] {
        let mut session = session(data, datum);
        session.keys("o");
        assert_eq!(session.effects, [], "a menu first");
        session.keys("<enter>o<down><down><enter>oGoogle<enter>");
        let links = [
            "https://uri.amap.com/marker?position=116.403672%2C39.910634&coordinate=gaode",
            "https://www.openstreetmap.org/?mlat=39.909230&mlon=116.397428#map=16/39.909230/116.397428",
            "https://www.google.com/maps/search/?api=1&query=39.910634%2C116.403672",
        ];
        assert_eq!(session.effects, links.map(|link| Effect::Browse(link.to_owned())));
    }
}

#[test]
fn coordinates_are_copied_as_sent_and_the_forms_of_programs_in_wgs84() {
    let mut session = session(GCJ02, Assumed::Auto);
    session.keys("yYgeo:<enter>YGeoJSON<enter>Ybaidu<enter>");
    let copied = [
        "39.910634,116.403672",
        "geo:39.90923,116.397428",
        r#"{"type":"Point","coordinates":[116.397428,39.90923]}"#,
        "https://api.map.baidu.com/marker?location=39.916973%2C116.410044&title=weibox&content=weibox&coord_type=bd09ll&output=html&src=weibox",
    ];
    assert_eq!(session.effects, copied.map(|words| Effect::Copy(words.to_owned())));
}

#[test]
fn numbers_that_are_no_place_are_copied_and_not_opened() {
    let mut session = session(r#"{"longitude":"70","latitude":"154.2"}"#, Assumed::Auto);
    session.keys("o");
    assert!(session.notice().contains("not a valid position"), "{}", session.notice());
    session.keys("y");
    assert_eq!(session.effects, [Effect::Copy("154.2,70".to_owned())]);
    session.keys("Y");
    let Some(Over::Menu(menu)) = session.state.stack().last() else { panic!("no menu") };
    let names: Vec<&str> = menu.entries().iter().map(|entry| entry.note.as_str()).collect();
    assert!(names.contains(&"coordinates") && !names.contains(&"geo: URI"), "{names:?}");
}

/// Creates a session with three positions and a text; the newest is a position in Shenzhen.
fn several() -> Session {
    let data = |latitude, longitude| format!(r#"{{"longitude":"{longitude}","latitude":"{latitude}"}}"#);
    Session::new(
        (120, 36),
        vec![
            record(1, "position", "", &data("39.910634", "116.403672")),
            record(2, "text", "no place", "{}"),
            record(3, "position", "", &data("154.2", "70")),
            record(4, "position", "", &data("31.23", "121.47")),
            record(5, "position", "", &data("22.5431", "114.0579")),
        ],
    )
}

/// Answers as the archive does.
fn spots(session: &Session) -> Vec<Spot> {
    let spot = |record: &Record| point(&record.message).map(|point| Spot { seq: record.seq, point });
    session.records.iter().rev().filter_map(spot).collect()
}

/// Opens the map of the whole screen and fills it.
fn open_map(session: &mut Session) {
    session.keys("MM");
    assert_eq!(session.effects.pop(), Some(Effect::LoadPlaces(Query::default())));
    let spots = spots(session);
    session.event(Event::Places(spots));
}

fn chosen(session: &Session) -> Option<Seq> {
    match session.state.stack().last() {
        Some(Over::PositionMap(chart)) => chart.chosen().map(|spot| spot.seq),
        _ => None,
    }
}

/// Returns the detail of the selected message as text.
fn detail(session: &Session) -> String {
    let record = session.state.list().inbox.selected().unwrap();
    let lines = session.state.page_of(record, 50).lines;
    lines.iter().map(|line| line.iter().map(|cell| cell.text.as_str()).collect::<String>() + "\n").collect()
}

#[test]
fn the_map_is_in_the_detail_then_nowhere_then_everywhere() {
    let mut session = several();
    assert!(detail(&session).contains('@') && detail(&session).contains("Zhongshan"), "{}", detail(&session));
    session.keys("M");
    assert!(!detail(&session).contains('@') && session.state.stack().is_empty());
    session.keys("+");
    assert!(session.notice().contains("no map"), "{}", session.notice());
    session.keys("M");
    assert!(matches!(session.state.stack().last(), Some(Over::PositionMap(_))));
    session.keys("<esc>");
    assert!(session.state.stack().is_empty() && detail(&session).contains('@'));
}

#[test]
fn the_map_in_the_detail_zooms_from_the_world_to_a_city() {
    let mut session = several();
    session.keys("-----------");
    assert!(detail(&session).contains("10000 km") || detail(&session).contains("5000 km"), "{}", detail(&session));
    session.keys("+++++++++++++++");
    assert!(detail(&session).contains(" km") || detail(&session).contains(" m "), "{}", detail(&session));
    let closest = detail(&session);
    session.keys("+");
    assert_eq!(detail(&session), closest);
}

#[test]
fn numbers_that_are_no_place_have_no_map() {
    let mut session = session(r#"{"longitude":"70","latitude":"154.2"}"#, Assumed::Auto);
    assert!(detail(&session).contains("154.2 (out of range)") && !detail(&session).contains('@'));
    session.keys("-");
    assert!(session.notice().contains("no map"), "{}", session.notice());
}

#[test]
fn every_position_of_the_list_is_gone_through_on_the_map() {
    let mut session = several();
    open_map(&mut session);
    assert_eq!(chosen(&session), Some(5), "the selected one");
    session.keys("nn");
    assert_eq!(chosen(&session), Some(1), "what is no place is passed over");
    session.keys("nN");
    assert_eq!(chosen(&session), Some(4));
    session.keys("y");
    assert_eq!(session.effects.pop(), Some(Effect::Copy("31.23,121.47".to_owned())));
    session.keys("<enter>");
    assert!(session.state.stack().is_empty());
    assert_eq!(session.selected(), 4, "Enter reads it");
}

#[test]
fn the_chosen_position_stays_in_sight_until_arrows_leave_it() {
    let mut session = several();
    open_map(&mut session);
    let is_seen = |session: &Session| {
        let Some(Over::PositionMap(chart)) = session.state.stack().last() else { panic!("no map") };
        let (lines, _) = chart.lines(size(session.state.world().size), Language::English);
        lines.iter().flatten().any(|cell| cell.text.contains('@'))
    };
    session.keys("+++++");
    assert!(is_seen(&session), "closer is closer to it");
    session.keys("<right><right><right><right>+");
    assert!(!is_seen(&session), "one looks at something else");
    session.keys("N");
    assert!(is_seen(&session), "there is no newer one: back to it");
}

#[test]
fn the_map_opens_from_any_message_and_shows_what_arrives() {
    let mut session = several();
    session.keys("jjjM");
    assert_eq!(session.effects, [Effect::LoadPlaces(Query::default())]);
    // News that arrive during the read cause one more read.
    session.arrive("text");
    session.arrive("text");
    assert_eq!(session.effects.len(), 1);
    let found = spots(&session);
    session.event(Event::Places(found.clone()));
    assert_eq!(session.effects.len(), 2);
    session.event(Event::Places(found));
    assert_eq!((session.effects.len(), chosen(&session)), (2, Some(5)), "the newest, for a text has no place");
    session.arrive("text");
    assert_eq!(session.effects.len(), 3);
    session.keys("<esc>");
    session.arrive("text");
    assert_eq!(session.effects.len(), 3, "nothing is read for a map that is gone");
}

#[test]
fn the_help_names_whose_data_the_places_are() {
    let mut session = several();
    session.keys("?GeoNames<enter>");
    assert_eq!(session.effects, [Effect::Browse("https://www.geonames.org".to_owned())]);
}

#[test]
fn the_mask_keeps_the_map_away() {
    let mut session = several();
    session.keys("PM");
    assert!(session.state.stack().is_empty() && session.notice().contains("mask"), "{}", session.notice());
    session.keys("PMM");
    assert!(matches!(session.state.stack().last(), Some(Over::PositionMap(_))));
    session.keys("P");
    assert!(session.state.stack().is_empty(), "an open one is closed");
}
