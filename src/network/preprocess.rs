//! A cover prepared for the network, in the way in which the trainer prepares it.
//!
//! Both follow `docs/bundle.md`; `tests/preparation_agrees.rs` holds them against each other.

use image::RgbImage;

use super::Input;
use crate::picture;
use crate::sleeve::Cover;

/// A cover as the network takes it: `size x size` pixels, and what each of their levels stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// R G B, row by row.
    pixels: Vec<u8>,
    pub(super) size: u32,
    mean: [f32; 3],
    std: [f32; 3],
}

impl Prepared {
    /// Pixels of the network's size, R G B, row by row.
    pub(super) fn new(pixels: Vec<u8>, input: &Input) -> Self {
        Self { pixels, size: input.size, mean: input.mean, std: input.std }
    }

    /// The values, channels first (`3 x size x size`), row by row.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.pixels.len());
        for channel in 0..3 {
            // A division for each value would cost more than the table of all that there can be.
            let table = self.table(channel);
            let pixels = self.pixels.as_chunks::<3>().0.iter();
            values.extend(pixels.map(|pixel| table[usize::from(pixel[channel])]));
        }
        values
    }

    /// The values as bytes, channels last: what each real number becomes is told.
    pub(super) fn bytes(&self, byte: impl Fn(f32) -> u8) -> Vec<u8> {
        let tables: [[u8; 256]; 3] = std::array::from_fn(|channel| self.table(channel).map(&byte));
        let [red, green, blue] = tables;
        let mut bytes = self.pixels.clone();
        for [r, g, b] in bytes.as_chunks_mut::<3>().0 {
            (*r, *g, *b) = (red[usize::from(*r)], green[usize::from(*g)], blue[usize::from(*b)]);
        }
        bytes
    }

    /// What each level of a channel stands for.
    fn table(&self, channel: usize) -> [f32; 256] {
        std::array::from_fn(|level| (level as f32 - self.mean[channel]) / self.std[channel])
    }
}

/// Scales a cover to the network's input, to be normalised as the input says.
#[must_use]
pub fn prepare(cover: &Cover, input: &Input) -> Prepared {
    Prepared::new(scale(cover, input.size).into_raw(), input)
}

/// Scales a cover to `size x size` pixels with an antialiased triangle filter, in 8 bits a channel,
/// within two levels of Pillow's `Image.resize(…, BILINEAR)`.
#[must_use]
pub fn scale(cover: &Cover, size: u32) -> RgbImage {
    picture::resize(cover.picture(), size, size)
}
