//! Cameras: where frames come from.

mod error;
mod source;
mod stills;
mod v4l;

pub use error::CameraError;
pub use source::{Source, SourceError};
pub use stills::Stills;
pub use v4l::V4l;

use crate::frame::Frame;

/// A source of frames: a camera, or the folder of stills that stands in for one.
pub trait Camera {
    /// Waits for the next frame; `None` where the source has come to its end.
    ///
    /// # Errors
    ///
    /// [`CameraError`]; after a [`CameraError::Dropped`] the next call may well succeed.
    fn next(&mut self) -> Result<Option<Frame>, CameraError>;
}

impl<C: Camera + ?Sized> Camera for Box<C> {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        (**self).next()
    }
}
