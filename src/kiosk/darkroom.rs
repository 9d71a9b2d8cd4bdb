//! Pictures as JPEG, each printed once a size.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use super::inbox::Showing;
use super::shot::Shot;
use crate::picture;

/// The widths in which pictures are printed: a client gets the least that is enough for it. Few, so that many clients
/// share few prints.
const WIDTHS: [u32; 5] = [320, 480, 640, 960, 1280];

/// The quality of the camera's picture, and of a cover, which is looked at longer.
const LIVE: u8 = 75;
const COVER: u8 = 88;

/// A JPEG, as it is answered.
pub(super) struct Print(pub(super) Bytes);

impl IntoResponse for Print {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "image/jpeg")], self.0).into_response()
    }
}

/// The last print of each width, and of each genre's reasons. The numbers are those of what was printed.
#[derive(Debug, Default)]
pub(super) struct Darkroom {
    prints: Mutex<BTreeMap<u32, (u64, Bytes)>>,
    reasons: Mutex<BTreeMap<usize, (u64, Bytes)>>,
}

impl Darkroom {
    /// A shot, as wide as a client that is so wide needs it, and never wider than the frame.
    pub(super) fn print(&self, shot: &Shot, wanted: u32) -> Bytes {
        let widest = WIDTHS[WIDTHS.len() - 1];
        let width = WIDTHS.into_iter().find(|width| *width >= wanted).unwrap_or(widest);
        once(&self.prints, width, shot.number, || Some(jpeg(&shrunk(&shot.frame.picture, width), LIVE)))
            .expect("each shot has a print")
    }

    /// What speaks on a cover for a genre, by its place; `None` where there is no such place.
    pub(super) fn reason(&self, showing: &Showing, genre: usize) -> Option<Bytes> {
        once(&self.reasons, genre, showing.number, || showing.why(genre))
    }
}

/// The print that is there of this number, or a new one in its place.
fn once<K: Ord>(
    prints: &Mutex<BTreeMap<K, (u64, Bytes)>>,
    key: K,
    number: u64,
    print: impl FnOnce() -> Option<Vec<u8>>,
) -> Option<Bytes> {
    let mut prints = prints.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, print)) = prints.get(&key).filter(|(known, _)| *known == number) {
        return Some(print.clone());
    }
    let print = Bytes::from(print()?);
    prints.insert(key, (number, print.clone()));
    Some(print)
}

/// A cover as JPEG, no larger than this a side.
pub(super) fn cover(picture: &RgbImage, side: u32) -> Vec<u8> {
    jpeg(&shrunk(picture, side), COVER)
}

/// A copy that is no wider than this.
fn shrunk(picture: &RgbImage, width: u32) -> RgbImage {
    let (from_width, from_height) = picture.dimensions();
    if from_width <= width {
        return picture.clone();
    }
    let height = (u64::from(from_height) * u64::from(width) / u64::from(from_width)).max(1) as u32;
    picture::resize(picture, width, height)
}

/// A picture as JPEG.
pub(super) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(picture)
        .expect("a picture in memory can be written to memory");
    bytes.into_inner()
}
