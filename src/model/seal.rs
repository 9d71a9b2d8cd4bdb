//! Who made a model: minisign's signatures.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use minisign_verify::{Error, PublicKey, Signature};

use super::ModelError;
use crate::file::{self, open_plain};

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

/// A model's file and its signature, open: whoever reads them afterwards need not be who may open them.
pub struct SignedFile {
    path: PathBuf,
    file: File,
    key: Key,
    signature: Signature,
}

impl SignedFile {
    /// Opens a file, and the signature beside it, which must name one of these keys.
    ///
    /// # Errors
    ///
    /// [`ModelError`], by what is missing.
    pub fn open(path: &Path, keys: &[Key]) -> Result<Self, ModelError> {
        if keys.is_empty() {
            return Err(ModelError::NoKey);
        }
        let signature = signature(&signature_of(path))?;
        // A signature names its key; only that one begins to verify.
        let mut begun = keys.iter().map(|key| (key, key.0.verify_stream(&signature).map(drop)));
        let named = begun.find(|(_, begun)| !matches!(begun, Err(Error::UnexpectedKeyId)));
        let path = path.to_owned();
        let key = match named {
            Some((key, Ok(()))) => key.clone(),
            Some((_, Err(Error::UnsupportedLegacyMode))) => return Err(ModelError::OldSignature { path }),
            _ => return Err(ModelError::Forged { path }),
        };
        let file = open_plain(&path).map_err(ModelError::at(&path))?;
        Ok(Self { path, file, key, signature })
    }

    /// Copies the file of at most `most` bytes and checks that the key has signed it; what was copied is not to be
    /// looked at before.
    pub(super) fn copy(self, most: u64, to: &mut impl Write) -> Result<(), ModelError> {
        let Self { path, mut file, key, signature } = self;
        let forged = || ModelError::Forged { path: path.clone() };
        let huge = || ModelError::Huge { path: path.clone(), most };
        let mut verifier = key.0.verify_stream(&signature).map_err(|_| forged())?;
        if file.metadata().map_err(ModelError::at(&path))?.len() > most {
            return Err(huge());
        }
        let (mut chunk, mut copied) = (vec![0; CHUNK], 0);
        loop {
            let read = file.read(&mut chunk).map_err(ModelError::at(&path))?;
            if read == 0 {
                break;
            }
            copied += read as u64;
            if copied > most {
                return Err(huge());
            }
            verifier.update(&chunk[..read]);
            to.write_all(&chunk[..read]).map_err(ModelError::at(&path))?;
        }
        verifier.finalize().map_err(|_| forged())
    }
}

fn signature(path: &Path) -> Result<Signature, ModelError> {
    let none = |reason: String| ModelError::NoSignature { path: path.to_owned(), reason };
    let bytes = file::read_at_most(path, LARGEST_SIGNATURE).map_err(|error| none(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| none(error.to_string()))?;
    Signature::decode(&text).map_err(|error| none(error.to_string()))
}
