//! How a camera hangs: turned, or before a mirror.

use image::RgbImage;
use image::imageops::{flip_horizontal_in_place, rotate90, rotate180_in_place, rotate270};
use serde::Deserialize;

/// What is to be done with a camera's pictures until they show the world as a customer sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// How they are turned, clockwise.
    pub rotation: Rotation,
    /// Whether left and right are exchanged, after that.
    pub mirror: bool,
}

/// Degrees, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub enum Rotation {
    /// 0.
    #[default]
    Not,
    /// 90.
    Right,
    /// 180.
    Over,
    /// 270.
    Left,
}

impl TryFrom<u32> for Rotation {
    type Error = String;

    fn try_from(degrees: u32) -> Result<Self, String> {
        match degrees {
            0 => Ok(Self::Not),
            90 => Ok(Self::Right),
            180 => Ok(Self::Over),
            270 => Ok(Self::Left),
            other => Err(format!("a rotation of {other} degrees cannot be, it must be 0, 90, 180 or 270")),
        }
    }
}

impl Turn {
    /// A picture turned so.
    ///
    /// ```
    /// use image::{Rgb, RgbImage};
    /// use sleevesight::camera::{Rotation, Turn};
    ///
    /// let mut picture = RgbImage::new(4, 2);
    /// picture.put_pixel(0, 0, Rgb([255; 3]));
    /// let right = Turn { rotation: Rotation::Right, mirror: false }.turned(picture);
    /// assert_eq!((right.dimensions(), right.get_pixel(1, 0).0), ((2, 4), [255; 3]));
    /// ```
    #[must_use]
    pub fn turned(self, mut picture: RgbImage) -> RgbImage {
        match self.rotation {
            Rotation::Not => {}
            Rotation::Right => picture = rotate90(&picture),
            Rotation::Over => rotate180_in_place(&mut picture),
            Rotation::Left => picture = rotate270(&picture),
        }
        if self.mirror {
            flip_horizontal_in_place(&mut picture);
        }
        picture
    }
}
