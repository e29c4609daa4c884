//! kitty's graphics protocol (<https://sw.kovidgoyal.net/kitty/graphics-protocol/>): a picture is sent once, and
//! characters in its cells show it. So text drawn over a picture covers it, and a picture scrolls with its text.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tmux;

/// The character that stands for a cell of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';
/// Maximum length of a chunk, in characters of Base64.
const CHUNK: usize = 4096;
/// Row and column of a placeholder, as the combining marks on it
/// (<https://sw.kovidgoyal.net/kitty/_downloads/1792bad15b12979994cd6ecc54c967a6/rowcolumn-diacritics.txt>).
#[rustfmt::skip]
const MARKS: &str = "\
    \u{305}\u{30D}\u{30E}\u{310}\u{312}\u{33D}\u{33E}\u{33F}\u{346}\u{34A}\u{34B}\u{34C}\u{350}\u{351}\u{352}\u{357}\
    \u{35B}\u{363}\u{364}\u{365}\u{366}\u{367}\u{368}\u{369}\u{36A}\u{36B}\u{36C}\u{36D}\u{36E}\u{36F}\u{483}\u{484}\
    \u{485}\u{486}\u{487}\u{592}\u{593}\u{594}\u{595}\u{597}\u{598}\u{599}\u{59C}\u{59D}\u{59E}\u{59F}\u{5A0}\u{5A1}\
    \u{5A8}\u{5A9}\u{5AB}\u{5AC}\u{5AF}\u{5C4}\u{610}\u{611}\u{612}\u{613}\u{614}\u{615}\u{616}\u{617}\u{657}\u{658}\
    \u{659}\u{65A}\u{65B}\u{65D}\u{65E}\u{6D6}\u{6D7}\u{6D8}\u{6D9}\u{6DA}\u{6DB}\u{6DC}\u{6DF}\u{6E0}\u{6E1}\u{6E2}\
    \u{6E4}\u{6E7}\u{6E8}\u{6EB}\u{6EC}\u{730}\u{732}\u{733}\u{735}\u{736}\u{73A}\u{73D}\u{73F}\u{740}\u{741}\u{743}\
    \u{745}\u{747}\u{749}\u{74A}\u{7EB}\u{7EC}\u{7ED}\u{7EE}\u{7EF}\u{7F0}\u{7F1}\u{7F3}\u{816}\u{817}\u{818}\u{819}\
    \u{81B}\u{81C}\u{81D}\u{81E}\u{81F}\u{820}\u{821}\u{822}\u{823}\u{825}\u{826}\u{827}\u{829}\u{82A}\u{82B}\u{82C}\
    \u{82D}\u{951}\u{953}\u{954}\u{F82}\u{F83}\u{F86}\u{F87}\u{135D}\u{135E}\u{135F}\u{17DD}\u{193A}\u{1A17}\u{1A75}\
    \u{1A76}\u{1A77}\u{1A78}\u{1A79}\u{1A7A}\u{1A7B}\u{1A7C}\u{1B6B}\u{1B6D}\u{1B6E}\u{1B6F}\u{1B70}\u{1B71}\u{1B72}\
    \u{1B73}\u{1CD0}\u{1CD1}\u{1CD2}\u{1CDA}\u{1CDB}\u{1CE0}\u{1DC0}\u{1DC1}\u{1DC3}\u{1DC4}\u{1DC5}\u{1DC6}\u{1DC7}\
    \u{1DC8}\u{1DC9}\u{1DCB}\u{1DCC}\u{1DD1}\u{1DD2}\u{1DD3}\u{1DD4}\u{1DD5}\u{1DD6}\u{1DD7}\u{1DD8}\u{1DD9}\u{1DDA}\
    \u{1DDB}\u{1DDC}\u{1DDD}\u{1DDE}\u{1DDF}\u{1DE0}\u{1DE1}\u{1DE2}\u{1DE3}\u{1DE4}\u{1DE5}\u{1DE6}\u{1DFE}\u{20D0}\
    \u{20D1}\u{20D4}\u{20D5}\u{20D6}\u{20D7}\u{20DB}\u{20DC}\u{20E1}\u{20E7}\u{20E9}\u{20F0}\u{2CEF}\u{2CF0}\u{2CF1}\
    \u{2DE0}\u{2DE1}\u{2DE2}\u{2DE3}\u{2DE4}\u{2DE5}\u{2DE6}\u{2DE7}\u{2DE8}\u{2DE9}\u{2DEA}\u{2DEB}\u{2DEC}\u{2DED}\
    \u{2DEE}\u{2DEF}\u{2DF0}\u{2DF1}\u{2DF2}\u{2DF3}\u{2DF4}\u{2DF5}\u{2DF6}\u{2DF7}\u{2DF8}\u{2DF9}\u{2DFA}\u{2DFB}\
    \u{2DFC}\u{2DFD}\u{2DFE}\u{2DFF}\u{A66F}\u{A67C}\u{A67D}\u{A6F0}\u{A6F1}\u{A8E0}\u{A8E1}\u{A8E2}\u{A8E3}\u{A8E4}\
    \u{A8E5}\u{A8E6}\u{A8E7}\u{A8E8}\u{A8E9}\u{A8EA}\u{A8EB}\u{A8EC}\u{A8ED}\u{A8EE}\u{A8EF}\u{A8F0}\u{A8F1}\u{AAB0}\
    \u{AAB2}\u{AAB3}\u{AAB7}\u{AAB8}\u{AABE}\u{AABF}\u{AAC1}\u{FE20}\u{FE21}\u{FE22}\u{FE23}\u{FE24}\u{FE25}\u{FE26}\
    \u{10A0F}\u{10A38}\u{1D185}\u{1D186}\u{1D187}\u{1D188}\u{1D189}\u{1D1AA}\u{1D1AB}\u{1D1AC}\u{1D1AD}\u{1D242}\
    \u{1D243}\u{1D244}";

