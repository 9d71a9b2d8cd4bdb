//! Logits to probabilities that can be trusted.

/// Probabilities of logits, `softmax(logits / temperature)`; they sum to 1.
///
/// A temperature above 1 makes the network humbler and leaves the order as it is.
///
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
///
/// ```
/// use sleevesight::verdict::probabilities;
///
/// let sure = probabilities(&[2.0, 0.0], 1.0);
/// let humble = probabilities(&[2.0, 0.0], 4.0);
/// assert!(sure[0] > humble[0] && humble[0] > 0.5);
/// ```
#[must_use]
pub fn probabilities(logits: &[f32], temperature: f32) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| ((logit - highest) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
