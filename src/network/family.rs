//! A family of genres as a bundle knows it.

use serde::Deserialize;

/// Genres that are shelved together, and whose covers are easily taken for one another: an entry of
/// `[[families]]` in `bundle.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The id that genres name it by.
    pub id: String,
    /// Its name in English.
    pub en: String,
    /// Its name in Russian.
    pub ru: String,
}
