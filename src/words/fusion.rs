//! Picture and words together.

use std::sync::Arc;

use serde::Deserialize;

use super::WordEvidence;
use crate::network::{Genre, Thresholds};

/// The lowest probability of the picture that counts: below it, the words decide.
const MIN_PROBABILITY: f32 = 1e-6;

/// How picture, classifier and names count: a log-linear model, fitted to covers that none of the three was shown.
///
/// Source: Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002, for the product.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Fusion {
    /// What the logarithm of the picture's probability is multiplied by.
    pub picture: f32,
    /// What the classifier's evidence is.
    pub classifier: f32,
    /// What the names' evidence is.
    pub names: f32,
    /// What is added for each genre that the words tell of, in their order.
    pub biases: Vec<f32>,
    /// What must be reached for a genre or a family to be said, where words were read.
    pub thresholds: Thresholds,
}

impl Fusion {
    /// The probabilities of genres by the picture and the words; they sum to 1. A genre that the words do not tell of
    /// keeps the picture's say.
    ///
    /// `evidence_genres` are the ids of the genres in the order of the evidence.
    #[must_use]
    pub fn fused(
        &self,
        genres: Vec<(Arc<Genre>, f32)>,
        evidence_genres: &[String],
        words: &WordEvidence,
    ) -> Vec<(Arc<Genre>, f32)> {
        let said = |values: &[f32], genre: &Genre| {
            let place = evidence_genres.iter().position(|known| *known == genre.id);
            place.and_then(|place| values.get(place)).copied().unwrap_or(0.0)
        };
        let scores = genres.iter().map(|(genre, probability)| {
            self.picture * probability.max(MIN_PROBABILITY).ln()
                + self.classifier * said(&words.classifier, genre)
                + self.names * said(&words.names, genre)
                + said(&self.biases, genre)
        });
        let scores: Vec<f32> = scores.collect();
        let fused = crate::verdict::probabilities(&scores, 1.0);
        genres.into_iter().zip(fused).map(|((genre, _), probability)| (genre, probability)).collect()
    }
}
