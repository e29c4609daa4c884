//! The full-screen list of the user's bots: the state of each, and the actions for it.

use chrono::{DateTime, Utc};

use crate::controls::action::Action;
use crate::dashboard::orders::ArchiveChange;
use crate::dashboard::world::targets::{condition, while_of};
use crate::dashboard::{Cell, Event, State, Tone, World};
use crate::language::{Words, forward as words, words as common};
use crate::record::target::{BookmarkPlace, TargetMode, TargetOrder, TargetState, TargetStatus};

use super::menu::{Menu, MenuEntry};
use super::prompt::LinePurpose;
use super::{Responder, SHOWS, ScreenReply, Traits, Wish, cursor};

mod sending;

pub use sending::{MOST, SendScreen};

pub(super) const TRAITS: Traits = Traits {
    hints: &[
        (Action::Read, words::HINT_DO),
        (Action::Play, words::HINT_PAUSE),
        (Action::Download, words::HINT_RETRY),
        (Action::Down, common::HINT_DOWN),
        (Action::Up, common::HINT_UP),
        (Action::Back, common::HINT_BACK),
    ],
    closed_by: &[Action::Back, Action::Close, Action::Targets],
    ..SHOWS
};

/// The list of targets while it is open.
#[derive(Debug, Clone, Default)]
pub struct TargetList {
    /// The index of the row with the cursor.
    pub selected: usize,
}

impl TargetList {
    pub(super) fn open(_: &World) -> ScreenReply {
        ScreenReply::open(Self::default())
    }

    /// Returns the details of the selected target, line by line.
    pub fn explain(&self, world: &World) -> Vec<Cell> {
        world.colleagues.targets.get(self.selected).map(|target| explain(target, world)).unwrap_or_default()
    }
}

impl Responder for TargetList {
    fn choose(&mut self, action: Action, world: &World) -> ScreenReply {
        let Some(target) = world.colleagues.targets.get(self.selected) else { return ScreenReply::pass() };
        let order = |order| ScreenReply::effect(ArchiveChange::Target(target.name.clone(), order));
        match action {
            Action::Read => ScreenReply::open(menu(target, world)),
            Action::Play => order(pausing(target).1),
            Action::Download if target.counts.aside == 0 => {
                ScreenReply::say(world, Tone::Dim, words::NOTHING_ASIDE, &[&target.name])
            }
            Action::Download => order(TargetOrder::Retry),
            _ => cursor::step(&mut self.selected, action, world.colleagues.targets.len(), world.size.height.into()),
        }
    }

    /// Keeps the cursor on its target.
    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        if let Event::Targets(targets) = event {
            let selected = world.colleagues.targets.get(self.selected).map(|target| &target.name);
            let moved = selected.and_then(|name| targets.iter().position(|target| target.name == *name));
            self.selected = moved.unwrap_or_else(|| self.selected.min(targets.len().saturating_sub(1)));
        }
        ScreenReply::done()
    }
}

/// Returns the order that toggles the pause of a target, and its words.
const fn pausing(target: &TargetStatus) -> (Words, TargetOrder) {
    match target.state {
        TargetState::Paused(_) | TargetState::Gone(_) => (words::GO_ON, TargetOrder::GoOn),
        TargetState::Working | TargetState::Down(_) => (words::PAUSE, TargetOrder::Pause),
    }
}

/// Returns the menu of actions for a target.
fn menu(target: &TargetStatus, world: &World) -> Menu {
    let name = || target.name.clone();
    let moved = |place| Wish::MoveBookmark(name(), place);
    let (pause, order) = pausing(target);
    let language = world.language();
    let nothing =
        if target.counts.aside == 0 { words::NOTHING_ASIDE.with(language, &[&target.name]) } else { String::new() };
    let entries = [
        ('p', pause, Wish::Do(ArchiveChange::Target(name(), order).into()), String::new()),
        ('d', words::RETRY_ASIDE, Wish::Do(ArchiveChange::Target(name(), TargetOrder::Retry).into()), nothing),
        ('e', words::MOVE_TO_END, moved(BookmarkPlace::End), String::new()),
        ('t', words::MOVE_TO_DATE, Wish::AskLine(LinePurpose::MoveBookmark(name())), String::new()),
        ('s', words::MOVE_TO_START, moved(BookmarkPlace::Start), String::new()),
    ];
    let entry = |(key, words, wish, obstacle): (char, Words, Wish, String)| MenuEntry {
        obstacle,
        ..MenuEntry::keyed(key, words, wish, language)
    };
    Menu::new(words::TARGET_MENU, entries.into_iter().map(entry).collect())
}

