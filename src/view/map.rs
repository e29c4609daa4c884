//! The map of every position in the list, on the whole screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dashboard::State;
use crate::dashboard::cell::{Cell, Tone};
use crate::dashboard::detail;
use crate::dashboard::map::Chart;
use crate::language::words;
use crate::record::place::SPOTS;

/// Draws the map and, below it, what is known of the chosen position.
pub(super) fn draw(state: &State, chart: &Chart, frame: &mut Frame<'_>) {
    let language = state.looks().language;
    let title = match chart.n_spots() {
        None => words::READING_POSITIONS.of(language).to_owned(),
        Some(0) => words::NO_POSITIONS.of(language).to_owned(),
        Some(n) if n < SPOTS => words::N_POSITIONS.with(language, &[&n]),
        Some(n) => words::NEWEST_POSITIONS.with(language, &[&n]),
    };
    let inside = super::draw_screen(state, frame, &title, &super::hints(state, frame, words::MOVES.of(language)));
    let (rows, scale) = chart.lines(state.chart_size(), language);
    for (row, y) in rows.iter().zip(inside.y..inside.bottom()) {
        let line = Line::from(row.iter().map(super::span).collect::<Vec<_>>());
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
    let Some(spot) = chart.chosen() else { return };
    let about = detail::position::nearest_to(spot.point, state.setup().datum, language);
    let pieces = [
        (1, Cell::new(Tone::Bad, format!("#{}", spot.seq))),
        (0, Cell::new(Tone::Strong, spot.point.to_string())),
        (2, Cell::new(Tone::Plain, about)),
        (3, scale),
    ];
    let bottom = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
    frame.render_widget(Line::from(super::fit(&pieces, usize::from(inside.width))), bottom);
}
