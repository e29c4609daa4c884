//! One picture on the whole screen, and below it what it is.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::{Line, Span};

use crate::controls::layout::Size;
use crate::dashboard::over::viewer::{CAPTION, PictureViewer};
use crate::dashboard::world::pictures::about;
use crate::dashboard::{Cell, Tone};
use crate::language::words;
use crate::media::picture::drawing::DrawingForm;
use crate::view::parts::Scene;
use crate::view::{parts, picture};

/// Draws a picture in the middle of the whole screen, over what was there, and below it what it is.
pub(super) fn draw(viewer: &PictureViewer, is_top: bool, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let screen = frame.area();
    parts::clear(frame, screen);
    let request = viewer.request(Size { width: screen.width, height: screen.height });
    let [area, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(CAPTION)]).areas(screen);
    let drawn = world.pictures.drawing(&request);
    let shown = drawn.and_then(|drawn| drawn.as_ref().ok()).or_else(|| world.pictures.drawing_like(&request));
    // A menu over it would be drawn over by a picture that is drawn whole.
    if let Some(drawing) = shown.filter(|it| is_top || !matches!(it.form, DrawingForm::Whole(_))) {
        let (columns, rows) = drawing.cells;
        let middle = area.centered(Constraint::Length(columns), Constraint::Length(rows));
        picture::draw_in(frame, middle, drawing, 0, language, true);
    }
    let caption = match (drawn, shown) {
        (Some(Err(reason)), _) => Cell::new(Tone::Bad, reason.of(language)),
        (_, None) => Cell::new(Tone::Dim, words::DECODING.of(language)),
        (_, Some(drawing)) => {
            let about = about(drawing, viewer.bytes, language);
            let zoom = 1_u32 << viewer.part.zoom;
            let about = words::PICTURE_CAPTION.with(language, &[&about, &zoom]);
            Cell::new(Tone::Dim, scene.hints(frame, &format!("{about}  {}", words::MOVES.of(language))))
        }
    };
    let said = scene.notice.unwrap_or(&caption);
    frame.render_widget(Line::from(vec![Span::raw(" "), parts::span(said)]), below);
}
