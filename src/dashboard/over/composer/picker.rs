//! The picker of quick replies. It finds them by name, label, words and pinyin, fills them in for the message,
//! previews them, and can insert several.

use std::path::{Path, PathBuf};

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::detail::position::place_of;
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::dashboard::over::prompt::Prompt;
use crate::dashboard::over::{Next, Responder, ScreenReply, Wish};
use crate::dashboard::world::mask;
use crate::dashboard::{Effect, Event, Tone, World};
use crate::language::answers as words;
use crate::record::Record;
use crate::record::quick_reply::{QuickReplies, QuickReply, QuickValues};
use crate::record::title::kind_words;
use crate::weibo::Kind;

/// The picker while it is open.
#[derive(Debug, Clone)]
pub struct QuickPicker {
    /// The list to choose from.
    pub menu: Menu,
    /// The contents of the directory; `None` while it is being read.
    found: Option<Box<QuickReplies>>,
    kind: Kind,
    values: QuickValues,
}

impl QuickPicker {
    /// Opens the picker for a reply to a message, whose sender may have a name.
    pub(super) fn of(record: &Record, world: &World) -> ScreenReply {
        let picker = Self {
            menu: Menu::new(words::QUICK_TITLE, Vec::new()),
            found: None,
            kind: record.message.kind(),
            values: values(record, world),
        };
        ScreenReply::open(picker).and([Effect::LoadQuickReplies])
    }

    /// Returns the contents of the directory, or `None` while it is being read.
    pub fn found(&self) -> Option<&QuickReplies> {
        self.found.as_deref()
    }

    /// Returns whether the directory is being read for the first time.
    pub(in crate::dashboard) const fn is_reading(&self) -> bool {
        self.found.is_none()
    }

    /// Returns the directory of the files.
    pub fn directory(&self) -> &Path {
        self.found.as_ref().map_or(Path::new(""), |found| &found.directory)
    }

    /// Returns the text of the selected reply, as the screen shows it.
    pub fn preview(&self, world: &World) -> Option<String> {
        let (text, _) = self.selected()?.words.fill(&self.values);
        Some(if world.looks.is_masked { mask::hidden_text(&text) } else { text })
    }

    /// Returns the selected reply.
    fn selected(&self) -> Option<&QuickReply> {
        let (shown, selected) = self.menu.found();
        self.reply_of(&self.menu, shown.get(selected)?)
    }

    /// Returns the reply of an entry.
    fn reply_of(&self, menu: &Menu, entry: &MenuEntry) -> Option<&QuickReply> {
        let index = menu.entries().iter().position(|other| std::ptr::eq(other, entry))?;
        self.in_order().get(index).copied()
    }

    /// Returns the replies, those for messages of this kind first.
    fn in_order(&self) -> Vec<&QuickReply> {
        let all = self.found.as_ref().map(|found| found.replies.as_slice()).unwrap_or_default();
        let (fitting, others): (Vec<_>, Vec<_>) = all.iter().partition(|reply| reply.is_for(self.kind));
        [fitting, others].concat()
    }

    /// Applies the new contents of the directory. The typed text and the selection stay.
    fn learn(&mut self, found: &QuickReplies, world: &World) {
        let (typed, (_, selected)) = (self.menu.prompt.text().to_owned(), self.menu.found());
        let file = self.selected().map(|reply| reply.file.clone());
        self.found = Some(Box::new(found.clone()));
        let language = world.language();
        let entry = |reply: &&QuickReply| {
            let (text, _) = reply.words.fill(&self.values);
            let group = if reply.is_for(self.kind) { "" } else { words::QUICK_OTHERS.of(language) };
            let kinds: Vec<_> = reply.kinds.iter().map(|kind| kind_words(*kind).of(language)).collect();
            let note = [reply.labels.join(" "), kinds.join(" ")].join(" ");
            let entry = MenuEntry::new(&reply.name, note.trim(), Wish::Write(text.clone()));
            entry.under(group).named(reply.name.as_str()).also(text)
        };
        let entries = self.in_order().iter().map(entry).collect();
        let menu = Menu::new(words::QUICK_TITLE, entries).at(Prompt::new(&typed), selected, world);
        // Keep the same reply selected even if others now come before it.
        let is_same = |entry: &&MenuEntry| self.reply_of(&menu, entry).map(|reply| &reply.file) == file.as_ref();
        let place = menu.found().0.iter().position(is_same).unwrap_or(selected);
        self.menu = menu.at(Prompt::new(&typed), place, world);
    }

