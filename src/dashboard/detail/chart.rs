//! Renders a map as lines: outlines, towns and positions. Points are in WGS-84.

use crate::dashboard::{Cell, CellLine, Tone};
use crate::language::Language;
use crate::place::Point;
use crate::place::camera::Camera;
use crate::place::map::{self, Ink};
use crate::place::nearest::Place;

/// Renders the map in `size` columns and rows, with the chosen point among others.
pub fn lines(
    camera: Camera,
    size: (usize, usize),
    chosen: Option<Point>,
    others: &[Point],
    language: Language,
) -> Vec<CellLine> {
    let name = |place: &Place| match language {
        Language::Chinese if !place.chinese.is_empty() => place.chinese,
        Language::Chinese | Language::English => place.english,
    };
    let cell = |(ink, piece)| Cell::new(tone(ink), piece);
    map::draw(camera, size, chosen, others, name).into_iter().map(|row| row.into_iter().map(cell).collect()).collect()
}

/// Renders the scale of a map of this size: `────── 20 km`.
pub fn scale(camera: Camera, size: (usize, usize)) -> Cell {
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
