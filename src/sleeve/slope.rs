//! How steeply a picture changes, and in which direction.

use image::RgbImage;

/// The least cosine between a gradient and the normal of the side that it belongs to: 25 degrees.
const ALIGNED: f32 = 0.9;

/// The gradients of a picture, in levels a pixel, of the channel in which each is steepest: an edge between two
/// colours of one brightness counts as well.
pub(super) struct Slopes<'a>(pub(super) &'a RgbImage);

impl Slopes<'_> {
    /// The gradient of the pixel nearest to a point, by Sobel's operator, divided by 8 so that a ramp of one level a
    /// pixel gives 1; zero outside and on the outermost pixels.
    fn near(&self, x: f32, y: f32) -> [f32; 2] {
        let (width, height) = (self.0.width() as usize, self.0.height() as usize);
        let (x, y) = (x.round(), y.round());
        if x < 1.0 || y < 1.0 || x + 1.0 >= width as f32 || y + 1.0 >= height as f32 {
            return [0.0; 2];
        }
        let first = ((y as usize - 1) * width + x as usize - 1) * 3;
        let raw = self.0.as_raw();
        let mut steepest = [0_i32; 2];
        for channel in 0..3 {
            let at = |dx: usize, dy: usize| i32::from(raw[first + (dy * width + dx) * 3 + channel]);
            let gx = at(2, 0) + 2 * at(2, 1) + at(2, 2) - at(0, 0) - 2 * at(0, 1) - at(0, 2);
            let gy = at(0, 2) + 2 * at(1, 2) + at(2, 2) - at(0, 0) - 2 * at(1, 0) - at(2, 0);
            if gx * gx + gy * gy > steepest[0] * steepest[0] + steepest[1] * steepest[1] {
                steepest = [gx, gy];
            }
        }
        steepest.map(|value| value as f32 / 8.0)
    }

    /// How steep the picture is at a point across a normal, in levels a pixel and with a sign; 0 where it is steeper
    /// in another direction.
    pub(super) fn across(&self, [x, y]: [f32; 2], [nx, ny]: [f32; 2]) -> f32 {
        let [gx, gy] = self.near(x, y);
        let across = gx * nx + gy * ny;
        if across.abs() >= ALIGNED * gx.hypot(gy) { across } else { 0.0 }
    }

    /// The point at most `reach` pixels off, and how steep it is there, where the picture is steepest across a normal;
    /// to a fraction of a pixel.
    pub(super) fn steepest(&self, [x, y]: [f32; 2], normal: [f32; 2], reach: i32) -> ([f32; 2], f32) {
        let [nx, ny] = normal;
        let across = |step: i32| self.across([x + step as f32 * nx, y + step as f32 * ny], normal);
        let (step, steepest) = (-reach..=reach)
            .map(|step| (step, across(step)))
            .max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))
            .unwrap_or((0, 0.0));
        // The top of the parabola through the three, at most half a pixel off.
        let sign = steepest.signum();
        let (before, behind) = (sign * across(step - 1), sign * across(step + 1));
        let bend = before - 2.0 * steepest.abs() + behind;
        let top = if bend < 0.0 { (0.5 * (before - behind) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        // Gradients are those of whole pixels: what was asked for is where the nearest one lies.
        let [px, py] = [(x + step as f32 * nx).round(), (y + step as f32 * ny).round()];
        let off = (px - x) * nx + (py - y) * ny + top;
        ([x + off * nx, y + off * ny], steepest.abs())
    }
}
