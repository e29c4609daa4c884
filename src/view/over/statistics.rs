//! The full-screen statistics: the number of messages by time, kind and sender, and the latency of answers.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;

use crate::dashboard::over::statistics::StatisticsCharts;
use crate::dashboard::{Tone, World};
use crate::language::{Language, words};
use crate::record::page::Counts;
use crate::record::statistics::{BusySender, Scale, Statistics};
use crate::record::title::kind_words;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::weibo::Kind;

/// The number of rows of a chart, without its title.
const CHART: u16 = 4;
/// The number of rows for the kinds and the numbers beside them.
const KINDS: u16 = 13;
/// The width from which the numbers are beside the kinds rather than below them.
const BESIDE: u16 = 50;
/// The width of a kind's name, and the maximum width of a number beside it.
const NAME: usize = 11;

/// Draws the statistics, or a notice while they are being counted.
pub(super) fn draw(charts: &StatisticsCharts, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let inside = parts::padded(scene.draw_screen(frame, words::STATISTICS.of(language), ""));
    let Some(statistics) = &charts.counted else {
        frame.render_widget(Line::styled(words::COUNTING.of(language), parts::style(Tone::Dim)), inside);
        return;
    };
    // On a small screen the numbers get the rows of the charts.
    let chart = (inside.height.saturating_sub(KINDS) / 3).clamp(2, CHART + 1);
    let chart = if chart > inside.height / 6 { 0 } else { chart };
    let [above, rest] = Layout::vertical([Constraint::Length(3 * chart), Constraint::Fill(1)]).areas(inside);
    for ((scale, times), y) in
        Scale::ALL.into_iter().zip(&statistics.scales).zip((above.y..).step_by(usize::from(chart.max(1))))
    {
        draw_chart(
            scale,
            times,
            charts.selected,
            language,
            frame,
            Rect { y, height: chart, ..above }.intersection(above),
        );
    }
    let [left, right] = if rest.width < BESIDE {
        Layout::vertical([Constraint::Length(KINDS), Constraint::Fill(1)]).areas(rest)
    } else {
        Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(rest)
    };
    // Scroll just far enough to show the row with the cursor below the titles.
    let first = charts.selected.saturating_sub(usize::from(left.height).saturating_sub(2));
    let kinds = kinds(statistics, language, usize::from(left.width)).into_iter().enumerate();
    for ((index, line), y) in kinds.filter(|(index, _)| *index == 0 || *index > first).zip(left.y..left.bottom()) {
        let row = Rect { y, height: 1, ..left };
        frame.render_widget(line, row);
        if index == charts.selected + 1 {
            // Leave out the bar, which would look like a gap when reversed.
            let width = u16::try_from(NAME + 3 * number(left.width.into())).unwrap_or(left.width);
            parts::draw_row(frame, Line::default(), Rect { width, ..row }.intersection(row), true);
        }
    }
    parts::draw_lines(frame, right, numbers(world, statistics, right.width));
}

/// Returns the width of a number beside the kinds.
fn number(width: usize) -> usize {
    NAME.min(width.saturating_sub(NAME) / 3)
}

/// Returns the name of a row of kinds.
fn name(row: usize, language: Language) -> &'static str {
    let [kind] = StatisticsCharts::kinds(row) else { return words::ALL_TAB.of(language) };
    kind_words(*kind).of(language)
}

fn draw_chart(scale: Scale, times: &[Counts], row: usize, language: Language, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let totals: Vec<u64> = times.iter().map(|time| time.sum(StatisticsCharts::kinds(row))).collect();
    let title = match scale {
        Scale::Minutes => words::BY_MINUTE,
        Scale::Hours => words::BY_HOUR,
        Scale::Days => words::BY_DAY,
    };
    let most = totals.iter().max().copied().unwrap_or_default();
    let title = title.with(language, &[&totals.iter().sum::<u64>(), &most]);
    let title = format!("{} · {title}", name(row, language));
    let title = text::cut(&title, usize::from(area.width)).into_owned();
    frame.render_widget(Line::styled(title, parts::style(Tone::Dim)), Rect { height: 1, ..area });
    // The times share the width, some with one column more than others. If there are too many, the newest are shown.
    let width = usize::from(area.width);
    let skipped = totals.len().saturating_sub(width);
    let times = totals.len() - skipped;
    let columns = (0..width).filter_map(|column| totals.get(skipped + column * times / width)).copied();
    let chart = Sparkline::default().data(columns.collect::<Vec<_>>()).style(parts::style(Tone::Accent));
    frame.render_widget(chart, Rect { y: area.y + 1, height: area.height - 1, ..area });
}

/// Returns the titles, then a row for all messages and one for each kind: its number in each scale, and a bar for its
/// share of the messages of two weeks.
fn kinds(statistics: &Statistics, language: Language, width: usize) -> Vec<Line<'static>> {
    let total = |scale: usize, row: usize| {
        statistics
            .scales
            .get(scale)
            .map_or(0, |times| times.iter().map(|time| time.sum(StatisticsCharts::kinds(row))).sum::<u64>())
    };
    let most = total(2, 0).max(1);
    let number = number(width);
    let heading = [words::KIND_HEADING, words::IN_AN_HOUR, words::IN_A_DAY, words::IN_TWO_WEEKS];
    let widths = [NAME, number, number, number];
    let heading = heading.iter().zip(widths).map(|(words, width)| text::pad(words.of(language), width));
    let mut lines = vec![Line::styled(heading.collect::<String>(), parts::style(Tone::Dim))];
    let room = width.saturating_sub(widths.iter().sum::<usize>() + 2);
    for row in 0..=Kind::ALL.len() {
        let numbers: String = (0..3).map(|scale| text::pad(&total(scale, row).to_string(), number)).collect();
        let bar = usize::try_from(total(2, row) * room as u64 / most).unwrap_or_default();
        lines.push(Line::from(vec![
            Span::raw(text::pad(name(row, language), NAME)),
            Span::raw(numbers),
            Span::styled("█".repeat(bar), parts::style(Tone::Accent)),
        ]));
    }
    if statistics.is_cut {
        lines.push(Line::styled(words::COUNTED_A_MILLION.of(language), parts::style(Tone::Warning)));
    }
    lines
}

/// Returns the latency of answers, the numbers of repeated and refused requests, and the most active senders.
fn numbers(world: &World, statistics: &Statistics, width: u16) -> Vec<Line<'static>> {
    let language = world.language();
    let traffic = &world.traffic;
    let time = |percent| {
        let at_most = traffic.latency.percentile(percent)?;
        Some(format!("{:.1} ms", at_most.as_secs_f64() * 1e3))
    };
    let answered = match (time(50), time(99)) {
        (Some(half), Some(most)) => words::LATENCY.with(language, &[&half, &most]),
        _ => words::NO_LATENCY.of(language).to_owned(),
    };
    let told = [
        answered,
        words::TRAFFIC.with(language, &[&traffic.stored, &traffic.repeated, &traffic.refused, &traffic.busy]),
    ];
    let mut lines: Vec<Line<'static>> =
        told.iter().flat_map(|words| parts::wrapped(words, Tone::Plain, width)).collect();
    lines.extend([Line::default(), Line::styled(words::BUSIEST.of(language), parts::style(Tone::Dim))]);
    for BusySender { fan, name, n } in &statistics.senders {
        let called = world.full_name(Some(*fan), name.as_deref());
        lines.push(Line::raw(text::pad(&format!("{n:>8}  {called}"), width.into())));
    }
    lines
}
