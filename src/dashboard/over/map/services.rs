//! Links to a position: to open it, or to copy it in other forms.

use crate::dashboard::{Effect, World};
use crate::language::{Words, words};
use crate::place::Point;
use crate::place::links::{self, MapSite};
use crate::text;

use crate::dashboard::over::Wish;
use crate::dashboard::over::menu::MenuEntry;

const fn name(service: MapSite) -> Words {
    match service {
        MapSite::Amap => words::AMAP,
        MapSite::Baidu => words::BAIDU,
        MapSite::OpenStreetMap => words::OPENSTREETMAP,
        MapSite::Google => words::GOOGLE,
    }
}

/// Returns the entry that credits the source of the places and the map, as their licence demands.
pub fn credits(world: &World) -> MenuEntry {
    let wish = Wish::Do(Effect::Browse("https://www.geonames.org".to_owned()));
    MenuEntry::new(words::CREDITS.of(world.language()), "CC BY 4.0", wish)
        .also(words::CREDITS.of(world.language().other()))
}

/// Returns the map services that show a point, each as an entry that opens it.
pub fn services(point: Point, world: &World) -> Vec<MenuEntry> {
    let datum = world.setup.understanding.datum.of(point);
    let language = world.language();
    let entry = |service: MapSite| {
        let (link, name) = (service.link(point, datum), name(service));
        MenuEntry::new(text::line(&link), name.of(language), Wish::Do(Effect::Browse(link.clone())))
            .also(name.of(language.other()))
    };
    MapSite::ALL.into_iter().map(entry).collect()
}

/// Returns the forms of a point that can be copied, each with its name.
pub fn forms(point: Point, world: &World) -> Vec<(Words, String)> {
    let datum = world.setup.understanding.datum.of(point);
    let exchanged =
        [(words::COPY_GEO_URI, links::geo_uri(point, datum)), (words::COPY_GEOJSON, links::geojson(point, datum))];
    exchanged.into_iter().chain(MapSite::ALL.map(|service| (name(service), service.link(point, datum)))).collect()
}
