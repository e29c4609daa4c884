//! The detail pane: the selected message in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::controls::action::Action;
use crate::controls::layout::{Layout, Shape};
use crate::dashboard::detail::source::{DetailMode, PictureSpot};
use crate::dashboard::{Cell, State};
use crate::language::words;
use crate::record::title::title;
use crate::text;

use super::parts;

/// Draws the pane, starting at the line that it is scrolled to.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = parts::rect(layout.detail);
    if area.is_empty() {
        return;
    }
    let record = state.list().selected();
    let page = state.detail().page();
    let lines = page.map(|page| page.lines.as_slice()).unwrap_or_default();
    let scroll = first_line(state, lines.len(), area);
    let language = state.world().language();
    let title = record.map(|record| title(record, language)).unwrap_or_default();
    let part = part(state);
    match layout.shape {
        Shape::Wide => {
            let [title, part] = [&title, &part.join("  ")]
                .map(|words| if words.is_empty() { String::new() } else { format!(" {words} ") });
            parts::draw_titles(frame, layout.detail.unpadded(), &title, &part);
        }
        Shape::Standard if record.is_some() => {
            let title = std::iter::once(title).chain(part).filter(|part| !part.is_empty()).collect::<Vec<_>>();
            parts::draw_rule(frame, layout.detail.unpadded(), &title.join(" · "));
        }
        // The status line shows the part.
        Shape::Standard | Shape::Narrow | Shape::Line => {}
    }
    let marked =
        |cell: &Cell| parts::marked(&text::line(&cell.text), parts::style(cell.tone), state.list().inbox.filter());
    let shown = lines.iter().skip(scroll).map(|line| Line::from(line.iter().flat_map(marked).collect::<Vec<_>>()));
    parts::draw_lines(frame, area, shown);
    if let Some(spot) = page.and_then(|page| page.picture.as_ref()) {
        draw_picture(state, frame, area, spot, scroll);
    }
}

/// Returns which part of the message the pane shows: the view, unless it is the message itself, and the number of
/// lines below with the key that shows them.
pub(super) fn part(state: &State) -> Vec<String> {
    let (world, area) = (state.world(), parts::rect(state.world().layout().detail));
    let Some(page) = state.detail().page() else { return Vec::new() };
    let language = world.language();
    let mode = match state.detail().mode() {
        DetailMode::Rendered => None,
        mode @ (DetailMode::Json | DetailMode::Arrival) => Some(mode.words().of(language).to_owned()),
    };
    let n_lines = page.lines.len();
    let n_below = n_lines.saturating_sub(first_line(state, n_lines, area) + usize::from(area.height));
    let key = world.key(if world.is_reading() { Action::PageDown } else { Action::Read });
    let below = (n_below > 0).then(|| words::MORE_LINES.with(language, &[&n_below, &key]));
    mode.into_iter().chain(below).collect()
}

/// Returns the index of the first line that the pane shows.
fn first_line(state: &State, n_lines: usize, area: Rect) -> usize {
    state.detail().scroll().min(n_lines.saturating_sub(usize::from(area.height)))
}

fn draw_picture(state: &State, frame: &mut Frame<'_>, area: Rect, spot: &PictureSpot, scroll: usize) {
    let Some(Ok(drawing)) = state.world().pictures.drawing(&spot.request) else { return };
    let cells = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    let top = cells(spot.line.saturating_sub(scroll));
    let hidden = cells(scroll.saturating_sub(spot.line));
    let room = area.height.saturating_sub(top).min(spot.request.most.height.saturating_sub(hidden));
    super::picture::draw(state, frame, Rect { y: area.y.saturating_add(top), height: room, ..area }, drawing, hidden);
}
