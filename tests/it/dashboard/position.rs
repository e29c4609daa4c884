//! Positions in the dashboard: what is opened and copied of them, in which datum.

use weibox::dashboard::{Effect, Overlay, Setup};
use weibox::place::datum::{Assumed, Datum};

use super::{Session, record};

/// Tiananmen as GPS has it.
const GPS: &str = r#"{"longitude":"116.397428","latitude":"39.909230"}"#;
/// The same, shifted.
const GCJ02: &str = r#"{"longitude":"116.403672","latitude":"39.910634"}"#;

fn session(data: &str, datum: Assumed) -> Session {
    let setup = Setup { datum, ..Setup::default() };
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
    assert!(session.notice().contains("no place"), "{}", session.notice());
    session.keys("y");
    assert_eq!(session.effects, [Effect::Copy("154.2,70".to_owned())]);
    session.keys("Y");
    let Some(Overlay::Menu(menu)) = session.state.overlay() else { panic!("no menu") };
    let labels: Vec<&str> = menu.entries().iter().map(|entry| entry.label.as_str()).collect();
    assert!(labels.contains(&"coordinates") && !labels.contains(&"geo: URI"), "{labels:?}");
}
