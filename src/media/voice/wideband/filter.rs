//! The filters that the parts of the decoder share.

use super::SUBFRAME_16K;

/// What a sample can be within a filter, so that broken files make noise and not infinity.
const LOUDEST: f32 = 524_288.0;

/// The sum of the products, of a multiple of four of them.
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0; 4];
    for (left, right) in left.as_chunks::<4>().0.iter().zip(right.as_chunks::<4>().0) {
        sums = std::array::from_fn(|at| sums[at] + left[at] * right[at]);
    }
    sums.iter().sum()
}

/// The sum of the squares.
pub(super) fn energy(signal: &[f32]) -> f32 {
    dot(signal, signal)
}

/// What gives a signal its spectrum: each sample less those before it, weighted by the coefficients; the memory is what
/// came out last.
pub(super) fn synthesise(coefficients: &[f32], memory: &mut [f32], signal: &mut [f32]) {
    let order = memory.len();
    let mut line = [0.0; 20 + SUBFRAME_16K];
    line[..order].copy_from_slice(memory);
    for (at, sample) in signal.iter_mut().enumerate() {
        *sample = (*sample - dot(coefficients, &line[at..at + order])).clamp(-LOUDEST, LOUDEST);
        line[at + order] = *sample;
    }
    memory.copy_from_slice(&line[signal.len()..signal.len() + order]);
}

/// A filter of 32 coefficients, with what came in before.
pub(super) struct Band([f32; 31]);

impl Band {
    pub(super) const fn new() -> Self {
        Self([0.0; 31])
    }

    pub(super) fn filter(&mut self, coefficients: &[f32; 32], signal: &mut [f32; SUBFRAME_16K]) {
        let mut line = [0.0; 31 + SUBFRAME_16K];
        line[..31].copy_from_slice(&self.0);
        line[31..].copy_from_slice(signal);
        for (sample, heard) in signal.iter_mut().zip(line.windows(32)) {
            *sample = dot(coefficients, heard);
        }
        self.0.copy_from_slice(&line[SUBFRAME_16K..]);
    }
}

/// A filter that takes off what is low: of second order, symmetrical in what comes in.
pub(super) struct HighPass {
    /// Of the sample, as of the one before the last; that of the last is twice it and negative.
    gain: f32,
    feedback: [f32; 2],
    heard: [f32; 2],
    said: [f32; 2],
}

impl HighPass {
    pub(super) const fn new(gain: f32, feedback: [f32; 2]) -> Self {
        Self { gain, feedback, heard: [0.0; 2], said: [0.0; 2] }
    }

    pub(super) fn filter(&mut self, signal: &mut [f32]) {
        for sample in signal {
            let heard = self.gain * (*sample - 2.0 * self.heard[0] + self.heard[1]);
            self.heard = [*sample, self.heard[0]];
            *sample = heard + self.feedback[0] * self.said[0] + self.feedback[1] * self.said[1];
            self.said = [*sample, self.said[0]];
        }
    }
}

/// The noise that the standard defines.
pub(super) struct Random(i16);

impl Random {
    pub(super) const fn new() -> Self {
        Self(21_845)
    }

    pub(super) fn next(&mut self) -> i16 {
        self.0 = self.0.wrapping_mul(31_821).wrapping_add(13_849);
        self.0
    }
}
