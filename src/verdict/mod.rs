//! Verdicts: what the station says of what it saw, and how sure it is.

mod answer;
mod calibrate;
mod caution;
mod judge;

pub use answer::{Answer, FamilyAnswer, GenreAnswer, LineAnswer};
pub use calibrate::probabilities;
pub use caution::Caution;
pub use judge::{Judge, SpokenWords};

use std::sync::Arc;

use crate::network::{Family, Genre};
use crate::stock::{Candidate, Known, Lookalike};
use crate::words::{Album, Artist, Line, WordEvidence, printable};

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

/// The very record that is shown, and its genre.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    /// Which record it is, and which others have the same cover.
    pub known: Known,
    /// The shop's genre for it, which is certain: a probability of 1; the likeliest genre where the shop tells none.
    pub genre: Likelihood,
}

/// What is said of a sleeve, at the level that the evidence supports.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Word {
    /// This very record: the stock has it.
    Record(Recognition),
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
    /// The records of the stock that look most like it, the likest first; none where there is no stock.
    pub lookalikes: Vec<Lookalike>,
    /// The records of the stock that it may be, where the words on it fit several.
    pub candidates: Vec<Candidate>,
    /// The lines that were read on the cover, in reading order; none where none were read.
    pub words: Vec<Line>,
    /// The artist, where one was matched in the words with confidence.
    pub artist: Option<Artist>,
    /// The album, where artist and title were matched with confidence.
    pub album: Option<Album>,
    /// The places in `words` of the lines that counted for the genre.
    pub counted: Vec<usize>,
}

impl Verdict {
    /// A verdict by the picture alone, beside no stock.
    #[must_use]
    pub fn new(word: Word, genres: Vec<Likelihood>, families: Vec<FamilyLikelihood>) -> Self {
        Self {
            word,
            genres,
            families,
            lookalikes: Vec::new(),
            candidates: Vec::new(),
            words: Vec::new(),
            artist: None,
            album: None,
            counted: Vec::new(),
        }
    }

    /// The album or else the artist, as far as they are known by the words: `Miles Davis: Kind of Blue, 1959`.
    #[must_use]
    pub fn named(&self) -> Option<String> {
        let of_album = |album: &Album| {
            let year = album.year.map_or_else(String::new, |year| format!(", {year}"));
            printable(&format!("{}: {}{year}", album.artist, album.title))
        };
        let of_artist = |artist: &Artist| printable(&artist.name);
        self.album.as_ref().map(of_album).or_else(|| self.artist.as_ref().map(of_artist))
    }

    /// The same verdict with what was read on the cover.
    #[must_use]
    pub fn with_words(self, evidence: &WordEvidence) -> Self {
        let WordEvidence { lines, artist, album, counted, .. } = evidence.clone();
        Self { words: lines, artist, album, counted, ..self }
    }
}

impl Word {
    /// The genre that is said: the record's, or the one that the sleeve looks like.
    #[must_use]
    pub fn genre(&self) -> Option<&Likelihood> {
        match self {
            Self::Record(recognition) => Some(&recognition.genre),
            Self::Genre(likely) => Some(likely),
            _ => None,
        }
    }

    /// The record that is said.
    #[must_use]
    pub fn record(&self) -> Option<&Known> {
        match self {
            Self::Record(recognition) => Some(&recognition.known),
            _ => None,
        }
    }
}
