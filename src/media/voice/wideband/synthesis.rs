//! Excitation → sound: the low band, and the high band that is made after it (3GPP TS 26.190 §6.2, §6.3).

use super::filter::{Band, HighPass, Random, dot, energy, synthesise};
use super::spectrum::WIDE_ORDER;
use super::tables::{BAND_PASS, FIFTHS, LOW_PASS};
use super::{ORDER, SUBFRAME, SUBFRAME_16K, Subframe};

/// The filters' memories; they go on through comfort noise.
pub(super) struct Synthesis {
    memory: [f32; ORDER],
    /// The last sample, for de-emphasis.
    last: f32,
    high_pass: HighPass,
    /// The end of the subframe before, for the samples between samples.
    before: [f32; FIFTHS[0].len()],
    high: HighBand,
}

/// What the high band is made by.
pub(super) struct High {
    /// Of the lowest mode, up to 8 kHz; the others take that of the low band.
    pub(super) filter: Option<[f32; WIDE_ORDER]>,
    /// As transmitted; else it follows from the low band.
    pub(super) gain: Option<f32>,
    /// Whether there is no voice.
    pub(super) is_quiet: bool,
    /// Whether what is above 7 kHz is taken off.
    pub(super) is_limited: bool,
}

impl Synthesis {
    pub(super) const fn new() -> Self {
        Self {
            memory: [0.0; ORDER],
            last: 0.0,
            high_pass: HighPass::new(0.989_502, [1.978_882, -0.979_126]),
            before: [0.0; FIFTHS[0].len()],
            high: HighBand::new(),
        }
    }

    /// A subframe at 16 kHz.
    pub(super) fn subframe(
        &mut self,
        filter: &[f32; ORDER],
        excitation: &Subframe,
        high: &High,
    ) -> [i16; SUBFRAME_16K] {
        let mut low = *excitation;
        synthesise(filter, &mut self.memory, &mut low);
        for sample in &mut low {
            self.last = (*sample + 0.68 * self.last).clamp(f32::from(i16::MIN), f32::from(i16::MAX));
            *sample = self.last;
        }
        self.high_pass.filter(&mut low);
        let resampled = self.resampled(&low);
        let high = self.high.subframe(filter, excitation, &mut low, high);
        std::array::from_fn(|at| sample(resampled[at] + high[at]))
    }

    /// From 12.8 to 16 kHz: five samples for four.
    fn resampled(&mut self, low: &Subframe) -> [f32; SUBFRAME_16K] {
        const BEFORE: usize = FIFTHS[0].len();
        let mut line = [0.0; BEFORE + SUBFRAME];
        line[..BEFORE].copy_from_slice(&self.before);
        line[BEFORE..].copy_from_slice(low);
        self.before.copy_from_slice(&line[SUBFRAME..]);
        std::array::from_fn(|at| {
            let (start, fifths) = (4 * at / 5, 4 * at % 5);
            dot(&FIFTHS[fifths], &line[start + 1..][..BEFORE])
        })
    }
}

/// Noise from 6 to 7 kHz.
struct HighBand {
    random: Random,
    high_pass: HighPass,
    memory: [f32; WIDE_ORDER],
    band: Band,
    low: Band,
}

impl HighBand {
    const fn new() -> Self {
        Self {
            random: Random::new(),
            high_pass: HighPass::new(0.055_847, [1.787_109, -0.864_258]),
            memory: [0.0; WIDE_ORDER],
            band: Band::new(),
            low: Band::new(),
        }
    }

    /// As loud as the excitation, less where the low band's tilt says that there is a voice. The low band is used up.
    fn subframe(
        &mut self,
        filter: &[f32; ORDER],
        excitation: &Subframe,
        low: &mut Subframe,
        by: &High,
    ) -> [f32; SUBFRAME_16K] {
        let mut noise = [0.0; SUBFRAME_16K];
        noise.fill_with(|| f32::from(self.random.next()));
        let tilt = self.tilt(low);
        let loudest = if by.is_quiet { 1.25 } else { 1.0 };
        let gain = by.gain.unwrap_or((loudest * (1.0 - tilt)).clamp(0.1, 1.0));
        let level = gain * (energy(excitation) / energy(&noise)).sqrt();
        noise = noise.map(|sample| level * sample);
        if let Some(filter) = &by.filter {
            synthesise(&flattened(filter, 0.9), &mut self.memory, &mut noise);
        } else {
            let (unused, memory) = self.memory.split_at_mut(WIDE_ORDER - ORDER);
            unused.fill(0.0);
            synthesise(&flattened(filter, 0.6), memory, &mut noise);
        }
        self.band.filter(&BAND_PASS, &mut noise);
        if by.is_limited {
            self.low.filter(&LOW_PASS, &mut noise);
        }
        noise
    }

    /// How alike samples are to the ones before, without what is below 400 Hz.
    fn tilt(&mut self, low: &mut Subframe) -> f32 {
        self.high_pass.filter(low);
        let next: f32 = low.windows(2).map(|pair| pair[0] * pair[1]).sum();
        ((0.5 + next) / (0.5 + energy(low))).max(0.0)
    }
}

/// The coefficients of a filter, with peaks that are less sharp.
fn flattened<const N: usize>(filter: &[f32; N], by: f32) -> [f32; N] {
    let mut flattened = *filter;
    let mut factor = by;
    for coefficient in flattened.iter_mut().rev() {
        *coefficient *= factor;
        factor *= by;
    }
    flattened
}

#[expect(clippy::cast_possible_truncation, reason = "stopping at the ends is what is wanted")]
fn sample(value: f32) -> i16 {
    value.round() as i16
}
