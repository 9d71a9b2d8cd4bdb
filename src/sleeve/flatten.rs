//! A sleeve in perspective, made flat and square.

use image::RgbImage;
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

use super::{Cover, Outline};

/// The longest side, in pixels, of a flattened sleeve: no network takes more.
const MOST: f32 = 1024.0;

/// Cuts a sleeve out of a picture by its outline and makes it flat.
///
/// The cover is as large as the sleeve's longest side in the picture, so that this step never
/// shrinks it and so never aliases; [`crate::network::prepare`] scales it with a proper filter.
/// `None` where the corners are no outline of anything (three of them on one line).
#[must_use]
pub fn flatten(picture: &RgbImage, outline: &Outline) -> Option<Cover> {
    let corners = outline.corners;
    let longest = (0..4)
        .map(|place| {
            let ([ax, ay], [bx, by]) = (corners[place], corners[(place + 1) % 4]);
            (bx - ax).hypot(by - ay)
        })
        .fold(0.0, f32::max);
    let side = longest.round().clamp(8.0, MOST);
    // Pixel centres lie at whole numbers, so a square of n pixels reaches from -0.5 to n - 0.5.
    let (near, far) = (-0.5, side - 0.5);
    let square = [(near, near), (far, near), (far, far), (near, far)];
    let projection = Projection::from_control_points(corners.map(|[x, y]| (x, y)), square)?;
    let mut cover = RgbImage::new(side as u32, side as u32);
    warp_into(picture, projection, Interpolation::Bilinear, Border::Replicate, &mut cover);
    Some(Cover::from_square(cover))
}
