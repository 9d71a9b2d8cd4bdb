//! The four corners of a sleeve in a frame, and how they are found.

use image::RgbImage;

use super::guess::guess;
use super::quad::area;
use super::refine::refined;
use super::shrink::shrunk;
use super::slope::Slopes;
use super::square::unlike_square;
use crate::network::corner_maps;

/// The longer side, in pixels and roughly, of the copy in which edges are looked for.
const LOOK: u32 = 320;

/// The least area of a sleeve, as a part of the frame's.
const LEAST_AREA: f32 = 0.05;

/// How far from a square an outline may be. See [`unlike_square`].
const LEAST_SQUARE: f32 = 0.25;

/// The confidence from which an outline is a sleeve's.
const LEAST_CONFIDENCE: f32 = 0.3;

/// The four corners of a sleeve in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// In the frame's pixels, whose centres lie at whole numbers; clockwise as one sees them, from
    /// the corner nearest to the frame's top left.
    pub corners: [[f32; 2]; 4],
    /// How sure it is that a sleeve lies there, 0 to 1.
    pub confidence: f32,
}

/// Finds the sleeve in a frame, of several the one nearest to the middle.
///
/// A small network guesses the corners, lines through the edges beside its guess make them exact.
#[derive(Clone, Debug)]
pub struct Finder {
    /// The confidence below which there is no sleeve.
    least: f32,
}

impl Default for Finder {
    fn default() -> Self {
        Self { least: LEAST_CONFIDENCE }
    }
}

impl Finder {
    /// The outline of the sleeve in a picture, or `None` where there is none to be sure of.
    #[must_use]
    pub fn find(&self, picture: &RgbImage) -> Option<Outline> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let guess = guess(&corner_maps(picture)?).filter(|guess| guess.confidence >= self.least)?;
        let factor = (width.max(height) / LOOK as f32).round().max(1.0);
        let small = shrunk(picture, factor as u32);
        let within = guess.corners.map(|corner| corner.map(|value| (value + 0.5) / factor - 0.5));
        let corners =
            refined(&within, &Slopes(&small)).map(|corner| corner.map(|value| (value + 0.5) * factor - 0.5));
        let is_sleeve = area(&corners) >= LEAST_AREA * width * height
            && unlike_square(&corners, width, height) <= LEAST_SQUARE;
        is_sleeve.then_some(Outline { corners, confidence: guess.confidence })
    }
}
