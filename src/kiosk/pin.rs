//! The PIN of the staff: only what proves it is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

use crate::file;

/// The file's name in the folder for what is to last.
const NAME: &str = "kiosk-pin";

/// The most bytes of the file: a hash and its salt.
const LARGEST: u64 = 1 << 10;

/// How many digits a PIN has.
const SHORTEST: usize = 4;
const LONGEST: usize = 12;

/// Where the PIN's hash lies: Argon2id with a salt, readable for the program's user alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinFile(PathBuf);

/// Why a PIN could not be set or asked. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// It is no PIN.
    #[error("a PIN has {SHORTEST} to {LONGEST} digits and nothing else; six are hard to guess")]
    NoPin,
    /// The file cannot be written or read.
    #[error(
        "{path}: {reason}; make its folder writable for this user, or name another by `state` in the configuration"
    )]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The file holds something else.
    #[error("{0} holds no PIN; set it anew with: sleevesight kiosk pin")]
    Damaged(PathBuf),
    /// The system gives no randomness, or the hash cannot be made.
    #[error("the PIN cannot be hashed ({0}); try again")]
    Hash(String),
}

impl PinFile {
    /// The one in the folder for what is to last.
    #[must_use]
    pub fn in_folder(state: &Path) -> Self {
        Self(state.join(NAME))
    }

    /// Whether one is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.exists()
    }

    /// Sets the PIN, in place of the one before.
    ///
    /// # Errors
    ///
    /// [`PinError`]: it is no PIN, or it cannot be written.
    pub fn set(&self, pin: &str) -> Result<(), PinError> {
        if !(SHORTEST..=LONGEST).contains(&pin.len()) || !pin.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(PinError::NoPin);
        }
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| PinError::Hash(error.to_string()))?;
        let hash = SaltString::encode_b64(&salt)
            .and_then(|salt| Ok(Argon2::default().hash_password(pin.as_bytes(), &salt)?.to_string()))
            .map_err(|error| PinError::Hash(error.to_string()))?;
        let refused = |reason| PinError::File { path: self.0.clone(), reason };
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder).map_err(refused)?;
        }
        file::write_private(&self.0, format!("{hash}\n").as_bytes()).map_err(refused)
    }

    /// Whether this is the PIN. It takes a while, by design: some 50 ms.
    ///
    /// # Errors
    ///
    /// [`PinError`]: the file cannot be read, or holds something else.
    pub fn is(&self, pin: &str) -> Result<bool, PinError> {
        let text = file::read_at_most(&self.0, LARGEST)
            .map_err(|reason| PinError::File { path: self.0.clone(), reason })?;
        let damaged = || PinError::Damaged(self.0.clone());
        let text = String::from_utf8(text).map_err(|_| damaged())?;
        let hash = PasswordHash::new(text.trim()).map_err(|_| damaged())?;
        Ok(Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
    }
}
