//! A smaller copy of a picture, and how much smaller.

use std::borrow::Cow;

use image::RgbImage;

/// A copy in which each pixel is the mean of `factor` times `factor` pixels; what is left over at the
/// right and at the bottom is left out. At least one pixel wide and high.
pub(super) fn shrunk(picture: &RgbImage, factor: u32) -> Cow<'_, RgbImage> {
    let factor = factor.max(1).min(picture.width()).min(picture.height()).max(1);
    if factor == 1 {
        return Cow::Borrowed(picture);
    }
    let (width, height) = (picture.width() / factor, picture.height() / factor);
    let row = picture.width() as usize * 3;
    let (block, count) = (factor as usize * 3, factor * factor);
    let mut small = Vec::with_capacity((width * height * 3) as usize);
    let mut sums = vec![0_u32; width as usize * 3];
    for band in picture.as_raw().chunks_exact(row * factor as usize) {
        sums.fill(0);
        for line in band.chunks_exact(row) {
            for (sum, pixels) in sums.chunks_exact_mut(3).zip(line.chunks_exact(block)) {
                for pixel in pixels.chunks_exact(3) {
                    for channel in 0..3 {
                        sum[channel] += u32::from(pixel[channel]);
                    }
                }
            }
        }
        small.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    Cow::Owned(RgbImage::from_raw(width, height, small).unwrap_or_default())
}

/// How many pixels of a picture are one of a copy whose longer side is about so long: a whole number.
pub(super) fn factor(picture: &RgbImage, longer: u32) -> f32 {
    (picture.width().max(picture.height()) as f32 / longer as f32).round().max(1.0)
}
