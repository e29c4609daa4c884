//! Foreign text made drawable, and its width in cells: the only module that decides either.
//!
//! Everything that a stranger wrote (message, name, key, file name, error of a server) passes through [`line()`] or
//! [`clean`] before it is drawn, copied or printed for people (protocol T31). Nothing here translates or styles; the
//! archive keeps the raw text.
//!
//! [`width`], [`cut`], [`pad`] and [`wrap`] expect text that has passed through. With other text they still terminate
//! and keep their limits by count, but a terminal may draw something else.

use std::borrow::Cow;
use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

mod drawable;
mod folding;
mod links;

pub use drawable::{clean, json, line, portable};
pub use folding::wrap;
pub use links::links;

/// The sign for text that was cut off; one cell wide.
const ELLIPSIS: &str = "…";

/// Returns the number of cells that the text takes when ratatui draws it on one row.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(cells).sum() }
}

/// Returns the beginning of a text in at most `width` cells. A grapheme is never split, so the result may be a cell
/// narrower.
pub fn start(text: &str, width: usize) -> &str {
    let mut used = 0_usize;
    let mut ends = text.grapheme_indices(true).take_while(|(_, grapheme)| {
        used = used.saturating_add(cells(grapheme));
        used <= width
    });
    let end = ends.by_ref().last().map_or(0, |(at, grapheme)| at + grapheme.len());
    text.get(..end).unwrap_or_default()
}

/// Returns the text in at most `width` cells, with `…` at its end if it was cut. A grapheme is never split, so the
/// result may be a cell narrower; with a width of 0 it is empty.
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    let Some(room) = width.checked_sub(1) else { return Cow::Borrowed("") };
    let is_whole = start(text, width).len() == text.len();
    if is_whole { Cow::Borrowed(text) } else { Cow::Owned([start(text, room), ELLIPSIS].concat()) }
}

/// Returns the text in exactly `width` cells: cut as by [`cut`], or padded with spaces.
pub fn pad(text: &str, width: usize) -> String {
    let mut padded = cut(text, width).into_owned();
    let missing = width.saturating_sub(self::width(&padded));
    padded.extend(std::iter::repeat_n(' ', missing));
    padded
}

/// Formats a number of bytes in the units of the configuration: `512 B`, `8.9 KB`, `1.2 MB`, `10.0 GB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    let unit = UNITS.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
    )
}

/// Formats a duration as minutes and seconds: `0:07`.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Returns the pieces of a grapheme that terminals put into separate cells: a Thai or Indian vowel beside its
/// consonant, the two letters of a flag. Each piece begins with a character that takes cells.
pub fn pieces(grapheme: &str) -> Vec<&str> {
    let starts = grapheme.char_indices().filter(|(_, c)| c.width().is_some_and(|width| width > 0)).map(|(at, _)| at);
    let starts: Vec<usize> = std::iter::once(0).chain(starts.skip(1)).chain([grapheme.len()]).collect();
    let pieces: Vec<&str> = starts.windows(2).filter_map(|ends| grapheme.get(ends[0]..ends[1])).collect();
    if pieces.iter().map(|piece| cells(piece)).sum::<usize>() == cells(grapheme) { pieces } else { vec![grapheme] }
}

