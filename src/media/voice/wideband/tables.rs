//! The tables of the standard (3GPP TS 26.173 and 26.201), 16-bit numbers, lowest byte first, in the order of this file.
//!
//! They are `assets/amr-wb.bin`, made by `assets/amr-wb.py`, and read when weibox is compiled.

use super::{ORDER, SUBFRAME};

const FILE: &[u8] = include_bytes!("../../../../assets/amr-wb.bin");

/// Bits of a speech frame, by mode.
pub(super) const SPEECH_BITS: [usize; 9] = [132, 177, 253, 285, 317, 365, 397, 461, 477];
/// Bits of a comfort noise frame that describe the noise.
pub(super) const NOISE_BITS: usize = 35;

/// A codebook: rows of numbers, one for each value of an index.
#[derive(Clone, Copy)]
pub(super) struct Book {
    start: usize,
    columns: usize,
    /// Of the index.
    pub(super) bits: usize,
}

const SHAPES: [(usize, usize); 17] = [
    // First stage of the spectrum of speech; its second, and that of the lowest mode.
    (9, 8),
    (7, 8),
    (3, 6),
    (3, 7),
    (3, 7),
    (3, 5),
    (4, 5),
    (5, 7),
    (4, 7),
    (7, 6),
    // The spectrum of comfort noise.
    (2, 6),
    (3, 6),
    (3, 6),
    (4, 5),
    (4, 5),
    // Gains of the two lowest modes and of the others: pitch in 1/16384, code in 1/2048.
    (2, 6),
    (2, 7),
];
static BOOKS: [Book; SHAPES.len()] = books();
const BOOKS_END: usize = {
    let last = books()[SHAPES.len() - 1];
    last.start + (last.columns << last.bits)
};

/// The mean spectrum of speech.
pub(super) static SPEECH_MEAN: [i64; ORDER] = numbers(BOOKS_END);
/// The mean spectrum of noise.
pub(super) static NOISE_MEAN: [i64; ORDER] = numbers(BOOKS_END + 16);
/// The gains of the high band that the highest mode transmits.
pub(super) static HIGH_GAINS: [f32; 16] = floats(BOOKS_END + 32, 16_384.0);
/// What a pulse becomes where pulses are few: in the lowest mode, and with less need.
pub(super) static DISPERSED: [[f32; SUBFRAME]; 2] =
    [floats(BOOKS_END + 48, 32_768.0), floats(BOOKS_END + 112, 32_768.0)];
/// The cosines from 0 to π, in 128 steps.
pub(super) static COSINES: [i64; 129] = numbers(BOOKS_END + 176);
/// Lets 6 to 7 kHz pass at 16 kHz.
pub(super) static BAND_PASS: [f32; 32] = floats(BOOKS_END + 305, 131_072.0);
/// Lets what is below 7 kHz pass.
pub(super) static LOW_PASS: [f32; 32] = floats(BOOKS_END + 337, 32_768.0);
/// Reads between samples, in quarters.
pub(super) static QUARTERS: [[f32; 32]; 4] = phases(BOOKS_END + 369);
/// Reads between samples, in fifths.
pub(super) static FIFTHS: [[f32; 24]; 5] = phases(BOOKS_END + 497);
const _: () = assert!(BOOKS_END + 497 + 5 * 24 == FILE.len() / 2, "the file is as long as its tables");

/// Where bit after bit of a frame belongs; of a speech mode, or of comfort noise beyond them.
pub(super) fn order(mode: usize) -> impl Iterator<Item = i16> {
    let start = SPEECH_BITS.iter().take(mode).sum();
    row(start, SPEECH_BITS.get(mode).copied().unwrap_or(NOISE_BITS))
}

/// The two stages of the spectrum of speech.
pub(super) fn speech_books(is_lowest: bool) -> (&'static [Book], &'static [Book]) {
    (&BOOKS[..2], if is_lowest { &BOOKS[7..10] } else { &BOOKS[2..7] })
}

/// The spectrum of comfort noise.
pub(super) fn noise_books() -> &'static [Book] {
    &BOOKS[10..15]
}

/// The gains of a subframe.
pub(super) fn gain_book(mode: usize) -> &'static Book {
    &BOOKS[if mode < 2 { 15 } else { 16 }]
}

impl Book {
    /// The numbers of an index of [`Book::bits`].
    pub(super) fn row(&self, index: usize) -> impl Iterator<Item = i16> + use<> {
        row(self.start + index * self.columns, self.columns)
    }
}

fn row(start: usize, columns: usize) -> impl Iterator<Item = i16> {
    (start..start + columns).map(number)
}

const fn number(at: usize) -> i16 {
    i16::from_le_bytes([FILE[2 * at], FILE[2 * at + 1]])
}

/// One after the other, behind the orders of the bits.
const fn books() -> [Book; SHAPES.len()] {
    let mut start = NOISE_BITS;
    let mut mode = 0;
    while mode < SPEECH_BITS.len() {
        start += SPEECH_BITS[mode];
        mode += 1;
    }
    let mut books = [Book { start, columns: 0, bits: 0 }; SHAPES.len()];
    let mut at = 0;
    while at < books.len() {
        let (columns, bits) = SHAPES[at];
        books[at] = Book { start, columns, bits };
        start += columns << bits;
        at += 1;
    }
    books
}

const fn numbers<const N: usize>(start: usize) -> [i64; N] {
    let mut numbers = [0; N];
    let mut at = 0;
    while at < N {
        numbers[at] = number(start + at) as i64;
        at += 1;
    }
    numbers
}

const fn floats<const N: usize>(start: usize, unit: f32) -> [f32; N] {
    let mut floats = [0.0; N];
    let mut at = 0;
    while at < N {
        floats[at] = number(start + at) as f32 / unit;
        at += 1;
    }
    floats
}

/// A filter for each place between two samples; they lie interleaved, from the last to the first.
const fn phases<const TAPS: usize, const PHASES: usize>(start: usize) -> [[f32; TAPS]; PHASES] {
    let mut phases = [[0.0; TAPS]; PHASES];
    let mut at = 0;
    while at < TAPS * PHASES {
        phases[PHASES - 1 - at % PHASES][at / PHASES] = number(start + at) as f32 / 16_384.0;
        at += 1;
    }
    phases
}
