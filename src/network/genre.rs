//! A genre as a bundle knows it.

use serde::Deserialize;

/// A genre as a bundle knows it: an entry of `[[genres]]` in `bundle.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genre {
    /// The name of the data's folder, as `soul_rnb`.
    pub id: String,
    /// The family it is shelved with; its own id where it has none.
    pub family: String,
    /// Its name in English.
    pub en: String,
    /// Its name in Russian.
    pub ru: String,
    /// Its colour, as `#c9a227`.
    pub color: String,
}
