//! The full-screen map of every position in the list.
//!
//! Points are drawn in WGS-84. Each is converted from the datum that it is assumed to have.

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::Size;
use crate::dashboard::detail::chart;
use crate::dashboard::refresh::Refresh;
use crate::dashboard::{Cell, CellLine, Effect, Event, World};
use crate::language::{Language, words};
use crate::place::Point;
use crate::place::camera::Camera;
use crate::place::datum::{Assumed, Datum};
use crate::query::Query;
use crate::record::Seq;
use crate::record::place::Spot;

use super::menu::Menu;
use super::{Responder, SHOWS, ScreenReply, Traits, Wish};

pub mod services;

use services::services;

pub(super) const TRAITS: Traits = Traits {
    hints: &[
        (Action::ZoomIn, words::HINT_CLOSER),
        (Action::ZoomOut, words::HINT_FURTHER),
        (Action::NextHit, words::HINT_NEXT),
        (Action::PreviousHit, words::HINT_PREVIOUS),
        (Action::Read, words::HINT_READ),
        (Action::Copy, words::HINT_COPY),
        (Action::OpenFile, words::HINT_OPEN),
        (Action::Back, words::HINT_BACK),
    ],
    is_private: true,
    closed_by: &[Action::Back, Action::Close, Action::Map],
    ..SHOWS
};
/// The part of the map's width by which an arrow key moves the map.
const STEP: f64 = 0.2;

/// The full-screen map.
#[derive(Debug, Clone)]
pub struct PositionMap {
    /// The query that finds the positions.
    query: Query,
    /// The positions, newest first; `None` until they are loaded.
    seen: Option<Vec<Seen>>,
    chosen: Seq,
    /// The view of the map; `None` until there is a position to show.
    camera: Option<Camera>,
    /// Whether the arrow keys moved the map away from the chosen position.
    is_away: bool,
    refresh: Refresh,
}

/// A position on the map.
#[derive(Debug, Clone, Copy)]
struct Seen {
    spot: Spot,
    /// The position in WGS-84.
    point: Point,
}

impl PositionMap {
    /// Returns a map around a message, and the effect that loads its positions.
    pub(in crate::dashboard) fn of(query: Query, chosen: Seq) -> (Self, Effect) {
        let order = Effect::LoadPlaces(query.clone());
        (Self { query, seen: None, chosen, camera: None, is_away: false, refresh: Refresh::Running }, order)
    }

    /// Returns the number of positions, or `None` until they are loaded.
    pub fn n_spots(&self) -> Option<usize> {
        self.seen.as_ref().map(Vec::len)
    }

    /// Returns the chosen position, as it was sent.
    pub fn chosen(&self) -> Option<Spot> {
        self.chosen_one().map(|seen| seen.spot)
    }

    fn chosen_one(&self) -> Option<&Seen> {
        self.seen.iter().flatten().find(|seen| seen.spot.seq == self.chosen)
    }

    /// Returns the map and its scale for the given number of columns and rows.
    pub fn lines(&self, size: (usize, usize), language: Language) -> (Vec<CellLine>, Cell) {
        let Some(camera) = self.camera else { return (Vec::new(), Cell::default()) };
        let others = self.seen.iter().flatten().filter(|seen| seen.spot.seq != self.chosen);
        let others: Vec<Point> = others.map(|seen| seen.point).collect();
        let chosen = self.chosen_one().map(|seen| seen.point);
        (chart::lines(camera, size, chosen, &others, language), chart::scale(camera, size))
    }

    fn place(&mut self, spots: &[Spot], assumed: Assumed, size: (usize, usize)) {
        let seen = |spot: &Spot| Seen { point: assumed.of(spot.point).to(Datum::Wgs84, spot.point), spot: *spot };
        let seen: Vec<Seen> = spots.iter().map(seen).collect();
        let points: Vec<Point> = seen.iter().map(|seen| seen.point).collect();
        self.seen = Some(seen);
        if self.chosen_one().is_none() {
            self.chosen = self.seen.iter().flatten().next().map_or(self.chosen, |seen| seen.spot.seq);
        }
        if self.camera.is_none() && !points.is_empty() {
            self.camera = Some(Camera::around(&points, size));
        }
    }

