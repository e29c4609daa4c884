//! The request log, on the whole screen: calls above, what to make of the selected one below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::dashboard::State;
use crate::dashboard::cell::Tone;
use crate::dashboard::requests::{self, Requests};
use crate::language::{Language, words};
use crate::record::traffic::Call;
use crate::text;
use crate::weibo::created_at::china;

/// The width of the time, without and with the space behind it.
const TIME: usize = 11;
/// The width of an address: an IPv4 one, or the start of an IPv6 one.
const WHO: usize = 15;
/// The width of method, path and status.
const WHAT: usize = 24;
/// Lines for what to make of a call.
const ADVICE: u16 = 10;

/// Draws the log.
pub(super) fn draw(state: &State, requests: &Requests, frame: &mut Frame<'_>) {
    let language = state.looks().language;
    let inside = super::draw_screen(frame, words::REQUESTS.of(language), words::REQUESTS_HELP.of(language));
    let advice = if inside.height > ADVICE * 2 { ADVICE } else { inside.height / 2 };
    let [list, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(advice)]).areas(inside);
    let Some((calls, selected)) = requests.calls() else { return };
    let Some(call) = calls.get(selected) else {
        frame.render_widget(Line::styled(words::NO_REQUESTS.of(language), super::style(Tone::Dim)), list);
        return;
    };
    let titles =
        [words::TIME_COLUMN, words::WHO_COLUMN, words::WHAT_COLUMN, words::WHY_COLUMN].map(|title| title.of(language));
    let titles = columns(titles, usize::from(list.width));
    frame.render_widget(Line::styled(titles.concat(), super::style(Tone::Dim)), list);
    let rows = Rect { y: list.y.saturating_add(1), height: list.height.saturating_sub(1), ..list };
    let first = selected.saturating_sub(usize::from(rows.height).saturating_sub(1));
    for ((index, call), y) in calls.iter().enumerate().skip(first).zip(rows.y..rows.bottom()) {
        let line = row(call, state.looks().language, usize::from(rows.width));
        let line = if index == selected { line.patch_style(Modifier::REVERSED) } else { line };
        frame.render_widget(line, Rect { y, height: 1, ..rows });
    }
    super::draw_rule(
        frame,
        crate::dashboard::layout::Area { x: below.x, y: below.y + 1, width: below.width, height: 0 },
        &what(call),
    );
    let lines = requests::explain(call, calls, language);
    let width = usize::from(below.width);
    let wrapped = lines.iter().flat_map(|cell| {
        let lines = text::wrap(&text::clean(&cell.text), width);
        lines.into_iter().map(|line| Line::styled(line, super::style(cell.tone)))
    });
    for (line, y) in wrapped.zip(below.y + 1..below.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..below });
    }
}

fn row(call: &Call, language: Language, width: usize) -> Line<'static> {
    let at = call.at.with_timezone(&china()).format("%m-%d %H:%M").to_string();
    let [at, who, what, why] = columns([&at, &call.remote, &what(call), &language.retell(&call.reason)], width);
    Line::from(vec![
        Span::styled(at, super::style(Tone::Dim)),
        Span::raw(who),
        Span::styled(what, super::style(requests::tone(call))),
        Span::raw(why),
    ])
}

fn what(call: &Call) -> String {
    format!("{} {} {}", call.status, call.method, call.path)
}

/// Each in its width, the last in what is left.
fn columns(cells: [&str; 4], width: usize) -> [String; 4] {
    let rest = width.saturating_sub(TIME + WHO + WHAT + 3);
    let widths = [TIME, WHO, WHAT, rest];
    let mut widths = widths.into_iter();
    cells.map(|cell| {
        let width = widths.next().unwrap_or_default();
        format!("{} ", text::pad(&text::line(cell), width))
    })
}
