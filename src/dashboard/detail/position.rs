//! A position in the detail: the coordinates as sent, what is known about them offline, and a small map.

use std::ops::RangeInclusive;

use crate::controls::action::Action;
use crate::dashboard::{Cell, CellLine, Tone, World};
use crate::language::{Language, Words, words};
use crate::place::camera::Camera;
use crate::place::datum::{Assumed, Datum};
use crate::place::nearest::{self, Near};
use crate::place::{Compass, Point};
use crate::record::place::point;
use crate::text;
use crate::weibo::Message;

use super::chart;
use super::lines::PageBuilder;
use super::source::PageSource;

/// Adds the fields of a position. Numbers that are not a place are shown as sent, without further fields.
pub(super) fn add(page: &mut PageBuilder, source: &PageSource<'_>, latitude: &str, longitude: &str) {
    let language = page.language;
    page.field(words::LATITUDE, Tone::Strong, &degrees(latitude, 'N', 'S', 90.0, language));
    page.field(words::LONGITUDE, Tone::Strong, &degrees(longitude, 'E', 'W', 180.0, language));
    page.field(words::AS_SENT, Tone::Dim, &words::COORDINATES.with(language, &[&longitude, &latitude]));
    let Some(point) = Point::read(latitude, longitude) else { return };
    let datum = source.world.setup.understanding.datum.of(point);
    page.field(words::DATUM, Tone::Dim, &words::DATUM_ASSUMED.with(language, &[&datum.name()]));
    page.field(words::NEAR, Tone::Plain, &nearest_to(point, source.world.setup.understanding.datum, language));
}

/// The minimum width in columns for a map beside the fields.
const WIDE: usize = 70;
/// The width of the map, in per cent of the pane's.
const SHARE: usize = 42;
/// Columns between fields and map.
const GAP: usize = 2;
/// The range for the number of rows of the map, which takes what the pane has left.
const ROWS: RangeInclusive<usize> = 5..=13;

/// Fills the page, and adds the map of a position: beside the fields in a wide pane, otherwise below them.
pub(super) fn with_map(page: &mut PageBuilder, source: &PageSource<'_>, fill: impl FnOnce(&mut PageBuilder)) {
    let Some(point) = point(&source.record.message) else { return fill(page) };
    let whole_width = page.width;
    // One line is for the scale.
    let height = usize::from(source.size.height).saturating_sub(1);
    let within = |rows: usize| rows.clamp(*ROWS.start(), *ROWS.end());
    if whole_width < WIDE {
        fill(page);
        let rows = small_map(source, point, (whole_width, within(height.saturating_sub(page.lines.len() + 1))));
        if !rows.is_empty() {
            page.blank();
            page.lines.extend(rows);
        }
        return;
    }
    let width = whole_width * SHARE / 100;
    let rows = small_map(source, point, (width, within(height)));
    if rows.is_empty() {
        return fill(page);
    }
    page.width = whole_width - width - GAP;
    fill(page);
    let fields_width = std::mem::replace(&mut page.width, whole_width);
    if page.lines.len() < rows.len() {
        page.lines.resize(rows.len(), CellLine::new());
    }
    for (line, row) in page.lines.iter_mut().zip(rows) {
        let used: usize = line.iter().map(|cell| text::width(&cell.text)).sum();
        line.push(Cell::new(Tone::Plain, " ".repeat((fields_width + GAP).saturating_sub(used))));
        line.extend(row);
    }
}

/// Renders the map around a position in `size` columns and rows, with its scale below it. Empty if the map is hidden
/// or does not fit.
fn small_map(source: &PageSource<'_>, sent: Point, size: (usize, usize)) -> Vec<CellLine> {
    /// The minimum width of a recognizable map.
    const NARROWEST: usize = 24;
    if !source.map.is_shown || size.0 < NARROWEST {
        return Vec::new();
    }
    let (world, assumed) = (source.world, source.world.setup.understanding.datum);
    let in_wgs84 = |point: Point| assumed.of(point).to(Datum::Wgs84, point);
    let others: Vec<Point> = source.others.iter().filter(|other| **other != sent).copied().map(in_wgs84).collect();
    let camera = Camera::on(in_wgs84(sent), source.map.zoom);
    let mut rows = chart::lines(camera, size, Some(in_wgs84(sent)), &others, world.language());
    let keys = [Action::Map, Action::ZoomIn, Action::ZoomOut].map(|action| world.key(action));
    let keys = format!("  {}", words::MAP_KEYS.with(world.language(), &[&keys[0], &keys[1], &keys[2]]));
    let scale = chart::scale(camera, size);
    let has_room = text::width(&scale.text) + text::width(&keys) <= size.0;
    let keys = has_room.then(|| Cell::new(Tone::Dim, keys));
    rows.push(std::iter::once(scale).chain(keys).collect());
    rows
}

