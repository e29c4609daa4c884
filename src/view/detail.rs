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
    let scroll = state.detail().scroll().min(lines.len().saturating_sub(usize::from(area.height)));
    let rest = lines.len().saturating_sub(scroll + usize::from(area.height));
    let language = state.world().language();
    let title = record.map(|record| title(record, language)).unwrap_or_default();
    let mode = match state.detail().mode() {
        DetailMode::Rendered => String::new(),
        mode @ (DetailMode::Json | DetailMode::Arrival) => format!(" {} ", mode.words().of(language)),
    };
    let key = state.world().key(if state.world().is_reading() { Action::PageDown } else { Action::Read });
    let below =
        if rest > 0 { format!(" {} ", words::MORE_LINES.with(language, &[&rest, &key])) } else { String::new() };
    match layout.shape {
        Shape::Wide => parts::draw_titles(
            frame,
            layout.detail.unpadded(),
            &if title.is_empty() { String::new() } else { format!(" {title} ") },
            &format!("{mode}{below}"),
        ),
        Shape::Standard => {
            let parts = [title.as_str(), mode.trim(), below.trim()];
            let title = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
            if record.is_some() {
                parts::draw_rule(frame, layout.detail.unpadded(), &title);
            }
        }
        Shape::Narrow | Shape::Line => {}
    }
    let marked =
        |cell: &Cell| parts::marked(&text::line(&cell.text), parts::style(cell.tone), state.list().inbox.filter());
    let shown = lines.iter().skip(scroll).map(|line| Line::from(line.iter().flat_map(marked).collect::<Vec<_>>()));
    parts::draw_lines(frame, area, shown);
    if let Some(spot) = page.and_then(|page| page.picture.as_ref()) {
        draw_picture(state, frame, area, spot, scroll);
    }
}

fn draw_picture(state: &State, frame: &mut Frame<'_>, area: Rect, spot: &PictureSpot, scroll: usize) {
    let Some(Ok(drawing)) = state.world().pictures.drawing(&spot.request) else { return };
    let cells = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    let top = cells(spot.line.saturating_sub(scroll));
    let hidden = cells(scroll.saturating_sub(spot.line));
    let room = area.height.saturating_sub(top).min(spot.request.most.height.saturating_sub(hidden));
    super::picture::draw(state, frame, Rect { y: area.y.saturating_add(top), height: room, ..area }, drawing, hidden);
}
