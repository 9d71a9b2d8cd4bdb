//! Corners to a fraction of a pixel: where lines through the edges beside each side cross.

use super::line::{Line, corners_of};
use super::quad::{Quad, between, length, sides};
use super::slope::Slopes;

/// The reaches, in pixels, from lines that edges have voted for, to a degree and a pixel, to the edges themselves.
pub(super) const FROM_VOTES: [i32; 2] = [3, 1];

/// How far apart, in pixels, the points beside a side are at least to which its line is fitted: more of them make it no
/// more exact.
const APART: f32 = 2.0;

/// How many these are at most.
const POINTS: f32 = 128.0;

/// Corners moved to where lines through the edges beside each side cross; `None` where sides are parallel.
pub(super) fn refined(corners: &Quad, slopes: &impl Slopes, reaches: &[i32]) -> Option<Quad> {
    corners_of(&sides(corners).map(|side| fitted(side, slopes, reaches)))
}

/// The line that fits the steepest points beside a side best, by total least squares: once for each reach, the pixels
/// that they lie from the last line at most; the side itself where there are too few.
pub(super) fn fitted([from, to]: [[f32; 2]; 2], slopes: &impl Slopes, reaches: &[i32]) -> Line {
    let mut line = Line::through(from, to);
    let (start, end) = (between(from, to, 0.05), between(from, to, 0.95));
    let length = length([start, end]);
    for reach in reaches {
        let (start, end) = (line.along(start), line.along(end));
        let points = (length / APART).min(POINTS);
        let steepest: Vec<[f32; 2]> = (0..=points as usize)
            .filter_map(|step| {
                let point = line.at(start + (end - start) * step as f32 / points.max(1.0));
                slopes.steepest_across(point, line.normal, *reach)
            })
            .collect();
        if steepest.len() < (0.2 * points) as usize + 2 {
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
