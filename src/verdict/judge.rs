//! From what the network says to what is said aloud.

use std::sync::Arc;

use super::{FamilyLikelihood, Likelihood, Verdict, Word, probabilities};
use crate::network::{Bundle, Calibration, Genre, Reading, Thresholds};

/// Turns readings into verdicts, by one bundle's calibration and thresholds.
#[derive(Clone, Debug)]
pub struct Judge {
    genres: Vec<Arc<Genre>>,
    calibration: Calibration,
    thresholds: Thresholds,
}

impl Judge {
    /// The judge for readings of this bundle's network.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Self {
        Self::new(bundle.genres.clone(), bundle.calibration.clone(), bundle.thresholds.clone())
    }

    /// A judge of these genres, in the order of the logits.
    #[must_use]
    pub fn new(genres: Vec<Arc<Genre>>, calibration: Calibration, thresholds: Thresholds) -> Self {
        Self { genres, calibration, thresholds }
    }

    /// What is said of one reading: the genre where it is likely enough, else the family where
    /// that is, else that nothing can be told.
    ///
    /// # Panics
    ///
    /// Where the reading is not of the bundle's network, with another number of genres.
    #[must_use]
    pub fn judge(&self, reading: &Reading) -> Verdict {
        assert_eq!(reading.logits.len(), self.genres.len(), "a reading of this judge's network");
        let probabilities = probabilities(&reading.logits, self.calibration.temperature);
        let mut genres: Vec<Likelihood> = self
            .genres
            .iter()
            .zip(probabilities)
            .map(|(genre, probability)| Likelihood { genre: Arc::clone(genre), probability })
            .collect();
        let mut families = families(&genres);
        // The sort is stable: of two that are equally likely, the bundle's first comes first.
        genres.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        families.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Verdict { word: self.word(&genres, &families), genres, families }
    }

    /// What is said where no sleeve was found: nothing was read, so every genre is as likely as another.
    #[must_use]
    pub fn nothing(&self) -> Verdict {
        let probability = 1.0 / self.genres.len() as f32;
        let genres: Vec<Likelihood> =
            self.genres.iter().map(|genre| Likelihood { genre: Arc::clone(genre), probability }).collect();
        let families = families(&genres);
        Verdict { word: Word::Nothing, genres, families }
    }

    fn word(&self, genres: &[Likelihood], families: &[FamilyLikelihood]) -> Word {
        let genre = &genres[0];
        let family = &families[0];
        if genre.probability >= self.thresholds.genre {
            Word::Genre(genre.clone())
        } else if self.thresholds.family.is_some_and(|threshold| family.probability >= threshold) {
            Word::Family(family.clone())
        } else {
            Word::Unsure
        }
    }
}

/// The families in the order in which the genres name them first, each the sum of its genres.
fn families(genres: &[Likelihood]) -> Vec<FamilyLikelihood> {
    let mut families: Vec<FamilyLikelihood> = Vec::new();
    for Likelihood { genre, probability } in genres {
        if let Some(known) = families.iter_mut().find(|known| known.family == genre.family) {
            known.probability += probability;
        } else {
            families.push(FamilyLikelihood { family: genre.family.clone(), probability: *probability });
        }
    }
    families
}
