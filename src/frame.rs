//! One picture from a source, and how cameras' formats become one.

use std::time::Duration;

use image::RgbImage;

use crate::jpeg;
use crate::picture::{self, PictureError};

/// One picture from a source: what the station looks at.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The picture, 8-bit RGB.
    pub picture: RgbImage,
    /// When it was taken, counted from the start of its source.
    pub at: Duration,
    /// What to call it in a log: a file's path, or a camera and a number.
    pub name: String,
}

/// How the bytes of a YUYV frame lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yuyv {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bytes from one line to the next.
    pub stride: usize,
    /// Which values stand for black and white.
    pub range: Range,
}

/// Which values of light stand for black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// 0 to 255, as in JPEG.
    Full,
    /// 16 to 235, and 16 to 240 for colour, as in video.
    Limited,
}

/// Why a camera's bytes are no frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Fewer bytes than the format and size need.
    #[error(
        "the camera delivered {got} bytes where {width} x {height} YUYV needs {need}; the frame is dropped"
    )]
    Short {
        /// Bytes delivered.
        got: usize,
        /// Bytes needed.
        need: usize,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// YUYV holds two pixels in four bytes: a line cannot have an odd width.
    #[error(
        "a YUYV frame of {width} x {height} cannot be; choose a resolution of even width and at least 8 x 8"
    )]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A motion-JPEG frame that does not decode.
    #[error("the camera's frame: {0}")]
    Picture(#[from] PictureError),
}

impl Frame {
    /// A frame of a still picture, which has no time.
    #[must_use]
    pub fn still(picture: RgbImage, name: String) -> Self {
        Self { picture, at: Duration::ZERO, name }
    }

    /// A frame from one motion-JPEG frame, with or without its Huffman tables. Cut the bytes to the driver's
    /// `bytesused` first. Of a camera, `promised` is the width and height that were agreed on with it.
    ///
    /// # Errors
    ///
    /// [`FrameError::Picture`] where the bytes are no whole JPEG, or not of the size that was promised.
    pub fn from_mjpg(
        bytes: &[u8],
        promised: Option<(u32, u32)>,
        at: Duration,
        name: String,
    ) -> Result<Self, FrameError> {
        let bytes = jpeg::with_tables(bytes);
        Ok(Self { picture: picture::decode_promised(&bytes, promised)?, at, name })
    }

    /// A frame from YUYV (4:2:2, BT.601), `stride` bytes a line.
    ///
    /// Source: Linux kernel documentation, "Packed YUV formats" (`V4L2_PIX_FMT_YUYV`).
    ///
    /// # Errors
    ///
    /// [`FrameError::Size`] for an odd or absurd size, [`FrameError::Short`] for too few bytes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sleevesight::frame::{Frame, Range, Yuyv};
    ///
    /// let grey = [128_u8; 8 * 8 * 2];
    /// let layout = Yuyv { width: 8, height: 8, stride: 16, range: Range::Full };
    /// let frame = Frame::from_yuyv(&grey, layout, Duration::ZERO, "test".into())?;
    /// assert_eq!(frame.picture.get_pixel(3, 3).0, [128, 128, 128]);
    /// # Ok::<(), sleevesight::frame::FrameError>(())
    /// ```
    pub fn from_yuyv(bytes: &[u8], layout: Yuyv, at: Duration, name: String) -> Result<Self, FrameError> {
        let Yuyv { width, height, stride, range } = layout;
        let smallest = picture::SHORTEST_SIDE;
        let longest = picture::LONGEST_SIDE;
        if !width.is_multiple_of(2)
            || !(smallest..=longest).contains(&width)
            || !(smallest..=longest).contains(&height)
        {
            return Err(FrameError::Size { width, height });
        }
        let line = width as usize * 2;
        let stride = stride.max(line);
        let need = stride.saturating_mul(height as usize - 1).saturating_add(line);
        if bytes.len() < need {
            return Err(FrameError::Short { got: bytes.len(), need, width, height });
        }
        let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
        for row in bytes.chunks(stride).take(height as usize) {
            for &[y0, u, y1, v] in row[..line].as_chunks::<4>().0 {
                rgb.extend_from_slice(&yuv_to_rgb(y0, u, v, range));
                rgb.extend_from_slice(&yuv_to_rgb(y1, u, v, range));
            }
        }
        let picture = RgbImage::from_raw(width, height, rgb).expect("three bytes were pushed for each pixel");
        Ok(Self { picture, at, name })
    }
}

/// BT.601 in 16-bit fixed point.
///
/// Source: ITU-T T.871, section 7 (full range); ITU-R BT.601-7, section 2.5 (limited range).
fn yuv_to_rgb(y: u8, u: u8, v: u8, range: Range) -> [u8; 3] {
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    let (y, [red_v, green_u, green_v, blue_u]) = match range {
        Range::Full => (i32::from(y) << 16, [91_881, 22_554, 46_802, 116_130]),
        // The same, stretched: light by 255 / 219, colour by 255 / 224.
        Range::Limited => ((i32::from(y) - 16) * 76_309, [104_597, 25_675, 53_279, 132_201]),
    };
    let half = 1 << 15;
    let channel = |value: i32| ((value + half) >> 16).clamp(0, 255) as u8;
    [channel(y + red_v * v), channel(y - green_u * u - green_v * v), channel(y + blue_u * u)]
}
