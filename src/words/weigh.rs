//! What the words of a cover say of its genre, its artist and its album.

use std::collections::BTreeSet;

use super::classifier::Classifier;
use super::line::MIN_CONFIDENCE;
use super::matching::{FEATURES, NameMatch, matches};
use super::merge::merged;
use super::names::{Names, TABLE_GENRES};
use super::{Album, Artist, Line, WordEvidence, folded};

/// Letters of a line, at least.
const MIN_LETTERS: usize = 2;

/// Letters on a cover from which the classifier tells anything.
const MIN_LETTERS_OF_ALL: usize = 4;

/// Names that count for the genre, at most.
const MAX_COUNTED: usize = 3;

/// The part of a name's say that follows the tables; the rest is that tables err, and the genre any other.
const TRUST: f32 = 0.9;

/// How surely a name must be matched to count as what a customer is shown beside the genre.
const MIN_SHOWN: f32 = 0.5;

/// What was fitted for weighing.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    /// The genres that evidence is told of, by their ids.
    pub(super) genres: Vec<String>,
    /// The weights of a logistic regression on the features of a match.
    pub(super) confidence: [f32; FEATURES],
    /// How surely a name must be matched to be told as the artist.
    pub(super) artist: f32,
    /// How surely, to be told with its album.
    pub(super) album: f32,
}

/// Weighs the lines of several passes over one cover.
pub(super) fn weighed(
    names: &Names,
    classifier: &Classifier,
    weights: &Weights,
    passes: &[Vec<Line>],
) -> WordEvidence {
    let (lines, places) = merged(passes);
    let texts = texts(passes);
    let letters: usize = texts.iter().map(|text| text.chars().filter(|letter| *letter != ' ').count()).sum();
    if letters < MIN_LETTERS_OF_ALL {
        return WordEvidence { lines, passes: passes.len(), ..WordEvidence::default() };
    }
    let mut found: Vec<(f32, NameMatch)> =
        matches(names, passes).into_iter().map(|found| (confidence(weights, &found), found)).collect();
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let counted = counted(&found);
    let mut evidence = vec![0.0; weights.genres.len()];
    let mut marked = BTreeSet::new();
    for (sure, found) in &counted {
        let shares = shares(weights, names.get(found.name).shares());
        let genres = weights.genres.len() as f32;
        for (sum, share) in evidence.iter_mut().zip(shares) {
            *sum += (sure * (TRUST * share * genres + 1.0 - TRUST) + 1.0 - sure).ln();
        }
        if *sure >= MIN_SHOWN {
            marked.extend(in_lines(&found.lines, &places));
        }
    }
    let best = counted.iter().find(|(_, found)| !names.get(found.name).is_label);
    let artist = best.filter(|(sure, _)| *sure >= weights.artist).map(|(sure, found)| Artist {
        name: names.get(found.name).written.to_string(),
        confidence: *sure,
        lines: in_lines(&found.lines, &places).into_iter().collect(),
    });
    let album = best.filter(|(sure, _)| *sure >= weights.album).and_then(|(_, found)| {
        let title = found.title.as_ref()?;
        let artist = names.get(found.name).written.to_string();
        Some(Album { artist, title: title.written.to_string(), year: title.year })
    });
    let classifier = classifier.log_probabilities(&texts);
    let uniform = (weights.genres.len() as f32).ln();
    WordEvidence {
        lines,
        artist,
        album,
        counted: marked.into_iter().collect(),
        classifier: classifier.into_iter().map(|value| value + uniform).collect(),
        names: evidence,
        passes: passes.len(),
    }
}

/// The folded texts of all passes' lines, each once.
pub(super) fn texts(passes: &[Vec<Line>]) -> BTreeSet<String> {
    let sure = passes.iter().flatten().filter(|line| line.confidence >= MIN_CONFIDENCE);
    let texts = sure.map(|line| folded(&line.text));
    texts.filter(|text| text.chars().filter(|letter| *letter != ' ').count() >= MIN_LETTERS).collect()
}

/// The calibrated probability that a match is right.
fn confidence(weights: &Weights, found: &NameMatch) -> f32 {
    let sum: f32 =
        weights.confidence.iter().zip(found.features).map(|(weight, feature)| weight * feature).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// The surest matches that share no letters: of names in one another's place, one is right at most.
fn counted(found: &[(f32, NameMatch)]) -> Vec<&(f32, NameMatch)> {
    let mut counted: Vec<&(f32, NameMatch)> = Vec::new();
    for one in found {
        let shares_lines = counted.iter().any(|(_, other)| {
            !other.lines.is_disjoint(&one.1.lines) && overlaps(&other.letters, &one.1.letters)
        });
        if !shares_lines {
            counted.push(one);
        }
        if counted.len() == MAX_COUNTED {
            break;
        }
    }
    counted
}

/// Whether two texts share four letters in a row.
fn overlaps(a: &str, b: &str) -> bool {
    let runs = |text: &str| -> BTreeSet<String> {
        let letters: Vec<char> = text.chars().collect();
        letters.windows(4.min(letters.len().max(1))).map(|run| run.iter().collect()).collect()
    };
    !runs(a).is_disjoint(&runs(b))
}

/// The share of each of the evidence's genres; what tables say of others is spread evenly.
fn shares(weights: &Weights, of_tables: [f32; TABLE_GENRES.len()]) -> Vec<f32> {
    let genres = weights.genres.iter();
    let shares = genres.map(|genre| {
        TABLE_GENRES.iter().position(|known| known == genre).map_or(0.0, |place| of_tables[place])
    });
    let shares: Vec<f32> = shares.collect();
    let rest = (1.0 - shares.iter().sum::<f32>()).max(0.0) / weights.genres.len() as f32;
    shares.into_iter().map(|share| share + rest).collect()
}

/// The places of a pass's lines among all lines that are told.
fn in_lines(lines: &BTreeSet<(usize, usize)>, places: &[Vec<Option<usize>>]) -> BTreeSet<usize> {
    lines.iter().filter_map(|(pass, line)| places[*pass][*line]).collect()
}
