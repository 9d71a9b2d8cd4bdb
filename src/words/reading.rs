//! All of it: what reads a cover's words and weighs them.

use serde::Deserialize;

use super::classifier::{Classifier, WEIGHTS};
use super::files::{FUSION, LIST};
use super::matching::FEATURES;
use super::names::{ALBUMS, ARTISTS, LABELS, Names};
use super::reader::{DETECTOR, LETTERS, LineReader, RECOGNISER};
use super::weigh::{Weights, weighed};
use super::{Fusion, Line, WordEvidence, WordsError};
use crate::sleeve::Cover;

/// Reads the words on covers, weighs them, and fuses them with the picture.
pub struct WordReader {
    lines: LineReader,
    names: Names,
    classifier: Classifier,
    weights: Weights,
    fusion: Fusion,
}

/// What `words.toml` says of weighing; it lists the files, too.
#[derive(Deserialize)]
struct Description {
    genres: Vec<String>,
    confidence: Vec<f32>,
    artist: f32,
    album: f32,
    classifier: ClassifierDescription,
}

#[derive(Deserialize)]
struct ClassifierDescription {
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl WordReader {
    /// A reader of the words by the texts of `words.toml` and `fusion.toml` and the files that `file` gives by their
    /// names.
    ///
    /// # Errors
    ///
    /// [`WordsError::File`] where one is missing, or not what it should be.
    pub fn open<'f>(
        description: &str,
        fusion: &str,
        file: impl Fn(&str) -> Option<&'f [u8]>,
    ) -> Result<Self, WordsError> {
        let needed = |name: &str| file(name).ok_or_else(|| WordsError::file(name, "it is missing"));
        let text =
            |name: &str| str::from_utf8(needed(name)?).map_err(|_| WordsError::file(name, "it is not text"));
        let toml = |name: &str, text: &str, error: &toml::de::Error| {
            WordsError::file(name, crate::config::toml_sentence(error, text))
        };
        let fusion: Fusion = toml::from_str(fusion).map_err(|error| toml(FUSION, fusion, &error))?;
        let description: Description =
            toml::from_str(description).map_err(|error| toml(LIST, description, &error))?;
        let Description { genres, confidence, artist, album, classifier } = description;
        let wrong = |reason: String| WordsError::file(LIST, reason);
        let found = confidence.len();
        let confidence: [f32; FEATURES] = confidence
            .try_into()
            .map_err(|_| wrong(format!("`confidence` has {found} weights, and must have {FEATURES}")))?;
        if genres.is_empty() || classifier.scales.len() != genres.len() {
            return Err(wrong(format!(
                "it names {} genres for {} scales",
                genres.len(),
                classifier.scales.len()
            )));
        }
        if fusion.biases.len() != genres.len() {
            let reason = format!("it has {} biases for {} genres", fusion.biases.len(), genres.len());
            return Err(WordsError::file(FUSION, reason));
        }
        let numbers =
            confidence.iter().chain([&artist, &album]).chain(&classifier.scales).chain(&classifier.biases);
        let weights_of_fusion = [fusion.picture, fusion.classifier, fusion.names];
        if numbers.chain(&weights_of_fusion).chain(&fusion.biases).any(|number| !number.is_finite()) {
            return Err(wrong("one of its numbers is none".into()));
        }
        Ok(Self {
            lines: LineReader::new(needed(DETECTOR)?.to_vec(), needed(RECOGNISER)?.to_vec(), text(LETTERS)?),
            names: Names::open(needed(ARTISTS)?, needed(ALBUMS)?, needed(LABELS)?)?,
            classifier: Classifier::new(needed(WEIGHTS)?, classifier.scales, classifier.biases)?,
            weights: Weights { genres, confidence, artist, album },
            fusion,
        })
    }

    /// The lines on a cover by one pass, counted from 0, the largest first.
    ///
    /// # Errors
    ///
    /// [`WordsError`] where a network cannot be planned or run.
    ///
    /// # Panics
    ///
    /// Where there is no such pass: there are [`super::PASSES`].
    pub fn read(&self, cover: &Cover, pass: usize) -> Result<Vec<Line>, WordsError> {
        self.lines.read(cover, pass)
    }

    /// What the lines of several passes over one cover say.
    #[must_use]
    pub fn weigh(&self, passes: &[Vec<Line>]) -> WordEvidence {
        weighed(&self.names, &self.classifier, &self.weights, passes)
    }

    /// How picture and words count.
    #[must_use]
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }

    /// The ids of the genres in the order of the evidence.
    #[must_use]
    pub fn genres(&self) -> &[String] {
        &self.weights.genres
    }

    /// Gives back the memory of the networks; they are planned again when a cover is read.
    pub fn rest(&self) {
        self.lines.rest();
    }
}
