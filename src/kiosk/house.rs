//! What the kiosk is told of the house that it stands in.

use std::path::PathBuf;
use std::sync::Arc;

use crate::network::{Bundle, Family, Genre};
use crate::notices::Notices;
use crate::stock::Stock;

use super::PinFile;
use super::refusal::Refusal;

/// What the kiosk is told of the house that it stands in, once and for all.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// The bundle's name; `None` where none could be loaded.
    pub bundle: Option<String>,
    /// The genres that may be said.
    pub genres: Vec<Arc<Genre>>,
    /// The families that may be said.
    pub families: Vec<Arc<Family>>,
    /// Why nothing can be said at all: what is at fault, `model` or `stock`, and how, as a sentence.
    pub trouble: Option<(&'static str, String)>,
    /// What is wrong and does not stop the station; what the kiosk cannot keep is put there, too.
    pub notices: Notices,
    /// Where the PIN of the staff lies; without it there is no staff mode.
    pub pin: Option<PinFile>,
    /// The shop's own records, where there are any.
    pub stock: Option<Arc<Stock>>,
    /// The folder for covers that staff let be kept, by genre; without it, none can be.
    pub covers: Option<PathBuf>,
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

    /// The stock, or the word that there is none.
    pub(super) fn stock(&self) -> Result<&Stock, Refusal> {
        self.stock.as_deref().ok_or(Refusal::NoStock)
    }
}
