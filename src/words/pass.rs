//! Passes: the ways in which a cover's words are read.

use image::RgbImage;

use super::region::Thresholds;

/// One way of reading a cover.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// The side to which the detector's input is scaled, pixels: a multiple of 32.
    pub(super) side: u32,
    pub(super) thresholds: Thresholds,
    pub(super) preparation: Preparation,
}

/// What is done to a cover's pixels before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preparation {
    Plain,
    /// Light as dark, and dark as light.
    Inverted,
    /// Local contrast doubled, and brightness evened out.
    Evened,
}

const PLAIN: Thresholds = Thresholds { pixel: 0.3, region: 0.5, growth: 1.6 };

const FAINT: Thresholds = Thresholds { pixel: 0.2, region: 0.3, growth: 1.9 };

/// The passes in the order in which they are read; `trainer/src/sleevetrainer/words/reading.py` has the same.
pub(super) const PASSES: [Pass; super::PASSES] = [
    Pass { side: 384, thresholds: PLAIN, preparation: Preparation::Plain },
    Pass { side: 512, thresholds: FAINT, preparation: Preparation::Plain },
    Pass { side: 256, thresholds: PLAIN, preparation: Preparation::Plain },
    Pass { side: 384, thresholds: PLAIN, preparation: Preparation::Inverted },
    Pass { side: 384, thresholds: PLAIN, preparation: Preparation::Evened },
];

impl Preparation {
    /// The picture as this pass reads it; `None` where it reads it as it is.
    pub(super) fn prepared(self, picture: &RgbImage) -> Option<RgbImage> {
        match self {
            Self::Plain => None,
            Self::Inverted => {
                let mut inverted = picture.clone();
                inverted.iter_mut().for_each(|value| *value = 255 - *value);
                Some(inverted)
            }
            Self::Evened => Some(evened(picture)),
        }
    }
}

/// Twice the difference of each value from the mean of its surroundings, a quarter of the shorter side wide, around
/// 128. Beyond the border, the surroundings are as the border is.
fn evened(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let reach = width.min(height) / 8;
    let mut evened = picture.clone();
    for channel in 0..3 {
        let values: Vec<f32> = picture.pixels().map(|pixel| f32::from(pixel[channel])).collect();
        let across = box_means(&values, width, height, reach);
        let turned = transposed(&across, width, height);
        let means = transposed(&box_means(&turned, height, width, reach), height, width);
        for ((pixel, value), mean) in evened.pixels_mut().zip(&values).zip(&means) {
            pixel[channel] = (128.0 + 2.0 * (value - mean)).clamp(0.0, 255.0) as u8;
        }
    }
    evened
}

/// The mean of each value and of `reach` neighbours on both sides, along rows.
fn box_means(values: &[f32], width: usize, height: usize, reach: usize) -> Vec<f32> {
    let mut means = Vec::with_capacity(values.len());
    let count = (2 * reach + 1) as f64;
    for row in values.chunks_exact(width).take(height) {
        let at = |place: isize| f64::from(row[place.clamp(0, width as isize - 1) as usize]);
        let reach = reach as isize;
        let mut sum: f64 = (-reach..=reach).map(at).sum();
        for place in 0..width as isize {
            means.push((sum / count) as f32);
            sum += at(place + reach + 1) - at(place - reach);
        }
    }
    means
}

fn transposed(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    (0..width).flat_map(|x| (0..height).map(move |y| values[y * width + x])).collect()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn an_even_picture_becomes_grey_and_a_faint_step_twice_as_high() {
        let grey =
            Preparation::Evened.prepared(&RgbImage::from_pixel(64, 64, Rgb([200, 30, 90]))).expect("pixels");
        assert!(grey.iter().all(|value| *value == 128));
        let faint = RgbImage::from_fn(64, 64, |x, _| Rgb([if x / 8 % 2 == 0 { 100 } else { 110 }; 3]));
        let seen = Preparation::Evened.prepared(&faint).expect("pixels");
        let step = |picture: &RgbImage| picture.get_pixel(28, 32)[0].abs_diff(picture.get_pixel(36, 32)[0]);
        assert!(step(&seen) >= 2 * step(&faint) - 1, "{}", step(&seen));
    }

    #[test]
    fn inverting_twice_changes_nothing() {
        let picture = RgbImage::from_fn(9, 9, |x, y| Rgb([x as u8, y as u8, 77]));
        let once = Preparation::Inverted.prepared(&picture).expect("pixels");
        assert_eq!(Preparation::Inverted.prepared(&once), Some(picture));
    }
}
