//! Names searched for in lines of text: without spaces, and with one edit allowed in longer ones.
//!
//! A name with one edit has one half without: three letters of either half find the places where it may stand. Source:
//! Wu and Manber, "Fast Text Searching Allowing Errors", 1992.

use std::collections::HashMap;

use crate::words::{Line, folded};

/// Names of at least so many letters may have one edit.
const LONG: usize = 7;

/// Names of at least so many letters may stand inside a word: recognisers drop spaces.
const INSIDE: usize = 8;

/// The most lines that are searched.
const MAX_LINES: usize = 64;

/// The most lines that follow one line.
const MAX_NEXT: usize = 3;

/// What an edit takes from a match.
const EDIT: f32 = 0.1;

/// Where a name stands best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    /// How surely it was read, 0 to 1.
    pub(super) quality: f32,
    /// Whether it stands somewhere without an edit.
    pub(super) exact: bool,
    /// Whether it is all of its lines.
    pub(super) sealed: bool,
}

/// Letters with the places where words begin.
#[derive(Clone, Debug, Default)]
struct Text {
    letters: Vec<char>,
    /// Whether a word begins at a letter, and one more for the end.
    begins: Vec<bool>,
}

impl Text {
    fn of(folded: &str) -> Self {
        let mut text = Self::default();
        let mut begins = true;
        for letter in folded.chars() {
            if letter == ' ' {
                begins = true;
            } else {
                text.letters.push(letter);
                text.begins.push(begins);
                begins = false;
            }
        }
        text.begins.push(true);
        text
    }

    fn join(&self, other: &Self) -> Self {
        let letters = [self.letters.as_slice(), &other.letters].concat();
        let begins = [&self.begins[..self.letters.len()], &other.begins].concat();
        Self { letters, begins }
    }
}

/// A line to be searched.
#[derive(Clone, Debug)]
struct Row {
    text: Text,
    confidence: f32,
    line: Line,
}

/// The lines of a sleeve, ready to be searched, in an order of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    rows: Vec<Row>,
    /// The lines that follow each.
    next: Vec<Vec<usize>>,
    /// The lines with each three letters, a bit for each.
    grams: HashMap<[char; 3], u64>,
}

/// Lines joined: their text, and the least confidence.
struct Chain {
    text: Text,
    confidence: f32,
    /// Where the first line ends and the last begins: what does not reach from one to the other stands in fewer lines.
    joints: Option<[usize; 2]>,
}

impl Sheet {
    /// Prepares lines, whatever their order. Of lines with the same text, the surest is kept.
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut best: HashMap<String, &Line> = HashMap::new();
        for line in lines {
            let text = folded(&line.text);
            if text.is_empty() || !line.confidence.is_finite() {
                continue;
            }
            let kept = best.entry(text).or_insert(line);
            if order(line, kept).is_gt() {
                *kept = line;
            }
        }
        let mut rows: Vec<(String, &Line)> = best.into_iter().collect();
        // The largest are kept where there are too many.
        rows.sort_by(|(one, a), (other, b)| size(b).total_cmp(&size(a)).then_with(|| one.cmp(other)));
        rows.truncate(MAX_LINES);
        let row = |(text, line): (String, &Line)| Row {
            text: Text::of(&text),
            confidence: line.confidence.clamp(0.0, 1.0),
            line: line.clone(),
        };
        let mut sheet = Self { rows: rows.into_iter().map(row).collect(), ..Self::default() };
        sheet.next = (0..sheet.rows.len()).map(|place| sheet.following(place)).collect();
        for (place, row) in sheet.rows.iter().enumerate() {
            for gram in grams(&row.text.letters) {
                *sheet.grams.entry(gram).or_default() |= 1 << place;
            }
        }
        sheet
    }

    /// The part of a name's threes of letters that stand in one line, or in one and the next, and how surely that was
    /// read. A name that is misread has many of its threes left.
    pub(super) fn likeness(&self, name: &[char]) -> f32 {
        let masks: Vec<u64> =
            grams(name).map(|gram| self.grams.get(&gram).copied().unwrap_or_default()).collect();
        if masks.iter().filter(|mask| **mask != 0).count() * 3 < masks.len() {
            return 0.0;
        }
        let part = |lines: u64, confidence: f32| {
            let found = masks.iter().filter(|mask| **mask & lines != 0).count();
            confidence * found as f32 / masks.len() as f32
        };
        let mut best = 0.0_f32;
        for (place, row) in self.rows.iter().enumerate() {
            best = best.max(part(1 << place, row.confidence));
            for next in &self.next[place] {
                let confidence = row.confidence.min(self.rows[*next].confidence);
                best = best.max(part(1 << place | 1 << next, confidence));
            }
        }
        best
    }

    /// All lines, and each two and three that follow one another.
    fn chains(&self) -> Vec<Chain> {
        let single = |place: usize| {
            let row = &self.rows[place];
            Chain { text: row.text.clone(), confidence: row.confidence, joints: None }
        };
        let mut chains: Vec<Chain> = (0..self.rows.len()).map(single).collect();
        for (first, seconds) in self.next.iter().enumerate() {
            for second in seconds {
                let two = self.longer(&single(first), *second);
                for third in self.next[*second].iter().filter(|third| **third != first) {
                    chains.push(self.longer(&two, *third));
                }
                chains.push(two);
            }
        }
        chains
    }

    fn longer(&self, chain: &Chain, next: usize) -> Chain {
        let row = &self.rows[next];
        let end = chain.text.letters.len();
        Chain {
            joints: Some([chain.joints.map_or(end, |joints| joints[0]), end]),
            text: chain.text.join(&row.text),
            confidence: chain.confidence.min(row.confidence),
        }
    }

    /// The lines that follow a line on the sleeve: below it or to its right, the nearest first.
    fn following(&self, place: usize) -> Vec<usize> {
        let line = &self.rows[place].line;
        let others = self.rows.iter().enumerate().filter(|(other, _)| *other != place);
        let mut next: Vec<(f32, usize)> =
            others.filter_map(|(other, row)| Some((follows(line, &row.line)?, other))).collect();
        next.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        next.truncate(MAX_NEXT);
        next.into_iter().map(|(_, other)| other).collect()
    }
}

