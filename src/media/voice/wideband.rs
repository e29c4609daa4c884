//! AMR wide-band (3GPP TS 26.190 to 26.193): a frame → 20 ms of sound.
//!
//! The standard is a program that counts in 16 bits and stops at their ends after every step. This one counts in floating
//! point, which is nine times as fast and differs from it by some thousandths; only the spectrum is in whole numbers.

use codec_core::codecs::amr::{AmrFrameType, AmrPayloadFrame};

mod bits;
mod excitation;
mod filter;
mod gain;
mod noise;
mod pitch;
mod pulses;
mod spectrum;
mod synthesis;
mod tables;

use bits::{Part, Pitch, Speech};
use excitation::{Enhancer, Past};
use filter::Random;
use gain::Gains;
use noise::{ComfortNoise, Received, State};
use pitch::Pitches;
use spectrum::{Prediction, Spectrum};
use synthesis::{High, Synthesis};

/// Samples of a frame, at 16 kHz.
pub(super) const FRAME: usize = 320;
/// A quarter of it.
const SUBFRAME_16K: usize = 80;
/// Samples of a subframe at 12.8 kHz, at which all is decoded up to 6.4 kHz.
const SUBFRAME: usize = 64;
/// Of the filter that gives sound its spectrum.
const ORDER: usize = 16;

type Subframe = [f32; SUBFRAME];

/// What a decoder remembers.
pub(super) struct Decoder {
    /// Of the last frame of speech.
    mode: usize,
    /// Frames without a voice, as far as the encoder says.
    quiet_frames: u16,
    /// Of the frame before.
    spectrum: Spectrum,
    noise: ComfortNoise,
    gains: Gains,
    history: History,
    synthesis: Synthesis,
}

