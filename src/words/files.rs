//! The files that read a sleeve's words: the folder `words/` of a bundle, checked before it is used.
//!
//! `docs/bundle.md` tells the format.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::file;
use crate::network::hex;

/// The folder in a bundle.
pub const FOLDER: &str = "words";

/// The list of the folder's files.
pub const LIST: &str = "words.toml";

/// How picture and words are weighed.
pub const FUSION: &str = "fusion.toml";

/// The one format that this program reads.
const FORMAT: u32 = 1;

/// The most files that the list may name.
pub const MAX_FILES: usize = 24;

/// The most bytes of a listed file.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// The most bytes of all listed files together.
pub const MAX_BYTES: u64 = 64 << 20;

/// The most bytes of `words.toml` and of `fusion.toml`.
const MAX_TOML_BYTES: u64 = 1 << 20;

/// The longest name of a file, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// The files of a bundle that read a sleeve's words, in memory, their hashes checked.
#[derive(Clone, Debug, PartialEq)]
pub struct WordsFolder {
    files: BTreeMap<String, Vec<u8>>,
    list: Vec<u8>,
    sha256: String,
    fusion: Option<String>,
}

/// Why the files that read words are not used; the picture then decides alone. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WordsFolderError {
    /// A file cannot be read.
    #[error("cannot read {path}: {reason}; copy the whole bundle again")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// `words.toml` or `fusion.toml` is not what `docs/bundle.md` describes.
    #[error("{path}: {reason}; copy the whole bundle again")]
    Description {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `words.toml` is of another format.
    #[error("{path} is of format {found}, this program reads format {FORMAT}; update whichever is older")]
    Format {
        /// Which file.
        path: PathBuf,
        /// The format that it names.
        found: u32,
    },
    /// A file that is needed is not there.
    #[error("{path} is missing; copy the whole bundle again")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// A file has more bytes than it may.
    #[error("{path} has more than {most} bytes; copy the whole bundle again")]
    Huge {
        /// Which file.
        path: PathBuf,
        /// The most that there may be.
        most: u64,
    },
    /// A file is not the one that `words.toml` lists.
    #[error(
        "{path} is damaged, or is of another version than words.toml (its SHA-256 begins {found}, not {wanted}); copy the whole bundle again"
    )]
    Hash {
        /// Which file.
        path: PathBuf,
        /// The beginning of the file's hash.
        found: String,
        /// The beginning of the hash that is listed.
        wanted: String,
    },
    /// The fusion was fitted for another network.
    #[error("{path} was fitted for another network.onnx than the bundle's; fit the fusion again")]
    OtherNetwork {
        /// Which file.
        path: PathBuf,
    },
    /// The fusion was fitted for other files that read words.
    #[error("{path} was fitted for another words.toml than the one beside it; fit the fusion again")]
    OtherWords {
        /// Which file.
        path: PathBuf,
    },
}

/// `words.toml`. More may stand in it, for people.
#[derive(Deserialize)]
struct List {
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// What `fusion.toml` was fitted for.
#[derive(Deserialize)]
struct Fitted {
    network: String,
    words: String,
}

impl WordsFolder {
    /// Reads the folder `words/` of a bundle whose `network.onnx` has this SHA-256, and checks that its parts belong
    /// together. `None` where there is no such folder.
    ///
    /// # Errors
    ///
    /// [`WordsFolderError`], by what is wrong.
    pub fn open(bundle: &Path, network_sha256: &str) -> Result<Option<Self>, WordsFolderError> {
        let Some(mut opened) = Self::open_unfused(bundle)? else { return Ok(None) };
        let path = bundle.join(FOLDER).join(FUSION);
        if !is_there(&path)? {
            return Ok(Some(opened));
        }
        let (_, text) = read_text(&path)?;
        let Fitted { network, words } = parsed(&path, &text)?;
        if !network.eq_ignore_ascii_case(network_sha256) {
            return Err(WordsFolderError::OtherNetwork { path });
        }
        if !words.eq_ignore_ascii_case(&opened.sha256) {
            return Err(WordsFolderError::OtherWords { path });
        }
        opened.fusion = Some(text);
        Ok(Some(opened))
    }

