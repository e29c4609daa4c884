//! The full-screen map of every position in the list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dashboard::detail::position::nearest_to;
use crate::dashboard::over::map::{PositionMap, size};
use crate::dashboard::{Cell, Tone};
use crate::language::words;
use crate::record::place::SPOTS;
use crate::view::parts::{self, Scene};

/// Draws the map, and below it the details of the chosen position.
pub(super) fn draw(map: &PositionMap, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let title = match map.n_spots() {
        None => words::READING_POSITIONS.of(language).to_owned(),
        Some(0) => words::NO_POSITIONS.of(language).to_owned(),
        Some(n) if n < SPOTS => words::N_POSITIONS.with(language, &[&n]),
        Some(n) => words::NEWEST_POSITIONS.with(language, &[&n]),
    };
    let inside = scene.draw_screen(frame, &title, words::MOVES.of(language));
    let (rows, scale) = map.lines(size(world.size), language);
    let lines = rows.iter().map(|row| Line::from(row.iter().map(parts::span).collect::<Vec<_>>()));
    parts::draw_lines(frame, inside, lines);
    let Some(spot) = map.chosen() else { return };
    let about = nearest_to(spot.point, world.setup.understanding.datum, language);
    let pieces = [
        (1, Cell::new(Tone::Bad, format!("#{}", spot.seq))),
        (0, Cell::new(Tone::Strong, spot.point.to_string())),
        (2, Cell::new(Tone::Plain, about)),
        (3, scale),
    ];
    let bottom = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
    frame.render_widget(Line::from(parts::fit(&pieces, usize::from(inside.width))), bottom);
}
