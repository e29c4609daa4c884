//! Shared parts of every screen: frames, rows, styles, marked words.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::controls::layout::{Area, Layout};
use crate::dashboard::over::Hint;
use crate::dashboard::{Cell, Over, Tone, World};
use crate::language::{Language, Words};
use crate::query::Query;
use crate::text;

/// The data for drawing a screen over the panes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The data that every screen may read.
    pub(super) world: &'a World,
    /// The screen.
    pub(super) over: &'a Over,
    /// The last notice.
    pub(super) notice: Option<&'a Cell>,
}

impl<'a> Scene<'a> {
    /// Returns the last notice if the area covers the status line, which otherwise shows it.
    pub(super) fn notice_in(self, area: Rect) -> Option<&'a Cell> {
        let status = self.world.layout().status;
        self.notice.filter(|_| status.height == 0 || area.bottom() > status.y)
    }

    /// Adds the lower edge to a frame: the last notice if the frame covers the status line, and `help` if there is room
    /// beside it.
    fn with_edge<'b>(self, block: Block<'b>, area: Rect, help: Line<'b>) -> Block<'b> {
        let Some(notice) = self.notice_in(area) else { return block.title_bottom(help) };
        // Cut a long notice at its end, with an ellipsis, rather than at its start.
        let words = text::cut(&text::line(&notice.text), usize::from(area.width).saturating_sub(4)).into_owned();
        let notice = Cell::new(notice.tone, words);
        let said = Line::from(vec![Span::raw(" "), span(&notice), Span::raw(" ")]);
        let has_room = said.width() + help.width() + 3 <= usize::from(area.width);
        let block = block.title_bottom(said);
        if has_room { block.title_bottom(help) } else { block }
    }

    /// Returns `first` and the help for the keys of the screen, as much as fits into its frame:
    /// `x cancel  d again  Esc back`. The last key is never left out. The last notice may take some of the room.
    pub(super) fn hints(self, frame: &Frame<'_>, first: &str) -> String {
        let notice = self.notice_in(frame.area()).map_or(0, |notice| text::width(&text::line(&notice.text)) + 3);
        let room = usize::from(frame.area().width).saturating_sub(text::width(first) + notice + 6);
        let hint = |(action, words): &Hint| format!("{} {}", self.world.key(*action), words.of(self.world.language()));
        let hints: Vec<String> = self.over.hints().iter().map(hint).collect();
        [first, &shortened(hints.iter().map(String::as_str).collect(), "  ", room)].join("  ").trim_start().to_owned()
    }

    /// Draws an empty box in the middle of the screen with at most this many columns and rows. If it covers the
    /// status line, its lower edge has the last notice, and `help` only if there is room. Returns the inside without a
    /// column on either side.
    pub(super) fn draw_box(
        self,
        frame: &mut Frame<'_>,
        [columns, rows]: [usize; 2],
        block: Block<'_>,
        help: Line<'_>,
    ) -> Rect {
        let block = self.with_edge(block, box_area(frame, columns, rows), help);
        padded(draw_box(frame, columns, rows, block))
    }

    /// Draws a frame around the whole screen over what is below. Its lower edge has the last notice, because the
    /// status line is covered, and `first` and the help for the keys as far as there is room. Returns the inside.
    pub(super) fn draw_screen(self, frame: &mut Frame<'_>, title: &str, first: &str) -> Rect {
        let area = frame.area();
        let hints = self.hints(frame, first);
        let bottom = text::cut(&hints, usize::from(area.width).saturating_sub(4));
        let help = Line::from(format!(" {bottom} ")).right_aligned();
        let block = self.with_edge(Block::bordered().title(format!(" {title} ")), area, help);
        let inside = block.inner(area);
        clear(frame, area);
        frame.render_widget(block, area);
        inside
    }
}

/// Joins as many pieces as fit. The last piece is never left out, and of the others the first stay longest.
fn shortened(mut pieces: Vec<&str>, between: &str, room: usize) -> String {
    while text::width(&pieces.join(between)) > room && pieces.len() > 1 {
        pieces.remove(pieces.len() - 2);
    }
    pieces.join(between)
}