/// Of two lines with the same text, the surer one is kept; the rest makes it the same one whatever the order.
fn order(one: &Line, other: &Line) -> std::cmp::Ordering {
    let corners = |line: &Line| line.corners.map(|[x, y]| [x.to_bits(), y.to_bits()]);
    one.confidence
        .total_cmp(&other.confidence)
        .then_with(|| corners(one).cmp(&corners(other)))
        .then_with(|| one.text.cmp(&other.text))
}

/// Each three letters that stand side by side.
fn grams(letters: &[char]) -> impl Iterator<Item = [char; 3]> {
    letters.windows(3).map(|gram| [gram[0], gram[1], gram[2]])
}

fn size(line: &Line) -> f32 {
    distance(line.corners[0], line.corners[3])
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// How far away a line is that follows this one; `None` where it does not.
fn follows(line: &Line, other: &Line) -> Option<f32> {
    let centre = |line: &Line| {
        let sum =
            line.corners.iter().fold([0.0, 0.0], |sum, corner| [sum[0] + corner[0], sum[1] + corner[1]]);
        [sum[0] / 4.0, sum[1] / 4.0]
    };
    let (from, to) = (centre(line), centre(other));
    let (width, height) = (distance(line.corners[0], line.corners[1]), size(line));
    let other_width = distance(other.corners[0], other.corners[1]);
    if !(width > 0.0 && height > 0.0) {
        return None;
    }
    let along = [
        (line.corners[1][0] - line.corners[0][0]) / width,
        (line.corners[1][1] - line.corners[0][1]) / width,
    ];
    let [x, y] = [to[0] - from[0], to[1] - from[1]];
    let (right, down) = (x * along[0] + y * along[1], y * along[0] - x * along[1]);
    let high = height.max(size(other));
    let half = (width + other_width) / 2.0;
    let beside = right > 0.8 * half && down.abs() < 0.6 * high;
    let below = down > 0.4 * high && down < 2.5 * high && right.abs() < half;
    (beside || below).then(|| right.abs().min(down.abs()) + 0.5 * right.hypot(down))
}

/// A name to be found.
#[derive(Clone, Debug)]
struct Pattern {
    letters: Box<[char]>,
    /// It is a word of a name, and not searched over several lines.
    word: bool,
}

/// Names, and where to begin to look for each.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternIndex {
    patterns: Vec<Pattern>,
    numbers: HashMap<Box<[char]>, u32>,
    /// The patterns with these three letters at their start, or where their second half begins.
    keys: HashMap<[char; 3], Vec<(u32, bool)>>,
    /// Those that are shorter.
    short: HashMap<Box<[char]>, u32>,
}

impl PatternIndex {
    /// Adds a name without spaces, and returns its number.
    pub(super) fn put(&mut self, name: &str, word: bool) -> u32 {
        let letters: Box<[char]> = name.chars().collect();
        if let Some(number) = self.numbers.get(&letters) {
            self.patterns[*number as usize].word &= word;
            return *number;
        }
        let number = u32::try_from(self.patterns.len()).unwrap_or(u32::MAX);
        self.numbers.insert(letters.clone(), number);
        self.patterns.push(Pattern { letters, word });
        number
    }

    /// To be called when all names are there.
    pub(super) fn finish(&mut self) {
        for (number, pattern) in (0..).zip(&self.patterns) {
            let letters = &pattern.letters;
            if letters.len() < 3 {
                self.short.insert(letters.clone(), number);
                continue;
            }
            let key = |at: usize| [letters[at], letters[at + 1], letters[at + 2]];
            self.keys.entry(key(0)).or_default().push((number, false));
            if letters.len() >= LONG {
                self.keys.entry(key(letters.len() / 2)).or_default().push((number, true));
            }
        }
        self.numbers = HashMap::new();
    }

