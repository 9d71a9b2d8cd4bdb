//! A folder of pictures that stands in for a camera.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Camera, CameraError};
use crate::file::{self, FileError};
use crate::frame::Frame;
use crate::picture::{self, PictureError};

/// The time from one picture to the next where none was set: a camera's at 15 frames a second.
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 15);

/// How long pictures are waited for where there are none, until it is looked again.
const PAUSE: Duration = Duration::from_millis(500);

/// The ends of the names of files that should be pictures.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// The pictures of a folder in the order of their names, once or over and over.
///
/// Files that are no pictures are passed over, as are hidden files and folders; a damaged picture is
/// [`CameraError::Dropped`]. Each round lists the folder anew.
#[derive(Debug)]
pub struct Stills {
    folder: PathBuf,
    over_and_over: bool,
    interval: Duration,
    waits: bool,
    /// Whether pictures are waited for where there are none any more.
    patient: bool,
    /// How often each picture is given.
    times: u32,
    /// The picture that is being given, and how often it still will be.
    held: Option<(Frame, u32)>,
    /// What is left of this round.
    left: VecDeque<PathBuf>,
    /// Whether this round gave a frame yet.
    gave: bool,
    /// Frames given in all.
    count: u32,
}

impl Stills {
    /// The pictures of a folder.
    ///
    /// # Errors
    ///
    /// [`CameraError::Folder`] or [`CameraError::NoPictures`] where there are none to be had.
    pub fn new(folder: &Path, over_and_over: bool) -> Result<Self, CameraError> {
        let left = list(folder)?;
        if left.is_empty() {
            return Err(CameraError::NoPictures { folder: folder.to_owned() });
        }
        Ok(Self {
            folder: folder.to_owned(),
            over_and_over,
            interval: INTERVAL,
            waits: false,
            patient: false,
            times: 1,
            held: None,
            left,
            gave: false,
            count: 0,
        })
    }

    /// Waits this long before each picture but the first, so that a person can follow.
    #[must_use]
    pub fn paced(self, interval: Duration) -> Self {
        Self { interval, waits: true, ..self }
    }

    /// Waits for pictures where the folder has none any more, as one waits for a camera that was unplugged: until there
    /// are some again, each call gives [`CameraError::Mending`]. Only over and over.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { patient: self.over_and_over, ..self }
    }

    /// Gives each picture so often, at least once, as a camera does before which someone holds it still.
    #[must_use]
    pub fn held(self, times: u32) -> Self {
        Self { times: times.max(1), ..self }
    }

    /// Names the time of the next frame, for which it waits where that is wished.
    fn pass_time(&mut self) -> Duration {
        if self.waits && self.count > 0 {
            thread::sleep(self.interval);
        }
        let at = self.interval.saturating_mul(self.count);
        self.count = self.count.saturating_add(1);
        at
    }
}

impl Camera for Stills {
    fn next(&mut self) -> Result<Option<Frame>, CameraError> {
        match self.given() {
            Err(trouble) if self.patient && !matches!(trouble, CameraError::Dropped { .. }) => {
                thread::sleep(PAUSE);
                // The next call lists the folder anew.
                (self.left, self.gave) = (VecDeque::new(), true);
                Err(CameraError::Mending(Box::new(trouble)))
            }
            answer => answer,
        }
    }
}

impl Stills {
    fn given(&mut self) -> Result<Option<Frame>, CameraError> {
        if let Some((frame, left @ 1..)) = self.held.take() {
            let again = Frame { at: self.pass_time(), ..frame.clone() };
            self.held = Some((frame, left - 1));
            return Ok(Some(again));
        }
        loop {
            let Some(path) = self.left.pop_front() else {
                // A round that gave nothing is the last: the next one would be no better.
                if !self.gave {
                    return Err(CameraError::NoPictures { folder: self.folder.clone() });
                }
                if !self.over_and_over {
                    return Ok(None);
                }
                self.left = list(&self.folder)?;
                self.gave = false;
                continue;
            };
            let name = path.display().to_string();
            match read(&path) {
                Ok(Some(picture)) => {
                    let frame = Frame { picture, at: self.pass_time(), name };
                    self.gave = true;
                    self.held = Some((frame.clone(), self.times - 1));
                    return Ok(Some(frame));
                }
                Ok(None) => {}
                Err(reason) => return Err(CameraError::Dropped { name, reason }),
            }
        }
    }
}

/// The files of a folder that may be pictures, in the order of their names.
fn list(folder: &Path) -> Result<VecDeque<PathBuf>, CameraError> {
    let unreadable =
        |error: io::Error| CameraError::Folder { folder: folder.to_owned(), reason: error.to_string() };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && fs::metadata(&path).is_ok_and(|about| about.is_file()) && looks_like_a_picture(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths.into())
}

/// Whether a file begins as a picture does, or is called one.
fn looks_like_a_picture(path: &Path) -> bool {
    is_called_a_picture(path) || begins_as_a_picture(path).unwrap_or(false)
}

fn is_called_a_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn begins_as_a_picture(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    fs::File::open(path)?.take(16).read_to_end(&mut beginning)?;
    Ok(image::guess_format(&beginning).is_ok_and(|format| format.reading_enabled()))
}

/// A picture; `None` for a file that is none or went away meanwhile; or what is wrong with it.
fn read(path: &Path) -> Result<Option<image::RgbImage>, String> {
    let bytes = match file::read(path) {
        Ok(bytes) => bytes,
        Err(FileError::Missing) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    match picture::decode(&bytes) {
        Ok(picture) => Ok(Some(picture)),
        Err(PictureError::UnknownFormat) if !is_called_a_picture(path) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