/// Returns the help for the keys of a box with this many columns, for its lower edge, in as many whole pieces as fit.
pub(super) fn keys(help: &str, columns: usize, frame: &Frame<'_>) -> Line<'static> {
    let room = columns.min(usize::from(frame.area().width)).saturating_sub(4);
    let between = ["，", ", "].into_iter().find(|between| help.contains(between)).unwrap_or("  ");
    let help = shortened(help.split(between).collect(), between, room);
    Line::from(format!(" {} ", text::cut(&help, room))).right_aligned()
}

/// Returns the help for the keys of a box, for its lower edge: the first variant that fits into this many columns.
pub(super) fn help(helps: [Words; 2], language: Language, room: usize) -> Line<'static> {
    let mut helps = helps.into_iter().map(|help| help.of(language));
    let help = helps.find(|help| text::width(help) <= room).unwrap_or_default();
    Line::from(format!(" {help} ")).right_aligned()
}

/// Clears an area for drawing. Also clears a wide character that reaches into the area, because the terminal would
/// draw its second half over the border.
pub(super) fn clear(frame: &mut Frame<'_>, area: Rect) {
    let buffer = frame.buffer_mut();
    if let Some(x) = area.x.checked_sub(1) {
        for y in area.rows().map(|row| row.y) {
            if let Some(cell) = buffer.cell_mut((x, y))
                && text::width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
    frame.render_widget(Clear, area);
}

/// Draws the frames of all regions, with a shared line between neighbours.
pub(super) fn draw_frames(frame: &mut Frame<'_>, layout: &Layout) {
    for area in layout.frames() {
        let block = Block::bordered().border_style(style(Tone::Dim)).merge_borders(MergeStrategy::Exact);
        frame.render_widget(block, rect(area));
    }
}

/// Draws the titles in the upper line of the frame around a region, on the left and on the right.
pub(super) fn draw_titles(frame: &mut Frame<'_>, inside: Area, left: &str, right: &str) {
    let line = Rect { y: inside.y.saturating_sub(1), height: 1, ..rect(inside) };
    let right = Line::styled(right.to_owned(), style(Tone::Dim));
    let room = usize::from(inside.width).saturating_sub(right.width());
    let left = Line::styled(text::cut(left, room).into_owned(), style(Tone::Dim));
    // Draw each title only over its own width, so that the line of the frame stays visible between them.
    let [left_width, right_width] =
        [&left, &right].map(|line| u16::try_from(line.width()).unwrap_or(u16::MAX).min(inside.width));
    frame.render_widget(left, Rect { width: left_width, ..line });
    frame.render_widget(right, Rect { x: line.right() - right_width, width: right_width, ..line });
}

/// Draws a rule with a title, `─ title ────`, over a region that has no frame.
pub(super) fn draw_rule(frame: &mut Frame<'_>, below: Area, title: &str) {
    let area = Rect { y: below.y.saturating_sub(1), height: 1, ..rect(below) };
    let title = text::line(title);
    let title = text::cut(&title, usize::from(below.width).saturating_sub(4));
    let rest = usize::from(below.width).saturating_sub(text::width(&title) + 3);
    frame.render_widget(Line::styled(format!("─ {title} {}", "─".repeat(rest)), style(Tone::Dim)), area);
}

/// Draws a rule with a title in the first row of an area, and lines below it.
pub(super) fn draw_ruled(frame: &mut Frame<'_>, area: Rect, title: &str, lines: Vec<Line<'_>>) {
    let Rect { x, y, width, .. } = area;
    draw_rule(frame, Area { x, y: y + 1, width, height: 0 }, title);
    draw_lines(frame, Rect { y: y + 1, height: area.height.saturating_sub(1), ..area }, lines);
}

/// Returns the area without a column on either side, so that text does not touch a frame.
pub(super) fn padded(area: Rect) -> Rect {
    Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area }
}

pub(super) fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

/// Draws a row. The selected row is reversed and has no colours of its own. Marked words in it stand out because they
/// are not reversed.
pub(super) fn draw_row(frame: &mut Frame<'_>, line: impl Widget, area: Rect, is_selected: bool) {
    frame.render_widget(line, area);
    if !is_selected {
        return;
    }
    for at in area.positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(at) {
            cell.fg = Color::Reset;
            cell.modifier.remove(Modifier::DIM);
            cell.modifier.toggle(Modifier::REVERSED);
        }
    }
}

/// Returns the style of a tone. It uses the terminal's own colours and four of its sixteen, which are readable on
/// light and dark.
pub(super) fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
        Tone::Dim => Style::new().add_modifier(Modifier::DIM),
        Tone::Good => Style::new().fg(Color::Green),
        Tone::Warning => Style::new().fg(Color::Yellow),
        Tone::Bad => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        Tone::Accent => Style::new().fg(Color::Cyan),
    }
}

pub(super) fn span(cell: &Cell) -> Span<'static> {
    Span::styled(text::line(&cell.text).into_owned(), style(cell.tone))
}

