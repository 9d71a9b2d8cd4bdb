//! When a bundle was made, and whether one that is installed hides a newer one of the package.

use std::path::Path;

use serde::Deserialize;

use crate::file;
use crate::words::files::{FOLDER as WORDS, FUSION, LIST};

/// The most bytes of a file that is asked for its day.
const MAX_BYTES: u64 = 1 << 20;

/// A newer bundle of the package, in whose place one that was installed is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The name of the package's bundle.
    pub name: String,
    /// The day on which it was made, as `2026-12-01`.
    pub made: String,
}

/// What is read of `bundle.toml`, `words.toml` and `fusion.toml`.
#[derive(Default, Deserialize)]
struct About {
    #[serde(default)]
    name: String,
    #[serde(default)]
    made: Option<String>,
    #[serde(default)]
    training: Training,
}

#[derive(Default, Deserialize)]
struct Training {
    #[serde(default)]
    made: Option<String>,
}

/// The package's bundle, if it was made on a later day than the one that is installed: each counts as made on the
/// latest day that its `bundle.toml`, `words.toml` and `fusion.toml` name. One that names no day is older than any
/// that does.
#[must_use]
pub fn hidden(installed: &Path, packaged: &Path) -> Option<Hidden> {
    let (name, made) = about(packaged);
    let (_, before) = about(installed);
    let made = made.filter(|made| before.is_none_or(|before| before < *made))?;
    Some(Hidden { name, made })
}

/// A bundle's name, and the day on which it was made.
fn about(folder: &Path) -> (String, Option<String>) {
    let words = folder.join(WORDS);
    let bundle = read(&folder.join("bundle.toml"));
    let parts = [bundle.training.made, read(&words.join(LIST)).made, read(&words.join(FUSION)).made];
    (bundle.name, parts.into_iter().flatten().filter(|day| is_day(day)).max())
}

fn read(path: &Path) -> About {
    let bytes = file::read_at_most(path, MAX_BYTES).unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

/// Whether it is a day as `2026-12-01`: such days are ordered as their letters are.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
