//! Golden covers: pictures that a model must read on the station as it did where it was packed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ModelError;
use super::parcel::GOLDEN;
use crate::file;
use crate::frame::Frame;
use crate::picture;
use crate::reader::{Gaze, Reader};
use crate::verdict::Verdict;

/// How far a probability may be from what it was where the model was packed: processors round differently.
pub const TOLERANCE: f32 = 0.02;

/// The file that tells what is read of each cover.
const FILE: &str = "golden.toml";

/// The most bytes of it.
const LARGEST: u64 = 1 << 20;

/// What is read of the golden covers, by their names below `golden/`: a probability for each genre.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    covers: BTreeMap<String, BTreeMap<String, f32>>,
}

impl Golden {
    /// The one of an unpacked parcel.
    ///
    /// # Errors
    ///
    /// [`ModelError::Parcel`] where there is none, or none that can be read, or it names no cover.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Parcel(format!("{FILE}: {reason}"));
        let path = folder.join(FILE);
        if std::fs::metadata(&path).is_ok_and(|about| about.len() > LARGEST) {
            return Err(wrong("it is too large".into()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let golden: Self =
            toml::from_str(&text).map_err(|error| wrong(crate::config::toml_sentence(&error, &text)))?;
        if golden.covers.is_empty() {
            return Err(wrong("it names no cover".into()));
        }
        Ok(golden)
    }

    /// What this reader reads of these pictures.
    ///
    /// # Errors
    ///
    /// [`ModelError::Trial`] for one that cannot be read.
    pub fn of<'a>(
        reader: &Reader,
        pictures: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, ModelError> {
        let read = |(name, bytes): (&str, &[u8])| Ok((name.to_owned(), read(reader, name, bytes)?));
        Ok(Self { covers: pictures.into_iter().map(read).collect::<Result<_, ModelError>>()? })
    }

    /// As the file of a parcel.
    ///
    /// # Errors
    ///
    /// [`ModelError::Parcel`] where it cannot be written as TOML.
    pub fn file(&self) -> Result<(String, Vec<u8>), ModelError> {
        let text = toml::to_string(self).map_err(|error| ModelError::Parcel(error.to_string()))?;
        Ok((FILE.into(), text.into_bytes()))
    }

    /// Has the covers of an unpacked parcel read by this reader, and compares.
    ///
    /// # Errors
    ///
    /// [`ModelError::Trial`] where one is read otherwise, [`ModelError::Parcel`] where one is not there.
    pub fn try_out(&self, reader: &Reader, folder: &Path) -> Result<(), ModelError> {
        for (name, wanted) in &self.covers {
            let Some(path) = file::beside(&folder.join(GOLDEN), name) else {
                return Err(ModelError::Parcel(format!("{FILE} names \"{}\"", name.escape_debug())));
            };
            let bytes =
                file::read(&path).map_err(|error| ModelError::Parcel(format!("{GOLDEN}/{name}: {error}")))?;
            let got = read(reader, name, &bytes)?;
            if !got.keys().eq(wanted.keys()) {
                return Err(ModelError::Trial(format!("{FILE} names other genres than bundle.toml")));
            }
            for (genre, probability) in &got {
                let expected = wanted[genre];
                if (probability - expected).abs().is_nan() || (probability - expected).abs() > TOLERANCE {
                    return Err(ModelError::Trial(format!(
                        "{name} is {genre} with {probability:.2} here, and with {expected:.2} where it was packed"
                    )));
                }
            }
        }
        Ok(())
    }
}

/// What is read of a cover.
fn read(reader: &Reader, name: &str, bytes: &[u8]) -> Result<BTreeMap<String, f32>, ModelError> {
    let failed = |reason: String| ModelError::Trial(format!("{name}: {reason}"));
    let picture = picture::decode(bytes).map_err(|error| failed(error.to_string()))?;
    let frame = Frame::still(picture, name.to_owned());
    let sighting = reader.look(&frame, Gaze::Flat).map_err(|error| failed(error.to_string()))?;
    let Verdict { genres, .. } = sighting.verdict;
    if genres.is_empty() {
        return Err(failed("it is taken for no sleeve".into()));
    }
    Ok(genres.into_iter().map(|likely| (likely.genre.id.clone(), likely.probability)).collect())
}
