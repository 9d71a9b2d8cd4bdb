//! Straight lines, voted for by edges.

use std::cmp::Reverse;
use std::f32::consts::PI;

use super::gradient::Edge;
use super::quad::Quad;

/// Directions that are told apart over half a turn: one a degree.
const DIRECTIONS: usize = 180;

/// An edge votes for the directions this near to its own, in degrees: what noise does to a gradient.
const DOUBT: isize = 3;

/// Two lines this near to each other, in degrees and in pixels, are one.
const SAME: (isize, isize) = (3, 4);

/// A line by its normal and its distance from the origin: `normal · point = distance`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) normal: [f32; 2],
    pub(super) distance: f32,
}

impl Line {
    /// The line through two points that differ.
    pub(super) fn through(a: [f32; 2], b: [f32; 2]) -> Self {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        let normal = [-dy / length, dx / length];
        Self { normal, distance: normal[0] * a[0] + normal[1] * a[1] }
    }

    /// Where two lines cross; `None` for parallels.
    pub(super) fn crossing(&self, other: &Self) -> Option<[f32; 2]> {
        let [a, b] = self.normal;
        let [c, d] = other.normal;
        let determinant = a * d - b * c;
        (determinant.abs() > 1e-6).then(|| {
            [
                (self.distance * d - other.distance * b) / determinant,
                (other.distance * a - self.distance * c) / determinant,
            ]
        })
    }

    /// The cosine of the angle between two lines, 0 to 1.
    pub(super) fn alikeness(&self, other: &Self) -> f32 {
        (self.normal[0] * other.normal[0] + self.normal[1] * other.normal[1]).abs()
    }

    /// How far along the line a point lies, from the foot of the origin's perpendicular.
    pub(super) fn along(&self, point: [f32; 2]) -> f32 {
        self.normal[0] * point[1] - self.normal[1] * point[0]
    }

    /// The point that far along the line: the reverse of [`Line::along`].
    pub(super) fn at(&self, along: f32) -> [f32; 2] {
        let [nx, ny] = self.normal;
        [self.distance * nx - along * ny, self.distance * ny + along * nx]
    }

    /// How far a point lies from the line, with a sign.
    pub(super) fn offset(&self, point: [f32; 2]) -> f32 {
        self.normal[0] * point[0] + self.normal[1] * point[1] - self.distance
    }
}

/// Where the lines of four sides cross, each with the next; `None` where two of these are parallels.
pub(super) fn corners_of([top, right, bottom, left]: &[Line; 4]) -> Option<Quad> {
    Some([left.crossing(top)?, top.crossing(right)?, right.crossing(bottom)?, bottom.crossing(left)?])
}

/// The `most` lines with the most edges on them, the strongest first.
///
/// A Hough transform in which each edge votes along its own direction alone, so that texture, whose
/// edges point anywhere, raises no peaks.
///
/// Source: Ballard, "Generalizing the Hough Transform to Detect Arbitrary Shapes", 1981.
pub(super) fn strongest(edges: &[Edge], width: usize, height: usize, most: usize) -> Vec<Line> {
    let reach = (width as f32).hypot(height as f32).ceil() as isize;
    let distances = (2 * reach + 1) as usize;
    let normals: Vec<[f32; 2]> = (0..DIRECTIONS)
        .map(|direction| {
            let (sin, cos) = (direction as f32 * PI / DIRECTIONS as f32).sin_cos();
            [cos, sin]
        })
        .collect();

    let mut votes = vec![0_u32; DIRECTIONS * distances];
    for edge in edges {
        let own = edge.normal[1].atan2(edge.normal[0]) * DIRECTIONS as f32 / PI;
        for doubt in -DOUBT..=DOUBT {
            let direction = (own.round() as isize + doubt).rem_euclid(DIRECTIONS as isize) as usize;
            let [nx, ny] = normals[direction];
            let distance = (nx * edge.x + ny * edge.y).round() as isize + reach;
            votes[direction * distances + distance as usize] += 1;
        }
    }

    let fewest = (width.min(height) / 20).max(1) as u32;
    let mut peaks: Vec<usize> = (0..votes.len()).filter(|place| votes[*place] >= fewest).collect();
    peaks.sort_unstable_by_key(|place| (Reverse(votes[*place]), *place));
    let mut lines = Vec::with_capacity(most);
    for peak in peaks {
        if lines.len() == most {
            break;
        }
        // Cleared by a stronger line that is the same.
        if votes[peak] == 0 {
            continue;
        }
        let (direction, distance) = ((peak / distances) as isize, (peak % distances) as isize - reach);
        lines.push(Line { normal: normals[direction as usize], distance: distance as f32 });
        for near in direction - SAME.0..=direction + SAME.0 {
            // Past half a turn the normal points the other way, and distances change their sign.
            let turned = !(0..DIRECTIONS as isize).contains(&near);
            let row = near.rem_euclid(DIRECTIONS as isize) as usize * distances;
            let middle = if turned { -distance } else { distance } + reach;
            let from = (middle - SAME.1).max(0) as usize;
            let to = (middle + SAME.1).min(2 * reach) as usize;
            votes[row + from..=row + to].fill(0);
        }
    }
    lines
}
