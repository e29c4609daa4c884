//! How many colours the terminal has, by what it says of itself, and the nearest of them for each that is drawn.

use std::fs;

use ratatui::buffer::Buffer;
use ratatui::style::Color;
use terminfo_lean::{locate, parse};

use crate::controls::multiplexer::Multiplexer;

/// As many as 24 bits can name.
pub const TRUE_COLOURS: u32 = 1 << 24;
/// Of a terminal that nobody knows. Those without colours are seldom and ignore them.
const UNKNOWN: u32 = 8;
/// TABLE: parts of the names of terminals that have 24 bits, for machines that do not know them.
const TRUE_TERMS: &[&str] = &["direct", "kitty", "ghostty", "alacritty", "foot", "wezterm"];
/// kitty's placeholders: their colour is the number of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';
/// The steps of red, green and blue in the cube of 256 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// Below this difference between the strongest and the weakest of its parts a colour is a grey, when there are 16.
const GREY: u8 = 32;

/// How many colours a terminal has that calls itself `term` (the variable `TERM`), with the variable `COLORTERM`: the larger
/// of what that and terminfo say. GNU screen hands `COLORTERM` on from the terminal around it, and cannot show what it says.
pub fn colours(term: &str, colorterm: &str, multiplexer: Option<Multiplexer>) -> u32 {
    let is_true = matches!(colorterm, "truecolor" | "24bit") && multiplexer != Some(Multiplexer::Screen);
    if is_true { TRUE_COLOURS } else { known(term).unwrap_or_else(|| guessed(term)) }
}

/// What terminfo says; `None` where it does not know the terminal.
fn known(term: &str) -> Option<u32> {
    let file = fs::read(locate::locate(term).ok()?).ok()?;
    let entry = parse::parse(&file).ok()?;
    // Extensions of tmux and ncurses: it takes red, green and blue.
    let is_true = ["Tc", "RGB"].iter().any(|name| entry.booleans.contains(name));
    let number = entry.numbers.get("colors").and_then(|number| u32::try_from(*number).ok());
    Some(if is_true { TRUE_COLOURS } else { number.unwrap_or_default() })
}

fn guessed(term: &str) -> u32 {
    if TRUE_TERMS.iter().any(|name| term.contains(name)) {
        TRUE_COLOURS
    } else if term.contains("256color") {
        256
    } else {
        UNKNOWN
    }
}

/// The nearest of so many colours.
fn nearest(colour: Color, colours: u32) -> Color {
    if colours < UNKNOWN {
        return Color::Reset;
    }
    let Color::Rgb(red, green, blue) = colour else { return colour };
    match colours {
        0..256 => among_16([red, green, blue]),
        256..TRUE_COLOURS => among_256([red, green, blue]),
        TRUE_COLOURS.. => colour,
    }
}

/// Of the cube and of the greys whichever is nearer.
fn among_256(parts: [u8; 3]) -> Color {
    let index = |part: u8| {
        let step = |index: &usize| STEPS.get(*index).map_or(u8::MAX, |step| step.abs_diff(part));
        (0..STEPS.len()).min_by_key(step).unwrap_or_default()
    };
    let distance = |other: [u8; 3]| -> u32 {
        parts.iter().zip(other).map(|(part, other)| u32::from(part.abs_diff(other)).pow(2)).sum()
    };
    let [red, green, blue] = parts.map(index);
    let cube = [red, green, blue].map(|index| STEPS.get(index).copied().unwrap_or_default());
    let mean = parts.iter().map(|part| u32::from(*part)).sum::<u32>() / 3;
    // From 8 in steps of 10.
    let grey = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or_default();
    let cell = u8::try_from(36 * red + 6 * green + blue).unwrap_or_default();
    if distance([8 + 10 * grey; 3]) < distance(cube) { Color::Indexed(232 + grey) } else { Color::Indexed(16 + cell) }
}

