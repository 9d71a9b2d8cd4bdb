//! The classifier of a cover's words: a linear layer on hashed n-grams, its weights in int8.
//!
//! `trainer/src/sleevetrainer/words/ngrams.py` makes the same n-grams.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::WordsError;

/// The file of its weights in the `words` folder: for each place of an n-gram a byte a genre.
pub(super) const WEIGHTS: &str = "classifier.i8";

/// Each of the two kinds of n-grams has 2 to this many places.
const BITS: u32 = 14;

/// Lengths of n-grams within words, the space before and behind a word counted.
const IN_WORDS: Range<usize> = 2..6;

/// Lengths of n-grams across the words of a line, without spaces.
const ACROSS: Range<usize> = 3..7;

/// Tells genres by n-grams.
pub(super) struct Classifier {
    weights: Vec<i8>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Classifier {
    /// A classifier with a scale and a bias for each genre, and weights of `2 * 2^BITS` places.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where there are not as many weights.
    pub(super) fn new(weights: &[u8], scales: Vec<f32>, biases: Vec<f32>) -> Result<Self, WordsError> {
        let wanted = (2 << BITS) * scales.len();
        if weights.len() != wanted || biases.len() != scales.len() {
            let found = weights.len();
            return Err(WordsError::file(WEIGHTS, format!("it has {found} bytes, and must have {wanted}")));
        }
        Ok(Self { weights: weights.iter().map(|byte| byte.cast_signed()).collect(), scales, biases })
    }

    /// The logarithm of each genre's probability, of a cover with these folded lines.
    pub(super) fn log_probabilities(&self, lines: &BTreeSet<String>) -> Vec<f32> {
        let places = places(lines);
        let length = places.values().map(|value| (value * value) as f32).sum::<f32>().sqrt().max(1e-12);
        let genres = self.scales.len();
        let mut sums = vec![0.0_f32; genres];
        for (place, value) in places {
            let row = &self.weights[place * genres..][..genres];
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += value as f32 / length * f32::from(*weight);
            }
        }
        let logits =
            sums.iter().zip(&self.scales).zip(&self.biases).map(|((sum, scale), bias)| sum * scale + bias);
        let logits: Vec<f32> = logits.collect();
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum = logits.iter().map(|logit| (logit - highest).exp()).sum::<f32>().ln();
        logits.into_iter().map(|logit| logit - highest - sum).collect()
    }
}

/// The places of the lines' n-grams, and what each counts. An n-gram counts once; its place is the low bits of its
/// CRC-32, its sign the bit above them.
///
/// Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
fn places(lines: &BTreeSet<String>) -> BTreeMap<usize, i32> {
    let mut grams: [BTreeSet<String>; 2] = Default::default();
    for line in lines {
        for word in line.split(' ') {
            add(&mut grams[0], &format!(" {word} "), IN_WORDS);
        }
        add(&mut grams[1], &line.replace(' ', ""), ACROSS);
    }
    let mut places = BTreeMap::new();
    for (kind, grams) in grams.iter().enumerate() {
        for gram in grams {
            let code = crc32fast::hash(gram.as_bytes());
            let place = (kind << BITS) | (code & ((1 << BITS) - 1)) as usize;
            *places.entry(place).or_insert(0) += if code >> BITS & 1 == 1 { 1 } else { -1 };
        }
    }
    places
}

/// Adds a text's n-grams of these lengths, in letters.
fn add(grams: &mut BTreeSet<String>, text: &str, lengths: Range<usize>) {
    let ends: Vec<usize> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
    for length in lengths {
        for window in ends.windows(length + 1) {
            grams.insert(text[window[0]..window[length]].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// The trainer's tests read the same file.
    const GOLDENS: &str = include_str!("../../tests/words/classifier.json");

    /// Some lines, how many places their n-grams take, and the first of these with what each counts.
    #[derive(Deserialize)]
    struct Golden {
        texts: BTreeSet<String>,
        count: usize,
        places: Vec<(usize, i32)>,
    }

    #[test]
    fn n_grams_take_the_places_that_the_trainer_gives_them() {
        let goldens: Vec<Golden> = serde_json::from_str(GOLDENS).expect("goldens");
        for Golden { texts, count, places: wanted } in goldens {
            let found = places(&texts);
            assert_eq!(found.len(), count, "{texts:?}");
            let first: Vec<(usize, i32)> = found.into_iter().take(wanted.len()).collect();
            assert_eq!(first, wanted, "{texts:?}");
        }
    }

    #[test]
    fn logits_are_sums_of_weights_by_the_length_of_the_vector() {
        let lines = BTreeSet::from(["a b".to_owned()]);
        let found = places(&lines);
        let length = found.values().map(|value| (value * value) as f32).sum::<f32>().sqrt();
        let (place, value) = found.iter().next().expect("an n-gram");
        let mut weights = vec![0; (2 << BITS) * 2];
        weights[place * 2] = 100;
        let classifier = Classifier::new(&weights, vec![0.5, 1.0], vec![0.0, 0.25]).expect("enough weights");
        let said = classifier.log_probabilities(&lines);
        let apart = *value as f32 / length * 100.0 * 0.5 - 0.25;
        assert!((said[0] - said[1] - apart).abs() < 1e-4, "{said:?}");
        assert!((said.iter().map(|value| value.exp()).sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
