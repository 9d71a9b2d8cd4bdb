//! Corners as exact as the picture has them: an outline is found in a small copy, of which a pixel may be a hundredth of a
//! sleeve's side.

use image::RgbImage;

use super::outline::GLANCE;
use super::quad::{Quad, alike, scaled};
use super::refine::refined;
use super::shrink::{factor, shrunk};

/// The longer side, in pixels and roughly, from which a picture is made smaller for this.
const LARGEST: u32 = 1280;

/// How far from the sides edges are looked for, again and again, in pixels of the copy in which they were found.
const REACHES: [f32; 2] = [0.75, 0.5];

/// It is the same outline as long as its corners move less than this, in pixels of that copy.
const SAME: f32 = 4.0;

/// The corners of an outline, all in the frame's pixels, moved to where lines through the edges beside its sides cross; as
/// they were where these lead elsewhere.
#[must_use]
pub fn exact(picture: &RgbImage, corners: &[[f32; 2]; 4]) -> [[f32; 2]; 4] {
    let (coarse, fine) = (factor(picture, GLANCE), factor(picture, LARGEST));
    let reaches = REACHES.map(|reach| (reach * coarse / fine).round().max(1.0) as i32);
    let copy = shrunk(picture, fine as u32);
    let moved = refined(&scaled(corners, 1.0 / fine), copy.as_ref(), &reaches);
    let moved: Option<Quad> = moved.map(|corners| scaled(&corners, fine));
    moved.filter(|moved| alike(moved, corners, SAME * coarse)).unwrap_or(*corners)
}
