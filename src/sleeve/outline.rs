//! The four corners of a sleeve in a frame, and how they are found.

use image::RgbImage;

use super::gradient::Gradients;
use super::line::{Line, strongest};
use super::shrink::shrunk;
use super::square::unlike_square;
use super::trace::Trace;

/// The longer side, in pixels and roughly, of the copy in which sleeves are looked for.
const LOOK: u32 = 320;

/// The least steepness, in levels a pixel, that counts as an edge.
const STEEP: f32 = 4.0;

/// How many lines are combined to outlines.
const LINES: usize = 72;

/// How many outlines are refined and judged a second time.
const FINALISTS: usize = 24;

/// Two outlines whose corners lie this near to each other, in pixels, are refined to the same.
const SAME: f32 = 4.0;

/// The least cosine between opposite sides: perspective turns them up to 35 degrees apart.
const OPPOSITE: f32 = 0.82;

/// The greatest cosine between neighbouring sides: corners of 50 to 130 degrees.
const ADJACENT: f32 = 0.64;

/// The least area of a sleeve, as a part of the frame's.
const LEAST_AREA: f32 = 0.06;

/// Sides of one sleeve differ by perspective and tilt, but not by more than this factor.
const MOST_SLANT: f32 = 2.2;

/// The part of a side that must be seen: a hand may hide half of one side, but not of two.
const LEAST_SEEN: f32 = 0.4;

/// How far from a square an outline may be, before and after it is refined, until half of its
/// confidence is gone. See [`unlike_square`].
const SQUARE: [f32; 2] = [0.12, 0.07];

/// The confidence from which an outline is a sleeve's.
const LEAST_CONFIDENCE: f32 = 0.6;

/// The four corners of a sleeve in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// In the frame's pixels, whose centres lie at whole numbers; clockwise as one sees them, from
    /// the corner nearest to the frame's top left.
    pub corners: [[f32; 2]; 4],
    /// How sure it is that a sleeve lies there, 0 to 1: the part of the outline that is seen.
    pub confidence: f32,
}

/// Finds the sleeve in a frame: the best-seen convex outline of four straight sides, large and near
/// the middle before small and far.
#[derive(Clone, Debug)]
pub struct Finder {
    /// The confidence below which there is no sleeve.
    least: f32,
}

impl Default for Finder {
    fn default() -> Self {
        Self { least: LEAST_CONFIDENCE }
    }
}

/// An outline under consideration, in the small copy's pixels.
#[derive(Clone, Copy)]
struct Candidate {
    corners: [[f32; 2]; 4],
    confidence: f32,
    rank: f32,
}

impl Finder {
    /// The outline of the sleeve in a picture, or `None` where there is none to be sure of.
    #[must_use]
    pub fn find(&self, picture: &RgbImage) -> Option<Outline> {
        let factor = (picture.width().max(picture.height()) as f32 / LOOK as f32).round().max(1.0);
        let small = shrunk(picture, factor as u32);
        let gradients = Gradients::of(&small);
        let edges = gradients.edges(STEEP);
        let traces: Vec<Trace> = strongest(&edges, gradients.width, gradients.height, LINES)
            .into_iter()
            .map(|line| Trace::of(line, &gradients))
            .collect();

        let best = finalists(candidates(&traces, &gradients))
            .iter()
            .filter_map(|candidate| {
                let once = refined(&candidate.corners, &gradients)?;
                judged(refined(&once, &gradients)?, &gradients)
            })
            .filter(|candidate| candidate.confidence >= self.least)
            .max_by(|a, b| a.rank.total_cmp(&b.rank))?;

        let corners = best.corners.map(|corner| corner.map(|value| (value + 0.5) * factor - 0.5));
        Some(Outline { corners, confidence: best.confidence })
    }
}

/// All outlines of four lines that could be a sleeve's, judged.
fn candidates(traces: &[Trace], gradients: &Gradients) -> Vec<Candidate> {
    let apart = gradients.width.min(gradients.height) as f32 * 0.12;
    let middle = [gradients.width as f32 / 2.0, gradients.height as f32 / 2.0];
    let mut opposite = Vec::new();
    for (place, a) in traces.iter().enumerate() {
        for b in &traces[place + 1..] {
            // Parallels have one normal, or one and its reverse: the offsets tell on which side they run.
            let (one, other) = (&a.line, &b.line);
            let same_way = one.normal[0] * other.normal[0] + one.normal[1] * other.normal[1] > 0.0;
            let gap = if same_way {
                one.offset(middle) - other.offset(middle)
            } else {
                one.offset(middle) + other.offset(middle)
            };
            if one.alikeness(other) >= OPPOSITE && gap.abs() >= apart {
                opposite.push([a, b]);
            }
        }
    }
    let mut found = Vec::new();
    for (place, [a, c]) in opposite.iter().enumerate() {
        for [b, d] in &opposite[place + 1..] {
            if [(a, b), (b, c), (c, d), (d, a)]
                .iter()
                .any(|(one, next)| one.line.alikeness(&next.line) > ADJACENT)
            {
                continue;
            }
            found.extend(guessed([a, b, c, d], gradients));
        }
    }
    found
}

