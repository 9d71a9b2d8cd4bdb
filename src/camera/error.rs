//! What may be wrong with a source of frames.

use std::path::PathBuf;

/// Why there is no frame. Each says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CameraError {
    /// This frame is not to be used; the next one may well be.
    #[error("{name}: {reason}")]
    Dropped {
        /// The frame's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A wish that the camera does not grant; it goes on without.
    #[error("the camera {path} cannot be told its {what}; take `{key}` out of [camera] in the configuration")]
    Refused {
        /// The device.
        path: PathBuf,
        /// What was wished.
        what: &'static str,
        /// The key in the configuration.
        key: &'static str,
    },
    /// There is trouble with the camera, and it is being mended: frames will come again.
    #[error("{0}")]
    Mending(Box<CameraError>),
    /// No camera is there at all.
    #[error("there is no camera; plug in a UVC webcam (`ls /dev/video*` shows what the system knows of)")]
    NoCamera,
    /// None of its frames can be used.
    #[error("none of the frames of the last two seconds could be used; of the last, {name}: {reason}")]
    Useless {
        /// The last frame's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// All of its pictures are black.
    #[error("the pictures of the camera {name} are black; take off its lens cap, or switch on the light")]
    Dark {
        /// The camera's name.
        name: String,
    },
    /// There is no such device.
    #[error("there is no camera at {path}; plug it in, or choose another (`ls /dev/video*` shows them)")]
    NotFound {
        /// The device.
        path: PathBuf,
    },
    /// The device is there, and it may not be used.
    #[error(
        "no permission for the camera {path}; add yourself to its group (`sudo usermod -aG video $USER`) and log in anew"
    )]
    NoPermission {
        /// The device.
        path: PathBuf,
    },
    /// Another program has it.
    #[error("another program uses the camera {path}; close that one (`fuser -v {path}` names it)")]
    Busy {
        /// The device.
        path: PathBuf,
    },
    /// It delivers no pictures.
    #[error(
        "{path} is no camera that delivers pictures; choose another device (a webcam often has two, the first is the one)"
    )]
    NotACamera {
        /// The device.
        path: PathBuf,
    },
    /// It delivers pictures in no format that is read here.
    #[error(
        "the camera {path} offers neither MJPG nor YUYV, but {offered}; use a UVC webcam, which offers both"
    )]
    NoFormat {
        /// The device.
        path: PathBuf,
        /// The formats that it offers.
        offered: String,
    },
    /// The bus that it hangs on is full.
    #[error(
        "the USB bus has no room for the camera {path}; plug it into another port, or ask for a smaller picture"
    )]
    NoBandwidth {
        /// The device.
        path: PathBuf,
    },
    /// No frame came in time.
    #[error("the camera {path} delivered no frame in {millis} ms; unplug it and plug it in again")]
    TimedOut {
        /// The device.
        path: PathBuf,
        /// How long was waited.
        millis: u128,
    },
    /// It was there and is no more.
    #[error("the camera {path} is gone; plug it in again")]
    Gone {
        /// The device.
        path: PathBuf,
    },
    /// Something else that the system or the driver said.
    #[error("the camera {path} does not work ({reason}); unplug it and plug it in again, or try another")]
    Failed {
        /// The device.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A folder of stills cannot be read.
    #[error("cannot read the folder {folder}: {reason}; name a folder of pictures")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A folder of stills has no picture that could be shown.
    #[error("there is no picture in {folder} that can be read; put JPEG, PNG or WebP pictures into it")]
    NoPictures {
        /// The folder.
        folder: PathBuf,
    },
}
