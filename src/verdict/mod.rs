//! Verdicts: what the station says of what it saw, and how sure it is.

mod calibrate;
mod caution;
mod judge;

pub use calibrate::probabilities;
pub use caution::Caution;
pub use judge::Judge;

use std::sync::Arc;

use crate::network::{Family, Genre};

/// A genre and how likely it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Likelihood {
    /// The genre.
    pub genre: Arc<Genre>,
    /// Calibrated probability, 0 to 1.
    pub probability: f32,
}

/// A family of genres and how likely it is: the sum over its genres.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilyLikelihood {
    /// The family.
    pub family: Arc<Family>,
    /// Calibrated probability, 0 to 1.
    pub probability: f32,
}

/// What is said of a sleeve, at the level that the evidence supports.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Word {
    /// This genre, with this probability.
    Genre(Likelihood),
    /// One of this family's genres; which one, the evidence does not tell.
    Family(FamilyLikelihood),
    /// A sleeve, but none of the genres is likely enough.
    Unsure,
    /// No sleeve.
    Nothing,
}

/// What the station says of one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What is said.
    pub word: Word,
    /// All genres, the likeliest first.
    pub genres: Vec<Likelihood>,
    /// All families, the likeliest first.
    pub families: Vec<FamilyLikelihood>,
}
