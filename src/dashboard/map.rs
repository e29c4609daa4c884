//! The map: in the detail of a position, and on the whole screen with every position of the list.
//!
//! Points are drawn in WGS-84, for which each is taken out of the datum that it is taken to have.

use crate::language::{Language, words};
use crate::place::Point;
use crate::place::camera::Camera;
use crate::place::datum::{Assumed, Datum};
use crate::place::map::{self, Ink};
use crate::place::nearest::Place;
use crate::record::Seq;
use crate::record::place::{Spot, point};

use super::cell::{Cell, Tone};
use super::detail::{self, Line};
use super::refresh::Refresh;
use super::{Effect, Overlay, State, load};
use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::Size;

/// At first a city and what lies around it.
const ZOOM: u8 = 7;
/// An arrow key moves the map by this part of its width.
const STEP: f64 = 0.2;

/// The map in the detail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Small {
    is_shown: bool,
    zoom: u8,
}

impl Default for Small {
    fn default() -> Self {
        Self { is_shown: true, zoom: ZOOM }
    }
}

/// The map on the whole screen.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Newest first; `None` until they are read.
    seen: Option<Vec<Seen>>,
    chosen: Seq,
    /// `None` until there is something to look at.
    camera: Option<Camera>,
    /// Whether arrows moved it away from the chosen position.
    is_away: bool,
    pub(super) refresh: Refresh,
}

/// A position on the map.
#[derive(Debug, Clone, Copy)]
struct Seen {
    spot: Spot,
    /// In WGS-84.
    point: Point,
}

/// What a key did to the map.
enum Outcome {
    Open,
    /// Nothing: it is no key of the map.
    Other,
    /// Show this message.
    Read(Seq),
    /// Choose a service that shows this point.
    Services(Point),
    Copy(Point),
}

impl Chart {
    fn new(chosen: Seq) -> Self {
        Self { seen: None, chosen, camera: None, is_away: false, refresh: Refresh::Running }
    }

    /// How many positions there are; `None` until they are read.
    #[must_use]
    pub fn n_spots(&self) -> Option<usize> {
        self.seen.as_ref().map(Vec::len)
    }

    /// The position that is chosen, as sent.
    #[must_use]
    pub fn chosen(&self) -> Option<Spot> {
        self.chosen_one().map(|seen| seen.spot)
    }

    fn chosen_one(&self) -> Option<&Seen> {
        self.seen.iter().flatten().find(|seen| seen.spot.seq == self.chosen)
    }

    /// The map and its scale, in so many columns and rows.
    #[must_use]
    pub fn lines(&self, size: (usize, usize), language: Language) -> (Vec<Line>, Cell) {
        let Some(camera) = self.camera else { return (Vec::new(), Cell::default()) };
        let others = self.seen.iter().flatten().filter(|seen| seen.spot.seq != self.chosen);
        let others: Vec<Point> = others.map(|seen| seen.point).collect();
        let chosen = self.chosen_one().map(|seen| seen.point);
        (lines(camera, size, chosen, &others, language), scale(camera, size))
    }

    fn take(&mut self, spots: Vec<Spot>, assumed: Assumed, size: (usize, usize)) {
        let seen = |spot: Spot| Seen { point: assumed.of(spot.point).to(Datum::Wgs84, spot.point), spot };
        let seen: Vec<Seen> = spots.into_iter().map(seen).collect();
        let points: Vec<Point> = seen.iter().map(|seen| seen.point).collect();
        self.seen = Some(seen);
        if self.chosen_one().is_none() {
            self.chosen = self.seen.iter().flatten().next().map_or(self.chosen, |seen| seen.spot.seq);
        }
        if self.camera.is_none() && !points.is_empty() {
            self.camera = Some(Camera::around(&points, size));
        }
    }

