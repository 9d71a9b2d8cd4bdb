//! A genre as a bundle knows it.

use std::sync::Arc;

use serde::Deserialize;

/// A genre as a bundle knows it: an entry of `[[genres]]` in `bundle.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
    /// Of a genre that the network was not taught, its probability where no words speak; `None` for a genre with a
    /// logit.
    #[serde(default)]
    pub prior: Option<f32>,
}

impl Genre {
    /// The one of these that has this id or name, in whatever case.
    #[must_use]
    pub fn called<'a>(genres: &'a [Arc<Self>], name: &str) -> Option<&'a Arc<Self>> {
        genres.iter().find(|genre| genre.is_called(name))
    }

    /// Whether this is its id or its name, in whatever case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let wanted = name.trim().to_lowercase();
        [&self.id, &self.en, &self.ru].into_iter().any(|known| known.to_lowercase() == wanted)
    }

    /// Whether the network has a logit and an evidence map for it.
    #[must_use]
    pub fn is_taught(&self) -> bool {
        self.prior.is_none()
    }

    /// A genre that no bundle knows, in a shop's own words: its own family, and grey.
    #[must_use]
    pub fn of_shop(name: &str) -> Self {
        let name = name.to_owned();
        let color = "#888888".to_owned();
        Self { id: name.clone(), family: name.clone(), en: name.clone(), ru: name, color, prior: None }
    }
}
