//! How much an outline looks like a sleeve's, as a small network judges that was fitted to rendered scenes.

use serde::Deserialize;

/// What `sleevetrainer finder` has fitted.
const GLANCE: &str = include_str!("assessor-glance.json");
const CLOSER: &str = include_str!("assessor-closer.json");

/// Clues farther from their mean than this many standard deviations say no more.
const FARTHEST: f32 = 4.0;

/// A network of a few fully connected layers.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Assessor {
    mean: Vec<f32>,
    std: Vec<f32>,
    layers: Vec<Layer>,
}

#[derive(Clone, Debug, Deserialize)]
struct Layer {
    /// Row by row, a row for each output.
    weights: Vec<Vec<f32>>,
    biases: Vec<f32>,
}

impl Assessor {
    /// Of outlines in a small copy of the picture.
    pub(super) fn at_a_glance() -> Self {
        serde_json::from_str(GLANCE).expect("assessor-glance.json is part of the program")
    }

    /// Of outlines in a larger copy and in the small one.
    pub(super) fn closer() -> Self {
        serde_json::from_str(CLOSER).expect("assessor-closer.json is part of the program")
    }

    /// The logarithm of how much likelier an outline is a sleeve's than there is no sleeve.
    pub(super) fn score(&self, clues: &[f32]) -> f32 {
        let mut values: Vec<f32> = clues
            .iter()
            .zip(&self.mean)
            .zip(&self.std)
            .map(|((clue, mean), std)| ((clue - mean) / std).clamp(-FARTHEST, FARTHEST))
            .collect();
        for (place, layer) in self.layers.iter().enumerate() {
            let last = place + 1 == self.layers.len();
            values = layer
                .weights
                .iter()
                .zip(&layer.biases)
                .map(|(row, bias)| {
                    let sum =
                        row.iter().zip(&values).map(|(weight, value)| weight * value).sum::<f32>() + bias;
                    if last { sum } else { sum.max(0.0) }
                })
                .collect();
        }
        values[0]
    }
}
