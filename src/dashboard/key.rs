//! Keys as the dashboard knows them, whatever terminal library reads them.

use std::fmt;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Code {
    /// A character, with Shift already in it.
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// A key and what was held down with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

/// Full-width punctuation of Chinese input methods whose ASCII twin is not 0xFEE0 below it.
const TWINS: &[(char, char)] =
    &[('。', '.'), ('、', '/'), ('【', '['), ('】', ']'), ('　', ' '), ('￥', '$'), ('·', '`')];

impl Key {
    /// A key by itself.
    #[must_use]
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character by itself.
    #[must_use]
    pub const fn char(char: char) -> Self {
        Self::plain(Code::Char(char))
    }

    /// A letter with Ctrl.
    #[must_use]
    pub const fn ctrl(char: char) -> Self {
        Self { code: Code::Char(char), ctrl: true, alt: false }
    }

    /// The key with a full-width character replaced by its ASCII twin: `？` becomes `?`, `ｊ` becomes `j`.
    #[must_use]
    pub fn folded(self) -> Self {
        let Code::Char(char) = self.code else { return self };
        let twin = match char {
            '！'..='～' => char::from_u32(u32::from(char) - 0xfee0),
            _ => TWINS.iter().find(|(wide, _)| *wide == char).map(|(_, ascii)| *ascii),
        };
        Self { code: Code::Char(twin.unwrap_or(char)), ..self }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        let name = match self.code {
            Code::Char(' ') => "Space",
            Code::Char(char) if self.ctrl => return write!(f, "{}", char.to_ascii_uppercase()),
            Code::Char(char) => return write!(f, "{char}"),
            Code::F(number) => return write!(f, "F{number}"),
            Code::Enter => "Enter",
            Code::Esc => "Esc",
            Code::Tab => "Tab",
            Code::BackTab => "Shift-Tab",
            Code::Backspace => "Backspace",
            Code::Delete => "Delete",
            Code::Up => "↑",
            Code::Down => "↓",
            Code::Left => "←",
            Code::Right => "→",
            Code::Home => "Home",
            Code::End => "End",
            Code::PageUp => "PgUp",
            Code::PageDown => "PgDn",
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_forms_act_as_their_twins() {
        let folded: String = "？：／ｊＤ【】。、j退"
            .chars()
            .filter_map(|char| match Key::char(char).folded() {
                Key { code: Code::Char(char), .. } => Some(char),
                _ => None,
            })
            .collect();
        assert_eq!(folded, "?:/jD[]./j退");
    }

    #[test]
    fn keys_have_names() {
        let names =
            [Key::ctrl('c'), Key::char(' '), Key::plain(Code::F(5)), Key::plain(Code::PageDown), Key::char('G')];
        assert_eq!(names.map(|key| key.to_string()), ["Ctrl-C", "Space", "F5", "PgDn", "G"]);
    }
}
