//! Corners to a fraction of a pixel: where lines through the edges beside each side cross.

use super::gradient::Gradients;
use super::line::Line;
use super::quad::{Quad, between, sides};

/// Corners moved to where lines through the edges beside each side cross; `None` where sides are parallel.
pub(super) fn refined(corners: &Quad, gradients: &Gradients) -> Option<Quad> {
    let [top, right, bottom, left] = sides(corners).map(|side| fitted(side, gradients));
    Some([left.crossing(&top)?, top.crossing(&right)?, right.crossing(&bottom)?, bottom.crossing(&left)?])
}

/// The line that fits the steepest points within three pixels of a side best, by total least
/// squares, twice; the side itself where there are too few.
pub(super) fn fitted([from, to]: [[f32; 2]; 2], gradients: &Gradients) -> Line {
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
