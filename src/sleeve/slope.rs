//! How steep a picture is at a point, and where beside it it is steepest.

use image::RgbImage;

/// The least steepness across a side, in levels a pixel, that counts as seen.
pub(super) const FAINTEST: f32 = 3.0;

/// The least cosine between a gradient and the normal of the side that it belongs to: 25 degrees.
const ALIGNED: f32 = 0.9;

/// Whether a gradient that is so steep across a side is that side's own.
pub(super) fn is_aligned(across: f32, [gx, gy]: [f32; 2]) -> bool {
    across * across >= ALIGNED * ALIGNED * (gx * gx + gy * gy)
}

/// The gradients of the pixels of row `y` but for the first and the last, along x and along y, in levels a pixel, each of
/// the channel in which it is steepest: an edge between two colours of one brightness counts as well. The row is not
/// outermost, and at least two pixels wide.
pub(super) fn slopes(picture: &RgbImage, y: usize) -> Vec<[f32; 2]> {
    let rows = rows(picture, y);
    let mut channels = vec![[0; 2]; rows[0].len() - 6];
    sobel(rows, &mut channels);
    let channels = channels.as_chunks::<3>().0.iter();
    channels.map(|channels| steepest(channels.map(|gradient| gradient.map(f32::from)))).collect()
}

/// The row of a picture above row `y`, that row, and the one below, number by number.
fn rows(picture: &RgbImage, y: usize) -> [&[u8]; 3] {
    let count = picture.width() as usize * 3;
    [y - 1, y, y + 1].map(|y| &picture.as_raw()[y * count..(y + 1) * count])
}

/// Sobel's operator along x and along y on each number of a row but the first and the last three; a ramp of one level
/// a pixel gives 8. Whatever their channel: a neighbour lies three numbers away, and a processor does many at once.
fn sobel([above, here, below]: [&[u8]; 3], found: &mut [[i16; 2]]) {
    let count = found.len();
    let [a, b, c] = [0, 3, 6].map(|from| &above[from..from + count]);
    let [d, f] = [0, 6].map(|from| &here[from..from + count]);
    let [g, h, i] = [0, 3, 6].map(|from| &below[from..from + count]);
    for place in 0..count {
        let at = |row: &[u8]| i16::from(row[place]);
        found[place] = [
            at(c) + 2 * at(f) + at(i) - at(a) - 2 * at(d) - at(g),
            at(g) + 2 * at(h) + at(i) - at(a) - 2 * at(b) - at(c),
        ];
    }
}

/// Of three channels' gradients the steepest, in levels a pixel, of eighths.
fn steepest(channels: [[f32; 2]; 3]) -> [f32; 2] {
    let steepness = |[x, y]: [f32; 2]| x * x + y * y;
    let [mut best, others @ ..] = channels;
    for other in others {
        if steepness(other) > steepness(best) {
            best = other;
        }
    }
    best.map(|value| value / 8.0)
}

/// The slopes of a picture: all of them measured, or each when it is asked for.
pub(super) trait Slopes {
    /// The gradient at a point or near it; zero outside, and on the outermost pixels.
    fn near(&self, x: f32, y: f32) -> [f32; 2];

    /// The very point at which [`Slopes::near`] tells the gradient.
    fn measured(&self, point: [f32; 2]) -> [f32; 2];

    /// Where the picture is steepest across a normal, at most `reach` pixels from a point, to a
    /// fraction of a pixel; `None` where there is no edge of that direction.
    fn steepest_across(&self, [x, y]: [f32; 2], [nx, ny]: [f32; 2], reach: i32) -> Option<[f32; 2]> {
        let gradient = |step: i32| self.near(x + step as f32 * nx, y + step as f32 * ny);
        let across = |[gx, gy]: [f32; 2]| gx * nx + gy * ny;
        let (step, steepest) = (-reach..=reach)
            .filter_map(|step| {
                let gradient = gradient(step);
                let across = across(gradient);
                (across.abs() >= FAINTEST && is_aligned(across, gradient)).then_some((step, across))
            })
            .max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
        // The top of the parabola through the three, at most half a pixel off.
        let sign = steepest.signum();
        let [before, behind] = [step - 1, step + 1].map(|step| sign * across(gradient(step)));
        let bend = before - 2.0 * steepest.abs() + behind;
        let top = if bend < 0.0 { (0.5 * (before - behind) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        let offset = step as f32;
        let place = self.measured([x + offset * nx, y + offset * ny]);
        let off = (place[0] - x) * nx + (place[1] - y) * ny + top;
        Some([x + off * nx, y + off * ny])
    }
}

impl Slopes for RgbImage {
    /// Between four pixels: where a side runs along one of them for long and then along the next, the nearest one would
    /// bend it.
    fn near(&self, x: f32, y: f32) -> [f32; 2] {
        // Where along an axis: of the two pixels there, neither of which is outermost, the first, and the second's part.
        let between = |value: f32, size: u32| {
            let last = size.checked_sub(4)? as f32 + 2.0;
            let first = value.clamp(1.0, last).min(last - 1.0).floor();
            (value >= 0.5 && value < last + 0.5).then(|| (first as usize, value.clamp(1.0, last) - first))
        };
        let (Some((column, right)), Some((row, down))) =
            (between(x, self.width()), between(y, self.height()))
        else {
            return [0.0; 2];
        };
        let mut channels = [[0.0; 2]; 3];
        for (row, down) in [(row, 1.0 - down), (row + 1, down)] {
            let mut pixels = [[0; 2]; 6];
            sobel(rows(self, row).map(|row| &row[(column - 1) * 3..(column + 3) * 3]), &mut pixels);
            for (pixel, right) in pixels.as_chunks::<3>().0.iter().zip([1.0 - right, right]) {
                for (sum, gradient) in channels.iter_mut().zip(pixel) {
                    for axis in 0..2 {
                        sum[axis] += right * down * f32::from(gradient[axis]);
                    }
                }
            }
        }
        steepest(channels)
    }

    fn measured(&self, point: [f32; 2]) -> [f32; 2] {
        point
    }
}
