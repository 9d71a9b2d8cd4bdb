//! The fourth side of a square, where three are seen.

use super::line::Line;
use super::quad::Quad;

/// The focal length, in longer sides of the frame, of a camera of which nothing is known: 61 degrees of view.
const FOCAL: f32 = 0.85;

/// The two squares, one to either hand, that have a side between these ends, beside which they run along these lines:
/// each from the first end on, around; `None` where a corner is behind the camera.
///
/// Where the two lines meet is the direction in which both sides run before the camera; the given side is perpendicular to
/// it, and as long as they are. The camera is a pinhole that looks at the middle of its frame of `size` pixels.
///
/// Source: Caprile and Torre, "Using Vanishing Points for Camera Calibration", 1990.
pub(super) fn squares(ends: [[f32; 2]; 2], lines: [Line; 2], size: (f32, f32)) -> [Option<Quad>; 2] {
    let (width, height) = size;
    let (focal, centre) = (FOCAL * width.max(height), [(width - 1.0) / 2.0, (height - 1.0) / 2.0]);
    let ray = |[x, y]: [f32; 2]| [(x - centre[0]) / focal, (y - centre[1]) / focal, 1.0];
    // The plane through the camera and a line, by its normal.
    let plane = |line: Line| {
        let [nx, ny] = line.normal;
        [nx, ny, (nx * centre[0] + ny * centre[1] - line.distance) / focal]
    };
    let [p, q] = ends.map(ray);
    let along = cross(plane(lines[0]), plane(lines[1]));
    let across = cross(cross(p, q), along);
    // How far away the second corner is, where the first is one away.
    let from = cross(q, across);
    let far = dot(cross(p, across), from) / dot(from, from);
    let q = q.map(|value| far * value);
    let side = length([q[0] - p[0], q[1] - p[1], q[2] - p[2]]) / length(along);
    [side, -side].map(|side| {
        let seen = |corner: [f32; 3]| {
            let focal = focal / corner[2];
            (corner[2] > 0.1).then(|| [corner[0] * focal + centre[0], corner[1] * focal + centre[1]])
        };
        let beyond = |corner: [f32; 3]| std::array::from_fn(|axis| corner[axis] + side * along[axis]);
        Some([seen(p)?, seen(q)?, seen(beyond(q))?, seen(beyond(p))?])
    })
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn length(a: [f32; 3]) -> f32 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_square_is_told_from_three_of_its_sides(
            turned in -3.1_f32..3.1, tilted in -0.8_f32..0.8, towards in -3.1_f32..3.1,
            middle in [-0.6_f32..0.6, -0.6_f32..0.6], far in 2.0_f32..5.0,
        ) {
            let focal = FOCAL * 320.0;
            let corners = [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5_f32]].map(|[x, y]| {
                let (sin, cos) = turned.sin_cos();
                let (x, y) = (cos * x - sin * y, sin * x + cos * y);
                // Tilted about an axis in the square's own plane.
                let (sin, cos) = towards.sin_cos();
                let (along, aside) = (cos * x + sin * y, cos * y - sin * x);
                let (aside, deep) = (aside * tilted.cos(), aside * tilted.sin());
                let (x, y) = (cos * along - sin * aside, sin * along + cos * aside);
                let depth = far + deep;
                [159.5 + focal * (x + middle[0]) / depth, 119.5 + focal * (y + middle[1]) / depth]
            });
            let [p, q, r, s] = corners;
            let found = squares([p, q], [Line::through(p, s), Line::through(q, r)], (320.0, 240.0));
            let off = |found: &Quad| {
                found.iter().zip(&corners).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).fold(0.0, f32::max)
            };
            prop_assert!(found.iter().flatten().any(|found| off(found) < 1.0), "{found:?}, not {corners:?}");
        }
    }
}
