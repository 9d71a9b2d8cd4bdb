//! Outlines that could be a sleeve's: four lines that the picture's edges vote for, or three and a side that is guessed.

use super::fourth::squares;
use super::gradient::Gradients;
use super::quad::{Quad, alike};
use super::shape::Shape;
use super::trace::Trace;

/// The least cosine between opposite sides: perspective turns them up to 35 degrees apart.
const OPPOSITE: f32 = 0.82;

/// The greatest cosine between neighbouring sides: corners of 50 to 130 degrees.
const ADJACENT: f32 = 0.64;

/// The least distance between opposite sides, as a part of the frame's shorter side.
const APART: f32 = 0.12;

/// The part of a side that must be seen: a hand may hide half of one side, but not of two.
const LEAST_SEEN: f32 = 0.4;

/// The same where three sides stand for four; and how much of the middle one's continuation may be seen, which is a
/// shelf's edge and no sleeve's where it is much.
const CLEARLY_SEEN: f32 = 0.6;
const MOST_OVERRUN: f32 = 0.4;

/// Two outlines whose corners lie this near to each other, in pixels, are polished to the same.
const SAME: f32 = 8.0;

/// Outlines that could be a sleeve's, the likeliest first.
pub(super) struct Proposals {
    /// Of four lines.
    pub(super) seen: Vec<Quad>,
    /// Of three lines; the third side is where a square's would be. None of them is like one of the former.
    pub(super) guessed: Vec<Quad>,
}

impl Proposals {
    /// At most so many of four lines and of three.
    pub(super) fn of(traces: &[Trace], gradients: &Gradients, seen: usize, guessed: usize) -> Self {
        let all = All::of(&Lines::of(traces, gradients));
        let seen = likeliest(all.seen, seen, &[]);
        let guessed = likeliest(all.guessed, guessed, &seen);
        let corners = |found: Vec<Proposal>| found.into_iter().map(|one| one.corners).collect();
        Self { guessed: corners(guessed), seen: corners(seen) }
    }
}

/// An outline, and how well it is seen, how square, large and central it is: a first guess.
struct Proposal {
    corners: Quad,
    shape: Shape,
    rank: f32,
}

/// The likeliest outlines; of those that are nearly the same the likeliest, and none that is known.
fn likeliest(mut all: Vec<Proposal>, most: usize, known: &[Proposal]) -> Vec<Proposal> {
    all.sort_by(|a, b| b.rank.total_cmp(&a.rank));
    let mut best: Vec<Proposal> = Vec::with_capacity(most);
    for one in all {
        if best.len() == most {
            break;
        }
        let mut others = known.iter().chain(&best);
        if !others.any(|other| alike(&other.shape.corners, &one.shape.corners, SAME)) {
            best.push(one);
        }
    }
    best
}

/// The lines that are combined, the picture that they are of, and what is known of each pair of them.
struct Lines<'a> {
    traces: &'a [Trace],
    gradients: &'a Gradients,
    /// How far along the second line the first one crosses it, row by row; `None` where they cannot be neighbours.
    crossing: Vec<Option<f32>>,
    /// Whether two lines can be opposite sides, row by row.
    opposite: Vec<bool>,
}

/// A side: how far along its line it begins and ends, and what is seen of it, beyond chance.
#[derive(Clone, Copy)]
struct Side {
    line: usize,
    reach: [f32; 2],
    seen: f32,
}

impl<'a> Lines<'a> {
    fn of(traces: &'a [Trace], gradients: &'a Gradients) -> Self {
        let count = traces.len();
        let (width, height) = (gradients.width as f32, gradients.height as f32);
        let (apart, reach) = (width.min(height) * APART, 0.02 * width.max(height));
        let middle = [width / 2.0, height / 2.0];
        let (mut crossing, mut opposite) = (vec![None; count * count], vec![false; count * count]);
        for one in 0..count {
            for other in 0..count {
                let (a, b) = (&traces[one].line, &traces[other].line);
                let place = one * count + other;
                if a.alikeness(b) <= ADJACENT {
                    let corner = a.crossing(b).filter(|[x, y]| {
                        (-reach..width + reach).contains(x) && (-reach..height + reach).contains(y)
                    });
                    crossing[place] = corner.map(|corner| b.along(corner));
                } else if a.alikeness(b) >= OPPOSITE {
                    // Parallels have one normal, or one and its reverse: offsets tell on which side they run.
                    let same_way = a.normal[0] * b.normal[0] + a.normal[1] * b.normal[1] > 0.0;
                    let (from, to) = (a.offset(middle), b.offset(middle));
                    opposite[place] = (if same_way { from - to } else { from + to }).abs() >= apart;
                }
            }
        }
        Self { traces, gradients, crossing, opposite }
    }

    fn count(&self) -> usize {
        self.traces.len()
    }

