//! How near is near enough: a bundle's `stock.toml`, fitted by the trainer (`sleevetrainer stock`).

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::nearest::dot;
use super::{Voting, WordRule};
use crate::file;
use crate::network::{Bundle, hex};

/// The file in the bundle's folder.
const FILE: &str = "stock.toml";

/// The most bytes of it, and of the file with the directions.
const LARGEST: u64 = 1 << 20;
const LARGEST_METRIC: u64 = 256 << 20;

/// What makes a record known, and its look-alikes count, for one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What the very record's score reaches; see [`Rule::score`].
    pub near: f32,
    /// How much it weighs that a record is nearer than any with another cover.
    pub clearness: f32,
    /// As near as some record is to any sleeve, in a large stock: in a small one that nothing else is near tells little.
    pub usual: f32,
    /// The cosine that views of one and the same cover picture reach.
    pub same: f32,
    /// How embeddings are compared.
    pub metric: Metric,
    /// How records vote on a genre, where they do.
    pub voting: Option<Voting>,
    /// When the words on a sleeve name a record.
    pub words: WordRule,
}

/// How embeddings are compared: by the cosine of what they are turned into.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What is taken from an embedding first; as long as an embedding.
    mean: Vec<f32>,
    /// What it is multiplied by then, row by row, each as long as an embedding; none leaves it as it is.
    directions: Vec<f32>,
}

/// Why there is no rule. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The bundle has none.
    #[error("{path} cannot be read ({reason}); fit it by: sleevetrainer stock")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It is not what `docs/bundle.md` describes, or for another network.
    #[error("{path}: {reason}; fit it again by: sleevetrainer stock")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// `stock.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    /// SHA-256 of the `network.onnx` that it was fitted for.
    network: String,
    near: f32,
    clearness: f32,
    usual: f32,
    same: f32,
    metric: Option<MetricFile>,
    votes: Option<Voting>,
    #[serde(default)]
    words: WordRule,
    #[serde(rename = "figures")]
    _figures: Option<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricFile {
    file: String,
    sha256: String,
}

impl Rule {
    /// How much speaks for a record that is this near, where the nearest with another cover is this near: it is
    /// known where it is near *and* clearly nearer than the second, and a little less of one may be made good by more
    /// of the other.
    #[must_use]
    pub fn score(&self, nearest: f32, second: f32) -> f32 {
        nearest + self.clearness * (nearest - second.max(self.usual))
    }

    /// Reads the rule of a bundle.
    ///
    /// # Errors
    ///
    /// [`RuleError`] where the bundle has none, or it is not for this network.
    pub fn open(bundle: &Bundle) -> Result<Self, RuleError> {
        let path = bundle.folder.join(FILE);
        let wrong = |reason: String| RuleError::Wrong { path: path.clone(), reason };
        let bytes = file::read_at_most(&path, LARGEST)
            .map_err(|error| RuleError::Unreadable { path: path.clone(), reason: error.to_string() })?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not text".into()))?;
        let Description { network, near, clearness, usual, same, metric, votes, words, .. } =
            toml::from_str(&text).map_err(|error| wrong(crate::config::toml_sentence(&error, &text)))?;
        if network != bundle.sha256 {
            return Err(wrong("it was fitted for another network".into()));
        }
        let bounds =
            [("near", near, 9.0), ("clearness", clearness, 8.0), ("usual", usual, 1.0), ("same", same, 1.0)];
        for (name, value, most) in bounds {
            if !(0.0..=most).contains(&value) {
                return Err(wrong(format!("{name} is {value}, it must be from 0 to {most}")));
            }
        }
        if let Some(Voting { sharpness, weight, own_weight, own_bias, few }) = votes {
            let bounds =
                [("sharpness", sharpness), ("weight", weight), ("own_weight", own_weight), ("few", few)];
            if let Some((name, value)) = bounds.into_iter().find(|(_, value)| !(0.0..=100.0).contains(value))
            {
                return Err(wrong(format!("{name} in [votes] is {value}, it must be from 0 to 100")));
            }
            if !own_bias.is_finite() {
                return Err(wrong("own_bias in [votes] must be a number".into()));
            }
        }
        words.check().map_err(wrong)?;
        let metric = match metric {
            Some(file) => Metric::open(&bundle.folder, &file, bundle.embedding)?,
            None => Metric::plain(bundle.embedding),
        };
        Ok(Self { near, clearness, usual, same, metric, voting: votes, words })
    }
}

impl Metric {
    /// Embeddings of this length as they are.
    #[must_use]
    pub fn plain(length: usize) -> Self {
        Self { mean: vec![0.0; length], directions: Vec::new() }
    }

    /// Reads the mean and then the directions: 32-bit floats, the least byte first.
    fn open(folder: &Path, file: &MetricFile, length: usize) -> Result<Self, RuleError> {
        let path = folder.join(&file.file);
        let wrong = |reason: String| RuleError::Wrong { path: path.clone(), reason };
        if file::beside(folder, &file.file).is_none() {
            return Err(wrong("it must be a file beside stock.toml".into()));
        }
        let bytes = file::read_at_most(&path, LARGEST_METRIC)
            .map_err(|error| RuleError::Unreadable { path: path.clone(), reason: error.to_string() })?;
        if hex(&Sha256::digest(&bytes)) != file.sha256 {
            return Err(wrong("it is not the file that stock.toml was written for".into()));
        }
        let mut values: Vec<f32> =
            bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.len() < 2 * length
            || !values.len().is_multiple_of(length)
            || values.iter().any(|v| !v.is_finite())
        {
            return Err(wrong(format!("it holds no directions for embeddings of {length} numbers")));
        }
        let directions = values.split_off(length);
        Ok(Self { mean: values, directions })
    }

    /// The length of what an embedding is turned into.
    #[must_use]
    pub fn length(&self) -> usize {
        if self.directions.is_empty() { self.mean.len() } else { self.directions.len() / self.mean.len() }
    }

    /// What an embedding is turned into, of unit length.
    ///
    /// # Panics
    ///
    /// Where it has not the length of this network's embeddings.
    #[must_use]
    pub fn place(&self, embedding: &[f32]) -> Vec<f32> {
        assert_eq!(embedding.len(), self.mean.len(), "an embedding of this network");
        let centred: Vec<f32> = embedding.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        let mut placed: Vec<f32> = if self.directions.is_empty() {
            centred
        } else {
            self.directions.chunks_exact(self.mean.len()).map(|direction| dot(direction, &centred)).collect()
        };
        let length = dot(&placed, &placed).sqrt();
        if length > 0.0 {
            placed.iter_mut().for_each(|value| *value /= length);
        }
        placed
    }
}
