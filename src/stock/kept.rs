//! What is kept of a cover: enough to read it again, and to show it.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ImageError, RgbImage};
use sha2::{Digest, Sha256};

use crate::sleeve::Cover;

/// The side in pixels of a kept cover, at most: more than any network here takes.
const SIDE: u32 = 400;

/// The side in pixels of a thumbnail, at most.
const THUMBNAIL: u32 = 160;

/// How well a kept picture is kept, of 100.
const QUALITY: u8 = 90;

/// The most bytes of a JPEG that is kept as it came.
const SMALL: usize = 200_000;

/// What is kept of a cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The cover, a JPEG of 400 pixels a side at most.
    pub cover: Vec<u8>,
    /// The same, of 160 pixels at most.
    pub thumbnail: Vec<u8>,
    /// SHA-256 of the file that it came from, or of `cover` where it came from none: by it, it is known again.
    pub digest: [u8; 32],
}

impl Kept {
    /// What is kept of a cover that a camera has seen.
    ///
    /// # Errors
    ///
    /// Where the picture cannot be encoded: there is no memory left.
    pub fn of(cover: &Cover) -> Result<Self, ImageError> {
        let jpeg = encoded(cover.picture(), SIDE)?;
        let digest = Sha256::digest(&jpeg).into();
        Ok(Self { thumbnail: encoded(cover.picture(), THUMBNAIL)?, cover: jpeg, digest })
    }

    /// SHA-256 of the kept cover itself.
    #[must_use]
    pub fn digest_of_cover(&self) -> [u8; 32] {
        Sha256::digest(&self.cover).into()
    }

    /// What is kept of a cover that came as a file of these bytes. A small JPEG is kept as it is, so that what is
    /// exported and imported again stays the same.
    ///
    /// # Errors
    ///
    /// As [`Kept::of`].
    pub fn of_file(cover: &Cover, bytes: &[u8]) -> Result<Self, ImageError> {
        let small = cover.side() <= SIDE && bytes.len() <= SMALL && bytes.starts_with(&[0xFF, 0xD8]);
        let kept = Self::of(cover)?;
        let cover = if small { bytes.to_vec() } else { kept.cover };
        Ok(Self { cover, digest: Sha256::digest(bytes).into(), ..kept })
    }
}

/// A JPEG of at most `side` pixels a side.
fn encoded(picture: &RgbImage, side: u32) -> Result<Vec<u8>, ImageError> {
    let mut jpeg = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    if picture.width() > side {
        imageops::resize(picture, side, side, FilterType::Triangle).write_with_encoder(encoder)?;
    } else {
        picture.write_with_encoder(encoder)?;
    }
    Ok(jpeg.into_inner())
}