fn explain(target: &TargetStatus, world: &World) -> Vec<Cell> {
    let language = world.language();
    let offset = crate::weibo::created_at::china();
    let time = |at: DateTime<Utc>| at.with_timezone(&offset).format("%m-%d %H:%M:%S").to_string();
    let key = |action| world.key(action);
    let (tone, _) = condition(target, world.now);
    let state = match target.state {
        TargetState::Down(until) if until > world.now => words::LEFT_ALONE.with(language, &[&time(until)]),
        TargetState::Down(_) => words::BEING_TRIED.of(language).to_owned(),
        TargetState::Gone(at) => words::GONE_SINCE.with(language, &[&time(at), &key(Action::Play)]),
        TargetState::Paused(at) => words::PAUSED_SINCE.with(language, &[&time(at), &key(Action::Play)]),
        TargetState::Working if target.lag == 0 => words::HAS_ALL.of(language).to_owned(),
        TargetState::Working => match target.next_try_at.filter(|at| *at > world.now) {
            Some(at) => words::SENT_AT.with(language, &[&time(at), &key(Action::Play)]),
            None => words::IS_SENT.of(language).to_owned(),
        },
    };
    let mode = match target.mode {
        TargetMode::Answer => words::MODE_ANSWER,
        TargetMode::Copy => words::MODE_COPY,
        TargetMode::Shadow => words::MODE_SHADOW,
    };
    let compare = target.compare.as_deref().unwrap_or_default();
    let mode = mode.with(language, &[&compare]);
    let mut lines = vec![Cell::new(Tone::Plain, format!("{}  {mode}", target.place)), Cell::new(tone, state)];
    let plain = |text: String| Cell::new(Tone::Plain, text);
    if target.lag > 0 {
        let waits = target.delay(world.now).map_or_else(|| "-".to_owned(), |delay| while_of(delay, language));
        lines.push(plain(words::LAG.with(language, &[&target.lag, &waits, &target.bookmark])));
    } else {
        lines.push(plain(words::BOOKMARK_AT.with(language, &[&target.bookmark])));
    }
    let counts = &target.counts;
    lines.push(plain(words::DELIVERED.with(language, &[&counts.delivered, &counts.failed, &counts.last_minute])));
    if let Some([p50, p99]) = percentiles(target) {
        lines.push(plain(words::ANSWERS_IN.with(language, &[&p50, &p99])));
    }
    if target.mode == TargetMode::Shadow {
        let line = words::COMPARED.with(language, &[&counts.compared, &counts.different, &compare]);
        lines.push(Cell::new(if counts.different > 0 { Tone::Warning } else { Tone::Plain }, line));
    }
    if counts.aside > 0 {
        let line = words::ASIDE.with(language, &[&counts.aside, &key(Action::Download)]);
        lines.push(Cell::new(Tone::Warning, line));
    }
    if let Some(error) = &target.last_error {
        let line = words::LAST_ERROR.with(language, &[&time(error.at), &error.seq, &error.reason.of(language)]);
        lines.push(Cell::new(Tone::Dim, line));
    }
    lines
}

/// Returns the median and the 99th percentile of a target's latency in milliseconds, or `None` if it has not answered
/// yet.
pub fn percentiles(target: &TargetStatus) -> Option<[u128; 2]> {
    let [p50, p99] = [50, 99].map(|percent| target.latency.percentile(percent).map(|took| took.as_millis()));
    Some([p50?, p99?])
}

impl State {
    /// Says that an order for a target was carried out.
    pub(in crate::dashboard) fn say_done(&mut self, name: &str, order: &TargetOrder, n: u64) {
        let words = match order {
            TargetOrder::Pause => words::DONE_PAUSED,
            TargetOrder::GoOn => words::DONE_GOES_ON,
            TargetOrder::Retry if n == 0 => return self.say(Tone::Dim, words::NOTHING_ASIDE, &[&name]),
            TargetOrder::Retry => return self.say(Tone::Good, words::DONE_RETRIED, &[&name, &n]),
            TargetOrder::Move(_) => words::DONE_MOVED,
        };
        self.say(Tone::Good, words, &[&name]);
    }
}
