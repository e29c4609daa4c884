//! A list to choose from: help, palette, what to copy, links. Typing narrows it, and Enter chooses an entry.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::World;
use crate::language::{Language, Words};
use crate::query::pinyin;

use super::prompt::{Edit, Prompt};
use super::{Responder, ScreenReply, Wish};

/// An entry of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    /// The text of the entry: what it does, copies or opens.
    pub label: String,
    /// The text before the label: keys, or a name.
    pub note: String,
    /// The heading of the group, shown while nothing is typed; may be empty.
    pub group: String,
    /// The names of the entry in any language. They match before all else.
    pub names: String,
    /// Other words that find the entry.
    pub also: String,
    /// The reason why it cannot be chosen now; empty if it can.
    pub obstacle: String,
    /// The key that chooses the entry at once, whatever is typed.
    pub key: Option<char>,
    /// The wish that choosing the entry makes.
    pub wish: Wish,
}

/// The list while it is open.
#[derive(Debug, Clone)]
pub struct Menu {
    /// The title, which says what it is for.
    pub title: Words,
    entries: Vec<MenuEntry>,
    /// The text that narrows it.
    pub prompt: Prompt,
    /// The indices of the matching entries, best first.
    found: Vec<usize>,
    selected: usize,
}

impl MenuEntry {
    /// Creates an entry that can be chosen.
    pub fn new(label: impl Into<String>, note: impl Into<String>, wish: Wish) -> Self {
        let (label, note) = (label.into(), note.into());
        Self {
            label,
            note,
            group: String::new(),
            names: String::new(),
            also: String::new(),
            obstacle: String::new(),
            key: None,
            wish,
        }
    }

    /// Creates an entry that its key chooses, too, found by its words in both languages.
    pub fn keyed(key: char, words: Words, wish: Wish, language: Language) -> Self {
        let entry = Self::new(words.of(language), key, wish).also(words.of(language.other()));
        Self { key: Some(key), ..entry }
    }

    /// Puts the entry under a group heading.
    pub fn under(self, group: impl Into<String>) -> Self {
        Self { group: group.into(), ..self }
    }

    /// Sets the names of the entry.
    pub fn named(self, names: impl Into<String>) -> Self {
        Self { names: names.into(), ..self }
    }

    /// Adds other words that find the entry.
    pub fn also(self, also: impl Into<String>) -> Self {
        Self { also: also.into(), ..self }
    }

    fn choose(&self) -> ScreenReply {
        if self.obstacle.is_empty() {
            ScreenReply::close().and_wish(self.wish.clone())
        } else {
            ScreenReply::warn(self.obstacle.as_str())
        }
    }
}

impl Menu {
    /// Creates a menu that shows all entries, with the first one selected.
    pub fn new(title: Words, entries: Vec<MenuEntry>) -> Self {
        let found = (0..entries.len()).collect();
        Self { title, entries, prompt: Prompt::default(), found, selected: 0 }
    }

    /// Returns the menu with this text typed and this one of the matching entries selected.
    pub(super) fn at(self, prompt: Prompt, selected: usize, world: &World) -> Self {
        let mut menu = Self { prompt, ..self };
        if !menu.prompt.text().is_empty() {
            menu.narrow(world.setup.understanding.has_pinyin);
        }
        menu.selected = selected.min(menu.found.len().saturating_sub(1));
        menu
    }

    /// Returns the entries that match the typed text, best first, and the index of the selected one among them.
    pub fn found(&self) -> (Vec<&MenuEntry>, usize) {
        (self.found.iter().filter_map(|index| self.entries.get(*index)).collect(), self.selected)
    }

    /// Returns the matching entries as rows. While nothing is typed, the name of each group is a row before its
    /// entries.
    pub fn rows(&self) -> Vec<Result<&MenuEntry, &str>> {
        let mut rows = Vec::new();
        let mut group = "";
        for entry in self.found().0 {
            if entry.group != group && self.prompt.text().is_empty() {
                group = &entry.group;
                rows.push(Err(group));
            }
            rows.push(Ok(entry));
        }
        rows
    }

    /// Returns all entries, whether or not they match. The size of the menu depends on them.
    pub fn entries(&self) -> &[MenuEntry] {
        &self.entries
    }

