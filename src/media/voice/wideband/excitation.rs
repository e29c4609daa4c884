//! The excitation: what is repeated of the past, and how both its parts are made to sound better (3GPP TS 26.190 §6.1,
//! §6.2).

use super::bits::Pitch;
use super::filter::{dot, energy};
use super::gain::Gain;
use super::tables::{DISPERSED, QUARTERS};
use super::{SUBFRAME, Subframe};

/// The longest lag, and half of the filter that reads between samples.
const PAST: usize = 231 + 17;
/// What the standard's 16 bits hold.
const LOUDEST: f32 = 32_768.0;
/// Divides by a sum that can be 0.
const TINY: f32 = 1e-6;

/// The excitation so far, with room for a subframe and a sample.
pub(super) struct Past([f32; PAST + SUBFRAME + 1]);

impl Past {
    pub(super) const fn new() -> Self {
        Self([0.0; PAST + SUBFRAME + 1])
    }

    /// The period before; a short one is repeated within the subframe.
    pub(super) fn repeated(&mut self, pitch: Pitch, is_sharp: bool) -> Subframe {
        let line = &mut self.0;
        let start = PAST - pitch.lag - 15 - usize::from(pitch.quarters > 0);
        let filter = &QUARTERS[(4 - pitch.quarters) % 4];
        for at in 0..=SUBFRAME {
            line[PAST + at] = dot(filter, &line[start + at..][..filter.len()]);
        }
        std::array::from_fn(|at| match line[PAST + at - 1..][..3] {
            [before, now, after] if !is_sharp => 0.18 * before + 0.64 * now + 0.18 * after,
            _ => line[PAST + at],
        })
    }

    /// Goes on by a subframe; says how loud it was.
    pub(super) fn push(&mut self, repeated: &Subframe, code: &Subframe, gain: Gain) -> f32 {
        let now = mixed(repeated, code, gain);
        self.0.copy_within(SUBFRAME.., 0);
        self.0[PAST - SUBFRAME..PAST].copy_from_slice(&now);
        energy(&now)
    }
}

/// Both parts together.
pub(super) fn mixed(repeated: &Subframe, code: &Subframe, gain: Gain) -> Subframe {
    std::array::from_fn(|at| (gain.pitch * repeated[at] + gain.code * code[at]).clamp(-LOUDEST, LOUDEST))
}

/// From −1, all noise, to 1, all voice.
pub(super) fn voicing(repeated: &Subframe, code: &Subframe, gain: Gain) -> f32 {
    let voiced = gain.pitch.powi(2) * energy(repeated);
    let unvoiced = gain.code.powi(2) * energy(code);
    (voiced - unvoiced) / (voiced + unvoiced + TINY)
}

/// The code, less of what is low by a tilt, with the pitch in it.
pub(super) fn shaped(mut code: Subframe, tilt: f32, pitch: Pitch) -> Subframe {
    for at in (1..SUBFRAME).rev() {
        code[at] -= tilt * code[at - 1];
    }
    for at in pitch.lag + usize::from(pitch.quarters > 2)..SUBFRAME {
        code[at] += 0.85 * code[at - pitch.lag - usize::from(pitch.quarters > 2)];
    }
    code
}

/// By how much a code is louder where its mean energy is 1.
pub(super) fn normalising(code: &Subframe) -> f32 {
    (energy(code) / 64.0).max(TINY).sqrt().recip()
}

/// What makes the excitation that is heard out of the one that is remembered.
pub(super) struct Enhancer {
    /// How voiced the subframe before was, of three.
    voiced: usize,
    code_gain: f32,
    /// The last six.
    pitch_gains: [f32; 6],
    /// Follows the gain of the code slowly.
    threshold: f32,
}

impl Enhancer {
    pub(super) const fn new() -> Self {
        Self { voiced: 0, code_gain: 0.0, pitch_gains: [0.0; 6], threshold: 0.0 }
    }

    pub(super) fn enhanced(
        &mut self,
        mode: usize,
        repeated: &Subframe,
        code: &Subframe,
        gain: Gain,
        (voicing, stability): (f32, f32),
    ) -> Subframe {
        let mut code = *code;
        let dispersion = self.voiced(gain) + mode.min(2);
        if let Some(dispersed) = DISPERSED.get(dispersion) {
            code = convolved(&code, dispersed);
        }
        let gain = Gain { code: self.smoothed(gain.code, stability * (1.0 - voicing) / 2.0), ..gain };
        let sharpened = sharpened(&code, (1.0 + voicing) / 8.0);
        let excitation = mixed(repeated, &sharpened, gain);
        if mode < 2 && gain.pitch > 0.5 { emphasised(&excitation, repeated, gain.pitch) } else { excitation }
    }

    /// How voiced it is, of three, as pulses are dispersed by; an onset keeps them together.
    fn voiced(&mut self, gain: Gain) -> usize {
        let level = |gain: f32| usize::from(gain >= 0.6) + usize::from(gain >= 0.9);
        self.pitch_gains.rotate_right(1);
        self.pitch_gains[0] = gain.pitch;
        let code_gain = gain.code.floor();
        let mut voiced = level(gain.pitch);
        if code_gain > 3.0 * self.code_gain {
            voiced = (voiced + 1).min(2);
        } else {
            if self.pitch_gains.iter().filter(|&&gain| level(gain) == 0).count() > 2 {
                voiced = 0;
            }
            voiced = voiced.min(self.voiced + 1);
        }
        self.code_gain = code_gain;
        self.voiced = voiced;
        voiced
    }

    /// The gain of the code, by a share nearer to what it was, so that steady noise does not flutter.
    fn smoothed(&mut self, gain: f32, share: f32) -> f32 {
        self.threshold =
            if gain < self.threshold { (1.19 * gain).min(self.threshold) } else { (0.8403 * gain).max(self.threshold) };
        gain + share * (self.threshold - gain)
    }
}

/// Each pulse spread over the subframe, around its end.
fn convolved(code: &Subframe, spread: &Subframe) -> Subframe {
    let mut convolved = [0.0; SUBFRAME];
    for (start, &pulse) in code.iter().enumerate().filter(|(_, pulse)| **pulse != 0.0) {
        for (at, value) in spread.iter().enumerate() {
            convolved[(start + at) % SUBFRAME] += pulse * value;
        }
    }
    convolved
}

/// With less of what is low.
fn sharpened(code: &Subframe, strength: f32) -> Subframe {
    let at = |at: usize| code.get(at).copied().unwrap_or_default();
    std::array::from_fn(|now| code[now] - strength * (at(now.wrapping_sub(1)) + at(now + 1)))
}

/// With more of what is repeated, as loud as before.
fn emphasised(excitation: &Subframe, repeated: &Subframe, gain: f32) -> Subframe {
    let more = gain.min(1.0) * gain / 32.0;
    let emphasised: Subframe = std::array::from_fn(|at| excitation[at] + more * repeated[at]);
    let level = (energy(excitation) / energy(&emphasised).max(TINY)).sqrt();
    emphasised.map(|sample| level * sample)
}
