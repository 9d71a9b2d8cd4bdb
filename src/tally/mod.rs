//! Right and wrong, counted.

mod calibration;

pub use calibration::CalibrationError;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::verdict::{Recognition, Verdict, Word};

/// The parts of the covers, the surest first, of which it is told how many were right.
const COVERED: [f64; 4] = [0.25, 0.5, 0.75, 1.0];

/// What was said of covers whose genre is known, counted.
#[derive(Clone, Debug)]
pub struct Tally {
    genres: Vec<String>,
    /// Of a row's genre, how many were said to be of a column's.
    confusion: Vec<Vec<u32>>,
    /// Covers whose genre was among the likeliest three.
    in_top3: u32,
    /// Per source: covers, and how many of them were right.
    sources: BTreeMap<String, (u32, u32)>,
    /// Of each cover, how likely its likeliest genre was, and whether it was right.
    said: Vec<(f32, bool)>,
    /// The same of its likeliest family.
    said_of_family: Vec<(f32, bool)>,
    words: Words,
}

/// What was said aloud of how many covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// A genre.
    pub genre: u32,
    /// The right one.
    pub genre_right: u32,
    /// A family, for no genre was sure enough.
    pub family: u32,
    /// The right one.
    pub family_right: u32,
    /// That it is unsure.
    pub unsure: u32,
    /// That it is no sleeve: these covers are lost.
    pub nothing: u32,
}

/// The figures of a tally. All rates are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How many covers were counted.
    pub covers: u32,
    /// The part whose likeliest genre was right.
    pub accuracy: f64,
    /// The mean over the genres of the part that was right.
    pub balanced_accuracy: f64,
    /// The mean over the genres of F1.
    pub macro_f1: f64,
    /// The part whose genre was among the likeliest three.
    pub top3: f64,
    /// The part whose likeliest family was right.
    pub family_accuracy: f64,
    /// How far the likeliest genre's probability is to be trusted.
    pub calibration_error: CalibrationError,
    /// The same of the likeliest family's.
    pub family_calibration_error: CalibrationError,
    /// Of the surest covers, by part, how many were right.
    pub coverage: Vec<Coverage>,
    /// What was said aloud.
    pub words: Words,
    /// The figures of each genre, in the bundle's order.
    pub genres: Vec<GenreFigures>,
    /// The accuracy of each source, where sources are known.
    pub sources: Vec<SourceFigures>,
    /// Of a row's genre, how many were said to be of a column's, in the order of `genres`.
    pub confusion: Vec<Vec<u32>>,
}

/// How often the likeliest genre is right among the surest covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// The part of all covers, the surest first.
    pub covered: f64,
    /// The part of these that was right.
    pub right: f64,
}

/// The figures of one genre.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenreFigures {
    /// The genre's id.
    pub genre: String,
    /// How many covers of it were counted.
    pub covers: u32,
    /// Of the covers said to be of it, the part that was.
    pub precision: f64,
    /// Of its covers, the part that was said to be.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// The figures of one source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceFigures {
    /// The source's name.
    pub source: String,
    /// How many covers of it were counted.
    pub covers: u32,
    /// The part that was right.
    pub accuracy: f64,
}

impl Tally {
    /// An empty tally of these genres.
    #[must_use]
    pub fn new(genres: Vec<String>) -> Self {
        let confusion = vec![vec![0; genres.len()]; genres.len()];
        Self {
            genres,
            confusion,
            in_top3: 0,
            sources: BTreeMap::new(),
            said: Vec::new(),
            said_of_family: Vec::new(),
            words: Words::default(),
        }
    }

    /// The place of a genre among those that are counted.
    #[must_use]
    pub fn place(&self, genre: &str) -> Option<usize> {
        self.genres.iter().position(|known| known == genre)
    }

