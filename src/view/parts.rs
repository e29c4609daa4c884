//! What the drawing of every screen is made of: frames, rows, styles, marked words.

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

/// What a screen over the panes is drawn with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    /// What every screen may read.
    pub(super) world: &'a World,
    /// The screen.
    pub(super) over: &'a Over,
    /// What was just said.
    pub(super) notice: Option<&'a Cell>,
}

impl<'a> Scene<'a> {
    /// What was just said, for a frame that covers the line that says so elsewhere: nothing is said twice.
    pub(super) fn notice_in(self, area: Rect) -> Option<&'a Cell> {
        let status = self.world.layout().status;
        self.notice.filter(|_| status.height == 0 || area.bottom() > status.y)
    }

    /// A frame of this area with what was just said in its lower edge if it has to be there, and otherwise `help`.
    fn with_edge<'b>(self, block: Block<'b>, area: Rect, help: Line<'b>) -> Block<'b> {
        let Some(notice) = self.notice_in(area) else { return block.title_bottom(help) };
        // What is longer than the edge is cut at its end, not at its start, and says so.
        let words = text::cut(&text::line(&notice.text), usize::from(area.width).saturating_sub(4)).into_owned();
        let notice = Cell::new(notice.tone, words);
        block.title_bottom(Line::from(vec![Span::raw(" "), span(&notice), Span::raw(" ")]))
    }

    /// What the keys do in a screen over the panes, behind `first`, as far as there is room in its frame: `x cancel  d again
    /// Esc back`, the last of them always.
    pub(super) fn hints(self, frame: &Frame<'_>, first: &str) -> String {
        let room = usize::from(frame.area().width).saturating_sub(text::width(first) + 6);
        let hint = |(action, words): &Hint| format!("{} {}", self.world.key(*action), words.of(self.world.language()));
        let hints: Vec<String> = self.over.hints().iter().map(hint).collect();
        [first, &shortened(hints.iter().map(String::as_str).collect(), "  ", room)].join("  ").trim_start().to_owned()
    }

    /// Draws an empty box in the middle of the screen, at most this many columns and rows, with what was just said or else
    /// `help` in its lower edge if the box lies there. Returns what is inside, without a column on either side.
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

    /// Draws a frame around the whole screen, over what was there, with what was just said or else `first` and what the keys do in
    /// its lower edge, because the status line is covered. Returns what is inside.
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

/// Pieces of a line as far as there is room: the last stays longest, and before it those that come first.
fn shortened(mut pieces: Vec<&str>, between: &str, room: usize) -> String {
    while text::width(&pieces.join(between)) > room && pieces.len() > 1 {
        pieces.remove(pieces.len() - 2);
    }
    pieces.join(between)
}

/// What the keys do in a box with so many columns, for its lower edge, in whole pieces as far as there is room.
pub(super) fn keys(help: &str, columns: usize, frame: &Frame<'_>) -> Line<'static> {
    let room = columns.min(usize::from(frame.area().width)).saturating_sub(4);
    let between = ["，", ", "].into_iter().find(|between| help.contains(between)).unwrap_or("  ");
    let help = shortened(help.split(between).collect(), between, room);
    Line::from(format!(" {} ", text::cut(&help, room))).right_aligned()
}

/// What the keys do, for the lower edge of a box: the first of these that fits into so many columns.
pub(super) fn help(helps: [Words; 2], language: Language, room: usize) -> Line<'static> {
    let mut helps = helps.into_iter().map(|help| help.of(language));
    let help = helps.find(|help| text::width(help) <= room).unwrap_or_default();
    Line::from(format!(" {help} ")).right_aligned()
}

/// Clears what is to be drawn over. A wide character that reaches into it goes whole, or the terminal would draw its
/// second half over the border.
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

/// Draws the frames of all regions, with one line where two of them meet.
pub(super) fn draw_frames(frame: &mut Frame<'_>, layout: &Layout) {
    for area in layout.frames() {
        let block = Block::bordered().border_style(style(Tone::Dim)).merge_borders(MergeStrategy::Exact);
        frame.render_widget(block, rect(area));
    }
}