    /// The same, without `fusion.toml`: for whoever fits it.
    ///
    /// # Errors
    ///
    /// As [`WordsFolder::open`].
    pub fn open_unfused(bundle: &Path) -> Result<Option<Self>, WordsFolderError> {
        let folder = bundle.join(FOLDER);
        if !is_there(&folder)? {
            return Ok(None);
        }
        let path = folder.join(LIST);
        let (list, text) = read_text(&path)?;
        let Format { format } = parsed(&path, &text)?;
        if format != FORMAT {
            return Err(WordsFolderError::Format { path, found: format });
        }
        let List { files: listed } = parsed(&path, &text)?;
        check(&listed).map_err(|reason| WordsFolderError::Description { path, reason })?;

        let mut files = BTreeMap::new();
        let mut left = MAX_BYTES;
        for (name, wanted) in listed {
            let path = folder.join(&name);
            let bytes = read(&path, MAX_FILE_BYTES.min(left))?;
            left -= bytes.len() as u64;
            let found = hex(&Sha256::digest(&bytes));
            if !found.eq_ignore_ascii_case(&wanted) {
                let (found, wanted) = (beginning(&found), beginning(&wanted));
                return Err(WordsFolderError::Hash { path, found, wanted });
            }
            files.insert(name, bytes);
        }
        let sha256 = hex(&Sha256::digest(&list));
        Ok(Some(Self { files, list, sha256, fusion: None }))
    }

    /// The bytes of a listed file.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// The text of `words.toml`.
    #[must_use]
    pub fn list(&self) -> &str {
        // It was parsed as text when the folder was opened.
        str::from_utf8(&self.list).unwrap_or_default()
    }

    /// The SHA-256 of `words.toml`, 64 hex digits: by it, the files of different versions are told apart.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The text of `fusion.toml`, fitted for this network and these files; `None` where there is none.
    #[must_use]
    pub fn fusion(&self) -> Option<&str> {
        self.fusion.as_deref()
    }

    /// All files with their names below the bundle, in the order of their names: what `model pack` packs.
    pub fn entries(&self) -> impl Iterator<Item = (String, &[u8])> {
        let own = [(LIST, Some(self.list.as_slice())), (FUSION, self.fusion.as_deref().map(str::as_bytes))];
        let own = own.into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
        let listed = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        listed.chain(own).map(|(name, bytes)| (format!("{FOLDER}/{name}"), bytes))
    }
}

/// Whether a name is one of a file beside the list: letters of ASCII, digits, `.`, `_` and `-`, and not hidden.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Checks the list of files.
fn check(listed: &BTreeMap<String, String>) -> Result<(), String> {
    if listed.is_empty() || listed.len() > MAX_FILES {
        return Err(format!("it lists {} files, it must be 1 to {MAX_FILES}", listed.len()));
    }
    for (name, hash) in listed {
        let shown = name.escape_debug();
        if !is_plain(name) || [LIST, FUSION].contains(&name.as_str()) {
            return Err(format!("it lists \"{shown}\", which is no plain name of a file beside it"));
        }
        if hash.len() != 64 || !hash.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(format!("the SHA-256 of \"{shown}\" must have 64 hexadecimal digits"));
        }
    }
    Ok(())
}

fn is_there(path: &Path) -> Result<bool, WordsFolderError> {
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unreadable(path)(error)),
    }
}

/// Reads a whole file of at most `most` bytes.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, WordsFolderError> {
    let about = fs::metadata(path).map_err(unreadable(path))?;
    // A pipe may never end, and opening it may wait forever.
    if !about.is_file() {
        let (path, reason) = (path.to_owned(), "it is no file".to_owned());
        return Err(WordsFolderError::Unreadable { path, reason });
    }
    file::read_at_most(path, most).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => WordsFolderError::Huge { path: path.to_owned(), most },
        _ => unreadable(path)(error),
    })
}

fn read_text(path: &Path) -> Result<(Vec<u8>, String), WordsFolderError> {
    let bytes = read(path, MAX_TOML_BYTES)?;
    let no_text =
        |_| WordsFolderError::Description { path: path.to_owned(), reason: "it is not text".into() };
    let text = str::from_utf8(&bytes).map_err(no_text)?.to_owned();
    Ok((bytes, text))
}

fn parsed<'a, T: Deserialize<'a>>(path: &Path, text: &'a str) -> Result<T, WordsFolderError> {
    toml::from_str(text).map_err(|error| WordsFolderError::Description {
        path: path.to_owned(),
        reason: crate::config::toml_sentence(&error, text),
    })
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> WordsFolderError {
    move |error| match error.kind() {
        io::ErrorKind::NotFound => WordsFolderError::Missing { path: path.to_owned() },
        _ => WordsFolderError::Unreadable { path: path.to_owned(), reason: error.to_string() },
    }
}

fn beginning(hash: &str) -> String {
    hash.chars().take(12).collect()
}