    /// Chooses the next older position, or the next newer one, if there is one, and looks at it.
    fn choose(&mut self, is_older: bool) {
        let seen = self.seen.as_deref().unwrap_or_default();
        let Some(at) = seen.iter().position(|seen| seen.spot.seq == self.chosen) else { return };
        let next = if is_older { at.saturating_add(1).min(seen.len() - 1) } else { at.saturating_sub(1) };
        self.chosen = seen.get(next).map_or(self.chosen, |next| next.spot.seq);
        self.is_away = false;
        self.camera = self.camera.map(|camera| self.on_chosen(camera));
    }

    /// Looks at the chosen position, from the same height.
    fn on_chosen(&self, camera: Camera) -> Camera {
        self.chosen_one().map_or(camera, |chosen| camera.at(chosen.point))
    }

    /// Moves the map by parts of its width.
    fn pan(&mut self, right: f64, down: f64) -> Outcome {
        self.is_away = true;
        self.camera = self.camera.map(|camera| camera.moved(right, down));
        Outcome::Open
    }

    /// Looks more closely at the chosen position, unless arrows moved the map away from it, or from further away.
    fn zoom(&mut self, is_closer: bool) -> Outcome {
        let is_led = is_closer && !self.is_away;
        let camera = self.camera.map(|camera| if is_led { self.on_chosen(camera) } else { camera });
        self.camera = camera.map(|camera| camera.zoomed(is_closer));
        Outcome::Open
    }

    fn act(&mut self, key: Key, action: Option<Action>) -> Outcome {
        // Arrows belong to other actions elsewhere.
        match (key.code, action) {
            (KeyCode::Left, _) => return self.pan(-STEP, 0.0),
            (KeyCode::Right, _) => return self.pan(STEP, 0.0),
            (KeyCode::Up, _) => return self.pan(0.0, -STEP),
            (KeyCode::Down, _) => return self.pan(0.0, STEP),
            (_, Some(Action::ZoomIn)) => return self.zoom(true),
            (_, Some(Action::ZoomOut)) => return self.zoom(false),
            _ => {}
        }
        match (action, self.chosen()) {
            (Some(Action::NextHit | Action::Down | Action::NextTab), _) => {
                self.choose(true);
                Outcome::Open
            }
            (Some(Action::PreviousHit | Action::Up | Action::PreviousTab), _) => {
                self.choose(false);
                Outcome::Open
            }
            (Some(Action::Read), Some(spot)) => Outcome::Read(spot.seq),
            (Some(Action::OpenFile), Some(spot)) => Outcome::Services(spot.point),
            (Some(Action::Copy), Some(spot)) => Outcome::Copy(spot.point),
            _ => Outcome::Other,
        }
    }
}

impl State {
    /// The map in the detail around the position that it shows, in so many columns and rows, and its scale below it; none
    /// when it is hidden or has no room.
    pub(super) fn small_map(&self, sent: Point, size: (usize, usize)) -> Vec<Line> {
        /// Narrower there is no map to be recognised.
        const NARROWEST: usize = 24;
        if !self.map.is_shown || size.0 < NARROWEST {
            return Vec::new();
        }
        let assumed = self.setup.datum;
        let in_wgs84 = |point: Point| assumed.of(point).to(Datum::Wgs84, point);
        let others = self.inbox.visible().0.into_iter().filter_map(|record| point(&self.shown(record).message));
        let others: Vec<Point> = others.filter(|other| *other != sent).map(in_wgs84).collect();
        let camera = Camera::on(in_wgs84(sent), self.map.zoom);
        let mut rows = lines(camera, size, Some(in_wgs84(sent)), &others, self.language());
        let key = |action| self.setup.keymap.first(action);
        let keys = [Action::Map, Action::ZoomIn, Action::ZoomOut].map(key);
        let keys = words::MAP_KEYS.with(self.language(), &[&keys[0], &keys[1], &keys[2]]);
        rows.push(vec![scale(camera, size), Cell::new(Tone::Dim, format!("  {keys}"))]);
        rows
    }

