//! Cameras: where frames come from.

mod controls;
mod error;
mod patience;
mod seeker;
mod source;
mod stills;
mod tended;
mod turn;
mod v4l;

pub use error::CameraError;
pub use patience::{Patience, WallTime};
pub use source::{Source, SourceError};
pub use stills::Stills;
pub use tended::Tended;
pub use turn::{Rotation, Turn};
pub use v4l::V4l;

use crate::frame::Frame;

/// A source of frames: a camera, or the folder of stills that stands in for one.
pub trait Camera {
    /// Waits for the next frame; `None` where the source has come to its end.
    ///
    /// # Errors
    ///
    /// [`CameraError`]; after a [`CameraError::Dropped`], [`CameraError::Refused`] or [`CameraError::Mending`] the
    /// next call may well succeed.
    fn next(&mut self) -> Result<Option<Frame>, CameraError>;
}

impl<C: Camera + ?Sized> Camera for Box<C> {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        (**self).next()
    }
}
