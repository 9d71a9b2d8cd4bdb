//! From what the network says to what is said aloud.

use std::sync::Arc;

use super::{Caution, FamilyLikelihood, Likelihood, Recognition, Verdict, Word, probabilities};
use crate::network::{Bundle, Calibration, Family, Genre, Levels, Reading};
use crate::stock::{Findings, Known};
use crate::words::{Fusion, WordEvidence};

/// Turns readings into verdicts, by one bundle's calibration and thresholds.
#[derive(Clone, Debug)]
pub struct Judge {
    genres: Vec<Arc<Genre>>,
    families: Vec<Arc<Family>>,
    calibration: Calibration,
    levels: Levels,
    /// How much a picture must look like a sleeve, where that is asked.
    sleeve: Option<f32>,
}

/// What the words on a cover say, and how it counts beside the picture.
#[derive(Clone, Debug)]
pub struct SpokenWords<'a> {
    /// What they say.
    pub evidence: &'a WordEvidence,
    /// How picture and words count.
    pub fusion: &'a Fusion,
    /// The ids of the genres in the order of the evidence.
    pub genres: &'a [String],
    /// What must be reached for a thing to be said.
    pub levels: &'a Levels,
    /// The genre under which the shop shelves the artist who was matched, and how sure the match is.
    pub shelved: Option<(String, f32)>,
}

impl SpokenWords<'_> {
    /// The genres by picture and words: each one's probability by the picture and the stock's votes comes in.
    fn fused(&self, genres: Vec<(Arc<Genre>, f32)>) -> Vec<(Arc<Genre>, f32)> {
        let mut fused = self.fusion.fused(genres, self.genres, self.evidence);
        if let Some((name, sure)) = &self.shelved {
            let place = fused.iter().position(|(genre, _)| genre.is_called(name)).unwrap_or_else(|| {
                fused.push((Arc::new(Genre::of_shop(name)), 0.0));
                fused.len() - 1
            });
            for (other, (_, probability)) in fused.iter_mut().enumerate() {
                *probability *= 1.0 - sure;
                *probability += if other == place { *sure } else { 0.0 };
            }
        }
        fused
    }
}

impl Judge {
    /// The judge for readings of this bundle's network, as cautious as this.
    #[must_use]
    pub fn of(bundle: &Bundle, caution: Caution) -> Self {
        Self::new(
            bundle.genres.clone(),
            bundle.families.clone(),
            bundle.calibration.clone(),
            bundle.thresholds.of(caution).clone(),
        )
        .refusing_below(bundle.sleeve)
    }

    /// A judge of these genres, first those with a logit, in the order of the logits, and of the families that they
    /// name.
    #[must_use]
    pub fn new(
        genres: Vec<Arc<Genre>>,
        families: Vec<Arc<Family>>,
        calibration: Calibration,
        levels: Levels,
    ) -> Self {
        Self { genres, families, calibration, levels, sleeve: None }
    }

    /// The same judge, who says nothing of pictures that look less like a sleeve than this, as a logit.
    #[must_use]
    pub fn refusing_below(self, sleeve: Option<f32>) -> Self {
        Self { sleeve, ..self }
    }

    /// What is said of one reading: that there is no sleeve where it does not look like one; else the genre
    /// where it is likely enough, else the family where that is, else that nothing can be told.
    ///
    /// # Panics
    ///
    /// Where the reading is not of the bundle's network, with another number of logits.
    #[must_use]
    pub fn judge(&self, reading: &Reading) -> Verdict {
        self.judge_beside(reading, &Findings::default())
    }

    /// The same, beside what the stock has to say of the reading's embedding: the very record where it is known; and
    /// its votes move the genres, of which the shop may have more than the network.
    ///
    /// # Panics
    ///
    /// As [`Judge::judge`].
    #[must_use]
    pub fn judge_beside(&self, reading: &Reading, findings: &Findings) -> Verdict {
        self.decide(reading, findings, None)
    }

    /// The same with the words on the cover. Where none were read, the picture decides.
    ///
    /// # Panics
    ///
    /// As [`Judge::judge`].
    #[must_use]
    pub fn judge_with_words(
        &self,
        reading: &Reading,
        findings: &Findings,
        words: &SpokenWords<'_>,
    ) -> Verdict {
        self.decide(reading, findings, Some(words).filter(|words| !words.evidence.classifier.is_empty()))
    }

