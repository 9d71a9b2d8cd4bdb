//! How far probabilities can be trusted.

use serde::Serialize;

/// Bins of equal mass.
const BINS: usize = 10;

/// Resamples from which the interval is read.
const RESAMPLES: usize = 400;

/// By how much probabilities lie beside what happens, 0 to 1, and between what that lies in 95 of 100 cases.
///
/// It is the expected calibration error in ten bins of equal mass, without what chance alone gives.
///
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (the error); Kumar, Liang and Ma,
/// "Verified Uncertainty Calibration", 2019 (bins of equal mass, and that chance must be taken out; here
/// by the mean of the absolute error that covers drawn from the very probabilities would show).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CalibrationError {
    /// The error.
    pub value: f64,
    /// The lower end of its interval, by bootstrap.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl CalibrationError {
    /// The error of what was said: the probability of each word, and whether it was right. 0 of no words.
    ///
    /// ```
    /// use sleevesight::tally::CalibrationError;
    ///
    /// // Said with 0.9, right every other time.
    /// let boasts: Vec<(f32, bool)> = (0..1000).map(|place| (0.9, place % 2 == 0)).collect();
    /// let error = CalibrationError::of(&boasts);
    /// assert!((error.value - 0.4).abs() < 0.02 && error.low <= error.value && error.value <= error.high);
    /// ```
    #[must_use]
    pub fn of(said: &[(f32, bool)]) -> Self {
        if said.is_empty() {
            return Self::default();
        }
        let mut random = fastrand::Rng::with_seed(0);
        let mut drawn: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let resample: Vec<(f32, bool)> =
                    (0..said.len()).map(|_| said[random.usize(..said.len())]).collect();
                error(&resample)
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let at = |part: f64| drawn[(part * (RESAMPLES - 1) as f64).round() as usize];
        let value = error(said);
        // The bootstrap's error is a little higher than the sample's own.
        Self { value, low: at(0.025).min(value), high: at(0.975).max(value) }
    }
}

fn error(said: &[(f32, bool)]) -> f64 {
    let mut sorted = said.to_vec();
    sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut plain, mut chance) = (0.0, 0.0);
    for bin in 0..BINS {
        let part = &sorted[bin * sorted.len() / BINS..(bin + 1) * sorted.len() / BINS];
        if part.is_empty() {
            continue;
        }
        let (mut told, mut right, mut variance) = (0.0, 0.0, 0.0);
        for (probability, was) in part {
            let probability = f64::from(*probability);
            told += probability;
            right += f64::from(u8::from(*was));
            variance += probability * (1.0 - probability);
        }
        plain += (told - right).abs();
        // The mean of |x| where x is normal.
        chance += (variance * std::f64::consts::FRAC_2_PI).sqrt();
    }
    let all = sorted.len() as f64;
    ((plain / all).powi(2) - (chance / all).powi(2)).max(0.0).sqrt()
}
