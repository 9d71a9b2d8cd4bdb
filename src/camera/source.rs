//! Where frames come from, as it is named on the command line and in the configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use super::{Camera, CameraError, Stills, V4l};
use crate::config::CameraSettings;
use crate::frame::Frame;

/// How long each still is shown where they are shown over and over.
const STILL: Duration = Duration::from_secs(1);

/// Where frames come from: `v4l:/dev/video0`, or `stills:DIR`.
///
/// ```
/// use sleevesight::camera::Source;
///
/// let source: Source = "stills:tests/sleeves/scenes".parse()?;
/// assert_eq!(source, Source::Stills("tests/sleeves/scenes".into()));
/// assert!("webcam".parse::<Source>().is_err());
/// # Ok::<(), sleevesight::camera::SourceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Source {
    /// A camera, by its device.
    V4l(PathBuf),
    /// A folder of pictures.
    Stills(PathBuf),
}

/// The name is that of no source.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no source; write v4l:DEVICE, as v4l:/dev/video0, or stills:FOLDER")]
pub struct SourceError(String);

impl Source {
    /// Opens the source. `once`: one round of the stills, one frame of a camera; else it goes on
    /// until it is no longer asked, the stills at a pace that a person can follow.
    ///
    /// # Errors
    ///
    /// [`CameraError`], by what is wrong with it.
    pub fn open(&self, settings: &CameraSettings, once: bool) -> Result<Box<dyn Camera>, CameraError> {
        Ok(match (self, once) {
            (Self::V4l(device), false) => Box::new(V4l::open(device, settings)?),
            (Self::V4l(device), true) => Box::new(First(Some(V4l::open(device, settings)?))),
            (Self::Stills(folder), false) => Box::new(Stills::new(folder, true)?.paced(STILL)),
            (Self::Stills(folder), true) => Box::new(Stills::new(folder, false)?),
        })
    }

    /// Whether frames come from a camera, which drops one now and then.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::V4l(_))
    }
}

/// A camera that is closed after its first good frame.
struct First<C>(Option<C>);

impl<C: Camera> Camera for First<C> {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        let Some(camera) = &mut self.0 else { return Ok(None) };
        let frame = camera.next()?;
        self.0 = None;
        Ok(frame)
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::V4l("/dev/video0".into())
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(name: &str) -> Result<Self, SourceError> {
        match name.split_once(':') {
            // A path with a NUL in it can be no file's.
            Some((_, path)) if path.is_empty() || path.contains('\0') => {
                Err(SourceError(name.escape_debug().to_string()))
            }
            Some(("v4l", device)) => Ok(Self::V4l(device.into())),
            Some(("stills", folder)) => Ok(Self::Stills(folder.into())),
            _ => Err(SourceError(name.escape_debug().to_string())),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(name: String) -> Result<Self, SourceError> {
        name.parse()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4l(device) => write!(out, "v4l:{}", device.display()),
            Self::Stills(folder) => write!(out, "stills:{}", folder.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    /// A camera whose first frame is bad.
    struct Stutter(u32);

    impl Camera for Stutter {
        fn next(&mut self) -> Result<Option<Frame>, CameraError> {
            self.0 += 1;
            match self.0 {
                1 => Err(CameraError::Dropped { name: "1".into(), reason: "bad".into() }),
                count => Ok(Some(Frame::still(RgbImage::new(8, 8), count.to_string()))),
            }
        }
    }

    #[test]
    fn one_frame_is_one_good_frame() {
        let mut camera = First(Some(Stutter(0)));
        assert!(camera.next().is_err());
        assert_eq!(camera.next().expect("the second is good").map(|frame| frame.name), Some("2".into()));
        assert!(camera.next().expect("the end").is_none());
    }
}