/// Maximum number of rows and columns of a picture: as many as there are [`MARKS`].
pub(super) const LARGEST: u16 = 297;

/// Returns the pieces that send a picture to the terminal, to be shown in the given columns and rows. Anything but
/// pictures may be sent between them.
pub(super) fn transmit(id: u32, png: &[u8], (columns, rows): (u16, u16), is_in_tmux: bool) -> Vec<String> {
    chunks(&format!("a=T,U=1,i={id},f=100,c={columns},r={rows},"), "", png, is_in_tmux)
}

/// Returns the pieces that add a frame to a picture, the second being number 2: the frame before, with a part drawn
/// over.
pub(super) fn frame(
    id: u32,
    number: u32,
    png: &[u8],
    at: (u32, u32),
    pause: Duration,
    is_in_tmux: bool,
) -> Vec<String> {
    let ((x, y), base, pause) = (at, number - 1, pause.as_millis());
    // Each chunk has to say that it belongs to a frame.
    chunks(&format!("a=f,i={id},f=100,x={x},y={y},c={base},z={pause},"), "a=f,", png, is_in_tmux)
}

/// Returns the sequences that make the terminal repeat the frames of a picture without end. `pause` is that of the
/// first frame, which was sent without one.
pub(super) fn start(id: u32, pause: Duration, is_in_tmux: bool) -> Vec<String> {
    let pause = pause.as_millis();
    [format!("a=a,i={id},r=1,z={pause}"), format!("a=a,i={id},s=3,v=1")]
        .map(|order| tmux(&format!("\u{1b}_G{order},q=2\u{1b}\\"), is_in_tmux))
        .to_vec()
}

/// Splits data into chunks: the first begins with `head`, the others with `again`.
fn chunks(head: &str, again: &str, png: &[u8], is_in_tmux: bool) -> Vec<String> {
    let text = STANDARD.encode(png);
    let mut chunks = Vec::with_capacity(text.len() / CHUNK + 1);
    let (mut head, mut rest) = (head, text.as_str());
    while !rest.is_empty() {
        // Base64 is ASCII, so every offset is between characters.
        let (chunk, after) = rest.split_at_checked(CHUNK).unwrap_or((rest, ""));
        let more = u8::from(!after.is_empty());
        // `q=2`: no answers, which would arrive as keys. Each chunk is wrapped for tmux separately, because tmux
        // limits their length.
        chunks.push(tmux(&format!("\u{1b}_G{head}q=2,m={more};{chunk}\u{1b}\\"), is_in_tmux));
        (head, rest) = (again, after);
    }
    chunks
}

/// Returns the sequence that makes the terminal forget a picture.
pub fn forget(id: u32, is_in_tmux: bool) -> String {
    tmux(&format!("\u{1b}_Ga=d,d=I,i={id},q=2\u{1b}\\"), is_in_tmux)
}

/// Returns the text of a cell of a picture, to be drawn in the colour that is the picture's id (`0xRRGGBB`).
pub fn placeholder(column: u16, row: u16) -> String {
    let mut text = String::from(PLACEHOLDER);
    for at in [row, column] {
        // No picture is larger than there are marks.
        if let Some(mark) = MARKS.chars().nth(usize::from(at)) {
            text.push(mark);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_marks_as_the_protocol_has() {
        assert_eq!(MARKS.chars().count(), usize::from(LARGEST));
        assert_eq!(placeholder(1, 0), "\u{10EEEE}\u{305}\u{30D}");
    }

    #[test]
    fn chunks_are_short_and_the_last_says_so() {
        let chunks = transmit(7, &[0; 10_000], (4, 2), false);
        assert_eq!(chunks.len(), 4);
        assert!(chunks[0].starts_with("\u{1b}_Ga=T,U=1,i=7,f=100,c=4,r=2,q=2,m=1;"), "{}", chunks[0]);
        assert!(chunks[3].starts_with("\u{1b}_Gq=2,m=0;"), "{}", chunks[3]);
        let data = |chunk: &String| chunk.trim_end_matches("\u{1b}\\").split_once(';').unwrap().1.len();
        assert!(chunks.iter().all(|chunk| data(chunk) <= CHUNK));
    }
}