/// Returns the number of cells of one grapheme.
fn cells(grapheme: &str) -> usize {
    grapheme.width()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::CellWidth as _;

    use super::*;

    #[test]
    fn sizes_are_for_people() {
        let sizes = [(0, "0 B"), (999, "999 B"), (1_000, "1.0 KB"), (9_088, "9.0 KB"), (999_999, "999.9 KB")];
        for (bytes, told) in sizes.into_iter().chain([(1 << 20, "1.0 MB"), (12_618_000_000, "12.6 GB")]) {
            assert_eq!(size(bytes), told);
        }
    }

    /// Text that people write, and text meant to break programs, much denser than in random text.
    fn nasty() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[a-z]{1,9}",
            "[中文私信你好]{1,6}",
            "[，。！？（）【】“”… \\-]{1,3}",
            prop::sample::select(vec![
                "\r\n",
                "\n",
                "\r",
                "\t",
                "\u{1b}[31m",
                "\u{9b}",
                "\u{202e}",
                "\u{200d}",
                "\u{fe0f}",
                "👩‍💻",
                "👍🏽",
                "🇨🇳",
                "🇨",
                "\u{301}",
                "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
                "\u{ff9e}",
                "\u{1161}",
                "한",
                "\u{3000}",
                "क्षि",
                "กำ",
                "لا",
                "\u{e0041}",
                "\u{e000}",
                "1\u{20e3}",
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    /// Returns the visible characters, without spaces and breaks, which wrapping must not lose.
    fn ink(text: &str) -> String {
        text.graphemes(true).filter(|grapheme| !grapheme.chars().all(char::is_whitespace)).collect()
    }

    proptest! {
        #[test]
        fn no_control_character_survives(text in nasty()) {
            prop_assert!(!line(&text).contains(char::is_control), "{:?}", line(&text));
            prop_assert!(!clean(&text).replace('\n', "").contains(char::is_control), "{:?}", clean(&text));
        }

        #[test]
        fn what_is_drawable_stays_as_it_is(text in nasty()) {
            for once in [line(&text).into_owned(), clean(&text).into_owned()] {
                prop_assert_eq!(&clean(&once), &once);
            }
        }

        #[test]
        fn every_grapheme_takes_as_many_cells_as_ratatui_gives_it(text in nasty()) {
            let text = line(&text);
            for grapheme in text.graphemes(true) {
                prop_assert!(cells(grapheme) > 0, "{:?} in {:?}", grapheme, text);
                prop_assert_eq!(cells(grapheme), usize::from(grapheme.cell_width()));
            }
        }

        #[test]
        fn cut_fits_and_padded_is_exact(text in nasty(), limit in 0_usize..30) {
            let text = line(&text);
            prop_assert!(width(&cut(&text, limit)) <= limit);
            prop_assert_eq!(width(&pad(&text, limit)), limit);
            if width(&text) <= limit {
                prop_assert_eq!(cut(&text, limit), text.as_ref());
            }
        }

        #[test]
        fn wrapped_lines_fit_and_lose_nothing_to_be_seen(text in nasty(), limit in 1_usize..30) {
            let text = clean(&text);
            let lines = wrap(&text, limit);
            prop_assert!(lines.iter().all(|line| width(line) <= limit), "{:?}", lines);
            let fitting: String =
                text.graphemes(true).map(|grapheme| if cells(grapheme) > limit { ELLIPSIS } else { grapheme }).collect();
            prop_assert_eq!(ink(&lines.concat()), ink(&fitting));
        }
    }

    #[test]
    fn every_character_there_is_takes_cells_or_is_dropped() {
        // The planes beyond the first two hold uniform ideographs and private use, and the tags.
        for c in ('\0'..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            for text in [format!("{c}"), format!("中{c}b")] {
                let drawable = line(&text);
                assert!(
                    drawable.graphemes(true).all(|grapheme| cells(grapheme) > 0),
                    "U+{:04X} makes {drawable:?}",
                    u32::from(c)
                );
            }
        }
    }

    #[test]
    fn cells_are_counted_by_grapheme() {
        for (text, cells) in [("", 0), ("abc", 3), ("私信", 4), ("👍", 2), ("🇨🇳", 2), ("เค", 2), ("é", 1), ("한", 2)]
        {
            assert_eq!(width(text), cells, "{text}");
        }
    }

    #[test]
    fn what_terminals_draw_apart_is_apart() {
        for (grapheme, pieces) in [
            ("a", vec!["a"]),
            ("e\u{301}", vec!["e\u{301}"]),
            ("信", vec!["信"]),
            ("한", vec!["한"]),
            ("कि", vec!["क", "ि"]),
            ("न्षि", vec!["न्", "ष", "ि"]),
            ("กำ", vec!["ก", "ำ"]),
            ("🇨🇳", vec!["🇨", "🇳"]),
        ] {
            assert_eq!(super::pieces(grapheme), pieces);
        }
    }

    #[test]
    fn cutting_never_splits_a_wide_character() {
        for (limit, expected) in
            [(0, ""), (1, "…"), (2, "…"), (3, "你…"), (4, "你…"), (5, "你好…"), (6, "你好吗"), (7, "你好吗")]
        {
            assert_eq!(cut("你好吗", limit), expected, "{limit}");
        }
        assert_eq!(pad("你好吗", 4), "你… ");
        assert_eq!(pad("ab", 4), "ab  ");
    }
}
