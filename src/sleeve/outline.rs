//! The four corners of a sleeve in a frame, and how they are found.

use image::RgbImage;
use image::imageops::{FilterType, resize};

use super::gradient::{Edge, Gradients};
use super::line::{Line, strongest};

/// The longer side, in pixels, of the copy in which sleeves are looked for.
const LOOK: u32 = 320;

/// The least steepness, in levels a pixel, that counts as an edge.
const STEEP: f32 = 4.0;

/// How many lines are combined to outlines.
const LINES: usize = 40;

/// How many outlines are refined and judged a second time.
const FINALISTS: usize = 16;

/// Two outlines whose corners lie this near to each other, in pixels, are refined to the same.
const SAME: f32 = 4.0;

/// The least cosine between opposite sides: perspective turns them up to 35 degrees apart.
const OPPOSITE: f32 = 0.82;

/// The greatest cosine between neighbouring sides: corners of 50 to 130 degrees.
const ADJACENT: f32 = 0.64;

/// The least area of a sleeve, as a part of the frame's.
const LEAST_AREA: f32 = 0.03;

/// Sides of one sleeve differ by perspective and tilt, but not by more than this factor.
const MOST_SLANT: f32 = 2.2;

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
        let longer = picture.width().max(picture.height());
        let scale = (longer as f32 / LOOK as f32).max(1.0);
        let small = if scale > 1.0 {
            let shrunk = |side: u32| ((side as f32 / scale).round() as u32).max(1);
            &resize(picture, shrunk(picture.width()), shrunk(picture.height()), FilterType::Triangle)
        } else {
            picture
        };
        let gradients = Gradients::of(small);
        let edges = gradients.edges(STEEP);
        let lines = strongest(&edges, gradients.width, gradients.height, LINES);

        let best = finalists(candidates(&lines, &gradients))
            .iter()
            .filter_map(|candidate| judged(refined(&candidate.corners, &edges)?, &gradients))
            .filter_map(|candidate| judged(refined(&candidate.corners, &edges)?, &gradients))
            .filter(|candidate| candidate.confidence >= self.least)
            .max_by(|a, b| a.rank.total_cmp(&b.rank))?;

        let (sx, sy) =
            (picture.width() as f32 / small.width() as f32, picture.height() as f32 / small.height() as f32);
        let corners = best.corners.map(|[x, y]| [(x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5]);
        Some(Outline { corners, confidence: best.confidence })
    }
}

/// All outlines of four lines that could be a sleeve's, judged.
fn candidates(lines: &[Line], gradients: &Gradients) -> Vec<Candidate> {
    let apart = gradients.width.min(gradients.height) as f32 * 0.12;
    let middle = [gradients.width as f32 / 2.0, gradients.height as f32 / 2.0];
    let mut opposite = Vec::new();
    for (place, a) in lines.iter().enumerate() {
        for b in &lines[place + 1..] {
            // Parallels have one normal, or one and its reverse: the offsets tell on which side they run.
            let same_way = a.normal[0] * b.normal[0] + a.normal[1] * b.normal[1] > 0.0;
            let gap = if same_way {
                a.offset(middle) - b.offset(middle)
            } else {
                a.offset(middle) + b.offset(middle)
            };
            if a.alikeness(b) >= OPPOSITE && gap.abs() >= apart {
                opposite.push((a, b));
            }
        }
    }
    let mut found = Vec::new();
    for (place, (a, c)) in opposite.iter().enumerate() {
        for (b, d) in &opposite[place + 1..] {
            if [(a, b), (b, c), (c, d), (d, a)].iter().any(|(one, next)| one.alikeness(next) > ADJACENT) {
                continue;
            }
            let corners = [d.crossing(a), a.crossing(b), b.crossing(c), c.crossing(d)];
            let [Some(p), Some(q), Some(r), Some(s)] = corners else { continue };
            found.extend(judged([p, q, r, s], gradients));
        }
    }
    found
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

/// Judges four corners; `None` where no sleeve can lie like that.
fn judged(corners: [[f32; 2]; 4], gradients: &Gradients) -> Option<Candidate> {
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
    let sides = sides(&corners);
    let lengths = sides.map(|[from, to]| (to[0] - from[0]).hypot(to[1] - from[1]));
    let longest = lengths.iter().copied().fold(0.0, f32::max);
    if lengths.iter().any(|length| length * MOST_SLANT < longest) {
        return None;
    }

    let seen = sides.map(|side| seen(side, gradients));
    let weakest = seen.iter().copied().fold(1.0, f32::min);
    // A hand may hide half of one side, but not of two.
    if weakest < 0.4 {
        return None;
    }
    let mean = seen.iter().sum::<f32>() / 4.0;
    let overrun = sides.map(|side| overrun(side, gradients)).iter().sum::<f32>() / 4.0;
    let confidence = (0.7 * mean + 0.3 * weakest - 0.15 * overrun).clamp(0.0, 1.0);

    let centre = corners.iter().fold([0.0; 2], |sum, [x, y]| [sum[0] + x / 4.0, sum[1] + y / 4.0]);
    let off_centre = (centre[0] - width / 2.0).hypot(centre[1] - height / 2.0) / (width.hypot(height) / 2.0);
    // A frame printed on the sleeve is as well seen as the sleeve, but smaller.
    let size = (area / (width * height)).sqrt();
    Some(Candidate { corners, confidence, rank: confidence + 0.35 * size - 0.25 * off_centre })
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
        let point = [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
        gradients.edge_across(point, line.normal)
    };
    let part = (0..samples).filter(on_edge).count() as f32 / samples as f32;
    // What chance alone would have given is no evidence.
    ((part - gradients.chance) / (1.0 - gradients.chance).max(0.1)).max(0.0)
}

/// Corners moved to where lines through the edges beside each side cross.
fn refined(corners: &[[f32; 2]; 4], edges: &[Edge]) -> Option<[[f32; 2]; 4]> {
    let [top, right, bottom, left] = sides(corners).map(|side| fitted(side, edges));
    Some([left.crossing(&top)?, top.crossing(&right)?, right.crossing(&bottom)?, bottom.crossing(&left)?])
}

/// The line that fits the edges within three pixels of a side best, by total least squares, twice;
/// the side itself where there are too few.
fn fitted([from, to]: [[f32; 2]; 2], edges: &[Edge]) -> Line {
    let mut line = Line::through(from, to);
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0].hypot(along[1]);
    for reach in [3.0, 1.5] {
        let near: Vec<[f32; 2]> = edges
            .iter()
            .filter(|edge| {
                let part =
                    ((edge.x - from[0]) * along[0] + (edge.y - from[1]) * along[1]) / (length * length);
                let alike = (edge.normal[0] * line.normal[0] + edge.normal[1] * line.normal[1]).abs();
                (0.05..=0.95).contains(&part) && alike > 0.9 && line.offset([edge.x, edge.y]).abs() <= reach
            })
            .map(|edge| [edge.x, edge.y])
            .collect();
        if near.len() < (0.2 * length) as usize + 2 {
            return line;
        }
        line = through_all(&near);
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