/// What is remembered of speech until there is comfort noise.
struct History {
    prediction: Prediction,
    /// The cosines of the spectrum before, if there is one.
    cosines: Option<Spectrum>,
    past: Past,
    pitches: Pitches,
    enhancer: Enhancer,
    /// Of the code, as the subframe before was voiced.
    tilt: f32,
    /// Bad frames, of which a good one takes half away.
    n_bad: usize,
    was_bad: bool,
    random: Random,
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self {
            mode: 0,
            quiet_frames: 0,
            spectrum: spectrum::INITIAL,
            noise: ComfortNoise::new(),
            gains: Gains::new(),
            history: History::new(),
            synthesis: Synthesis::new(),
        }
    }

    /// Decodes the next frame; what is missing of it is made up.
    pub(super) fn frame(&mut self, frame: &AmrPayloadFrame) -> [i16; FRAME] {
        let last = frame.data.last().copied().unwrap_or_default();
        let received = match (frame.frame_type, frame.quality_ok) {
            (AmrFrameType::Speech(mode), is_good) => {
                self.mode = usize::from(mode.index());
                if is_good { Received::Speech } else { Received::Damaged }
            }
            (AmrFrameType::Sid(_), false) => Received::NoiseDamaged,
            (AmrFrameType::Sid(_), true) if last & 0x10 == 0 => Received::NoiseBegins,
            (AmrFrameType::Sid(_), true) => Received::NoiseIs,
            (AmrFrameType::SpeechLost, _) => Received::Lost,
            (AmrFrameType::NoData, _) => Received::Nothing,
        };
        if self.noise.receive(received, self.quiet_frames) == State::Speech {
            return self.speech(received, &frame.data);
        }
        // Noise tells the mode of the speech around it.
        let told = last & 0x0f;
        let is_highest = if received.is_noise() && told <= 8 { told == 8 } else { self.mode == 8 };
        self.comfort_noise(received, &frame.data, is_highest)
    }

    fn comfort_noise(&mut self, received: Received, data: &[u8], is_highest: bool) -> [i16; FRAME] {
        let (spectrum, excitation) = self.noise.frame(received, data);
        let filter = spectrum::filter(&spectrum::cosines(&spectrum));
        let high = High {
            filter: None,
            gain: (is_highest && received == Received::NoiseIs).then_some(tables::HIGH_GAINS[1]),
            is_quiet: self.quiet_frames > 0,
            is_limited: is_highest,
        };
        self.history = History::new();
        self.spectrum = spectrum;
        let mut sound = [0; FRAME];
        let subframes = excitation.as_chunks().0;
        for (sound, excitation) in sound.as_chunks_mut().0.iter_mut().zip(subframes) {
            *sound = self.synthesis.subframe(&filter, excitation, &high);
        }
        sound
    }

    fn speech(&mut self, received: Received, data: &[u8]) -> [i16; FRAME] {
        let is_good = received == Received::Speech;
        let speech = Speech::read(self.mode, data);
        let history = &mut self.history;
        history.n_bad = if is_good { history.n_bad / 2 } else { (history.n_bad + 1).min(6) };
        if is_good {
            self.quiet_frames = if speech.is_active { 0 } else { self.quiet_frames.saturating_add(1) };
        }
        let spectrum =
            if is_good { history.prediction.arrived(&speech.spectrum) } else { history.prediction.concealed() };
        let stability = spectrum::stability(&spectrum, &self.spectrum);
        let cosines = spectrum::cosines(&spectrum);
        let cosines_before = history.cosines.replace(cosines).unwrap_or(cosines);
        let mut sound = [0; FRAME];
        let mut energy = 0.0;
        let parts = speech.parts.into_iter().zip(sound.as_chunks_mut().0).zip(spectrum::SHARES);
        for ((mut part, sound), share) in parts {
            if !is_good {
                self.history.make_up(&mut part, received != Received::Damaged);
            }
            let wide =
                (self.mode == 0).then(|| spectrum::widened(&spectrum::between(&self.spectrum, &spectrum, share)));
            let high = High {
                filter: wide.map(|cosines| spectrum::filter(&cosines)),
                gain: part.high_gain,
                is_quiet: self.quiet_frames > 0,
                is_limited: self.mode == 8,
            };
            let (excitation, part_energy) = self.excitation(&part, received, stability);
            energy += part_energy;
            let filter = spectrum::filter(&spectrum::between(&cosines_before, &cosines, share));
            *sound = self.synthesis.subframe(&filter, &excitation, &high);
        }
        self.history.was_bad = !is_good;
        self.spectrum = spectrum;
        self.noise.spoken(&spectrum, energy);
        sound
    }

    /// Of a subframe, as it is heard, and the energy of what is remembered of it.
    fn excitation(&mut self, part: &Part, received: Received, stability: f32) -> (Subframe, f32) {
        let history = &mut self.history;
        let repeated = history.past.repeated(part.pitch, part.is_sharp);
        let code = excitation::shaped(part.code, history.tilt, part.pitch);
        let mut gain = if received == Received::Speech {
            history.pitches.push(part.pitch.lag, part.pitch_gain);
            self.gains.arrived(part.pitch_gain, part.code_gain, history.was_bad)
        } else {
            self.gains.concealed(received != Received::Damaged, history.n_bad, self.quiet_frames > 2)
        };
        gain.code *= excitation::normalising(&code);
        let energy = history.past.push(&repeated, &code, gain);
        let voicing = excitation::voicing(&repeated, &code, gain);
        history.tilt = (1.0 + voicing) / 4.0;
        (history.enhancer.enhanced(self.mode, &repeated, &code, gain, (voicing, stability)), energy)
    }
}

impl History {
    const fn new() -> Self {
        Self {
            prediction: Prediction::new(),
            cosines: None,
            past: Past::new(),
            pitches: Pitches::new(),
            enhancer: Enhancer::new(),
            tilt: 0.0,
            n_bad: 0,
            was_bad: false,
            random: Random::new(),
        }
    }

    /// Replaces what cannot be believed of a bad frame.
    fn make_up(&mut self, part: &mut Part, is_lost: bool) {
        let said = (!is_lost).then_some(part.pitch.lag);
        part.pitch = Pitch { lag: self.pitches.concealed(said), quarters: 0 };
        part.high_gain = None;
        if is_lost {
            part.is_sharp = true;
            part.code.fill_with(|| f32::from(self.random.next()) / 4096.0);
        }
    }
}
