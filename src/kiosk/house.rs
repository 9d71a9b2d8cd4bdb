//! What the kiosk is told of the house that it stands in.

use std::sync::Arc;

use crate::network::{Bundle, Family, Genre};

use super::PinFile;

/// What the kiosk is told of the house that it stands in, once and for all.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// The bundle's name; `None` where none could be loaded.
    pub bundle: Option<String>,
    /// The genres that may be said.
    pub genres: Vec<Arc<Genre>>,
    /// The families that may be said.
    pub families: Vec<Arc<Family>>,
    /// Why nothing can be said at all, as a sentence: the model does not load.
    pub trouble: Option<String>,
    /// Where the PIN of the staff lies; without it there is no staff mode.
    pub pin: Option<PinFile>,
}

impl House {
    /// A house with this bundle.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Self {
        Self {
            bundle: Some(bundle.name.clone()),
            genres: bundle.genres.clone(),
            families: bundle.families.clone(),
            ..Self::default()
        }
    }

    /// A house whose model does not load, and why.
    #[must_use]
    pub fn without_model(sentence: String) -> Self {
        Self { trouble: Some(sentence), ..Self::default() }
    }
}
