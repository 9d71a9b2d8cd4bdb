//! Where frames come from, as it is named on the command line and in the configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use super::seeker::Seeker;
use super::{Camera, CameraError, Stills, Tended};
use crate::config::CameraSettings;

/// The time from one frame of a still to the next: a camera's at 15 frames a second.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 15);

/// How often each still is given where all are shown once: for as long as the station needs to see that there is
/// nothing, and a little longer.
const ONCE: u32 = 13;

/// How often where they are shown over and over, so that a person can follow: two seconds.
const FOLLOWED: u32 = 30;

/// What is written in place of a device where any camera will do.
const AUTO: &str = "auto";

/// Where frames come from: `v4l:/dev/video0`, `v4l:auto`, or `stills:DIR`.
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
    /// Whichever camera there is, now or later.
    AnyV4l,
    /// A folder of pictures.
    Stills(PathBuf),
}

/// The name is that of no source.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no source; write v4l:DEVICE, as v4l:/dev/video0, v4l:auto, or stills:FOLDER")]
pub struct SourceError(String);

impl Source {
    /// Opens the source: a camera is looked after from then on. `once`: one round of the stills as fast as they
    /// can be looked at; else they go on until they are no longer asked for, at a pace that a person can follow.
    ///
    /// # Errors
    ///
    /// [`CameraError`], by what is wrong with it. [`Source::AnyV4l`] waits for a camera where there is none.
    pub fn open(&self, settings: &CameraSettings, once: bool) -> Result<Box<dyn Camera + Send>, CameraError> {
        let seek = |named| {
            let mut seeker = Seeker::new(named, settings);
            Tended::new(move || seeker.open())
        };
        Ok(match self {
            Self::V4l(device) => Box::new(seek(Some(device.clone())).opened()?),
            Self::AnyV4l => Box::new(seek(None)),
            Self::Stills(folder) if once => Box::new(Stills::new(folder, false)?.held(ONCE)),
            Self::Stills(folder) => {
                Box::new(Stills::new(folder, true)?.held(FOLLOWED).paced(FRAME).patient())
            }
        })
    }

    /// Whether frames come from a camera, which drops one now and then.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::V4l(_) | Self::AnyV4l)
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
            Some(("v4l", AUTO)) => Ok(Self::AnyV4l),
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
            Self::AnyV4l => write!(out, "v4l:{AUTO}"),
            Self::V4l(device) => write!(out, "v4l:{}", device.display()),
            Self::Stills(folder) => write!(out, "stills:{}", folder.display()),
        }
    }
}
