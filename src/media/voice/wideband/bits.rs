//! The bits of a frame → its parameters (3GPP TS 26.201, 26.190 §7).

use super::pulses::Track;
use super::spectrum::Spectrum;
use super::tables::{self, Book};
use super::{ORDER, SUBFRAME};

/// The shortest lag of the pitch, in samples at 12.8 kHz.
const SHORTEST: usize = 34;
/// Where the 16 lags of a subframe that is told from the one before can begin at most.
const LAST_WINDOW: usize = 216;
/// Pulses on each track, from the second mode on; the lowest has its own codebook.
const PULSES: [[usize; 4]; 8] = [[1; 4], [2; 4], [3, 3, 2, 2], [3; 4], [4; 4], [5, 5, 4, 4], [6; 4], [6; 4]];
/// Bits of the index of so many pulses: those read first, which are the higher ones, and the others.
const PULSE_BITS: [(usize, usize); 7] = [(0, 0), (0, 5), (0, 9), (0, 13), (2, 14), (10, 10), (11, 11)];

/// The parameters of a speech frame.
pub(super) struct Speech {
    /// Whether the encoder heard a voice.
    pub(super) is_active: bool,
    /// How the spectrum differs from what was expected.
    pub(super) spectrum: Spectrum,
    pub(super) parts: [Part; 4],
}

/// The parameters of a subframe.
pub(super) struct Part {
    pub(super) pitch: Pitch,
    /// Whether the periodic part is taken as it is, without its highest frequencies taken off.
    pub(super) is_sharp: bool,
    /// The pulses.
    pub(super) code: [f32; SUBFRAME],
    /// Of the periodic part.
    pub(super) pitch_gain: f32,
    /// Of the pulses, as a multiple of what was expected.
    pub(super) code_gain: f32,
    /// Of the high band, in the highest mode.
    pub(super) high_gain: Option<f32>,
}

/// How far back the period before begins.
#[derive(Clone, Copy)]
pub(super) struct Pitch {
    /// In samples.
    pub(super) lag: usize,
    /// And so many quarters.
    pub(super) quarters: usize,
}

/// The parameters of comfort noise.
pub(super) struct Noise {
    pub(super) spectrum: Spectrum,
    /// 64 steps of its loudness.
    pub(super) level: f32,
    /// Whether it changes from frame to frame.
    pub(super) is_dithered: bool,
}

impl Speech {
    /// Bits that are missing are 0.
    pub(super) fn read(mode: usize, data: &[u8]) -> Self {
        let mut bits = Bits::sorted(mode, data);
        let is_active = bits.flag();
        let mut spectrum = [0; ORDER];
        let (first, second) = tables::speech_books(mode == 0);
        bits.add_rows(first, &mut spectrum);
        bits.add_rows(second, &mut spectrum);
        let mut window = SHORTEST;
        let parts = std::array::from_fn(|part| {
            let pitch = if part == 0 || (part == 2 && mode > 0) {
                let pitch = bits.pitch(mode);
                window = pitch.lag.saturating_sub(8).clamp(SHORTEST, LAST_WINDOW);
                pitch
            } else {
                bits.pitch_after(mode, window)
            };
            let is_sharp = mode > 1 && bits.flag();
            let code = bits.code(mode);
            let mut gains = bits.row(tables::gain_book(mode)).map(f32::from);
            let mut gain = |unit: f32| gains.next().unwrap_or_default() / unit;
            Part {
                pitch,
                is_sharp,
                code,
                pitch_gain: gain(16_384.0),
                code_gain: gain(2048.0),
                high_gain: (mode == 8).then(|| tables::HIGH_GAINS[bits.take(4)]),
            }
        });
        Self { is_active, spectrum, parts }
    }
}

impl Noise {
    /// Bits that are missing are 0.
    pub(super) fn read(data: &[u8]) -> Self {
        let mut bits = Bits::sorted(tables::SPEECH_BITS.len(), data);
        let mut spectrum = tables::NOISE_MEAN;
        bits.add_rows(tables::noise_books(), &mut spectrum);
        let level = (0..6).fold(0.0, |level, _| 2.0 * level + f32::from(u8::from(bits.flag())));
        Self { spectrum, level, is_dithered: bits.flag() }
    }
}

/// The bits of a frame in the order of its parameters; they come in the order of their importance.
struct Bits {
    bits: [bool; tables::SPEECH_BITS[8]],
    at: usize,
}

impl Bits {
    fn sorted(mode: usize, data: &[u8]) -> Self {
        let mut bits = [false; tables::SPEECH_BITS[8]];
        for (at, place) in tables::order(mode).enumerate() {
            let byte = data.get(at / 8).copied().unwrap_or_default();
            bits[usize::from(place.unsigned_abs())] = byte >> (7 - at % 8) & 1 == 1;
        }
        Self { bits, at: 0 }
    }

    fn take(&mut self, n_bits: usize) -> usize {
        let taken = &self.bits[self.at..][..n_bits];
        self.at += n_bits;
        taken.iter().fold(0, |value, &bit| value << 1 | usize::from(bit))
    }

    fn flag(&mut self) -> bool {
        self.take(1) == 1
    }

    fn row(&mut self, book: &Book) -> impl Iterator<Item = i16> + use<> {
        book.row(self.take(book.bits))
    }

    /// Adds a row of each book, one after the other.
    fn add_rows(&mut self, books: &[Book], to: &mut Spectrum) {
        let rows = books.iter().flat_map(|book| self.row(book));
        for (to, number) in to.iter_mut().zip(rows) {
            *to += i64::from(number);
        }
    }

    /// A lag that stands for itself: the longer, the coarser.
    fn pitch(&mut self, mode: usize) -> Pitch {
        if mode < 2 {
            match self.take(8) {
                index @ ..116 => Pitch { lag: SHORTEST + index / 2, quarters: index % 2 * 2 },
                index => Pitch { lag: index - 24, quarters: 0 },
            }
        } else {
            match self.take(9) {
                index @ ..376 => Pitch { lag: SHORTEST + index / 4, quarters: index % 4 },
                index @ ..440 => Pitch { lag: 128 + (index - 376) / 2, quarters: index % 2 * 2 },
                index => Pitch { lag: index - 280, quarters: 0 },
            }
        }
    }

    /// A lag within 16 samples.
    fn pitch_after(&mut self, mode: usize, window: usize) -> Pitch {
        if mode < 2 {
            let index = self.take(5);
            Pitch { lag: window + index / 2, quarters: index % 2 * 2 }
        } else {
            let index = self.take(6);
            Pitch { lag: window + index / 4, quarters: index % 4 }
        }
    }

    fn code(&mut self, mode: usize) -> [f32; SUBFRAME] {
        let mut code = [0.0; SUBFRAME];
        let Some(pulses) = mode.checked_sub(1).and_then(|mode| PULSES.get(mode)) else {
            // A pulse on each of two tracks.
            for track in 0..2 {
                let (is_negative, place) = (self.flag(), self.take(5));
                code[2 * place + track] = if is_negative { -1.0 } else { 1.0 };
            }
            return code;
        };
        let high = pulses.map(|n_pulses| self.take(PULSE_BITS[n_pulses].0));
        for (number, (n_pulses, high)) in pulses.iter().copied().zip(high).enumerate() {
            let n_bits = PULSE_BITS[n_pulses].1;
            let index = high << n_bits | self.take(n_bits);
            Track { code: &mut code, number }.add(n_pulses, index);
        }
        code
    }
}
