//! The spectrum of a frame: immittance frequencies → the filter of each subframe (3GPP TS 26.190 §5.2, §6.1).
//!
//! All in whole numbers and rounded as the standard does, because a filter rings quite otherwise when its coefficients differ
//! by little.

use super::ORDER;
use super::tables::{COSINES, SPEECH_MEAN};

/// The frequencies of a frame, ascending, in 1/16,384 of 6.4 kHz; the last one is of another kind and stands alone.
pub(super) type Spectrum = [i64; ORDER];

/// Of the filter of the high band in the lowest mode.
pub(super) const WIDE_ORDER: usize = 20;
/// How much of this frame is in each of its subframes, in 1/32,768.
pub(super) const SHARES: [i64; 4] = [14_746, 26_214, 31_457, 32_768];
/// The nearest that two frequencies come.
pub(super) const GAP: i64 = 128;

/// Before the first frame.
pub(super) const INITIAL: Spectrum =
    [1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192, 9216, 10_240, 11_264, 12_288, 13_312, 14_336, 15_360, 3840];

/// What is expected of the next spectrum.
pub(super) struct Prediction {
    /// What was unexpected in the frame before.
    surprise: Spectrum,
    before: Spectrum,
    /// The last three that arrived.
    arrived: [Spectrum; 3],
}

impl Prediction {
    pub(super) const fn new() -> Self {
        Self { surprise: [0; ORDER], before: INITIAL, arrived: [INITIAL; 3] }
    }

    /// The spectrum of a frame that tells how it differs from what is expected.
    pub(super) fn arrived(&mut self, surprise: &Spectrum) -> Spectrum {
        let spectrum = std::array::from_fn(|at| surprise[at] + SPEECH_MEAN[at] + third(self.surprise[at]));
        self.surprise = *surprise;
        self.arrived.rotate_right(1);
        self.arrived[0] = spectrum;
        self.spaced(spectrum)
    }

    /// The spectrum of a frame that is lost or damaged: the one before, a little nearer to the usual.
    pub(super) fn concealed(&mut self) -> Spectrum {
        let usual: Spectrum = std::array::from_fn(|at| {
            let arrived: i64 = self.arrived.iter().map(|spectrum| spectrum[at]).sum();
            (SPEECH_MEAN[at] + arrived + 2) >> 2
        });
        let spectrum = std::array::from_fn(|at| ((29_491 * self.before[at]) >> 15) + ((3277 * usual[at]) >> 15));
        self.surprise = std::array::from_fn(|at| (spectrum[at] - usual[at] - third(self.surprise[at])) >> 1);
        self.spaced(spectrum)
    }

    fn spaced(&mut self, mut spectrum: Spectrum) -> Spectrum {
        space(&mut spectrum);
        self.before = spectrum;
        spectrum
    }
}

/// What is expected of what was unexpected.
fn third(surprise: i64) -> i64 {
    (10_923 * surprise) >> 15
}

/// Moves frequencies up that are too near to the one below.
pub(super) fn space(spectrum: &mut Spectrum) {
    let mut lowest = GAP;
    for frequency in &mut spectrum[..ORDER - 1] {
        *frequency = lowest.max(*frequency);
        lowest = *frequency + GAP;
    }
}

/// From 0, unlike the frame before, to 1, as it was.
pub(super) fn stability(spectrum: &Spectrum, before: &Spectrum) -> f32 {
    let distance: i64 = spectrum.iter().zip(before).take(ORDER - 1).map(|(now, before)| (now - before).pow(2)).sum();
    (1.25 - 0.8 * real(distance, 7 + 14)).clamp(0.0, 1.0)
}

/// Between what was before and what is now, by a share of [`SHARES`].
pub(super) fn between(before: &Spectrum, now: &Spectrum, share: i64) -> Spectrum {
    std::array::from_fn(|at| (before[at] * (32_768 - share) + now[at] * share + 16_384) >> 15)
}

/// The cosines of the frequencies, in 1/32,768; between those of the table they lie straight.
pub(super) fn cosines<const N: usize>(spectrum: &[i64; N]) -> [i64; N] {
    let mut spectrum = *spectrum;
    spectrum[N - 1] *= 2;
    spectrum.map(|frequency| {
        let step = usize::try_from(frequency >> 7).unwrap_or_default().min(COSINES.len() - 2);
        COSINES[step] + (((COSINES[step + 1] - COSINES[step]) * (frequency & 127)) >> 7)
    })
}

