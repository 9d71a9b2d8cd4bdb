//! The PIN of the staff: only what proves it is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use argon2::password_hash::{Output, PasswordHash, PasswordHasher, Salt, SaltString};
use argon2::{Argon2, Block, Params, Version};

use crate::file;

/// The file's name in the folder for what is to last.
const NAME: &str = "kiosk-pin";

/// The name of the file beside it with the times of the last tries.
const TRIES: &str = "kiosk-tries";

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
        Ok(self.proof()?.is_of(pin, &mut HashMemory::default()))
    }

    /// Where the times of the last tries are kept: a start gives nobody new ones.
    pub(super) fn tries(&self) -> PathBuf {
        self.0.with_file_name(TRIES)
    }

    /// What proves the PIN that is set now.
    pub(super) fn proof(&self) -> Result<PinProof, PinError> {
        let text = file::read_at_most(&self.0, LARGEST)
            .map_err(|reason| PinError::File { path: self.0.clone(), reason })?;
        let text = String::from_utf8(text).ok().map(|text| text.trim().to_owned());
        text.and_then(PinProof::new).ok_or_else(|| PinError::Damaged(self.0.clone()))
    }
}

/// The memory that a hash fills, 19 MB: one buffer that is used again, because the system does not get back all of what
/// each hash would take anew.
#[derive(Debug, Default)]
pub(super) struct HashMemory(Vec<Block>);

/// A salted hash of a PIN. Each PIN that is set has another, even where it is the same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PinProof(String);

impl PinProof {
    /// `None` where the text is no hash, or one that takes more than ours do.
    pub(super) fn new(text: String) -> Option<Self> {
        let (hash, most) = (PasswordHash::new(&text).ok()?, Params::default());
        let params = Params::try_from(&hash).ok()?;
        let is_within = params.m_cost() <= most.m_cost()
            && params.t_cost() <= most.t_cost()
            && params.p_cost() <= most.p_cost();
        let is_whole = hash.salt.is_some() && hash.hash.is_some();
        (is_within && is_whole).then_some(Self(text))
    }

    /// Whether it is of this PIN.
    pub(super) fn is_of(&self, pin: &str, memory: &mut HashMemory) -> bool {
        self.computed(pin, memory).unwrap_or(false)
    }

    fn computed(&self, pin: &str, HashMemory(blocks): &mut HashMemory) -> Option<bool> {
        let hash = PasswordHash::new(&self.0).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
        let mut salt = [0; Salt::MAX_LENGTH];
        let salt = hash.salt?.decode_b64(&mut salt).ok()?;
        if blocks.len() < params.block_count() {
            blocks.resize(params.block_count(), Block::default());
        }
        let argon2 = Argon2::new(hash.algorithm.try_into().ok()?, version, params);
        let expected = hash.hash?;
        let output = Output::init_with(expected.len(), |out| {
            Ok(argon2.hash_password_into_with_memory(pin.as_bytes(), salt, out, blocks)?)
        });
        // It is compared in a time that does not tell how much of it is the same.
        Some(output.ok()? == expected)
    }
}
