//! A cover prepared for the network, in the way in which the trainer prepares it.
//!
//! Both follow `docs/bundle.md`; `tests/preparation_agrees.rs` holds them against each other.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::Input;
use crate::sleeve::Cover;

/// A cover as the network takes it: `3 x size x size` values, channels first, R G B.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub(super) values: Vec<f32>,
    pub(super) size: u32,
}

impl Prepared {
    /// The values, channels first, row by row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// Scales a cover to the network's input and normalises its values.
#[must_use]
pub fn prepare(cover: &Cover, input: &Input) -> Prepared {
    let scaled = scale(cover, input.size);
    let pixels = (input.size * input.size) as usize;
    let mut values = vec![0.0; 3 * pixels];
    for (channel, plane) in values.chunks_exact_mut(pixels).enumerate() {
        // A division for each value would cost more than the table of all that there can be.
        let table: [f32; 256] =
            std::array::from_fn(|value| (value as f32 - input.mean[channel]) / input.std[channel]);
        for (value, pixel) in plane.iter_mut().zip(scaled.as_raw().as_chunks::<3>().0) {
            *value = table[usize::from(pixel[channel])];
        }
    }
    Prepared { values, size: input.size }
}

/// Scales a cover to `size x size` pixels with an antialiased triangle filter, in 8 bits a channel,
/// within two levels of Pillow's `Image.resize(…, BILINEAR)`.
#[must_use]
pub fn scale(cover: &Cover, size: u32) -> RgbImage {
    let side = cover.side();
    let from = ImageRef::new(side, side, cover.picture().as_raw(), PixelType::U8x3)
        .expect("an RGB picture has three bytes a pixel");
    let mut to = Image::new(size, size, PixelType::U8x3);
    let triangle = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&from, &mut to, &triangle).expect("both pictures are of one pixel type");
    RgbImage::from_raw(size, size, to.into_vec()).expect("an RGB picture has three bytes a pixel")
}
