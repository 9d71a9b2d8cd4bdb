//! A model as shipped, checked before it is used.
//!
//! The format is told in `docs/bundle.md`.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Family, Genre};
use crate::file;
use crate::verdict::Caution;

/// The formats that this program reads: in format 1, each genre has a logit.
const FORMATS: [u32; 2] = [1, 2];

/// The sum of all priors must be below this: genres with a logit share what is left.
const PRIORS_LIMIT: f32 = 0.5;

/// The most bytes of `network.onnx`: a network for a board, with room to grow.
const LARGEST_NETWORK: u64 = 256 << 20;

/// The most bytes of `bundle.toml`.
const LARGEST_DESCRIPTION: u64 = 1 << 20;

/// The longest embedding: what a stock keeps of each cover, and compares.
const LONGEST_EMBEDDING: usize = 16_384;

/// The most letters of a genre's or a family's id.
const LONGEST_ID: usize = 64;

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
    /// How much a picture must look like a sleeve, as a logit; `None` where the network does not tell.
    pub sleeve: Option<f32>,
    /// By how much likelier a cover must lie turned than upright, as a logit, to be turned before it is read;
    /// `None` where the network does not tell.
    pub turned: Option<f32>,
    /// The genres: first those with a logit, in the order of the logits, then those with a prior. See [`Bundle::taught`].
    pub genres: Vec<Arc<Genre>>,
    /// The families that genres name, in the order in which they name them first.
    pub families: Vec<Arc<Family>>,
    /// What the trainer measured with this very network.
    pub figures: Figures,
    /// The bytes of `network.onnx`, their hash checked.
    pub onnx: Vec<u8>,
    /// Their SHA-256, 64 hex digits: by it, embeddings of different networks are told apart.
    pub sha256: String,
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

/// What must be reached for a thing to be said, by how cautious the owner wants it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// For [`Caution::Low`].
    pub low: Levels,
    /// For [`Caution::Normal`].
    pub normal: Levels,
    /// For [`Caution::High`].
    pub high: Levels,
}

impl Thresholds {
    /// What must be reached with this much caution.
    #[must_use]
    pub fn of(&self, caution: Caution) -> &Levels {
        match caution {
            Caution::Low => &self.low,
            Caution::Normal => &self.normal,
            Caution::High => &self.high,
        }
    }
}

/// What must be reached for a genre, or else a family, to be said.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// The calibrated probability at which a genre is said.
    pub genre: f32,
    /// The one at which a family is said; where it is absent, families are never said.
    #[serde(default)]
    pub family: Option<f32>,
    /// The part of the test split's covers that gets a genre at this level, as the trainer measured it.
    #[serde(default)]
    pub said: Option<f32>,
    /// The part of these that is right.
    #[serde(default)]
    pub right: Option<f32>,
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
    #[serde(default)]
    sleeve: Option<Level>,
    #[serde(default)]
    turned: Option<Level>,
    #[serde(default)]
    families: Vec<Family>,
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
#[serde(deny_unknown_fields)]
struct Level {
    least: f32,
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
    #[error("{path} is of format {found}, this program reads formats 1 and 2; update whichever is older")]
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
        let families = families(&description.genres, &description.families);
        Ok(Self {
            families,
            name: description.name,
            input: description.input,
            embedding: description.network.embedding,
            calibration: description.calibration,
            thresholds: description.thresholds,
            sleeve: description.sleeve.map(|level| level.least),
            turned: description.turned.map(|level| level.least),
            genres: description.genres.into_iter().map(Arc::new).collect(),
            figures: description.figures,
            onnx,
            sha256: found,
            folder: folder.to_owned(),
        })
    }

    /// The number of genres that the network was taught: those with a logit and an evidence map. They are the first
    /// of [`Bundle::genres`].
    #[must_use]
    pub fn taught(&self) -> usize {
        taught(&self.genres)
    }
}

