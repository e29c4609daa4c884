//! The full-screen list of the user's bots: one line each above, the details of the selected one below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::over::targets::{self, TargetList};
use crate::dashboard::world::targets::{condition, while_of};
use crate::dashboard::{Cell, Tone, World};
use crate::language::{Words, forward as words};
use crate::record::target::TargetStatus;
use crate::text;
use crate::view::parts::{self, Scene};

/// The maximum width of a name.
const NAME: usize = 20;
/// The minimum width of the last error.
const ERROR: usize = 16;

pub(super) fn draw(list: &TargetList, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let inside = parts::padded(scene.draw_screen(frame, words::TARGETS.of(language), ""));
    let Some(target) = world.colleagues.targets.get(list.selected) else {
        parts::draw_lines(frame, inside, parts::wrapped(words::NO_TARGETS.of(language), Tone::Dim, inside.width));
        return;
    };
    let explained = parts::wrapped_cells(&list.explain(world), inside.width);
    let high = u16::try_from(explained.len() + 1).unwrap_or(u16::MAX);
    // Show all details and their rule, but keep room for the titles and one target.
    let high = high.min(inside.height.saturating_sub(2));
    let [rows, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(high)]).areas(inside);
    let columns = columns(world, inside.width.into());
    let title = columns.iter().map(|column| text::pad(column.title.of(language), column.width));
    let title = title.collect::<Vec<_>>().join(" ");
    frame.render_widget(Line::styled(title, parts::style(Tone::Dim)), Rect { height: rows.height.min(1), ..rows });
    let rows = Rect { y: rows.y.saturating_add(1), height: rows.height.saturating_sub(1), ..rows };
    let lines = world.colleagues.targets.iter().map(|target| row(target, &columns, world));
    parts::draw_rows(frame, rows, list.selected, lines);
    if below.height > 1 {
        parts::draw_ruled(frame, below, &target.name, explained);
    }
}

/// A column: its rank, title, width, and the function that makes its cells. On a narrow screen the highest ranks are
/// left out.
struct Column {
    rank: u8,
    title: Words,
    width: usize,
    cell: fn(&TargetStatus, &World) -> Cell,
}

fn columns(world: &World, width: usize) -> Vec<Column> {
    let names = world.colleagues.targets.iter().map(|target| text::width(&target.name)).max().unwrap_or_default();
    let column = |rank, title: Words, width: usize, cell| {
        let width = width.max(text::width(title.of(world.language())));
        Column { rank, title, width, cell }
    };
    let mut columns = vec![
        column(0, words::NAME_COLUMN, names.min(NAME), |target, _| Cell::new(Tone::Strong, target.name.clone())),
        column(1, words::STATE_COLUMN, 7, |target, world| {
            let (tone, words) = condition(target, world.now);
            Cell::new(tone, words.of(world.language()))
        }),
        column(2, words::BEHIND_COLUMN, 7, |target, _| number(target.lag)),
        column(4, words::WAITS_COLUMN, 8, |target, world| {
            let delay = target.delay(world.now).map(|delay| while_of(delay, world.language()));
            Cell::new(Tone::Plain, delay.unwrap_or_else(|| "-".to_owned()))
        }),
        column(5, words::RATE_COLUMN, 6, |target, _| number(target.counts.last_minute)),
        column(6, words::TIMES_COLUMN, 11, |target, _| {
            let times = targets::percentiles(target).map(|[p50, p99]| format!("{p50}/{p99}"));
            Cell::new(Tone::Plain, times.unwrap_or_else(|| "-".to_owned()))
        }),
        column(3, words::ASIDE_COLUMN, 6, |target, _| {
            let tone = if target.counts.aside > 0 { Tone::Warning } else { Tone::Dim };
            Cell { tone, ..number(target.counts.aside) }
        }),
        column(7, words::ERROR_COLUMN, ERROR, |target, world| {
            let error = target.last_error.as_ref().map(|error| error.reason.of(world.language()));
            Cell::new(Tone::Dim, error.unwrap_or_default())
        }),
    ];
    let used = |columns: &[Column]| columns.iter().map(|column| column.width + 1).sum::<usize>();
    while used(&columns) > width + 1
        && columns.len() > 1
        && let Some(least) = columns.iter().map(|column| column.rank).max()
    {
        columns.retain(|column| column.rank != least);
    }
    let left = (width + 1).saturating_sub(used(&columns));
    if let Some(last) = columns.last_mut() {
        last.width += left;
    }
    columns
}

fn number(n: u64) -> Cell {
    Cell::new(if n == 0 { Tone::Dim } else { Tone::Plain }, n.to_string())
}

fn row(target: &TargetStatus, columns: &[Column], world: &World) -> Line<'static> {
    let spans = columns.iter().map(|column| {
        let cell = (column.cell)(target, world);
        Span::styled(format!("{} ", text::pad(&text::line(&cell.text), column.width)), parts::style(cell.tone))
    });
    Line::from(spans.collect::<Vec<_>>())
}
