//! A verdict as programs read it.

use imageproc::geometric_transformations::Projection;
use serde::Serialize;

use super::{Likelihood, Verdict, Word};
use crate::words::{Album, Artist, printable};

/// The keys of a verdict in JSON, which `classify --json` and the kiosk have in common. Stable: keys are added, none
/// changes.
///
/// ```
/// # use sleevesight::verdict::{Answer, Verdict, Word};
/// let nothing = Verdict::new(Word::Nothing, vec![], vec![]);
/// let json = serde_json::to_value(Answer::of(&nothing, None)).unwrap();
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
    /// The lines that were read on the cover, in reading order; none where none were read.
    pub words: Vec<LineAnswer>,
    /// The artist, where one was matched with confidence.
    pub artist: Option<Artist>,
    /// The album, where artist and title were matched with confidence.
    pub album: Option<Album>,
}

/// A line of text on a sleeve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineAnswer {
    /// The text, without control characters.
    pub text: String,
    /// How surely it was read, 0 to 1.
    pub confidence: f32,
    /// Its corners in the frame's pixels, in tenths, clockwise from the text's top left.
    #[serde(rename = "box")]
    pub corners: [[f32; 2]; 4],
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
    /// What a verdict answers. `cover` are the corners of the flat cover in the frame, from its own top left; without
    /// them no line has a place, and none is told.
    #[must_use]
    pub fn of(verdict: &Verdict, cover: Option<[[f32; 2]; 4]>) -> Self {
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
            words: cover.map_or_else(Vec::new, |cover| lines(verdict, cover)),
            artist: verdict.artist.clone().map(|artist| Artist { name: printable(&artist.name), ..artist }),
            album: verdict.album.clone().map(|album| Album {
                artist: printable(&album.artist),
                title: printable(&album.title),
                ..album
            }),
        }
    }
}

/// The lines with their places in the frame.
fn lines(verdict: &Verdict, cover: [[f32; 2]; 4]) -> Vec<LineAnswer> {
    let place = in_frame(cover);
    let lines = verdict.words.iter();
    lines
        .map(|line| LineAnswer {
            text: printable(&line.text),
            confidence: line.confidence,
            corners: line.corners.map(&place),
        })
        .collect()
}

/// How far beyond the cover a line may reach, as a part of its side.
const BEYOND: f32 = 0.1;

/// From a place on the flat cover, as fractions of its side, to the frame's pixels, in tenths.
fn in_frame(cover: [[f32; 2]; 4]) -> impl Fn([f32; 2]) -> [f32; 2] {
    let unit = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let projection = Projection::from_control_points(unit, cover.map(|[x, y]| (x, y)));
    let tenths = |pixels: f32| (pixels * 10.0).round() / 10.0;
    move |[x, y]| {
        let inside = |part: f32| if part.is_finite() { part.clamp(-BEYOND, 1.0 + BEYOND) } else { 0.0 };
        let place = (inside(x), inside(y));
        let (x, y) = projection.map_or((cover[0][0], cover[0][1]), |projection| projection * place);
        // A vanishing point so near to the cover is no place.
        let place = [tenths(x), tenths(y)];
        if place.iter().all(|pixels| pixels.is_finite()) { place } else { cover[0].map(tenths) }
    }
}