/// By hue and brightness, so that a pale green stays green: the sixteen are the user's own, and no distance to them is known.
fn among_16([red, green, blue]: [u8; 3]) -> Color {
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    if most - least < GREY {
        return match most {
            0..0x40 => Color::Black,
            0x40..0x90 => Color::DarkGray,
            0x90..0xe0 => Color::Gray,
            _ => Color::White,
        };
    }
    // A part counts when it is in the upper half of what there is.
    let middle = least + (most - least) / 2;
    let (dark, bright) = match (red > middle, green > middle, blue > middle) {
        (true, false, false) => (Color::Red, Color::LightRed),
        (true, true, false) => (Color::Yellow, Color::LightYellow),
        (false, true, false) => (Color::Green, Color::LightGreen),
        (false, true, true) => (Color::Cyan, Color::LightCyan),
        (true, false, true) => (Color::Magenta, Color::LightMagenta),
        (false, false, _) | (true, true, true) => (Color::Blue, Color::LightBlue),
    };
    if most >= 0xd0 { bright } else { dark }
}

/// Gives what is drawn the nearest of so many colours.
pub fn recolour(drawn: &mut Buffer, colours: u32) {
    if colours >= TRUE_COLOURS {
        return;
    }
    for cell in drawn.content.iter_mut().filter(|cell| !cell.symbol().starts_with(PLACEHOLDER)) {
        cell.fg = nearest(cell.fg, colours);
        cell.bg = nearest(cell.bg, colours);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_of_what_is_said_counts() {
        for (term, colorterm, multiplexer, expected) in [
            ("xterm-256color", "truecolor", None, TRUE_COLOURS),
            ("xterm-256color", "24bit", Some(Multiplexer::Tmux), TRUE_COLOURS),
            ("xterm-256color", "", None, 256),
            ("screen.xterm-256color", "truecolor", Some(Multiplexer::Screen), 256),
            ("xterm-direct", "", None, TRUE_COLOURS),
            ("xterm-ghostty", "", None, TRUE_COLOURS),
            ("linux", "", None, 8),
            ("screen", "truecolor", Some(Multiplexer::Screen), 8),
            ("a-terminal-of-tomorrow", "", None, 8),
            ("../../etc/passwd", "", None, 8),
        ] {
            assert_eq!(colours(term, colorterm, multiplexer), expected, "{term}");
        }
        assert!([0, 8].contains(&colours("vt100", "", None)), "by terminfo, where it is there");
    }

    #[test]
    fn colours_stay_what_they_were_as_far_as_there_are_any() {
        let colours = |rgb: u32| {
            let [_, red, green, blue] = rgb.to_be_bytes();
            [TRUE_COLOURS, 256, 16, 0].map(|colours| nearest(Color::Rgb(red, green, blue), colours))
        };
        for (rgb, of_256, of_16) in [
            (0x00_0000, 16, Color::Black),
            (0xff_ffff, 231, Color::White),
            (0x80_8080, 244, Color::DarkGray),
            (0xff_0000, 196, Color::LightRed),
            // The themes' own: ground, words, and accents.
            (0x1f_2430, 235, Color::Black),
            (0xd8_dee9, 254, Color::White),
            (0xa3_be8c, 144, Color::Green),
            (0xeb_cb8b, 186, Color::LightYellow),
            (0xf0_7a84, 210, Color::LightRed),
            (0x88_c0d0, 110, Color::LightCyan),
            (0xfa_faf7, 231, Color::White),
            (0x3b_6e22, 58, Color::Green),
            (0x0b_6a80, 24, Color::Cyan),
        ] {
            let [_, by_256, by_16, none] = colours(rgb);
            assert_eq!(by_16, of_16, "{rgb:06x}");
            assert_eq!(by_256, Color::Indexed(of_256), "{rgb:06x}");
            assert_eq!(none, Color::Reset);
        }
        assert_eq!(nearest(Color::Red, 8), Color::Red);
        assert_eq!(nearest(Color::Red, 0), Color::Reset);
    }

    #[test]
    fn the_number_of_a_picture_stays_among_few_colours() {
        let mut drawn = Buffer::with_lines([format!("{PLACEHOLDER}a")]);
        for cell in &mut drawn.content {
            cell.fg = Color::Rgb(0, 0, 1);
        }
        recolour(&mut drawn, 256);
        assert_eq!(
            drawn.content.iter().map(|cell| cell.fg).collect::<Vec<_>>(),
            [Color::Rgb(0, 0, 1), Color::Indexed(16)]
        );
    }
}
