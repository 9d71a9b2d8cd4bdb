//! How sharp a picture is where the sleeve lies.

use image::RgbImage;

use crate::sleeve::Outline;

/// Pixels from one sample to the next.
const STEP: usize = 3;

/// How sharp a picture is within the rectangle around an outline: the mean of how much the light at a place
/// differs from that around it (the modified Laplacian), in levels. It compares frames of one sleeve with one
/// another; between sleeves it says nothing.
///
/// Source: Nayar and Nakagawa, "Shape from Focus", IEEE PAMI 16 (1994).
#[must_use]
pub fn sharpness(picture: &RgbImage, outline: &Outline) -> f32 {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let range = |axis: usize, length: usize| {
        let values = outline.corners.map(|corner| corner[axis]);
        let least = values.iter().copied().fold(f32::INFINITY, f32::min).max(1.0) as usize;
        let most = values.iter().copied().fold(0.0, f32::max) as usize;
        least..most.min(length.saturating_sub(2))
    };
    let bytes = picture.as_raw();
    // Green is most of what the eye calls light, and the colour that a sensor has most pixels for.
    let green = |x: usize, y: usize| i32::from(bytes[3 * (y * width + x) + 1]);
    let (mut sum, mut count) = (0_u64, 0_u64);
    for y in range(1, height).step_by(STEP) {
        for x in range(0, width).step_by(STEP) {
            let twice = 2 * green(x, y);
            let across = (twice - green(x - 1, y) - green(x + 1, y)).unsigned_abs();
            let down = (twice - green(x, y - 1) - green(x, y + 1)).unsigned_abs();
            sum += u64::from(across + down);
            count += 1;
        }
    }
    if count == 0 { 0.0 } else { sum as f32 / count as f32 }
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use image::imageops::fast_blur;
    use proptest::prelude::*;

    use super::*;

    fn outline(corners: [[f32; 2]; 4]) -> Outline {
        Outline { corners, confidence: 1.0 }
    }

    #[test]
    fn a_blurred_picture_is_less_sharp() {
        let sharp =
            RgbImage::from_fn(96, 96, |x, y| Rgb([if (x / 8 + y / 8) % 2 == 0 { 40 } else { 200 }; 3]));
        let whole = outline([[8.0, 8.0], [88.0, 8.0], [88.0, 88.0], [8.0, 88.0]]);
        let (one, other) = (sharpness(&sharp, &whole), sharpness(&fast_blur(&sharp, 2.0), &whole));
        assert!(other < 0.7 * one, "{other} against {one}");
    }

    proptest! {
        #[test]
        fn any_outline_has_a_sharpness(corners in prop::array::uniform4(prop::array::uniform2(-50.0_f32..150.0))) {
            let picture = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 7 + y * 13) as u8; 3]));
            prop_assert!(sharpness(&picture, &outline(corners)).is_finite());
        }
    }
}
