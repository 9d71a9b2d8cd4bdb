//! Why it was said: the evidence for a genre, drawn over the cover.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Luma, Rgb, RgbImage};

use crate::network::Reading;
use crate::sleeve::Cover;

/// The side of the picture in pixels.
const SIDE: u32 = 448;

/// What speaks for the genre, and what against it: told apart by people who confuse red and green, too.
const FOR: Rgb<u8> = Rgb([238, 119, 51]);
const AGAINST: Rgb<u8> = Rgb([0, 119, 187]);

/// How much of the cover's brightness is left beneath the evidence.
const BENEATH: f32 = 0.75;

/// Where no place has more evidence than this, in logits, nothing is in full colour.
const FAINT: f32 = 0.1;

/// The cover in grey, 448 x 448, and over it what speaks for a genre (orange) and against it (blue).
///
/// At each place it is the evidence for this genre less the mean evidence for all, which is what
/// decides; its mean over the places is the genre's logit less the mean logit, exactly: the network's
/// head is linear, and pools by means. A genre that the network was not taught has no evidence on the cover. Full colour is the strongest evidence on this cover.
///
/// # Panics
///
/// Where `genre` is no place among the reading's logits.
#[must_use]
pub fn explanation(cover: &Cover, reading: &Reading, genre: usize) -> RgbImage {
    assert!(genre < reading.logits.len(), "a genre of this reading");
    let contrast = contrast(reading, genre);
    let strongest = contrast.iter().map(|place| place.abs()).fold(FAINT, f32::max);
    let strengths = smooth(&contrast.iter().map(|place| place / strongest).collect::<Vec<_>>(), reading.grid);
    let grey = imageops::grayscale(&imageops::resize(cover.picture(), SIDE, SIDE, FilterType::Triangle));
    ImageBuffer::from_fn(SIDE, SIDE, |x, y| {
        let beneath = BENEATH * f32::from(grey.get_pixel(x, y).0[0]);
        // `smooth` keeps to values from 0 to 1.
        let strength = 2.0 * strengths.get_pixel(x, y).0[0] - 1.0;
        let colour = if strength > 0.0 { FOR } else { AGAINST };
        let share = 0.8 * strength.abs();
        Rgb(colour.0.map(|channel| (beneath + share * (f32::from(channel) - beneath)).round() as u8))
    })
}

/// The evidence for a genre less the mean evidence for all, row by row.
fn contrast(reading: &Reading, genre: usize) -> Vec<f32> {
    let (places, genres) = (reading.grid * reading.grid, reading.logits.len());
    (0..places)
        .map(|place| {
            let at = |genre: usize| reading.evidence[genre * places + place];
            at(genre) - (0..genres).map(at).sum::<f32>() / genres as f32
        })
        .collect()
}

/// A map of values from -1 to 1 enlarged to the picture, where they go from 0 to 1: the resizing of
/// `image` cuts off what lies outside.
fn smooth(map: &[f32], grid: usize) -> ImageBuffer<Luma<f32>, Vec<f32>> {
    let small = ImageBuffer::from_fn(grid as u32, grid as u32, |x, y| {
        Luma([0.5 + 0.5 * map[y as usize * grid + x as usize]])
    });
    imageops::resize(&small, SIDE, SIDE, FilterType::CatmullRom)
}
