//! One picture from a source, and how cameras' formats become one.

use std::time::Duration;

use image::RgbImage;

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

    /// A frame from one motion-JPEG frame. Cut the bytes to the driver's `bytesused` first.
    ///
    /// # Errors
    ///
    /// [`FrameError::Picture`] where the bytes are no whole JPEG.
    pub fn from_mjpg(bytes: &[u8], at: Duration, name: String) -> Result<Self, FrameError> {
        Ok(Self { picture: picture::decode(bytes)?, at, name })
    }

    /// A frame from YUYV (4:2:2, full-range BT.601, as UVC webcams send it), `stride` bytes a line.
    ///
    /// Source: Linux kernel documentation, "Packed YUV formats" (`V4L2_PIX_FMT_YUYV`).
    ///
    /// # Errors
    ///
    /// [`FrameError::Size`] for an odd or absurd size, [`FrameError::Short`] for too few bytes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sleevesight::frame::Frame;
    ///
    /// let grey = [128_u8; 8 * 8 * 2];
    /// let frame = Frame::from_yuyv(&grey, 8, 8, 16, Duration::ZERO, "test".into())?;
    /// assert_eq!(frame.picture.get_pixel(3, 3).0, [128, 128, 128]);
    /// # Ok::<(), sleevesight::frame::FrameError>(())
    /// ```
    pub fn from_yuyv(
        bytes: &[u8],
        width: u32,
        height: u32,
        stride: usize,
        at: Duration,
        name: String,
    ) -> Result<Self, FrameError> {
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
                rgb.extend_from_slice(&yuv_to_rgb(y0, u, v));
                rgb.extend_from_slice(&yuv_to_rgb(y1, u, v));
            }
        }
        let picture = RgbImage::from_raw(width, height, rgb).expect("three bytes were pushed for each pixel");
        Ok(Self { picture, at, name })
    }
}

/// Full-range BT.601 (JFIF) in 16-bit fixed point.
///
/// Source: ITU-T T.871, section 7.
fn yuv_to_rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
    let (y, u, v) = (i32::from(y) << 16, i32::from(u) - 128, i32::from(v) - 128);
    let half = 1 << 15;
    let channel = |value: i32| ((value + half) >> 16).clamp(0, 255) as u8;
    [channel(y + 91_881 * v), channel(y - 22_554 * u - 46_802 * v), channel(y + 116_130 * u)]
}
