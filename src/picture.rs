//! Still pictures: bytes to RGB, with limits that hold before a pixel is decoded.

use std::io::Cursor;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use crate::jpeg;

/// The longest side, in pixels, of a picture that is decoded.
pub const LONGEST_SIDE: u32 = 12_000;

/// The most pixels of a picture that is decoded: a phone's camera has 50 million, which are 150 MB in RGB.
const MOST_PIXELS: u64 = 52_000_000;

/// The most bytes that a picture may take at once while it is decoded, converted and turned.
const MOST_MEMORY: u64 = 320_000_000;

/// The most pixels for each byte of a JPEG: one of a single colour has a third of it.
const MOST_PIXELS_A_BYTE: u64 = 1024;

/// The most scans of a progressive JPEG. Encoders write about ten.
const MOST_SCANS: usize = 100;

/// Why a picture could not be had from its bytes. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is nothing to decode.
    #[error("the file is empty; copy it again")]
    Empty,
    /// The bytes are of no format that is read here.
    #[error("this is not a JPEG, PNG or WebP picture; convert it to one of these")]
    UnknownFormat,
    /// A JPEG of a kind that hardly any program reads.
    #[error("this JPEG is of a kind that is not read here ({0}); save it anew as an ordinary JPEG")]
    UnsupportedJpeg(&'static str),
    /// More pixels than a board should decode.
    #[error(
        "the picture is too large ({width} x {height}); scale it to {LONGEST_SIDE} pixels or less a side and to 52 megapixels or less in all"
    )]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// More memory than a board should give to one picture.
    #[error(
        "the picture takes {megabytes} MB to decode; save it in 8 bits a channel, upright and not progressive, or scale it down"
    )]
    Heavy {
        /// How much, in millions of bytes.
        megabytes: u64,
    },
    /// A camera's frame that is not what was agreed on with it.
    #[error("it is no JPEG of {width} x {height}, which the camera promised")]
    Unpromised {
        /// Width in pixels that was agreed on.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Too small to hold a sleeve.
    #[error("the picture is too small ({width} x {height}); it needs at least {SHORTEST_SIDE} pixels a side")]
    TooSmall {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The bytes begin as a picture and do not go on as one.
    #[error("the picture is damaged or cut short ({0}); copy or take it again")]
    Damaged(String),
}

/// The shortest side, in pixels, of a picture in which anything can be seen.
pub const SHORTEST_SIDE: u32 = 8;

/// Decodes a JPEG, PNG or WebP picture to 8-bit RGB, turned as its EXIF orientation says;
/// transparency is dropped, as the trainer drops it.
///
/// # Errors
///
/// [`PictureError`], for bytes that are no whole picture and for pictures beyond the limits.
///
/// ```
/// use sleevesight::picture::{self, PictureError};
///
/// assert!(matches!(picture::decode(b"a shopping list"), Err(PictureError::UnknownFormat)));
/// ```
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    decode_promised(bytes, None)
}

/// The same; where a camera has promised JPEG of this size, nothing else is decoded.
pub(crate) fn decode_promised(bytes: &[u8], promised: Option<(u32, u32)>) -> Result<RgbImage, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    let bytes = if image::guess_format(bytes).is_ok() { bytes } else { jpeg::from_start(bytes) };
    if let Some(kind) = jpeg::unsupported(bytes) {
        return Err(PictureError::UnsupportedJpeg(kind));
    }
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| PictureError::Damaged(one_line(&error)))?;
    let Some(format) = reader.format() else { return Err(PictureError::UnknownFormat) };
    if let Some((width, height)) = promised
        && format != ImageFormat::Jpeg
    {
        return Err(PictureError::Unpromised { width, height });
    }
    // The sides are checked below, by name, so that the refusal can tell them.
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);

    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if let Some((wanted_width, wanted_height)) = promised.filter(|promised| *promised != (width, height)) {
        return Err(PictureError::Unpromised { width: wanted_width, height: wanted_height });
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > LONGEST_SIDE || height > LONGEST_SIDE || pixels > MOST_PIXELS {
        return Err(PictureError::TooLarge { width, height });
    }
    if width < SHORTEST_SIDE || height < SHORTEST_SIDE {
        return Err(PictureError::TooSmall { width, height });
    }
    let is_jpeg = format == ImageFormat::Jpeg;
    if is_jpeg && (pixels > MOST_PIXELS_A_BYTE * bytes.len() as u64 || jpeg::scans(bytes) > MOST_SCANS) {
        return Err(PictureError::Damaged("its bytes are not those of so many pixels".into()));
    }
    // A picture without a readable orientation is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let megabytes = memory(&decoder, is_jpeg && jpeg::is_progressive(bytes), orientation) / 1_000_000;
    if megabytes > MOST_MEMORY / 1_000_000 {
        return Err(PictureError::Heavy { megabytes });
    }
    if jpeg::is_cut_short(bytes) {
        return Err(PictureError::Damaged("a part of it is missing".into()));
    }
    // Turned when it is small: a 16-bit picture is twice as large before it is converted.
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?.into_rgb8();
    let mut picture = DynamicImage::ImageRgb8(picture);
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// The most bytes that a picture takes at once while it is decoded, converted and turned.
fn memory(decoder: &impl ImageDecoder, is_progressive: bool, orientation: Orientation) -> u64 {
    let (width, height) = decoder.dimensions();
    let rgb = 3 * u64::from(width) * u64::from(height);
    // The coefficients of all channels, two bytes each, are kept until the last scan.
    let decoding = decoder.total_bytes() + if is_progressive { 2 * rgb } else { 0 };
    let converting = if decoder.color_type() == ColorType::Rgb8 { rgb } else { decoder.total_bytes() + rgb };
    let turning = if orientation == Orientation::NoTransforms { rgb } else { 2 * rgb };
    decoding.max(converting).max(turning)
}

fn damaged(error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(_) => PictureError::UnknownFormat,
        other => PictureError::Damaged(one_line(&other)),
    }
}

/// A library's message as part of a sentence: one line, without a full stop.
fn one_line(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}

/// A picture scaled by an antialiased triangle filter, in 8 bits a channel.
pub(crate) fn resize(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    resize_by(FilterType::Bilinear, picture, width, height)
}

/// A picture scaled by an antialiased cubic filter, Pillow's `BICUBIC`, in 8 bits a channel.
pub(crate) fn resize_cubic(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    resize_by(FilterType::CatmullRom, picture, width, height)
}

fn resize_by(filter: FilterType, picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let from = TypedImageRef::<U8x3>::from_buffer(picture.width(), picture.height(), picture.as_raw());
    let from = from.expect("an RGB picture has three bytes a pixel");
    let mut scaled = RgbImage::new(width, height);
    let mut to = TypedImage::<U8x3>::from_buffer(width, height, &mut scaled).expect("so has the scaled one");
    // Typed: the program holds the loops for these pixels alone.
    Resizer::new().resize_typed(&from, &mut to, &options).expect("a whole picture needs no crop");
    scaled
}