    /// Counts one cover: its true genre by place, and what was said of it. Genres that the tally does not
    /// know are passed over.
    ///
    /// # Panics
    ///
    /// Where the place is none of the tally's, or the verdict names none of its genres.
    pub fn count(&mut self, truth: usize, verdict: &Verdict, source: Option<&str>) {
        let said: Vec<usize> =
            verdict.genres.iter().filter_map(|likely| self.place(&likely.genre.id)).collect();
        let right = said[0] == truth;
        self.confusion[truth][said[0]] += 1;
        self.in_top3 += u32::from(said.iter().take(3).any(|place| *place == truth));
        if let Some(source) = source {
            let (covers, rights) = self.sources.entry(source.to_owned()).or_default();
            *covers += 1;
            *rights += u32::from(right);
        }
        self.said.push((verdict.genres[0].probability, right));
        let mut own = verdict.genres.iter().filter(|likely| likely.genre.id == self.genres[truth]);
        let family = own.next().map(|likely| likely.genre.family.as_str());
        if let Some(likely) = verdict.families.first() {
            self.said_of_family.push((likely.probability, family == Some(&likely.family.id)));
        }
        let words = &mut self.words;
        match &verdict.word {
            Word::Record(Recognition { genre: likely, .. }) | Word::Genre(likely) => {
                words.genre += 1;
                words.genre_right += u32::from(likely.genre.id == self.genres[truth]);
            }
            Word::Family(likely) => {
                words.family += 1;
                words.family_right += u32::from(family == Some(&likely.family.id));
            }
            Word::Unsure => words.unsure += 1,
            Word::Nothing => words.nothing += 1,
        }
    }

    /// The figures. Genres without a cover stay out of the means.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let genres: Vec<GenreFigures> = self
            .genres
            .iter()
            .enumerate()
            .map(|(place, genre)| {
                let right = self.confusion[place][place];
                let covers: u32 = self.confusion[place].iter().sum();
                let said: u32 = self.confusion.iter().map(|row| row[place]).sum();
                let f1 = part(2 * right, covers + said);
                GenreFigures {
                    genre: genre.clone(),
                    covers,
                    precision: part(right, said),
                    recall: part(right, covers),
                    f1,
                }
            })
            .collect();
        let covers: u32 = genres.iter().map(|genre| genre.covers).sum();
        let right: u32 = (0..genres.len()).map(|place| self.confusion[place][place]).sum();
        let counted: Vec<&GenreFigures> = genres.iter().filter(|genre| genre.covers > 0).collect();
        let mean = |figure: fn(&GenreFigures) -> f64| {
            counted.iter().map(|genre| figure(genre)).sum::<f64>() / counted.len().max(1) as f64
        };
        Figures {
            covers,
            accuracy: part(right, covers),
            balanced_accuracy: mean(|genre| genre.recall),
            macro_f1: mean(|genre| genre.f1),
            top3: part(self.in_top3, covers),
            family_accuracy: right_of(&self.said_of_family),
            calibration_error: CalibrationError::of(&self.said),
            family_calibration_error: CalibrationError::of(&self.said_of_family),
            coverage: self.coverage(),
            words: self.words,
            sources: self
                .sources
                .iter()
                .map(|(source, (covers, right))| SourceFigures {
                    source: source.clone(),
                    covers: *covers,
                    accuracy: part(*right, *covers),
                })
                .collect(),
            confusion: self.confusion.clone(),
            genres,
        }
    }

    fn coverage(&self) -> Vec<Coverage> {
        let mut surest = self.said.clone();
        surest.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let of = |covered: f64| {
            let count = (covered * surest.len() as f64).round() as usize;
            Coverage { covered, right: right_of(&surest[..count]) }
        };
        COVERED.map(of).to_vec()
    }
}

/// The part that was right, 0 of nothing.
fn right_of(said: &[(f32, bool)]) -> f64 {
    part(said.iter().filter(|(_, right)| *right).count() as u32, said.len() as u32)
}

/// A part of a whole, 0 where there is no whole.
fn part(some: u32, all: u32) -> f64 {
    if all == 0 { 0.0 } else { f64::from(some) / f64::from(all) }
}
