//! Comfort noise, and when it is heard (3GPP TS 26.192, 26.193).

use super::bits::Noise;
use super::filter::{Random, energy};
use super::spectrum::{self, GAP, INITIAL, Spectrum};
use super::{ORDER, SUBFRAME};

/// Frames that an encoder goes on with speech after the last voice.
const HANGOVER: u16 = 7;
/// Frames after which it has described the noise in that time.
const ELAPSED: u16 = 24 + HANGOVER - 1;
/// Frames without news after which noise fades.
const LONGEST: u16 = 50;

/// What arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Received {
    /// Speech.
    Speech,
    /// Speech of which bits may be wrong.
    Damaged,
    /// Nothing of what was sent.
    Lost,
    /// The beginning of noise, without a description.
    NoiseBegins,
    /// Noise with its description.
    NoiseIs,
    /// Noise of which bits may be wrong.
    NoiseDamaged,
    /// Nothing was sent.
    Nothing,
}

/// What is to be heard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Speech,
    Noise,
    Fading,
}

/// What noise is like.
#[derive(Clone, Copy)]
struct Description {
    spectrum: Spectrum,
    /// The logarithm (base 2) of its energy, and 2.
    level: f32,
    /// Whether it changes from frame to frame.
    is_dithered: bool,
}

/// What is known of the noise, and of what the encoder does.
pub(super) struct ComfortNoise {
    state: State,
    follows_speech: bool,
    /// Frames since the last description.
    since: u16,
    /// Between the last two descriptions.
    period: u16,
    now: Description,
    before: Description,
    /// Whether there ever was a description.
    is_described: bool,
    /// The last eight frames of speech, the newest first.
    spoken: [Description; 8],
    hangover: u16,
    elapsed: u16,
    /// Whether noise is to be described by the frames of speech before it.
    is_from_speech: bool,
    random: Random,
    dither: Random,
}

impl Received {
    /// Whether it belongs to comfort noise.
    pub(super) fn is_noise(self) -> bool {
        matches!(self, Self::NoiseBegins | Self::NoiseIs | Self::NoiseDamaged)
    }
}

impl ComfortNoise {
    pub(super) const fn new() -> Self {
        let description = Description { spectrum: INITIAL, level: 3500.0 / 512.0, is_dithered: false };
        Self {
            state: State::Speech,
            follows_speech: true,
            since: 0,
            period: 4,
            now: description,
            before: description,
            is_described: false,
            spoken: [Description { level: description.level - 2.0, ..description }; 8],
            hangover: HANGOVER,
            elapsed: u16::MAX,
            is_from_speech: false,
            random: Random::new(),
            dither: Random::new(),
        }
    }

    /// What is to be heard now; to be asked once a frame, of speech too.
    pub(super) fn receive(&mut self, received: Received, quiet_frames: u16) -> State {
        use Received::{Damaged, Lost, NoiseDamaged, NoiseIs, Nothing};
        let before = self.state;
        let goes_on = before != State::Speech && matches!(received, Nothing | Damaged | Lost);
        self.state = if received.is_noise() || goes_on {
            self.since = self.since.saturating_add(1);
            let is_fading = before == State::Fading && !matches!(received, NoiseIs | Damaged);
            if is_fading || (received != NoiseIs && self.since > LONGEST) { State::Fading } else { State::Noise }
        } else {
            self.since = 0;
            State::Speech
        };
        if !self.is_described && received == NoiseIs {
            self.elapsed = 0;
        }
        self.elapsed = self.elapsed.saturating_add(1);
        self.is_from_speech = false;
        let is_quiet = before != State::Speech || quiet_frames >= HANGOVER;
        if received.is_noise() || (received == Nothing && is_quiet) {
            if self.elapsed > ELAPSED {
                self.is_from_speech = received != NoiseDamaged;
                (self.elapsed, self.hangover) = (0, 0);
            } else if self.hangover == 0 {
                self.elapsed = 0;
            } else {
                self.hangover -= 1;
            }
        } else {
            self.hangover = HANGOVER;
        }
        self.follows_speech = before == State::Speech;
        self.state
    }

