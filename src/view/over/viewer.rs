//! The full-screen viewer of a picture, with a caption.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::over::viewer::{CAPTION, PictureViewer};
use crate::dashboard::world::pictures::about;
use crate::dashboard::{Cell, Tone};
use crate::language::words;
use crate::media::picture::drawing::DrawingForm;
use crate::text;
use crate::view::parts::Scene;
use crate::view::{parts, picture};

/// Draws a picture in the middle of the whole screen over what is below, and its caption below it.
pub(super) fn draw(viewer: &PictureViewer, is_top: bool, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let screen = frame.area();
    parts::clear(frame, screen);
    let [area, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(CAPTION)]).areas(screen);
    let request = viewer.request(world);
    let drawn = request.as_ref().and_then(|request| world.pictures.drawing(request));
    let alike = || request.as_ref().and_then(|request| world.pictures.drawing_like(request));
    let shown = drawn.and_then(|drawn| drawn.as_ref().ok()).or_else(alike);
    // The terminal draws a picture of the form `Whole` over any menu, so skip it below other screens.
    if let Some(drawing) = shown.filter(|it| is_top || !matches!(it.form, DrawingForm::Whole(_))) {
        let (columns, rows) = drawing.cells;
        let middle = area.centered(Constraint::Length(columns), Constraint::Length(rows));
        picture::draw_in(frame, middle, drawing, 0, language, true);
    }
    let obstacle = viewer.obstacle(world);
    let facts = match (&obstacle, drawn, shown) {
        (Some(obstacle), ..) => obstacle.clone(),
        (None, Some(Err(reason)), _) => Cell::new(Tone::Bad, reason.of(language)),
        (None, _, None) => Cell::new(Tone::Dim, words::DECODING.of(language)),
        (None, _, Some(drawing)) => {
            let about = about(drawing, viewer.bytes(), language);
            Cell::new(Tone::Dim, words::PICTURE_CAPTION.with(language, &[&about, &viewer.times()]))
        }
    };
    if shown.is_none() {
        draw_in_the_middle(&facts, frame, area);
    }
    let caption = scene.notice.cloned().unwrap_or_else(|| caption(viewer, &facts, scene, frame));
    frame.render_widget(Line::from(vec![Span::raw(" "), parts::span(&caption)]), below);
}

/// Returns the caption: the sender, the details of the picture, and the keys.
fn caption(viewer: &PictureViewer, facts: &Cell, scene: Scene<'_>, frame: &Frame<'_>) -> Cell {
    let record = &viewer.record;
    let star = if record.marks.is_starred { "* " } else { "" };
    let sender = scene.world.short_name(record.message.sender_id, record.sender.called());
    let sent_at = record.sent_at().format("%m-%d %H:%M");
    let moves = if viewer.times() > 1 { words::MOVES.of(scene.world.language()) } else { "" };
    let first = format!("{star}{sender} {sent_at} · {}  {moves}", facts.text);
    Cell::new(facts.tone, scene.hints(frame, first.trim_end()))
}

/// Draws the words that replace a missing picture.
fn draw_in_the_middle(facts: &Cell, frame: &mut Frame<'_>, area: Rect) {
    let lines = parts::wrapped(&text::line(&facts.text), facts.tone, area.width.saturating_sub(4));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let middle = area.centered(Constraint::Fill(1), Constraint::Length(height));
    parts::draw_lines(frame, middle, lines.into_iter().map(Line::centered));
}