/// The coefficients of the filter with these cosines, without the first one, which is 1, and from the last to the second.
pub(super) fn filter<const N: usize>(cosines: &[i64; N]) -> [f32; N] {
    let (half, last) = (N / 2, cosines[N - 1]);
    let mut sum = product(cosines.iter().step_by(2).take(half));
    let mut difference = product(cosines.iter().skip(1).step_by(2).take(half - 1));
    for at in (2..half).rev() {
        difference[at] -= difference[at - 2];
    }
    for at in 0..half {
        sum[at] += times(sum[at], last);
        difference[at] -= times(difference[at], last);
    }
    let rounded = |coefficient: i64| real((coefficient + 2048) >> 12, 12);
    let mut filter = [0.0; N];
    for at in 1..half {
        filter[N - at] = rounded(sum[at] + difference[at]);
        filter[at] = rounded(sum[at] - difference[at]);
    }
    filter[half] = rounded(sum[half] + times(sum[half], last));
    filter[0] = real((last + 4) >> 3, 12);
    filter
}

/// The product of `1 − 2qz + z²` over some cosines, in 2⁻²³: the first half of it, as it is symmetrical.
fn product<'a>(cosines: impl Iterator<Item = &'a i64>) -> [i64; WIDE_ORDER / 2 + 1] {
    let mut product = [0; WIDE_ORDER / 2 + 1];
    product[0] = 1 << 23;
    for (at, &cosine) in cosines.enumerate() {
        if at > 0 {
            product[at + 1] = product[at - 1];
        }
        for place in (2..=at + 1).rev() {
            product[place] += product[place - 2] - 2 * times(product[place - 1], cosine);
        }
        product[1] -= cosine << 9;
    }
    product
}

/// A product with a number in 1/32,768; the standard takes the two halves of the other one apart.
fn times(number: i64, factor: i64) -> i64 {
    2 * ((number >> 16) * factor + ((((number & 0xffff) >> 1) * factor) >> 15))
}

#[expect(clippy::cast_precision_loss, reason = "what is beyond 24 bits is not heard")]
fn real(number: i64, bits: i32) -> f32 {
    number as f32 * f32::from(2_u8).powi(-bits)
}

/// The cosines of a spectrum up to 8 kHz, which goes on as it is spaced (§6.3.3.2, for the lowest mode).
pub(super) fn widened(spectrum: &Spectrum) -> [i64; WIDE_ORDER] {
    let mut wide = [0; WIDE_ORDER];
    wide[..ORDER - 1].copy_from_slice(&spectrum[..ORDER - 1]);
    let steps: [i64; ORDER - 2] = std::array::from_fn(|at| spectrum[at + 1] - spectrum[at]);
    let mean = steps[2..].iter().sum::<i64>() / 12;
    // How alike steps are that are so far from each other.
    let [two, three, four] = [2, 3, 4]
        .map(|lag| (7..ORDER - 2).map(|at| ((steps[at] - mean) * (steps[at - lag] - mean)).pow(2)).sum::<i64>());
    let lag = if four > two.max(three) {
        4
    } else if two > three {
        2
    } else {
        3
    };
    for at in ORDER - 1..WIDE_ORDER - 1 {
        wide[at] = wide[at - 1] + wide[at - lag] - wide[at - 1 - lag];
    }
    let bottom = spectrum[ORDER - 2];
    let top = (((5461 * (spectrum[2] - spectrum[3] - spectrum[4])) >> 15) + 20_390).min(19_456);
    let height = (wide[WIDE_ORDER - 2] - bottom).max(1);
    let mut stretched: [i64; WIDE_ORDER - ORDER] =
        std::array::from_fn(|at| (wide[ORDER - 1 + at] - wide[ORDER - 2 + at]) * (top - bottom) / height);
    // Three that are near to each other would ring.
    for at in 1..stretched.len() {
        let (below, above) = (stretched[at - 1], stretched[at]);
        if below + above < 1280 {
            if above > below {
                stretched[at - 1] = 1280 - above;
            } else {
                stretched[at] = 1280 - below;
            }
        }
    }
    for (at, step) in stretched.iter().enumerate() {
        wide[ORDER - 1 + at] = wide[ORDER - 2 + at] + step;
    }
    wide = wide.map(|frequency| (26_214 * frequency) >> 15);
    wide[WIDE_ORDER - 1] = spectrum[ORDER - 1];
    cosines(&wide)
}
