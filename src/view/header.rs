//! The two lines at the top: is it alive, and which messages are shown.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::dashboard::cell::{Cell, Tone};
use crate::dashboard::layout::Shape;
use crate::dashboard::tab::Tab;
use crate::dashboard::{State, detail};
use crate::record::media::Queue;

/// Draws the first line. What matters least goes first when it is too narrow.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let setup = state.setup();
    let traffic = state.traffic();
    let when_any =
        |n: u64, tone, words: &str| if n > 0 { Cell::new(tone, format!("{n} {words}")) } else { Cell::default() };
    let is_line = state.layout().shape == Shape::Line;
    let news = if is_line { when_any(state.inbox().n_new(), Tone::Accent, "new") } else { Cell::default() };
    let name = if setup.is_demo { "weibox DEMO" } else { "weibox" };
    let pieces = vec![
        (5, Cell::new(Tone::Strong, name)),
        (0, life(state)),
        (2, Cell::new(Tone::Plain, setup.address.clone())),
        (1, news),
        (4, Cell::new(Tone::Plain, format!("{}/min", state.rate()))),
        (3, signature(state)),
        (6, Cell::new(Tone::Plain, format!("{} messages", state.inbox().counts().sum(Tab::All.kinds())))),
        (7, when_any(traffic.repeated, Tone::Dim, "repeated")),
        (1, when_any(traffic.refused, Tone::Bad, "refused")),
        (1, when_any(traffic.busy, Tone::Bad, "not kept")),
        (2, downloads(state)),
    ];
    frame.render_widget(Line::from(super::fit(&pieces, usize::from(area.width))), area);
}

/// The state in a word and a dot.
fn life(state: &State) -> Cell {
    if state.traffic().busy > 0 {
        Cell::new(Tone::Bad, "● ARCHIVE SLOW")
    } else if state.setup().is_signed {
        Cell::new(Tone::Good, "● LIVE")
    } else {
        Cell::new(Tone::Warning, "● NO SECRET")
    }
}

fn signature(state: &State) -> Cell {
    if state.setup().is_signed { Cell::new(Tone::Good, "signed") } else { Cell::new(Tone::Warning, "not signed") }
}

fn downloads(state: &State) -> Cell {
    let board = state.board();
    match &board.queue {
        Queue::TokenRefused(_) => Cell::new(Tone::Bad, "TOKEN REFUSED"),
        Queue::NoToken if board.queued > 0 => Cell::new(Tone::Warning, "no token"),
        Queue::Paused { .. } => Cell::new(Tone::Warning, "downloads paused"),
        Queue::Open | Queue::NoToken if board.queued > 0 => {
            let received: u64 = board.running.iter().map(|progress| progress.received).sum();
            let size = if received > 0 { format!(" {}", detail::size(received)) } else { String::new() };
            Cell::new(Tone::Accent, format!("↓{}{size}", board.queued))
        }
        Queue::Open | Queue::NoToken => Cell::default(),
    }
}

/// Draws the tabs with their counts, and on the right whether the list follows.
pub(super) fn draw_tabs(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let inbox = state.inbox();
    let follow = if inbox.is_following() {
        Cell::new(Tone::Good, "FOLLOW")
    } else if inbox.n_new() == 0 {
        Cell::new(Tone::Warning, "PAUSED (F)")
    } else {
        Cell::new(Tone::Warning, format!("PAUSED +{} new (F)", inbox.n_new()))
    };
    let follow = super::span(&follow);
    let room = usize::from(area.width).saturating_sub(follow.width() + 2);
    let (left, right) = (area, Rect { width: area.width.saturating_sub(1), ..area });
    frame.render_widget(Line::from(tabs(state, room)), left);
    frame.render_widget(Line::from(follow).right_aligned(), right);
}

/// The tabs, with words that fit: `1 All 128`, `1 A 128`, or the selected one alone.
fn tabs(state: &State, room: usize) -> Vec<Span<'static>> {
    let inbox = state.inbox();
    let tab = |tab: Tab, title: &str| {
        let count = inbox.counts().sum(tab.kinds());
        let words = format!("{} {title} {count}", tab as usize + 1);
        if tab == inbox.tab() {
            Span::styled(format!("[{words}]"), Style::new().add_modifier(Modifier::BOLD))
        } else {
            Span::raw(format!(" {words} "))
        }
    };
    let long: Vec<_> = Tab::ALL.into_iter().map(|each| tab(each, each.title())).collect();
    let initials: Vec<_> =
        Tab::ALL.into_iter().map(|each| tab(each, each.title().get(..1).unwrap_or_default())).collect();
    let alone = vec![tab(inbox.tab(), inbox.tab().title())];
    let fits = |spans: &Vec<Span<'static>>| spans.iter().map(Span::width).sum::<usize>() <= room;
    [long, initials].into_iter().find(fits).unwrap_or(alone)
}
