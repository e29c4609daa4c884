//! The algebraic codebook: indices → pulses (3GPP TS 26.190 §5.8.2, §6.1).
//!
//! The 64 samples of a subframe are four tracks of 16 places, interleaved. An index tells where on a track so many pulses
//! are, and their signs; it is made of the indices of fewer pulses, on the whole track or on a half of it.

use super::SUBFRAME;

/// A track of a subframe, to which pulses are added.
pub(super) struct Track<'a> {
    pub(super) code: &'a mut [f32; SUBFRAME],
    pub(super) number: usize,
}

impl Track<'_> {
    /// Adds what an index says of so many pulses on the whole track.
    pub(super) fn add(&mut self, n_pulses: usize, index: usize) {
        match n_pulses {
            1 => self.one(index, 4, 0),
            2 => self.two(index, 4, 0),
            3 => self.three(index, 4, 0),
            4 => self.four(index, 4, 0),
            5 => self.five(index, 4, 0),
            _ => self.six(index),
        }
    }

    fn pulse(&mut self, place: usize, is_negative: bool) {
        self.code[4 * place + self.number] += if is_negative { -1.0 } else { 1.0 };
    }

    /// One of `2^n` places after `start`, and the sign.
    fn one(&mut self, index: usize, n: usize, start: usize) {
        self.pulse(start + index % (1 << n), bit(index, n));
    }

    /// The order of the two places tells whether the signs differ.
    fn two(&mut self, index: usize, n: usize, start: usize) {
        let (first, second) = ((index >> n) % (1 << n), index % (1 << n));
        let (is_negative, differ) = (bit(index, 2 * n), second < first);
        self.pulse(start + first, is_negative);
        self.pulse(start + second, is_negative != differ);
    }

    /// Two in a half, one anywhere.
    fn three(&mut self, index: usize, n: usize, start: usize) {
        self.two_in_half(index, n, start);
        self.one(index >> (2 * n), n, start);
    }

    fn two_in_half(&mut self, index: usize, n: usize, start: usize) {
        self.two(index, n - 1, half(bit(index, 2 * n - 1), n, start));
    }

    fn four(&mut self, index: usize, n: usize, start: usize) {
        let m = n - 1;
        let (low, high) = (start, half(true, n, start));
        match index >> (4 * n - 2) & 3 {
            0 => {
                let start = half(bit(index, 4 * m + 1), n, start);
                self.two_in_half(index, m, start);
                self.two(index >> (2 * m), m, start);
            }
            1 => {
                self.one(index >> (3 * m + 1), m, low);
                self.three(index, m, high);
            }
            2 => {
                self.two(index >> (2 * m + 1), m, low);
                self.two(index, m, high);
            }
            _ => {
                self.three(index >> (m + 1), m, low);
                self.one(index, m, high);
            }
        }
    }

    /// Three in a half, two anywhere.
    fn five(&mut self, index: usize, n: usize, start: usize) {
        self.three(index >> (2 * n + 1), n - 1, half(bit(index, 5 * n - 1), n, start));
        self.two(index, n, start);
    }

    fn six(&mut self, index: usize) {
        let is_high = bit(index, 19);
        let (more, fewer) = (half(is_high, 4, 0), half(!is_high, 4, 0));
        match index >> 20 & 3 {
            0 => {
                self.five(index >> 4, 3, more);
                self.one(index, 3, more);
            }
            1 => {
                self.five(index >> 4, 3, more);
                self.one(index, 3, fewer);
            }
            2 => {
                self.four(index >> 7, 3, more);
                self.two(index, 3, fewer);
            }
            _ => {
                self.three(index >> 10, 3, 0);
                self.three(index, 3, 8);
            }
        }
    }
}

fn bit(index: usize, at: usize) -> bool {
    index >> at & 1 == 1
}

/// Where a half of `2^n` places begins.
fn half(is_high: bool, n: usize, start: usize) -> usize {
    if is_high { start + (1 << (n - 1)) } else { start }
}
