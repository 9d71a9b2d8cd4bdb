//! How far an outline is from the true one.

use super::quad::{Quad, area, clockwise, lengths};

/// What two outlines have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// The mean distance between their corners as a part of the true one's mean side, whichever corner comes first.
    pub error: f32,
    /// The area that lies in both, as a part of the area that lies in either, 0 to 1.
    pub overlap: f32,
}

/// Holds four corners against the true ones, each going around a convex shape, in whichever direction.
///
/// `None` where either is no convex shape.
///
/// ```
/// use sleevesight::sleeve::likeness;
///
/// let truth = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
/// let found = truth.map(|[x, y]| [x + 5.0, y]);
/// let likeness = likeness(&found, &truth).unwrap();
/// assert_eq!(likeness.error, 0.5);
/// assert!((likeness.overlap - 1.0 / 3.0).abs() < 1e-6);
/// ```
#[must_use]
pub fn likeness(found: &[[f32; 2]; 4], truth: &[[f32; 2]; 4]) -> Option<Likeness> {
    let (found, truth) = (clockwise(*found)?, clockwise(*truth)?);
    let from = |first: usize| {
        let apart = (0..4).map(|place| {
            let ([ax, ay], [bx, by]) = (found[(place + first) % 4], truth[place]);
            (ax - bx).hypot(ay - by)
        });
        apart.sum::<f32>() / lengths(&truth).iter().sum::<f32>()
    };
    let common = polygon_area(&common(&found, &truth));
    Some(Likeness {
        error: (0..4).map(from).fold(f32::INFINITY, f32::min),
        overlap: common / (area(&found) + area(&truth) - common),
    })
}

/// The part of one convex shape that lies in another, both clockwise.
///
/// Source: Sutherland and Hodgman, "Reentrant Polygon Clipping", 1974.
fn common(shape: &Quad, within: &Quad) -> Vec<[f32; 2]> {
    let mut points = shape.to_vec();
    for place in 0..4 {
        let (a, b) = (within[place], within[(place + 1) % 4]);
        let depth = |[x, y]: [f32; 2]| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
        let mut kept = Vec::with_capacity(points.len() + 1);
        for (number, from) in points.iter().copied().enumerate() {
            let to = points[(number + 1) % points.len()];
            let (here, there) = (depth(from), depth(to));
            if here >= 0.0 {
                kept.push(from);
            }
            if (here >= 0.0) != (there >= 0.0) {
                let part = here / (here - there);
                kept.push([from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]);
            }
        }
        points = kept;
    }
    points
}

/// The area of a polygon, clockwise.
fn polygon_area(points: &[[f32; 2]]) -> f32 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f32>() / 2.0
}
