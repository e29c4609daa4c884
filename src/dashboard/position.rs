//! The ways to the point of a position: what is opened, and what is copied beside the numbers themselves.

use crate::language::{Words, words};
use crate::place::Point;
use crate::place::links::{self, Service};
use crate::text;

use super::menu::{Choice, Entry};
use super::{Effect, State};

const fn name(service: Service) -> Words {
    match service {
        Service::Amap => words::AMAP,
        Service::Baidu => words::BAIDU,
        Service::OpenStreetMap => words::OPENSTREETMAP,
        Service::Google => words::GOOGLE,
    }
}

impl State {
    /// Whose data the places and the map are, as their licence wants it said.
    pub(super) fn credits(&self) -> Entry {
        let language = self.language();
        let choice = Choice::Do(Effect::Browse("https://www.geonames.org".to_owned()));
        Entry::new(words::CREDITS.of(language), "CC BY 4.0", choice).also(words::CREDITS.of(language.other()))
    }

    /// The map services that show a point, each to be opened.
    pub(super) fn services(&self, point: Point) -> Vec<Entry> {
        let datum = self.setup.datum.of(point);
        let language = self.language();
        let entry = |service: Service| {
            let (link, name) = (service.link(point, datum), name(service));
            Entry::new(text::line(&link), name.of(language), Choice::Do(Effect::Browse(link.clone())))
                .also(name.of(language.other()))
        };
        Service::ALL.into_iter().map(entry).collect()
    }

    /// What can be copied of a point beside its numbers, and what that is called.
    pub(super) fn forms(&self, point: Point) -> Vec<(Words, String)> {
        let datum = self.setup.datum.of(point);
        let exchanged =
            [(words::COPY_GEO_URI, links::geo_uri(point, datum)), (words::COPY_GEOJSON, links::geojson(point, datum))];
        exchanged.into_iter().chain(Service::ALL.map(|service| (name(service), service.link(point, datum)))).collect()
    }
}
