//! The sleeve made flat and square.

use image::RgbImage;
use image::imageops::crop_imm;

/// The sleeve made flat and square: what the network sees, before it is scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover(RgbImage);

impl Cover {
    /// The centred square of a picture: of a flat cover all of it but a line or two.
    ///
    /// Side `n = min(width, height)`, left `(width - n) / 2`, top `(height - n) / 2`, rounded
    /// down, as the trainer cuts it.
    ///
    /// ```
    /// use image::RgbImage;
    /// use sleevesight::sleeve::Cover;
    ///
    /// assert_eq!(Cover::centred(&RgbImage::new(151, 150)).side(), 150);
    /// ```
    #[must_use]
    pub fn centred(picture: &RgbImage) -> Self {
        let (width, height) = picture.dimensions();
        let side = width.min(height);
        Self(crop_imm(picture, (width - side) / 2, (height - side) / 2, side, side).to_image())
    }

    /// The corners of the centred square of a picture, in its pixels, whose centres lie at whole numbers; clockwise from
    /// the top left.
    ///
    /// ```
    /// use image::RgbImage;
    /// use sleevesight::sleeve::Cover;
    ///
    /// let corners = Cover::centred_corners(&RgbImage::new(20, 10));
    /// assert_eq!(corners, [[4.5, -0.5], [14.5, -0.5], [14.5, 9.5], [4.5, 9.5]]);
    /// ```
    #[must_use]
    pub fn centred_corners(picture: &RgbImage) -> [[f32; 2]; 4] {
        let (width, height) = picture.dimensions();
        let side = width.min(height);
        let near = |length: u32| ((length - side) / 2) as f32 - 0.5;
        let (left, top) = (near(width), near(height));
        let (right, bottom) = (left + side as f32, top + side as f32);
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    }

    /// The length of a side in pixels.
    #[must_use]
    pub fn side(&self) -> u32 {
        self.0.width()
    }

    /// The picture, 8-bit RGB, as wide as it is high.
    #[must_use]
    pub fn picture(&self) -> &RgbImage {
        &self.0
    }

    /// A cover of a picture that is square already.
    pub(super) fn from_square(picture: RgbImage) -> Self {
        debug_assert_eq!(picture.width(), picture.height(), "a cover is square");
        Self(picture)
    }
}
