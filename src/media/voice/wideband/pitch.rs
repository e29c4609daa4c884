//! The lag of the pitch where a frame is lost or damaged (3GPP TS 26.191 §6).

use super::filter::Random;

/// What is known of the last five good subframes, the newest first.
pub(super) struct Pitches {
    lags: [usize; 5],
    gains: [f32; 5],
    random: Random,
}

impl Pitches {
    pub(super) const fn new() -> Self {
        Self { lags: [64; 5], gains: [0.0; 5], random: Random::new() }
    }

    pub(super) fn push(&mut self, lag: usize, gain: f32) {
        self.lags.rotate_right(1);
        self.lags[0] = lag;
        self.gains.rotate_right(1);
        self.gains[0] = gain;
    }

    /// The lag to take; what a damaged frame says is kept where it is likely.
    pub(super) fn concealed(&mut self, said: Option<usize>) -> usize {
        let mut sorted = self.lags;
        sorted.sort_unstable();
        let [least, _, middle, high, most] = sorted;
        let weakest = self.gains.iter().copied().fold(f32::INFINITY, f32::min);
        let is_voiced = self.gains[0] > 0.5 && self.gains[1] > 0.5;
        let spread = most - least;
        let is_likely = |said: usize| {
            let is_inside = least < said && said < most;
            (spread < 10 && said + 5 > least && said < most + 5)
                || (is_voiced && said.abs_diff(self.lags[0]) < 10)
                || (weakest < 0.4 && self.gains[0] <= weakest && is_inside)
                || (spread < 70 && is_inside)
                || (said > self.lags.iter().sum::<usize>() / 5 && said < most)
        };
        if let Some(said) = said.filter(|&said| is_likely(said)) {
            return said;
        }
        if is_voiced {
            return self.lags[0];
        }
        let range = ((most - middle).min(40) / 2).cast_signed();
        let wander = (range * isize::from(self.random.next())) >> 15;
        ((middle + high + most) / 3).saturating_add_signed(wander).clamp(least, most)
    }
}
