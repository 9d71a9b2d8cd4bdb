//! Names found in a cover's lines, and what speaks for each.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::{Candidate, Kind, candidates};
use super::names::{Names, Title};
use super::{Line, squashed};

/// Letters of a name, at least.
const MIN_LETTERS: usize = 3;

/// A name of fewer letters must be a whole line that was read surely.
const MIN_LETTERS_UNSURE: usize = 5;

/// How surely.
const SURE: f32 = 0.9;

/// The lengths for which one edit is allowed.
const EDITED: std::ops::RangeInclusive<usize> = 7..=25;

/// A part of a line in which an edit is allowed makes up more than this of it, or has [`LONG`] letters.
const MIN_EDITED_SHARE: f32 = 0.4;
const LONG: usize = 9;

/// Names by an edit of one candidate, at most.
const MAX_EDITED: usize = 3;

/// Names of one cover, at most.
const MAX_NAMES: usize = 8;

/// Letters of a title that is a witness for its artist, at least.
const MIN_TITLE: usize = 4;

/// The number of features by which a match is judged.
pub(super) const FEATURES: usize = 20;

/// Lines by the pass and their place in it.
type LinePlaces = BTreeSet<(usize, usize)>;

/// A name that was found.
#[derive(Clone, Debug)]
pub(super) struct NameMatch {
    /// Its place among the names.
    pub(super) name: usize,
    /// Its letters as they were read.
    pub(super) letters: String,
    /// What speaks for it and against it.
    pub(super) features: [f32; FEATURES],
    /// The pass and places of the lines that name it.
    pub(super) lines: LinePlaces,
    /// A title of the artist that stands on the cover as well.
    pub(super) title: Option<Title>,
}

/// The names in what several passes have read of one cover.
pub(super) fn matches(names: &Names, passes: &[Vec<Line>]) -> Vec<NameMatch> {
    let mut found: BTreeMap<usize, NameMatch> = BTreeMap::new();
    let mut whole: BTreeSet<String> = BTreeSet::new();
    for (pass, lines) in passes.iter().enumerate() {
        for candidate in candidates(lines) {
            let length = candidate.letters.chars().count();
            if length < MIN_LETTERS {
                continue;
            }
            if candidate.kind != Kind::Anywhere && length >= MIN_TITLE {
                whole.insert(candidate.letters.clone());
            }
            for (name, edits) in named(names, &candidate, length) {
                let features = features(names, name, &candidate, edits);
                let lines = candidate.lines.iter().map(|line| (pass, *line));
                let known = found.entry(name).or_insert_with(|| {
                    let letters = candidate.letters.clone();
                    NameMatch { name, letters, features, lines: BTreeSet::new(), title: None }
                });
                known.lines.extend(lines);
                // Of several sightings, the one that is more of its line counts.
                let better = (edits == 0, features[6]) > (known.features[2] == 0.0, known.features[6]);
                if better {
                    (known.letters, known.features) = (candidate.letters.clone(), features);
                }
            }
        }
    }
    let mut found: Vec<NameMatch> = found
        .into_values()
        .map(|mut found| {
            let seen: BTreeSet<usize> = found.lines.iter().map(|(pass, _)| *pass).collect();
            found.features[15] = seen.len() as f32 / passes.len() as f32;
            found.title = title(names, &found, &whole);
            found.features[16] = f32::from(found.title.is_some());
            found
        })
        .collect();
    // A name within a longer one on the same line is a part of it.
    let letters = |found: &NameMatch| squashed(&names.get(found.name).written);
    found.sort_by_key(|found| std::cmp::Reverse(found.letters.len()));
    let mut kept: Vec<NameMatch> = Vec::new();
    for one in found {
        let key = letters(&one);
        let within = |longer: &NameMatch| {
            (longer.letters.contains(&one.letters) || letters(longer).contains(&key))
                && !longer.lines.is_disjoint(&one.lines)
        };
        if !kept.iter().any(within) {
            kept.push(one);
        }
    }
    kept.truncate(MAX_NAMES);
    kept
}

/// The names that a candidate may be, and by how many edits.
fn named(names: &Names, candidate: &Candidate, length: usize) -> Vec<(usize, u8)> {
    let Candidate { letters, kind, share, confidence, .. } = candidate;
    if length < MIN_LETTERS_UNSURE && (*kind != Kind::Line || *confidence <= SURE) {
        return Vec::new();
    }
    if let Some(exact) = names.exact(letters) {
        return vec![(exact, 0)];
    }
    let edited = match kind {
        Kind::Anywhere => false,
        Kind::Words => *share > MIN_EDITED_SHARE || length >= LONG,
        Kind::Line | Kind::Joined => true,
    };
    if !edited || !EDITED.contains(&length) {
        return Vec::new();
    }
    names.with_one_edit(letters, MAX_EDITED).into_iter().map(|name| (name, 1)).collect()
}

/// What speaks for a candidate's being this name; `trainer/src/sleevetrainer/words/confidence.py` names them.
fn features(names: &Names, name: usize, candidate: &Candidate, edits: u8) -> [f32; FEATURES] {
    let about = names.get(name);
    let length = candidate.letters.chars().count() as f32;
    let flag = |is: bool| f32::from(is);
    [
        1.0,
        length.ln(),
        f32::from(edits),
        flag(candidate.kind == Kind::Words),
        flag(candidate.kind == Kind::Anywhere),
        flag(candidate.kind == Kind::Joined),
        candidate.share,
        f32::from(about.albums).ln_1p(),
        f32::from(about.sources.max(1)).ln(),
        f32::from(about.common).ln_1p(),
        candidate.confidence,
        candidate.height,
        candidate.words.min(3) as f32,
        flag(length < 5.0),
        about.shares().into_iter().fold(0.0, f32::max),
        0.0,
        0.0,
        flag(about.obscure),
        flag(about.is_label),
        flag(candidate.words == 1 && !about.is_label),
    ]
}

/// The longest title of a matched artist that stands on the cover as well, outside the name.
fn title(names: &Names, found: &NameMatch, whole: &BTreeSet<String>) -> Option<Title> {
    let mut best: Option<(usize, &Title)> = None;
    for title in names.titles(found.name) {
        let letters = squashed(&title.written);
        let longer = best.is_none_or(|(length, _)| letters.len() > length);
        if longer && !is_own_name(&found.letters, &letters) && whole.contains(&letters) {
            best = Some((letters.len(), title));
        }
    }
    best.map(|(_, title)| title.clone())
}

/// Letters that a title has more than the artist's name, at most, to be called as the artist is: `The`.
const MAX_ARTICLE: usize = 3;

/// Whether a title is its artist's name: that it stands on the cover is no witness.
fn is_own_name(name: &str, title: &str) -> bool {
    name.contains(title) || title.contains(name) && title.len() - name.len() <= MAX_ARTICLE
}