/// Returns a cell as a line of at most this many cells.
pub(super) fn cut(cell: &Cell, width: u16) -> Line<'static> {
    Line::styled(text::cut(&text::line(&cell.text), width.into()).into_owned(), style(cell.tone))
}

/// Returns words in one tone, wrapped into lines of at most this many cells.
pub(super) fn wrapped(words: &str, tone: Tone, width: u16) -> Vec<Line<'static>> {
    let lines = text::wrap(words, usize::from(width).max(1));
    lines.into_iter().map(|line| Line::styled(line, style(tone))).collect()
}

/// Returns cells below each other, each wrapped into lines of at most this many cells.
pub(super) fn wrapped_cells(cells: &[Cell], width: u16) -> Vec<Line<'static>> {
    cells.iter().flat_map(|cell| wrapped(&text::clean(&cell.text), cell.tone, width)).collect()
}

/// Returns words with the matches of a query in reverse, which needs no colour.
pub(super) fn marked(words: &str, style: Style, query: &Query) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut end = 0;
    for mark in query.marks(words) {
        // Overlapping matches become adjacent marks.
        let start = mark.start.max(end);
        let (Some(before), Some(hit)) = (words.get(end..start), words.get(start..mark.end)) else { continue };
        spans.push(Span::styled(before.to_owned(), style));
        spans.push(Span::styled(hit.to_owned(), style.add_modifier(Modifier::REVERSED | Modifier::BOLD)));
        end = mark.end;
    }
    spans.push(Span::styled(words.get(end..).unwrap_or_default().to_owned(), style));
    spans
}

/// Leaves out pieces until the rest fits, and keeps their order.
///
/// Each piece has a rank, and the highest rank is left out first. Pieces of the same rank are left out together,
/// except that those of the last remaining rank are left out one by one from the start.
pub(super) fn fit(pieces: &[(u8, Cell)], width: usize) -> Vec<Span<'static>> {
    let mut kept: Vec<(u8, Span<'static>)> = pieces.iter().map(|(rank, cell)| (*rank, span(cell))).collect();
    kept.retain(|(_, span)| !span.content.is_empty());
    let total = |kept: &[(u8, Span<'static>)]| kept.iter().map(|(_, span)| span.width() + 2).sum::<usize>();
    while total(&kept) > width + 1
        && kept.len() > 1
        && let Some(least) = kept.iter().map(|(rank, _)| *rank).max()
    {
        let is_last = kept.iter().all(|(rank, _)| *rank == least);
        if is_last {
            kept.remove(0);
        } else {
            kept.retain(|(rank, _)| *rank != least);
        }
    }
    let mut spans = vec![Span::raw(" ")];
    for (index, (_, span)) in kept.into_iter().enumerate() {
        if index > 0 {
            spans.push(Span::raw("  "));
        }
        spans.push(span);
    }
    spans
}

/// Returns the area of a box with at most this many columns and rows, in the middle of the screen.
pub(super) fn box_area(frame: &Frame<'_>, columns: usize, rows: usize) -> Rect {
    let screen = frame.area();
    let [width, height] = [(columns, screen.width), (rows, screen.height)]
        .map(|(cells, most)| u16::try_from(cells).unwrap_or(u16::MAX).min(most));
    Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height }
}

/// Draws an empty box in the middle of the screen with at most this many columns and rows, and returns its inside.
pub(super) fn draw_box(frame: &mut Frame<'_>, columns: usize, rows: usize, block: Block<'_>) -> Rect {
    let area = box_area(frame, columns, rows);
    let inside = block.inner(area);
    clear(frame, area);
    frame.render_widget(block, area);
    inside
}

/// Draws lines below each other, as many as the area has rows.
pub(super) fn draw_lines<'a>(frame: &mut Frame<'_>, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
}

/// Puts the cursor into a column of a row, or into the last one if the row is shorter.
pub(super) fn place_cursor(frame: &mut Frame<'_>, row: Rect, column: usize) {
    let x = row.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX)).min(row.right().saturating_sub(1));
    frame.set_cursor_position(Position { x, y: row.y });
}

/// Draws the lines of a short list and keeps the selected one visible.
pub(super) fn draw_rows<'a>(frame: &mut Frame<'_>, area: Rect, selected: usize, lines: impl Iterator<Item = Line<'a>>) {
    let first = selected.saturating_sub(usize::from(area.height).saturating_sub(1));
    for ((index, line), row) in lines.enumerate().skip(first).zip(area.rows()) {
        draw_row(frame, line, row, index == selected);
    }
}
