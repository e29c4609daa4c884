//! The picker for labels of messages and of their sender. It offers the existing labels and makes new ones, and
//! several can be chosen at once.

use std::collections::BTreeMap;

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::orders::ArchiveChange;
use crate::dashboard::over::cursor;
use crate::dashboard::over::prompt::{Edit, Prompt};
use crate::dashboard::over::{Responder, ScreenReply};
use crate::dashboard::{Effect, Event, Tone, World};
use crate::language::people as words;
use crate::query::people::SoughtName;
use crate::record::Seq;
use crate::record::people::{LabelBoard, Labelled, Relabel, label};
use crate::weibo::UserId;

use crate::controls::action::Action;

/// The list of labels while it is open.
#[derive(Debug, Clone)]
pub struct LabelPicker {
    /// The messages that get labels.
    pub seqs: Vec<Seq>,
    /// The sender, if the messages have only one.
    pub fan: Option<UserId>,
    /// The name of the sender, which is foreign text.
    pub called: Option<String>,
    /// Whether the labels of the sender are chosen rather than those of the messages.
    pub is_of_sender: bool,
    /// The text that finds a label or makes one.
    pub prompt: Prompt,
    /// Whether letters may be pinyin.
    has_pinyin: bool,
    /// The existing labels; `None` until they are loaded.
    board: Option<LabelBoard>,
    /// The changes that were chosen, by label: first of the messages, then of the sender. `true` adds the label.
    chosen: [BTreeMap<String, bool>; 2],
    selected: usize,
}

/// The part of the messages that has a label, or whether the sender has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearers {
    /// All of the messages, or the sender.
    All,
    /// Some of the messages.
    Some,
    /// None of the messages, or not the sender.
    None,
}

/// A label that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRow {
    /// The text of the label.
    pub label: String,
    /// The part that will have it.
    pub bearers: Bearers,
    /// The number of messages and senders that have it.
    pub n: u64,
    /// Whether choosing it makes a new label.
    pub is_new: bool,
}

impl LabelPicker {
    /// Opens the list for some messages and requests their labels.
    pub(in crate::dashboard) fn of(
        seqs: Vec<Seq>,
        sender: Option<(UserId, Option<&str>)>,
        world: &World,
    ) -> ScreenReply {
        let fan = sender.map(|(fan, _)| fan);
        let load = Effect::LoadLabels(seqs.clone(), fan);
        let picker = Self {
            seqs,
            fan,
            called: sender.and_then(|(_, called)| called.map(str::to_owned)),
            is_of_sender: false,
            prompt: Prompt::default(),
            has_pinyin: world.setup.understanding.has_pinyin,
            board: None,
            chosen: Default::default(),
            selected: 0,
        };
        ScreenReply::open(picker).and([load])
    }

    /// Returns the labels that match the typed text, and the index of the one with the cursor. A typed label that
    /// does not exist comes last.
    pub fn rows(&self) -> (Vec<LabelRow>, usize) {
        let Some(board) = &self.board else { return (Vec::new(), 0) };
        let typed = label(self.prompt.text());
        let is_meant = typed.clone().map(|typed| SoughtName { typed, has_pinyin: self.has_pinyin }.matcher());
        let is_shown = |label: &str| is_meant.as_ref().is_none_or(|is_meant| is_meant(label));
        let is_known = |label: &String| board.all.iter().any(|(known, _)| known == label);
        let mut made: Vec<&String> =
            self.chosen.iter().flat_map(BTreeMap::keys).filter(|label| !is_known(label)).collect();
        made.sort_unstable();
        made.dedup();
        let made = made.into_iter().map(|label| (label, 0)).collect::<Vec<_>>();
        let known = board.all.iter().map(|(label, n)| (label, *n));
        let all: Vec<_> = made.into_iter().chain(known).collect();
        let is_new = |typed: &String| !all.iter().any(|(label, _)| *label == typed);
        let new = typed.filter(is_new).map(|label| LabelRow { bearers: Bearers::None, label, n: 0, is_new: true });
        let shown = all.iter().filter(|(label, _)| is_shown(label));
        let row = |(label, n): &(&String, u64)| LabelRow {
            bearers: self.bearers(label, board),
            label: (*label).clone(),
            n: *n,
            is_new: false,
        };
        let rows: Vec<LabelRow> = shown.map(row).chain(new).collect();
        let selected = self.selected.min(rows.len().saturating_sub(1));
        (rows, selected)
    }

