//! A model as shipped, checked before it is used.
//!
//! The format is told in `docs/bundle.md`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Genre;

/// The one format that this program reads.
const FORMAT: u32 = 1;

/// The most bytes of `network.onnx`: a network for a board, with room to grow.
const LARGEST_NETWORK: u64 = 256 << 20;

/// The most bytes of `bundle.toml`.
const LARGEST_DESCRIPTION: u64 = 1 << 20;

/// A model as shipped: the network's bytes and all that is needed to use it rightly.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The bundle's name, as `lite0-192`.
    pub name: String,
    /// How a cover is prepared.
    pub input: Input,
    /// The length of the embedding.
    pub embedding: usize,
    /// What makes probabilities of logits.
    pub calibration: Calibration,
    /// What must be reached for a thing to be said.
    pub thresholds: Thresholds,
    /// The genres in the order of the logits.
    pub genres: Vec<Arc<Genre>>,
    /// What the trainer measured with this very network.
    pub figures: Figures,
    /// The bytes of `network.onnx`, their hash checked.
    pub onnx: Vec<u8>,
    /// The folder that it was read from.
    pub folder: PathBuf,
}

/// How a cover is prepared for the network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The side of the network's input in pixels.
    pub size: u32,
    /// Per channel (R, G, B), of values from 0 to 255.
    pub mean: [f32; 3],
    /// Per channel (R, G, B), of values from 0 to 255.
    pub std: [f32; 3],
    /// The antialiased filter: `triangle`.
    filter: Filter,
}

/// The filters that a bundle may name. One, for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Filter {
    Triangle,
}

/// What makes probabilities of logits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Logits are divided by it. Above 1 it makes the network humbler.
    pub temperature: f32,
}

/// What must be reached for a thing to be said.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// The calibrated probability at which a genre is said.
    pub genre: f32,
    /// The one at which a family is said; where it is absent, families are never said.
    #[serde(default)]
    pub family: Option<f32>,
}

/// What the trainer measured on its test split with this very network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Figures {
    /// How many covers were read.
    pub covers: u32,
    /// The part of them whose likeliest genre was right.
    pub accuracy: f32,
    /// The mean over the genres of the part that was right.
    pub balanced_accuracy: f32,
    /// The mean over the genres of F1.
    pub macro_f1: f32,
    /// The part whose genre was among the likeliest three.
    pub top3: f32,
}

/// `bundle.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    // Read on its own beforehand, so that a newer format is refused by its number.
    #[serde(rename = "format")]
    _format: u32,
    name: String,
    input: Input,
    network: NetworkFile,
    calibration: Calibration,
    thresholds: Thresholds,
    genres: Vec<Genre>,
    #[serde(rename = "training")]
    _training: BTreeMap<String, toml::Value>,
    figures: Figures,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkFile {
    file: String,
    sha256: String,
    embedding: usize,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Why a bundle is not used. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file of the bundle cannot be read.
    #[error("cannot read {path}: {reason}; name a folder with bundle.toml and network.onnx in it")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// `bundle.toml` is not what `docs/bundle.md` describes.
    #[error("{path}: {reason}; export the bundle again")]
    Description {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `bundle.toml` is of another format.
    #[error("{path} is of format {found}, this program reads format {FORMAT}; update whichever is older")]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format that it names.
        found: u32,
    },
    /// `network.onnx` is not the file that `bundle.toml` was written for.
    #[error(
        "{path} is not the network that bundle.toml was written for (its SHA-256 begins {found}, not {wanted}); copy the whole bundle again"
    )]
    Hash {
        /// Which file.
        path: PathBuf,
        /// The beginning of the file's hash.
        found: String,
        /// The beginning of the hash that `bundle.toml` names.
        wanted: String,
    },
}

