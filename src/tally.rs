//! Right and wrong, counted.

use std::collections::BTreeMap;

use serde::Serialize;

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
    /// The figures of each genre, in the bundle's order.
    pub genres: Vec<GenreFigures>,
    /// The accuracy of each source, where sources are known.
    pub sources: Vec<SourceFigures>,
    /// Of a row's genre, how many were said to be of a column's, in the order of `genres`.
    pub confusion: Vec<Vec<u32>>,
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
        Self { genres, confusion, in_top3: 0, sources: BTreeMap::new() }
    }

    /// The place of a genre among those that are counted.
    #[must_use]
    pub fn place(&self, genre: &str) -> Option<usize> {
        self.genres.iter().position(|known| known == genre)
    }

    /// Counts one cover: its true genre, and the genres by place, the likeliest first.
    ///
    /// # Panics
    ///
    /// Where a place is none of the tally's, or nothing was said.
    pub fn count(&mut self, truth: usize, said: &[usize], source: Option<&str>) {
        let right = said[0] == truth;
        self.confusion[truth][said[0]] += 1;
        self.in_top3 += u32::from(said.iter().take(3).any(|place| *place == truth));
        if let Some(source) = source {
            let (covers, rights) = self.sources.entry(source.to_owned()).or_default();
            *covers += 1;
            *rights += u32::from(right);
        }
    }

    /// The figures. Genres without a cover stay out of the means.
    ///
    /// ```
    /// use sleevesight::tally::Tally;
    ///
    /// let mut tally = Tally::new(vec!["jazz".into(), "metal".into()]);
    /// tally.count(0, &[0, 1], None);
    /// tally.count(1, &[0, 1], None);
    /// assert_eq!(tally.figures().accuracy, 0.5);
    /// ```
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
}

/// A part of a whole, 0 where there is no whole.
fn part(some: u32, all: u32) -> f64 {
    if all == 0 { 0.0 } else { f64::from(some) / f64::from(all) }
}