    /// Returns whether the existing labels are loaded.
    pub const fn is_ready(&self) -> bool {
        self.board.is_some()
    }

    fn bearers(&self, label: &str, board: &LabelBoard) -> Bearers {
        match self.chosen[usize::from(self.is_of_sender)].get(label) {
            Some(true) => return Bearers::All,
            Some(false) => return Bearers::None,
            None => {}
        }
        if self.is_of_sender {
            let has_it = board.of_sender.iter().any(|own| own == label);
            return if has_it { Bearers::All } else { Bearers::None };
        }
        match board.of_messages.get(label) {
            None => Bearers::None,
            Some(n) if *n >= self.seqs.len() as u64 => Bearers::All,
            Some(_) => Bearers::Some,
        }
    }

    /// Adds or removes the selected label, and clears the text that was typed to find it.
    fn toggle(&mut self) {
        let (rows, selected) = self.rows();
        let Some(LabelRow { label, bearers, .. }) = rows.into_iter().nth(selected) else { return };
        self.chosen[usize::from(self.is_of_sender)].insert(label.clone(), bearers != Bearers::All);
        if !self.prompt.text().is_empty() {
            self.prompt = Prompt::default();
            let (rows, _) = self.rows();
            self.selected = rows.iter().position(|row| row.label == label).unwrap_or_default();
        }
    }

    /// Applies the choices. If there are none, or a label was just typed, toggles the selected label first.
    fn accept(&mut self, world: &World) -> ScreenReply {
        if self.board.is_none() {
            return ScreenReply::say(world, Tone::Dim, words::STILL_READING, &[]);
        }
        if !self.prompt.text().is_empty() || self.chosen.iter().all(BTreeMap::is_empty) {
            self.toggle();
        }
        let messages = Labelled::Messages(self.seqs.clone());
        let of = [Some(messages), self.fan.map(Labelled::Sender)];
        let orders = of.into_iter().zip(&self.chosen).filter_map(|(of, chosen)| {
            let (add, remove): (Vec<_>, Vec<_>) = chosen.iter().partition(|(_, is_given)| **is_given);
            let [add, remove] = [add, remove].map(|some| some.into_iter().map(|(label, _)| label.clone()).collect());
            (!chosen.is_empty()).then_some(Effect::Change(ArchiveChange::Relabel(Relabel { of: of?, add, remove })))
        });
        ScreenReply::close().and(orders)
    }
}

impl Responder for LabelPicker {
    /// Handles a key: Space toggles, Enter applies the choices, Tab switches between messages and sender, Esc closes,
    /// and all others are typed.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        let step = match key.code {
            KeyCode::Esc => return ScreenReply::close(),
            KeyCode::Enter => return self.accept(world),
            KeyCode::Char(' ') => {
                self.toggle();
                return ScreenReply::done();
            }
            KeyCode::Tab | KeyCode::BackTab if self.fan.is_none() => {
                return ScreenReply::say(world, Tone::Dim, words::ONE_MESSAGE, &[]);
            }
            KeyCode::Tab | KeyCode::BackTab => {
                self.is_of_sender = !self.is_of_sender;
                return ScreenReply::done();
            }
            KeyCode::Down => Action::Down,
            KeyCode::Up => Action::Up,
            KeyCode::PageDown => Action::PageDown,
            KeyCode::PageUp => Action::PageUp,
            _ => match self.prompt.key(key) {
                Edit::Text => {
                    self.selected = 0;
                    return ScreenReply::done();
                }
                Edit::Cursor => return ScreenReply::done(),
                Edit::None => return ScreenReply::pass(),
            },
        };
        let n = self.rows().0.len();
        cursor::step(&mut self.selected, step, n, world.size.height.into())
    }

    fn paste(&mut self, text: &str, _world: &World) -> ScreenReply {
        self.prompt.paste(text);
        self.selected = 0;
        ScreenReply::done()
    }

    fn take(&mut self, event: &Event, _world: &World) -> ScreenReply {
        if let Event::Labels(board) = event {
            self.board = Some(board.clone());
        }
        ScreenReply::done()
    }
}