impl Bundle {
    /// Reads a bundle from its folder and checks that its parts belong together.
    ///
    /// The shapes of the network are checked when it is loaded, by [`super::Network::load`].
    ///
    /// # Errors
    ///
    /// [`BundleError`]: a file that is missing, of another format, or not the one described.
    pub fn open(folder: &Path) -> Result<Self, BundleError> {
        let path = folder.join("bundle.toml");
        let text = String::from_utf8(read(&path, LARGEST_DESCRIPTION)?)
            .map_err(|_| BundleError::Description { path: path.clone(), reason: "it is not text".into() })?;
        let description = describe(&path, &text)?;

        let onnx_path = folder.join(&description.network.file);
        let onnx = read(&onnx_path, LARGEST_NETWORK)?;
        let found = hex(&Sha256::digest(&onnx));
        let wanted = description.network.sha256.to_lowercase();
        if found != wanted {
            return Err(BundleError::Hash {
                path: onnx_path,
                found: beginning(&found),
                wanted: beginning(&wanted),
            });
        }
        Ok(Self {
            name: description.name,
            input: description.input,
            embedding: description.network.embedding,
            calibration: description.calibration,
            thresholds: description.thresholds,
            genres: description.genres.into_iter().map(Arc::new).collect(),
            figures: description.figures,
            onnx,
            folder: folder.to_owned(),
        })
    }
}

/// Reads and checks `bundle.toml`.
fn describe(path: &Path, text: &str) -> Result<Description, BundleError> {
    let wrong = |reason: String| BundleError::Description { path: path.to_owned(), reason };
    let in_toml = |error: toml::de::Error| wrong(crate::config::toml_sentence(&error, text));

    let Format { format } = toml::from_str(text).map_err(in_toml)?;
    if format != FORMAT {
        return Err(BundleError::Format { path: path.to_owned(), found: format });
    }
    let description: Description = toml::from_str(text).map_err(in_toml)?;

    let Description { name, input, network, calibration, thresholds, genres, .. } = &description;
    if name.is_empty() {
        return Err(wrong("it has an empty name".into()));
    }
    if !(32..=1024).contains(&input.size) {
        return Err(wrong(format!("input.size is {}, it must be from 32 to 1024", input.size)));
    }
    if input.mean.iter().any(|mean| !mean.is_finite()) {
        return Err(wrong("input.mean holds a value that is no number".into()));
    }
    if input.std.iter().any(|std| !std.is_finite() || *std <= 0.0) {
        return Err(wrong("input.std must be above 0 in each channel".into()));
    }
    if Path::new(&network.file).file_name().is_none_or(|name| name != network.file.as_str()) {
        return Err(wrong(format!("network.file is \"{}\", it must be a file beside it", network.file)));
    }
    if network.embedding == 0 {
        return Err(wrong("network.embedding is 0".into()));
    }
    if !calibration.temperature.is_finite() || calibration.temperature <= 0.0 {
        return Err(wrong(format!(
            "calibration.temperature is {}, it must be above 0",
            calibration.temperature
        )));
    }
    for threshold in [Some(thresholds.genre), thresholds.family].into_iter().flatten() {
        if !(0.0..=1.0).contains(&threshold) {
            return Err(wrong(format!("a threshold is {threshold}, it must be from 0 to 1")));
        }
    }
    if genres.len() < 2 {
        return Err(wrong(format!("it names {} genres, at least 2 are needed", genres.len())));
    }
    for (place, genre) in genres.iter().enumerate() {
        if genre.id.is_empty() || genre.family.is_empty() {
            return Err(wrong(format!("genre {} has an empty id or family", place + 1)));
        }
        if genres[..place].iter().any(|earlier| earlier.id == genre.id) {
            return Err(wrong(format!("genre \"{}\" is named twice", genre.id)));
        }
    }
    Ok(description)
}

/// Reads a whole file of at most `most` bytes.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, BundleError> {
    let unreadable =
        |error: io::Error| BundleError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > most {
        return Err(BundleError::Unreadable {
            path: path.to_owned(),
            reason: format!("it has {length} bytes, at most {most} are read"),
        });
    }
    fs::read(path).map_err(unreadable)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn beginning(hash: &str) -> String {
    hash.chars().take(12).collect()
}
