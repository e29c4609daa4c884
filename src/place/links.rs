//! Links to a point at map services, each in the datum of its maps, and the formats that programs exchange.

use serde_json::json;
use url::Url;

use super::Point;
use super::datum::{Datum, in_china, in_hong_kong_or_macau};

/// A map service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MapSite {
    Amap,
    Baidu,
    OpenStreetMap,
    Google,
}

/// The zoom of links, close enough to see streets.
const ZOOM: &str = "16";

impl MapSite {
    /// Every service; those that are reachable in China come first.
    pub const ALL: [Self; 4] = [Self::Amap, Self::Baidu, Self::OpenStreetMap, Self::Google];

    /// Returns the datum of the service's maps at this point: a pin in another datum would be some hundred metres
    /// off.
    pub fn datum(self, point: Point) -> Datum {
        match self {
            Self::Amap => Datum::Gcj02,
            Self::Baidu if in_china(point) => Datum::Bd09,
            // Google's street maps of mainland China come from a Chinese mapmaker and are shifted; its other maps are
            // not.
            Self::Google if in_china(point) && !in_hong_kong_or_macau(point) => Datum::Gcj02,
            Self::Baidu | Self::OpenStreetMap | Self::Google => Datum::Wgs84,
        }
    }

    /// Returns the URL that shows a point, given in `datum`, with a pin.
    pub fn link(self, point: Point, datum: Datum) -> String {
        let to = self.datum(point);
        let own = datum.to(to, point);
        let [latitude, longitude] = [own.latitude, own.longitude].map(|degrees| format!("{degrees:.6}"));
        let (page, query, fragment) = match self {
            Self::Amap => (
                "https://uri.amap.com/marker",
                vec![("position", format!("{longitude},{latitude}")), ("coordinate", "gaode".to_owned())],
                None,
            ),
            Self::Baidu => (
                "https://api.map.baidu.com/marker",
                vec![
                    ("location", format!("{latitude},{longitude}")),
                    ("title", "weibox".to_owned()),
                    ("content", "weibox".to_owned()),
                    ("coord_type", if to == Datum::Bd09 { "bd09ll" } else { "wgs84" }.to_owned()),
                    ("output", "html".to_owned()),
                    ("src", "weibox".to_owned()),
                ],
                None,
            ),
            Self::OpenStreetMap => (
                "https://www.openstreetmap.org/",
                vec![("mlat", latitude.clone()), ("mlon", longitude.clone())],
                Some(format!("map={ZOOM}/{latitude}/{longitude}")),
            ),
            Self::Google => (
                "https://www.google.com/maps/search/",
                vec![("api", "1".to_owned()), ("query", format!("{latitude},{longitude}"))],
                None,
            ),
        };
        // The test below shows that all pages are valid URLs.
        Url::parse_with_params(page, query).map_or_else(
            |_bad| page.to_owned(),
            |mut url| {
                url.set_fragment(fragment.as_deref());
                url.into()
            },
        )
    }
}

/// Returns a `geo:` URI (RFC 5870), which uses WGS-84.
pub fn geo_uri(point: Point, datum: Datum) -> String {
    format!("geo:{}", datum.to(Datum::Wgs84, point))
}

/// Returns a GeoJSON point (RFC 7946), which uses WGS-84, to a tenth of a metre.
pub fn geojson(point: Point, datum: Datum) -> String {
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let own = datum.to(Datum::Wgs84, point);
    json!({ "type": "Point", "coordinates": [rounded(own.longitude), rounded(own.latitude)] }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A point near Tiananmen.
    const LATITUDE: f64 = 39.909_23;
    const LONGITUDE: f64 = 116.397_428;

    #[test]
    fn each_service_gets_its_own_datum() {
        let gps = Point::new(LATITUDE, LONGITUDE).unwrap();
        let gcj02 = Datum::Wgs84.to(Datum::Gcj02, gps);
        for (point, datum) in [(gps, Datum::Wgs84), (gcj02, Datum::Gcj02)] {
            let links = MapSite::ALL.map(|service| service.link(point, datum));
            assert_eq!(
                links,
                [
                    "https://uri.amap.com/marker?position=116.403672%2C39.910634&coordinate=gaode",
                    "https://api.map.baidu.com/marker?location=39.916973%2C116.410044&title=weibox&content=weibox&coord_type=bd09ll&output=html&src=weibox",
                    "https://www.openstreetmap.org/?mlat=39.909230&mlon=116.397428#map=16/39.909230/116.397428",
                    "https://www.google.com/maps/search/?api=1&query=39.910634%2C116.403672",
                ]
            );
        }
    }

    #[test]
    fn nothing_is_shifted_outside_china() {
        let paris = Point::new(48.8584, 2.2945).unwrap();
        for service in MapSite::ALL {
            assert!(service.link(paris, Datum::Wgs84).contains("48.858400"), "{service:?}");
        }
        assert!(MapSite::Baidu.link(paris, Datum::Wgs84).contains("coord_type=wgs84"));
    }

    #[test]
    fn google_shifts_neither_hong_kong_nor_macau() {
        for (name, latitude, longitude, datum) in [
            ("Victoria Peak", 22.2756, 114.1455, Datum::Wgs84),
            ("Hong Kong's airport", 22.308, 113.9185, Datum::Wgs84),
            ("Ruins of Saint Paul's, Macau", 22.1976, 113.5409, Datum::Wgs84),
            ("Shekou, Shenzhen", 22.4785, 113.9157, Datum::Gcj02),
            ("Gongbei, Zhuhai", 22.2208, 113.5489, Datum::Gcj02),
        ] {
            let point = Point::new(latitude, longitude).unwrap();
            assert_eq!(MapSite::Google.datum(point), datum, "{name}");
            assert_eq!(MapSite::Amap.datum(point), Datum::Gcj02, "{name}");
        }
    }

    #[test]
    fn what_programs_exchange_counts_from_wgs84() {
        let gps = Point::new(LATITUDE, LONGITUDE).unwrap();
        let gcj02 = Datum::Wgs84.to(Datum::Gcj02, gps);
        assert_eq!(geo_uri(gcj02, Datum::Gcj02), "geo:39.90923,116.397428");
        assert_eq!(geojson(gps, Datum::Wgs84), r#"{"type":"Point","coordinates":[116.397428,39.90923]}"#);
    }
}