    /// The letters of a name.
    pub(super) fn letters(&self, number: u32) -> &[char] {
        &self.patterns[number as usize].letters
    }

    /// All names that stand on a sheet.
    pub(super) fn search(&self, sheet: &Sheet) -> HashMap<u32, Hit> {
        let mut hits = HashMap::new();
        for chain in sheet.chains() {
            self.search_chain(&chain, &mut hits);
        }
        hits
    }

    fn search_chain(&self, chain: &Chain, hits: &mut HashMap<u32, Hit>) {
        let Text { letters, begins } = &chain.text;
        if chain.joints.is_none() {
            self.search_short(chain, hits);
        }
        for at in 0..letters.len().saturating_sub(2) {
            let key = [letters[at], letters[at + 1], letters[at + 2]];
            for (number, second) in self.keys.get(&key).into_iter().flatten() {
                let pattern = &self.patterns[*number as usize];
                if pattern.word && chain.joints.is_some() {
                    continue;
                }
                let Some((start, end, edits)) = place(&pattern.letters, letters, at, *second) else {
                    continue;
                };
                // What stands in fewer lines was found there.
                if chain.joints.is_some_and(|[first, last]| start >= first || end <= last) {
                    continue;
                }
                let edges = usize::from(begins[start]) + usize::from(begins[end]);
                let length = pattern.letters.len();
                let needed = if length >= INSIDE + 4 * usize::from(edits > 0) {
                    0
                } else {
                    2 - usize::from(length >= LONG && edits == 0)
                };
                if edges < needed {
                    continue;
                }
                let inside = if edges == 2 { 1.0 } else { 0.95 };
                let hit = Hit {
                    quality: chain.confidence * inside * (1.0 - EDIT * edits as f32),
                    exact: edits == 0,
                    sealed: start == 0 && end == letters.len(),
                };
                found(hits, *number, hit);
            }
        }
    }

    /// Names of one or two letters are words of a line.
    fn search_short(&self, chain: &Chain, hits: &mut HashMap<u32, Hit>) {
        let Text { letters, begins } = &chain.text;
        for length in [1, 2] {
            for start in 0..(letters.len() + 1).saturating_sub(length) {
                let end = start + length;
                let whole = begins[start] && begins[end] && (length == 1 || !begins[start + 1]);
                if let Some(number) = self.short.get(&letters[start..end]).filter(|_| whole) {
                    let sealed = length == letters.len();
                    let hit = Hit { quality: chain.confidence, exact: true, sealed };
                    found(hits, *number, hit);
                }
            }
        }
    }
}

/// Takes a place of a name among its hits.
fn found(hits: &mut HashMap<u32, Hit>, number: u32, place: Hit) {
    let hit = hits.entry(number).or_insert(place);
    hit.quality = hit.quality.max(place.quality);
    hit.exact |= place.exact;
    hit.sealed |= place.sealed;
}

/// Where a name stands whose start, or whose second half, is at a place of a text: its start, its end, and how many
/// edits it has, of which there may be one in a long name.
fn place(name: &[char], text: &[char], at: usize, second: bool) -> Option<(usize, usize, usize)> {
    let half = name.len() / 2;
    if !second {
        if text[at..].starts_with(name) {
            return Some((at, at + name.len(), 0));
        }
        if name.len() < LONG || !text[at..].starts_with(&name[..half]) {
            return None;
        }
        let (taken, edits) = nearly(&name[half..].iter(), &text[at + half..].iter())?;
        return Some((at, at + half + taken, edits));
    }
    if !text[at..].starts_with(&name[half..]) {
        return None;
    }
    let (taken, edits) = nearly(&name[..half].iter().rev(), &text[..at].iter().rev())?;
    // Without an edit, it was found by its start.
    (edits > 0).then(|| (at - taken, at + name.len() - half, edits))
}

/// Whether a text begins with a name that has at most one edit; how many letters of the text that takes.
fn nearly<'a>(
    name: &(impl ExactSizeIterator<Item = &'a char> + Clone),
    text: &(impl ExactSizeIterator<Item = &'a char> + Clone),
) -> Option<(usize, usize)> {
    let same = name.clone().zip(text.clone()).take_while(|(a, b)| a == b).count();
    if same == name.len() {
        return Some((same, 0));
    }
    let begins = |name_from: usize, text_from: usize| {
        let left = name.len() - name_from;
        text.len() >= text_from + left
            && name.clone().skip(name_from).eq(text.clone().skip(text_from).take(left))
    };
    // A letter is another, is missing, or is one too many.
    if begins(same + 1, same + 1) && text.len() > same {
        Some((name.len(), 1))
    } else if begins(same + 1, same) {
        Some((name.len() - 1, 1))
    } else if begins(same, same + 1) {
        Some((name.len() + 1, 1))
    } else {
        None
    }
}