    fn opposite(&self, one: usize, other: usize) -> bool {
        self.opposite[one * self.count() + other]
    }

    /// The side of a line between two others; `None` where these cannot be its neighbours, or too little of it is seen.
    fn between(&self, one: usize, line: usize, other: usize) -> Option<Side> {
        let crossing = |other: usize| self.crossing[other * self.count() + line];
        self.side(line, [crossing(one)?, crossing(other)?], LEAST_SEEN)
    }

    /// The side of a line between two places along it; `None` where less of it is seen than `least`.
    fn side(&self, line: usize, reach: [f32; 2], least: f32) -> Option<Side> {
        let seen = self.gradients.beyond_chance(self.part(line, reach, 0.05, 0.95));
        (seen >= least).then_some(Side { line, reach, seen })
    }

    /// The part of a line between two parts of a side that lies on edges.
    fn part(&self, line: usize, [from, to]: [f32; 2], start: f32, end: f32) -> f32 {
        self.traces[line].seen(from + start * (to - from), from + end * (to - from))
    }

    /// What is seen of a side's continuation, beyond chance. It is asked of few sides only.
    fn overrun(&self, side: &Side) -> f32 {
        let part = |start, end| self.part(side.line, side.reach, start, end);
        self.gradients.beyond_chance(f32::midpoint(part(-0.25, -0.07), part(1.07, 1.25)))
    }

    /// Where a side begins and ends.
    fn ends(&self, side: &Side) -> [[f32; 2]; 2] {
        side.reach.map(|place| self.traces[side.line].line.at(place))
    }

    /// Judges an outline by what is seen of its sides, or of three of them.
    fn judged(&self, corners: Quad, sides: &[Side]) -> Option<Proposal> {
        let shape = Shape::of(corners, self.gradients.width, self.gradients.height)?;
        let count = sides.len() as f32;
        let weakest = sides.iter().map(|side| side.seen).fold(1.0, f32::min);
        let mean = sides.iter().map(|side| side.seen).sum::<f32>() / count;
        let overrun = sides.iter().map(|side| self.overrun(side)).sum::<f32>() / count;
        let squareness = 0.5_f32.powf((shape.unlike_square / 0.12).powi(2));
        let confidence = ((0.7 * mean + 0.3 * weakest - 0.35 * overrun) * squareness).clamp(0.0, 1.0);
        // A frame printed on the sleeve is as well seen as the sleeve, but smaller.
        let rank = confidence + 0.6 * shape.area.sqrt() - 0.15 * shape.off_centre;
        Some(Proposal { corners, shape, rank })
    }
}

/// All outlines of four lines, and of three.
#[derive(Default)]
struct All {
    seen: Vec<Proposal>,
    guessed: Vec<Proposal>,
}

impl All {
    fn of(lines: &Lines) -> Self {
        let count = lines.count();
        let mut all = Self::default();
        let mut across: Vec<Side> = Vec::with_capacity(count);
        for a in 0..count {
            for c in (a + 1..count).filter(|c| lines.opposite(a, *c)) {
                across.clear();
                across.extend((0..count).filter_map(|b| lines.between(a, b, c)));
                for (place, b) in across.iter().enumerate() {
                    if b.seen >= CLEARLY_SEEN && lines.overrun(b) <= MOST_OVERRUN {
                        all.guess([a, c], b, lines);
                    }
                    // Each outline has two pairs of opposite sides: it is taken up with the one that has its first line.
                    if b.line < a {
                        continue;
                    }
                    for d in across[place + 1..].iter().filter(|d| lines.opposite(b.line, d.line)) {
                        let along = |line| lines.between(b.line, line, d.line);
                        if let (Some(first), Some(last)) = (along(a), along(c)) {
                            let ([p, q], [s, r]) = (lines.ends(b), lines.ends(d));
                            all.seen.extend(lines.judged([p, q, r, s], &[first, *b, last, *d]));
                        }
                    }
                }
            }
        }
        all
    }

    /// Adds the outlines of a side and of two lines that begin at its ends.
    fn guess(&mut self, beside: [usize; 2], side: &Side, lines: &Lines) {
        let size = (lines.gradients.width as f32, lines.gradients.height as f32);
        let [first, last] = beside.map(|line| lines.traces[line].line);
        for corners in squares(lines.ends(side), [first, last], size).into_iter().flatten() {
            let [p, q, r, s] = corners;
            let clear = |line: usize, ends: [[f32; 2]; 2]| {
                lines.side(line, ends.map(|end| lines.traces[line].line.along(end)), CLEARLY_SEEN)
            };
            if let (Some(first), Some(last)) = (clear(beside[0], [p, s]), clear(beside[1], [q, r])) {
                self.guessed.extend(lines.judged(corners, &[first, *side, last]));
            }
        }
    }
}
