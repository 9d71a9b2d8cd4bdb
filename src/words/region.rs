//! Regions of text in the detector's map.
//!
//! The network marks the middle of each line; a region is the smallest rectangle around a mark, grown by what the
//! training shrank.
//!
//! Source: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020.

use image::{GrayImage, Luma};
use imageproc::contours::find_contours;
use imageproc::geometry::convex_hull;
use imageproc::point::Point;

/// The least length of a region's shorter side, pixels of the map.
const MIN_SIDE_PX: f32 = 3.0;

/// The most marks that are looked at: a map of noise has thousands.
const MAX_MARKS: usize = 1000;

/// What is a region of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thresholds {
    /// The probability from which a pixel is text.
    pub(super) pixel: f32,
    /// The mean probability from which a rectangle is.
    pub(super) region: f32,
    /// A rectangle grows on each side by its area times this, divided by its perimeter.
    pub(super) growth: f32,
}

/// A rectangle in any direction.
#[derive(Clone, Copy, Debug)]
struct Rectangle {
    centre: [f32; 2],
    /// The direction of `width`, of unit length.
    along: [f32; 2],
    width: f32,
    height: f32,
}

impl Rectangle {
    fn corners(&self) -> [[f32; 2]; 4] {
        let ([x, y], [ax, ay]) = (self.centre, self.along);
        let (w, h) = (self.width / 2.0, self.height / 2.0);
        [(-w, -h), (w, -h), (w, h), (-w, h)].map(|(a, b)| [x + a * ax - b * ay, y + a * ay + b * ax])
    }
}

/// The regions of text in a square map of probabilities, the largest first: corners in pixels of the map, clockwise
/// from the top left.
///
/// # Panics
///
/// Where `map` does not hold `side * side` values.
pub(super) fn regions(map: &[f32], side: usize, thresholds: Thresholds) -> Vec<[[f32; 2]; 4]> {
    assert_eq!(map.len(), side * side, "a square map");
    // A margin of one pixel: the library misses outer borders in the first column.
    let marks = GrayImage::from_fn(side as u32 + 2, side as u32 + 2, |x, y| {
        let inside = (1..=side as u32).contains(&x) && (1..=side as u32).contains(&y);
        let text = inside && map[(y as usize - 1) * side + x as usize - 1] > thresholds.pixel;
        Luma([u8::from(text)])
    });
    let mut found: Vec<(f32, [[f32; 2]; 4])> = find_contours::<i32>(&marks)
        .into_iter()
        .take(MAX_MARKS)
        .filter_map(|contour| {
            let tight = smallest_rectangle(&contour.points)?;
            let tight = Rectangle { centre: tight.centre.map(|value| value - 1.0), ..tight };
            if tight.width.min(tight.height) < MIN_SIDE_PX
                || mean_inside(map, side, &tight.corners()) < thresholds.region
            {
                return None;
            }
            let more = tight.width * tight.height * thresholds.growth / (tight.width + tight.height);
            let grown = Rectangle { width: tight.width + more, height: tight.height + more, ..tight };
            Some((grown.width * grown.height, clockwise(grown.corners())))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found.into_iter().map(|(_, corners)| corners).collect()
}

/// The rectangle of the least area around points; one of its sides lies on a side of their hull.
///
/// Source: Freeman and Shapira, "Determining the minimum-area encasing rectangle for an arbitrary closed curve",
/// Communications of the ACM 18 (1975).
fn smallest_rectangle(points: &[Point<i32>]) -> Option<Rectangle> {
    let hull: Vec<[f32; 2]> =
        convex_hull(points).into_iter().map(|point| [point.x as f32, point.y as f32]).collect();
    let mut best: Option<(f32, Rectangle)> = None;
    for (place, [x, y]) in hull.iter().enumerate() {
        let [nx, ny] = hull[(place + 1) % hull.len()];
        let length = (nx - x).hypot(ny - y);
        if length == 0.0 {
            continue;
        }
        let along = [(nx - x) / length, (ny - y) / length];
        let span = |direction: [f32; 2]| {
            let reach = hull.iter().map(|[x, y]| x * direction[0] + y * direction[1]);
            reach.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), at| (least.min(at), most.max(at)))
        };
        let ((left, right), (top, bottom)) = (span(along), span([-along[1], along[0]]));
        let (width, height) = (right - left, bottom - top);
        if best.is_none_or(|(area, _)| width * height < area) {
            let (a, b) = ((left + right) / 2.0, (top + bottom) / 2.0);
            let centre = [a * along[0] - b * along[1], a * along[1] + b * along[0]];
            best = Some((width * height, Rectangle { centre, along, width, height }));
        }
    }
    best.map(|(_, rectangle)| rectangle)
}