    /// Handles a key: arrows and page keys move, Enter and the key of an entry choose, Esc closes, and all others are
    /// typed.
    fn key(&mut self, key: Key, rows: usize, has_pinyin: bool) -> ScreenReply {
        let last = self.found.len().saturating_sub(1);
        let step = match key {
            Key { code: KeyCode::Esc, .. } => return ScreenReply::close(),
            Key { code: KeyCode::Enter, .. } => {
                let entry = self.found.get(self.selected).and_then(|index| self.entries.get(*index));
                return entry.map_or_else(ScreenReply::done, MenuEntry::choose);
            }
            Key { code: KeyCode::Down, .. } | Key { code: KeyCode::Char('n'), ctrl: true, .. } => 1,
            Key { code: KeyCode::Up, .. } | Key { code: KeyCode::Char('p'), ctrl: true, .. } => -1,
            Key { code: KeyCode::PageDown, .. } => rows.max(1).cast_signed(),
            Key { code: KeyCode::PageUp, .. } => -rows.max(1).cast_signed(),
            _ => {
                let is_own = |entry: &&MenuEntry| entry.key.is_some_and(|own| key == Key::char(own));
                if let Some(entry) = self.entries.iter().find(is_own) {
                    return entry.choose();
                }
                match self.prompt.key(key) {
                    Edit::Text => self.narrow(has_pinyin),
                    Edit::Cursor => {}
                    Edit::None => return ScreenReply::pass(),
                }
                return ScreenReply::done();
            }
        };
        self.selected = self.selected.saturating_add_signed(step).min(last);
        ScreenReply::done()
    }

    fn narrow(&mut self, has_pinyin: bool) {
        let typed = self.prompt.text().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let pattern = Pattern::parse(self.prompt.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut scored: Vec<((Rank, Reverse<u32>), usize)> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            // The word that matches worst decides the rank.
            let rank = words.iter().map(|word| entry.rank(word, has_pinyin)).max().unwrap_or_default();
            if rank <= Rank::Text {
                scored.push(((rank, Reverse(0)), index));
            } else if let Some(score) = entry.scattered(&pattern, &mut matcher, typed.chars().count()) {
                scored.push(((rank, Reverse(score)), index));
            }
        }
        scored.sort_unstable();
        self.found = scored.into_iter().map(|(_, index)| index).collect();
        self.selected = 0;
    }
}

/// The rank of an entry for a typed word, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Rank {
    /// The word is one of the entry's names.
    #[default]
    Name,
    /// One of its names starts with the word.
    NameStart,
    /// A word of its text starts with the word.
    TextStart,
    /// The word occurs in a name or in its text.
    Text,
    /// At most the letters of the word occur.
    Scattered,
}

impl MenuEntry {
    fn rank(&self, word: &str, has_pinyin: bool) -> Rank {
        let names = self.names.to_lowercase();
        let text = format!("{} {} {}", self.label, self.note, self.also).to_lowercase();
        let parts =
            |text: &str, is_it: &dyn Fn(&str) -> bool| text.split(|char: char| !char.is_alphanumeric()).any(is_it);
        if names.split_whitespace().any(|name| name == word) {
            Rank::Name
        } else if parts(&names, &|name| name.starts_with(word)) {
            Rank::NameStart
        } else if parts(&text, &|part| part.starts_with(word)) {
            Rank::TextStart
        } else if names.contains(word) || text.contains(word) || (has_pinyin && self.sounds_like(word)) {
            Rank::Text
        } else {
            Rank::Scattered
        }
    }

    /// Returns whether its Chinese is read like this in pinyin, as whole syllables or as their first letters.
    fn sounds_like(&self, word: &str) -> bool {
        [&self.label, &self.names].into_iter().any(|chinese| pinyin::is_read_as(chinese, word))
    }

    /// Returns the score of an entry that has the typed letters in this order, in few pieces. A match scattered over
    /// many pieces is unrelated.
    fn scattered(&self, pattern: &Pattern, matcher: &mut Matcher, n_typed: usize) -> Option<u32> {
        let mut buffer = Vec::new();
        let texts = [self.label.as_str(), &self.also, &self.names];
        let score = |text: &str| {
            let mut indices = Vec::new();
            let score = pattern.indices(Utf32Str::new(text, &mut buffer), matcher, &mut indices)?;
            indices.sort_unstable();
            indices.dedup();
            let n_pieces = indices.chunk_by(|one, next| one + 1 == *next).count();
            (n_pieces <= n_typed.div_ceil(2)).then_some(score)
        };
        texts.into_iter().filter_map(score).max()
    }
}

impl Responder for Menu {
    fn type_key(&mut self, key: Key, world: &World) -> ScreenReply {
        let has_pinyin = world.setup.understanding.has_pinyin;
        self.key(key, usize::from(world.size.height).saturating_sub(4), has_pinyin)
    }

