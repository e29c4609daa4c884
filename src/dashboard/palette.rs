//! Help and palette: every action by its name on the screen and its other names.

use crate::controls::action::{self, Action, row_of};
use crate::controls::looks::Looks;
use crate::language::{Words, list, words};

use super::State;
use super::over::Wish;
use super::over::map::services::credits;
use super::over::menu::{Menu, MenuEntry};

/// TABLE: features that people look for and that the dashboard lacks: name, other names, and what to use
/// instead.
const ELSEWHERE: &[(Words, &str, Words)] = &[
    (
        Words::new("Reply automatically", "自动回复"),
        "auto reply rule bot 自动回复",
        Words::new(
            "the `[[reply]]` rules of the config file do, or your bot by `--forward`",
            "可在配置文件的 `[[reply]]` 中设置，或用 `--forward` 交给机器人",
        ),
    ),
    (
        Words::new("Block the sender", "屏蔽发送者"),
        "block ban 屏蔽 拉黑",
        Words::new(
            "weibox keeps everything; mute the sender, or leave one out with `-from:ID` in a search",
            "weibox 保留全部消息；可静音该发送者，或在查找时用 `-from:ID` 排除",
        ),
    ),
];

impl State {
    /// Returns every action: those of the open screen, then the others by group.
    fn actions(&self) -> Vec<MenuEntry> {
        let language = self.world.language();
        let hints = self.hints();
        let entry = |action: Action, words: Words, group: Words| {
            let row = row_of(action);
            let keys = self.world.setup.keymap.text(action);
            let entry = MenuEntry::new(words.of(language), keys, Wish::Act(action)).also(words.of(language.other()));
            entry.named(format!("{} {}", row.name, row.also)).under(group.of(language))
        };
        let here = hints.iter().map(|(action, words)| entry(*action, *words, list::HERE));
        let others = action::TABLE.iter().filter(|row| hints.iter().all(|(action, _)| *action != row.action));
        let others = others.map(|row| MenuEntry {
            obstacle: self.why_not(row.action).unwrap_or_default(),
            ..entry(row.action, row.help, row.group)
        });
        here.chain(others).collect()
    }

    /// Returns the menu of keys, by group.
    pub(super) fn help(&self) -> Menu {
        Menu::new(words::KEYS, [self.actions(), vec![credits(&self.world)]].concat())
    }

    /// Returns the menu of everything: the possible actions, the others, the settings, and last the missing
    /// features, which a search finds.
    pub(super) fn palette(&self) -> Menu {
        let mut entries = self.actions();
        entries.sort_by_key(|entry| !entry.obstacle.is_empty());
        entries.extend(self.settings());
        let language = self.world.language();
        let elsewhere = ELSEWHERE.iter().map(|(words, names, instead)| MenuEntry {
            obstacle: instead.of(language).to_owned(),
            ..MenuEntry::new(words.of(language), "", Wish::Act(Action::Help)).named(*names)
        });
        entries.extend(elsewhere);
        Menu::new(words::PALETTE, entries.into_iter().map(|entry| entry.under("")).collect())
    }

    /// Returns every setting that can be changed while the program runs and that has more than two values or no key.
    fn settings(&self) -> Vec<MenuEntry> {
        let language = self.world.language();
        let entry = |(words, value, looks): (Words, String, Looks)| {
            MenuEntry::new(words.with(language, &[&value]), "", Wish::Look(looks))
                .also(words.with(language.other(), &[&value]))
        };
        self.world.looks.others().into_iter().map(entry).collect()
    }
}
