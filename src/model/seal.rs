//! Who made a model: minisign's signatures.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use minisign_verify::{Error, PublicKey, Signature};

use super::ModelError;

/// The most bytes of a signature's file: four short lines.
const LARGEST_SIGNATURE: u64 = 4096;

/// The bytes that are read at one go.
const CHUNK: usize = 64 << 10;

/// A key by which models are signed: the public half of it.
#[derive(Clone)]
pub struct Key(PublicKey);

impl Key {
    /// Reads a key as `minisign -G` prints it, the line that begins with `RW`.
    ///
    /// # Errors
    ///
    /// [`ModelError::BadKey`] where it is none.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        PublicKey::from_base64(text.trim()).map(Self).map_err(|_| ModelError::BadKey(text.to_owned()))
    }
}

/// Where the signature of a file lies: beside it, as `minisign -S` writes it.
#[must_use]
pub fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// Copies a file of at most `most` bytes and says that one of the keys has signed it; what was copied is not to be
/// looked at before.
pub(super) fn copy_signed(
    file: &Path,
    keys: &[Key],
    most: u64,
    to: &mut impl Write,
) -> Result<(), ModelError> {
    if keys.is_empty() {
        return Err(ModelError::NoKey);
    }
    let signature = signature(&signature_of(file))?;
    let forged = || ModelError::Forged { path: file.to_owned() };
    // A signature names its key; only that one begins to verify.
    let mut begun = keys.iter().map(|key| key.0.verify_stream(&signature));
    let named = begun.find(|begun| !matches!(begun, Err(Error::UnexpectedKeyId)));
    let mut verifier = match named {
        Some(Ok(begun)) => begun,
        Some(Err(Error::UnsupportedLegacyMode)) => {
            return Err(ModelError::OldSignature { path: file.to_owned() });
        }
        _ => return Err(forged()),
    };
    let about = fs::metadata(file).map_err(ModelError::at(file))?;
    let huge = || ModelError::Huge { path: file.to_owned(), most };
    if about.len() > most {
        return Err(huge());
    }
    let mut from = fs::File::open(file).map_err(ModelError::at(file))?;
    let (mut chunk, mut copied) = (vec![0; CHUNK], 0);
    loop {
        let read = from.read(&mut chunk).map_err(ModelError::at(file))?;
        if read == 0 {
            break;
        }
        copied += read as u64;
        if copied > most {
            return Err(huge());
        }
        verifier.update(&chunk[..read]);
        to.write_all(&chunk[..read]).map_err(ModelError::at(file))?;
    }
    verifier.finalize().map_err(|_| forged())
}

fn signature(path: &Path) -> Result<Signature, ModelError> {
    let none = |reason: String| ModelError::NoSignature { path: path.to_owned(), reason };
    let about = fs::metadata(path).map_err(|error| none(error.to_string()))?;
    if !about.is_file() || about.len() > LARGEST_SIGNATURE {
        return Err(none("it has not the size of one".into()));
    }
    let text = fs::read_to_string(path).map_err(|error| none(error.to_string()))?;
    Signature::decode(&text).map_err(|error| none(error.to_string()))
}