/// Judges the outline that four lines enclose by what was seen along them.
fn guessed(sides: [&Trace; 4], gradients: &Gradients) -> Option<Candidate> {
    let crossing = |one: usize, next: usize| sides[one].line.crossing(&sides[next].line);
    let corners = [crossing(3, 0)?, crossing(0, 1)?, crossing(1, 2)?, crossing(2, 3)?];
    let shape = Shape::of(corners, gradients)?;
    if shape.unlike_square > 2.0 * SQUARE[0] {
        return None;
    }
    let mut seen = [0.0; 4];
    for place in 0..4 {
        let (from, to) = (corners[place], corners[(place + 1) % 4]);
        seen[place] =
            beyond_chance(sides[place].seen(between(from, to, 0.05), between(from, to, 0.95)), gradients);
        if seen[place] < LEAST_SEEN {
            return None;
        }
    }
    let overrun = (0..4)
        .map(|place| {
            let (from, to) = (corners[place], corners[(place + 1) % 4]);
            let before = sides[place].seen(between(from, to, -0.25), between(from, to, -0.07));
            let behind = sides[place].seen(between(from, to, 1.07), between(from, to, 1.25));
            beyond_chance(f32::midpoint(before, behind), gradients) / 4.0
        })
        .sum();
    Some(shape.weighed(seen, overrun, SQUARE[0]))
}

/// The best outlines, those left out that are nearly the same as a better one.
fn finalists(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.rank.total_cmp(&a.rank));
    let mut finalists: Vec<Candidate> = Vec::with_capacity(FINALISTS);
    for candidate in candidates {
        let same = |other: &Candidate| {
            let off = (0..4).map(|place| {
                let ([ax, ay], [bx, by]) = (candidate.corners[place], other.corners[place]);
                (ax - bx).hypot(ay - by)
            });
            off.fold(0.0, f32::max) <= SAME
        };
        if !finalists.iter().any(same) {
            finalists.push(candidate);
            if finalists.len() == FINALISTS {
                break;
            }
        }
    }
    finalists
}

/// Four corners that a sleeve could have.
struct Shape {
    corners: [[f32; 2]; 4],
    unlike_square: f32,
    /// The root of the part of the frame that it takes.
    size: f32,
    /// The distance of its middle from the frame's, in halves of the diagonal.
    off_centre: f32,
}

impl Shape {
    /// `None` where no sleeve can lie like that.
    fn of(corners: [[f32; 2]; 4], gradients: &Gradients) -> Option<Self> {
        let (width, height) = (gradients.width as f32, gradients.height as f32);
        let margin = 0.02 * width.max(height);
        let inside = |[x, y]: [f32; 2]| {
            (-margin..=width - 1.0 + margin).contains(&x) && (-margin..=height - 1.0 + margin).contains(&y)
        };
        if !corners.into_iter().all(inside) {
            return None;
        }
        let corners = clockwise(corners)?;
        let area = area(&corners);
        if area < LEAST_AREA * width * height {
            return None;
        }
        let lengths = sides(&corners).map(|[from, to]| (to[0] - from[0]).hypot(to[1] - from[1]));
        let longest = lengths.iter().copied().fold(0.0, f32::max);
        if lengths.iter().any(|length| length * MOST_SLANT < longest) {
            return None;
        }
        let centre = corners.iter().fold([0.0; 2], |sum, [x, y]| [sum[0] + x / 4.0, sum[1] + y / 4.0]);
        Some(Self {
            corners,
            unlike_square: unlike_square(&corners, width, height),
            size: (area / (width * height)).sqrt(),
            off_centre: (centre[0] - width / 2.0).hypot(centre[1] - height / 2.0)
                / (width.hypot(height) / 2.0),
        })
    }

    /// Weighs what is seen of each side, and of its continuation, and how square the shape is.
    fn weighed(&self, seen: [f32; 4], overrun: f32, square: f32) -> Candidate {
        let weakest = seen.iter().copied().fold(1.0, f32::min);
        let mean = seen.iter().sum::<f32>() / 4.0;
        let squareness = 0.5_f32.powf((self.unlike_square / square).powi(2));
        let confidence = ((0.7 * mean + 0.3 * weakest - 0.35 * overrun) * squareness).clamp(0.0, 1.0);
        // A frame printed on the sleeve is as well seen as the sleeve, but smaller.
        let rank = confidence + 0.6 * self.size - 0.15 * self.off_centre;
        Candidate { corners: self.corners, confidence, rank }
    }
}

/// Judges four corners by the picture itself; `None` where no sleeve can lie like that.
fn judged(corners: [[f32; 2]; 4], gradients: &Gradients) -> Option<Candidate> {
    let shape = Shape::of(corners, gradients)?;
    let sides = sides(&shape.corners);
    let seen = sides.map(|side| seen(side, gradients));
    if seen.iter().any(|seen| *seen < LEAST_SEEN) {
        return None;
    }
    let overrun = sides.map(|side| overrun(side, gradients)).iter().sum::<f32>() / 4.0;
    Some(shape.weighed(seen, overrun, SQUARE[1]))
}

