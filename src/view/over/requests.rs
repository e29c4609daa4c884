//! The full-screen request log: requests above, advice on the selected one below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::over::requests::{self, RequestLog};
use crate::dashboard::{Tone, World};
use crate::language::words;
use crate::record::traffic::Call;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::weibo::created_at::china;

/// The width of the time; `SHORT_TIME` is without date and seconds.
const TIME: usize = 14;
const SHORT_TIME: usize = 5;
/// The width below which the list shows the short time.
const NARROW: usize = 48;
/// The width of an address: an IPv4 address, or the start of an IPv6 one.
const WHO: usize = 15;
/// The minimum width of the reason. If less would be left, the address moves to the title above the advice.
const LEAST_WHY: usize = 20;
/// The maximum width of status, method and path together; `LEAST` is the minimum.
const WHAT: usize = 32;
const LEAST: usize = 8;
/// The minimum number of lines for the advice.
const ADVICE: u16 = 10;

pub(super) fn draw(log: &RequestLog, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let inside = parts::padded(scene.draw_screen(frame, words::REQUESTS.of(language), ""));
    let (calls, selected) = log.calls().unwrap_or_default();
    let Some(call) = calls.get(selected) else {
        let words = if log.calls().is_some() { words::NO_REQUESTS } else { words::READING };
        frame.render_widget(Line::styled(words.of(language), parts::style(Tone::Dim)), inside);
        return;
    };
    let advice = parts::wrapped_cells(&log.explain(world), inside.width);
    // Show all of the advice and its rule, unless few requests would be left. The minimum keeps the height from
    // changing often.
    let high = u16::try_from(advice.len() + 1).unwrap_or(u16::MAX).max(ADVICE).min(inside.height * 2 / 3);
    let [list, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(high)]).areas(inside);
    let widest = calls.iter().map(|call| text::width(&text::line(&what(call)))).max().unwrap_or_default();
    let widths = widths(widest, usize::from(list.width));
    let titles =
        [words::TIME_COLUMN, words::WHO_COLUMN, words::WHAT_COLUMN, words::WHY_COLUMN].map(|title| title.of(language));
    frame.render_widget(Line::styled(columns(titles, widths).concat(), parts::style(Tone::Dim)), list);
    let rows = Rect { y: list.y.saturating_add(1), height: list.height.saturating_sub(1), ..list };
    parts::draw_rows(frame, rows, selected, calls.iter().map(|call| row(call, world, widths)));
    let who = (widths[1] == 0).then(|| format!(" · {}", requests::caller(call, world)));
    parts::draw_ruled(frame, below, &[what(call), who.unwrap_or_default()].concat(), advice);
}

fn row(call: &Call, world: &World, widths: [usize; 4]) -> Line<'static> {
    let form = if widths[0] == TIME { "%m-%d %H:%M:%S" } else { "%H:%M" };
    let at = call.at.with_timezone(&china()).format(form).to_string();
    let [at, who, what, why] =
        columns([&at, &requests::caller(call, world), &what(call), &call.reason.of(world.language())], widths);
    Line::from(vec![
        Span::styled(at, parts::style(Tone::Dim)),
        Span::raw(who),
        Span::styled(what, parts::style(requests::tone(call))),
        Span::raw(why),
    ])
}

fn what(call: &Call) -> String {
    format!("{} {} {}", call.status, call.method, call.path)
}

/// Returns the widths of the columns. The request gets no more than it needs, and the reason gets the rest.
fn widths(widest: usize, width: usize) -> [usize; 4] {
    let time = if width < NARROW { SHORT_TIME } else { TIME };
    let what = widest.clamp(LEAST, WHAT);
    let rest = width.saturating_sub(time + what + 2);
    let who = if rest < WHO + 1 + LEAST_WHY { 0 } else { WHO };
    [time, who, what.min(width.saturating_sub(time + 1)), rest.saturating_sub(who + usize::from(who > 0))]
}

fn columns(cells: [&str; 4], widths: [usize; 4]) -> [String; 4] {
    let mut widths = widths.into_iter();
    cells.map(|cell| match widths.next().unwrap_or_default() {
        0 => String::new(),
        width => format!("{} ", text::pad(&text::line(cell), width)),
    })
}