    /// Keeps what a frame of speech was like.
    pub(super) fn spoken(&mut self, spectrum: &Spectrum, energy: f32) {
        self.spoken.rotate_right(1);
        self.spoken[0] = Description { spectrum: *spectrum, level: energy.max(1.0).log2() - 8.0, is_dithered: false };
    }

    /// The spectrum and the excitation of a frame.
    pub(super) fn frame(&mut self, received: Received, data: &[u8]) -> (Spectrum, [f32; 4 * SUBFRAME]) {
        if received.is_noise() {
            if self.is_from_speech {
                self.describe_by_speech();
            }
            self.before = self.now;
        }
        if received == Received::NoiseIs {
            self.period = self.since.clamp(2, 32);
            let Noise { spectrum, level, is_dithered } = Noise::read(data);
            self.now = Description { spectrum, level: level / 2.625, is_dithered };
            spectrum::space(&mut self.now.spectrum);
            if !self.is_described || self.follows_speech {
                self.before = self.now;
            }
            self.since = 0;
        }
        let share = (f32::from(self.since) / f32::from(self.period)).min(1.0);
        let mut level = self.before.level + share * (self.now.level - self.before.level);
        let share = (i64::from(self.since.min(self.period)) * 1024 / i64::from(self.period)) << 4;
        let mixed =
            |at: usize| ((share * self.now.spectrum[at]) >> 15) + (((16_384 - share) * self.before.spectrum[at]) >> 15);
        let mut spectrum: Spectrum = std::array::from_fn(|at| 2 * mixed(at));
        if self.now.is_dithered {
            level = (level + 75.0 / 512.0 * f32::from(self.triangular()) / 16_384.0).max(0.0);
            self.disturb(&mut spectrum);
        }
        if self.state == State::Fading {
            self.period = if self.since == 0 { 8 } else { self.since.min(32) };
            self.since = 0;
            self.before.level = self.now.level;
            self.now.level -= 0.125;
        }
        if received.is_noise() && (received == Received::NoiseIs || self.is_from_speech) {
            self.since = 0;
            self.is_described = true;
        }
        (spectrum, self.excitation(level))
    }

    /// The mean of the last frames of speech, of which the newest counts twice.
    fn describe_by_speech(&mut self) {
        self.spoken[7] = self.spoken[0];
        let level = (self.spoken.iter().map(|spoken| spoken.level).sum::<f32>() / 8.0 + 2.0).max(0.0);
        let spectrum = std::array::from_fn(|at| self.spoken.iter().map(|spoken| spoken.spectrum[at]).sum::<i64>() >> 3);
        self.now = Description { spectrum, level, ..self.now };
    }

    fn excitation(&mut self, level: f32) -> [f32; 4 * SUBFRAME] {
        let mut noise = [0.0; 4 * SUBFRAME];
        noise.fill_with(|| f32::from(self.random.next()));
        let gain = (level / 2.0 - 1.0).exp2() * 16.0 / energy(&noise).sqrt();
        noise.map(|sample| gain * sample)
    }

    /// A random number of 16 bits, rather near 0.
    fn triangular(&mut self) -> i16 {
        (self.dither.next() >> 1) + (self.dither.next() >> 1)
    }

    /// Moves frequencies about, but not together.
    fn disturb(&mut self, spectrum: &mut Spectrum) {
        let mut lowest = GAP;
        for (frequency, range) in spectrum[..ORDER - 1].iter_mut().zip((256..).step_by(2)) {
            *frequency = lowest.max(*frequency + ((range * i64::from(self.triangular()) + 16_384) >> 15));
            lowest = *frequency + 448;
        }
        spectrum[ORDER - 2] = spectrum[ORDER - 2].min(16_384);
    }
}