    /// Chooses the next older or newer position, if there is one, and centres the map on it.
    fn select(&mut self, is_older: bool) {
        let seen = self.seen.as_deref().unwrap_or_default();
        let Some(at) = seen.iter().position(|seen| seen.spot.seq == self.chosen) else { return };
        let next = if is_older { at.saturating_add(1).min(seen.len() - 1) } else { at.saturating_sub(1) };
        self.chosen = seen.get(next).map_or(self.chosen, |next| next.spot.seq);
        self.is_away = false;
        self.camera = self.camera.map(|camera| self.on_chosen(camera));
    }

    /// Returns the camera centred on the chosen position, at the same zoom.
    fn on_chosen(&self, camera: Camera) -> Camera {
        self.chosen_one().map_or(camera, |chosen| camera.at(chosen.point))
    }

    /// Moves the map by fractions of its width.
    fn pan(&mut self, right: f64, down: f64) {
        self.is_away = true;
        self.camera = self.camera.map(|camera| camera.moved(right, down));
    }

    /// Zooms in or out. Zooming in centres on the chosen position unless the arrow keys moved the map away from it.
    fn zoom(&mut self, is_closer: bool) {
        let is_led = is_closer && !self.is_away;
        let camera = self.camera.map(|camera| if is_led { self.on_chosen(camera) } else { camera });
        self.camera = camera.map(|camera| camera.zoomed(is_closer));
    }
}

impl Responder for PositionMap {
    /// Moves the map with the arrow keys, whatever they are bound to elsewhere.
    fn type_key(&mut self, key: Key, _world: &World) -> ScreenReply {
        match key.code {
            KeyCode::Left => self.pan(-STEP, 0.0),
            KeyCode::Right => self.pan(STEP, 0.0),
            KeyCode::Up => self.pan(0.0, -STEP),
            KeyCode::Down => self.pan(0.0, STEP),
            _ => return ScreenReply::pass(),
        }
        ScreenReply::done()
    }

    fn choose(&mut self, action: Action, world: &World) -> ScreenReply {
        match (action, self.chosen()) {
            (Action::ZoomIn, _) => self.zoom(true),
            (Action::ZoomOut, _) => self.zoom(false),
            (Action::NextHit | Action::Down | Action::NextTab, _) => self.select(true),
            (Action::PreviousHit | Action::Up | Action::PreviousTab, _) => self.select(false),
            (Action::Read, Some(spot)) => return ScreenReply::close().and_wish(Wish::GoTo(spot.seq)),
            (Action::OpenFile, Some(spot)) => {
                return ScreenReply::open(Menu::new(words::OPEN_PLACE, services(spot.point, world)));
            }
            (Action::Copy, Some(spot)) => return ScreenReply::effect(Effect::Copy(spot.point.to_string())),
            _ => return ScreenReply::pass(),
        }
        ScreenReply::done()
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        let is_wanted = match event {
            Event::Places(spots) => {
                self.place(spots, world.setup.understanding.datum, size(world.size));
                self.refresh.came()
            }
            Event::Committed => self.refresh.ask(),
            Event::Failed(_) => {
                self.refresh.fail();
                false
            }
            _ => false,
        };
        ScreenReply::done().and(is_wanted.then(|| Effect::LoadPlaces(self.query.clone())))
    }
}

/// Returns the columns and rows of the map on a screen: without the frame and the line about the chosen position.
pub fn size(screen: Size) -> (usize, usize) {
    (usize::from(screen.width.saturating_sub(2)), usize::from(screen.height.saturating_sub(3)))
}
