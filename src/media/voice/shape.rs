//! Loudness over time: samples → a bounded number of bins → as many bars as there are columns.

/// Maximum number of bins: as many as the widest terminals have columns. In a voice of ten seconds a bin is 10 ms.
const BINS: usize = 1024;

/// Returns the loudness (RMS) of equal parts of the samples, at most [`BINS`].
pub(super) fn of(samples: &[i16]) -> Vec<u16> {
    pooled(samples.len(), BINS.min(samples.len()), |part| {
        let part = samples.get(part).unwrap_or_default();
        rms(part.iter().map(|sample| u64::from(sample.unsigned_abs())))
    })
}

/// Returns the loudness in each column, from 0 to `top` for the loudest; 0 everywhere if there is silence, and
/// nothing without a shape.
pub fn bars(shape: &[u16], columns: usize, top: u16) -> Vec<u16> {
    let columns = if shape.is_empty() { 0 } else { columns };
    let loudness = pooled(shape.len(), columns, |part| {
        let part = shape.get(part).unwrap_or_default();
        rms(part.iter().copied().map(u64::from))
    });
    let loudest = u32::from(loudness.iter().copied().max().unwrap_or_default()).max(1);
    let level = |value: u16| (u32::from(value) * u32::from(top) + loudest / 2) / loudest;
    loudness.into_iter().map(|value| u16::try_from(level(value)).unwrap_or(top)).collect()
}

/// Divides `len` items into `n_parts`, none empty, whose lengths differ by at most one. With more parts than items,
/// items are used again.
fn pooled(len: usize, n_parts: usize, value: impl Fn(std::ops::Range<usize>) -> u16) -> Vec<u16> {
    (0..n_parts)
        .map(|part| {
            let start = part * len / n_parts;
            value(start..((part + 1) * len / n_parts).max(start + 1))
        })
        .collect()
}

/// Returns the root of the mean of the squares; 0 for no values.
fn rms(values: impl ExactSizeIterator<Item = u64>) -> u16 {
    let n_values = values.len().max(1) as u64;
    let squares: u64 = values.map(|value| value * value).sum();
    u16::try_from((squares / n_values).isqrt()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_the_loudness_whatever_the_width() {
        let samples: Vec<i16> = (0..80_000).map(|at| if at < 40_000 { 100 } else { -1000 }).collect();
        let shape = of(&samples);
        assert_eq!((shape.len(), shape[0], shape[1023]), (1024, 100, 1000));
        for columns in [1, 2, 48, 3000] {
            let bars = bars(&shape, columns, 10);
            assert_eq!((bars.len(), bars.last()), (columns, Some(&10)));
            assert!(columns == 1 || bars[0] == 1, "{columns}: {bars:?}");
        }
    }

    #[test]
    fn silence_and_nothing_have_no_loudness() {
        assert_eq!(bars(&of(&[0; 500]), 4, 8), [0; 4]);
        assert_eq!(bars(&of(&[]), 4, 8), [0; 0]);
        assert_eq!(bars(&of(&[i16::MIN]), 2, 8), [8, 8]);
    }
}