/// Draws what stands in the upper line of the frame around a region, on the left and on the right.
pub(super) fn draw_titles(frame: &mut Frame<'_>, inside: Area, left: &str, right: &str) {
    let line = Rect { y: inside.y.saturating_sub(1), height: 1, ..rect(inside) };
    let right = Line::styled(right.to_owned(), style(Tone::Dim));
    let room = usize::from(inside.width).saturating_sub(right.width());
    let left = Line::styled(text::cut(left, room).into_owned(), style(Tone::Dim));
    // Each where its words are: what is between them stays a line.
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

/// Without a column on either side, so that text does not touch a frame.
pub(super) fn padded(area: Rect) -> Rect {
    Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area }
}

pub(super) fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

/// Draws a row. The one with the cursor is a bar without colours of its own; what is marked in it stands out by not being
/// reversed.
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

/// The style of a tone: the terminal's own colours and four of its sixteen, readable on light and dark.
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

/// A piece of text, drawable.
pub(super) fn span(cell: &Cell) -> Span<'static> {
    Span::styled(text::line(&cell.text).into_owned(), style(cell.tone))
}

/// A piece of text in a line of at most so many cells.
pub(super) fn cut(cell: &Cell, width: u16) -> Line<'static> {
    Line::styled(text::cut(&text::line(&cell.text), width.into()).into_owned(), style(cell.tone))
}

/// Drawable words in one tone, in lines of at most so many cells.
pub(super) fn wrapped(words: &str, tone: Tone, width: u16) -> Vec<Line<'static>> {
    let lines = text::wrap(words, usize::from(width).max(1));
    lines.into_iter().map(|line| Line::styled(line, style(tone))).collect()
}

/// Words with what is looked for made visible in them, in reverse so that it needs no colour.
pub(super) fn marked(words: &str, style: Style, query: &Query) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut end = 0;
    for mark in query.marks(words) {
        // Two words that overlap are one mark after the other.
        let start = mark.start.max(end);
        let (Some(before), Some(hit)) = (words.get(end..start), words.get(start..mark.end)) else { continue };
        spans.push(Span::styled(before.to_owned(), style));
        spans.push(Span::styled(hit.to_owned(), style.add_modifier(Modifier::REVERSED | Modifier::BOLD)));
        end = mark.end;
    }
    spans.push(Span::styled(words.get(end..).unwrap_or_default().to_owned(), style));
    spans
}

/// Pieces in order of importance are left out from the end until the rest fits, then stand in their own order.
///
/// Each comes with its rank; the smallest stays longest. Those of one rank go together, but of the last rank one after the other.
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

/// Where a box is drawn that has at most this many columns and rows.
pub(super) fn box_area(frame: &Frame<'_>, columns: usize, rows: usize) -> Rect {
    let screen = frame.area();
    let [width, height] = [(columns, screen.width), (rows, screen.height)]
        .map(|(cells, most)| u16::try_from(cells).unwrap_or(u16::MAX).min(most));
    Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height }
}

/// Draws an empty box in the middle of the screen, at most this many columns and rows, and returns what is inside.
pub(super) fn draw_box(frame: &mut Frame<'_>, columns: usize, rows: usize, block: Block<'_>) -> Rect {
    let area = box_area(frame, columns, rows);
    let inside = block.inner(area);
    clear(frame, area);
    frame.render_widget(block, area);
    inside
}

/// Draws lines one below the other, as many as the area has rows.
pub(super) fn draw_lines<'a>(frame: &mut Frame<'_>, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
}

/// Puts the cursor into a column of a row; into the last one where the row ends before.
pub(super) fn place_cursor(frame: &mut Frame<'_>, row: Rect, column: usize) {
    let x = row.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX)).min(row.right().saturating_sub(1));
    frame.set_cursor_position(Position { x, y: row.y });
}

/// Draws the lines of a short list, the one with the cursor in sight.
pub(super) fn draw_rows<'a>(frame: &mut Frame<'_>, area: Rect, selected: usize, lines: impl Iterator<Item = Line<'a>>) {
    let first = selected.saturating_sub(usize::from(area.height).saturating_sub(1));
    for ((index, line), row) in lines.enumerate().skip(first).zip(area.rows()) {
        draw_row(frame, line, row, index == selected);
    }
}