    fn paste(&mut self, text: &str, world: &World) -> ScreenReply {
        self.prompt.paste(text);
        self.narrow(world.setup.understanding.has_pinyin);
        ScreenReply::done()
    }
}

#[cfg(test)]
mod tests {
    use crate::controls::action::Action;

    use super::super::Next;
    use super::*;

    fn menu() -> Menu {
        let entry = |label: &str, also: &str, obstacle: &str, action| MenuEntry {
            obstacle: obstacle.to_owned(),
            ..MenuEntry::new(label, "", Wish::Act(action)).also(also)
        };
        Menu::new(
            Words::new("test", "测试"),
            vec![
                entry("download the attachment", "下载文件", "", Action::Download),
                entry("download all", "全部下载", "nothing is here", Action::DownloadAll),
                entry("quit at once", "立即退出", "", Action::Quit),
            ],
        )
    }

    fn type_in(menu: &mut Menu, keys: &str) -> ScreenReply {
        keys.chars()
            .map(|char| menu.key(Key::plain(if char == '\r' { KeyCode::Enter } else { KeyCode::Char(char) }), 5, true))
            .last()
            .unwrap()
    }

    #[test]
    fn typing_narrows_in_both_languages_and_enter_chooses() {
        for (typed, action) in [("quit\r", Action::Quit), ("退出\r", Action::Quit), ("dlatt\r", Action::Download)] {
            let reply = type_in(&mut menu(), typed);
            assert!(matches!(reply.next, Next::Close), "{typed}");
            assert_eq!(reply.wishes, [Wish::Act(action)], "{typed}");
        }
    }

    #[test]
    fn names_come_before_descriptions_and_scattered_letters_last() {
        let named = |label: &str, names: &str| MenuEntry::new(label, "", Wish::Act(Action::Quit)).named(names);
        let entries = vec![
            named("Sort by time, sender, type or reply window", "sort order 排序"),
            named("Show messages that were exported", "shown"),
            named("Write the list into a file", "export csv 导出"),
            named("Export nothing", "exporters"),
        ];
        for (typed, told) in [
            ("export", vec!["Write the list into a file", "Export nothing", "Show messages that were exported"]),
            ("导出", vec!["Write the list into a file"]),
            ("forward", vec![]),
            ("srtby", vec!["Sort by time, sender, type or reply window"]),
        ] {
            let mut menu = Menu::new(Words::new("test", "测试"), entries.clone());
            type_in(&mut menu, typed);
            let found: Vec<&str> = menu.found().0.iter().map(|entry| entry.label.as_str()).collect();
            assert_eq!(found, told, "{typed}");
        }
    }

    #[test]
    fn chinese_is_narrowed_by_its_pinyin_unless_that_is_off() {
        let chinese = || {
            let entry = |label: &str, action| MenuEntry::new(label, "", Wish::Act(action));
            let entries = vec![entry("下载附件", Action::Download), entry("立即退出", Action::Quit)];
            Menu::new(Words::new("test", "测试"), entries)
        };
        for typed in ["tuichu", "ljtc", "tui ch"] {
            let mut menu = chinese();
            type_in(&mut menu, typed);
            let found: Vec<&str> = menu.found().0.iter().map(|entry| entry.label.as_str()).collect();
            assert_eq!(found, ["立即退出"], "{typed}");
        }
        let mut menu = chinese();
        menu.key(Key::char('t'), 5, false);
        assert_eq!(menu.found().0.len(), 0);
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let reply = type_in(&mut menu(), "all\r");
        assert_eq!(reply.notice.map(|notice| notice.text).as_deref(), Some("nothing is here"));
        assert!(matches!(reply.next, Next::Stay) && reply.wishes.is_empty());
    }

    #[test]
    fn nothing_found_is_nothing_chosen() {
        let mut menu = menu();
        let reply = type_in(&mut menu, "xyzzy\r");
        assert!(matches!(reply.next, Next::Stay) && reply.wishes.is_empty());
        assert_eq!(menu.found(), (Vec::new(), 0));
    }

    #[test]
    fn arrows_stop_at_the_ends() {
        let mut menu = menu();
        for _ in 0..9 {
            assert!(matches!(menu.key(Key::plain(KeyCode::Down), 2, true).next, Next::Stay));
        }
        assert_eq!(menu.found().1, 2);
        assert!(matches!(menu.key(Key::plain(KeyCode::PageUp), 2, true).next, Next::Stay));
        assert_eq!(menu.found().1, 0);
        assert!(matches!(menu.key(Key::plain(KeyCode::Esc), 2, true).next, Next::Close));
    }
}
