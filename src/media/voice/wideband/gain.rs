//! The gains of a subframe (3GPP TS 26.190 §6.1, 26.191 §6).

/// How the loudness of a subframe follows from those of the last four.
const PREDICTION: [f32; 4] = [0.5, 0.4, 0.3, 0.2];
/// The loudness that is expected at first, in dB.
const MEAN: f32 = 30.0;
/// The least surprise that is kept, in dB.
const LEAST: f32 = -14.0;

/// What is left of the gains of the pitch and of the code after so many bad frames: of lost frames and of damaged ones.
const LOST: ([f32; 7], [f32; 7]) = ([1.0, 0.95, 0.9, 0.75, 0.23, 0.05, 0.01], [1.0, 0.5, 0.25, 0.25, 0.25, 0.15, 0.1]);
const DAMAGED: ([f32; 7], [f32; 7]) =
    ([1.0, 0.98, 0.96, 0.75, 0.23, 0.05, 0.01], [1.0, 0.98, 0.98, 0.98, 0.98, 0.98, 0.7]);

/// What the gains of a subframe are told by.
pub(super) struct Gains {
    /// How the last four differed from what was expected, in dB.
    surprises: [f32; 4],
    /// Of the code, of the last good subframe.
    last: f32,
    pitches: [f32; 5],
    codes: [f32; 5],
}

/// Of the two parts of the excitation.
#[derive(Clone, Copy)]
pub(super) struct Gain {
    /// Of the pitch: what is repeated.
    pub(super) pitch: f32,
    /// Of the code: what is new.
    pub(super) code: f32,
}

impl Gains {
    pub(super) const fn new() -> Self {
        Self { surprises: [LEAST; 4], last: 0.0, pitches: [0.0; 5], codes: [0.0; 5] }
    }

    /// The gains of a code of mean energy 1.
    pub(super) fn arrived(&mut self, pitch: f32, surprise: f32, is_after_bad: bool) -> Gain {
        let expected: f32 = PREDICTION.iter().zip(&self.surprises).map(|(factor, surprise)| factor * surprise).sum();
        let mut code = surprise * 10_f32.powf((MEAN + expected) / 20.0);
        if is_after_bad && code > 100.0 {
            code = code.min(1.25 * self.last);
        }
        self.last = code;
        self.push(pitch, code, 20.0 * surprise.log10());
        Gain { pitch, code }
    }

    /// The gains of a frame that is lost or damaged, the latest of so many.
    pub(super) fn concealed(&mut self, is_lost: bool, n_bad: usize, is_quiet: bool) -> Gain {
        let (pitches, codes) = if is_lost { &LOST } else { &DAMAGED };
        let pitch = median(self.pitches).min(0.95);
        let code = median(self.codes) * if is_quiet { 1.0 } else { codes[n_bad] };
        let surprise = self.surprises.iter().sum::<f32>() / 4.0 - 3.0;
        self.push(pitch, code, surprise.max(LEAST));
        Gain { pitch: pitches[n_bad] * pitch, code }
    }

    fn push(&mut self, pitch: f32, code: f32, surprise: f32) {
        self.pitches.rotate_left(1);
        self.pitches[4] = pitch;
        self.codes.rotate_left(1);
        self.codes[4] = code;
        self.surprises.rotate_right(1);
        self.surprises[0] = surprise;
    }
}

fn median(mut values: [f32; 5]) -> f32 {
    values.sort_by(f32::total_cmp);
    values[2]
}
