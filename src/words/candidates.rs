//! What in a cover's lines may be a name: lines, parts of lines, and lines joined.

use super::line::MIN_CONFIDENCE;
use super::{Line, folded};

/// Words of a name within a line, at most.
const MAX_WORDS: usize = 6;

/// Letters of a name that lies anywhere in a line, across its words, at least.
const MIN_ANYWHERE: usize = 8;

/// Letters of a line that is looked through like that, at most: longer ones are prose.
const MAX_LINE: usize = 45;

/// Letters of two lines joined, at most.
const MAX_JOINED: usize = 30;

/// Lines that are joined with one another, the highest first.
const MAX_JOINED_LINES: usize = 8;

/// How a candidate lies in the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole line.
    Line,
    /// Some words of a line.
    Words,
    /// Letters of a line, across its words.
    Anywhere,
    /// Two lines joined.
    Joined,
}

/// What may be a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// Its letters without spaces, folded.
    pub(super) letters: String,
    pub(super) kind: Kind,
    /// Its part of the line's letters, 0 to 1.
    pub(super) share: f32,
    /// How surely its line, or the less sure of two, was read.
    pub(super) confidence: f32,
    /// The height of its letters, of the highest line's.
    pub(super) height: f32,
    /// Its words; 0 where it lies across them.
    pub(super) words: usize,
    /// The places of its lines.
    pub(super) lines: Vec<usize>,
}

/// The candidates in one pass's lines.
pub(super) fn candidates(lines: &[Line]) -> Vec<Candidate> {
    let mut read: Vec<(usize, Vec<String>)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.confidence >= MIN_CONFIDENCE)
        .map(|(place, line)| (place, folded(&line.text).split(' ').map(str::to_owned).collect::<Vec<_>>()))
        .filter(|(_, words)| words.iter().map(|word| word.chars().count()).sum::<usize>() >= 2)
        .collect();
    read.sort_by(|(a, _), (b, _)| {
        let ([ax, ay, ..], [bx, by, ..]) = (lines[*a].bounds(), lines[*b].bounds());
        ay.total_cmp(&by).then(ax.total_cmp(&bx))
    });
    let highest = read.iter().map(|(place, _)| lines[*place].height()).fold(f32::MIN_POSITIVE, f32::max);
    let height = |place: usize| lines[place].height() / highest;
    let mut found = Vec::new();
    for (place, words) in &read {
        let about = (lines[*place].confidence, height(*place), *place);
        within_line(words, about, &mut found);
    }
    let mut large: Vec<&(usize, Vec<String>)> = read.iter().collect();
    large.sort_by(|(a, _), (b, _)| height(*b).total_cmp(&height(*a)));
    large.truncate(MAX_JOINED_LINES);
    for (a, first) in &large {
        for (b, second) in &large {
            let letters = first.concat() + &second.concat();
            let length = letters.chars().count();
            if a != b && length <= MAX_JOINED {
                found.push(Candidate {
                    letters,
                    kind: Kind::Joined,
                    share: 1.0,
                    confidence: lines[*a].confidence.min(lines[*b].confidence),
                    height: height(*a).max(height(*b)),
                    words: first.len() + second.len(),
                    lines: vec![*a, *b],
                });
            }
        }
    }
    found
}

/// The candidates within one line, of whose confidence, height and place are told.
fn within_line(words: &[String], about: (f32, f32, usize), found: &mut Vec<Candidate>) {
    let (confidence, height, place) = about;
    let whole: String = words.concat();
    let length = whole.chars().count();
    let start = found.len();
    let add = |letters: String, kind, words, found: &mut Vec<Candidate>| {
        let share = letters.chars().count() as f32 / length as f32;
        found.push(Candidate { letters, kind, share, confidence, height, words, lines: vec![place] });
    };
    for first in 0..words.len() {
        for last in first + 1..=words.len().min(first + MAX_WORDS) {
            let kind = if last - first == words.len() { Kind::Line } else { Kind::Words };
            add(words[first..last].concat(), kind, last - first, found);
        }
    }
    if length > MAX_LINE {
        return;
    }
    let ends: Vec<usize> = whole.char_indices().map(|(place, _)| place).chain([whole.len()]).collect();
    for first in 0..length {
        for last in first + MIN_ANYWHERE..=length {
            let letters = &whole[ends[first]..ends[last]];
            if found[start..].iter().all(|known| known.letters != letters) {
                add(letters.to_owned(), Kind::Anywhere, 0, found);
            }
        }
    }
}