/// The mean of a map within a convex outline; 0 where it holds no pixel.
fn mean_inside(map: &[f32], side: usize, corners: &[[f32; 2]; 4]) -> f32 {
    let last = side as f32 - 1.0;
    let reach = |axis: usize| {
        let values = corners.map(|corner| corner[axis]);
        let least = values.into_iter().fold(f32::INFINITY, f32::min).floor().clamp(0.0, last);
        let most = values.into_iter().fold(f32::NEG_INFINITY, f32::max).ceil().clamp(0.0, last);
        least as usize..=most as usize
    };
    let inside = |x: f32, y: f32| {
        (0..4).all(|place| {
            let ([ax, ay], [bx, by]) = (corners[place], corners[(place + 1) % 4]);
            // A pixel on the border belongs to it, up to half of its side.
            (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= -0.5 * (bx - ax).hypot(by - ay)
        })
    };
    let (mut sum, mut count) = (0.0, 0_u32);
    for y in reach(1) {
        for x in reach(0) {
            if inside(x as f32, y as f32) {
                sum += map[y * side + x];
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}

/// Corners clockwise from the top left: of the two on the left the upper one is the first.
fn clockwise(corners: [[f32; 2]; 4]) -> [[f32; 2]; 4] {
    let mut by_x = corners;
    by_x.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let [mut a, mut b, mut c, mut d] = by_x;
    if a[1] > b[1] {
        (a, b) = (b, a);
    }
    if c[1] > d[1] {
        (c, d) = (d, c);
    }
    [a, c, d, b]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Thresholds = Thresholds { pixel: 0.3, region: 0.5, growth: 1.6 };

    /// A map with one bar of text: its middle, half its length and height, and its angle.
    fn bar(side: usize, centre: [f32; 2], half: [f32; 2], angle: f32) -> Vec<f32> {
        let (sin, cos) = angle.sin_cos();
        let at = |place: usize| {
            let (x, y) = ((place % side) as f32 - centre[0], (place / side) as f32 - centre[1]);
            let (a, b) = (x * cos + y * sin, y * cos - x * sin);
            if a.abs() <= half[0] && b.abs() <= half[1] { 0.9 } else { 0.05 }
        };
        (0..side * side).map(at).collect()
    }

    #[test]
    fn text_at_the_left_border_is_found() {
        let found = regions(&bar(96, [10.0, 40.0], [20.0, 5.0], 0.0), 96, PLAIN);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_faint_mark_is_none() {
        let map: Vec<f32> = bar(96, [48.0, 40.0], [20.0, 5.0], 0.0).iter().map(|value| value * 0.4).collect();
        assert!(regions(&map, 96, PLAIN).is_empty());
    }

    proptest! {
        #[test]
        fn a_bar_is_one_region_that_holds_it(
            angle in -0.6_f32..0.6, x in 40.0_f32..88.0, y in 40.0_f32..88.0, half in 12.0_f32..25.0,
        ) {
            let found = regions(&bar(128, [x, y], [half, 4.0], angle), 128, PLAIN);
            prop_assert_eq!(found.len(), 1);
            let corners = found[0];
            let middle = [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0);
            prop_assert!((middle[0] - x).hypot(middle[1] - y) < 1.5, "{:?}", corners);
            let length = |a: usize, b: usize| (corners[a][0] - corners[b][0]).hypot(corners[a][1] - corners[b][1]);
            prop_assert!(length(0, 1) > 2.0 * half && length(0, 3) > 8.0, "{:?}", corners);
            prop_assert!(length(0, 1) > length(0, 3), "clockwise from the top left: {:?}", corners);
        }

        #[test]
        fn any_map_has_regions_of_finite_corners(map in prop::collection::vec(0.0_f32..1.0, 32 * 32)) {
            for corners in regions(&map, 32, Thresholds { region: 0.1, ..PLAIN }) {
                prop_assert!(corners.iter().flatten().all(|value| value.is_finite()));
            }
        }
    }
}