/// Reads and checks `bundle.toml`.
fn describe(path: &Path, text: &str) -> Result<Description, BundleError> {
    let wrong = |reason: String| BundleError::Description { path: path.to_owned(), reason };
    let in_toml = |error: toml::de::Error| wrong(crate::config::toml_sentence(&error, text));

    let Format { format } = toml::from_str(text).map_err(in_toml)?;
    if !FORMATS.contains(&format) {
        return Err(BundleError::Format { path: path.to_owned(), found: format });
    }
    let description: Description = toml::from_str(text).map_err(in_toml)?;

    let Description {
        name, input, network, calibration, thresholds, sleeve, turned, families, genres, ..
    } = &description;
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
    if file::beside(path, &network.file).is_none() {
        return Err(wrong(format!("network.file is \"{}\", it must be a file beside it", network.file)));
    }
    if !(1..=LONGEST_EMBEDDING).contains(&network.embedding) {
        let length = network.embedding;
        return Err(wrong(format!(
            "network.embedding is {length}, it must be from 1 to {LONGEST_EMBEDDING}"
        )));
    }
    if !calibration.temperature.is_finite() || calibration.temperature <= 0.0 {
        return Err(wrong(format!(
            "calibration.temperature is {}, it must be above 0",
            calibration.temperature
        )));
    }
    for levels in [&thresholds.low, &thresholds.normal, &thresholds.high] {
        for level in [Some(levels.genre), levels.family].into_iter().flatten() {
            if !(0.0..=1.0).contains(&level) {
                return Err(wrong(format!("a threshold is {level}, it must be from 0 to 1")));
            }
        }
    }
    if sleeve.as_ref().is_some_and(|level| !level.least.is_finite()) {
        return Err(wrong("sleeve.least is no number".into()));
    }
    if turned.as_ref().is_some_and(|level| !level.least.is_finite() || level.least < 0.0) {
        return Err(wrong("turned.least must be a number, and not below 0".into()));
    }
    if genres.len() < 2 {
        return Err(wrong(format!("it names {} genres, at least 2 are needed", genres.len())));
    }
    for (place, genre) in genres.iter().enumerate() {
        check_id("genre", &genre.id).map_err(wrong)?;
        check_id("family", &genre.family).map_err(wrong)?;
        if genres[..place].iter().any(|earlier| earlier.id == genre.id) {
            return Err(wrong(format!("genre \"{}\" is named twice", genre.id)));
        }
    }
    check_priors(format, genres).map_err(wrong)?;
    for (place, family) in families.iter().enumerate() {
        check_id("family", &family.id).map_err(wrong)?;
        if families[..place].iter().any(|earlier| earlier.id == family.id) {
            return Err(wrong(format!("family \"{}\" is named twice", family.id)));
        }
    }
    Ok(description)
}

/// Checks an id: it names folders and files, lamps in the configuration, and columns of tables.
fn check_id(what: &str, id: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    if (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(is_plain) {
        return Ok(());
    }
    let shown: String = id.chars().take(LONGEST_ID).collect();
    Err(format!(
        "the id of a {what} is \"{}\", it must be 1 to {LONGEST_ID} of the letters a to z, digits, _ and -",
        shown.escape_debug()
    ))
}

/// Checks which genres have a prior: none in format 1; otherwise the last, and at least two have a logit.
fn check_priors(format: u32, genres: &[Genre]) -> Result<(), String> {
    let mut sum = 0.0;
    let mut untaught = None;
    for genre in genres {
        let id = &genre.id;
        match (genre.prior, untaught) {
            (Some(_), _) if format == 1 => {
                return Err(format!("genre \"{id}\" has a prior, which is of format 2, and the format is 1"));
            }
            (Some(prior), _) if !(prior > 0.0 && prior < 1.0) => {
                return Err(format!("genre \"{id}\" has the prior {prior}, it must be above 0 and below 1"));
            }
            (Some(prior), _) => {
                sum += prior;
                untaught = Some(id);
            }
            (None, Some(earlier)) => {
                return Err(format!(
                    "genre \"{id}\" has no prior and comes after \"{earlier}\", which has one"
                ));
            }
            (None, None) => {}
        }
    }
    let taught = taught(genres);
    if taught < 2 {
        return Err(format!("{taught} of its genres have a logit, at least 2 are needed"));
    }
    if sum >= PRIORS_LIMIT {
        return Err(format!("the priors of its genres sum to {sum}, it must be below {PRIORS_LIMIT}"));
    }
    Ok(())
}

/// The number of genres with a logit.
fn taught(genres: &[impl Borrow<Genre>]) -> usize {
    genres.iter().map(Borrow::borrow).filter(|genre| genre.is_taught()).count()
}

/// The families that these genres name, in the order in which they name them first. One that is not
/// described is called by the name of its genre where it has but one, else by its id.
fn families(genres: &[Genre], described: &[Family]) -> Vec<Arc<Family>> {
    let mut families: Vec<Arc<Family>> = Vec::new();
    for genre in genres {
        let id = &genre.family;
        if families.iter().any(|known| known.id == *id) {
            continue;
        }
        let alone = genres.iter().filter(|other| other.family == *id).count() == 1;
        let named = if alone { (&genre.en, &genre.ru) } else { (id, id) };
        families.push(Arc::new(
            described.iter().find(|family| family.id == *id).cloned().unwrap_or_else(|| Family {
                id: id.clone(),
                en: named.0.clone(),
                ru: named.1.clone(),
            }),
        ));
    }
    families
}

/// Reads a whole file of at most `most` bytes.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, BundleError> {
    let unreadable =
        |error: io::Error| BundleError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    file::read_at_most(path, most).map_err(unreadable)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn beginning(hash: &str) -> String {
    hash.chars().take(12).collect()
}
