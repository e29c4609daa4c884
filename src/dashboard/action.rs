//! TABLE: what the user can wish for, by which keys, in which words. Keys, footer, help and README read it; a key that
//! is not in it does not exist.

use super::key::{Code, Key};
use super::tab::Tab;

/// A wish of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Select the next older message.
    Down,
    /// Select the next newer message.
    Up,
    /// A page towards older messages; in the detail, down its text.
    PageDown,
    /// A page towards newer messages; in the detail, up its text.
    PageUp,
    /// The newest message.
    Top,
    /// The oldest message.
    Bottom,
    /// Show one tab.
    Show(Tab),
    /// The tab to the left.
    PreviousTab,
    /// The tab to the right.
    NextTab,
    /// Read the selected message on the whole screen.
    Read,
    /// Close what is open, one layer at a time.
    Back,
    /// Follow the newest message, or stop.
    Follow,
    /// Switch between the message and its JSON.
    Raw,
    /// Download the selected attachment.
    Download,
    /// Download all attachments of the tab.
    DownloadAll,
    /// Open the saved file with the desktop's program for it.
    OpenFile,
    /// Copy the text, or the coordinates.
    Copy,
    /// Play the voice, or pause it.
    Play,
    /// Save the voice as WAV.
    SaveWav,
    /// Show all keys.
    Help,
    /// Close the top layer, or leave the program.
    Close,
    /// Leave the program.
    Quit,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The wish.
    pub action: Action,
    /// Any of these asks for it.
    pub keys: &'static [Key],
    /// What it does, for help and README.
    pub help: &'static str,
    /// A word for the footer; empty for none.
    pub hint: &'static str,
}

const fn row(action: Action, keys: &'static [Key], help: &'static str, hint: &'static str) -> Row {
    Row { action, keys, help, hint }
}

const fn char(char: char) -> Key {
    Key::char(char)
}

const fn plain(code: Code) -> Key {
    Key::plain(code)
}

/// All of them, in the order of the help. The footer shows those with a hint in this order, and the last two always.
pub const TABLE: &[Row] = &[
    row(Action::Down, &[char('j'), plain(Code::Down)], "next older message", "down"),
    row(Action::Up, &[char('k'), plain(Code::Up)], "next newer message", "up"),
    row(Action::Read, &[plain(Code::Enter)], "read the message on the whole screen", "read"),
    row(Action::Download, &[char('d'), plain(Code::F(5))], "download the attachment", "download"),
    row(Action::OpenFile, &[char('o')], "open the saved file", "open"),
    row(Action::Copy, &[char('y'), plain(Code::F(7))], "copy the text, of a position the coordinates", "copy"),
    row(Action::Play, &[char('p'), plain(Code::F(8))], "play or pause the voice, ← → seek meanwhile", "play"),
    row(Action::SaveWav, &[char('s')], "save the voice as WAV", ""),
    row(Action::Follow, &[char('F'), plain(Code::F(12))], "follow the newest message, or stop", "follow"),
    row(Action::Raw, &[char('v'), plain(Code::F(4))], "switch between the message and its JSON", "json"),
    row(Action::DownloadAll, &[char('D')], "download all attachments of this tab", "download all"),
    row(Action::Top, &[char('g'), plain(Code::Home)], "newest message", ""),
    row(Action::Bottom, &[char('G'), plain(Code::End)], "oldest message", ""),
    row(Action::PageDown, &[plain(Code::PageDown), Key::ctrl('f')], "a page down", ""),
    row(Action::PageUp, &[plain(Code::PageUp), Key::ctrl('b')], "a page up", ""),
    row(Action::Show(Tab::All), &[char('1')], "all messages", ""),
    row(Action::Show(Tab::Text), &[char('2')], "texts", ""),
    row(Action::Show(Tab::Position), &[char('3')], "positions", ""),
    row(Action::Show(Tab::Voice), &[char('4')], "voices", ""),
    row(Action::Show(Tab::Image), &[char('5')], "images", ""),
    row(Action::Show(Tab::Other), &[char('6')], "events, mentions and everything else", ""),
    row(Action::PreviousTab, &[char('['), plain(Code::Left)], "tab to the left", ""),
    row(Action::NextTab, &[char(']'), plain(Code::Right)], "tab to the right", ""),
    row(Action::Back, &[plain(Code::Esc)], "close what is open, one layer at a time", "back"),
    row(Action::Quit, &[Key::ctrl('c')], "quit at once", ""),
    row(Action::Help, &[char('?'), plain(Code::F(1))], "show all keys", "help"),
    row(Action::Close, &[char('q')], "close what is open, or quit", "quit"),
];

/// What a key asks for. Full-width forms, which an input method sends, count as their ASCII twins.
#[must_use]
pub fn of_key(key: Key) -> Option<Action> {
    let key = key.folded();
    TABLE.iter().find(|row| row.keys.contains(&key)).map(|row| row.action)
}

impl Row {
    /// Its keys for people: `j ↓`.
    #[must_use]
    pub fn keys_text(&self) -> String {
        self.keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// The table as Markdown, as it stands in the README.
#[must_use]
pub fn markdown() -> String {
    let rows = TABLE.iter().map(|row| {
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
        format!("| {} | {} |\n", keys.join(" "), row.help)
    });
    std::iter::once("| keys | what they do |\n| --- | --- |\n".to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_asks_for_two_things() {
        let mut keys: Vec<String> = TABLE.iter().flat_map(|row| row.keys).map(Key::to_string).collect();
        keys.sort();
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{keys:?}");
    }

    #[test]
    fn every_action_has_a_key_and_words() {
        for row in TABLE {
            assert!(!row.keys.is_empty() && !row.help.is_empty(), "{:?}", row.action);
        }
    }
}
