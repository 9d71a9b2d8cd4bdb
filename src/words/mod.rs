//! The words on a sleeve: detect, crop, recognise, match, weigh.
//!
//! A flat [`crate::sleeve::Cover`] comes in; out come its [`Line`]s, and what they say of the record: the artist and
//! the album where they are named, and evidence for genres. The module does no I/O after it is opened and reads no
//! clock.

mod candidates;
mod classifier;
mod crop;
mod error;
pub mod files;
mod fold;
mod fusion;
mod line;
mod matching;
mod merge;
mod names;
mod network;
mod pass;
mod passes;
mod printable;
mod reader;
mod reading;
mod recognise;
mod region;
mod report;
mod weigh;
mod weights;

pub use error::WordsError;
pub use files::{WordsFolder, WordsFolderError};
pub use fold::{folded, squashed};
pub use fusion::Fusion;
pub use line::Line;
pub use passes::{Passes, STALE, SURE};
pub use printable::printable;
pub use reading::WordReader;
pub use recognise::decoded;
pub use report::{MatchReport, Matcher};

use serde::Serialize;

/// The number of passes that read a cover's words in different ways. Each finds lines that the others miss.
pub const PASSES: usize = 5;

/// An artist whose name was matched in the words with confidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Artist {
    /// The name as artists write it.
    pub name: String,
    /// The calibrated probability that the record is by this artist, 0 to 1.
    pub confidence: f32,
    /// The places of the lines that name the artist, in [`WordEvidence::lines`].
    #[serde(skip)]
    pub lines: Vec<usize>,
}

/// An album whose title and artist both were matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Album {
    /// The artist as the table writes the name.
    pub artist: String,
    /// The title as the table writes it.
    pub title: String,
    /// The year of its release, where the table knows it.
    pub year: Option<i32>,
}

/// What the words of one cover say, over all passes so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordEvidence {
    /// The lines in reading order; what several passes read at one place is one line.
    pub lines: Vec<Line>,
    /// The artist, where one was matched with confidence.
    pub artist: Option<Artist>,
    /// The album, where artist and title were matched with confidence.
    pub album: Option<Album>,
    /// The places in `lines` of the lines that counted for the genre.
    pub counted: Vec<usize>,
    /// The classifier's logarithm of the likelihood of each of the bundle's genres; empty where no words were read.
    pub classifier: Vec<f32>,
    /// The names' logarithm of the likelihood ratio for each of the bundle's genres; empty where no words were read.
    pub names: Vec<f32>,
    /// How many passes gave this.
    pub passes: usize,
}
