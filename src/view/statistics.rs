//! Statistics, on the whole screen: how many messages came when, of which kinds, from whom, and how fast they were answered.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;

use crate::dashboard::State;
use crate::dashboard::cell::Tone;
use crate::dashboard::detail;
use crate::language::{Language, words};
use crate::record::statistics::{Scale, Statistics};
use crate::text;
use crate::weibo::Kind;

/// Rows of a chart, without its title.
const CHART: u16 = 4;
/// The width of a kind's name, and the most that a number beside it takes.
const NAME: usize = 11;

/// Draws what was counted; while it is being counted, that.
pub(super) fn draw(state: &State, statistics: Option<&Statistics>, frame: &mut Frame<'_>) {
    let language = state.looks().language;
    let screen = super::draw_screen(frame, words::STATISTICS.of(language), words::ESC_CLOSES.of(language));
    let inside = super::padded(screen);
    let Some(statistics) = statistics else {
        frame.render_widget(Line::styled(words::COUNTING.of(language), super::style(Tone::Dim)), inside);
        return;
    };
    // Charts give way to numbers where there is little room.
    let chart = if inside.height >= 3 * (CHART + 1) + 12 { CHART + 1 } else { 2.min(inside.height / 6) };
    let [charts, rest] = Layout::vertical([Constraint::Length(3 * chart), Constraint::Fill(1)]).areas(inside);
    for ((scale, times), y) in
        Scale::ALL.into_iter().zip(&statistics.scales).zip((charts.y..).step_by(usize::from(chart.max(1))))
    {
        draw_chart(scale, times, language, frame, Rect { y, height: chart, ..charts }.intersection(charts));
    }
    let [left, right] = Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(rest);
    draw_lines(kinds(statistics, language, usize::from(left.width)), frame, left);
    draw_lines(numbers(state, statistics, usize::from(right.width)), frame, right);
}

fn draw_chart(
    scale: Scale,
    times: &[crate::record::page::Counts],
    language: Language,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    if area.height < 2 {
        return;
    }
    let totals: Vec<u64> = times.iter().map(|time| time.sum(&Kind::ALL)).collect();
    let title = match scale {
        Scale::Minutes => words::BY_MINUTE,
        Scale::Hours => words::BY_HOUR,
        Scale::Days => words::BY_DAY,
    };
    let most = totals.iter().max().copied().unwrap_or_default();
    let title = title.with(language, &[&totals.iter().sum::<u64>(), &most]);
    frame.render_widget(Line::styled(title, super::style(Tone::Dim)), Rect { height: 1, ..area });
    // As many columns for each time as there is room for.
    let wide = (usize::from(area.width) / totals.len().max(1)).max(1);
    let columns: Vec<u64> = totals.iter().flat_map(|total| std::iter::repeat_n(*total, wide)).collect();
    // Where there is no room for all, the newest stay.
    let shown = columns.get(columns.len().saturating_sub(usize::from(area.width))..).unwrap_or_default();
    let chart = Sparkline::default().data(shown).style(super::style(Tone::Accent));
    frame.render_widget(chart, Rect { y: area.y + 1, height: area.height - 1, ..area });
}

/// A row for each kind: its share of the last day as a bar, and its number in each scale.
fn kinds(statistics: &Statistics, language: Language, width: usize) -> Vec<Line<'static>> {
    let total = |scale: usize, kind: Kind| {
        statistics.scales.get(scale).map_or(0, |times| times.iter().map(|time| time.of(kind)).sum::<u64>())
    };
    let most = Kind::ALL.into_iter().map(|kind| total(2, kind)).max().unwrap_or_default().max(1);
    let number = NAME.min(width.saturating_sub(NAME) / 3);
    let heading = [words::KIND_HEADING, words::IN_AN_HOUR, words::IN_A_DAY, words::IN_TWO_WEEKS];
    let widths = [NAME, number, number, number];
    let heading = heading.iter().zip(widths).map(|(words, width)| text::pad(words.of(language), width));
    let mut lines = vec![Line::styled(heading.collect::<String>(), super::style(Tone::Dim))];
    let room = width.saturating_sub(widths.iter().sum::<usize>() + 2);
    for kind in Kind::ALL {
        let numbers: String = (0..3).map(|scale| text::pad(&total(scale, kind).to_string(), number)).collect();
        let bar = usize::try_from(total(2, kind) * room as u64 / most).unwrap_or_default();
        lines.push(Line::from(vec![
            Span::raw(text::pad(detail::kind_words(kind).of(language), NAME)),
            Span::raw(numbers),
            Span::styled("█".repeat(bar), super::style(Tone::Accent)),
        ]));
    }
    if statistics.is_cut {
        lines.push(Line::styled(words::COUNTED_A_MILLION.of(language), super::style(Tone::Warning)));
    }
    lines
}

/// How fast callbacks were answered, what was repeated and refused, and who writes most.
fn numbers(state: &State, statistics: &Statistics, width: usize) -> Vec<Line<'static>> {
    let language = state.looks().language;
    let traffic = state.traffic();
    let time = |percent| {
        let at_most = traffic.latency.percentile(percent);
        at_most.map_or_else(|| "-".to_owned(), |at_most| format!("{:.1} ms", at_most.as_secs_f64() * 1e3))
    };
    let told = [
        words::LATENCY.with(language, &[&time(50), &time(99)]),
        words::TRAFFIC.with(language, &[&traffic.stored, &traffic.repeated, &traffic.refused, &traffic.busy]),
    ];
    let mut lines: Vec<Line<'static>> = told.iter().flat_map(|words| text::wrap(words, width)).map(Line::raw).collect();
    lines.extend([Line::default(), Line::styled(words::BUSIEST.of(language), super::style(Tone::Dim))]);
    for (sender, n) in &statistics.senders {
        lines.push(Line::raw(text::pad(&format!("{:>8}  {}", n, state.shown_id(*sender)), width)));
    }
    lines
}

fn draw_lines(lines: Vec<Line<'static>>, frame: &mut Frame<'_>, area: Rect) {
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}
