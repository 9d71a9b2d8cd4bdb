//! A verdict as programs read it.

use serde::Serialize;

use super::{Likelihood, Verdict, Word};

/// The keys of a verdict in JSON, which `classify --json` and the kiosk have in common. Stable: keys are added, none
/// changes.
///
/// ```
/// # use sleevesight::verdict::{Answer, Verdict, Word};
/// let nothing = Verdict::new(Word::Nothing, vec![], vec![]);
/// let json = serde_json::to_value(Answer::of(&nothing)).unwrap();
/// assert_eq!(json["verdict"], "nothing");
/// assert!(json["genre"].is_null());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answer {
    /// `record`, `genre`, `family`, `unsure` or `nothing`; `None` while there is nothing to say.
    pub verdict: Option<&'static str>,
    /// The genre that is said, by its identifier.
    pub genre: Option<String>,
    /// The family that is said, or that of the genre, by its identifier.
    pub family: Option<String>,
    /// Of the genre that is said or else of the family, 0 to 1.
    pub probability: Option<f32>,
    /// All genres, the likeliest first.
    pub genres: Vec<GenreAnswer>,
    /// All families, the likeliest first.
    pub families: Vec<FamilyAnswer>,
}

/// A genre and how likely it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenreAnswer {
    /// The genre's identifier.
    pub genre: String,
    /// Calibrated probability, 0 to 1.
    pub probability: f32,
}

/// A family and how likely it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyAnswer {
    /// The family's identifier.
    pub family: String,
    /// Calibrated probability, 0 to 1.
    pub probability: f32,
}

impl Answer {
    /// What a verdict answers.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let of_genre = |likely: &Likelihood| {
            (Some(likely.genre.id.clone()), Some(likely.genre.family.clone()), Some(likely.probability))
        };
        let (word, (genre, family, probability)) = match &verdict.word {
            Word::Record(recognition) => ("record", of_genre(&recognition.genre)),
            Word::Genre(likely) => ("genre", of_genre(likely)),
            Word::Family(likely) => {
                ("family", (None, Some(likely.family.id.clone()), Some(likely.probability)))
            }
            Word::Unsure => ("unsure", (None, None, None)),
            Word::Nothing => ("nothing", (None, None, None)),
        };
        let genres = verdict.genres.iter();
        let families = verdict.families.iter();
        Self {
            verdict: Some(word),
            genre,
            family,
            probability,
            genres: genres
                .map(|likely| GenreAnswer { genre: likely.genre.id.clone(), probability: likely.probability })
                .collect(),
            families: families
                .map(|likely| FamilyAnswer {
                    family: likely.family.id.clone(),
                    probability: likely.probability,
                })
                .collect(),
        }
    }
}
