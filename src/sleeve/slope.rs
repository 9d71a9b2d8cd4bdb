//! How steep a picture is at a point, and where beside it it is steepest.

use image::RgbImage;

/// The least steepness across a side, in levels a pixel, that counts as seen.
pub(super) const FAINTEST: f32 = 3.0;

/// The least cosine between a gradient and the normal of the side that it belongs to: 25 degrees.
pub(super) const ALIGNED: f32 = 0.9;

/// The gradient of a pixel that is not outermost, along x and along y, in levels a pixel, of the channel in which it is
/// steepest: an edge between two colours of one brightness counts as well.
///
/// Sobel's operator, divided by 8 so that a ramp of one level a pixel gives 1.
pub(super) fn slope(picture: &RgbImage, x: usize, y: usize) -> [f32; 2] {
    let (raw, width) = (picture.as_raw(), picture.width() as usize);
    // Three pixels of each row at once, so that one check of bounds serves for nine numbers.
    let row = |y: usize| {
        let from = (y * width + x - 1) * 3;
        raw[from..from + 9].first_chunk::<9>().expect("nine bytes")
    };
    let (above, here, below) = (row(y - 1), row(y), row(y + 1));
    let mut steepest = [0_i32; 2];
    for channel in 0..3 {
        let [a, b, c] =
            [above, here, below].map(|row| [row[channel], row[3 + channel], row[6 + channel]].map(i32::from));
        let gx = a[2] + 2 * b[2] + c[2] - a[0] - 2 * b[0] - c[0];
        let gy = c[0] + 2 * c[1] + c[2] - a[0] - 2 * a[1] - a[2];
        if gx * gx + gy * gy > steepest[0] * steepest[0] + steepest[1] * steepest[1] {
            steepest = [gx, gy];
        }
    }
    steepest.map(|value| value as f32 / 8.0)
}

/// The slopes of a picture: all of them measured, or each when it is asked for.
pub(super) trait Slopes {
    /// The gradient of the pixel nearest to a point; zero outside, and on the outermost pixels.
    fn near(&self, x: f32, y: f32) -> [f32; 2];

    /// Where the picture is steepest across a normal, at most `reach` pixels from a point, to a
    /// fraction of a pixel; `None` where there is no edge of that direction.
    fn steepest_across(&self, [x, y]: [f32; 2], [nx, ny]: [f32; 2], reach: i32) -> Option<[f32; 2]> {
        let across = |step: i32| {
            let [gx, gy] = self.near(x + step as f32 * nx, y + step as f32 * ny);
            (gx * nx + gy * ny, (gx * gx + gy * gy).sqrt())
        };
        let (step, steepest) = (-reach..=reach)
            .map(|step| (step, across(step)))
            .filter(|(_, (across, steepness))| {
                across.abs() >= FAINTEST && across.abs() >= ALIGNED * steepness
            })
            .map(|(step, (across, _))| (step, across))
            .max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
        // The top of the parabola through the three, at most half a pixel off.
        let sign = steepest.signum();
        let (before, behind) = (sign * across(step - 1).0, sign * across(step + 1).0);
        let bend = before - 2.0 * steepest.abs() + behind;
        let top = if bend < 0.0 { (0.5 * (before - behind) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        // Gradients are those of whole pixels: what was asked for is where the nearest one lies.
        let offset = step as f32;
        let pixel = [(x + offset * nx).round(), (y + offset * ny).round()];
        let off = (pixel[0] - x) * nx + (pixel[1] - y) * ny + top;
        Some([x + off * nx, y + off * ny])
    }
}

impl Slopes for RgbImage {
    fn near(&self, x: f32, y: f32) -> [f32; 2] {
        let (x, y) = ((x + 0.5).floor(), (y + 0.5).floor());
        let inner = |value: f32, size: u32| value >= 1.0 && value < size as f32 - 1.0;
        if !inner(x, self.width()) || !inner(y, self.height()) {
            return [0.0; 2];
        }
        slope(self, x as usize, y as usize)
    }
}
