//! A region of text made level, as the recogniser takes it.

use image::RgbImage;
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

use crate::picture;

/// The height of the recogniser's input, pixels.
pub(super) const HEIGHT_PX: u32 = 48;

/// A region so many times higher than wide holds a line that runs upwards.
const STANDING: f32 = 1.5;

/// The most pixels of a region that is made level: a cover and its margins.
const MAX_SIDE_PX: f32 = 4096.0;

/// Cuts a region out of a picture and makes it level: [`HEIGHT_PX`] high, as wide as its shape asks for, but at most
/// `max_width`, to which a longer line is squeezed. `None` where its corners lie on one line.
///
/// `corners`: pixels, clockwise from the text's top left. What lies beyond the picture is as its border.
pub(super) fn cropped(picture: &RgbImage, corners: [[f32; 2]; 4], max_width: u32) -> Option<RgbImage> {
    let side = |a: usize, b: usize| (corners[a][0] - corners[b][0]).hypot(corners[a][1] - corners[b][1]);
    let width = side(0, 1).max(side(3, 2)).max(1.0);
    let height = side(0, 3).max(side(1, 2)).max(1.0);
    let (corners, width, height) = if height >= STANDING * width {
        let [a, b, c, d] = corners;
        ([b, c, d, a], height, width)
    } else {
        (corners, width, height)
    };
    let high = HEIGHT_PX as f32;
    let aimed = (high * width / height).round().max(8.0);
    // A large line is made level at its own size, and then scaled with a filter that does not alias.
    let larger = (height / high).max(1.0);
    let (level_width, level_height) =
        ((aimed * larger).round().min(MAX_SIDE_PX), (high * larger).round().min(MAX_SIDE_PX));
    // Pixel centres lie at whole numbers, so n pixels reach from -0.5 to n - 0.5.
    let target = [(0.0, 0.0), (level_width, 0.0), (level_width, level_height), (0.0, level_height)]
        .map(|(x, y)| (x - 0.5, y - 0.5));
    let source = corners.map(|[x, y]| (x - 0.5, y - 0.5));
    let projection = Projection::from_control_points(source, target)?;
    let mut level = RgbImage::new(level_width as u32, level_height as u32);
    warp_into(picture, projection, Interpolation::Bilinear, Border::Replicate, &mut level);
    let wanted = (aimed as u32).min(max_width);
    let fits = level.dimensions() == (wanted, HEIGHT_PX);
    Some(if fits { level } else { picture::resize(&level, wanted, HEIGHT_PX) })
}
