//! The last step of a frame: themes and glyph sets, applied to the finished cells. The drawing code needs no
//! knowledge of them and cannot forget to apply them.

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::style::Color;

use crate::controls::looks::{Glyphs, Looks, Theme};
use crate::text;

/// TABLE: characters of the interface beyond ASCII and their substitutes, one cell each.
const ASCII: &[(&str, &str)] = &[
    ("┌┐└┘├┤┬┴┼", "+"),
    ("─━═", "-"),
    ("│┃║", "|"),
    ("▌▐", ">"),
    ("●★", "*"),
    ("█▇▆", "#"),
    ("▅▄", "="),
    ("▃▂", "-"),
    ("▁·", "."),
    ("…", "~"),
    ("↓", "v"),
    ("↑▲", "^"),
    ("←", "<"),
    ("→", ">"),
    ("↵", "/"),
    ("×", "x"),
    ("✓", "+"),
    ("✗", "!"),
];

/// TABLE: the colours used for drawing, and their values in the dark and in the light theme.
const COLOURS: &[(Color, Color, Color)] = &[
    (Color::Reset, Color::Rgb(0xd8, 0xde, 0xe9), Color::Rgb(0x2e, 0x34, 0x40)),
    (Color::Green, Color::Rgb(0xa3, 0xbe, 0x8c), Color::Rgb(0x3b, 0x6e, 0x22)),
    (Color::Yellow, Color::Rgb(0xeb, 0xcb, 0x8b), Color::Rgb(0x8a, 0x5a, 0x00)),
    (Color::Red, Color::Rgb(0xf0, 0x7a, 0x84), Color::Rgb(0xb0, 0x20, 0x30)),
    (Color::Cyan, Color::Rgb(0x88, 0xc0, 0xd0), Color::Rgb(0x0b, 0x6a, 0x80)),
];
/// The background colours of the dark and of the light theme.
const GROUNDS: (Color, Color) = (Color::Rgb(0x1f, 0x24, 0x30), Color::Rgb(0xfa, 0xfa, 0xf7));

/// Applies the chosen looks to every cell, and gives every piece of a grapheme its own cell.
pub(super) fn paint(buffer: &mut Buffer, looks: Looks) {
    separate(buffer);
    for cell in &mut buffer.content {
        if looks.glyphs == Glyphs::Ascii {
            stand_in(cell);
        }
        match looks.theme {
            Theme::Terminal => {}
            // Only pictures have colours that are not in the table, and such a colour may identify the picture.
            Theme::None if matches!(cell.fg, Color::Rgb(..)) => {}
            Theme::None => {
                cell.fg = Color::Reset;
                cell.bg = Color::Reset;
            }
            Theme::Dark => colour(cell, GROUNDS.0, |row| row.1),
            Theme::Light => colour(cell, GROUNDS.1, |row| row.2),
        }
    }
}

/// Splits graphemes into cells as terminals do. ratatui keeps a grapheme in its first cell, and would leave the other
/// cells behind when something narrower is drawn over it.
fn separate(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(width) {
        for at in 0..row.len() {
            let is_plain =
                |cell: &&Cell| cell.symbol().chars().nth(1).is_some() && cell.diff_option == CellDiffOption::None;
            let Some(whole) = row.get(at).filter(is_plain).cloned() else { continue };
            let mut x = at;
            for piece in text::pieces(whole.symbol()) {
                if let Some(cell) = row.get_mut(x) {
                    cell.clone_from(&whole);
                    cell.set_symbol(piece);
                }
                x += text::width(piece);
            }
        }
    }
}

fn stand_in(cell: &mut Cell) {
    let symbol = cell.symbol();
    if symbol.is_ascii() {
        return;
    }
    // The dots of a map: more dots look darker.
    if let Some(dots @ 0x2800..0x2900) = symbol.chars().next().map(u32::from) {
        cell.set_symbol(match (dots - 0x2800).count_ones() {
            0..3 => ".",
            3..5 => ":",
            _ => "#",
        });
    } else if let Some((_, ascii)) = ASCII.iter().find(|(all, _)| all.contains(symbol)) {
        cell.set_symbol(ascii);
    }
}

/// Replaces the colours in the table. Others, such as those of a picture, stay.
fn colour(cell: &mut Cell, ground: Color, of: fn(&(Color, Color, Color)) -> Color) {
    if let Some(row) = COLOURS.iter().find(|(named, ..)| *named == cell.fg) {
        cell.fg = of(row);
    }
    if cell.bg == Color::Reset {
        cell.bg = ground;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stand_in_is_one_cell_for_one_cell() {
        for (all, ascii) in ASCII {
            assert!(all.chars().all(|char| crate::text::width(&char.to_string()) == 1), "{all}");
            assert_eq!(ascii.len(), 1, "{all}");
        }
    }

    #[test]
    fn text_can_be_read_on_its_ground() {
        /// Relative luminance (WCAG 2.1).
        fn luminance(colour: Color) -> f64 {
            let Color::Rgb(r, g, b) = colour else { panic!("{colour}") };
            let linear = |part: u8| {
                let part = f64::from(part) / 255.0;
                if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        }
        for (named, dark, light) in COLOURS {
            for (front, ground) in [(dark, GROUNDS.0), (light, GROUNDS.1)] {
                let (front, ground) = (luminance(*front), luminance(ground));
                let contrast = (front.max(ground) + 0.05) / (front.min(ground) + 0.05);
                assert!(contrast >= 4.5, "{named}: {contrast}");
            }
        }
    }
}
