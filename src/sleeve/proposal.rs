//! Outlines that could be a sleeve's: four lines that the picture's edges vote for.

use super::gradient::Gradients;
use super::quad::{alike, between};
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

/// Two outlines whose corners lie this near to each other, in pixels, are refined to the same.
const SAME: f32 = 4.0;

/// An outline, and how well it is seen, how square, large and central it is: a first guess.
#[derive(Clone, Copy)]
struct Proposal {
    shape: Shape,
    rank: f32,
}

/// The `most` best outlines of four of the lines, the best first; of those that are nearly the same, the best one.
pub(super) fn proposals(traces: &[Trace], gradients: &Gradients, most: usize) -> Vec<Shape> {
    let mut all = all(traces, gradients);
    all.sort_by(|a, b| b.rank.total_cmp(&a.rank));
    let mut best: Vec<Shape> = Vec::with_capacity(most);
    for Proposal { shape, .. } in all {
        if !best.iter().any(|other| alike(&other.corners, &shape.corners, SAME)) {
            best.push(shape);
            if best.len() == most {
                break;
            }
        }
    }
    best
}

/// What is known of each pair of lines.
struct Pairs {
    count: usize,
    /// Where neighbours cross, row by row; `None` where they cannot be neighbours.
    corner: Vec<Option<[f32; 2]>>,
    /// Whether two lines can be opposite sides, row by row.
    opposite: Vec<bool>,
}

impl Pairs {
    fn of(traces: &[Trace], gradients: &Gradients) -> Self {
        let count = traces.len();
        let (width, height) = (gradients.width as f32, gradients.height as f32);
        let (apart, reach) = (width.min(height) * APART, 0.02 * width.max(height));
        let middle = [width / 2.0, height / 2.0];
        let mut pairs =
            Self { count, corner: vec![None; count * count], opposite: vec![false; count * count] };
        for one in 0..count {
            for other in 0..count {
                let (a, b) = (&traces[one].line, &traces[other].line);
                let place = one * count + other;
                if a.alikeness(b) <= ADJACENT {
                    pairs.corner[place] = a.crossing(b).filter(|[x, y]| {
                        (-reach..width + reach).contains(x) && (-reach..height + reach).contains(y)
                    });
                } else if a.alikeness(b) >= OPPOSITE {
                    // Parallels have one normal, or one and its reverse: offsets tell on which side they run.
                    let same_way = a.normal[0] * b.normal[0] + a.normal[1] * b.normal[1] > 0.0;
                    let (from, to) = (a.offset(middle), b.offset(middle));
                    pairs.opposite[place] = (if same_way { from - to } else { from + to }).abs() >= apart;
                }
            }
        }
        pairs
    }

    fn corner(&self, one: usize, other: usize) -> Option<[f32; 2]> {
        self.corner[one * self.count + other]
    }

    fn opposite(&self, one: usize, other: usize) -> bool {
        self.opposite[one * self.count + other]
    }
}

/// A side between two lines: its ends, and what is seen of it and of its continuation, beyond chance.
#[derive(Clone, Copy)]
struct Side {
    line: usize,
    ends: [[f32; 2]; 2],
    seen: f32,
    overrun: f32,
}

impl Side {
    /// `None` where too little of it is seen.
    fn of(line: usize, ends: [[f32; 2]; 2], traces: &[Trace], gradients: &Gradients) -> Option<Self> {
        let [from, to] = ends;
        let part = |start, end| traces[line].seen(between(from, to, start), between(from, to, end));
        let seen = gradients.beyond_chance(part(0.05, 0.95));
        (seen >= LEAST_SEEN).then(|| Self {
            line,
            ends,
            seen,
            overrun: gradients.beyond_chance(f32::midpoint(part(-0.25, -0.07), part(1.07, 1.25))),
        })
    }
}

fn all(traces: &[Trace], gradients: &Gradients) -> Vec<Proposal> {
    let pairs = Pairs::of(traces, gradients);
    let mut found = Vec::new();
    let mut across: Vec<Side> = Vec::with_capacity(traces.len());
    for a in 0..traces.len() {
        for c in a + 1..traces.len() {
            if !pairs.opposite(a, c) {
                continue;
            }
            // Each outline has two pairs of opposite sides: it is taken up with the one that has its first line.
            across.clear();
            across.extend(
                (a + 1..traces.len()).filter_map(|b| {
                    Side::of(b, [pairs.corner(a, b)?, pairs.corner(c, b)?], traces, gradients)
                }),
            );
            for (place, b) in across.iter().enumerate() {
                for d in across[place + 1..].iter().filter(|d| pairs.opposite(b.line, d.line)) {
                    let along =
                        |line, end: usize| Side::of(line, [b.ends[end], d.ends[end]], traces, gradients);
                    if let (Some(a), Some(c)) = (along(a, 0), along(c, 1)) {
                        found.extend(guessed([&a, b, &c, d], gradients));
                    }
                }
            }
        }
    }
    found
}

/// Judges the outline of two pairs of opposite sides by what was seen of them.
fn guessed([a, b, c, d]: [&Side; 4], gradients: &Gradients) -> Option<Proposal> {
    let corners = [b.ends[0], b.ends[1], d.ends[1], d.ends[0]];
    let shape = Shape::of(corners, gradients.width, gradients.height)?;
    let sides = [a, b, c, d];
    let weakest = sides.iter().map(|side| side.seen).fold(1.0, f32::min);
    let mean = sides.iter().map(|side| side.seen).sum::<f32>() / 4.0;
    let overrun = sides.iter().map(|side| side.overrun).sum::<f32>() / 4.0;
    let squareness = 0.5_f32.powf((shape.unlike_square / 0.12).powi(2));
    let confidence = ((0.7 * mean + 0.3 * weakest - 0.35 * overrun) * squareness).clamp(0.0, 1.0);
    // A frame printed on the sleeve is as well seen as the sleeve, but smaller.
    let rank = confidence + 0.6 * shape.area.sqrt() - 0.15 * shape.off_centre;
    Some(Proposal { shape, rank })
}