    fn decide(&self, reading: &Reading, findings: &Findings, words: Option<&SpokenWords<'_>>) -> Verdict {
        let probabilities = self.spread(&reading.logits);
        let genres: Vec<(Arc<Genre>, f32)> = match &findings.votes {
            Some(votes) => votes.moved(&self.genres, &probabilities),
            None => self.genres.iter().cloned().zip(probabilities).collect(),
        };
        let genres = match words {
            Some(words) => words.fused(genres),
            None => genres,
        };
        let mut genres: Vec<Likelihood> =
            genres.into_iter().map(|(genre, probability)| Likelihood { genre, probability }).collect();
        let mut families = self.families(&genres);
        // The sort is stable: of two that are equally likely, the bundle's first comes first.
        genres.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        families.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let sleeve = self.sleeve.zip(reading.sleeve).is_none_or(|(least, found)| found >= least);
        let levels = words.map_or(&self.levels, |words| words.levels);
        let word = match &findings.known {
            Some(known) => Word::Record(self.recognition(known, &genres)),
            None if sleeve => word(levels, &genres, &families),
            None => Word::Nothing,
        };
        Verdict {
            lookalikes: findings.lookalikes.clone(),
            candidates: findings.candidates.clone(),
            ..Verdict::new(word, genres, families)
        }
    }

    /// What the picture alone says: a probability for each genre, in the bundle's order. A genre without a logit has
    /// its prior, and the others share what is left. They sum to 1.
    ///
    /// # Panics
    ///
    /// As [`Judge::judge`].
    #[must_use]
    pub fn spread(&self, logits: &[f32]) -> Vec<f32> {
        let taught = self.genres.iter().filter(|genre| genre.is_taught()).count();
        assert_eq!(logits.len(), taught, "a reading of this judge's network");
        let share = 1.0 - self.genres.iter().filter_map(|genre| genre.prior).sum::<f32>();
        let mut softmax = probabilities(logits, self.calibration.temperature).into_iter();
        let of = |genre: &Arc<Genre>| {
            genre
                .prior
                .unwrap_or_else(|| share * softmax.next().expect("a logit for each genre without a prior"))
        };
        self.genres.iter().map(of).collect()
    }

    /// What is said where no sleeve was found: nothing was read, so every genre with a logit is as likely as another,
    /// and the others have their priors.
    #[must_use]
    pub fn nothing(&self) -> Verdict {
        let taught = self.genres.iter().filter(|genre| genre.is_taught()).count();
        let probabilities = self.spread(&vec![0.0; taught]);
        let genres: Vec<Likelihood> = (self.genres.iter().zip(probabilities))
            .map(|(genre, probability)| Likelihood { genre: Arc::clone(genre), probability })
            .collect();
        let families = self.families(&genres);
        Verdict::new(Word::Nothing, genres, families)
    }

    /// A known record's genre is the shop's.
    fn recognition(&self, known: &Known, genres: &[Likelihood]) -> Recognition {
        let name = known.record.details.genre.trim();
        let genre = if name.is_empty() {
            genres[0].clone()
        } else {
            let genre = Genre::called(&self.genres, name).cloned();
            Likelihood { genre: genre.unwrap_or_else(|| Arc::new(Genre::of_shop(name))), probability: 1.0 }
        };
        Recognition { known: known.clone(), genre }
    }

    /// The families in the bundle's order, each as likely as its genres together.
    fn families(&self, genres: &[Likelihood]) -> Vec<FamilyLikelihood> {
        let of = |family: &Arc<Family>| {
            let members = genres.iter().filter(|likely| likely.genre.family == family.id);
            let probability = members.map(|likely| likely.probability).sum();
            FamilyLikelihood { family: Arc::clone(family), probability }
        };
        self.families.iter().map(of).collect()
    }
}

/// What the probabilities support by these levels.
fn word(levels: &Levels, genres: &[Likelihood], families: &[FamilyLikelihood]) -> Word {
    let (genre, family) = (&genres[0], &families[0]);
    // A family of one says no more than its genre, which was not sure enough.
    let several = genres.iter().filter(|likely| likely.genre.family == family.family.id).count() > 1;
    let enough = levels.family.is_some_and(|level| family.probability >= level);
    if genre.probability >= levels.genre {
        Word::Genre(genre.clone())
    } else if several && enough {
        Word::Family(family.clone())
    } else {
        Word::Unsure
    }
}