    /// From the map in the detail to none, to the whole screen, and back.
    pub(super) fn turn_map(&mut self) -> Vec<Effect> {
        let Some(record) = self.inbox.selected() else { return Vec::new() };
        if self.map.is_shown && point(&record.message).is_some() {
            self.map.is_shown = false;
            let key = self.setup.keymap.first(Action::Map);
            self.say(Tone::Dim, words::MAP_HIDDEN, &[&key]);
            return Vec::new();
        }
        self.map.is_shown = true;
        self.overlay = Some(Overlay::Map(Chart::new(record.seq)));
        vec![Effect::LoadPlaces(self.inbox.query())]
    }

    /// Closer, or further away, in the detail.
    pub(super) fn zoom_map(&mut self, is_closer: bool) -> Vec<Effect> {
        let camera = self.selected_point().map(|point| Camera::on(point, self.map.zoom).zoomed(is_closer));
        self.map.zoom = camera.map_or(self.map.zoom, Camera::zoom);
        Vec::new()
    }

    /// Whether the detail shows a map.
    pub(super) fn has_small_map(&self) -> bool {
        self.map.is_shown && self.mode() == detail::Mode::Rendered && self.selected_point().is_some()
    }

    fn selected_point(&self) -> Option<Point> {
        self.inbox.selected().and_then(|record| point(&record.message))
    }

    /// Columns and rows of the map on the whole screen: a frame, and a line about the chosen position.
    #[must_use]
    pub fn chart_size(&self) -> (usize, usize) {
        let Size { width, height } = self.size;
        (usize::from(width.saturating_sub(2)), usize::from(height.saturating_sub(3)))
    }

    pub(super) fn chart_key(&mut self, key: Key, action: Option<Action>) -> Vec<Effect> {
        let Some(Overlay::Map(chart)) = &mut self.overlay else { return Vec::new() };
        match chart.act(key, action) {
            Outcome::Open => Vec::new(),
            Outcome::Other => self.leave_by(key, action, Action::Map),
            Outcome::Read(seq) => {
                self.overlay = None;
                self.scroll = 0;
                load(self.inbox.go_to(seq))
            }
            Outcome::Services(point) => self.offer(words::OPEN_PLACE, self.services(point)),
            Outcome::Copy(point) => vec![Effect::Copy(point.to_string())],
        }
    }

    /// Reads the positions again, if they are on the screen.
    pub(super) fn read_places(&mut self) -> Option<Effect> {
        let query = self.inbox.query();
        let Some(Overlay::Map(chart)) = self.open_view() else { return None };
        chart.refresh.ask().then_some(Effect::LoadPlaces(query))
    }

    /// Takes the positions that were read.
    pub(super) fn take_places(&mut self, spots: Vec<Spot>) -> Option<Effect> {
        let (size, assumed, query) = (self.chart_size(), self.setup.datum, self.inbox.query());
        let Some(Overlay::Map(chart)) = self.open_view() else { return None };
        chart.take(spots, assumed, size);
        chart.refresh.came().then_some(Effect::LoadPlaces(query))
    }
}

fn lines(
    camera: Camera,
    size: (usize, usize),
    chosen: Option<Point>,
    others: &[Point],
    language: Language,
) -> Vec<Line> {
    let name = |place: &Place| match language {
        Language::Chinese if !place.chinese.is_empty() => place.chinese,
        Language::Chinese | Language::English => place.english,
    };
    let cell = |(ink, piece)| Cell::new(tone(ink), piece);
    map::draw(camera, size, chosen, others, name).into_iter().map(|row| row.into_iter().map(cell).collect()).collect()
}

/// `────── 20 km`.
fn scale(camera: Camera, size: (usize, usize)) -> Cell {
    let (metres, n_cells) = camera.scale(size);
    let distance = if metres < 1000.0 { format!("{metres} m") } else { format!("{} km", metres / 1000.0) };
    Cell::new(Tone::Dim, format!("{} {distance}", "─".repeat(n_cells)))
}

const fn tone(ink: Ink) -> Tone {
    match ink {
        Ink::Blank | Ink::Town => Tone::Plain,
        Ink::Outline => Tone::Dim,
        Ink::Spot => Tone::Accent,
        Ink::Chosen => Tone::Bad,
    }
}
