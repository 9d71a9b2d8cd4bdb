//! Straight lines.

/// A line by its normal and its distance from the origin: `normal · point = distance`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) normal: [f32; 2],
    distance: f32,
}

impl Line {
    /// The line through two points that differ.
    pub(super) fn through(a: [f32; 2], b: [f32; 2]) -> Self {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        let normal = [-dy / length, dx / length];
        Self { normal, distance: normal[0] * a[0] + normal[1] * a[1] }
    }

    /// The line with the least sum of squared distances to the points.
    pub(super) fn nearest(points: &[[f32; 2]]) -> Self {
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
        Self { normal, distance: normal[0] * mean[0] + normal[1] * mean[1] }
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
}
