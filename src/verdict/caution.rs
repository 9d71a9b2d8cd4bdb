//! How sure the station must be before it speaks: the owner's one knob.

use serde::{Deserialize, Serialize};

/// How sure the station must be before it speaks. What each one means, as parts of covers that get a
/// genre and of these that are right, stands in the bundle (`said` and `right`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Caution {
    /// It says more, and errs more often.
    Low,
    /// Half of the covers get a genre.
    #[default]
    Normal,
    /// It says little, and is seldom wrong.
    High,
}