/// The part of a side, 0 to 1, along which the picture has an edge in the side's direction.
fn seen([from, to]: [[f32; 2]; 2], gradients: &Gradients) -> f32 {
    // Corners are worn and rounded: what lies nearer to them than a twentieth says little.
    part_with_edge(from, to, 0.05, 0.95, gradients)
}

/// The part of a side's continuation, beyond both of its ends, that has an edge as well: a shelf's
/// edge goes on where a sleeve ends.
fn overrun([from, to]: [[f32; 2]; 2], gradients: &Gradients) -> f32 {
    let before = part_with_edge(from, to, -0.25, -0.07, gradients);
    let behind = part_with_edge(from, to, 1.07, 1.25, gradients);
    f32::midpoint(before, behind)
}

/// Of the stretch between two parts of a side, how much lies on edges of its direction, beyond what
/// chance would give: 0 to 1.
fn part_with_edge(from: [f32; 2], to: [f32; 2], start: f32, end: f32, gradients: &Gradients) -> f32 {
    let line = Line::through(from, to);
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    let samples = ((end - start) * length / 2.0).ceil().max(4.0) as usize;
    let on_edge = |sample: &usize| {
        let part = start + (end - start) * (*sample as f32 + 0.5) / samples as f32;
        gradients.edge_across(between(from, to, part), line.normal)
    };
    beyond_chance((0..samples).filter(on_edge).count() as f32 / samples as f32, gradients)
}

/// A part without what chance alone would have given, which is no evidence.
fn beyond_chance(part: f32, gradients: &Gradients) -> f32 {
    ((part - gradients.chance) / (1.0 - gradients.chance).max(0.1)).max(0.0)
}

/// The point a part of the way from one to another.
fn between(from: [f32; 2], to: [f32; 2], part: f32) -> [f32; 2] {
    [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]
}

/// Corners moved to where lines through the edges beside each side cross.
fn refined(corners: &[[f32; 2]; 4], gradients: &Gradients) -> Option<[[f32; 2]; 4]> {
    let [top, right, bottom, left] = sides(corners).map(|side| fitted(side, gradients));
    Some([left.crossing(&top)?, top.crossing(&right)?, right.crossing(&bottom)?, bottom.crossing(&left)?])
}

/// The line that fits the steepest points within three pixels of a side best, by total least
/// squares, twice; the side itself where there are too few.
fn fitted([from, to]: [[f32; 2]; 2], gradients: &Gradients) -> Line {
    let mut line = Line::through(from, to);
    let (start, end) = (between(from, to, 0.05), between(from, to, 0.95));
    let length = (end[0] - start[0]).hypot(end[1] - start[1]);
    for reach in [3, 1] {
        let (start, end) = (line.along(start), line.along(end));
        let steepest: Vec<[f32; 2]> = (0..=length as usize)
            .filter_map(|step| {
                let point = line.at(start + (end - start) * step as f32 / length.max(1.0));
                gradients.steepest_across(point, line.normal, reach)
            })
            .collect();
        if steepest.len() < (0.2 * length) as usize + 2 {
            return line;
        }
        line = through_all(&steepest);
    }
    line
}

/// The line with the least sum of squared distances to the points.
fn through_all(points: &[[f32; 2]]) -> Line {
    let count = points.len() as f32;
    let mean = points.iter().fold([0.0; 2], |sum, [x, y]| [sum[0] + x / count, sum[1] + y / count]);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for [x, y] in points {
        let (dx, dy) = (x - mean[0], y - mean[1]);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    let direction = 0.5 * (2.0 * xy).atan2(xx - yy);
    let normal = [-direction.sin(), direction.cos()];
    Line { normal, distance: normal[0] * mean[0] + normal[1] * mean[1] }
}

/// The sides of a square of corners: from each to the next.
fn sides(corners: &[[f32; 2]; 4]) -> [[[f32; 2]; 2]; 4] {
    std::array::from_fn(|place| [corners[place], corners[(place + 1) % 4]])
}

/// The corners clockwise as one sees them, from the one nearest to the top left; `None` where they
/// enclose nothing convex.
fn clockwise(mut corners: [[f32; 2]; 4]) -> Option<[[f32; 2]; 4]> {
    let turns: [f32; 4] = std::array::from_fn(|place| {
        let [a, b, c] = [0, 1, 2].map(|step| corners[(place + step) % 4]);
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    });
    if turns.iter().all(|turn| *turn < 0.0) {
        corners.reverse();
    } else if !turns.iter().all(|turn| *turn > 0.0) {
        return None;
    }
    let first = (0..4).min_by(|a, b| {
        let from_top_left = |place: usize| corners[place][0] + corners[place][1];
        from_top_left(*a).total_cmp(&from_top_left(*b))
    })?;
    corners.rotate_left(first);
    Some(corners)
}

/// The area inside, in pixels, of corners in clockwise order.
fn area(corners: &[[f32; 2]; 4]) -> f32 {
    sides(corners).iter().map(|[a, b]| a[0] * b[1] - b[0] * a[1]).sum::<f32>() / 2.0
}
