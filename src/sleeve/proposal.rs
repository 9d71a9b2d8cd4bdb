//! Outlines that could be a sleeve's: four lines that the picture's edges vote for, or three and a side that is guessed.

use super::fourth::squares;
use super::gradient::Gradients;
use super::lines::{Lines, Side};
use super::quad::{Quad, alike};
use super::shape::Shape;
use super::trace::Trace;

/// The part of each side that must be seen where three stand for four; and how much of the middle one's continuation may
/// be seen, which is a shelf's edge and no sleeve's where it is much.
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
        let seen = likeliest(&all.seen, seen, &[]);
        let guessed = likeliest(&all.guessed, guessed, &seen);
        let corners = |found: Vec<Proposal>| found.into_iter().map(|one| one.corners).collect();
        Self { guessed: corners(guessed), seen: corners(seen) }
    }
}

/// An outline, and how well it is seen, how square, large and central it is: a first guess.
#[derive(Clone, Copy)]
struct Proposal {
    corners: Quad,
    shape: Shape,
    rank: f32,
}

/// The likeliest outlines; of those that are nearly the same the likeliest, and none that is known.
fn likeliest(all: &[Proposal], most: usize, known: &[Proposal]) -> Vec<Proposal> {
    // Outlines are large, and there are tens of thousands: their places are put in order.
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*b].rank.total_cmp(&all[*a].rank));
    let mut best: Vec<Proposal> = Vec::with_capacity(most);
    for one in order.into_iter().map(|place| all[place]) {
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
        for a in 0..count {
            for c in a + 1..count {
                let across = lines.between(a, c);
                for (place, b) in across.iter().enumerate() {
                    all.guess([a, *b, c], lines);
                    // Each outline has two pairs of opposite sides: it is taken up with the one that has its first line.
                    if *b < a {
                        continue;
                    }
                    for d in &across[place + 1..] {
                        if lines.has_side(a, [*b, *d]) && lines.has_side(c, [*b, *d]) {
                            all.seen.extend(combined([a, *b, c, *d], lines));
                        }
                    }
                }
            }
        }
        all
    }

    /// Adds the outlines of the second line's side between two others, and of these.
    fn guess(&mut self, [first, line, last]: [usize; 3], lines: &Lines) {
        let clear = |side: &Side| side.seen >= CLEARLY_SEEN;
        let side = lines.side(line, [first, last]).filter(clear);
        let Some(side) = side.filter(|side| lines.overrun(side) <= MOST_OVERRUN) else {
            return;
        };
        let size = (lines.gradients.width as f32, lines.gradients.height as f32);
        let beside = [first, last].map(|line| lines.traces[line].line);
        for corners in squares(lines.corners(line, side.reach), beside, size).into_iter().flatten() {
            let [p, q, r, s] = corners;
            let stretch = |line: usize, ends: [[f32; 2]; 2]| {
                Some(lines.stretch(line, ends.map(|end| lines.traces[line].line.along(end)))).filter(clear)
            };
            if let (Some(first), Some(last)) = (stretch(first, [p, s]), stretch(last, [q, r])) {
                let shape = shape(corners, lines);
                self.guessed.extend(shape.map(|shape| judged(corners, shape, &[first, side, last], lines)));
            }
        }
    }
}

/// The outline of four lines; `None` where it is none.
fn combined([a, b, c, d]: [usize; 4], lines: &Lines) -> Option<Proposal> {
    let (top, bottom) = (lines.reach(b, [a, c])?, lines.reach(d, [a, c])?);
    let ([p, q], [s, r]) = (lines.corners(b, top), lines.corners(d, bottom));
    let corners = [p, q, r, s];
    // Most are no sleeve's: what is seen of the sides is asked of the others.
    let shape = shape(corners, lines)?;
    let (first, last) = (lines.side(a, [b, d])?, lines.side(c, [b, d])?);
    Some(judged(corners, shape, &[first, lines.stretch(b, top), last, lines.stretch(d, bottom)], lines))
}

fn shape(corners: Quad, lines: &Lines) -> Option<Shape> {
    Shape::of(corners, lines.gradients.width, lines.gradients.height)
}

/// Judges an outline by what is seen of its sides, or of three of them.
fn judged(corners: Quad, shape: Shape, sides: &[Side], lines: &Lines) -> Proposal {
    let count = sides.len() as f32;
    let weakest = sides.iter().map(|side| side.seen).fold(1.0, f32::min);
    let mean = sides.iter().map(|side| side.seen).sum::<f32>() / count;
    let overrun = sides.iter().map(|side| lines.overrun(side)).sum::<f32>() / count;
    let squareness = 0.5_f32.powf((shape.unlike_square / 0.12).powi(2));
    let confidence = ((0.7 * mean + 0.3 * weakest - 0.35 * overrun) * squareness).clamp(0.0, 1.0);
    // A frame printed on the sleeve is as well seen as the sleeve, but smaller.
    let rank = confidence + 0.6 * shape.area.sqrt() - 0.15 * shape.off_centre;
    Proposal { corners, shape, rank }
}