    /// Inserts the selected reply into the draft.
    fn take_selected(&self, world: &World) -> Option<ScreenReply> {
        let (text, missing) = self.selected()?.words.fill(&self.values);
        let reply = ScreenReply::wish(Wish::Write(text));
        if missing.is_empty() {
            return Some(reply);
        }
        let missing: Vec<String> = missing.into_iter().map(|variable| format!("{{{}}}", variable.name())).collect();
        Some(reply.and_say(world, Tone::Warning, words::QUICK_LEFT_OUT, &[&missing.join(" ")]))
    }

    /// Opens the selected reply in the user's editor. If none is selected, opens a new one named after the typed text.
    fn edit(&self) -> ScreenReply {
        let Some(found) = &self.found else { return ScreenReply::done() };
        let file = self.selected().map_or_else(|| self.new_file(found), |reply| reply.file.clone());
        ScreenReply::effect(Effect::EditQuickReply(file))
    }

    fn new_file(&self, found: &QuickReplies) -> PathBuf {
        let typed: String = self.menu.prompt.text().chars().filter(|char| char.is_alphanumeric()).take(32).collect();
        let stem = if typed.is_empty() { "reply" } else { &typed };
        let is_taken = |path: &PathBuf| found.replies.iter().any(|reply| reply.file == *path);
        let names = (1..).map(|n: u32| if n == 1 { stem.to_owned() } else { format!("{stem}-{n}") });
        let paths = names.map(|name| found.directory.join(format!("{name}.toml")));
        paths.into_iter().find(|path| !is_taken(path)).unwrap_or_default()
    }
}

/// Returns the values that a message provides for the placeholders.
fn values(record: &Record, world: &World) -> QuickValues {
    let text = record.message.text.trim();
    QuickValues {
        // The user's own name for the sender is private, and the reply goes to the sender.
        name: record.sender.public_name().map(str::to_owned),
        text: (!text.is_empty()).then(|| text.to_owned()),
        date: Some(QuickValues::day(record.sent_at())),
        place: place_of(&record.message, world),
    }
}

impl Responder for QuickPicker {
    /// Handles a key: Enter inserts a reply, Tab inserts one and stays open, `:` edits one; the menu handles all
    /// others.
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        match key {
            Key { code: KeyCode::Enter, .. } => self
                .take_selected(world)
                .map_or_else(ScreenReply::done, |reply| ScreenReply { next: Next::Close, ..reply }),
            Key { code: KeyCode::Tab, .. } => {
                let reply = self.take_selected(world);
                if reply.is_some() && !self.menu.prompt.text().is_empty() {
                    // The name of the next one is typed from its start.
                    self.menu = Menu::new(words::QUICK_TITLE, self.menu.entries().to_vec());
                }
                reply.unwrap_or_default()
            }
            Key { code: KeyCode::Char(':' | '：'), ctrl: false, alt: false } => self.edit(),
            _ if key == Key::alt('e') => self.edit(),
            _ => self.menu.type_key(key, world),
        }
    }

    fn paste(&mut self, text: &str, world: &World) -> ScreenReply {
        self.menu.paste(text, world)
    }

    fn take(&mut self, event: &Event, world: &World) -> ScreenReply {
        if let Event::QuickReplies(found) = event {
            self.learn(found, world);
        }
        ScreenReply::done()
    }
}