/// Returns the name of a position's place: `深圳 南山`. The detail shows the coordinates.
pub fn place_of(message: &Message, world: &World) -> Option<String> {
    let sent = point(message)?;
    let place = nearest::at(world.setup.understanding.datum.of(sent).to(Datum::Wgs84, sent))?;
    Some(match world.language() {
        Language::English => place.in_english(),
        Language::Chinese => place.in_chinese(),
    })
}

/// Describes where a point is relative to the nearest place.
pub fn nearest_to(sent: Point, assumed: Assumed, language: Language) -> String {
    let near = nearest::nearest(assumed.of(sent).to(Datum::Wgs84, sent));
    near.map(|near| about(&near, language)).unwrap_or_default()
}

/// Formats `3.2 km NE of Haidian, Beijing, China (offline estimate)`.
fn about(near: &Near, language: Language) -> String {
    let Near { place, distance, direction } = near;
    let distance = format!("{:.1} km", distance / 1000.0);
    let direction = compass(*direction).of(language);
    match language {
        Language::English => words::NEAREST.with(language, &[&distance, &direction, &place.in_english()]),
        Language::Chinese => words::NEAREST.with(language, &[&place.in_chinese(), &direction, &distance]),
    }
}

const fn compass(direction: Compass) -> Words {
    match direction {
        Compass::North => words::NORTH,
        Compass::NorthEast => words::NORTH_EAST,
        Compass::East => words::EAST,
        Compass::SouthEast => words::SOUTH_EAST,
        Compass::South => words::SOUTH,
        Compass::SouthWest => words::SOUTH_WEST,
        Compass::West => words::WEST,
        Compass::NorthWest => words::NORTH_WEST,
    }
}

/// Returns a coordinate with its hemisphere, or as sent with a mark if it is invalid.
fn degrees(sent: &str, positive: char, negative: char, limit: f64, language: Language) -> String {
    match sent.trim().parse::<f64>() {
        Ok(value) if value.abs() <= limit => {
            let hemisphere = if value < 0.0 { negative } else { positive };
            format!("{:.6}° {hemisphere}", value.abs())
        }
        Ok(_) => words::OUT_OF_RANGE.with(language, &[&sent]),
        Err(_) if sent.is_empty() => words::MISSING.of(language).to_owned(),
        Err(_) => words::NOT_A_NUMBER.with(language, &[&sent]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_a_hemisphere_or_a_mark() {
        let degrees = |sent, positive, negative, limit| degrees(sent, positive, negative, limit, Language::English);
        assert_eq!(degrees("39.982525", 'N', 'S', 90.0), "39.982525° N");
        assert_eq!(degrees("-0.5", 'E', 'W', 180.0), "0.500000° W");
        assert_eq!(degrees("154.2", 'N', 'S', 90.0), "154.2 (out of range)");
        assert_eq!(degrees("NaN", 'N', 'S', 90.0), "NaN (out of range)");
        assert_eq!(degrees("north", 'N', 'S', 90.0), "north (not a number)");
        assert_eq!(degrees("", 'N', 'S', 90.0), "missing");
    }

    #[test]
    fn the_nearest_place_is_told_in_both_orders() {
        // The point of the protocol's own sample, converted from GCJ-02 to WGS-84.
        let near = nearest::nearest(Point::new(39.9812, 116.3025).unwrap()).unwrap();
        assert_eq!(about(&near, Language::English), "1.6 km SE of Haidian, Beijing, China (offline estimate)");
        assert_eq!(about(&near, Language::Chinese), "北京 海淀 东南 1.6 km（离线估计）");
    }
}
